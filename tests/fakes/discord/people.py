"""People: what they can do with their client, and what they see of the bot's answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import acts_guilds, acts_messages, acts_threads, commands, interactions
from tests.fakes.discord.acts_messages import Draft
from tests.fakes.discord.controls import component, filled_modal, picked
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.interactions import Did, Interaction, Reply
from tests.fakes.discord.permissions import P, in_channel, need, sees
from tests.fakes.discord.state import Channel, Guild, Json, Kind, Member, Message, Role, User

if TYPE_CHECKING:
    from tests.fakes.discord.fake import FakeDiscord


class Answer:
    """What a person sees after pressing, choosing, typing or submitting."""

    def __init__(self, fake: FakeDiscord, interaction: Interaction) -> None:
        self.fake = fake
        self.interaction = interaction

    async def wait(self) -> Answer:
        """Until the first answer, at most as long as Discord waits (`fake.patience`, real seconds)."""
        await _within(self.interaction.answered, self.fake.patience)
        return self

    async def settled(self, seconds: float = 10.0) -> Answer:
        """Until a deferred answer is there."""
        await _within(self.interaction.settled, seconds)
        return self

    @property
    def failed(self) -> bool:
        """ "This interaction failed": nothing came in time."""
        return self.interaction.reply is None

    @property
    def reply(self) -> Reply | None:
        return self.interaction.reply

    @property
    def message(self) -> Message | None:
        """The bot's answer, or the message that it updated."""
        one = self.interaction
        return one.original or (one.on_message if one.reply is Reply.DEFERRED_UPDATE else None)

    @property
    def content(self) -> str:
        return self.message.content if self.message else ""

    @property
    def ephemeral(self) -> bool:
        return self.message is not None and self.message.ephemeral

    @property
    def followups(self) -> list[Message]:
        return self.interaction.followups

    @property
    def modal(self) -> Json | None:
        return self.interaction.modal

    @property
    def choices(self) -> list[Json]:
        return self.interaction.choices

    @property
    def took(self) -> timedelta | None:
        """From the press to the first answer, by the fake's clock."""
        at = self.interaction.replied_at
        return at - self.interaction.created_at if at is not None else None


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


@dataclass(frozen=True)
class Person:
    """A user in a guild. What its client would not let it do raises ApiError or PermissionError."""

    fake: FakeDiscord
    user: User
    guild: Guild

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def member(self) -> Member:
        return self.guild.members[self.user.id]

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    # -- talking

    def post(
        self, channel: Channel, content: str = "", *, reply_to: Message | None = None, at: datetime | None = None,
        ping_replied: bool = True, **more: Any,
    ) -> Message:  # fmt: skip
        """A message; `more` is a Draft's (attachments, stickers, poll, forward). `at` makes up a past."""
        allowed = {"parse": ["users", "roles", "everyone"], "replied_user": ping_replied}
        draft = Draft(content, reply_to=reply_to, allowed=allowed, **more)
        if draft.empty:
            raise ApiError(50006)
        acts_messages.may_post(self.fake.world, channel, self.user, draft)
        return acts_messages.post(self.fake.world, channel, self.user, draft, at=at)

    def reply(self, to: Message, content: str, *, ping: bool = True, at: datetime | None = None) -> Message:
        return self.post(to.channel, content, reply_to=to, ping_replied=ping, at=at)

    def dm(self, content: str) -> Message:
        """A direct message to the bot."""
        return acts_messages.post(self.fake.world, self.fake.dm_with(self.user), self.user, Draft(content))

    def attach(self, channel: Channel, filename: str, content: str = "", *, size: int = 1000) -> Message:
        number = self.fake.world.ids.new()
        url = f"https://cdn.discordapp.com/attachments/{channel.id}/{number}/{filename}"
        file = {"id": str(number), "filename": filename, "size": size, "url": url, "proxy_url": url}
        return self.post(channel, content, attachments=[file])

    def sticker(self, channel: Channel, name: str = "wave") -> Message:
        return self.post(channel, stickers=[{"id": str(self.fake.world.ids.new()), "name": name, "format_type": 1}])

    def ask_poll(self, channel: Channel, question: str, *answers: str) -> Message:
        listed = [{"poll_media": {"text": one}} for one in answers]
        poll = acts_messages.new_poll(self.fake.world, {"question": {"text": question}, "answers": listed})
        return self.post(channel, poll=poll)

    def vote(self, message: Message, answer: int, *, removed: bool = False) -> None:
        acts_messages.vote(self.fake.world, message, self.user, answer, removed=removed)

    def forward(self, message: Message, to: Channel) -> Message:
        return self.post(to, forward=message)

    def edit(self, message: Message, content: str) -> None:
        if message.author is not self.user:
            raise ApiError(50005)
        acts_messages.edit(self.fake.world, message, {"content": content})

    def delete(self, *messages: Message) -> None:
        """One message, or several of one channel at once."""
        for message in messages:
            if message.author is not self.user:
                need(message.channel, self.user.id, P.MANAGE_MESSAGES)
        acts_messages.delete(self.fake.world, *messages)

    def react(self, message: Message, emoji: str) -> None:
        need(message.channel, self.user.id)
        acts_messages.react(self.fake.world, message, self.user, emoji)

    def unreact(self, message: Message, emoji: str) -> None:
        acts_messages.unreact(self.fake.world, message, self.user.id, emoji)

    def pin(self, message: Message) -> None:
        acts_messages.pin(self.fake.world, message, pinned=True)

    # -- threads

    def start_thread(
        self, on: Message | Channel, name: str, *, private: bool = False, at: datetime | None = None
    ) -> Channel:
        """A thread on a message, or in a channel without one."""
        world = self.fake.world
        parent = on.channel if isinstance(on, Message) else on
        need(parent, self.user.id, P.CREATE_PRIVATE_THREADS if private else P.CREATE_PUBLIC_THREADS)
        kind = Kind.PRIVATE_THREAD if private else acts_threads.thread_kind(parent)
        starter = on if isinstance(on, Message) else None
        thread = acts_threads.open_thread(world, parent, self.user, name, kind=kind, starter=starter, at=at)
        if starter is not None:
            acts_messages.start_on(world, starter, thread)
        elif not private:
            acts_messages.announce_thread(world, thread, self.user)
        return thread

    def forum_post(
        self, forum: Channel, title: str, content: str, *, tags: Iterable[str] = (), at: datetime | None = None
    ) -> Message:
        """A post: first the thread is created, then its starter message arrives, with the thread's id."""
        need(forum, self.user.id, P.SEND_MESSAGES)
        ids = [next(tag.id for tag in forum.tags if tag.name == name) for name in tags]
        acts_threads.check_tags(forum, self.user.id, ids)
        thread = acts_threads.open_thread(self.fake.world, forum, self.user, title, tags=ids, at=at)
        return acts_messages.post(self.fake.world, thread, self.user, Draft(content), message_id=thread.id, at=at)

    def change_thread(self, thread: Channel, **changes: Any) -> None:
        """`archived=True`, `locked=True`, `name=...`, `applied_tags=[...]`."""
        acts_threads.may_change(thread, self.user.id, changes)
        acts_threads.change(self.fake.world, thread, changes)

    def add_to_thread(self, thread: Channel, *users: User) -> None:
        acts_threads.join(self.fake.world, thread, *(one.id for one in users))

    # -- moderating

    def delete_channel(self, channel: Channel) -> None:
        need(channel, self.user.id, P.MANAGE_THREADS if channel.thread else P.MANAGE_CHANNELS)
        acts_guilds.delete_channel(self.fake.world, channel)

    def delete_role(self, role: Role) -> None:
        acts_guilds.delete_role(self.fake.world, self.guild, role)

    def change_role(self, role: Role, **changes: Any) -> None:
        acts_guilds.change_role(self.fake.world, self.guild, role, changes)

    def set_roles(self, who: Person, *roles: Role) -> None:
        acts_guilds.set_roles(self.fake.world, who.member, {role.id for role in roles})

    def permit(self, channel: Channel, target: Role | User | Guild, *, allow: int = 0, deny: int = 0) -> None:
        """An overwrite for a role, a user or (the guild) everyone."""
        need(channel, self.user.id, P.MANAGE_ROLES)
        kind = 1 if isinstance(target, User) else 0
        acts_guilds.overwrite(self.fake.world, channel, target.id, kind, int(allow), int(deny))

    def time_out(self, who: Person, until: datetime | None) -> None:
        acts_guilds.time_out(self.fake.world, who.member, until)

    def leave(self) -> None:
        acts_guilds.remove_member(self.fake.world, self.guild, self.user)

    # -- the bot's controls

    async def press(self, message: Message, which: str, *, forged: bool = False) -> Answer:
        """A button by its custom_id, label or emoji. `forged`: any custom_id, seen or not."""
        data: Json = {"custom_id": which, "component_type": 2}
        if not forged:
            self._sees(message)
            button = component(message, which, (2,))
            data = {"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]}
        return await self._do(Did.COMPONENT, message.channel, data, message=message)

    async def choose(self, message: Message, which: str, *values: Any, forged: bool = False) -> Answer:
        """Options of a select by label or value; users, roles or channels in the other selects."""
        data: Json = {"custom_id": which, "component_type": 3, "values": list(values)}
        if not forged:
            self._sees(message)
            select = component(message, which, (3, 5, 6, 7, 8))
            chosen, things = picked(select, values)
            data = {"custom_id": select["custom_id"], "component_type": select["type"], "id": select["id"]}
            data["values"] = chosen
            if things:
                data["resolved"] = commands.resolve(self.fake.world, self.guild, things)
        return await self._do(Did.COMPONENT, message.channel, data, message=message)

    async def submit(self, opened: Answer, values: dict[str, Any], *, forged: bool = False) -> Answer:
        """The modal that an answer opened, with values by custom_id or label."""
        assert opened.modal is not None, "no modal was opened"
        data = filled_modal(opened.modal, values, checked=not forged)
        trigger = opened.interaction
        return await self._do(Did.MODAL, trigger.channel, data, trigger=trigger)

    async def slash(
        self, channel: Channel, words: str, values: dict[str, Any] | None = None, *, forged: bool = False
    ) -> Answer:
        """A slash command: "name", "name sub" or "name group sub", with its options."""
        command, path = self._command(channel, words, commands.SLASH, forged=forged)
        tree, named = commands.fill(command, path, values or {})
        data = self._command_data(command, channel) | {"options": tree}
        if named:
            data["resolved"] = commands.resolve(self.fake.world, channel.guild, list(named.values()))
        return await self._do(Did.COMMAND, channel, data)

    async def type_in(
        self, channel: Channel, words: str, option: str, typed: str, values: dict[str, Any] | None = None
    ) -> list[Json]:
        """The choices that autocompletion offers for what was typed so far."""
        command, path = self._command(channel, words, commands.SLASH)
        tree, named = commands.fill(command, path, (values or {}) | {option: typed}, option)
        data = self._command_data(command, channel) | {"options": tree}
        if named:
            data["resolved"] = commands.resolve(self.fake.world, channel.guild, list(named.values()))
        return (await self._do(Did.AUTOCOMPLETE, channel, data)).choices

    async def message_menu(self, message: Message, name: str, *, forged: bool = False) -> Answer:
        """A context menu's command on a message."""
        command, _ = self._command(message.channel, name, commands.MESSAGE_MENU, forged=forged)
        resolved = commands.resolve(self.fake.world, message.channel.guild, [], message)
        data = self._command_data(command, message.channel) | {"target_id": str(message.id), "resolved": resolved}
        return await self._do(Did.COMMAND, message.channel, data)

    async def user_menu(self, channel: Channel, who: User, name: str, *, forged: bool = False) -> Answer:
        """A context menu's command on a user."""
        command, _ = self._command(channel, name, commands.USER_MENU, forged=forged)
        resolved = commands.resolve(self.fake.world, channel.guild, [who])
        data = self._command_data(command, channel) | {"target_id": str(who.id), "resolved": resolved}
        return await self._do(Did.COMMAND, channel, data)

    async def _do(self, did: Did, channel: Channel, data: Json, **more: Any) -> Answer:
        one = interactions.create(self.fake.world, did, self.user, channel, data, **more)
        return await Answer(self.fake, one).wait()

    def _sees(self, message: Message) -> None:
        only = message.seen_only_by
        hidden = channel_hides(message.channel, self) or message.gone
        if hidden or (only is not None and only != self.user.id):
            raise PermissionError(f"{self.user.name} does not see this message")

    def _command(self, channel: Channel, words: str, kind: int, *, forged: bool = False) -> tuple[Json, list[str]]:
        name, *path = words.split() if kind == commands.SLASH else [words]
        command = commands.find(self.fake.world, channel.guild, name, kind)
        if not forged and channel.guild is not None:
            self._may_use(channel, command)
        return command, path

    def _may_use(self, channel: Channel, command: Json) -> None:
        """The client hides what default_member_permissions does not allow."""
        needs = int(command["default_member_permissions"] or 0) | P.USE_APPLICATION_COMMANDS
        nobody = command["default_member_permissions"] == "0" and not in_channel(channel, self.member) & P.ADMINISTRATOR
        if channel_hides(channel, self) or nobody or in_channel(channel, self.member) & needs != needs:
            raise PermissionError(f"{command['name']} is not offered to {self.user.name}")

    def _command_data(self, command: Json, channel: Channel) -> Json:
        data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        return data | {"guild_id": command["guild_id"]} if "guild_id" in command else data


def channel_hides(channel: Channel, person: Person) -> bool:
    if channel.guild is None:
        return channel.recipient is not person.user
    member = channel.guild.members.get(person.user.id)
    return member is None or not sees(channel, member)
