"""Who may do what where: `topics/permissions` of Discord's documentation."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

from tests.fakes.discord.errors import ApiError

if TYPE_CHECKING:
    from datetime import datetime

    from tests.fakes.discord.state import Channel, Guild, Member, Role


class P(IntFlag):
    """Permission bits."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    SEND_POLLS = 1 << 49
    PIN_MESSAGES = 1 << 51


ALL = (1 << 53) - 1
MEMBER = int(
    P.ADD_REACTIONS | P.VIEW_CHANNEL | P.SEND_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY
    | P.CHANGE_NICKNAME | P.USE_APPLICATION_COMMANDS | P.CREATE_PUBLIC_THREADS | P.CREATE_PRIVATE_THREADS
    | P.SEND_MESSAGES_IN_THREADS | P.SEND_POLLS | P.USE_EXTERNAL_EMOJIS
)  # fmt: skip
"""What everybody may in a new guild. MENTION_EVERYONE is not in it: a careful moderator takes it away."""
BOT = int(P.VIEW_CHANNEL | P.SEND_MESSAGES | P.EMBED_LINKS | P.READ_MESSAGE_HISTORY | P.ADD_REACTIONS
          | P.SEND_MESSAGES_IN_THREADS | P.CREATE_PUBLIC_THREADS | P.MANAGE_THREADS)  # fmt: skip
"""What the bot is invited with, unless told otherwise."""
_WHEN_TIMED_OUT = P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY
_WHEN_MUTE = P.MENTION_EVERYONE | P.SEND_TTS_MESSAGES | P.ATTACH_FILES | P.EMBED_LINKS


def of_member(member: Member) -> int:
    """The permissions in the guild, before any channel's overwrites."""
    guild = member.guild
    if guild.owner_id == member.user.id:
        return ALL
    base = guild.everyone.permissions
    for role in _roles(guild, member):
        base |= role.permissions
    return ALL if base & P.ADMINISTRATOR else base


def in_channel(channel: Channel, member: Member, now: datetime | None = None) -> int:
    """The permissions in a channel; a thread has its parent's."""
    base = of_member(member)
    if base == ALL:
        return ALL
    place = channel.parent if channel.thread is not None and channel.parent is not None else channel
    allowed = _overwritten(place, member, base)
    if not allowed & P.VIEW_CHANNEL:
        return 0
    if not allowed & P.SEND_MESSAGES:
        allowed &= ~_WHEN_MUTE
    if member.timeout_until is not None and now is not None and member.timeout_until > now:
        allowed &= _WHEN_TIMED_OUT
    return int(allowed)


def _overwritten(place: Channel, member: Member, base: int) -> int:
    guild = member.guild
    if everyone := place.overwrites.get(guild.id):
        base = base & ~everyone.deny | everyone.allow
    of_roles = [place.overwrites[role.id] for role in _roles(guild, member) if role.id in place.overwrites]
    for one in of_roles:
        base &= ~one.deny
    for one in of_roles:
        base |= one.allow
    if own := place.overwrites.get(member.user.id):
        base = base & ~own.deny | own.allow
    return base


def _roles(guild: Guild, member: Member) -> list[Role]:
    return [guild.roles[one] for one in member.roles if one in guild.roles]


def top(member: Member) -> int:
    """The position of the highest role."""
    return max((role.position for role in _roles(member.guild, member)), default=0)


def sees(channel: Channel, member: Member) -> bool:
    """Whether the member sees the channel; a private thread only if he is in it or manages threads."""
    allowed = in_channel(channel, member)
    if not allowed & P.VIEW_CHANNEL:
        return False
    if channel.kind == 12:
        return member.user.id in channel.the_thread.members or bool(allowed & P.MANAGE_THREADS)
    return True


def knows(channel: Channel, member: Member) -> bool:
    """Whether the member sees the channel, or sees one in this category."""
    inside = (one for one in member.guild.channels.values() if one.parent is channel and one.thread is None)
    return sees(channel, member) or (channel.kind == 4 and any(sees(one, member) for one in inside))


def can(channel: Channel, member: Member, wanted: int, now: datetime | None = None) -> bool:
    return sees(channel, member) and in_channel(channel, member, now) & wanted == wanted


def need(channel: Channel, user_id: int, *wanted: int, now: datetime | None = None) -> Member | None:
    """Raises 50001 where the user does not see the channel, 50013 where it may not. Its member; none in a DM."""
    if channel.guild is None:
        if channel.recipient is None:
            raise ApiError(50001)
        return None
    member = channel.guild.members.get(user_id)
    if member is None or not sees(channel, member):
        raise ApiError(50001)
    for one in wanted:
        if in_channel(channel, member, now) & one != one:
            raise ApiError(50013)
    return member


def need_in_guild(guild: Guild, user_id: int, wanted: int) -> Member:
    member = guild.members.get(user_id)
    if member is None:
        raise ApiError(10004)
    if of_member(member) & wanted != wanted:
        raise ApiError(50013)
    return member
