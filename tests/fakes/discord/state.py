"""What exists on the fake Discord: plain records, and the World that holds them and tells of changes."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.clock import Clock, Snowflakes
from tests.fakes.discord.kinds import Kind, Type
from tests.fakes.discord.mentions import NOBODY, Mentions

if TYPE_CHECKING:
    from tests.fakes.discord.interactions import Interaction

Json = dict[str, Any]


@dataclass(eq=False)
class User:
    id: int
    name: str
    bot: bool = False
    global_name: str | None = None
    locale: str = "en-US"
    online: bool = True
    dms_open: bool = True


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int = 0
    position: int = 0
    mentionable: bool = False
    managed: bool = False
    bot_id: int | None = None


@dataclass(eq=False)
class Member:
    user: User
    guild: Guild
    joined_at: datetime
    roles: set[int] = field(default_factory=set)
    nick: str | None = None
    timeout_until: datetime | None = None

    @property
    def name(self) -> str:
        return self.nick or self.user.global_name or self.user.name


@dataclass(eq=False)
class Overwrite:
    """Allowed and denied permissions of a role (type 0) or a member (type 1) in a channel."""

    id: int
    type: int
    allow: int = 0
    deny: int = 0


@dataclass(eq=False)
class Tag:
    id: int
    name: str
    moderated: bool = False
    emoji_name: str | None = None


@dataclass(eq=False)
class Thread:
    """What a channel has more if it is a thread. `archive_at` is when archiving last changed."""

    owner_id: int
    created_at: datetime
    archive_at: datetime
    active_at: datetime
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440
    invitable: bool = True
    applied_tags: list[int] = field(default_factory=list)
    members: dict[int, datetime] = field(default_factory=dict)
    sent: int = 0


class Messages:
    """The messages of a channel by id, oldest first."""

    def __init__(self) -> None:
        self._by_id: dict[int, Message] = {}
        self._ids: list[int] = []

    def __iter__(self) -> Iterator[Message]:
        return (self._by_id[one] for one in self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def get(self, message_id: int) -> Message | None:
        return self._by_id.get(message_id)

    def add(self, message: Message) -> None:
        self._by_id[message.id] = message
        bisect.insort(self._ids, message.id)

    def remove(self, message: Message) -> None:
        del self._by_id[message.id]
        del self._ids[bisect.bisect_left(self._ids, message.id)]

    def before(self, message_id: int, limit: int) -> list[Message]:
        end = bisect.bisect_left(self._ids, message_id)
        return [self._by_id[one] for one in self._ids[max(0, end - limit) : end]]

    def after(self, message_id: int, limit: int) -> list[Message]:
        start = bisect.bisect_right(self._ids, message_id)
        return [self._by_id[one] for one in self._ids[start : start + limit]]

    def last(self, limit: int) -> list[Message]:
        return [self._by_id[one] for one in self._ids[-limit:]]


@dataclass(eq=False)
class Channel:
    id: int
    kind: Kind
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    position: int = 0
    topic: str | None = None
    slowmode: int = 0
    flags: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    thread: Thread | None = None
    recipient: User | None = None
    last_message_id: int | None = None
    messages: Messages = field(default_factory=Messages)
    pins: dict[int, datetime] = field(default_factory=dict)
    gone: bool = False

    @property
    def speaks(self) -> bool:
        """Whether messages can be sent here."""
        return self.kind not in (Kind.CATEGORY, Kind.FORUM)

    @property
    def the_thread(self) -> Thread:
        assert self.thread is not None, f"{self.name} is not a thread"
        return self.thread

    @property
    def the_guild(self) -> Guild:
        assert self.guild is not None, f"{self.name} is in no guild"
        return self.guild


@dataclass(eq=False)
class Reaction:
    emoji: Json
    users: dict[int, None] = field(default_factory=dict)


@dataclass(eq=False)
class Version:
    """A message as it was shown from `at` on, and whom it pinged."""

    at: datetime
    content: str
    embeds: list[Json]
    components: list[Json]
    pinged: frozenset[int]
    mentions: Mentions


@dataclass(eq=False)
class Message:
    id: int
    channel: Channel
    author: User
    at: datetime
    content: str = ""
    type: Type = Type.DEFAULT
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    stickers: list[Json] = field(default_factory=list)
    poll: Json | None = None
    votes: dict[int, dict[int, None]] = field(default_factory=dict)
    reference: Json | None = None
    replied_to: Message | None = None
    snapshots: list[Json] = field(default_factory=list)
    nonce: str | int | None = None
    tts: bool = False
    webhook_id: int | None = None
    application_id: int | None = None
    interaction: Interaction | None = None
    reactions: dict[str, Reaction] = field(default_factory=dict)
    mentions: Mentions = NOBODY
    edited_at: datetime | None = None
    versions: list[Version] = field(default_factory=list)
    thread: Channel | None = None
    seen_only_by: int | None = None
    gone: bool = False

    @property
    def ephemeral(self) -> bool:
        return self.seen_only_by is not None

    @property
    def pinged(self) -> frozenset[int]:
        """Everybody that any version pinged: an edit counts too, so that a careless one is seen."""
        return frozenset(itertools.chain.from_iterable(version.pinged for version in self.versions))


@dataclass(eq=False)
class Webhook:
    id: int
    token: str
    name: str
    channel: Channel
    user: User


@dataclass(eq=False)
class Guild:
    id: int
    name: str
    owner_id: int
    created_at: datetime
    locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    commands: dict[int, Json] = field(default_factory=dict)
    available: bool = True

    @property
    def everyone(self) -> Role:
        """The role that everybody has has the guild's own id."""
        return self.roles[self.id]

    def threads(self) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.thread is not None]


@dataclass(frozen=True, eq=False)
class Event:
    """Something that the gateway may tell a session. `channel` decides who may see it, `message` what is in it."""

    name: str
    data: Json
    guild: Guild | None = None
    channel: Channel | None = None
    message: Message | None = None
    about: int | None = None


class World:
    """Everything there is. `tell` hands each event to all listeners at once, in order."""

    def __init__(self, clock: Clock, bot_name: str, nonce_seconds: float) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.nonce_seconds = nonce_seconds
        self.bot = User(self.ids.new(), bot_name, bot=True)
        self.application_id = self.bot.id
        self.application_flags = 0
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.commands: dict[int, Json] = {}
        self.interactions: dict[str, Interaction] = {}
        self.nonces: dict[tuple[int, str | int], Message] = {}
        self.unseen: list[Message] = []
        """Ephemeral messages: in no history."""
        self.listeners: list[Callable[[Event], None]] = []

    def tell(self, name: str, data: Json, channel: Channel | None = None, **more: Any) -> None:
        guild = more.pop("guild", channel.guild if channel is not None else None)
        event = Event(name, data, guild, channel, **more)
        for listener in self.listeners:
            listener(event)

    def bot_in(self, guild: Guild | None) -> bool:
        return guild is not None and self.bot.id in guild.members
