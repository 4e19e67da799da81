"""What a look at a business calendar costs, near and far, with and without holidays."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import click

from escalation.calendar import Calendar, from_json, parse_calendar, union
from escalation.timing import DAY, HOUR, MINUTE, Millis, millis

_T = TypeVar("_T")

SPAN = 28 * DAY
"""Starts lie anywhere within four weeks, as a queue's questions do."""
STARTS = 2_000
REPEATS = 7
FROM = millis(datetime(2026, 11, 2, tzinfo=UTC))
HOURS = {"mon-thu": ["09:00-12:30", "13:30-17:30"], "fri": ["09:00-15:00"]}
WEEKS = 52
LENGTHS = (30 * MINUTE, 8 * HOUR, 40 * HOUR, 500 * HOUR, 2_000 * HOUR)
"""Working time of the deadlines; `between` is asked for the wall time that such a deadline takes."""


def calendars() -> dict[str, Calendar]:
    """What is measured: one office without and with holidays, and three that follow the sun."""
    berlin = {"zone": "Europe/Berlin", "hours": HOURS}
    held = berlin | {"holidays": ["DE-BY"], "closed": ["2026-12-24..2026-12-31"]}
    denver = {"zone": "America/Denver", "hours": HOURS, "holidays": ["US"]}
    manila = {"zone": "Asia/Manila", "hours": {"mon-fri": ["22:00-06:00"]}, "holidays": ["PH"]}
    others = [parse_calendar(name, words) for name, words in (("denver", denver), ("manila", manila))]
    return {
        "no holidays": parse_calendar("plain", berlin),
        "holidays": parse_calendar("munich", held),
        "three offices": union("sun", parse_calendar("munich", held), *others),
    }


def calendar_table() -> None:
    """Prints microseconds a call: the best of several rounds over many starts, everything worked out before."""
    dice = random.Random(0)
    starts = [FROM + dice.randrange(SPAN) for _ in range(STARTS)]
    names = calendars()
    click.echo(f"microseconds a call, best of {REPEATS} rounds over {STARTS} starts within four weeks:")
    click.echo(f"  {'':<24}" + "".join(f"{name:>16}" for name in names))
    _row("is_open", [_cost(calendar.is_open, starts) for calendar in names.values()])
    _row("next_open", [_cost(calendar.next_open, starts) for calendar in names.values()])
    for length in LENGTHS:
        costs = [_add_and_between(calendar, starts, length) for calendar in names.values()]
        _row(f"add {_shown(length)}", [add for add, _ in costs])
        _row(f"between, {_shown(length)} of work", [between for _, between in costs])
    _row("a week, the first time", [_first_look(name) for name in names])
    _row("a stored calendar, again", [_cost(from_json, [one.to_json()] * STARTS) for one in names.values()])


def _shown(length: Millis) -> str:
    return f"{length // HOUR}h" if length >= HOUR else f"{length // MINUTE}m"


def _row(name: str, costs: list[float]) -> None:
    click.echo(f"  {name:<24}" + "".join(f"{cost:>16.2f}" for cost in costs))


def _cost(call: Callable[[_T], object], arguments: list[_T]) -> float:
    rounds = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        for argument in arguments:
            call(argument)
        rounds.append(time.perf_counter() - begun)
    return min(rounds) * 1e6 / len(arguments)


def _add_and_between(calendar: Calendar, starts: list[Millis], length: Millis) -> tuple[float, float]:
    pairs = [(start, calendar.add(start, length) or start) for start in starts]
    add = _cost(lambda start: calendar.add(start, length), starts)
    return add, _cost(lambda pair: calendar.between(*pair), pairs)


def _first_look(name: str) -> float:
    """A week that has not been worked out yet: the mean of a year's, with the holidays of the year."""
    calendar = calendars()[name]
    begun = time.perf_counter()
    for week in range(WEEKS):
        calendar.is_open(FROM + week * 7 * DAY)
    return (time.perf_counter() - begun) * 1e6 / WEEKS
