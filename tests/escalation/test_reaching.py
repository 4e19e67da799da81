"""People, people on call and watchers: who is reached at a given moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.errors import InputError
from escalation.hours import parse_hours
from escalation.rotation import Rotation, Unit
from escalation.routing import Address, Directory, Ping, Responder, Team, is_symbolic, parse_address
from escalation.schedule import Override, Schedule
from escalation.timing import DAY, HOUR, Millis

MONDAY: Millis = 1_767_571_200_000
"""2026-01-05 00:00 UTC."""
NOON, NIGHT = MONDAY + 12 * HOUR, MONDAY + 23 * HOUR
ANA = Responder("ana", "Ana", (Address("mail", "ana@example.com"), Address("pages", "ana")), {"pages": "@ana"})
BEN = Responder("ben", "Ben", (), {"pages": "@ben", "discord": "<@2>"})
LOBBY, ROOM = Address("pages", "lobby", "@role"), Address("discord", "1/2")
OFFICE = parse_hours({"mon-fri": ["09:00-17:00"]})
DAYS = Schedule("days", "UTC", (Rotation(("ana", "ben"), 1, Unit.DAYS, date(2026, 1, 5), 0, hours=OFFICE),))


def directory(**support: object) -> Directory:
    team = Team("support", (LOBBY, ROOM), Ping.ONCALL, ("ana", "ben"), "days")
    teams = {"support": replace(team, **support), "leads": Team("leads", (Address("pages", "leads", "@leads"),))}  # type: ignore[arg-type]
    return Directory(teams, "leads", {"ana": ANA, "ben": BEN}, {"days": DAYS})


def reached(known: Directory, target: str, now: Millis = NOON) -> dict[str, str]:
    return {str(one): one.ping for one in (known.address(place, now) for place in known.expand(target, now))}


def test_a_team_pings_who_is_on_call_at_that_moment_in_each_places_words() -> None:
    assert reached(directory(), "team:support", NOON) == {"pages:lobby": "@ana", "discord:1/2": ""}
    assert reached(directory(), "team:support", NOON + DAY) == {"pages:lobby": "@ben", "discord:1/2": "<@2>"}


def test_while_nobody_is_on_call_the_fallback_team_is_told() -> None:
    assert reached(directory(), "team:support", NIGHT) == {"pages:leads": "@leads"}
    assert reached(directory(), "oncall:days", NIGHT) == {"pages:leads": "@leads"}


def test_nobody_on_call_and_no_other_team_is_nobody() -> None:
    known = replace(directory(), fallback="support")
    assert [known.expand(target, NIGHT) for target in ("team:support", "oncall:days", "person:ben")] == [(), (), ()]


def test_people_on_call_whom_no_place_can_ping_are_not_reached() -> None:
    assert reached(replace(directory(), people={"ana": Responder("ana", "Ana")}), "team:support") == {
        "pages:leads": "@leads"
    }


@pytest.mark.parametrize(("rule", "ping"), [(Ping.ROLE, "@role"), (Ping.NOBODY, "")])
def test_other_rules_do_not_ask_the_schedule(rule: Ping, ping: str) -> None:
    assert reached(directory(pings=rule), "team:support", NIGHT)["pages:lobby"] == ping


def test_two_people_on_call_are_pinged_together_and_each_once() -> None:
    extra = tuple(Override(person, NOON, NOON + HOUR, extra=True) for person in ("ben", "ana", "stranger"))
    known = replace(directory(), schedules={"days": replace(DAYS, overrides=extra)})
    assert reached(known, "team:support") == {"pages:lobby": "@ana @ben", "discord:1/2": "<@2>"}
    assert [one.name for one in known.on_call("days", NOON)] == ["Ana", "Ben"]


def test_people_and_schedules_are_reached_at_peoples_own_addresses() -> None:
    expected = {"mail:ana@example.com": "", "pages:ana": "@ana"}
    assert reached(directory(), "person:ana", NIGHT) == expected
    assert reached(directory(), "oncall:days", NOON) == expected


@pytest.mark.parametrize("target", ["person:ben", "person:nobody", "person:", "oncall:nights", "oncall:", "team:"])
def test_a_target_without_an_address_falls_back(target: str) -> None:
    assert reached(directory(), target) == {"pages:leads": "@leads"}


def test_a_place_that_belongs_to_nobody_any_more_pings_nobody() -> None:
    known = directory()
    left = [known.address(f"pages:ana for {owner}", NIGHT) for owner in ("oncall:days", "person:zoe", "gone", "")]
    assert [one.ping for one in left] == ["", "", "", ""]
    assert known.address("pages:old for support", NOON) == Address("pages", "old")


# -- watching


def test_a_team_watches_anothers_pages_without_a_ping() -> None:
    known = directory(watchers=("leads", "gone", "leads"))
    assert known.watching("team:support", NOON) == ("pages:leads for watch:leads",)
    assert known.address("pages:leads for watch:leads", NOON) == Address("pages", "leads")


def test_a_place_that_has_the_page_already_is_not_shown_it_twice() -> None:
    known = directory(watchers=("leads",))
    teams = {**known.teams, "leads": Team("leads", (LOBBY, Address("pages", "leads")))}
    assert replace(known, teams=teams).watching("team:support", NOON) == ("pages:leads for watch:leads",)


def test_who_watches_the_team_that_steps_in_watches() -> None:
    known = directory(watchers=("leads",))
    assert known.watching("team:support", NIGHT) == ()
    assert [known.watching(target, NOON) for target in ("pages:lobby", "person:ana", "nonsense")] == [(), (), ()]


# -- any directory

ids = st.sampled_from(["ana", "ben", "zoe"])
places = st.sampled_from([LOBBY, ROOM, Address("pages", "b"), Address("mail", "a@b")])
few_places = st.lists(places, max_size=3).map(tuple)
names = st.sampled_from(["support", "leads", "pr"])


@st.composite
def teams(draw: st.DrawFn, name: str) -> Team:
    return Team(
        name,
        draw(few_places),
        draw(st.sampled_from(Ping)),
        schedule=draw(st.sampled_from(["days", "gone", None])),
        watchers=tuple(draw(st.lists(names, max_size=3))),
    )


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    pings = st.dictionaries(st.sampled_from(["pages", "discord"]), st.sampled_from(["@x", "@y", ""]))
    people = {one: Responder(one, one, draw(few_places), draw(pings)) for one in draw(st.sets(ids))}
    known = {name: draw(teams(name)) for name in draw(st.sets(names))}
    return Directory(known, draw(names), people, {"days": DAYS})


targets = st.sampled_from(
    [
        "team:support",
        "team:pr",
        "team:gone",
        "oncall:days",
        "oncall:gone",
        "person:ana",
        "person:zoe",
        "pages:b",
        "junk",
    ]
)


@given(directories(), targets, st.integers(0, 8 * 24).map(lambda hours: MONDAY + hours * HOUR))
def test_whatever_is_known_a_target_is_places_that_can_be_sent_to(known: Directory, target: str, now: Millis) -> None:
    reached_ = known.expand(target, now)
    addresses = [known.address(place, now) for place in reached_]
    assert not any(is_symbolic(place) for place in reached_)
    assert [str(one) for one in addresses] == [place.partition(" for ")[0] for place in reached_]
    if not reached_ and is_symbolic(target):
        assert known.expand(f"team:{known.fallback}", now) == ()
    watching = known.watching(target, now)
    shown = {str(known.address(place, now)) for place in watching}
    assert len(shown) == len(watching)
    assert shown.isdisjoint(str(one) for one in addresses)
    assert {known.address(place, now).ping for place in watching} <= {""}
    assert reached_ or not watching


# -- targets


def test_what_stands_for_people_is_no_place() -> None:
    for target in ("team:a", "oncall:a", "person:a"):
        assert is_symbolic(target)
        with pytest.raises(InputError):
            parse_address(target)
    assert not is_symbolic("pages:team:a")
