"""The judge's words: what it is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from escalation.detection.company import NOBODY, Company
from escalation.detection.window import AnswerRole, ChannelWindow, Seen
from escalation.events import Message, MessageKey


@dataclass(frozen=True, slots=True)
class Verdict:
    """A yes/no decision: probability 0..1 of yes, and why in words a page can show."""

    probability: float
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.probability >= 0.5


@dataclass(frozen=True, slots=True)
class Link:
    """The earlier message that this one replies to."""

    parent: MessageKey
    probability: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleVerdict:
    """What the message does for one question it belongs to."""

    question: MessageKey
    role: AnswerRole
    probability: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything decided about one message. `parent` None: it starts something new."""

    asks: Verdict
    parent: Link | None = None
    starts_probability: float = 1.0
    """Where `parent` is None: the probability of that."""
    roles: tuple[RoleVerdict, ...] = ()


class Outcome(StrEnum):
    """Where a conversation stands, whatever the timers did."""

    UNANSWERED = "unanswered"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    FAILED = "failed"
    DISPUTED = "disputed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a question stands: `must_step_in` is the probability that the company has to."""

    outcome: Outcome
    must_step_in: float
    first_answer: MessageKey | None = None
    confirmed: MessageKey | None = None
    failure: MessageKey | None = None
    dispute: MessageKey | None = None


class Judge(Protocol):
    """Pure: the same message and window give the same judgement. Never raises on any text."""

    def judge(self, message: Message, window: ChannelWindow, company: Company = NOBODY) -> Judgement:
        """Judges a new message of a person against what was said before it in the company's channel."""
        ...

    def alike(self, text: str, other: str) -> float:
        """0..1: do the two texts of one person ask the same?"""
        ...

    def outlook(self, starter: Seen, members: Sequence[tuple[Seen, AnswerRole]]) -> Outlook:
        """Where the question of `starter` stands after its `members` (oldest first, withdrawn left out)."""
        ...
