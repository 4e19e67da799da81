"""The fake Discord as a whole: its servers, and how a test builds communities on it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterable
from typing import Self, TypeVar

from aiohttp import web

from tests.fakes.discord import acts_guilds, acts_threads, interactions, view
from tests.fakes.discord.clock import Clock
from tests.fakes.discord.faults import Faults
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.hands import Answer
from tests.fakes.discord.intents import APPLICATION_FLAGS, Intent
from tests.fakes.discord.interactions import Did
from tests.fakes.discord.kinds import Kind
from tests.fakes.discord.limits import Limits
from tests.fakes.discord.people import Person
from tests.fakes.discord.permissions import BOT, MEMBER, P
from tests.fakes.discord.schema import OpenApi
from tests.fakes.discord.server import PREFIX, Rest
from tests.fakes.discord.state import Channel, Guild, Json, Message, Role, Tag, User, Webhook, World

T = TypeVar("T")
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.MESSAGE_CONTENT


class FakeDiscord:
    """See the package's docstring. `privileged`: the intents switched on for the application.

    `validate`: None holds what is said against the OpenAPI document if it is there, True insists, False does not
    (for load). What did not fit is raised on exit, and is in `violations` before.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        privileged: Intent = PRIVILEGED,
        validate: bool | None = None,
        nonce_seconds: float = 300.0,
        bot_name: str = "backstop",
    ) -> None:
        self.clock = clock or Clock()
        self.limits = limits or Limits()
        self.faults = Faults()
        self.world = World(self.clock, bot_name, nonce_seconds)
        self.token = _token(self.world.bot)
        self.schema = None if validate is False else OpenApi.found()
        if validate and self.schema is None:
            raise FileNotFoundError("the OpenAPI document is not there")
        self._own_violations: list[str] = []
        self.gateway = Gateway(self.world, self.token, self.schema)
        self.rest = Rest(self)
        self.patience = 3.0
        self.url = self.page_url = ""
        self.allow(privileged)

    # -- running

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 26)
        own = [web.get("/gateway/", self.gateway.handle), web.get("/", self._page)]
        app.add_routes([*own, *self.rest.routes()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}{PREFIX}"
        self.page_url = f"http://127.0.0.1:{port}/"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway/"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self.gateway.flowing.set()
        for connection in list(self.gateway.connections):
            connection.abort()
        await self._runner.cleanup()
        if kind is None and self.violations:
            raise AssertionError("\n".join(self.violations[:10]))

    @property
    def violations(self) -> list[str]:
        return self.schema.violations if self.schema is not None else self._own_violations

    # -- the application

    @property
    def bot(self) -> User:
        return self.world.bot

    def allow(self, privileged: Intent) -> None:
        """Switches the privileged intents of the application on, and the others off."""
        flags = (flag for intent, flag in APPLICATION_FLAGS.items() if intent & privileged)
        self.world.application_flags = sum(flags) | (1 << 23)

    def allows(self, intent: Intent) -> bool:
        return bool(self.world.application_flags & APPLICATION_FLAGS[intent])

    # -- building

    def add_guild(
        self, name: str = "Community", *, bot_permissions: int | None = BOT, everyone: int = MEMBER,
        locale: str = "en-US",
    ) -> Guild:  # fmt: skip
        """A community with an owner; the bot is in it unless `bot_permissions` is None."""
        owner = self.add_user(f"owner of {name}")
        guild = Guild(self.world.ids.new(), name, owner.id, self.clock.now(), locale)
        guild.roles[guild.id] = Role(guild.id, "@everyone", everyone)
        self.world.guilds[guild.id] = guild
        acts_guilds.add_member(self.world, guild, owner)
        if bot_permissions is not None:
            acts_guilds.invite_bot(self.world, guild, bot_permissions)
        return guild

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US", online: bool = True) -> User:
        user = User(self.world.ids.new(), name, bot, None if bot else name, locale, online)
        self.world.users[user.id] = user
        return user

    def add_member(
        self, guild: Guild, name: str, *roles: Role, user: User | None = None, bot: bool = False,
        locale: str = "en-US", online: bool = True,
    ) -> Person:  # fmt: skip
        """Somebody (new, or a user there is) joins."""
        who = user or self.add_user(name, bot=bot, locale=locale, online=online)
        member = acts_guilds.add_member(self.world, guild, who)
        if roles:
            acts_guilds.set_roles(self.world, member, {role.id for role in roles})
        return Person(self, who, guild)

    def person(self, user: User, guild: Guild) -> Person:
        return Person(self, user, guild)

    def owner_of(self, guild: Guild) -> Person:
        return Person(self, self.world.users[guild.owner_id], guild)

    def add_role(self, guild: Guild, name: str, *, permissions: int = 0, mentionable: bool = False) -> Role:
        return acts_guilds.add_role(self.world, guild, name, int(permissions), mentionable=mentionable)

    def add_channel(
        self, guild: Guild, name: str, kind: Kind = Kind.TEXT, *, parent: Channel | None = None,
        tags: Iterable[str] = (), moderated: Iterable[str] = (), flags: int = 0, private_to: Iterable[Role] = (),
    ) -> Channel:  # fmt: skip
        """A channel. `tags` and `moderated` tags are a forum's; only `private_to` (and the bot) see a private one."""
        channel = acts_guilds.add_channel(self.world, guild, kind, name, parent=parent)
        channel.flags = flags
        named = [(tag, False) for tag in tags] + [(tag, True) for tag in moderated]
        channel.tags = [Tag(self.world.ids.new(), tag, strict) for tag, strict in named]
        if channel.tags or flags:
            acts_guilds.tell_channel(self.world, channel)
        if roles := list(private_to):
            acts_guilds.overwrite(self.world, channel, self.bot.id, 1, P.VIEW_CHANNEL, 0)
            for role in roles:
                acts_guilds.overwrite(self.world, channel, role.id, 0, P.VIEW_CHANNEL, 0)
            acts_guilds.overwrite(self.world, channel, guild.id, 0, 0, P.VIEW_CHANNEL)
        return channel

    def add_webhook(self, channel: Channel, name: str) -> Webhook:
        """Post with `Person`-less `fake.post_as(webhook, ...)`, or over its URL."""
        number = self.world.ids.new()
        hook = Webhook(number, f"hook-{number}", name, channel, self.world.users[channel.the_guild.owner_id])
        self.world.webhooks[number] = hook
        return hook

    def dm_with(self, user: User) -> Channel:
        found = (one for one in self.world.channels.values() if one.recipient is user)
        channel = next(found, None)
        if channel is None:
            channel = Channel(self.world.ids.new(), Kind.DM, user.name, recipient=user)
            self.world.channels[channel.id] = channel
        return channel

    # -- what happens from outside

    async def reset_token(self) -> str:
        """The token stops being good, and connections end; answers the new one."""
        self.token = self.gateway.token = _token(self.bot, str(self.world.ids.new()))
        await self.gateway.close(4004)
        return self.token

    def kick_bot(self, guild: Guild) -> None:
        acts_guilds.remove_member(self.world, guild, self.bot)

    def invite_bot(self, guild: Guild, permissions: int = BOT) -> None:
        acts_guilds.invite_bot(self.world, guild, permissions)

    def set_available(self, guild: Guild, *, available: bool) -> None:
        acts_guilds.set_available(self.world, guild, available=available)

    def set_bot_permissions(self, guild: Guild, permissions: int) -> None:
        """Changes the managed role of the bot."""
        role = next(one for one in guild.roles.values() if one.bot_id == self.bot.id)
        acts_guilds.change_role(self.world, guild, role, {"permissions": int(permissions)})

    def archive_the_quiet(self) -> list[Channel]:
        """Archives threads by the clock; call it after moving it."""
        return acts_threads.archive_the_quiet(self.world)

    async def forge(
        self, did: Did, user: User, channel: Channel, data: Json, *, message: Message | None = None,
        guild: Guild | None = None,
    ) -> Answer:  # fmt: skip
        """An interaction that no client would have sent: nothing is checked before the bot gets it."""
        one = interactions.create(self.world, did, user, channel, data, message=message, guild=guild)
        return await Answer(self, one).wait()

    # -- looking

    def messages(self, channel: Channel) -> list[Message]:
        """Oldest first, without the ephemeral ones."""
        return list(channel.messages)

    def threads(self, parent: Channel) -> list[Channel]:
        """The threads or posts of a channel, archived ones too, oldest first."""
        return [one for one in parent.the_guild.threads() if one.parent is parent]

    def by_bot(self, channel: Channel) -> list[Message]:
        return [one for one in channel.messages if one.author is self.bot]

    def ephemeral_for(self, user: User) -> list[Message]:
        return [one for one in self.world.unseen if one.seen_only_by == user.id and not one.gone]

    def pinged(self, message: Message) -> set[str]:
        """The names of all whom any version of the message pinged."""
        return {self.world.users[one].name for one in message.pinged}

    async def until(self, found: Callable[[], T], seconds: float = 5.0) -> T:
        """What `found` answers as soon as that is true; raises TimeoutError when it does not become so."""
        async with asyncio.timeout(seconds):
            while not (value := found()):
                await asyncio.sleep(0.005)
        return value

    def html(self) -> str:
        """All channels as a plain page; it is served at `page_url` too, and there loads itself anew."""
        return view.page(self.world)

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=view.page(self.world, refresh=2), content_type="text/html")


def _token(bot: User, secret: str = "planted-good-token") -> str:
    first = base64.urlsafe_b64encode(str(bot.id).encode()).decode().rstrip("=")
    return f"{first}.GfAkE0.{secret.ljust(38, '0')}"
