"""Calendars against counting minute by minute: 100,000 cases over the zones and nights that are hardest."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from escalation.calendar import Calendar, parse_calendar, union
from escalation.timing import DAY, HOUR, MINUTE
from tests.escalation.calendar_oracle import NEVER, WEEKDAYS, Answers, Oracle, offset, shown_minutes

YEARS = 3
ZONES = {
    # with the clock changes of now
    "Africa/Cairo": 2023,
    "Africa/Casablanca": 2024,  # back for the month of Ramadan
    "America/Asuncion": 2023,  # the last change was in 2024
    "America/Havana": 2024,  # 01:00 -> 00:00
    "America/Los_Angeles": 2024,
    "America/New_York": 2024,
    "America/Nuuk": 2022,
    "America/Santiago": 2024,  # 24:00 -> 23:00
    "America/Scoresbysund": 2023,
    "Antarctica/Casey": 2018,  # by three hours
    "Antarctica/Troll": 2024,  # by two hours
    "Asia/Almaty": 2023,
    "Asia/Amman": 2021,
    "Asia/Beirut": 2024,  # at midnight
    "Asia/Gaza": 2023,
    "Asia/Jerusalem": 2024,
    "Asia/Tehran": 2021,  # +03:30, the last change was in 2022
    "Atlantic/Azores": 2024,
    "Australia/Adelaide": 2024,  # +09:30
    "Australia/Lord_Howe": 2024,  # by half an hour
    "Australia/Sydney": 2024,
    "Europe/Berlin": 2024,
    "Europe/Dublin": 2024,
    "Europe/London": 2026,
    "Pacific/Chatham": 2024,  # +12:45
    "Pacific/Norfolk": 2018,
    # without, or with a change of their own
    "America/Caracas": 2015,  # -04:30 -> -04:00
    "America/St_Johns": 2010,  # at 00:01
    "Asia/Kathmandu": 2024,  # +05:45
    "Asia/Kolkata": 2024,
    "Asia/Manila": 2024,
    "Asia/Pyongyang": 2014,  # +09:00 -> +08:30
    "Asia/Tokyo": 2024,
    "Australia/Eucla": 2007,  # +08:45, with summer time then
    "Europe/Istanbul": 2015,
    "Europe/Volgograd": 2018,
    "Pacific/Apia": 2010,  # no 30 December 2011
    "Pacific/Fakaofo": 2010,  # the same
    "Pacific/Kiritimati": 1994,  # no 31 December 1994
    "UTC": 2027,  # with 29 February 2028
}
REGIONS = ("DE-BY", "DE", "US-CA", "US", "GB-SCT", "JP", "IN", "BR-SP", "AU-NSW", "IL", "ES-CT", "PH", "WS", "NZ")
ROUNDS = 3
"""Calendars a zone."""
CASES = 840
"""Instants a calendar: 100,800 in all."""


def day_of_spans(dice: random.Random) -> list[str]:
    """None to three spans; one in three days with a shift over midnight; whole days now and then."""
    kind = dice.random()
    if kind < 0.15:
        return []
    if kind < 0.25:
        return ["00:00-24:00"]
    near_midnight = dice.random() < 0.4  # where clocks jump
    marks = sorted(dice.sample(range(300 if near_midnight else 1440), 2 * dice.randint(1, 3)))
    spans = [f"{show(one)}-{show(other)}" for one, other in zip(marks[::2], marks[1::2], strict=True)]
    if dice.random() < 0.35 and marks[-1] < 1430:
        start = dice.randint(marks[-1] + 1, 1439)
        spans.append(f"{show(start)}-{show(dice.randint(0, min(start - 1, 420)))}")
    return spans


def show(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def some_date(dice: random.Random, first: int) -> str:
    begin = datetime(first, 1, 1, tzinfo=UTC).timestamp()
    return str(datetime.fromtimestamp(begin + dice.randrange(YEARS * 365) * 86_400, UTC).date())


def an_office(dice: random.Random, zone: str, first: int) -> dict[str, Any]:
    if dice.random() < 0.4:
        same = day_of_spans(dice)
        hours = dict.fromkeys(WEEKDAYS[:5], same) | {"sat": day_of_spans(dice)}
    else:
        hours = {day: day_of_spans(dice) for day in WEEKDAYS}
    ranges = [sorted((some_date(dice, first), some_date(dice, first))) for _ in range(dice.randint(0, 3))]
    return {
        "zone": zone,
        "hours": hours,
        "holidays": dice.sample(REGIONS, dice.choice((0, 1, 1, 2))),
        "closed": [one[0] for one in ranges] + ["..".join(one) for one in ranges if one[0][:7] == one[1][:7]],
        "special": {some_date(dice, first): day_of_spans(dice) for _ in range(dice.randint(0, 6))},
    }


def instants(dice: np.random.Generator, oracle: Oracle, zone: str, first: int) -> Answers:
    """Anywhere, around jumps of the clock, and on and beside openings and closings; half on whole minutes."""
    _, _, jumps = shown_minutes(zone, first, YEARS)
    third = CASES // 3
    places = [dice.integers(oracle.begin, oracle.end, CASES)]
    if len(jumps):
        places.append(dice.choice(jumps, third) * MINUTE + dice.integers(-9 * HOUR, 9 * HOUR, third))
    edges = np.concatenate((oracle.openings, oracle.closings))
    if len(edges):
        places.append(dice.choice(edges, third) + dice.choice((-MINUTE, -1, 0, 1, MINUTE), third))
    at = dice.choice(np.concatenate(places[::-1])[:CASES], CASES, replace=False)
    at = np.where(dice.random(CASES) < 0.3, at // MINUTE * MINUTE, at)
    within: Answers = np.clip(at, oracle.begin + DAY, oracle.end - DAY)
    return within


def same_or_beyond(answer: int | None, expected: int, oracle: Oracle) -> bool:
    """Where the counted years end, the oracle knows no more than that it is later."""
    return answer == expected if expected != NEVER else answer is None or answer >= oracle.end


def differences(calendar: Calendar, oracle: Oracle, starts: Answers, dice: np.random.Generator) -> list[str]:
    """Asks both everything at each of `starts`; tells where they differ."""
    lengths = np.where(
        dice.random(CASES) < 0.5, dice.integers(0, 30 * HOUR, CASES), 2 ** dice.uniform(0, 33, CASES)
    ).astype(np.int64)
    lengths = np.where(dice.random(CASES) < 0.5, lengths // MINUTE * MINUTE, lengths)
    ends = np.minimum(starts + lengths, oracle.end - 1)
    expected = (
        oracle.is_open(starts),
        oracle.between(starts, ends),
        oracle.add(starts, lengths),
        oracle.next_open(starts),
        oracle.next_close(starts),
    )
    columns = [column.tolist() for column in (starts, ends, lengths, *expected)]
    wrong = []
    for start, end, length, is_open, between, after, opens, closes in zip(*columns, strict=True):
        right = (
            calendar.is_open(start) == is_open
            and calendar.between(start, end) == between
            and same_or_beyond(calendar.add(start, length), after, oracle)
            and same_or_beyond(calendar.next_open(start), opens, oracle)
            and same_or_beyond(calendar.next_close(start), closes, oracle)
        )
        if not right:
            wrong.append(f"{start} + {length}: {is_open=} {between=} {after=} {opens=} {closes=}")
    return wrong


@pytest.mark.parametrize("zone", ZONES)
def test_calendars_agree_with_counting_minutes(zone: str) -> None:
    first = ZONES[zone]
    names = sorted(ZONES)
    for number in range(ROUNDS):
        dice = random.Random(f"{zone} {number}")
        offices = [an_office(dice, zone, first)]
        if number == ROUNDS - 1:  # follows the sun
            offices += [an_office(dice, dice.choice(names), first) for _ in range(dice.randint(1, 2))]
        members = [parse_calendar(f"office {index}", office) for index, office in enumerate(offices)]
        calendar = members[0] if len(members) == 1 else union("sun", *members)
        oracle = Oracle(offices, first, YEARS)
        numbers = np.random.default_rng([number, *zone.encode()])
        starts = instants(numbers, oracle, zone, first)
        assert differences(calendar, oracle, starts, numbers) == [], offices


def test_there_are_enough_cases() -> None:
    assert len(ZONES) >= 30
    assert len(ZONES) * ROUNDS * CASES >= 100_000


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"])
def test_the_oracle_shows_what_the_zone_shows(zone: str) -> None:
    begin, shown, jumps = shown_minutes(zone, ZONES[zone], YEARS)
    dice = random.Random(zone)
    places = [dice.randrange(len(shown)) for _ in range(3_000)]
    places += [int(jump) - begin + near for jump in jumps for near in range(-90, 90)]
    assert [at for at in places if shown[at] != begin + at + offset(zone, begin + at)] == []
