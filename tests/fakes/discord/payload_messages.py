"""How messages look on the wire."""

from __future__ import annotations

from tests.fakes.discord import payloads
from tests.fakes.discord.clock import iso, iso_or_none
from tests.fakes.discord.kinds import Flag
from tests.fakes.discord.state import Json, Message, World

CONTENT_FIELDS: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
"""What a bot without the message_content intent finds instead."""


def message(world: World, one: Message, *, with_reference: bool = True) -> Json:
    """As REST answers it to the bot."""
    shown: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "type": int(one.type),
        "author": _author(one),
        "content": one.content,
        "timestamp": iso(one.at),
        "edited_timestamp": iso_or_none(one.edited_at),
        "tts": one.tts,
        "mention_everyone": one.mentions.everyone or one.mentions.here,
        "mentions": [payloads.user(world.users[each]) for each in mentioned(world, one)],
        "mention_roles": [str(each) for each in one.mentions.roles],
        "attachments": one.attachments,
        "embeds": [] if one.flags & Flag.SUPPRESS_EMBEDS else one.embeds,
        "components": one.components,
        "pinned": one.id in one.channel.pins,
        "flags": one.flags,
    }
    shown |= _extras(world, one)
    if with_reference and one.reference is not None and one.type in (19, 21):
        original = one.replied_to
        known = original is not None and not original.gone
        shown["referenced_message"] = message(world, original, with_reference=False) if original and known else None
    if with_reference and one.reactions:
        shown["reactions"] = [_reaction(world, one, key) for key in one.reactions]
    return shown


def mentioned(world: World, one: Message) -> list[int]:
    ids = [*one.mentions.users, *([one.mentions.replied] if one.mentions.replied else [])]
    return [each for each in dict.fromkeys(ids) if each in world.users]


def _author(one: Message) -> Json:
    shown = payloads.user(one.author)
    return shown | {"discriminator": "0000", "bot": True} if one.webhook_id and one.interaction is None else shown


def _extras(world: World, one: Message) -> Json:
    shown: Json = {}
    if one.reference is not None:
        shown["message_reference"] = one.reference
    if one.snapshots:
        shown["message_snapshots"] = one.snapshots
    if one.stickers:
        shown["sticker_items"] = one.stickers
    if one.poll is not None:
        shown["poll"] = poll(world, one)
    if one.webhook_id is not None:
        shown["webhook_id"] = str(one.webhook_id)
    if one.application_id is not None:
        shown["application_id"] = str(one.application_id)
    if one.interaction is not None:
        shown |= one.interaction.metadata()
    if one.thread is not None and not one.thread.gone:
        shown["thread"] = payloads.channel(world, one.thread)
    return shown


def _reaction(world: World, one: Message, key: str) -> Json:
    reaction = one.reactions[key]
    count = len(reaction.users)
    return {
        "emoji": reaction.emoji,
        "count": count,
        "count_details": {"burst": 0, "normal": count},
        "burst_colors": [],
        "me_burst": False,
        "me": world.bot.id in reaction.users,
        "burst_me": False,
        "burst_count": 0,
    }


def poll(world: World, one: Message) -> Json:
    assert one.poll is not None
    counts = [
        {"id": answer, "count": len(users), "me_voted": world.bot.id in users}
        for answer, users in one.votes.items()
        if users
    ]
    shown = {key: value for key, value in one.poll.items() if key != "closed"}
    return shown | {"results": {"answer_counts": counts, "is_finalized": bool(one.poll.get("closed"))}}


def in_gateway(world: World, one: Message) -> Json:
    """As MESSAGE_CREATE and MESSAGE_UPDATE carry it: with the guild and members."""
    shown = message(world, one)
    guild = one.channel.guild
    if guild is None:
        return shown
    shown["guild_id"] = str(guild.id)
    author = guild.members.get(one.author.id)
    if author is not None and (one.webhook_id is None or one.interaction is not None):
        shown["member"] = payloads.member_alone(author)
    for each in shown["mentions"]:
        if (found := guild.members.get(int(each["id"]))) is not None:
            each["member"] = payloads.member_alone(found)
    return shown


def without_content(shown: Json) -> Json:
    """The same message for a bot that may not read it; its reply's original is hidden with it."""
    hidden = shown | CONTENT_FIELDS
    hidden.pop("poll", None)
    hidden.pop("message_snapshots", None)
    if shown.get("referenced_message"):
        hidden["referenced_message"] = shown["referenced_message"] | CONTENT_FIELDS
    return hidden


def exempt(world: World, one: Message) -> bool:
    """Whether a bot may read this message without the intent: its own, in a DM, or one that mentions it."""
    return one.author is world.bot or one.channel.guild is None or world.bot.id in mentioned(world, one)
