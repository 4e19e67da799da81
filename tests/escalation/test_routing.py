"""Where pages go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.errors import InputError
from escalation.routing import Address, Directory, Team, parse_address

SUPPORT = Address("pages", "support", "everyone on shift")
BILLING = Address("discord", "112233/445566", "@billing")
NOW = 1_767_600_000_000
names = st.text("abc-_0123", min_size=1)


def directory(fallback: str = "support", **teams: tuple[Address, ...]) -> Directory:
    return Directory({name: Team(name, addresses) for name, addresses in teams.items()}, fallback)


def reached(known: Directory, target: str) -> tuple[Address, ...]:
    return tuple(known.address(place, NOW) for place in known.expand(target, NOW))


def test_teams_that_share_a_place_keep_their_own_pings() -> None:
    known = Directory({name: Team(name, (Address("pages", "lobby", f"@{name}"),)) for name in ("support", "billing")})
    assert [one.ping for one in reached(known, "team:billing")] == ["@billing"]
    assert [one.ping for one in reached(known, "team:support")] == ["@support"]
    assert [one.ping for one in reached(known, "pages:lobby")] == [""]


@pytest.mark.parametrize("target", ["nonsense", "pages:", ""])
def test_a_malformed_target_reaches_nobody(target: str) -> None:
    assert reached(directory(support=(SUPPORT,)), target) == ()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("team:billing", (BILLING,)),
        ("team:both", (SUPPORT, BILLING)),
        ("team:unknown", (SUPPORT,)),
        ("team:empty", (SUPPORT,)),
        ("team:", (SUPPORT,)),
        ("pages:lobby", (Address("pages", "lobby"),)),
        ("discord:1/2:3", (Address("discord", "1/2:3"),)),
    ],
)
def test_a_target_leads_to_its_places_or_to_the_fallback(target: str, expected: tuple[Address, ...]) -> None:
    known = directory(billing=(BILLING,), support=(SUPPORT,), both=(SUPPORT, BILLING), empty=())
    assert reached(known, target) == expected


def test_another_fallback_team_may_be_named() -> None:
    known = directory("night", night=(BILLING,), support=(SUPPORT,))
    assert reached(known, "team:unknown") == (BILLING,)


@pytest.mark.parametrize("known", [directory(), directory(support=()), directory("nobody", support=(SUPPORT,))])
def test_an_empty_answer_says_that_nobody_can_be_reached(known: Directory) -> None:
    assert reached(known, "team:billing") == ()


@given(names, st.text(min_size=1))
def test_an_address_is_read_as_it_is_written(notifier: str, place: str) -> None:
    address = parse_address(f"{notifier}:{place}", "@team")
    assert address == Address(notifier, place, "@team")
    assert parse_address(str(address)) == Address(notifier, place)


@pytest.mark.parametrize("text", ["", "pages", "pages:", ":support", ":"])
def test_half_an_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"write notifier:place, e\.g\. pages:support"):
        parse_address(text)
