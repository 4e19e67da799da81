"""What happens in a community, as the domain sees it: frozen, with aware datetimes only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NewType

from escalation.errors import InputError
from escalation.timing import Millis, millis

MessageKey = NewType("MessageKey", str)
"""platform/community/channel/id, each part escaped: unique over all that Backstop watches."""
ChannelKey = NewType("ChannelKey", str)
"""platform/community/channel."""

MAX_TEXT = 20_000
"""Characters kept of one text: above Discord's 4,000; a longer Reddit post keeps its beginning."""
MAX_ID = 100
"""Characters an id may have: platforms use at most 20; the rest is somebody's mistake."""


MAX_SCORE = 2**31 - 1


class Role(StrEnum):
    STAFF = "staff"
    MODERATOR = "moderator"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote: the platform's id, the name people type, and the roles held at that time."""

    id: str
    name: str
    roles: frozenset[Role] = frozenset()

    def __post_init__(self) -> None:
        _check_id("author", self.id)
        object.__setattr__(self, "name", storable(self.name or self.id)[:MAX_ID])

    @property
    def bot(self) -> bool:
        return Role.BOT in self.roles


@dataclass(frozen=True, slots=True)
class Place:
    """A channel: where one flow of messages has an order."""

    platform: str
    community: str
    channel: str

    def __post_init__(self) -> None:
        for name in ("platform", "community", "channel"):
            _check_id(name, getattr(self, name))

    @property
    def key(self) -> ChannelKey:
        return _channel_key(self.platform, self.community, self.channel)

    @property
    def community_key(self) -> str:
        """platform/community: what a tenant owns."""
        return self.key.rsplit("/", 1)[0]

    def message(self, id_: str) -> MessageKey:
        """The key of the message `id_` in this channel."""
        return MessageKey(f"{self.key}/{_escape(id_)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to the message `id` in `place`."""

    place: Place
    id: str
    at: datetime
    key: MessageKey = field(init=False)
    when: Millis = field(init=False)

    def __post_init__(self) -> None:
        _check_id("id", self.id)
        object.__setattr__(self, "when", millis(self.at))
        object.__setattr__(self, "key", self.place.message(self.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Event):
    """A message, post or comment. `thread` is the starter's id where the platform has threads."""

    author: Person
    text: str
    thread: str | None = None
    reply_to: str | None = None
    title: str = ""
    tags: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        for name in ("thread", "reply_to"):
            if getattr(self, name) is not None:
                _check_id(name, getattr(self, name))
        for name in ("text", "title"):
            object.__setattr__(self, name, storable(getattr(self, name)))
        for name in ("tags", "attachments"):
            object.__setattr__(self, name, tuple(storable(item)[:MAX_ID] for item in getattr(self, name)))

    @property
    def parent_key(self) -> MessageKey | None:
        """The message that the platform itself says this one replies to."""
        return self.place.message(self.reply_to) if self.reply_to else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Event):
    text: str
    title: str = ""

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        for name in ("text", "title"):
            object.__setattr__(self, name, storable(getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion(Event):
    """Deleted by its author or removed by a moderator: its text is erased here too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration(Event):
    """A removed message is visible again; `text` where the platform hands it out again."""

    text: str = ""

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        object.__setattr__(self, "text", storable(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction(Event):
    author: Person
    emoji: str
    removed: bool = False

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        object.__setattr__(self, "emoji", storable(self.emoji)[:MAX_ID])


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Event):
    """Votes, on platforms that count them; beyond MAX_SCORE they are no longer counted."""

    score: int

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        object.__setattr__(self, "score", max(-MAX_SCORE, min(MAX_SCORE, self.score)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock(Event):
    """Nobody can answer any more (or can again)."""

    locked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags(Event):
    """All tags (forum tags, flair) that the post has from now on."""

    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        object.__setattr__(self, "tags", tuple(storable(item)[:MAX_ID] for item in self.tags))


def storable(text: str) -> str:
    """`text` as every database can hold it: no NUL, no lone surrogates, at most MAX_TEXT long."""
    text = text[:MAX_TEXT]
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def message_id(key: MessageKey) -> str:
    """The platform's own id inside a key."""
    return _unescape(key.rsplit("/", 1)[1])


def place_of(key: MessageKey | ChannelKey) -> Place:
    """The channel of a message's or a channel's key."""
    parts = [_unescape(part) for part in key.split("/")]
    return Place(parts[0], parts[1], parts[2])


@lru_cache(maxsize=4096)
def _channel_key(platform: str, community: str, channel: str) -> ChannelKey:
    return ChannelKey("/".join(map(_escape, (platform, community, channel))))


def _escape(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F") if "%" in part or "/" in part else part


def _unescape(part: str) -> str:
    return part.replace("%2F", "/").replace("%25", "%") if "%" in part else part


def _check_id(name: str, value: str) -> None:
    if not value or len(value) > MAX_ID or "\0" in value or storable(value) != value:
        shown = value if len(value) <= 40 else value[:40] + "..."
        raise InputError(f"{name} {shown!r}: must be 1 to {MAX_ID} characters that a database can hold")
