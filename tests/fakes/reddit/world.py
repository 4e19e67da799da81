"""All that there is, where to find it, and who may see it. One lock guards it: people and routes take turns."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

from tests.fakes.reddit.clock import Clock
from tests.fakes.reddit.desk import Conversation, Message, Written
from tests.fakes.reddit.errors import plain
from tests.fakes.reddit.model import Comment, Post, Subreddit, Thing, User

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FIRST_ID = int("1aaaaa0", 36)
"""Ids grow from here, as long as today's are."""


def base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"


class World:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.subreddits: dict[str, Subreddit] = {}
        self.things: dict[str, Post | Comment] = {}
        self.conversations: dict[str, Conversation] = {}
        self.messages: list[Message] = []
        self.journal: list[Written] = []
        self._ids: dict[str, Iterator[int]] = {}

    @property
    def now(self) -> float:
        return self.clock.now()

    def new_id(self, kind: str) -> str:
        return base36(next(self._ids.setdefault(kind, itertools.count(FIRST_ID))))

    # -- accounts and subreddits

    def user(self, name: str) -> User:
        """The account of this name, which comes into being when it is first named."""
        key = name.lower()
        if key not in self.users:
            self.users[key] = User(name, self.new_id("t2"), self.now - 400 * 86_400)
        return self.users[key]

    def known_user(self, name: str) -> User | None:
        """Who others see under this name: nobody, if the account was deleted."""
        found = self.users.get(name.lower().removeprefix("u/").removeprefix("/u/"))
        return found if found and found.state != "deleted" else None

    def subreddit(self, name: str) -> Subreddit:
        return self.subreddits[name.lower()]

    def enter(self, name: str, viewer: User | None) -> Subreddit:
        """The subreddit, if this account may read it; otherwise refused as Reddit does.

        Missing: a redirect to the search. Banned: 404. Private, or quarantined and not opted in: 403.
        """
        found = self.subreddits.get(name.lower())
        if found is None:
            raise plain(302, headers={"location": f"/subreddits/search?q={name}"})
        reason = self.closed(found, viewer)
        if reason is not None:
            raise plain(404 if reason == "banned" else 403, reason)
        return found

    def closed(self, subreddit: Subreddit, viewer: User | None) -> str | None:
        """Why this account may not read here: "banned", "private", "quarantined", or None."""
        name = viewer.name.lower() if viewer else None
        if subreddit.kind == "banned":
            return "banned"
        if name in subreddit.moderators or name in subreddit.contributors:
            return None
        if subreddit.kind == "private":
            return "private"
        if subreddit.kind == "quarantined" and (viewer is None or subreddit.name.lower() not in viewer.opted_in):
            return "quarantined"
        return None

    # -- posts and comments

    def thing(self, fullname: str) -> Post | Comment | None:
        return self.things.get(fullname)

    def post(self, id36: str) -> Post | None:
        found = self.things.get(f"t3_{id36.removeprefix('t3_')}")
        return found if isinstance(found, Post) else None

    def sees_removed(self, thing: Thing, viewer: User | None) -> bool:
        """Removed words stay readable to who wrote them and to who moderates there."""
        return viewer is not None and (
            thing.author is viewer or thing.subreddit.moderator(viewer.name) is not None
        )  # fmt: skip

    def in_tree(self, comment: Comment, viewer: User | None) -> bool:
        """Whether a comment is more than a stub in its thread."""
        return not comment.deleted and (comment.removal is None or self.sees_removed(comment, viewer))

    def mailbox(self, subreddit: str) -> list[Conversation]:
        return [one for one in self.conversations.values() if one.subreddit.lower() == subreddit.lower()]
