"""Where does a question stand after all that was said, and how likely must the company step in?

The outcome follows from the roles in order (the labelling guide's rules); the probability is a small logistic
model (weights/outlook.npz) over facts of the conversation, trained on roles that were judged out of sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from escalation.detection.linear import load, sigmoid
from escalation.detection.roles import Talk, asker_names, peer_names
from escalation.detection.signs import read
from escalation.detection.verdicts import Outcome, Outlook
from escalation.detection.window import AnswerRole, Seen

Members = Sequence[tuple[Seen, AnswerRole]]
_GIVEN = (AnswerRole.ANSWER, AnswerRole.UNSAFE)


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
        if run.outcome in (Outcome.UNANSWERED, Outcome.ANSWERED) and run.first is None:
            run.outcome = Outcome.UNANSWERED
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
    names, values = facts(starter, members, run)
    model = load("outlook")
    score = model.bias[0] + sum(model.names.get(name, (0.0,))[0] for name in names)
    score += sum(model.names.get(name, (0.0,))[0] * value for name, value in values.items())
    chance = sigmoid(score)
    if run.outcome is Outcome.DISPUTED:
        chance = max(chance, _DISPUTED)
    if run.unsafe is not None and run.outcome is not Outcome.RESOLVED:
        chance = max(chance, _UNSAFE)
    keys = [None if seen is None else seen.key for seen in (run.first, run.confirmed, run.failure, run.dispute)]
    return Outlook(run.outcome, chance, *keys)


# No labelled conversation of either kind exists: set by hand, by what the labelling guide calls them.
_DISPUTED = 0.85
_UNSAFE = 0.9


def facts(starter: Seen, members: Members, run: Course) -> tuple[list[str], dict[str, float]]:
    """Facts of the conversation: those that hold, and those with a size (about -3..3)."""
    people = [(seen, role) for seen, role in members if not seen.bot]
    last = people[-1][0] if people else starter
    mine = [seen for seen, _ in people if seen.author == starter.author]
    answers = sum(role in _GIVEN for seen, role in people if seen.author != starter.author)
    holds = {
        f"is {run.outcome.value}": True,
        "asker spoke last": last.author == starter.author,
        "asker's last word asks": bool(mine) and read(mine[-1].text).question_marks > 0,
        "one answer": answers == 1,
        "many answers": answers > 3,
        "several helpers": len(run.helpers) > 1,
        "confirmed once": run.confirmed is not None,
        "failed once": run.failure is not None,
        "nobody spoke": len(mine) == len(people),
    }
    values = {"answer": _logit(_answers(starter, people)), **_last_words(starter, people)}
    return [name for name, is_so in holds.items() if is_so], values


def _answers(starter: Seen, people: Members) -> float:
    """The highest chance of any message of others to be an answer."""
    best, previous, opening = 0.02, starter, True
    for seen, _ in people:
        if seen.author != starter.author:
            talk = Talk(
                starter.text,
                goes_on=previous.author == seen.author,
                after_asker=previous.author == starter.author,
                opening=opening,
            )
            signs = read(seen.text)
            chances = load("peer").probabilities(signs, peer_names(signs, seen.text, talk))
            best = max(best, chances["answer"] + chances.get("dispute", 0.0))
            opening = False
        previous = seen
    return best


def _last_words(starter: Seen, people: Members) -> dict[str, float]:
    """How much the asker's last three messages after an answer sound like failure, and like content."""
    failure = content = 0.02
    answered = False
    mine: list[tuple[float, float]] = []
    for seen, role in people:
        if seen.author == starter.author:
            signs = read(seen.text)
            talk = Talk(starter.text, answered=answered)
            chances = load("asker").probabilities(signs, asker_names(signs, talk))
            mine.append((chances["failure"] if answered else 0.02, chances["confirmation"]))
        elif role in _GIVEN:
            answered = True
    for failed, confirmed in mine[-3:]:
        failure, content = max(failure, failed), max(content, confirmed)
    return {"failure": _logit(failure), "content": _logit(content)}


def _logit(chance: float) -> float:
    bounded = min(0.98, max(0.02, chance))
    return 2 * bounded - 1
