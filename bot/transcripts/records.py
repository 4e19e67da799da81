"""The lines that a replay writes (docs/transcripts.md). Everything but `outcome` depends on the past alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from escalation.detection import Outlook
from escalation.events import MessageKey, message_id
from escalation.intake import Observation
from escalation.notify import Page
from escalation.policy import Escalation
from escalation.question import Question
from escalation.timing import Millis, moment

Record = dict[str, Any]


def to_line(record: Record) -> bytes:
    """One line of the output."""
    return orjson.dumps(record) + b"\n"


def of_observation(seen: Observation, at: Millis, *, links: bool) -> Iterator[Record]:
    """link, question and answer records of one event."""
    judged, event = seen.judgement, seen.event
    if judged is not None and links:
        parent = judged.parent
        probability = parent.probability if parent else judged.starts_probability
        yield _record(
            "link", at, message=event.id, parent=_id(parent.parent if parent else None), score=_p(probability)
        )
    if seen.opened is not None:
        yield _record(
            "question", at, question=event.id, asked_at=_time(seen.opened.asked_at), score=_p(seen.opened.score)
        )
    for tie in seen.ties:
        if not tie.withdrawn:
            yield _record("answer", at, question=_id(tie.question), message=_id(tie.message), role=tie.role.value)


def of_escalation(escalation: Escalation, at: Millis) -> Record:
    """The policy's decision, before clusters, budgets and quiet hours."""
    question = escalation.question
    team = next((target.removeprefix("team:") for target in escalation.targets if target.startswith("team:")), None)
    return _record(
        "escalation",
        at,
        question=_id(question.key),
        reason=escalation.reason.value,
        round=escalation.round,
        step=escalation.step,
        team=team,
        evidence=[_id(key) for key in evidence(question)],
    )


def evidence(question: Question) -> list[MessageKey]:
    """The messages that prove why: what is unsafe, what failed, what was disputed, else what was answered."""
    telling = [question.unsafe, question.failure, question.dispute, question.first_answer]
    return [key for key in dict.fromkeys(telling) if key is not None]


def of_page(page: Page, at: Millis) -> Record:
    """What would have been sent."""
    subject = message_id(MessageKey(page.subject))
    return _record("page", at, subject=subject, questions=[subject], target=page.address, kind=page.kind)


def of_outcome(question: Question, outlook: Outlook, at: Millis) -> Record:
    """Where the conversation stands at the end."""
    return _record(
        "outcome",
        at,
        question=_id(question.key),
        outcome=outlook.outcome.value,
        first_answer=_id(outlook.first_answer),
        confirmed=_id(outlook.confirmed),
        failure=_id(outlook.failure),
        dispute=_id(outlook.dispute),
        must_step_in=_p(outlook.must_step_in),
    )


def _record(name: str, at: Millis, **fields: Any) -> Record:
    return {"record": name, "at": _time(at), **fields}


def _time(at: Millis) -> str:
    return moment(at).isoformat(timespec="milliseconds")


def _p(probability: float) -> float:
    return round(probability, 4)


def _id(key: MessageKey | None) -> str | None:
    return None if key is None else message_id(key)
