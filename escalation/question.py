"""A question and its life: one table of states and happenings, and pure transitions over it.

docs/life.md holds the same table for people; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from escalation.events import ChannelKey, MessageKey
from escalation.timing import Millis


class State(StrEnum):
    OPEN = "open"
    ENGAGED = "engaged"
    """Somebody asked back: it is the asker's turn and the clock stands."""
    ANSWERED = "answered"
    CONTESTED = "contested"
    """Answered, but wrongly by the evidence."""
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DISMISSED = "dismissed"


ENDED: Final = frozenset({State.RESOLVED, State.CLOSED, State.DISMISSED})
WITH_STAFF: Final = frozenset({State.ESCALATED, State.ACKNOWLEDGED, State.SNOOZED})
"""States in which a page may have gone out and its card wants to stay true."""


class Reason(StrEnum):
    """Why the company is needed."""

    UNANSWERED = "unanswered"
    UNHELPED = "unhelped"
    STALLED = "stalled"
    ANSWER_FAILED = "answer_failed"
    ANSWER_DISPUTED = "answer_disputed"
    UNSAFE_ANSWER = "unsafe_answer"
    MANUAL = "manual"


class Happening(StrEnum):
    """The rows of the table; the values are the words of docs/life.md."""

    PEER_ANSWERS = "a peer answers"
    PEER_ASKS_BACK = "a peer asks back"
    ASKER_ADDS = "the asker adds something"
    NOISE = "me-too, other, a bot"
    ASKER_CONFIRMS = "the asker confirms, or marks solved"
    FAILURE = "failure: the asker says it does not help"
    DISPUTE = "dispute by somebody else"
    UNSAFE = "unsafe or impostor advice"
    STAFF_ANSWERS = "staff answers in the channel"
    STAFF_ASKS_BACK = "staff asks back"
    DUE = "due"
    CLAIM = "claim"
    UNCLAIM = "unclaim"
    SNOOZE = "snooze"
    WRONG_TEAM = "wrong team"
    RESOLVE = "resolve"
    NOT_A_QUESTION = "not a question"
    REOPEN = "reopen, unsolved"
    DELETED = "deleted or removed"
    RESTORED = "restored"
    EDITED_AWAY = "edited into a non-question"
    EDITED_INTO = "edited into a question"
    ANSWER_WITHDRAWN = "its answer withdrawn or removed"
    UNWATCHED = "channel unwatched, asker opts out"


class Effect(StrEnum):
    """What a cell asks for besides the next state."""

    HOLD = "hold"
    """Hold the next step once: somebody may be helping now."""
    ANEW = "anew"
    """The clock starts again."""
    NEXT_STEP = "next step"
    """The ladder's next rung or round; its end is exhaustion."""
    ABANDONED = "abandoned"
    QUIET = "quiet"
    KEEP_REASON = "keeps its reason"
    OTHER_TEAM = "other team"
    TOLD = "told"
    """Nothing changes; whoever pressed is told who has it."""
    IF_DELETED = "if closed by deletion"
    UNLESS_HUMAN = "never over a human's word"


S = State
_COLUMNS: Final = (
    S.OPEN,
    S.ENGAGED,
    S.ANSWERED,
    S.CONTESTED,
    S.ESCALATED,
    S.ACKNOWLEDGED,
    S.SNOOZED,
    S.RESOLVED,
    S.CLOSED,
    S.DISMISSED,
)
LETTERS: Final[Mapping[str, State]] = dict(zip("OEACXKSRLD", _COLUMNS, strict=True))
_H, _E = Happening, Effect
# A letter is the next state, a dot stays (audited). Effects that not every cell of the row has stand below.
_ROWS: Final[Mapping[Happening, str]] = {
    _H.PEER_ANSWERS: "A A . A . . . . . .",
    _H.PEER_ASKS_BACK: "E . . E . . . . . .",
    _H.ASKER_ADDS: ". O . . . . X . . .",
    _H.NOISE: ". . . . . . . . . .",
    _H.ASKER_CONFIRMS: "R R R R R R R . . .",
    _H.FAILURE: ". O C . . . X C C .",
    _H.DISPUTE: ". . C . . . . . . .",
    _H.UNSAFE: "C C C C . . X C C C",
    _H.STAFF_ANSWERS: "L L L L L L L . . .",
    _H.STAFF_ASKS_BACK: "E . . E K . K . . .",
    _H.DUE: "X L L X . X X . . .",
    _H.CLAIM: "K K K K K . K . . .",
    _H.UNCLAIM: ". . . . . X . . . .",
    _H.SNOOZE: "S . . S S S S . . .",
    _H.WRONG_TEAM: ". . . . X X . . . .",
    _H.RESOLVE: "L L L L L L L . . .",
    _H.NOT_A_QUESTION: "D D D D D D D D D .",
    _H.REOPEN: ". . C . . . . C C O",
    _H.DELETED: "L L L L L L L L L L",
    _H.RESTORED: ". . . . . . . . O .",
    _H.EDITED_AWAY: "D D D D . . . . . .",
    _H.EDITED_INTO: ". . . . . . . . . O",
    _H.ANSWER_WITHDRAWN: ". . O O . . . . . .",
    _H.UNWATCHED: "L L L L . . . . . .",
}
_EFFECTS: Final[Mapping[tuple[Happening, State], Effect]] = {
    (_H.PEER_ANSWERS, S.ESCALATED): _E.HOLD,
    (_H.PEER_ASKS_BACK, S.CONTESTED): _E.KEEP_REASON,
    (_H.ASKER_ADDS, S.ENGAGED): _E.ANEW,
    (_H.DUE, S.ENGAGED): _E.ABANDONED,
    (_H.DUE, S.ANSWERED): _E.QUIET,
    (_H.DUE, S.ESCALATED): _E.NEXT_STEP,
    (_H.CLAIM, S.ACKNOWLEDGED): _E.TOLD,
    (_H.WRONG_TEAM, S.ESCALATED): _E.OTHER_TEAM,
    (_H.WRONG_TEAM, S.ACKNOWLEDGED): _E.OTHER_TEAM,
    (_H.RESTORED, S.CLOSED): _E.IF_DELETED,
    (_H.EDITED_INTO, S.DISMISSED): _E.UNLESS_HUMAN,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table: the next state (None: stays) and what else it asks for."""

    goes_to: State | None
    effect: Effect | None


LIFE: Final[Mapping[tuple[Happening, State], Cell]] = {
    (happening, state): Cell(LETTERS.get(mark), _EFFECTS.get((happening, state)))
    for happening, row in _ROWS.items()
    for state, mark in zip(_COLUMNS, row.split(), strict=True)
}


@dataclass(frozen=True, slots=True)
class Question:
    """A tracked question. Times in UTC milliseconds, people as platform ids."""

    tenant: str
    key: MessageKey
    channel: ChannelKey
    asker: str
    asked_at: Millis
    policy_revision: int
    thread: str | None = None
    score: float = 1.0
    episode: int = 1
    """One stretch from open to its end; a reopened question has a new one."""
    state: State = State.OPEN
    since: Millis = 0
    due_at: Millis | None = None
    """When the clock wants it next; None while a page is under way, or nothing is left to do."""
    reason: Reason | None = None
    round: int = 0
    step: int = 0
    """The rung that fires next."""
    step_held: bool = False
    team: str | None = None
    """Set by "wrong team": every rung goes to this team instead."""
    assignee: str | None = None
    ended_by: str | None = None
    """Why it ended: confirmed, staff, quiet, abandoned, deleted, edited, human, resolved, unwatched."""
    voices: int = 0
    """Messages of other humans that belong to it."""
    answers: int = 0
    """Answers of peers that still stand."""
    asked_back: bool = False
    first_answer: MessageKey | None = None
    first_response_at: Millis | None = None
    confirmed: MessageKey | None = None
    failure: MessageKey | None = None
    dispute: MessageKey | None = None
    unsafe: MessageKey | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def waiting_reason(self) -> Reason:
        """Why an open question is due: what has (not) been said to it so far."""
        if self.reason is not None:
            return self.reason
        if self.asked_back:
            return Reason.STALLED
        return Reason.UNHELPED if self.voices else Reason.UNANSWERED


class Clocks(Protocol):
    """What a transition needs of a policy: when the clock rings in a state entered at `since`."""

    def due(self, state: State, reason: Reason | None, since: Millis) -> Millis | None: ...

    def hold(self, question: Question, at: Millis) -> Millis | None: ...

    def unhelped(self, question: Question) -> Millis | None: ...


@dataclass(frozen=True, slots=True)
class Transition:
    """`before` met `happening` and became `after`; `told` when only the presser learns something."""

    before: Question
    happening: Happening
    after: Question
    at: Millis
    actor: str | None = None
    told: bool = False

    @property
    def changed_state(self) -> bool:
        return self.before.state is not self.after.state or self.before.episode != self.after.episode


CONTESTED_BY: Final[Mapping[Happening, Reason]] = {
    _H.FAILURE: Reason.ANSWER_FAILED,
    _H.DISPUTE: Reason.ANSWER_DISPUTED,
    _H.UNSAFE: Reason.UNSAFE_ANSWER,
    _H.REOPEN: Reason.ANSWER_FAILED,
}
_ENDED_BY: Final[Mapping[Happening, str]] = {
    _H.ASKER_CONFIRMS: "confirmed",
    _H.STAFF_ANSWERS: "staff",
    _H.RESOLVE: "resolved",
    _H.NOT_A_QUESTION: "human",
    _H.DELETED: "deleted",
    _H.EDITED_AWAY: "edited",
    _H.UNWATCHED: "unwatched",
}


def transition(
    question: Question,
    happening: Happening,
    at: Millis,
    clocks: Clocks,
    *,
    actor: str | None = None,
    until: Millis | None = None,
    team: str | None = None,
) -> Transition:
    """The question after `happening` at `at`, by the table alone.

    `until`: end of a snooze; `team`: the other team of "wrong team". Always returns a transition,
    also for a dot: it is audited.
    """
    cell = LIFE[happening, question.state]
    stays = cell.goes_to is None or _forbidden(question, cell.effect)
    if stays:
        after = _stay(question, happening, cell.effect, at, clocks)
        return Transition(question, happening, after, at, actor, told=cell.effect is Effect.TOLD)
    assert cell.goes_to is not None
    after = _enter(question, cell.goes_to, happening, at, clocks)
    if after.state is State.SNOOZED:
        after = replace(after, due_at=until)
    elif after.state is State.ACKNOWLEDGED:
        after = replace(after, assignee=actor)
    if team is not None:
        after = replace(after, team=team)
    return Transition(question, happening, after, at, actor)


def _forbidden(question: Question, effect: Effect | None) -> bool:
    if effect is Effect.IF_DELETED:
        return question.ended_by != "deleted"
    return effect is Effect.UNLESS_HUMAN and question.ended_by == "human"


def _stay(question: Question, happening: Happening, effect: Effect | None, at: Millis, clocks: Clocks) -> Question:
    if effect is Effect.HOLD and not question.step_held and question.due_at is not None:
        return replace(question, due_at=clocks.hold(question, at), step_held=True)
    if happening is Happening.NOISE and question.state is State.OPEN and question.reason is None:
        return replace(question, due_at=clocks.unhelped(question))
    return question


def _enter(question: Question, state: State, happening: Happening, at: Millis, clocks: Clocks) -> Question:
    reason = _reason(question, state, happening)
    after = replace(question, state=state, since=at, reason=reason, assignee=None, step_held=False)
    if happening is Happening.REOPEN:
        after = replace(after, confirmed=None)
    if question.ended and state not in ENDED:
        after = replace(after, episode=question.episode + 1, round=0, step=0, team=None, ended_by=None)
    elif state is State.ESCALATED and question.state in WITH_STAFF and (question.step or question.round):
        # Back on the ladder: a new round, so that the same people are paged again.
        after = replace(after, round=question.round + 1, step=0)
    if state in ENDED:
        after = replace(after, due_at=None, ended_by=_ended_by(happening, question.state))
    elif state is State.ESCALATED:
        after = replace(after, due_at=at)
    else:
        after = replace(after, due_at=clocks.due(state, reason, at))
    return after


def _reason(question: Question, state: State, happening: Happening) -> Reason | None:
    """The reason that stands after entering `state`: kept while staff has it, new when contested."""
    if state is State.CONTESTED:
        return CONTESTED_BY[happening]
    if state is State.ESCALATED:
        return CONTESTED_BY.get(happening) or question.waiting_reason()
    if state is State.OPEN:
        engaged = question.state is State.ENGAGED
        return (question.reason or Reason.STALLED) if engaged else None
    if state is State.ANSWERED:
        return None
    return question.reason


def _ended_by(happening: Happening, before: State) -> str:
    if happening is Happening.DUE:
        return Effect.ABANDONED.value if before is State.ENGAGED else Effect.QUIET.value
    return _ENDED_BY[happening]
