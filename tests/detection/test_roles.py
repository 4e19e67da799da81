"""What a reply does for a question, and where the question stands then."""

from __future__ import annotations

import pytest

from escalation.detection.outlook import outlook
from escalation.detection.roles import role
from escalation.detection.verdicts import Outcome
from escalation.detection.window import AnswerRole, Seen
from escalation.events import MessageKey

QUESTION = "how do i get the units back to miles?"


def seen(number: int, author: str, text: str, *, bot: bool = False, staff: bool = False) -> Seen:
    return Seen(MessageKey(f"p/c/h/{number}"), author, author, number * 60_000, text, bot=bot, staff=staff)


STARTER = seen(0, "ann", QUESTION)
GIVEN = [(seen(1, "bob", "settings, then units"), AnswerRole.ANSWER)]
PEERS = [
    (AnswerRole.ANSWER, "go to settings, then units, and switch it there"),
    (AnswerRole.ANSWER, "https://docs.example/units"),
    (AnswerRole.ANSWER, "you can't, it is not supported yet"),
    (AnswerRole.ANSWER, "einfach in den einstellungen umstellen"),
    (AnswerRole.ANSWER, "tienes que ir a ajustes y cambiarlo"),
    (AnswerRole.CLARIFICATION, "which version do you have?"),
    (AnswerRole.CLARIFICATION, "can you post a screenshot?"),
    (AnswerRole.CLARIFICATION, "welches modell hast du?"),
    (AnswerRole.ME_TOO, "same here"),
    (AnswerRole.ME_TOO, "bei mir auch"),
    (AnswerRole.OTHER, "no idea, sorry"),
    (AnswerRole.OTHER, "haha"),
]
ASKERS = [
    (AnswerRole.CONFIRMATION, "that worked, thanks!"),
    (AnswerRole.CONFIRMATION, "danke, hat geklappt"),
    (AnswerRole.CONFIRMATION, "merci, ça marche"),
    (AnswerRole.FAILURE, "tried that, still the same"),
    (AnswerRole.FAILURE, "geht leider immer noch nicht"),
    (AnswerRole.FAILURE, "ya lo probé y sigue igual"),
    (AnswerRole.OTHER, "ok, i'll try that tonight"),
    (AnswerRole.OTHER, "where is that menu?"),
]


@pytest.mark.parametrize(("wanted", "text"), PEERS)
def test_what_others_do(wanted: AnswerRole, text: str) -> None:
    assert role(seen(1, "bob", text), STARTER, [])[0] is wanted


@pytest.mark.parametrize(("wanted", "text"), ASKERS)
def test_what_the_asker_does(wanted: AnswerRole, text: str) -> None:
    assert role(seen(2, "ann", text), STARTER, GIVEN)[0] is wanted


def test_nothing_can_fail_before_an_answer() -> None:
    assert role(seen(1, "ann", "still the same"), STARTER, [])[0] is not AnswerRole.FAILURE


def test_a_dispute_needs_an_answer_of_a_third_person_and_quotes_itself() -> None:
    text = "No, that was removed in 2.0. Buy a new one."
    found, _, reason = role(seen(2, "cid", text), STARTER, GIVEN)
    assert found is AnswerRole.DISPUTE
    assert reason == "a peer objects: 'No, that was removed in 2.0.'"
    assert role(seen(2, "cid", text), STARTER, [])[0] is not AnswerRole.DISPUTE


def test_a_bot_never_answers() -> None:
    assert role(seen(1, "bot", "go to settings", bot=True), STARTER, [])[0] is AnswerRole.OTHER


A, C, D, F, U, X = (
    AnswerRole.ANSWER,
    AnswerRole.CONFIRMATION,
    AnswerRole.DISPUTE,
    AnswerRole.FAILURE,
    AnswerRole.UNSAFE,
    AnswerRole.OTHER,
)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ([], Outcome.UNANSWERED),
        ([("bob", X)], Outcome.UNANSWERED),
        ([("bob", A)], Outcome.ANSWERED),
        ([("bob", A), ("ann", C)], Outcome.RESOLVED),
        ([("ann", C)], Outcome.RESOLVED),
        ([("bob", A), ("ann", F)], Outcome.FAILED),
        ([("bob", A), ("ann", F), ("cid", A)], Outcome.ANSWERED),
        ([("bob", A), ("ann", C), ("ann", F)], Outcome.FAILED),
        ([("bob", A), ("cid", D)], Outcome.DISPUTED),
        ([("bob", A), ("cid", D), ("bob", A)], Outcome.DISPUTED),
        ([("bob", A), ("cid", D), ("dan", A)], Outcome.ANSWERED),
        ([("bob", U)], Outcome.UNANSWERED),
    ],
)
def test_outcomes_follow_the_roles(said: list[tuple[str, AnswerRole]], wanted: Outcome) -> None:
    starter = seen(0, "ann", QUESTION)
    members = [(seen(at, who, "x"), role) for at, (who, role) in enumerate(said, 1)]
    found = outlook(starter, members)
    assert found.outcome is wanted
    assert 0 <= found.must_step_in <= 1


def test_the_company_is_needed_more_where_nobody_helped() -> None:
    starter = seen(0, "ann", QUESTION)
    alone = outlook(starter, []).must_step_in
    solved = outlook(starter, [(seen(1, "bob", "go to settings > units"), A), (seen(2, "ann", "that worked"), C)])
    disputed = outlook(starter, [(seen(1, "bob", "go to settings"), A), (seen(2, "cid", "that is wrong"), D)])
    assert solved.must_step_in < 0.2 < 0.5 < alone
    assert disputed.must_step_in > 0.5
    assert disputed.first_answer == MessageKey("p/c/h/1")
