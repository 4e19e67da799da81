"""Application commands: what the bot registers, and how a person's words become an option tree."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.discord import payloads
from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.state import Channel, Guild, Json, Member, Message, Role, User, World

_NAME = re.compile(r"[-_'\w]{1,32}")
SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = range(1, 11)
_MOST = {SLASH: 100, USER_MENU: 15, MESSAGE_MENU: 15}


def table(world: World, guild: Guild | None) -> dict[int, Json]:
    return world.commands if guild is None else guild.commands


def overwrite(world: World, guild: Guild | None, sent: list[Json]) -> list[Json]:
    """Replaces all commands of a place; one that had the same name and type keeps its id."""
    new = [_command(world, guild, one) for one in sent]
    keys = [(one["type"], one["name"]) for one in new]
    if len(set(keys)) < len(keys):
        raise invalid("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
    for kind, most in _MOST.items():
        if sum(one["type"] == kind for one in new) > most:
            raise invalid("commands", "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    listed = table(world, guild)
    listed.clear()
    listed.update({int(one["id"]): one for one in new})
    return new


def upsert(world: World, guild: Guild | None, sent: Json) -> tuple[Json, bool]:
    """The command, and whether it is new."""
    command = _command(world, guild, sent)
    listed = table(world, guild)
    fresh = int(command["id"]) not in listed
    listed[int(command["id"])] = command
    return command, fresh


def change(world: World, guild: Guild | None, command_id: int, sent: Json) -> Json:
    old = table(world, guild).get(command_id)
    if old is None:
        raise ApiError(10063)
    merged = _command(world, guild, old | sent) | {"id": str(command_id)}
    table(world, guild)[command_id] = merged
    return merged


def _command(world: World, guild: Guild | None, sent: Json) -> Json:
    kind = int(sent.get("type") or SLASH)
    _check_name(sent, kind, "")
    _check_options(sent.get("options") or [], "options", 0)
    same = [one for one in table(world, guild).values() if (one["type"], one["name"]) == (kind, sent["name"])]
    bits = sent.get("default_member_permissions")
    command: Json = {
        "id": same[0]["id"] if same else str(world.ids.new()),
        "application_id": str(world.application_id),
        "version": str(world.ids.new()),
        "type": kind,
        "name": sent["name"],
        "name_localizations": sent.get("name_localizations") or None,
        "description": sent.get("description") or "",
        "description_localizations": sent.get("description_localizations") or None,
        "default_member_permissions": None if bits is None else str(bits),
        "nsfw": bool(sent.get("nsfw", False)),
    }
    if kind == SLASH and sent.get("options"):
        command["options"] = [_option(one) for one in sent["options"]]
    if guild is not None:
        return command | {"guild_id": str(guild.id)}
    return command | {
        "dm_permission": bool(sent.get("dm_permission", True)),
        "contexts": sent.get("contexts"),
        "integration_types": sent.get("integration_types") or [0],
    }


def _option(sent: Json) -> Json:
    shown = {key: value for key, value in sent.items() if value not in (None, [])}
    if "options" in shown:
        shown["options"] = [_option(one) for one in shown["options"]]
    return shown


def _check_name(sent: Json, kind: int, path: str) -> None:
    name, described = sent.get("name") or "", sent.get("description") or ""
    names = [name, *(sent.get("name_localizations") or {}).values()]
    for one in names:
        if kind == SLASH and (not _NAME.fullmatch(one) or one != one.lower()):
            raise invalid(f"{path}name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
        if not 1 <= len(one) <= 32:
            raise invalid(f"{path}name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
    words = [described, *(sent.get("description_localizations") or {}).values()]
    if kind == SLASH and any(not 1 <= len(one) <= 100 for one in words):
        raise invalid(f"{path}description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")


def _check_options(options: list[Json], path: str, depth: int) -> None:
    if len(options) > 25:
        raise invalid(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    if len({one.get("name") for one in options}) < len(options):
        raise invalid(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option names must be unique")
    seen_optional = False
    for at, one in enumerate(options):
        _check_name(one, SLASH, f"{path}.{at}.")
        if one["type"] in (SUBCOMMAND, GROUP):
            if depth > 1 or (one["type"] == GROUP and depth):
                raise invalid(path, "APPLICATION_COMMAND_INVALID_NESTING", "Too deep")
            _check_options(one.get("options") or [], f"{path}.{at}.options", depth + 1)
            continue
        if one.get("required") and seen_optional:
            message = "Required options must be placed before non-required options"
            raise invalid(f"{path}.{at}", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        seen_optional |= not one.get("required")
        if len(one.get("choices") or []) > 25:
            raise invalid(f"{path}.{at}.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")


def shown(command: Json, *, with_localizations: bool) -> Json:
    """As a list answers it: the dictionaries of translations only when asked for."""
    return command if with_localizations else _without_words(command)


def _without_words(one: Json) -> Json:
    bare = {key: value for key, value in one.items() if not key.endswith("_localizations")}
    for key in ("options", "choices"):
        if key in bare:
            bare[key] = [_without_words(each) for each in bare[key]]
    return bare


# -- used by people


def find(world: World, guild: Guild | None, name: str, kind: int) -> Json:
    """The command of this name as the client offers it: the guild's own first."""
    if guild is not None and not world.bot_in(guild):
        raise LookupError("the bot is not in this guild")
    places = [guild.commands, world.commands] if guild is not None else [world.commands]
    for one in (command for place in places for command in place.values()):
        if (one["type"], one["name"]) == (kind, name) and (guild is not None or 1 in (one.get("contexts") or [0, 1])):
            return one
    raise LookupError(f"no command {name!r} of type {kind} is offered here")


def fill(command: Json, path: list[str], values: Json, focused: str | None = None) -> tuple[list[Json], Json]:
    """The option tree of a use of the command, and what its values point at (unresolved objects by kind)."""
    options, chain = command.get("options") or [], []
    for word in path:
        found = next((one for one in options if one["name"] == word and one["type"] in (SUBCOMMAND, GROUP)), None)
        if found is None:
            raise LookupError(f"no subcommand {word!r} in {command['name']!r}")
        chain.append(found)
        options = found.get("options") or []
    if any(one["type"] in (SUBCOMMAND, GROUP) for one in options):
        raise LookupError(f"{command['name']} {' '.join(path)}: a subcommand is missing")
    tree, resolved = _filled(options, values, focused)
    for one in reversed(chain):
        tree = [{"name": one["name"], "type": one["type"], "options": tree}]
    return tree, resolved


def _filled(options: list[Json], values: Json, focused: str | None) -> tuple[list[Json], Json]:
    if unknown := set(values) - {one["name"] for one in options}:
        raise LookupError(f"no such options: {sorted(unknown)}")
    filled, resolved = [], {}
    for one in options:
        if one["name"] not in values:
            if one.get("required") and focused is None:
                raise ValueError(f"{one['name']} is required")
            continue
        value = values[one["name"]]
        typing = one["name"] == focused
        if not typing:
            _check_value(one, value)
        if isinstance(value, (User, Member, Role, Channel)):
            resolved[one["name"]] = value
            value = str(value.user.id if isinstance(value, Member) else value.id)
        said: Json = {"name": one["name"], "type": one["type"], "value": value}
        filled.append(said | {"focused": True} if typing else said)
    return filled, resolved


_TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,), INTEGER: (int,), BOOLEAN: (bool,), USER: (User, Member), CHANNEL: (Channel,), ROLE: (Role,),
    MENTIONABLE: (User, Member, Role), NUMBER: (int, float),
}  # fmt: skip


def _check_value(option: Json, value: Any) -> None:
    """As the client does before it sends anything."""
    wanted = _TYPES.get(option["type"], (object,))
    if not isinstance(value, wanted) or (option["type"] == INTEGER and isinstance(value, bool)):
        raise ValueError(f"{option['name']}: {value!r} is not of the option's type")
    if option.get("choices") and value not in [one["value"] for one in option["choices"]]:
        raise ValueError(f"{option['name']}: {value!r} is not one of the choices")
    if isinstance(value, str) and not option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000):
        raise ValueError(f"{option['name']}: {value!r} is too long or too short")
    if option["type"] in (INTEGER, NUMBER) and not (
        option.get("min_value", value) <= value <= option.get("max_value", value)
    ):
        raise ValueError(f"{option['name']}: {value!r} is out of bounds")
    kinds = option.get("channel_types")
    if isinstance(value, Channel) and kinds and int(value.kind) not in kinds:
        raise ValueError(f"{option['name']}: a channel of type {int(value.kind)} cannot be chosen")


def resolve(world: World, guild: Guild | None, things: list[Any], message: Message | None = None) -> Json:
    """`resolved` of an interaction's data."""
    from tests.fakes.discord import payload_messages

    shown: Json = {}
    for one in things:
        user = one.user if isinstance(one, Member) else one
        if isinstance(user, User):
            shown.setdefault("users", {})[str(user.id)] = payloads.user(user)
            if guild is not None and user.id in guild.members:
                member = payloads.member_alone(guild.members[user.id]) | {"permissions": "0"}
                shown.setdefault("members", {})[str(user.id)] = member
        elif isinstance(one, Role):
            shown.setdefault("roles", {})[str(one.id)] = payloads.role(one)
        elif isinstance(one, Channel):
            found = payloads.partial_channel(world, one, None) | {"permissions": "0"}
            shown.setdefault("channels", {})[str(one.id)] = found
    if message is not None:
        shown["messages"] = {str(message.id): payload_messages.message(world, message)}
    return shown
