"""Questions for the judgement: what was written over the API, by whom, and what was asked for, when."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from tests.fakes.reddit.desk import Written
from tests.fakes.reddit.model import Comment, Post
from tests.fakes.reddit.server import Seen
from tests.fakes.reddit.world import World


class Judge:
    world: World
    log: list[Seen]
    bot: str

    def written(self, *kinds: str, by: str | None = None, subreddit: str | None = None) -> list[Written]:
        """All that this account (the bot) did, oldest first, also where the answer was lost; of these kinds."""
        who = (by or self.bot).lower()
        with self.world.lock:
            return [
                one for one in self.world.journal
                if one.by.lower() == who
                and (not kinds or one.kind in kinds)
                and (subreddit is None or one.subreddit.lower() == subreddit.lower())
            ]  # fmt: skip

    def comments_by(self, name: str | None = None, *, under: Post | None = None) -> list[Comment]:
        """This account's (the bot's) comments, deleted and removed ones too; under one post if it is told."""
        who = (name or self.bot).lower()
        with self.world.lock:
            found = [one for one in self.world.things.values() if isinstance(one, Comment)]
            return [one for one in found if one.author.name.lower() == who and under in (None, one.post)]

    def spoken_twice(self) -> list[Post]:
        """Posts under which the bot wrote more than one comment: there should be none."""
        posts = [one.post for one in self.comments_by()]
        return [post for post in dict.fromkeys(posts) if posts.count(post) > 1]

    def asked(self, pattern: str = "*", *, since: float = 0.0) -> list[Seen]:
        """Requests that match "METHOD /path" or "/path", with *; oldest first."""
        name = pattern if " " in pattern else f"* {pattern}"
        return [one for one in list(self.log) if one.at >= since and fnmatch.fnmatch(one.name, name)]

    def busiest(self, seconds: float = 60.0) -> int:
        """The most requests (but for tokens) that arrived within so many seconds."""
        return most_within([one.at for one in list(self.log) if one.client], seconds)


def most_within(moments: Sequence[float], seconds: float) -> int:
    """The largest number of moments inside any span of this length."""
    ordered = sorted(moments)
    most = first = 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
