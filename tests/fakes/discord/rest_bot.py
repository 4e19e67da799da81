"""The bot itself: who it is, its commands, where its gateway is, and its direct messages."""

from __future__ import annotations

from tests.fakes.discord import acts_guilds, commands, payloads
from tests.fakes.discord.calls import Answer, Call, Endpoint
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.permissions import of_member
from tests.fakes.discord.state import Guild, Json


def me(call: Call) -> Json:
    return payloads.me(call.world.bot)


def change_me(call: Call) -> Json:
    call.world.bot.name = call.json.get("username", call.world.bot.name)
    return me(call)


def user(call: Call) -> Json:
    found = call.world.users.get(call.id("user_id"))
    if found is None:
        raise ApiError(10013)
    return payloads.user(found)


def application(call: Call) -> Json:
    return payloads.application(call.world)


def my_guilds(call: Call) -> list[Json]:
    after, limit = call.snowflake("after") or 0, call.limit(200, 200)
    found = sorted((one for one in call.world.guilds.values() if call.world.bot_in(one) and one.id > after),
                   key=lambda one: one.id)  # fmt: skip
    return [
        {
            "id": str(one.id),
            "name": one.name,
            "icon": payloads.NO_HASH,
            "banner": None,
            "owner": one.owner_id == call.world.bot.id,
            "permissions": str(of_member(one.members[call.world.bot.id])),
            "features": [],
        }
        for one in found[:limit]
    ]


def leave(call: Call) -> None:
    acts_guilds.remove_member(call.world, call.guild(), call.world.bot)


def open_dm(call: Call) -> Json:
    found = call.world.users.get(int(call.json.get("recipient_id") or 0))
    if found is None:
        raise ApiError(10013)
    return payloads.channel(call.world, call.fake.dm_with(found))


def gateway(call: Call) -> Json:
    return {"url": call.fake.gateway.url}


def gateway_bot(call: Call) -> Json:
    limit = {"total": 1000, "remaining": 1000 - call.fake.gateway.identified, "reset_after": 14_400_000}
    shards = max(1, call.fake.gateway.min_shards)
    return gateway(call) | {"shards": shards, "session_start_limit": limit | {"max_concurrency": 1}}


# -- commands


def _place(call: Call) -> Guild | None:
    if call.id("application_id") != call.world.application_id:
        raise ApiError(50001)
    return call.guild() if "guild_id" in call.path else None


def listed(call: Call) -> list[Json]:
    found = commands.table(call.world, _place(call)).values()
    return [commands.shown(one, with_localizations=call.flag("with_localizations")) for one in found]


def overwrite(call: Call) -> list[Json]:
    return commands.overwrite(call.world, _place(call), call.body or [])


def upsert(call: Call) -> Answer:
    command, fresh = commands.upsert(call.world, _place(call), call.json)
    return Answer(201 if fresh else 200, command)


def _one(call: Call) -> Json:
    found = commands.table(call.world, _place(call)).get(call.id("command_id"))
    if found is None:
        raise ApiError(10063)
    return found


def change(call: Call) -> Json:
    return commands.change(call.world, _place(call), call.id("command_id"), call.json)


def delete(call: Call) -> None:
    _one(call)
    del commands.table(call.world, _place(call))[call.id("command_id")]


def _commands(base: str) -> list[Endpoint]:
    one = base + "/{command_id}"
    return [
        Endpoint("GET", base, listed),
        Endpoint("PUT", base, overwrite),
        Endpoint("POST", base, upsert),
        Endpoint("GET", one, _one),
        Endpoint("PATCH", one, change),
        Endpoint("DELETE", one, delete),
    ]


ENDPOINTS = [
    Endpoint("GET", "/users/@me", me),
    Endpoint("PATCH", "/users/@me", change_me),
    Endpoint("GET", "/users/@me/guilds", my_guilds),
    Endpoint("DELETE", "/users/@me/guilds/{guild_id}", leave),
    Endpoint("POST", "/users/@me/channels", open_dm),
    Endpoint("GET", "/users/{user_id}", user),
    Endpoint("GET", "/oauth2/applications/@me", application),
    Endpoint("GET", "/applications/@me", application),
    Endpoint("GET", "/gateway", gateway),
    Endpoint("GET", "/gateway/bot", gateway_bot),
    *_commands("/applications/{application_id}/commands"),
    *_commands("/applications/{application_id}/guilds/{guild_id}/commands"),
]
