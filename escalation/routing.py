"""Teams and people, and where their pages go at a given moment. Pure; `now` is UTC milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from escalation.errors import InputError
from escalation.schedule import Schedule, on_call
from escalation.timing import Millis


@dataclass(frozen=True, slots=True)
class Address:
    """One place a page can be sent to: a notifier's name, the place in its own words, who is pinged."""

    notifier: str
    place: str
    ping: str = ""

    def __str__(self) -> str:
        return f"{self.notifier}:{self.place}"


_FOR = " for "
"""Stands between a place and the one that it belongs to in an expanded target; no place may hold it."""
_TEAM, _ONCALL, _PERSON, _WATCH = "team", "oncall", "person", "watch"
SYMBOLIC: Final = frozenset({_TEAM, _ONCALL, _PERSON})
"""Kinds of target that stand for people rather than for a place."""
_RESERVED = SYMBOLIC | {_WATCH}


def parse_address(text: str, ping: str = "") -> Address:
    """`notifier:place`, e.g. "pages:support". Raises InputError that says what is missing."""
    notifier, _, place = text.partition(":")
    if not notifier or not place or _FOR in text or notifier in _RESERVED:
        raise InputError(f"{text!r} is not a place for pages: write notifier:place, e.g. pages:support")
    return Address(notifier, place, ping)


def is_address(text: str) -> bool:
    """Whether `text` is notifier:place."""
    try:
        parse_address(text)
    except InputError:
        return False
    return True


def is_symbolic(target: str) -> bool:
    """Whether `target` stands for people, who are looked up when a page is sent."""
    return target.partition(":")[0] in SYMBOLIC


def is_expanded(target: str) -> bool:
    """Whether `target` is a place as somebody's own."""
    return _FOR in target


class Ping(StrEnum):
    """Whom a team's page pings."""

    ROLE = "role"
    """What each address says: a role, a group, nobody."""
    ONCALL = "oncall"
    """The people who are on call by the team's schedule; while there are none, the team can't be reached."""
    NOBODY = "nobody"
    """The page is shown in the team's places, and that is all."""


@dataclass(frozen=True, slots=True)
class Responder:
    """Somebody of the company. `id` is opaque; `name` is for people."""

    id: str
    name: str
    addresses: tuple[Address, ...] = ()
    """Where this one person reads pages."""
    pings: Mapping[str, str] = field(default_factory=dict)
    """How to ping this person elsewhere, by notifier, in its own words."""

    def ping(self, notifier: str) -> str:
        """The words that ping this person there; "" if there are none."""
        return self.pings.get(notifier, "")


@dataclass(frozen=True, slots=True)
class Team:
    """People of the company who are told together."""

    name: str
    addresses: tuple[Address, ...]
    pings: Ping = Ping.ROLE
    members: tuple[str, ...] = ()
    """Ids of people."""
    schedule: str | None = None
    """Name of the schedule that says who of them is on call."""
    topics: tuple[str, ...] = ()
    """What the team answers, where no route says otherwise."""
    watchers: tuple[str, ...] = ()
    """Names of teams whose places show this team's pages too, without a ping."""


@dataclass(frozen=True, slots=True)
class Directory:
    """All teams, people and schedules of one tenant, read when a page is sent, so that a change counts at once.

    A target is "team:NAME", "oncall:SCHEDULE" (each in places of their own), "person:ID", or a place
    "notifier:place". Expanded, it is a place as somebody's own: "notifier:place for NAME" for a team, and
    "... for oncall:SCHEDULE", "... for person:ID" or "... for watch:NAME" otherwise.
    """

    teams: Mapping[str, Team] = field(default_factory=dict)
    fallback: str = "support"
    people: Mapping[str, Responder] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    def expand(self, target: str, now: Millis) -> tuple[str, ...]:
        """The places that `target` means now, each with whose it is.

        An unknown target, and one that reaches nobody now, falls through to the fallback team; an empty answer
        means that nobody can be reached, and the moderators have to be told.
        """
        if not is_symbolic(target):
            return (target,) if is_address(target) else ()
        return self._reached(target, now) or self._reached(f"{_TEAM}:{self.fallback}", now)

    def watching(self, target: str, now: Millis) -> tuple[str, ...]:
        """The places, each with whose it is, that show the pages for `target` too and ping nobody.

        Those of the team that is reached, so of the fallback team's watchers where that one steps in. A place
        where the page stands already is left out.
        """
        reached = self.expand(target, now)
        taken = {place.partition(_FOR)[0] for place in reached}
        owners = dict.fromkeys(place.partition(_FOR)[2] for place in reached if is_expanded(place))
        found: dict[str, str] = {}
        for watcher in dict.fromkeys(
            name for owner in owners if (team := self.teams.get(owner)) for name in team.watchers
        ):
            for address in self.teams[watcher].addresses if watcher in self.teams else ():
                if str(address) not in taken:
                    found.setdefault(str(address), f"{address}{_FOR}{_WATCH}:{watcher}")
        return tuple(found.values())

    def address(self, target: str, now: Millis) -> Address:
        """The address of an expanded target, with whom a page pings there now. Raises InputError."""
        place, _, owner = target.partition(_FOR)
        if owner in self.teams:
            team = self.teams[owner]
            known = next((one for one in team.addresses if str(one) == place), None)
            if known is not None:
                return replace(known, ping=self._ping(team, known, now))
        kind, _, name = owner.partition(":")
        people = self.on_call(name, now) if kind == _ONCALL else self._known([name] if kind == _PERSON else [])
        address = parse_address(place)
        return replace(address, ping=_together(one.ping(address.notifier) for one in people if _reads(one, place)))

    def on_call(self, schedule: str, now: Millis) -> tuple[Responder, ...]:
        """The people on call by the schedule of that name; empty if there is none, or nobody."""
        known = self.schedules.get(schedule)
        return tuple(self._known(on_call(known, now))) if known else ()

    def _reached(self, target: str, now: Millis) -> tuple[str, ...]:
        kind, _, name = target.partition(":")
        if kind == _TEAM:
            team = self.teams.get(name)
            addresses = team.addresses if team and self._reaches(team, now) else ()
            return tuple(f"{address}{_FOR}{name}" for address in addresses)
        people = self.on_call(name, now) if kind == _ONCALL else self._known([name])
        places = tuple(dict.fromkeys(str(address) for one in people for address in one.addresses))
        return tuple(f"{place}{_FOR}{target}" for place in places)

    def _reaches(self, team: Team, now: Millis) -> bool:
        if team.pings is not Ping.ONCALL:
            return bool(team.addresses)
        return any(self._ping(team, address, now) for address in team.addresses)

    def _ping(self, team: Team, address: Address, now: Millis) -> str:
        if team.pings is Ping.ROLE:
            return address.ping
        if team.pings is Ping.NOBODY or team.schedule is None:
            return ""
        return _together(one.ping(address.notifier) for one in self.on_call(team.schedule, now))

    def _known(self, ids: Iterable[str]) -> Iterator[Responder]:
        return (self.people[one] for one in ids if one in self.people)


def _reads(person: Responder, place: str) -> bool:
    return any(str(address) == place for address in person.addresses)


def _together(pings: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(ping for ping in pings if ping))
