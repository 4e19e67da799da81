"""What happens to guilds, channels, roles and members, whoever does it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from tests.fakes.discord import acts_threads, payloads
from tests.fakes.discord.clock import iso, iso_or_none
from tests.fakes.discord.errors import invalid
from tests.fakes.discord.kinds import Kind
from tests.fakes.discord.permissions import knows, sees
from tests.fakes.discord.state import Channel, Guild, Json, Member, Overwrite, Role, Tag, User, World


def guild_create(world: World, guild: Guild, *, large_threshold: int = 250, all_members: bool = True) -> Json:
    """GUILD_CREATE: everything about a guild. All members belong in it where it is not large."""
    large = len(guild.members) > large_threshold
    bot = guild.members[world.bot.id]
    shown = [bot] if large or not all_members else list(guild.members.values())
    active = [one for one in guild.threads() if not one.the_thread.archived and sees(one, bot)]
    return payloads.guild(world, guild) | {
        "joined_at": iso(bot.joined_at),
        "large": large,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [payloads.member(one) for one in shown],
        "channels": [_as_seen(world, one, bot) for one in guild.channels.values() if one.thread is None],
        "threads": [payloads.channel(world, one) for one in active],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _as_seen(world: World, channel: Channel, bot: Member) -> Json:
    shown = payloads.channel(world, channel)
    return shown if knows(channel, bot) else payloads.hidden(shown)


# -- members


def add_member(world: World, guild: Guild, user: User, *, nick: str | None = None) -> Member:
    member = Member(user, guild, world.clock.now(), nick=nick)
    guild.members[user.id] = member
    if user is not world.bot:
        data = payloads.member(member) | {"guild_id": str(guild.id)}
        world.tell("GUILD_MEMBER_ADD", data, guild=guild)
    return member


def remove_member(world: World, guild: Guild, user: User) -> None:
    """Somebody leaves; for the bot itself that is the end of the guild."""
    for thread in guild.threads():
        thread.the_thread.members.pop(user.id, None)
    if user is world.bot:
        world.tell("GUILD_DELETE", {"id": str(guild.id)}, guild=guild, about=user.id)
        del guild.members[user.id]
        _take_managed_role(world, guild)
        return
    del guild.members[user.id]
    world.tell("GUILD_MEMBER_REMOVE", {"guild_id": str(guild.id), "user": payloads.user(user)}, guild=guild)


def invite_bot(world: World, guild: Guild, permissions: int) -> None:
    """The bot comes (again), with its managed role, above the roles there are."""
    role = Role(world.ids.new(), world.bot.name, permissions, len(guild.roles), managed=True, bot_id=world.bot.id)
    guild.roles[role.id] = role
    add_member(world, guild, world.bot).roles = {role.id}
    world.tell("GUILD_CREATE", {}, guild=guild)  # a client takes it for new as it does not say "unavailable"


def _take_managed_role(world: World, guild: Guild) -> None:
    for old in [one for one in guild.roles.values() if one.bot_id == world.bot.id]:
        del guild.roles[old.id]


def set_available(world: World, guild: Guild, *, available: bool) -> None:
    """An outage of Discord's, and its end."""
    guild.available = available
    if available:
        world.tell("GUILD_CREATE", {"unavailable": False}, guild=guild)
    else:
        world.tell("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, guild=guild, about=world.bot.id)


def tell_member(world: World, member: Member) -> None:
    data = payloads.member(member) | {"guild_id": str(member.guild.id)}
    data["communication_disabled_until"] = iso_or_none(member.timeout_until)
    world.tell("GUILD_MEMBER_UPDATE", data, guild=member.guild, about=member.user.id)


def set_roles(world: World, member: Member, roles: set[int]) -> None:
    with threads_in_step(world, member.guild):
        member.roles = roles
        tell_member(world, member)


# -- roles


def add_role(world: World, guild: Guild, name: str, permissions: int, *, mentionable: bool = False) -> Role:
    role = Role(world.ids.new(), name, permissions, 1, mentionable)
    for other in guild.roles.values():
        other.position += other.position > 0
    guild.roles[role.id] = role
    _tell_role(world, guild, role, "GUILD_ROLE_CREATE")
    return role


def _tell_role(world: World, guild: Guild, role: Role, event: str) -> None:
    world.tell(event, {"guild_id": str(guild.id), "role": payloads.role(role)}, guild=guild)


def change_role(world: World, guild: Guild, role: Role, changes: Json) -> None:
    with threads_in_step(world, guild):
        role.permissions = int(changes.get("permissions", role.permissions))
        role.name = changes.get("name", role.name)
        role.mentionable = bool(changes.get("mentionable", role.mentionable))
        _tell_role(world, guild, role, "GUILD_ROLE_UPDATE")


def delete_role(world: World, guild: Guild, role: Role) -> None:
    with threads_in_step(world, guild):
        del guild.roles[role.id]
        for channel in guild.channels.values():
            channel.overwrites.pop(role.id, None)
        world.tell("GUILD_ROLE_DELETE", {"guild_id": str(guild.id), "role_id": str(role.id)}, guild=guild)
        for member in guild.members.values():  # their clients take it from the role's deletion
            member.roles.discard(role.id)


# -- channels


def add_channel(world: World, guild: Guild, kind: Kind, name: str, *, parent: Channel | None = None) -> Channel:
    """A new channel; under a category it starts with the category's permissions, as people's clients do it."""
    channel = Channel(world.ids.new(), kind, name, guild, parent, position=len(guild.channels))
    if parent is not None:
        channel.overwrites = {one.id: Overwrite(one.id, one.type, one.allow, one.deny)
                              for one in parent.overwrites.values()}  # fmt: skip
    guild.channels[channel.id] = world.channels[channel.id] = channel
    world.tell("CHANNEL_CREATE", payloads.channel(world, channel), channel)
    return channel


def tell_channel(world: World, channel: Channel) -> None:
    event = "THREAD_UPDATE" if channel.thread is not None else "CHANNEL_UPDATE"
    world.tell(event, payloads.channel(world, channel), channel)


def delete_channel(world: World, channel: Channel) -> None:
    """Its threads go without events of their own; a category's channels stay, without a parent."""
    if channel.thread is not None:
        acts_threads.delete(world, channel)
        return
    data = payloads.channel(world, channel)
    channel.gone = True
    guild = channel.the_guild
    del guild.channels[channel.id], world.channels[channel.id]
    for child in [one for one in guild.channels.values() if one.parent is channel]:
        if child.thread is not None:
            acts_threads.forget(world, child)
        else:
            child.parent = None
            tell_channel(world, child)
    world.tell("CHANNEL_DELETE", data, channel)


def overwrite(world: World, channel: Channel, target: int, kind: int, allow: int, deny: int) -> None:
    """Sets one overwrite; the channels of a category that had the category's permissions keep having them."""
    with threads_in_step(world, channel.the_guild, told=True):
        before = _overwrites(channel)
        in_step = [one for one in channel.the_guild.channels.values()
                   if one.parent is channel and one.thread is None and _overwrites(one) == before]  # fmt: skip
        for one in [channel, *in_step]:
            one.overwrites[target] = Overwrite(target, kind, allow, deny)
            tell_channel(world, one)


def remove_overwrite(world: World, channel: Channel, target: int) -> None:
    with threads_in_step(world, channel.the_guild, told=True):
        del channel.overwrites[target]
        tell_channel(world, channel)


def _overwrites(channel: Channel) -> dict[int, tuple[int, int]]:
    return {one.id: (one.allow, one.deny) for one in channel.overwrites.values()}


def new_tags(world: World, sent: list[Json]) -> list[Tag]:
    if len(sent) > 20:
        raise invalid("available_tags", "BASE_TYPE_MAX_LENGTH", "Must be 20 or fewer in length.")
    for at, one in enumerate(sent):
        if not 1 <= len(one.get("name") or "") <= 20:
            raise invalid(f"available_tags.{at}.name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 20 in length.")
    return [
        Tag(int(one.get("id") or world.ids.new()), one["name"], bool(one.get("moderated")), one.get("emoji_name"))
        for one in sent
    ]


@contextlib.contextmanager
def threads_in_step(world: World, guild: Guild, *, told: bool = False) -> Iterator[None]:
    """What the bot sees anew (or no more) after a change of permissions is told, and the threads that come with it.

    `told`: the change has told of the channels itself.
    """
    before = _seen(world, guild)
    yield
    after = _seen(world, guild)
    for channel in () if told else before ^ after:
        tell_channel(world, channel)
    new = after - before
    if not new:
        return
    active = [one for one in guild.threads() if one.parent in new and not one.the_thread.archived]
    shown = [one for one in active if sees(one, guild.members[world.bot.id])]
    mine = [payloads.thread_member(one, world.bot.id) for one in shown if world.bot.id in one.the_thread.members]
    data = {
        "guild_id": str(guild.id),
        "channel_ids": [str(one.id) for one in new],
        "threads": [payloads.channel(world, one) for one in shown],
        "members": mine,
    }
    world.tell("THREAD_LIST_SYNC", data, guild=guild)


def _seen(world: World, guild: Guild) -> set[Channel]:
    bot = guild.members.get(world.bot.id)
    parents = [one for one in guild.channels.values() if one.thread is None and one.kind is not Kind.CATEGORY]
    return {one for one in parents if sees(one, bot)} if bot is not None else set()


def time_out(world: World, member: Member, until: datetime | None) -> None:
    member.timeout_until = until
    tell_member(world, member)
