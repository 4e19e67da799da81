"""Routes: the first that matches; and what a wrong team teaches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from escalation.errors import InputError
from escalation.events import Place
from escalation.policy import DEFAULT_POLICY
from escalation.question import Happening, Question, Reason, State, transition
from escalation.routes import Conditions, Destination, Label, Risk, Route, Routing, Traits, wrong_team
from escalation.routing import Team

PLACE = Place("discord", "acme", "help")
FAST = replace(DEFAULT_POLICY, name="fast")
TEAMS = {"support": Team("support", ()), "money": Team("money", (), topics=("billing",))}
ALL = Traits(
    PLACE,
    category="c1",
    tags=("Refund", "iOS"),
    topic="billing",
    language="pt-BR",
    reason=Reason.STALLED,
    risk=Risk.HIGH,
    asker_roles=frozenset({"Customer"}),
)
NONE = Traits(PLACE)
words = frozenset


def meets(traits: Traits, **fields: Any) -> bool:
    return Conditions(
        **{name: words(value) if isinstance(value, set) else value for name, value in fields.items()}
    ).meet(traits)


@pytest.mark.parametrize(
    ("fields", "on_all", "on_none"),
    [
        ({}, True, True),
        ({"platforms": {"Discord"}}, True, True),
        ({"platforms": {"reddit"}}, False, False),
        ({"communities": {"discord/acme"}}, True, True),
        ({"communities": {"discord/ACME"}}, False, False),
        ({"channels": {"other", "help"}}, True, True),
        ({"channels": {"other"}}, False, False),
        ({"categories": {"c1"}}, True, False),
        ({"tags": {"refund"}}, True, False),
        ({"tags": {"android", "ios"}}, True, False),
        ({"topics": {"Billing"}}, True, False),
        ({"topics": {"outage"}}, False, False),
        ({"languages": {"pt"}}, True, False),
        ({"languages": {"pt-br"}}, True, False),
        ({"languages": {"pt-pt"}}, False, False),
        ({"reasons": {Reason.STALLED, Reason.MANUAL}}, True, False),
        ({"reasons": {Reason.MANUAL}}, False, False),
        ({"risk": Risk.MEDIUM}, True, False),
        ({"risk": Risk.CRITICAL}, False, False),
        ({"asker_roles": {"customer"}}, True, False),
        ({"tags": {"refund"}, "topics": {"billing"}}, True, False),
        ({"tags": {"refund"}, "topics": {"outage"}}, False, False),
    ],
)
def test_conditions_are_met_field_by_field(fields: dict[str, Any], on_all: bool, on_none: bool) -> None:
    assert (meets(ALL, **fields), meets(NONE, **fields)) == (on_all, on_none)


def test_the_first_route_that_matches_wins() -> None:
    tagged = Route("refunds", "money", None, Conditions(tags=words({"refund"})))
    risky = Route("risky", None, FAST, Conditions(risk=Risk.HIGH))
    rules = Routing((tagged, risky))
    assert rules.destination(ALL, TEAMS) == Destination("money", None, "route refunds")
    assert Routing((risky, tagged)).destination(ALL, TEAMS) == Destination(None, FAST, "route risky")


def test_without_a_route_the_topics_team_and_then_customer_service() -> None:
    assert Routing().destination(ALL, TEAMS) == Destination("money", None, "topic billing")
    assert Routing().destination(NONE, TEAMS) == Destination("support", None, "no route matches")
    assert Routing(default_team="care").destination(replace(ALL, topic="other"), TEAMS).team == "care"


def test_a_route_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(InputError, match="route 'odd' leads nowhere"):
        Route("odd")


# -- wrong team


def escalated(**fields: Any) -> Question:
    question = Question("acme", PLACE.message("q1"), PLACE.key, "pete", 0, 1, due_at=0)
    return replace(transition(question, Happening.DUE, 1000, DEFAULT_POLICY).after, **fields)


def test_a_wrong_team_starts_the_ladder_again_with_the_other_and_leaves_a_label() -> None:
    question = escalated(step=1)
    moved, label = wrong_team(question, "money", 5000, DEFAULT_POLICY, actor="ana", topic="billing")
    after = moved.after
    assert (after.team, after.state, after.step, after.due_at) == ("money", State.ESCALATED, 0, 5000)
    assert label == Label(question.key, "acme", "support", "money", "billing", "ana", 5000)


def test_the_label_names_the_team_that_had_it() -> None:
    _, label = wrong_team(escalated(team="pr"), "money", 5000, DEFAULT_POLICY, actor="ana")
    assert label is not None
    assert (label.from_team, label.topic) == ("pr", None)


def test_nothing_is_learnt_where_no_team_changes() -> None:
    same, label = wrong_team(escalated(team="money"), "money", 5000, DEFAULT_POLICY, actor="ana")
    assert (same.after.team, label) == ("money", None)
    ended = escalated(state=State.RESOLVED)
    moved, label = wrong_team(ended, "money", 5000, DEFAULT_POLICY, actor="ana")
    assert (moved.after, label) == (ended, None)
