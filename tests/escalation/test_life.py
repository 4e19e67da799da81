"""docs/life.md is the law: its table is read, held against the code's, and each of its cells is tried."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from escalation.events import Place
from escalation.policy import EscalationPolicy, EscalationStep
from escalation.question import LETTERS, LIFE, Effect, Happening, Question, Reason, State, transition
from escalation.timing import DAY, HOUR, MINUTE

DOCUMENT = Path(__file__).parents[2] / "docs" / "life.md"
STATES = "OEACXKSRLD"
ENDED = "RLD"

EFFECTS = {
    "card edited, next step held once": Effect.HOLD,
    "card edited": None,
    "keeps its reason": Effect.KEEP_REASON,
    "due stays": None,
    "clock anew; reason `stalled` if nobody comes back": Effect.ANEW,
    "abandoned": Effect.ABANDONED,
    "quiet": Effect.QUIET,
    'next step or round; at the end "exhausted", in the digest until somebody acts': Effect.NEXT_STEP,
    "ack_timeout": None,
    "told who has it": Effect.TOLD,
    "step 0, other team": Effect.OTHER_TEAM,
    "only if closed by deletion": Effect.IF_DELETED,
    "never over a human's word": Effect.UNLESS_HUMAN,
}
"""What the document's brackets are called in the code; None: not the table's business but the ledger's."""


def tables() -> list[list[list[str]]]:
    """The document's tables as rows of cells, without the rules under their heads."""
    found: list[list[list[str]]] = [[]]
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if not line.startswith("|"):
            found.append([])
        elif not set(line) <= set("|- "):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return [table for table in found if table]


def parted(cell: str) -> tuple[str, str]:
    """A cell's mark and what stands in its brackets; words without a mark are a dot's effect."""
    found = re.fullmatch(r"([A-Z.])(?: \((.*)\))?", cell)
    return (found[1], found[2] or "") if found else (".", cell)


STATES_TABLE, LIFE_TABLE = tables()
LAW = {
    (row[0].split(" (")[0], letter): parted(cell)
    for row in LIFE_TABLE[1:]
    for letter, cell in zip(STATES, row[1:], strict=True)
}

# -- the document and the code say the same


def test_the_document_names_the_states_in_the_code_with_their_letters() -> None:
    assert {row[0]: row[1] for row in STATES_TABLE[1:]} == {letter: state.value for letter, state in LETTERS.items()}
    assert LIFE_TABLE[0] == ["event", *STATES]
    assert "".join(LETTERS) == STATES


def test_the_document_has_every_row_of_the_code_and_no_other() -> None:
    assert [row[0].split(" (")[0] for row in LIFE_TABLE[1:]] == [happening.value for happening in Happening]
    assert set(LAW) == {(happening.value, letter) for happening in Happening for letter in STATES}
    assert set(LIFE) == {(happening, state) for happening in Happening for state in State}


@pytest.mark.parametrize(("event", "letter"), LAW)
def test_the_code_has_the_cell_of_the_document(event: str, letter: str) -> None:
    mark, words = LAW[event, letter]
    cell = LIFE[Happening(event), LETTERS[letter]]
    assert (cell.goes_to.value if cell.goes_to else ".") == (LETTERS[mark].value if mark != "." else ".")
    assert cell.effect is (EFFECTS[words] if words else None)


def test_every_bracket_is_explained_and_no_other() -> None:
    text = DOCUMENT.read_text("utf-8").partition("## What the brackets say")[2].partition("## ")[0]
    explained = re.findall(r"^- \*\*(.+?)\*\*: \S", text, re.M)
    on_rows = {row[0].partition(" (")[2].removesuffix(")") for row in LIFE_TABLE[1:]}
    assert set(explained) == {words for _, words in LAW.values() if words} | (on_rows - {""})
    assert len(explained) == len(set(explained))


# -- each cell, tried

T = 100 * DAY
ROOM = Place("discord", "acme", "help")
POLICY = EscalationPolicy(
    name="odd numbers, so that no two clocks are mistaken for each other",
    steps=(EscalationStep(31 * MINUTE, ("team:a",)), EscalationStep(67 * MINUTE, ("team:b",))),
    ack_timeout=2 * HOUR + 1,
    quiet_after=3 * DAY + 1,
    abandon_after=4 * DAY + 1,
    clocks={
        Reason.UNSAFE_ANSWER: 0,
        Reason.ANSWER_FAILED: 15 * MINUTE,
        Reason.ANSWER_DISPUTED: 17 * MINUTE,
        Reason.STALLED: 41 * MINUTE,
    },
)
UNTIL = T + 5 * HOUR
REASONS = {"C": Reason.ANSWER_DISPUTED, "X": Reason.UNHELPED, "K": Reason.UNHELPED, "S": Reason.UNHELPED}
DUE = {"X": T + 7 * MINUTE, "R": None, "L": None, "D": None}
CONTESTED = {
    "failure: the asker says it does not help": Reason.ANSWER_FAILED,
    "dispute by somebody else": Reason.ANSWER_DISPUTED,
    "unsafe or impostor advice": Reason.UNSAFE_ANSWER,
    "reopen, unsolved": Reason.ANSWER_FAILED,
}
FIRST_DELAY = {
    None: 31 * MINUTE,
    Reason.UNANSWERED: 31 * MINUTE,
    Reason.STALLED: 41 * MINUTE,
    Reason.ANSWER_FAILED: 15 * MINUTE,
    Reason.ANSWER_DISPUTED: 17 * MINUTE,
    Reason.UNSAFE_ANSWER: 0,
}


def a_question(letter: str, **values: object) -> Question:
    """One in the middle of its life: its second episode and round, its second step due next."""
    question = Question(
        tenant="acme",
        key=ROOM.message("1"),
        channel=ROOM.key,
        asker="ann",
        asked_at=T - HOUR,
        policy_revision=1,
        episode=2,
        state=LETTERS[letter],
        since=T - MINUTE,
        due_at=DUE.get(letter, T + 3 * MINUTE),
        reason=REASONS.get(letter),
        round=1 if letter in "XKS" else 0,
        step=1 if letter in "XKS" else 0,
        assignee="sam" if letter == "K" else None,
        ended_by={"R": "confirmed", "L": "deleted", "D": "edited"}.get(letter),
        team="billing" if letter in "XK" else None,
    )
    return replace(question, **values)  # type: ignore[arg-type]


def happens(question: Question, event: str, **more: object) -> Question:
    return transition(question, Happening(event), T, POLICY, actor="eve", until=UNTIL, **more).after  # type: ignore[arg-type]


def due_in(letter: str, reason: Reason | None) -> int | None:
    """When the clock rings for a question that enters the state now, in words of the document's first table."""
    return {
        "O": T + FIRST_DELAY.get(reason, 0),
        "C": T + FIRST_DELAY.get(reason, 0),
        "E": T + 4 * DAY + 1,
        "A": T + 3 * DAY + 1,
        "X": T,
        "K": T + 2 * HOUR + 1,
        "S": UNTIL,
    }.get(letter)


def reason_in(event: str, before: str, after: str) -> Reason | None:
    """The reason that stands after an event, by the document's rules on reasons."""
    if after in "CX" and event in CONTESTED:
        return CONTESTED[event]
    if after == "O":
        return Reason.STALLED if before == "E" else None
    if after == "A":
        return None
    if after == "X" and before == "O":
        return Reason.UNANSWERED
    return REASONS.get(before)


MOVES = [(event, letter) for (event, letter), (mark, _) in LAW.items() if mark != "."]
REVIVED = [(event, letter) for event, letter in MOVES if letter in ENDED and LAW[event, letter][0] not in ENDED]
STAYED = [one for one in MOVES if one not in REVIVED]
DOTS = [(event, letter) for (event, letter), (mark, _) in LAW.items() if mark == "."]


@pytest.mark.parametrize(("event", "letter"), MOVES)
def test_the_event_moves_the_question(event: str, letter: str) -> None:
    before = a_question(letter)
    goes_to = LAW[event, letter][0]
    after = happens(before, event)
    assert after.state is LETTERS[goes_to]
    assert after.since == T
    assert after.reason is reason_in(event, letter, goes_to)
    assert after.due_at == due_in(goes_to, after.reason)
    assert after.assignee == ("eve" if goes_to == "K" else None)
    assert after.step_held is False
    assert (after.ended_by is not None) == (goes_to in ENDED)


@pytest.mark.parametrize(("event", "letter"), REVIVED)
def test_a_question_that_had_ended_starts_a_new_episode(event: str, letter: str) -> None:
    after = happens(a_question(letter, round=1, step=1, team="billing"), event)
    assert (after.episode, after.round, after.step, after.team, after.ended_by) == (3, 0, 0, None, None)


@pytest.mark.parametrize(("event", "letter"), STAYED)
def test_only_a_question_that_staff_had_starts_a_new_round_of_the_ladder(event: str, letter: str) -> None:
    after = happens(a_question(letter, round=1, step=1, team="billing"), event)
    back_on_the_ladder = letter in "XKS" and LAW[event, letter][0] == "X"
    assert (after.round, after.step) == ((2, 0) if back_on_the_ladder else (1, 1))
    assert (after.episode, after.team) == (2, "billing")


@pytest.mark.parametrize(("event", "letter"), DOTS)
def test_a_dot_leaves_the_question_as_it_is_and_is_audited(event: str, letter: str) -> None:
    before = a_question(letter, step_held=True)
    made = transition(before, Happening(event), T, POLICY, actor="eve", until=UNTIL)
    assert made.after == before
    assert (made.before, made.happening.value, made.at, made.actor) == (before, event, T, "eve")
    assert made.changed_state is False
    assert made.told == (LAW[event, letter][1] == "told who has it")


# -- the effects


@pytest.mark.parametrize(
    ("due", "expected"),
    [(T + 7 * MINUTE, T + 67 * MINUTE), (T + 90 * MINUTE, T + 90 * MINUTE)],
    ids=["the next step waits its own delay from the answer on", "a step that is later anyway does not come nearer"],
)
def test_an_answer_after_the_page_holds_the_next_step_once(due: int, expected: int) -> None:
    held = happens(a_question("X", due_at=due), "a peer answers")
    assert (held.state, held.due_at, held.step_held) == (State.ESCALATED, expected, True)
    assert happens(held, "a peer answers") == held


def test_an_answer_while_the_page_is_under_way_sets_no_clock() -> None:
    under_way = a_question("X", due_at=None)
    assert happens(under_way, "a peer answers") == under_way


def test_a_doubt_survives_a_question_back() -> None:
    engaged = happens(a_question("C", reason=Reason.ANSWER_FAILED), "a peer asks back")
    assert (engaged.state, engaged.reason) == (State.ENGAGED, Reason.ANSWER_FAILED)
    again = happens(engaged, "the asker adds something")
    assert (again.state, again.reason, again.due_at) == (State.OPEN, Reason.ANSWER_FAILED, T + 15 * MINUTE)


@pytest.mark.parametrize(("letter", "how"), [("E", "abandoned"), ("A", "quiet")])
def test_the_clock_closes_what_nobody_needs(letter: str, how: str) -> None:
    assert happens(a_question(letter), "due").ended_by == how


@pytest.mark.parametrize(
    ("event", "how"),
    [
        ("the asker confirms, or marks solved", "confirmed"),
        ("staff answers in the channel", "staff"),
        ("resolve", "resolved"),
        ("not a question", "human"),
        ("deleted or removed", "deleted"),
        ("edited into a non-question", "edited"),
        ("channel unwatched, asker opts out", "unwatched"),
    ],
)
def test_an_ended_question_knows_how_it_ended(event: str, how: str) -> None:
    assert happens(a_question("O"), event).ended_by == how


def test_no_ack_timeout_means_that_a_claim_stands() -> None:
    forever = replace(POLICY, ack_timeout=None)
    assert transition(a_question("X"), Happening.CLAIM, T, forever, actor="eve").after.due_at is None


@pytest.mark.parametrize("letter", ["X", "K"])
def test_wrong_team_starts_the_ladder_again_with_the_other_team(letter: str) -> None:
    after = happens(a_question(letter, team=None), "wrong team", team="billing")
    assert (after.state, after.team, after.round, after.step, after.due_at) == (State.ESCALATED, "billing", 2, 0, T)


@pytest.mark.parametrize("how", ["staff", "quiet", "abandoned", "resolved", "unwatched"])
def test_what_ended_otherwise_stays_ended_when_its_message_is_restored(how: str) -> None:
    closed = a_question("L", ended_by=how)
    assert happens(closed, "restored") == closed


def test_a_human_dismissal_stands_whatever_the_text_becomes() -> None:
    dismissed = happens(a_question("O"), "not a question")
    assert happens(dismissed, "edited into a question") == dismissed
    assert happens(dismissed, "reopen, unsolved").state is State.OPEN


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, Reason.UNANSWERED),
        ({"voices": 2}, Reason.UNHELPED),
        ({"voices": 2, "asked_back": True}, Reason.STALLED),
        ({"voices": 2, "reason": Reason.MANUAL}, Reason.MANUAL),
    ],
)
def test_a_question_is_due_for_what_was_not_said_to_it(said: dict[str, object], reason: Reason) -> None:
    assert happens(a_question("O", **said), "due").reason is reason
