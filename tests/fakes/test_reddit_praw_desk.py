"""The fake Reddit's moderators' desk under the real PRAW: flair, wiki, modmail, notes, staff, log."""

from __future__ import annotations

from collections.abc import Iterator

import praw
import prawcore
import pytest
import requests
from praw.exceptions import RedditAPIException

from tests.fakes.reddit import FakeReddit, HandClock, Post


@pytest.fixture
def reddit() -> Iterator[FakeReddit]:
    with FakeReddit(clock=HandClock()) as fake:
        fake.subreddit("help", moderators=["mia", fake.bot], flairs=["Unsolved", "Solved"])
        yield fake
        assert fake.unknown == []


@pytest.fixture
def bot(reddit: FakeReddit) -> Iterator[praw.Reddit]:
    with requests.Session() as session:
        yield praw.Reddit(**reddit.login, requestor_kwargs={"session": session})


@pytest.fixture
def post(reddit: FakeReddit) -> Post:
    return reddit.submit("help", "ann", "How?", "It closes.")


def test_flair(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    submission, help_ = bot.submission(post.id), bot.subreddit("help")
    templates = {one["text"]: one["id"] for one in help_.flair.link_templates}
    submission.mod.flair(flair_template_id=templates["Solved"])
    assert bot.submission(post.id).link_flair_text == "Solved"
    submission.mod.flair(text="Waiting on OP")
    assert bot.submission(post.id).link_flair_text == "Waiting on OP"
    choice = submission.flair.choices()[0]
    submission.flair.select(choice["flair_template_id"])
    assert post.flair.text == "Unsolved"
    help_.flair.set("ann", text="Regular")
    assert [(one["user"].name, one["flair_text"]) for one in help_.flair()] == [("ann", "Regular")]
    assert bot.submission(post.id).author_flair_text == "Regular"
    assert [one.kind for one in reddit.written()] == ["flair", "flair", "flair", "user_flair"]


def test_staff(reddit: FakeReddit, bot: praw.Reddit) -> None:
    reddit.appoint("help", "carl", ["mail", "posts"])
    staff = {one.name: one.mod_permissions for one in bot.subreddit("help").moderator()}
    assert staff == {"mia": ["all"], reddit.bot: ["all"], "carl": ["mail", "posts"]}
    assert bot.subreddit("help").user_is_moderator is True
    assert [str(one) for one in bot.user.moderator_subreddits()] == ["help"]
    assert [one.display_name for one in bot.redditor("carl").moderated()] == ["help"]


def test_wiki(reddit: FakeReddit, bot: praw.Reddit) -> None:
    wiki = bot.subreddit("help").wiki
    with pytest.raises(prawcore.NotFound):
        _ = wiki["backstop"].content_md
    first = reddit.edit_wiki("help", "backstop", "wait: 30", by="mia")
    wiki["backstop"].edit(content="wait: 20", reason="faster")
    page = wiki["backstop"]
    assert (page.content_md, page.revision_by.name) == ("wait: 20", reddit.bot)
    assert [one["author"].name for one in page.revisions()] == [reddit.bot, "mia"]
    assert page.revision(first.id).content_md == "wait: 30"
    page.revision(first.id).mod.revert()
    assert wiki["backstop"].content_md == "wait: 30"
    page.mod.update(listed=True, permlevel=2)
    assert page.mod.settings()["permlevel"] == 2
    assert [one.name for one in wiki] == ["backstop"]
    assert reddit.world.subreddit("help").wiki["backstop"].newest.text == "wait: 30"


def test_modmail(reddit: FakeReddit, bot: praw.Reddit) -> None:
    reddit.user("ann")
    modmail = bot.subreddit("help").modmail
    opened = modmail.create(subject="A question waits", body="Please look", recipient="ann")
    assert (opened.participant.name, opened.owner.display_name) == ("ann", "help")
    reddit.answer_modmail(opened.id, "ann", "I will")
    assert [one.body_markdown for one in modmail(opened.id).messages] == ["Please look", "I will"]
    assert modmail(opened.id).reply(body="Thanks", internal=True).body_markdown == "Thanks"
    written = reddit.write_modmail("help", "bob", "Stop", "Please")
    assert [one.id for one in modmail.conversations()] == [written.id, opened.id]
    assert modmail.unread_count()["new"] == 1
    modmail(written.id).read()
    assert modmail.unread_count()["new"] == 0
    modmail(written.id).archive()
    assert [one.id for one in modmail.conversations(state="archived")] == [written.id]
    assert modmail(written.id).mod_actions[0].author.name == reddit.bot
    assert [one.kind for one in reddit.written()] == ["modmail", "modmail_reply", "modmail_archive"]
    with pytest.raises(RedditAPIException, match="USER_DOESNT_EXIST"):
        modmail.create(subject="a", body="b", recipient="nobody_at_all")


def test_a_discussion_among_moderators(reddit: FakeReddit, bot: praw.Reddit) -> None:
    help_ = bot.subreddit("help")
    opened = help_.modmail.create(subject="A page", body="Please look", recipient=help_)
    assert opened.is_internal is True
    help_.message(subject="From outside", message="Hello")
    assert [one.subject for one in reddit.world.mailbox("help")] == ["A page", "From outside"]


def test_notes(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    notes = bot.subreddit("help").mod.notes
    made = notes.create(note="claimed by mia", thing=bot.submission(post.id), label="HELPFUL_USER")
    assert (made.user.name, made.note, made.moderator.name) == ("ann", "claimed by mia", reddit.bot)
    assert [one.note for one in notes.redditors("ann")] == ["claimed by mia"]
    assert [one.note for one in bot.notes.things(bot.submission(post.id))] == ["claimed by mia"]
    made.delete()
    assert list(notes.redditors("ann", all_notes=True)) == []


def test_acts_and_their_log(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    submission = bot.submission(post.id)
    submission.mod.lock()
    submission.mod.remove()
    assert bot.submission(post.id).removed_by_category == "moderator"
    submission.mod.approve()
    submission.mod.unlock()
    submission.mod.sticky()
    log = [(one.action, one.mod.name) for one in bot.subreddit("help").mod.log(limit=None)]
    acts = ["sticky", "unlock", "approvelink", "removelink", "lock"]
    assert log == [(act, reddit.bot) for act in acts]
    reddit.report(post, "bob", "spam")
    assert [one.fullname for one in bot.subreddit("help").mod.modqueue()] == [post.fullname]
    bot.subreddit("help").banned.add("bob", ban_reason="spam")
    assert [one.name for one in bot.subreddit("help").banned()] == ["bob"]
