"""What people and bots do on the moderators' desk: modmail, wiki, notes, messages."""

from __future__ import annotations

from tests.fakes.reddit import acts
from tests.fakes.reddit.desk import Conversation, Mail, Message, ModmailDeed, Note, Revision, WikiPage
from tests.fakes.reddit.model import Subreddit
from tests.fakes.reddit.world import World


def open_conversation(
    world: World,
    subreddit: Subreddit,
    by: str,
    subject: str,
    body: str,
    *,
    to: str | None = None,
    author_hidden: bool = False,
) -> Conversation:
    """A new modmail conversation. `to`: the account outside; None for a discussion among moderators."""
    made = Conversation(world.new_id("modmail"), subreddit.name, subject, to)
    world.conversations[made.id] = made
    answer_conversation(world, made, by, body, author_hidden=author_hidden)
    return made


def answer_conversation(
    world: World,
    conversation: Conversation,
    by: str,
    body: str,
    *,
    internal: bool = False,
    author_hidden: bool = False,
) -> Mail:
    mail = Mail(world.new_id("mail"), by, world.now, body, internal, author_hidden)
    conversation.messages.append(mail)
    conversation.order.append(("messages", mail.id))
    subreddit = world.subreddit(conversation.subreddit)
    conversation.unread_by = {name for name in subreddit.moderators if name != by.lower()}
    return mail


def mark_conversation(world: World, conversation: Conversation, by: str, action: str) -> None:
    """Archived, highlighted, muted, or one of them undone; action as in the route's name."""
    undone = action.startswith("un")
    flag = {"archive": "archived", "highlight": "highlighted", "mute": "muted"}[action.removeprefix("un")]
    setattr(conversation, flag, not undone)
    deed = ModmailDeed(world.new_id("modaction"), by, world.now, action)
    conversation.deeds.append(deed)
    conversation.order.append(("modActions", deed.id))


def edit_wiki(world: World, subreddit: Subreddit, page: str, text: str, by: str, reason: str | None) -> Revision:
    name = page.lower()
    known = subreddit.wiki.setdefault(name, WikiPage(name))
    count = int(world.new_id("wiki"), 36)
    revision = Revision(f"{count:08x}-0000-11f0-8000-0e1f2a3b4c5d", by, world.now, text, reason)
    known.revisions.append(revision)
    acts.note(world, subreddit, by, "wikirevise", None, f"Page {name} edited")
    return revision


def add_note(
    world: World,
    subreddit: Subreddit,
    by: str,
    user: str,
    text: str,
    *,
    label: str | None = None,
    about: str | None = None,
) -> Note:
    number = int(world.new_id("note"), 36)
    note = Note(f"ModNote_{number:08x}-0000-4000-8000-000000000000", subreddit.name, user, by, world.now, text,
                label, about)  # fmt: skip
    subreddit.notes.append(note)
    acts.note(world, subreddit, by, "addnote", None, text, author=user)
    return note


def send(world: World, by: str, to: str, subject: str, body: str, *, from_subreddit: str | None = None) -> Message:
    message = Message(world.new_id("t4"), by, to, world.now, subject, body, from_subreddit)
    world.messages.append(message)
    return message
