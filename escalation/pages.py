"""Composing a page: the question and its conversation -> plain facts that a notifier renders. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from escalation.detection import AnswerRole
from escalation.events import MessageKey, place_of
from escalation.notify import Page, Quote
from escalation.policy import EscalationPolicy
from escalation.question import Question, Reason, State
from escalation.routing import Address
from escalation.timing import Millis, about

EXCERPT = 500
"""Characters of a member's text that a page quotes."""
_EVIDENCE = 5
_TELLING = (AnswerRole.UNSAFE, AnswerRole.FAILURE, AnswerRole.DISPUTE, AnswerRole.ANSWER, AnswerRole.CLARIFICATION)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the conversation, with what it does for the question."""

    key: MessageKey
    author: str
    name: str
    text: str
    at: Millis
    role: AnswerRole
    reasons: tuple[str, ...] = ()
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its words: what was asked (None: deleted) and what was said to it."""

    question: Question
    asker_name: str
    asked: Quote | None
    said: tuple[Said, ...]


def excerpt(text: str, length: int = EXCERPT) -> str:
    """The beginning of a text, cut at a word where that is near."""
    text = text.strip()
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    blank = cut.rfind(" ")
    return (cut[:blank] if blank > length * 3 // 4 else cut) + "\u2026"


def compose(
    case: Case, policy: EscalationPolicy, *, key: str, kind: str, to: Address, now: Millis, extra: tuple[str, ...] = ()
) -> Page:
    """The page for `case` as it stands at `now` (UTC milliseconds); `extra` reasons stand last."""
    question = case.question
    rung = question.step if question.step < len(policy.steps) else 0
    last = question.step >= len(policy.steps) and question.round >= policy.repeat
    place = place_of(question.key)
    return Page(
        key=key,
        tenant=question.tenant,
        subject=question.key,
        kind=kind,
        address=str(to),
        ping=to.ping,
        place=f"{place.platform} {place.community} #{place.channel}",
        asker=case.asker_name,
        asked_at=question.asked_at,
        question=case.asked,
        reason=question.reason.value if question.reason else "",
        why=(*why(case, now), *extra),
        evidence=_evidence(case.said),
        helpers=_helpers(case),
        status=status(question),
        episode=question.episode,
        round=question.round,
        step=max(0, question.step - 1),
        next_step_after=None if last else policy.steps[rung].after,
        state=question.state.value,
    )


def why(case: Case, now: Millis) -> tuple[str, ...]:
    """Why the company, and why now, in words."""
    question = case.question
    waited = about(now - question.asked_at)
    others = {said.author for said in case.said if said.author != question.asker and not said.bot}
    words = {
        Reason.UNANSWERED: f"nobody has spoken to {case.asker_name} for {waited}",
        Reason.UNHELPED: f"{_people(len(others))} spoke in {waited}, but nobody gave an answer",
        Reason.STALLED: f"somebody asked back, {case.asker_name} replied, and then nobody came back",
        Reason.ANSWER_FAILED: f"{case.asker_name} says that the answer did not help",
        Reason.ANSWER_DISPUTED: "somebody says that the answer is wrong, and nothing agreed followed",
        Reason.UNSAFE_ANSWER: "somebody gave advice that could do damage",
        Reason.MANUAL: "a person asked for you",
    }
    lines = [words[question.reason]] if question.reason else []
    me_too = len({said.author for said in case.said if said.role is AnswerRole.ME_TOO})
    if me_too:
        lines.append(f"{_people(me_too)} {'has' if me_too == 1 else 'have'} the same problem")
    if question.round:
        lines.append(f"the team was told before: this is round {question.round + 1}")
    return tuple(lines)


def status(question: Question) -> str:
    """What the card says at its head."""
    if question.state is State.ACKNOWLEDGED:
        return f"claimed by {question.assignee}"
    if question.state is State.SNOOZED:
        return "snoozed"
    if question.state is State.RESOLVED:
        return "solved: the asker says so"
    if question.state is State.DISMISSED:
        return "not a question"
    if question.state is State.CLOSED:
        closed = {"staff": "answered by staff in the channel", "deleted": "deleted by its author or a moderator"}
        return closed.get(question.ended_by or "", "closed")
    if question.answers and not _contested(question):
        return "answered by a peer while waiting"
    return f"waiting for {question.team}" if question.team else "waiting"


def _contested(question: Question) -> bool:
    return question.reason in (Reason.ANSWER_FAILED, Reason.ANSWER_DISPUTED, Reason.UNSAFE_ANSWER)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _evidence(said: Sequence[Said]) -> tuple[Quote, ...]:
    telling = [one for one in said if one.role in _TELLING and one.text]
    newest = sorted(telling, key=lambda one: (_TELLING.index(one.role), -one.at))[:_EVIDENCE]
    return tuple(
        Quote(one.name, excerpt(one.text, 240), one.role.value, one.at)
        for one in sorted(newest, key=lambda one: one.at)
    )


def _helpers(case: Case) -> tuple[str, ...]:
    names = [
        one.name
        for one in case.said
        if one.role is AnswerRole.ANSWER and one.author != case.question.asker and not one.bot
    ]
    return tuple(dict.fromkeys(names))
