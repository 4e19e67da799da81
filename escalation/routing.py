"""Teams, and where their pages go. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from escalation.errors import InputError


@dataclass(frozen=True, slots=True)
class Address:
    """One place a page can be sent to: a notifier's name, the place in its own words, who is pinged."""

    notifier: str
    place: str
    ping: str = ""

    def __str__(self) -> str:
        return f"{self.notifier}:{self.place}"


_FOR = " for "
"""Stands between a place and the team that it belongs to in an expanded target; no place may hold it."""


def parse_address(text: str, ping: str = "") -> Address:
    """`notifier:place`, e.g. "pages:support". Raises InputError that says what is missing."""
    notifier, _, place = text.partition(":")
    if not notifier or not place or _FOR in text:
        raise InputError(f"{text!r} is not a place for pages: write notifier:place, e.g. pages:support")
    return Address(notifier, place, ping)


@dataclass(frozen=True, slots=True)
class Team:
    """People of the company who are told together."""

    name: str
    addresses: tuple[Address, ...]


def is_address(text: str) -> bool:
    """Whether `text` is notifier:place."""
    try:
        parse_address(text)
    except InputError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Directory:
    """All teams of one tenant, read when a page is sent, so that a change counts at once.

    A target is "team:NAME", a place "notifier:place", or a place as a team's own: "notifier:place for NAME".
    """

    teams: Mapping[str, Team] = field(default_factory=dict)
    fallback: str = "support"

    def expand(self, target: str) -> tuple[str, ...]:
        """The places that `target` means now, each with its team.

        An unknown or empty team falls through to the fallback team; an empty answer means that nobody can be
        reached, and the moderators have to be told.
        """
        kind, _, name = target.partition(":")
        if kind != "team":
            return (target,) if is_address(target) else ()
        for candidate in (name, self.fallback):
            team = self.teams.get(candidate)
            if team and team.addresses:
                return tuple(f"{address}{_FOR}{team.name}" for address in team.addresses)
        return ()

    def address(self, target: str) -> Address:
        """The address of an expanded target, with whom that team pings there now. Raises InputError."""
        place, _, name = target.partition(_FOR)
        team = self.teams.get(name)
        known = (one for one in (team.addresses if team else ()) if str(one) == place)
        return next(known, None) or parse_address(place)


def is_expanded(target: str) -> bool:
    """Whether `target` is a place as a team's own."""
    return _FOR in target
