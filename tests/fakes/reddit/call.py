"""One request on its way through the routes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.fakes.reddit import errors
from tests.fakes.reddit.desk import Written
from tests.fakes.reddit.model import Comment, Post, Subreddit, User
from tests.fakes.reddit.world import World


@dataclass
class Call:
    """`args` come from the path, `query` from the address, `form` from a form or a JSON body."""

    world: World
    method: str
    path: str
    viewer: User | None
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    args: dict[str, str] = field(default_factory=dict)

    @property
    def me(self) -> User:
        """The account that asks. Suspended ones may only look; an application has no account."""
        if self.viewer is None or self.viewer.state not in ("active", "shadowbanned"):
            raise errors.explained(403, "USER_REQUIRED", "Please log in to do that.")
        return self.viewer

    def subreddit(self, name: str | None = None) -> Subreddit:
        """The subreddit of the path (or of this name), if the viewer may read it."""
        return self.world.enter(self.args["sub"] if name is None else name, self.viewer)

    def moderated(self, permission: str, name: str | None = None) -> Subreddit:
        """The same, for its moderators with this permission."""
        subreddit = self.subreddit(name)
        if not subreddit.may(self.me.name, permission):
            raise errors.not_a_moderator()
        return subreddit

    def target(self, key: str = "id") -> Post | Comment:
        """The post or comment whose fullname the form tells."""
        found = self.world.thing(self.form.get(key, ""))
        if found is None:
            raise errors.plain(404)
        self.world.enter(found.subreddit.name, self.viewer)
        return found

    def own(self, key: str) -> Post | Comment:
        found = self.target(key)
        if found.author is not self.me:
            raise errors.api("NOT_AUTHOR", "you can't do that", key)
        return found

    def flag(self, key: str) -> bool:
        return str(self.form.get(key, "")).lower() in ("true", "1", "on")

    def wrote(self, kind: str, subreddit: str, target: str, text: str = "", made: str = "") -> None:
        """Into the record of all that was done over the API."""
        self.world.journal.append(Written(self.world.now, self.me.name, kind, subreddit, target, text, made))


Handler: TypeAlias = Callable[[Call], Any]
DONE: dict[str, Any] = {"json": {"errors": []}}
"""What the old routes say when all went well."""


class Route:
    """A pattern as "/r/{sub}/new" with the scope it needs; None: open to every token."""

    def __init__(self, method: str, pattern: str, scope: str | None, handler: Handler) -> None:
        self.method, self.pattern, self.scope, self.handler = method, pattern, scope, handler
        self._regex = re.compile(re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", pattern).replace("{", "(?P<").replace(
            "}", ">[^/]+)"))  # fmt: skip

    def match(self, method: str, path: str) -> dict[str, str] | None:
        if method != self.method:
            return None
        found = self._regex.fullmatch(path)
        return found.groupdict() if found else None
