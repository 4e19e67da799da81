"""Channels, roles, members and guilds: `resources/channel`, `resources/guild`, `topics/permissions`."""

from __future__ import annotations

from datetime import datetime

from tests.fakes.discord import acts_guilds, acts_threads, payloads
from tests.fakes.discord.calls import Answer, Call, Endpoint
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.kinds import PINNED_POST, Kind
from tests.fakes.discord.permissions import P, in_channel, knows, need, need_in_guild, of_member, top
from tests.fakes.discord.state import Channel, Guild, Json, Overwrite, Role


def get(call: Call) -> Json:
    return payloads.channel(call.world, call.channel())


def change(call: Call) -> Json:
    channel, sent = call.channel(), call.json
    if channel.thread is not None:
        _change_thread(call, channel, sent)
        return payloads.channel(call.world, channel)
    wanted = P.MANAGE_ROLES if set(sent) == {"permission_overwrites"} else P.MANAGE_CHANNELS
    need(channel, call.world.bot.id, wanted)
    channel.name = sent.get("name", channel.name)
    channel.topic = sent.get("topic", channel.topic)
    channel.slowmode = sent.get("rate_limit_per_user", channel.slowmode) or 0
    channel.flags = sent.get("flags", channel.flags)
    if "available_tags" in sent:
        channel.tags = acts_guilds.new_tags(call.world, sent["available_tags"])
    with acts_guilds.threads_in_step(call.world, channel.the_guild, told=True):
        if "permission_overwrites" in sent:
            found = [Overwrite(int(one["id"]), int(one["type"]), int(one["allow"]), int(one["deny"]))
                     for one in sent["permission_overwrites"]]  # fmt: skip
            channel.overwrites = {one.id: one for one in found}
        acts_guilds.tell_channel(call.world, channel)
    return payloads.channel(call.world, channel)


def _change_thread(call: Call, thread: Channel, sent: Json) -> None:
    acts_threads.may_change(thread, call.world.bot.id, sent)
    if "applied_tags" in sent and thread.parent is not None:
        tags = [int(one) for one in sent["applied_tags"] or []]
        changed = set(tags) ^ set(thread.the_thread.applied_tags)
        acts_threads.check_tags(thread.parent, call.world.bot.id, tags, changed=changed)
    if sent.get("flags", 0) & PINNED_POST:
        need(thread, call.world.bot.id, P.MANAGE_THREADS)
    acts_threads.change(call.world, thread, sent)


def delete(call: Call) -> Json:
    channel = call.channel()
    if channel.kind is Kind.DM:
        return payloads.channel(call.world, channel)
    need(channel, call.world.bot.id, P.MANAGE_THREADS if channel.thread is not None else P.MANAGE_CHANNELS)
    shown = payloads.channel(call.world, channel)
    acts_guilds.delete_channel(call.world, channel)
    return shown


def set_overwrite(call: Call) -> None:
    channel, sent = call.channel(P.MANAGE_ROLES), call.json
    allow, deny = int(sent.get("allow") or 0), int(sent.get("deny") or 0)
    mine = in_channel(channel, channel.the_guild.members[call.world.bot.id])
    if (allow | deny) & ~mine:
        raise ApiError(50013)
    acts_guilds.overwrite(call.world, channel, call.id("overwrite_id"), int(sent["type"]), allow, deny)


def delete_overwrite(call: Call) -> None:
    channel = call.channel(P.MANAGE_ROLES)
    if call.id("overwrite_id") not in channel.overwrites:
        raise ApiError(10009)
    acts_guilds.remove_overwrite(call.world, channel, call.id("overwrite_id"))


# -- guilds


def guild(call: Call) -> Json:
    return payloads.guild(call.world, call.guild())


def channels(call: Call) -> list[Json]:
    """Without the channels that the bot does not see."""
    guild = call.guild()
    bot = guild.members[call.world.bot.id]
    seen = [one for one in guild.channels.values() if one.thread is None and knows(one, bot)]
    return [payloads.channel(call.world, one) for one in seen]


def create(call: Call) -> Answer:
    place, sent = call.guild(), call.json
    need_in_guild(place, call.world.bot.id, P.MANAGE_CHANNELS)
    parent = call.world.channels.get(int(sent.get("parent_id") or 0))
    channel = acts_guilds.add_channel(call.world, place, Kind(sent.get("type") or 0), sent["name"], parent=parent)
    for one in sent.get("permission_overwrites") or []:
        channel.overwrites[int(one["id"])] = Overwrite(
            int(one["id"]), int(one["type"]), int(one.get("allow") or 0), int(one.get("deny") or 0)
        )
    channel.topic = sent.get("topic")
    channel.tags = acts_guilds.new_tags(call.world, sent.get("available_tags") or [])
    acts_guilds.tell_channel(call.world, channel)
    return Answer(201, payloads.channel(call.world, channel))


def members(call: Call) -> list[Json]:
    place, after, limit = call.guild(), call.snowflake("after") or 0, call.limit(1, 1000)
    found = sorted(one for one in place.members if one > after)
    return [payloads.member(place.members[one]) for one in found[:limit]]


def search_members(call: Call) -> list[Json]:
    words, limit = call.query.get("query", "").lower(), call.limit(1, 1000)
    found = [one for one in call.guild().members.values() if one.name.lower().startswith(words)]
    return [payloads.member(one) for one in found[:limit]]


def member(call: Call) -> Json:
    return payloads.member(call.member())


def change_member(call: Call) -> Json:
    one, sent = call.member(), call.json
    needs = {"roles": P.MANAGE_ROLES, "nick": P.MANAGE_NICKNAMES, "communication_disabled_until": P.MODERATE_MEMBERS}
    for key, wanted in needs.items():
        if key in sent:
            need_in_guild(one.guild, call.world.bot.id, wanted)
    if "roles" in sent:
        acts_guilds.set_roles(call.world, one, {int(each) for each in sent["roles"]})
    if "nick" in sent:
        one.nick = sent["nick"]
    if "communication_disabled_until" in sent:
        until = sent["communication_disabled_until"]
        one.timeout_until = datetime.fromisoformat(until) if until else None
    acts_guilds.tell_member(call.world, one)
    return payloads.member(one)


def change_me(call: Call) -> Json:
    place = call.guild()
    bot = place.members[call.world.bot.id]
    bot.nick = call.json.get("nick", bot.nick)
    acts_guilds.tell_member(call.world, bot)
    return payloads.member(bot)


def kick(call: Call) -> None:
    one = call.member()
    need_in_guild(one.guild, call.world.bot.id, P.KICK_MEMBERS)
    acts_guilds.remove_member(call.world, one.guild, one.user)


# -- roles


def _role(call: Call, place: Guild) -> Role:
    role = place.roles.get(call.id("role_id"))
    if role is None:
        raise ApiError(10011)
    return role


def _lower(call: Call, place: Guild, role: Role) -> None:
    """A role at or above one's own cannot be given, taken or changed."""
    bot = need_in_guild(place, call.world.bot.id, P.MANAGE_ROLES)
    if role.position >= top(bot) and place.owner_id != bot.user.id:
        raise ApiError(50013)


def roles(call: Call) -> list[Json]:
    return [payloads.role(one) for one in call.guild().roles.values()]


def role_alone(call: Call) -> Json:
    return payloads.role(_role(call, call.guild()))


def create_role(call: Call) -> Json:
    place, sent = call.guild(), call.json
    bot = need_in_guild(place, call.world.bot.id, P.MANAGE_ROLES)
    permissions = int(sent.get("permissions") or 0)
    if permissions & ~of_member(bot):
        raise ApiError(50013)
    role = acts_guilds.add_role(
        call.world, place, sent.get("name") or "new role", permissions, mentionable=bool(sent.get("mentionable"))
    )
    return payloads.role(role)


def change_role(call: Call) -> Json:
    place = call.guild()
    role = _role(call, place)
    _lower(call, place, role)
    acts_guilds.change_role(call.world, place, role, call.json)
    return payloads.role(role)


def delete_role(call: Call) -> None:
    place = call.guild()
    role = _role(call, place)
    _lower(call, place, role)
    acts_guilds.delete_role(call.world, place, role)


def give_role(call: Call) -> None:
    one = call.member()
    role = _role(call, one.guild)
    _lower(call, one.guild, role)
    acts_guilds.set_roles(call.world, one, one.roles | {role.id})


def take_role(call: Call) -> None:
    one = call.member()
    role = _role(call, one.guild)
    _lower(call, one.guild, role)
    acts_guilds.set_roles(call.world, one, one.roles - {role.id})


_GUILD = "/guilds/{guild_id}"
_OVERWRITE = "/channels/{channel_id}/permissions/{overwrite_id}"
ENDPOINTS = [
    Endpoint("GET", "/channels/{channel_id}", get),
    Endpoint("PATCH", "/channels/{channel_id}", change),
    Endpoint("DELETE", "/channels/{channel_id}", delete),
    Endpoint("PUT", _OVERWRITE, set_overwrite),
    Endpoint("DELETE", _OVERWRITE, delete_overwrite),
    Endpoint("GET", _GUILD, guild),
    Endpoint("GET", _GUILD + "/channels", channels),
    Endpoint("POST", _GUILD + "/channels", create),
    Endpoint("GET", _GUILD + "/members", members),
    Endpoint("GET", _GUILD + "/members/search", search_members),
    Endpoint("PATCH", _GUILD + "/members/@me", change_me),
    Endpoint("GET", _GUILD + "/members/{user_id}", member),
    Endpoint("PATCH", _GUILD + "/members/{user_id}", change_member),
    Endpoint("DELETE", _GUILD + "/members/{user_id}", kick),
    Endpoint("GET", _GUILD + "/roles", roles),
    Endpoint("POST", _GUILD + "/roles", create_role),
    Endpoint("GET", _GUILD + "/roles/{role_id}", role_alone),
    Endpoint("PATCH", _GUILD + "/roles/{role_id}", change_role),
    Endpoint("DELETE", _GUILD + "/roles/{role_id}", delete_role),
    Endpoint("PUT", _GUILD + "/members/{user_id}/roles/{role_id}", give_role),
    Endpoint("DELETE", _GUILD + "/members/{user_id}/roles/{role_id}", take_role),
]
