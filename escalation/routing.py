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


def parse_address(text: str, ping: str = "") -> Address:
    """`notifier:place`, e.g. "pages:support". Raises InputError that says what is missing."""
    notifier, _, place = text.partition(":")
    if not notifier or not place:
        raise InputError(f"{text!r} is not a place for pages: write notifier:place, e.g. pages:support")
    return Address(notifier, place, ping)


@dataclass(frozen=True, slots=True)
class Team:
    """People of the company who are told together."""

    name: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """All teams of one tenant, read when a page is sent, so that a change counts at once."""

    teams: Mapping[str, Team] = field(default_factory=dict)
    fallback: str = "support"

    def resolve(self, target: str) -> tuple[Address, ...]:
        """Where pages for `target` go: "team:NAME", or an address itself.

        An unknown or empty team falls through to the fallback team; an empty answer means that
        nobody can be reached, and the moderators have to be told.
        """
        kind, _, name = target.partition(":")
        if kind != "team":
            return (parse_address(target),)
        for candidate in (name, self.fallback):
            team = self.teams.get(candidate)
            if team and team.addresses:
                return team.addresses
        return ()

    def address(self, text: str) -> Address:
        """The address that reads `text`, with whom it pings there if a team's own list says so."""
        known = (one for team in self.teams.values() for one in team.addresses if str(one) == text)
        return next(known, None) or parse_address(text)
