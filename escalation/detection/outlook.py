"""Where does a question stand after all that was said, and how likely must the company step in?

The outcome follows from the roles in order (the labelling guide's rules); the probability is a small logistic
model (weights/outlook.npz) over facts of the conversation, trained on roles that were judged out of sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from escalation.detection.encoder import WEIGHTS
from escalation.detection.roles import ANSWERS, Members, Weigh, chances
from escalation.detection.text import read
from escalation.detection.verdicts import Outcome, Outlook
from escalation.detection.window import AnswerRole, Seen


@dataclass(slots=True)
class Course:
    """What happened, in order."""

    outcome: Outcome = Outcome.UNANSWERED
    first: Seen | None = None
    confirmed: Seen | None = None
    failure: Seen | None = None
    dispute: Seen | None = None
    unsafe: Seen | None = None
    helpers: set[str] = field(default_factory=set)


def course(starter: Seen, members: Members) -> Course:
    """Follows the roles, oldest first."""
    run = Course()
    for seen, role in members:
        if seen.bot:
            continue
        if seen.author == starter.author:
            _asker_says(run, seen, role)
        else:
            _other_says(run, seen, role)
    return run


def _asker_says(run: Course, seen: Seen, role: AnswerRole) -> None:
    if role is AnswerRole.CONFIRMATION:
        run.confirmed = run.confirmed or seen
        run.outcome = Outcome.RESOLVED
    elif role is AnswerRole.FAILURE and run.first is not None:
        run.failure, run.outcome = seen, Outcome.FAILED


def _other_says(run: Course, seen: Seen, role: AnswerRole) -> None:
    if role is AnswerRole.ANSWER:
        run.first = run.first or seen
        run.helpers.add(seen.author)
        stands = run.outcome is Outcome.DISPUTED and not seen.staff and seen.author in _sides(run)
        if run.outcome is not Outcome.RESOLVED and not stands:
            run.outcome = Outcome.ANSWERED
    elif role is AnswerRole.UNSAFE:
        run.unsafe = seen
    elif role is AnswerRole.DISPUTE and run.first is not None:
        run.dispute = run.dispute or seen
        if run.outcome in (Outcome.ANSWERED, Outcome.FAILED):
            run.outcome = Outcome.DISPUTED


def _sides(run: Course) -> set[str]:
    """The two who disagree: another word of theirs settles nothing."""
    return {one.author for one in (run.first, run.dispute) if one is not None}


def outlook(starter: Seen, members: Members) -> Outlook:
    """Where the question stands after its members, oldest first."""
    run = course(starter, members)
    chance = _step_in(facts(starter, members, run))
    if run.outcome is Outcome.DISPUTED:
        chance = max(chance, _DISPUTED)
    if run.unsafe is not None and run.outcome is not Outcome.RESOLVED:
        chance = max(chance, _UNSAFE)
    keys = [None if seen is None else seen.key for seen in (run.first, run.confirmed, run.failure, run.dispute)]
    return Outlook(run.outcome, chance, *keys)


# No labelled conversation of a real community is of either kind: set by hand, by what the labelling guide calls them.
_DISPUTED = 0.75
_UNSAFE = 0.9


@cache
def _weights() -> tuple[Mapping[str, float], float]:
    with np.load(WEIGHTS / "outlook.npz", allow_pickle=False) as stored:
        return dict(zip(stored["features"].tolist(), stored["weights"].tolist(), strict=True)), float(stored["bias"])


def _step_in(told: Mapping[str, float]) -> float:
    weights, bias = _weights()
    score = bias + sum(weights.get(name, 0.0) * value for name, value in told.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def facts(starter: Seen, members: Members, run: Course, weigh: Weigh = chances) -> dict[str, float]:
    """Facts of the conversation by name, sizes about -1..1."""
    people = [(seen, role) for seen, role in members if not seen.bot]
    last = people[-1][0] if people else starter
    mine = [seen for seen, _ in people if seen.author == starter.author]
    answers = sum(role in ANSWERS for seen, role in people if seen.author != starter.author)
    holds = {
        f"is {run.outcome.value}": True,
        "asker spoke last": last.author == starter.author,
        "asker's last word asks": bool(mine) and read(mine[-1].text).question_marks > 0,
        "no answer": answers == 0,
        "one answer": answers == 1,
        "many answers": answers > 3,
        "several helpers": len(run.helpers) > 1,
        "confirmed once": run.confirmed is not None,
        "failed once": run.failure is not None,
        "disputed once": run.dispute is not None,
        "nobody spoke": len(mine) == len(people),
    }
    return {name: 1.0 for name, is_so in holds.items() if is_so} | _chances(starter, people, weigh)


def _chances(starter: Seen, people: Members, weigh: Weigh) -> dict[str, float]:
    """How much others' messages sound like an answer, and the asker's last ones like failure and content."""
    answer = given = dispute = 0.0
    mine: list[tuple[float, float]] = []
    for at, (seen, role) in enumerate(people):
        told = weigh(seen, starter, people[:at])
        if seen.author == starter.author:
            mine.append((told["failure"] if given else 0.0, told["confirmation"]))
            continue
        sounds = told["answer"] + told["dispute"]
        answer, given = max(answer, sounds), given + sounds
        dispute = max(dispute, told["dispute"])
        if role in ANSWERS:
            mine = mine[-1:]  # what was said before the newest answer tells little of it
    failure, content = (max([0.0, *column]) for column in zip(*mine[-3:], strict=True)) if mine else (0.0, 0.0)
    return {
        "answer": 2 * answer - 1,
        "answers": math.log1p(given),
        "failure": 2 * failure - 1,
        "content": 2 * content - 1,
        "dispute": 2 * dispute - 1,
    }
