"""One request on its way: what routes get and how they are listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.permissions import need
from tests.fakes.discord.state import Channel, Guild, Json, Member, Message, World

if TYPE_CHECKING:
    from tests.fakes.discord.fake import FakeDiscord


@dataclass
class Call:
    """`body` is the JSON that was sent, `files` what was uploaded with it. `with_content`: may the bot read content."""

    world: World
    fake: FakeDiscord
    path: dict[str, str]
    query: dict[str, str]
    body: Any = None
    files: list[Json] = field(default_factory=list)

    def id(self, name: str) -> int:
        try:
            return int(self.path[name])
        except ValueError:
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{self.path[name]}" is not snowflake.') from None

    @property
    def json(self) -> Json:
        return self.body if isinstance(self.body, dict) else {}

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")

    def limit(self, default: int, most: int, least: int = 1) -> int:
        try:
            limit = int(self.query.get("limit", default))
        except ValueError:
            raise invalid("limit", "NUMBER_TYPE_COERCE", "Value is not int.") from None
        if not least <= limit <= most:
            raise invalid("limit", "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")
        return limit

    def channel(self, *wanted: int) -> Channel:
        """The channel of the path, for a bot that sees it and may do this there."""
        channel = self.world.channels.get(self.id("channel_id"))
        if channel is None:
            raise ApiError(10003)
        need(channel, self.world.bot.id, *wanted, now=self.world.clock.now())
        return channel

    def thread(self, *wanted: int) -> Channel:
        channel = self.channel(*wanted)
        if channel.thread is None:
            raise ApiError(50024)
        return channel

    def message(self, *wanted: int) -> Message:
        message = self.channel(*wanted).messages.get(self.id("message_id"))
        if message is None:
            raise ApiError(10008)
        return message

    def guild(self) -> Guild:
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None or not self.world.bot_in(guild):
            raise ApiError(10004)
        return guild

    def member(self) -> Member:
        member = self.guild().members.get(self.id("user_id"))
        if member is None:
            raise ApiError(10007 if self.id("user_id") in self.world.users else 10013)
        return member

    def snowflake(self, name: str) -> int | None:
        return int(self.query[name]) if self.query.get(name) else None


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None


Handler = Callable[[Call], Any]
"""Answers JSON (200), None (204) or an Answer; raises ApiError."""


@dataclass(frozen=True)
class Endpoint:
    """`template` is the document's path. `open`: no bot token is asked for, the path has one of its own."""

    method: str
    template: str
    handler: Handler
    open: bool = False
