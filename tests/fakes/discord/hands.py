"""What people do with the bot's controls and commands, and what they see of its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import commands, interactions
from tests.fakes.discord.controls import component, filled_modal, picked
from tests.fakes.discord.interactions import Did, Interaction, Reply
from tests.fakes.discord.permissions import P, in_channel, sees
from tests.fakes.discord.state import Channel, Guild, Json, Member, Message, User

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
class Hands:
    """A user in a guild, at its client. What the client would not let it do raises PermissionError or LookupError."""

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
        data, things = filled_modal(opened.modal, values, checked=not forged)
        if things:
            data["resolved"] = commands.resolve(self.fake.world, self.guild, things)
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
        hidden = _hidden(message.channel, self) or message.gone
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
        if _hidden(channel, self) or nobody or in_channel(channel, self.member) & needs != needs:
            raise PermissionError(f"{command['name']} is not offered to {self.user.name}")

    def _command_data(self, command: Json, channel: Channel) -> Json:
        data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        return data | {"guild_id": command["guild_id"]} if "guild_id" in command else data


def _hidden(channel: Channel, person: Hands) -> bool:
    if channel.guild is None:
        return channel.recipient is not person.user
    member = channel.guild.members.get(person.user.id)
    return member is None or not sees(channel, member)
