"""Whom a message really pings: `resources/message#allowed-mentions-object`, with permissions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.errors import invalid
from tests.fakes.discord.permissions import P, can

if TYPE_CHECKING:
    from tests.fakes.discord.state import Channel, Guild

_CODE = re.compile(r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)", re.S)
_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_ALL = re.compile(r"@(everyone|here)")
_EVERYTHING = frozenset({"users", "roles", "everyone"})


@dataclass(frozen=True)
class Mentions:
    """What of a text counts as a mention after allowed_mentions and permissions. `replied`: its author is pinged."""

    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False
    here: bool = False
    replied: int | None = None


NOBODY = Mentions()


@dataclass(frozen=True)
class Allowed:
    """allowed_mentions as sent, or the default of what was left out."""

    parse: frozenset[str] = _EVERYTHING
    users: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    replied_user: bool = True

    @classmethod
    def read(cls, sent: dict[str, Any] | None, *, in_interaction: bool = False) -> Allowed:
        """None is the default: everything, in interactions only users. An object allows only what it names."""
        if sent is None:
            return cls(frozenset({"users"})) if in_interaction else cls()
        parse = frozenset(sent.get("parse") or ())
        if unknown := parse - _EVERYTHING:
            raise invalid("allowed_mentions.parse", "BASE_TYPE_CHOICES", f"Unknown: {sorted(unknown)}")
        lists = {kind: frozenset(map(int, sent.get(kind) or ())) for kind in ("users", "roles")}
        for kind, listed in lists.items():
            if len(listed) > 100:
                raise invalid(f"allowed_mentions.{kind}", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
            if listed and kind in parse:
                message = f"parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive."
                raise invalid("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
        return cls(parse, lists["users"], lists["roles"], bool(sent.get("replied_user", False)))


def resolve(
    text: str, allowed: Allowed, *, guild: Guild | None, may_ping_all: bool, replied: int | None = None
) -> Mentions:
    """`may_ping_all`: the author has MENTION_EVERYONE here. What stands in code is only text."""
    words = _CODE.sub(" ", text)
    users = [user for user in _once(_USER, words) if "users" in allowed.parse or user in allowed.users]
    named = _once(_ROLE, words)
    roles = [role for role in named if guild is not None and _pings(guild, role, allowed, may_ping_all)]
    all_of_them = set(_ALL.findall(words)) if "everyone" in allowed.parse and may_ping_all and guild else set()
    return Mentions(
        tuple(users),
        tuple(roles),
        "everyone" in all_of_them,
        "here" in all_of_them,
        replied if allowed.replied_user else None,
    )


def _once(pattern: re.Pattern[str], text: str) -> list[int]:
    return list(dict.fromkeys(int(found) for found in pattern.findall(text)))


def _pings(guild: Guild, role_id: int, allowed: Allowed, may_ping_all: bool) -> bool:
    role = guild.roles.get(role_id)
    if role is None or role_id == guild.id:
        return False
    return ("roles" in allowed.parse or role_id in allowed.roles) and (role.mentionable or may_ping_all)


def notified(mentions: Mentions, channel: Channel, author_id: int) -> frozenset[int]:
    """The users whose client rings: they can see the channel, and nobody rings for himself."""
    named = {*mentions.users, *([mentions.replied] if mentions.replied else [])}
    if channel.guild is None:
        return frozenset(named & ({channel.recipient.id} if channel.recipient else set())) - {author_id}
    ringing: set[int] = set()
    if not (named or mentions.roles or mentions.everyone or mentions.here):
        return frozenset()
    for member in channel.guild.members.values():
        by_all = mentions.everyone or (mentions.here and member.user.online)
        if member.user.id in named or by_all or not member.roles.isdisjoint(mentions.roles):
            ringing.add(member.user.id)
    ringing.discard(author_id)
    return frozenset(one for one in ringing if can(channel, channel.guild.members[one], P.VIEW_CHANNEL))
