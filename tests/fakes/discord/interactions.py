"""Interactions: what a person did with a button, a menu or a command, and what the bot answered and when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from tests.fakes.discord import acts_messages, drafts, forms, payload_messages, payloads
from tests.fakes.discord.acts_messages import Draft
from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.kinds import Flag, Type
from tests.fakes.discord.permissions import in_channel
from tests.fakes.discord.state import Channel, Guild, Json, Member, Message, User, World

DEADLINE = timedelta(seconds=3)
LIFETIME = timedelta(minutes=15)


class Did(IntEnum):
    """Interaction types."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Reply(IntEnum):
    """Interaction callback types."""

    PONG = 1
    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


_FITS = {
    Did.COMMAND: {Reply.MESSAGE, Reply.DEFERRED, Reply.MODAL},
    Did.COMPONENT: {Reply.MESSAGE, Reply.DEFERRED, Reply.DEFERRED_UPDATE, Reply.UPDATE, Reply.MODAL},
    Did.AUTOCOMPLETE: {Reply.CHOICES},
    Did.MODAL: {Reply.MESSAGE, Reply.DEFERRED, Reply.DEFERRED_UPDATE, Reply.UPDATE},
}


@dataclass(eq=False)
class Interaction:
    """`message`: the one with the button. `original`: the bot's answer, or its place while it thinks."""

    id: int
    token: str
    did: Did
    user: User
    channel: Channel
    guild: Guild | None
    data: Json
    created_at: datetime
    message: Message | None = None
    trigger: Interaction | None = None
    reply: Reply | None = None
    replied_at: datetime | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return str(self.data.get("name", ""))

    @property
    def on_message(self) -> Message | None:
        """The message with the components; a modal's is that of the button that opened it."""
        return self.message or (self.trigger.message if self.trigger else None)

    def _owners(self) -> Json:
        return {"0": str(self.guild.id if self.guild else 0)}

    def about(self) -> Json:
        """interaction_metadata of the messages that answer it."""
        shown: Json = {"id": str(self.id), "type": int(self.did), "user": payloads.user(self.user)}
        shown["authorizing_integration_owners"] = self._owners()
        if self.did is Did.COMPONENT and self.message is not None:
            shown["interacted_message_id"] = str(self.message.id)
        if self.did is Did.MODAL and self.trigger is not None:
            shown["triggering_interaction_metadata"] = self.trigger.about()
        return shown

    def metadata(self) -> Json:
        shown: Json = {"interaction_metadata": self.about()}
        if self.did is Did.COMMAND:
            old = {"id": str(self.id), "type": 2, "name": self.name, "user": payloads.user(self.user)}
            shown["interaction"] = old
        return shown


def create(
    world: World, did: Did, user: User, channel: Channel, data: Json, *, message: Message | None = None,
    trigger: Interaction | None = None, guild: Guild | None = None,
) -> Interaction:  # fmt: skip
    """Something was pressed, typed or chosen: the bot is told, and has 3 seconds."""
    number = world.ids.new()
    one = Interaction(
        number, f"token-{number}", did, user, channel, guild or channel.guild, data, world.clock.now(), message, trigger
    )
    world.interactions[one.token] = one
    _forget_old(world)
    world.tell("INTERACTION_CREATE", _shown(world, one), guild=one.guild)
    return one


def _forget_old(world: World) -> None:
    oldest = world.clock.now() - LIFETIME
    for token, one in list(world.interactions.items())[:50]:
        if one.created_at >= oldest:
            break
        if one.answered.is_set():
            del world.interactions[token]


def _shown(world: World, one: Interaction) -> Json:
    shown: Json = {
        "id": str(one.id),
        "application_id": str(world.application_id),
        "type": int(one.did),
        "token": one.token,
        "version": 1,
        "data": one.data,
        "channel_id": str(one.channel.id),
        "locale": one.user.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": one._owners(),
        "attachment_size_limit": 10 * 1024 * 1024,
        "context": 0 if one.guild else 1,
    }
    on = one.on_message
    if on is not None:
        shown["message"] = payload_messages.message(world, on)
    if one.guild is None:
        user = {"user": payloads.user(one.user), "app_permissions": str(1 << 11)}
        return shown | user | {"channel": payloads.partial_channel(world, one.channel, None)}
    # A forged interaction may come from somebody who is no member (any more).
    member = one.guild.members.get(one.user.id) or Member(one.user, one.guild, one.created_at)
    bot = one.guild.members.get(world.bot.id)
    return shown | {
        "guild_id": str(one.guild.id),
        "guild": {"id": str(one.guild.id), "locale": one.guild.locale, "features": []},
        "guild_locale": one.guild.locale,
        "member": payloads.member(member) | {"permissions": str(in_channel(one.channel, member))},
        "channel": payloads.partial_channel(world, one.channel, member),
        "app_permissions": str(in_channel(one.channel, bot) if bot else 0),
    }


def find_for_callback(world: World, interaction_id: int, token: str) -> Interaction:
    """Raises 10062 where it is unknown or too late, 40060 where it was answered."""
    one = world.interactions.get(token)
    if one is None or one.id != interaction_id:
        raise ApiError(10062)
    if one.reply is not None:
        raise ApiError(40060)
    if world.clock.now() - one.created_at > DEADLINE:
        raise ApiError(10062)
    return one


def find_for_webhook(world: World, token: str) -> Interaction:
    """Raises 10015 before the first answer, 50027 when the token is too old."""
    one = world.interactions.get(token)
    if one is not None and world.clock.now() - one.created_at > LIFETIME:
        raise ApiError(50027)
    if one is None or one.reply in (None, Reply.CHOICES):
        raise ApiError(10015)
    return one


def answer(world: World, one: Interaction, body: Json, files: list[Json]) -> Message | None:
    """The first answer; the message that it made or changed."""
    kind, data = body.get("type"), body.get("data") or {}
    if kind not in _FITS[one.did] or (kind in (6, 7) and one.on_message is None):
        raise invalid("type", "BASE_TYPE_CHOICES", "Value of field is not allowed for this interaction.")
    reply = Reply(kind)
    message: Message | None = None
    if reply is Reply.MESSAGE:
        message = one.original = _say(world, one, drafts.read(world, one.channel, data, files))
    elif reply is Reply.DEFERRED:
        flags = Flag.LOADING | int(data.get("flags") or 0) & Flag.EPHEMERAL
        message = one.original = _say(world, one, Draft(flags=flags))
    elif reply is Reply.UPDATE:
        message = one.on_message
        _update(world, one, data, files)
    elif reply is Reply.MODAL:
        one.modal = forms.modal(data)
    elif reply is Reply.CHOICES:
        one.choices = _choices(data)
    one.reply, one.replied_at = reply, world.clock.now()
    one.answered.set()
    if reply is not Reply.DEFERRED:
        one.settled.set()
    return message


def _say(world: World, one: Interaction, draft: Draft) -> Message:
    """A message of the bot that belongs to the interaction; an ephemeral one only the person sees."""
    if one.channel.gone:
        raise ApiError(10003)
    if one.channel.thread is not None and one.channel.thread.archived and one.channel.thread.locked:
        raise ApiError(50083)
    kind = {Did.COMMAND: Type.CHAT_INPUT, Did.COMPONENT: Type.REPLY}.get(one.did, Type.DEFAULT)
    if one.did is Did.COMMAND and one.data.get("type") != 1:
        kind = Type.CONTEXT_MENU
    on = one.message if one.did is Did.COMPONENT else None
    reply_to = on if on is not None and not on.ephemeral else None
    draft.reply_to = None
    if kind is Type.REPLY and reply_to is None:
        kind = Type.DEFAULT
    return acts_messages.post(
        world, one.channel, world.bot, draft, kind=kind, application_id=world.application_id, interaction=one,
        webhook_id=world.application_id, replied_to=reply_to, reference=_reference(reply_to),
        seen_only_by=one.user.id if draft.flags & Flag.EPHEMERAL else None,
    )  # fmt: skip


def _reference(on: Message | None) -> Json | None:
    if on is None:
        return None
    return {"type": 0, "channel_id": str(on.channel.id), "message_id": str(on.id)} | (
        {"guild_id": str(on.channel.guild.id)} if on.channel.guild else {}
    )


def _update(world: World, one: Interaction, data: Json, files: list[Json]) -> None:
    message = one.on_message
    assert message is not None
    if message.gone:
        raise ApiError(10008)
    changes = drafts.read_changes(world, message, data, files)
    one.original = message
    acts_messages.edit(world, message, changes, data.get("allowed_mentions"))


def _choices(data: Json) -> list[Json]:
    choices: list[Json] = data.get("choices") or []
    if len(choices) > 25:
        raise invalid("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for at, choice in enumerate(choices):
        if not 1 <= len(choice["name"]) <= 100:
            raise invalid(f"data.choices.{at}.name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        if isinstance(choice["value"], str) and not 1 <= len(choice["value"]) <= 100:
            raise invalid(f"data.choices.{at}.value", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    return choices


def original(one: Interaction) -> Message:
    """The message behind @original: the bot's own answer, or the one that it updated."""
    message = one.original
    if message is None and one.reply is Reply.DEFERRED_UPDATE:
        message = one.on_message
    if message is None or message.gone:
        raise ApiError(10008)
    return message


def follow_up(world: World, one: Interaction, body: Json, files: list[Json]) -> Message:
    """One more message; the first after a deferred answer takes its place, and its privacy."""
    draft = drafts.read(world, one.channel, body, files)
    waiting = one.original
    if waiting is not None and not waiting.gone and waiting.flags & Flag.LOADING:
        changes = {name: getattr(draft, name) for name in ("content", "embeds", "components", "attachments")}
        edit_original(world, one, changes | {"flags": draft.flags}, draft.allowed)
        one.followups.append(waiting)
        return waiting
    message = _say(world, one, draft)
    one.followups.append(message)
    return message


def edit_original(world: World, one: Interaction, changes: Json, allowed: Json | None) -> Message:
    """An edit of @original; what the bot thought about is there now."""
    message = original(one)
    kept = message.flags & Flag.EPHEMERAL
    changes["flags"] = changes.get("flags", message.flags) & ~Flag.LOADING & ~Flag.EPHEMERAL | kept
    acts_messages.edit(world, message, changes, allowed)
    one.settled.set()
    return message


def callback_response(world: World, one: Interaction, message: Message | None) -> Json:
    """What with_response=1 answers."""
    about: Json = {"id": str(one.id), "type": int(one.did), "channel_id": str(one.channel.id)}
    if one.guild is not None:
        about["guild_id"] = str(one.guild.id)
    response: Json = {"interaction": about}
    if message is not None:
        about["response_message_id"] = str(message.id)
        about["response_message_loading"] = one.reply is Reply.DEFERRED
        about["response_message_ephemeral"] = message.ephemeral
    if message is not None and one.reply in (Reply.MESSAGE, Reply.UPDATE):
        response["resource"] = {"type": int(one.reply), "message": payload_messages.message(world, message)}
    return response
