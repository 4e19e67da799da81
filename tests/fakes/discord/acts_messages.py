"""What happens to messages, whoever does it: the bot over REST or a person. Each act changes the world and tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.discord import acts_threads, forms, payload_messages
from tests.fakes.discord.clock import iso
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.kinds import Flag, Kind, Type
from tests.fakes.discord.mentions import Allowed, notified, resolve
from tests.fakes.discord.permissions import P, can, in_channel, need
from tests.fakes.discord.state import Channel, Json, Message, User, Version, Webhook, World


@dataclass
class Draft:
    """A message to be sent, already looked at. `allowed` None is the default: everything pings."""

    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    stickers: list[Json] = field(default_factory=list)
    poll: Json | None = None
    reply_to: Message | None = None
    forward: Message | None = None
    allowed: Json | None = None
    nonce: str | int | None = None
    flags: int = 0
    tts: bool = False

    @property
    def empty(self) -> bool:
        told = (self.content, self.embeds, self.components, self.attachments, self.stickers, self.poll, self.forward)
        return not any(told)


def may_post(world: World, channel: Channel, author: User, draft: Draft) -> None:
    """Raises as Discord does if this author may not post this here."""
    if not channel.speaks:
        need(channel, author.id)
        raise ApiError(40058 if channel.kind is Kind.FORUM else 50008)
    now = world.clock.now()
    in_thread = channel.thread is not None
    need(channel, author.id, P.SEND_MESSAGES_IN_THREADS if in_thread else P.SEND_MESSAGES, now=now)
    if channel.thread is not None and channel.thread.locked:
        member = channel.the_guild.members[author.id]
        if not in_channel(channel, member) & P.MANAGE_THREADS:
            raise ApiError(160005)
    wanted = [(draft.embeds, P.EMBED_LINKS), (draft.attachments, P.ATTACH_FILES), (draft.poll, P.SEND_POLLS)]
    need(channel, author.id, *(permission for has, permission in wanted if has), now=now)
    if draft.reply_to is not None and channel.guild is not None:
        member = channel.guild.members[author.id]
        if not in_channel(channel, member) & P.READ_MESSAGE_HISTORY:
            raise ApiError(160002)
    if channel.recipient is not None and author is world.bot and not channel.recipient.dms_open:
        raise ApiError(50007)


SILENT: Json = {"parse": []}
BY_DISCORD = (Type.THREAD_CREATED, Type.THREAD_STARTER)
"""Discord's own messages ping nobody, whatever a thread is called."""


def post(
    world: World,
    channel: Channel,
    author: User,
    draft: Draft,
    *,
    kind: Type | None = None,
    at: datetime | None = None,
    webhook: Webhook | None = None,
    **more: Any,
) -> Message:
    """Puts the message there; nobody asks whether the author may. `at`: when it was, for a past that is made up."""
    when = at or world.clock.now()
    message_id = more.pop("message_id", None) or world.ids.new(when)
    message = Message(
        message_id, channel, author, when, draft.content, kind or (Type.REPLY if draft.reply_to else Type.DEFAULT),
        draft.flags, draft.embeds, draft.components, draft.attachments, draft.stickers, draft.poll,
        nonce=draft.nonce, tts=draft.tts, webhook_id=webhook.id if webhook else None, replied_to=draft.reply_to,
    )  # fmt: skip
    for name, value in more.items():
        setattr(message, name, value)
    if draft.poll is not None:
        message.votes = {answer["answer_id"]: {} for answer in draft.poll["answers"]}
    _refer(message, draft)
    _new_version(world, message, SILENT if message.type in BY_DISCORD else draft.allowed)
    _place(world, message)
    shown = payload_messages.in_gateway(world, message)
    if message.nonce is not None:
        shown["nonce"] = message.nonce
    _tell(world, "MESSAGE_CREATE", shown, message)
    return message


def _refer(message: Message, draft: Draft) -> None:
    origin = draft.reply_to or draft.forward
    if origin is None:
        return
    message.reference = {"type": 0, "channel_id": str(origin.channel.id), "message_id": str(origin.id)}
    if origin.channel.guild is not None:
        message.reference["guild_id"] = str(origin.channel.guild.id)
    if draft.forward is not None:
        message.reference["type"] = 1
        message.flags |= Flag.HAS_SNAPSHOT
        message.snapshots = [{"message": _snapshot(origin)}]


def _snapshot(origin: Message) -> Json:
    return {
        "type": int(origin.type),
        "content": origin.content,
        "embeds": origin.embeds,
        "attachments": origin.attachments,
        "components": origin.components,
        "timestamp": iso(origin.at),
        "edited_timestamp": None,
        "flags": origin.flags,
        "mentions": [],
        "mention_roles": [],
    }


def _place(world: World, message: Message) -> None:
    """Into the channel, or out of sight if only one person sees it; a thread wakes up."""
    channel = message.channel
    if message.ephemeral:
        world.unseen.append(message)
        return
    channel.messages.add(message)
    channel.last_message_id = max(channel.last_message_id or 0, message.id)
    if channel.thread is not None and message.type is not Type.THREAD_STARTER:
        if message.id != channel.id:
            channel.thread.sent += 1
        acts_threads.spoke(world, channel, message)


def _new_version(world: World, message: Message, sent: Json | None) -> None:
    """Nothing is remembered of an earlier allowed_mentions, not even that a reply did not ping."""
    channel, origin = message.channel, message.replied_to
    replied = origin.author.id if origin is not None and origin.webhook_id is None else None
    allowed = Allowed.read(sent, in_interaction=message.interaction is not None)
    text = f"{message.content}\n{forms.text_of(message.components)}"
    message.mentions = resolve(text, allowed, guild=channel.guild, may_ping_all=_may_ping_all(message), replied=replied)
    pinged = frozenset[int]() if message.ephemeral else notified(message.mentions, channel, message.author.id)
    message.versions.append(
        Version(world.clock.now(), message.content, message.embeds, message.components, pinged, message.mentions)
    )


def _may_ping_all(message: Message) -> bool:
    """A webhook may ping everybody; who left the guild nobody."""
    guild = message.channel.guild
    if guild is None or (message.webhook_id is not None and message.interaction is None):
        return True
    member = guild.members.get(message.author.id)
    return member is not None and can(message.channel, member, P.MENTION_EVERYONE)


EDITABLE = ("content", "embeds", "components", "flags", "attachments")


def edit(world: World, message: Message, changes: Json, allowed: Json | None = None) -> None:
    """Changes what is named in `changes`. Mentions are resolved anew: without `allowed` the default is back."""
    for name in EDITABLE:
        if name in changes:
            setattr(message, name, changes[name])
    message.edited_at = world.clock.now()
    _new_version(world, message, allowed)
    tell_update(world, message)


def tell_update(world: World, message: Message) -> None:
    _tell(world, "MESSAGE_UPDATE", payload_messages.in_gateway(world, message), message)


def _tell(world: World, event: str, shown: Json, message: Message) -> None:
    """An ephemeral message is told without its guild, as if it were a direct one (gateway-events#message-create)."""
    if not message.ephemeral:
        world.tell(event, shown, message.channel, message=message)
        return
    world.tell(event, {key: shown[key] for key in shown if key not in ("guild_id", "member")}, message=message)


def place(channel: Channel) -> Json:
    where: Json = {"channel_id": str(channel.id)}
    return where | {"guild_id": str(channel.guild.id)} if channel.guild is not None else where


def delete(world: World, *messages: Message) -> None:
    """One MESSAGE_DELETE, or one MESSAGE_DELETE_BULK for several of one channel."""
    channel = messages[0].channel
    for message in messages:
        message.gone = True
        channel.pins.pop(message.id, None)
        if not message.ephemeral:
            channel.messages.remove(message)
    if messages[0].ephemeral:
        return
    if len(messages) == 1:
        world.tell("MESSAGE_DELETE", {"id": str(messages[0].id)} | place(channel), channel)
    else:
        ids = [str(message.id) for message in messages]
        world.tell("MESSAGE_DELETE_BULK", {"ids": ids} | place(channel), channel)


def bulk_delete(world: World, channel: Channel, ids: list[int]) -> None:
    """Unknown ids are passed over; raises on too few, too many or too old."""
    if not 2 <= len(ids) <= 100:
        raise ApiError(50016)
    oldest = world.clock.now() - timedelta(days=14)
    found = [message for one in dict.fromkeys(ids) if (message := channel.messages.get(one)) is not None]
    if any(message.at < oldest for message in found):
        raise ApiError(50034)
    if found:
        delete(world, *found)


# -- threads


def start_on(world: World, message: Message, thread: Channel) -> None:
    """The message that a thread grew from shows it, and the thread starts with a reference to the message."""
    message.thread = thread
    message.flags |= Flag.HAS_THREAD
    tell_update(world, message)
    owner = world.users[thread.the_thread.owner_id]
    post(world, thread, owner, Draft(), kind=Type.THREAD_STARTER, replied_to=message, reference=_reference_to(message))


def _reference_to(message: Message) -> Json:
    return {"type": 0, "message_id": str(message.id)} | place(message.channel)


def announce_thread(world: World, thread: Channel, owner: User) -> None:
    """A thread without a message of its own is announced in its channel by one."""
    assert thread.parent is not None
    reference = {"type": 0, "channel_id": str(thread.id), "guild_id": str(thread.the_guild.id)}
    post(world, thread.parent, owner, Draft(content=thread.name), kind=Type.THREAD_CREATED, reference=reference)
