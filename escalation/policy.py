"""Escalation policies: who is told after how long, on which rung. Pure: decides, never sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from escalation.question import Happening, Question, Reason, State, Transition, transition
from escalation.timing import DAY, HOUR, MINUTE, Millis

AT_ONCE = frozenset({Reason.UNSAFE_ANSWER, Reason.MANUAL})
"""Reasons that do not wait unless the policy says so."""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One rung: `after` milliseconds (from the question, or from the page before) tell `targets`."""

    after: Millis
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """A ladder of steps and its clocks. A running question keeps the revision it was asked under."""

    name: str
    steps: tuple[EscalationStep, ...]
    repeat: int = 1
    """How often the whole ladder is climbed again when nobody acts."""
    ack_timeout: Millis | None = 2 * HOUR
    """A claim older than this goes back to the ladder; None: a claim stands."""
    quiet_after: Millis = 3 * DAY
    """An answered question that stays quiet this long is closed."""
    abandon_after: Millis = 3 * DAY
    """A question whose asker never comes back to a question back is closed after this."""
    clocks: Mapping[Reason, Millis] = field(default_factory=dict)
    """Other delays before the first step, by reason; the first step's `after` is the rule."""

    def first_delay(self, reason: Reason | None) -> Millis:
        """Milliseconds from the start of the wait to the first page."""
        own = self.clocks.get(reason or Reason.UNANSWERED)
        if own is None:
            return 0 if reason in AT_ONCE else self.steps[0].after
        return own

    def due(self, state: State, reason: Reason | None, since: Millis) -> Millis | None:
        """When the clock rings for a question that entered `state` at `since`; None: never."""
        if state in (State.OPEN, State.CONTESTED):
            return since + self.first_delay(reason)
        if state is State.ENGAGED:
            return since + self.abandon_after
        if state is State.ANSWERED:
            return since + self.quiet_after
        if state is State.ACKNOWLEDGED:
            return None if self.ack_timeout is None else since + self.ack_timeout
        return None

    def unhelped(self, question: Question) -> Millis | None:
        """When the clock of a question that is still open rings after somebody spoke without helping."""
        if question.due_at is None or Reason.UNHELPED not in self.clocks:
            return question.due_at
        return question.since + self.first_delay(question.waiting_reason())

    def hold(self, question: Question, at: Millis) -> Millis | None:
        """The next step's new time when a peer answers an escalated question."""
        assert question.due_at is not None
        return max(question.due_at, at + self.steps[min(question.step, len(self.steps) - 1)].after)

    def after_page(self, question: Question, sent_at: Millis) -> Millis:
        """When the next step, round or exhaustion is due, counted from the moment the page was sent."""
        rung = question.step if question.step < len(self.steps) else 0
        return sent_at + self.steps[rung].after

    def to_json(self) -> str:
        """Stable text of the whole policy: equal policies give equal bytes."""
        body = {
            "name": self.name,
            "steps": [{"after": step.after, "targets": list(step.targets)} for step in self.steps],
            "repeat": self.repeat,
            "ack_timeout": self.ack_timeout,
            "quiet_after": self.quiet_after,
            "abandon_after": self.abandon_after,
            "clocks": {reason.value: delay for reason, delay in sorted(self.clocks.items())},
        }
        return json.dumps(body, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> EscalationPolicy:
        """The policy that `to_json` wrote."""
        body: dict[str, Any] = json.loads(text)
        steps = tuple(EscalationStep(step["after"], tuple(step["targets"])) for step in body.pop("steps"))
        clocks = {Reason(name): delay for name, delay in body.pop("clocks").items()}
        return cls(steps=steps, clocks=clocks, **body)

    def with_timeout(self, timeout: Millis) -> EscalationPolicy:
        """The same policy with another delay before its first step."""
        first = replace(self.steps[0], after=timeout)
        return replace(self, steps=(first, *self.steps[1:]))


DEFAULT_POLICY = EscalationPolicy(
    name="default",
    steps=(EscalationStep(30 * MINUTE, ("team:support",)), EscalationStep(HOUR, ("team:support",))),
    clocks={
        Reason.UNSAFE_ANSWER: 0,
        Reason.MANUAL: 0,
        Reason.ANSWER_FAILED: 15 * MINUTE,
        Reason.ANSWER_DISPUTED: 15 * MINUTE,
    },
)


@dataclass(frozen=True, slots=True)
class Escalation:
    """The policy's decision that people must be told: before clusters, budgets and quiet hours."""

    question: Question
    at: Millis
    reason: Reason
    round: int
    step: int
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advance:
    """What a due question does: its transition, and the rung that fires if one does."""

    transition: Transition
    escalation: Escalation | None = None
    exhausted: bool = False


def advance(question: Question, policy: EscalationPolicy, now: Millis) -> Advance:
    """Lets the clock ring for a question that is due at `now` (UTC milliseconds).

    A silent or contested question climbs onto the ladder, a forgotten claim or a snooze goes back to
    it, an escalated one takes its next rung; an answered or abandoned one closes.
    """
    rung = transition(question, Happening.DUE, now, policy)
    if rung.after.state is not State.ESCALATED:
        return Advance(rung)
    return _climb(rung, policy, now)


def _climb(rung: Transition, policy: EscalationPolicy, now: Millis) -> Advance:
    question = rung.after
    if question.step >= len(policy.steps):
        if question.round >= policy.repeat and not rung.changed_state:
            # Past its last rung, so that a late copy of the last page does not start the clock again.
            return Advance(replace(rung, after=replace(question, due_at=None, step=question.step + 1)), exhausted=True)
        question = replace(question, round=question.round + 1, step=0)
    step = policy.steps[question.step]
    targets = (f"team:{question.team}",) if question.team else step.targets
    fired = Escalation(question, now, question.waiting_reason(), question.round, question.step, targets)
    # The next step's clock starts when this page was sent, so until then no time is set.
    after = replace(question, reason=fired.reason, step=question.step + 1, step_held=False, due_at=None)
    return Advance(replace(rung, after=after), fired)
