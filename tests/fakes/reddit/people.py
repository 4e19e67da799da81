"""Acting as people: what members and moderators do, beside the API. Any thread may call these.

Accounts are named by their names and come into being when they are first named; a post or comment may be
given as itself or by its fullname.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.fakes.reddit import acts, office
from tests.fakes.reddit.desk import Conversation, Mail, Message, Note, Revision
from tests.fakes.reddit.model import (
    ALL,
    AccountState,
    Comment,
    Flair,
    Moderator,
    Post,
    Subreddit,
    SubredditKind,
    Template,
    User,
)
from tests.fakes.reddit.world import World

AUTOMODERATOR = "AutoModerator"


class Places:
    """Accounts and subreddits."""

    world: World

    def user(self, name: str, *, state: AccountState | None = None, password: str | None = None) -> User:
        """The account; also changes what is told."""
        with self.world.lock:
            user = self.world.user(name)
            user.state = state or user.state
            user.password = password or user.password
            return user

    def subreddit(
        self,
        name: str,
        *,
        kind: SubredditKind | None = None,
        moderators: Iterable[str] = (),
        flairs: Iterable[str] = (),
        **settings: Any,
    ) -> Subreddit:
        """The subreddit, made if it is new. `flairs`: texts of templates for posts; `settings`: its other fields."""
        with self.world.lock:
            found = self.world.subreddits.get(name.lower())
            if found is None:
                found = Subreddit(name, self.world.new_id("t5"), self.world.now - 900 * 86_400)
                self.world.subreddits[name.lower()] = found
            found.kind = kind or found.kind
            for key, value in settings.items():
                assert hasattr(found, key), key
                setattr(found, key, value)
            for one in moderators:
                self.appoint(name, one)
            for text in flairs:
                self.template(name, text)
            return found

    def appoint(self, subreddit: str, name: str, permissions: Iterable[str] = ALL) -> None:
        """Makes a moderator. Permissions: all, or of access, config, flair, mail, posts, wiki."""
        with self.world.lock:
            user, place = self.world.user(name), self.world.subreddit(subreddit)
            place.moderators[name.lower()] = Moderator(user.name, frozenset(permissions), self.world.now)

    def dismiss(self, subreddit: str, name: str) -> None:
        with self.world.lock:
            self.world.subreddit(subreddit).moderators.pop(name.lower(), None)

    def template(self, subreddit: str, text: str, *, for_posts: bool = True, **more: Any) -> Template:
        """Prepares a flair. `more`: css_class, editable, mod_only."""
        with self.world.lock:
            place = self.world.subreddit(subreddit)
            number = int(self.world.new_id("template"), 36)
            made = Template(f"{number:08x}-0000-11f0-9000-000000000000", text, **more)
            (place.post_templates if for_posts else place.user_templates).append(made)
            return made

    def ban(self, subreddit: str, name: str, *, by: str, reason: str = "") -> None:
        with self.world.lock:
            acts.ban(self.world, self.world.subreddit(subreddit), name, by=by, reason=reason)

    def unban(self, subreddit: str, name: str, *, by: str) -> None:
        with self.world.lock:
            acts.ban(self.world, self.world.subreddit(subreddit), name, by=by, banned=False)


class Members:
    """Posts, comments and what becomes of them."""

    world: World

    def submit(
        self,
        subreddit: str,
        author: str,
        title: str,
        text: str = "",
        *,
        url: str | None = None,
        flair: str | None = None,
        at: float | None = None,
    ) -> Post:
        with self.world.lock:
            post = acts.submit(self.world, self.world.subreddit(subreddit), self.world.user(author), title,
                               text=text, url=url, at=at)  # fmt: skip
            post.flair = Flair(flair)
            return post

    def crosspost(self, post: Post | str, subreddit: str, author: str, title: str | None = None) -> Post:
        with self.world.lock:
            of = self._post(post)
            return acts.submit(self.world, self.world.subreddit(subreddit), self.world.user(author),
                               title or of.title, crosspost_of=of)  # fmt: skip

    def comment(self, parent: Post | Comment | str, author: str, text: str, *, at: float | None = None) -> Comment:
        with self.world.lock:
            return acts.comment(self.world, self._thing(parent), self.world.user(author), text, at=at)

    def automod(self, post: Post | str, text: str = "Thanks for posting! I am a bot.") -> Comment:
        """AutoModerator's usual sticky comment."""
        with self.world.lock:
            made = self.comment(post, AUTOMODERATOR, text)
            acts.distinguish(self.world, made, "yes", by=AUTOMODERATOR, sticky=True)
            return made

    def edit(self, thing: Post | Comment | str, text: str) -> None:
        with self.world.lock:
            acts.edit(self.world, self._thing(thing), text)

    def delete(self, thing: Post | Comment | str) -> None:
        with self.world.lock:
            acts.delete(self._thing(thing))

    def vote(self, thing: Post | Comment | str, by: int = 1) -> int:
        """Moves the score; answers the new one."""
        with self.world.lock:
            found = self._thing(thing)
            found.score += by
            return found.score

    def report(self, thing: Post | Comment | str, by: str, reason: str) -> None:
        with self.world.lock:
            acts.report(self.world, self._thing(thing), self.world.user(by), reason)

    def resurface(self, thing: Post | Comment | str) -> None:
        """An old one stands on top of its listing again; its id and age stay."""
        with self.world.lock:
            self._thing(thing).listed_at = self.world.now

    def message(self, author: str, to: str, subject: str, body: str) -> Message:
        with self.world.lock:
            return office.send(self.world, self.world.user(author).name, self.world.user(to).name, subject, body)

    def _thing(self, thing: Post | Comment | str) -> Post | Comment:
        return self.world.things[thing] if isinstance(thing, str) else thing

    def _post(self, thing: Post | Comment | str) -> Post:
        found = self._thing(thing)
        assert isinstance(found, Post)
        return found


class Moderators(Members):
    """What moderators do."""

    def remove(
        self,
        thing: Post | Comment | str,
        *,
        by: str | None = None,
        category: str = "moderator",
        spam: bool = False,
    ) -> None:
        """`category`: moderator, automod_filtered, reddit, author, copyright_takedown, ..."""
        with self.world.lock:
            acts.remove(self.world, self._thing(thing), by=by, category=category, spam=spam)

    def restore(self, thing: Post | Comment | str, *, by: str) -> None:
        """Approves it: it is back in its old place."""
        with self.world.lock:
            acts.approve(self.world, self._thing(thing), by=by)

    def lock(self, thing: Post | Comment | str, *, by: str) -> None:
        with self.world.lock:
            acts.lock(self.world, self._thing(thing), by=by)

    def unlock(self, thing: Post | Comment | str, *, by: str) -> None:
        with self.world.lock:
            acts.lock(self.world, self._thing(thing), by=by, locked=False)

    def archive(self, post: Post | str) -> None:
        with self.world.lock:
            self._post(post).archived_by_hand = True

    def distinguish(self, thing: Post | Comment | str, *, sticky: bool = False, how: str = "yes") -> None:
        """By its author."""
        with self.world.lock:
            found = self._thing(thing)
            acts.distinguish(self.world, found, how, by=found.author.name, sticky=sticky)

    def set_flair(self, post: Post | str, text: str | None, *, by: str) -> None:
        """By the author or a moderator; a template of this text is used if there is one."""
        with self.world.lock:
            found = self._post(post)
            template = next((one for one in found.subreddit.post_templates if one.text == text), None)
            flair = Flair(text, template.css_class or None, template.id) if template else Flair(text)
            acts.set_flair(self.world, found, flair, by=by)

    def set_user_flair(self, subreddit: str, name: str, text: str, *, css_class: str | None = None) -> None:
        with self.world.lock:
            place = self.world.subreddit(subreddit)
            acts.set_user_flair(self.world, place, self.world.user(name).name, Flair(text, css_class), by=name)

    def edit_wiki(self, subreddit: str, page: str, text: str, *, by: str, reason: str | None = None) -> Revision:
        with self.world.lock:
            place, editor = self.world.subreddit(subreddit), self.world.user(by).name
            return office.edit_wiki(self.world, place, page, text, editor, reason)

    def write_modmail(self, subreddit: str, author: str, subject: str, body: str) -> Conversation:
        """From an account outside to the moderators; from a moderator, a discussion among them."""
        with self.world.lock:
            place = self.world.subreddit(subreddit)
            user = self.world.user(author)
            to = None if place.moderator(author) else user.name
            return office.open_conversation(self.world, place, user.name, subject, body, to=to)

    def answer_modmail(
        self, conversation: Conversation | str, author: str, body: str, *, internal: bool = False
    ) -> Mail:
        with self.world.lock:
            one = self.world.conversations[conversation] if isinstance(conversation, str) else conversation
            return office.answer_conversation(self.world, one, self.world.user(author).name, body, internal=internal)

    def add_note(self, subreddit: str, by: str, user: str, text: str, *, label: str | None = None) -> Note:
        with self.world.lock:
            place, about = self.world.subreddit(subreddit), self.world.user(user).name
            return office.add_note(self.world, place, self.world.user(by).name, about, text, label=label)


class People(Places, Moderators):
    """All of them."""
