"""Which events a session is told: intents, what the bot sees, and its shard."""

from __future__ import annotations

from enum import IntFlag

from tests.fakes.discord import payload_messages, payloads
from tests.fakes.discord.permissions import knows, sees
from tests.fakes.discord.state import Channel, Event, Guild, Json, World


class Intent(IntFlag):
    """`events/gateway#list-of-intents`."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


KNOWN = sum(Intent)
APPLICATION_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 19,
}
"""The privileged intents, and the application's flag of each for a bot in fewer than 100 communities."""

_IN_GUILDS = {
    "MESSAGE_REACTION": Intent.GUILD_MESSAGE_REACTIONS,
    "MESSAGE_POLL": Intent.GUILD_MESSAGE_POLLS,
    "MESSAGE": Intent.GUILD_MESSAGES,
    "TYPING": Intent.GUILD_MESSAGE_TYPING,
    "GUILD_MEMBER": Intent.GUILD_MEMBERS,
    "THREAD_MEMBERS": Intent.GUILD_MEMBERS,
    "WEBHOOKS": Intent.GUILD_WEBHOOKS,
    "INTERACTION": Intent(0),
}
_IN_DMS = {
    "MESSAGE_REACTION": Intent.DIRECT_MESSAGE_REACTIONS,
    "MESSAGE_POLL": Intent.DIRECT_MESSAGE_POLLS,
    "MESSAGE": Intent.DIRECT_MESSAGES,
    "TYPING": Intent.DIRECT_MESSAGE_TYPING,
    "CHANNEL_PINS": Intent.DIRECT_MESSAGES,
    "INTERACTION": Intent(0),
}
_SEEN_BY_ALL = ("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE")
"""Bots are told that there are channels that they cannot see, but neither their names nor what is in them."""


def needed(event: Event, bot_id: int) -> Intent:
    """The intent without which this event is not sent; none for what concerns the bot itself."""
    if event.about == bot_id and event.name in ("GUILD_MEMBER_UPDATE", "THREAD_MEMBERS_UPDATE"):
        return Intent.GUILDS if event.name.startswith("THREAD") else Intent(0)
    table = _IN_GUILDS if event.guild is not None else _IN_DMS
    found = next((intent for start, intent in table.items() if event.name.startswith(start)), None)
    return Intent.GUILDS if found is None else found


def shard_of(event: Event, shards: int) -> int:
    return 0 if event.guild is None else (event.guild.id >> 22) % shards


def seen(world: World, event: Event, intents: int, shard: tuple[int, int]) -> Json | None:
    """What a session gets of an event, or None. A GUILD_CREATE is filled by the session."""
    wanted = needed(event, world.bot.id)
    if wanted & ~intents or shard_of(event, shard[1]) != shard[0]:
        return None
    guild, channel = event.guild, event.channel
    if guild is not None and not (event.name == "INTERACTION_CREATE" or _concerns(world, event)):
        return None
    if channel is not None and guild is not None and not _sees(world, event, channel, guild):
        return None
    if event.name in _SEEN_BY_ALL and channel is not None and guild is not None:
        return event.data if knows(channel, guild.members[world.bot.id]) else payloads.hidden(event.data)
    reads = intents & Intent.MESSAGE_CONTENT or event.message is None or payload_messages.exempt(world, event.message)
    return event.data if reads else payload_messages.without_content(event.data)


def _sees(world: World, event: Event, channel: Channel, guild: Guild) -> bool:
    always = event.name in _SEEN_BY_ALL or event.about == world.bot.id
    return always or sees(channel, guild.members[world.bot.id])


def _concerns(world: World, event: Event) -> bool:
    guild = event.guild
    gone = event.name == "GUILD_DELETE"
    return world.bot_in(guild) and guild is not None and (guild.available or gone)
