"""How urgent a question is, in words and as a number, so that pages and digests go riskiest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from escalation.errors import InputError
from escalation.mood import Mood, MoodKind
from escalation.question import Reason
from escalation.timing import MINUTE, Millis, about


class Level(StrEnum):
    """What people read of a score."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


LEVELS: Final = ((75, Level.URGENT), (50, Level.HIGH), (25, Level.NORMAL), (0, Level.LOW))
"""The least score of each level."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one signal takes away from "can wait", 0 to 1, and why it is that much."""

    most: float
    because: str


# Weights are joined as independent grounds: score = 100 * (1 - product of (1 - weight)). So each signal can only
# raise the score, none makes another useless, and no heap of small ones reaches a single grave one by mere number.
WEIGHTS: Final[Mapping[str, Weight]] = MappingProxyType(
    {
        Reason.UNSAFE_ANSWER: Weight(0.80, "somebody may follow it any minute: urgent whatever else is known"),
        Reason.MANUAL: Weight(0.50, "a person looked and decided: high, though a person also can wait"),
        Reason.ANSWER_FAILED: Weight(0.35, "the asker tried something and is worse off than before"),
        Reason.ANSWER_DISPUTED: Weight(0.32, "others may follow the wrong answer; the asker has not said so yet"),
        Reason.STALLED: Weight(0.28, "the asker did their part and was left alone in the middle"),
        Reason.UNHELPED: Weight(0.25, "somebody is there, so it may still be solved"),
        Reason.UNANSWERED: Weight(0.25, "the ordinary case: normal at the moment its first page is due"),
        "waiting": Weight(0.45, "a long wait makes any question high, but alone never urgent"),
        MoodKind.SAFETY: Weight(
            0.70, "people may get hurt: urgent with the most ordinary reason, 1 - 0.75 * 0.3 = 0.775"
        ),
        MoodKind.LEGAL: Weight(0.45, "a dear mistake if a volunteer answers it; days, not minutes"),
        MoodKind.OUTAGE: Weight(0.40, "many may be cut off; the cluster, if there is one, says so better"),
        MoodKind.LEAVING: Weight(0.35, "a customer can still be kept today, hardly tomorrow"),
        MoodKind.DEADLINE: Weight(0.25, "help after the deadline is none; the word is used lightly, too"),
        MoodKind.ANGER: Weight(0.25, "grows while nobody comes; also a matter of style, so it never weighs much"),
        "reach": Weight(0.40, "many read an unanswered question; half of it is reached at four me-toos"),
        "earlier": Weight(0.12, "somebody who asks often may just be busy: little"),
        "unhelped": Weight(0.35, "left alone before: the next silence is the last one they see"),
        "role": Weight(0.35, "those who pay go first among equals, never before danger"),
    }
)
JOKING: Final = 0.4
"""Of a cue's weight that is left when it was said laughing: people do laugh when their phone burns."""
_LEAST_DELAY: Final[Millis] = 15 * MINUTE
"""A policy that pages at once would make every wait endless: shorter delays count as this one."""
_HALF_REACH: Final = 4.0
"""Heads that give half of the weight of reach."""
_HALF_EARLIER: Final = 2.0
_HALF_UNHELPED: Final = 1.0
# How much of a head each stands for: a me-too has written, a reaction has clicked, a vote is cheaper still, a member
# of the thread may only be helping.
_ME_TOO, _REACTION, _VOTE, _MEMBER = 1.0, 0.25, 0.1, 0.2
_WITHOUT_NEWS: Final = 2
"""Members of a thread that say nothing of its reach: the asker and one who speaks to them."""


_CALM: Final = Mood()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What is known of a question at one moment. Counts are of others than the asker; times in milliseconds."""

    reason: Reason
    waited: Millis = 0
    """Since the wait began."""
    first_delay: Millis = 30 * MINUTE
    """The policy's delay before the first page for this reason."""
    mood: Mood = _CALM
    votes: int = 0
    """May be negative: then they count as none."""
    reactions: int = 0
    me_toos: int = 0
    members: int = 0
    """People who wrote in the thread, the asker among them."""
    earlier: int = 0
    """Questions of the same person in the last days, this one not among them."""
    earlier_unhelped: int = 0
    """Those of them that ended without help."""
    role_weight: float = 0.0
    """0 (anybody) to 1 (the best-paying customers), as the settings rate the asker's roles."""
    role: str = ""
    """That role's name, for the explanation."""

    def __post_init__(self) -> None:
        """Raises InputError that names the field, for a count below 0 or a weight out of bounds."""
        counts = {"waited", "first_delay", "reactions", "me_toos", "members", "earlier", "earlier_unhelped"}
        for name in (one.name for one in fields(self) if one.name in counts):
            if getattr(self, name) < 0:
                raise InputError(f"{name} {getattr(self, name)}: must be 0 or more")
        if not 0 <= self.role_weight <= 1:
            raise InputError(f"role_weight {self.role_weight}: must be 0 to 1")


@dataclass(frozen=True, slots=True)
class Priority:
    """A score of 0 to 100, its level, and why, the weightiest ground first."""

    score: int
    level: Level
    reasons: tuple[str, ...]


SortKey = tuple[int, Millis, str]


def sort_key(priority: Priority, asked_at: Millis, key: str) -> SortKey:
    """Sorts the riskiest first; among equals who asked first, then by key, so that the order is always the same."""
    return -priority.score, asked_at, key


def level_of(score: int) -> Level:
    """The level of a score of 0 to 100."""
    return next(level for least, level in LEVELS if score >= least)


def prioritise(signals: Signals) -> Priority:
    """The priority by `WEIGHTS`. More waiting, reach, earlier trouble or graver words never lower the score."""
    grounds = tuple(_grounds(signals))
    calm = 1.0
    for weight, _ in grounds:
        calm *= 1 - weight
    score = min(100, max(0, round(100 * (1 - calm))))
    said = sorted((ground for ground in grounds if ground[0] > 0), key=lambda ground: -ground[0])
    return Priority(score, level_of(score), tuple(words for _, words in said))


_WHY: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.UNSAFE_ANSWER: "was given advice that could do damage",
        Reason.MANUAL: "a person asked for the team",
        Reason.ANSWER_FAILED: "says that the answer did not help",
        Reason.ANSWER_DISPUTED: "got an answer that others call wrong",
        Reason.STALLED: "replied when asked back, and was left alone",
        Reason.UNHELPED: "was spoken to, but not helped",
        Reason.UNANSWERED: "was not answered",
    }
)
_SPEAKS: Final[Mapping[MoodKind, str]] = MappingProxyType(
    {
        MoodKind.SAFETY: "speaks of danger",
        MoodKind.LEGAL: "speaks of the law",
        MoodKind.OUTAGE: "speaks of an outage",
        MoodKind.LEAVING: "speaks of leaving",
        MoodKind.DEADLINE: "is in a hurry",
        MoodKind.ANGER: "is angry",
    }
)


def _grounds(signals: Signals) -> Iterator[tuple[float, str]]:
    """(weight, words) of every ground in a fixed order, also of those that weigh nothing."""
    yield WEIGHTS[signals.reason].most, _WHY[signals.reason]
    yield _waiting(signals)
    for kind, words in _SPEAKS.items():
        cue = signals.mood.cue(kind)
        if cue is not None:
            share = JOKING if cue.joking else 1.0
            yield WEIGHTS[kind].most * share, f"{words}{', perhaps joking' if cue.joking else ''}: '{cue.quote}'"
    yield _reach(signals)
    yield _repeats(signals)
    role = signals.role or "a role that goes first"
    yield WEIGHTS["role"].most * signals.role_weight, f"asked by {role}"


def _waiting(signals: Signals) -> tuple[float, str]:
    """Nothing up to the policy's first delay, half of the weight at twice the delay, nearly all at ten times."""
    delay = max(signals.first_delay, _LEAST_DELAY)
    share = 0.0 if signals.waited <= delay else 1 - delay / signals.waited
    times = signals.waited / signals.first_delay if signals.first_delay else 0.0
    compared = f", {_times(times)} the policy's delay" if times >= 1.5 else ""
    return WEIGHTS["waiting"].most * share, f"waits {about(signals.waited)}{compared}"


def _times(ratio: float) -> str:
    if ratio < 1.75:
        return "one and a half times"
    whole = int(ratio + 0.25)
    return "twice" if whole == 2 else f"{whole} times"


def _reach(signals: Signals) -> tuple[float, str]:
    parts = (
        (_ME_TOO, signals.me_toos, "more with the same problem", "more with the same problem"),
        (_REACTION, signals.reactions, "reaction", "reactions"),
        (_VOTE, max(0, signals.votes), "vote", "votes"),
        (
            _MEMBER,
            max(0, signals.members - _WITHOUT_NEWS),
            "further person in the thread",
            "further people in the thread",
        ),
    )
    heads = sum(weight * count for weight, count, _, _ in parts)
    words = ", ".join(f"{count} {one if count == 1 else many}" for _, count, one, many in parts if count)
    return WEIGHTS["reach"].most * _half_at(heads, _HALF_REACH), words


def _repeats(signals: Signals) -> tuple[float, str]:
    """Earlier questions, and far more those that ended without help: the grounds of one person join as one."""
    asked = WEIGHTS["earlier"].most * _half_at(signals.earlier, _HALF_EARLIER)
    left = WEIGHTS["unhelped"].most * _half_at(signals.earlier_unhelped, _HALF_UNHELPED)
    count = max(signals.earlier, signals.earlier_unhelped)
    words = f"asked {count} {'question' if count == 1 else 'questions'} in the last days"
    if signals.earlier_unhelped:
        words += f", {signals.earlier_unhelped} without help"
    return 1 - (1 - asked) * (1 - left), words


def _half_at(count: float, half: float) -> float:
    """0 at 0, a half at `half`, towards 1: each further head counts for less."""
    return count / (count + half)
