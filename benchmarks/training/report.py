"""Cross-validated figures: what to expect of a community that nothing was learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.training import outlooks, texts
from benchmarks.training.network import Example, Task, fit
from benchmarks.training.outlooks import BAD, Case

FOLDS = 5


def cross_validated(data: Path) -> None:
    """Prints all tables."""
    tasks = texts.tasks(data)
    cases = []
    told: dict[str, list[Any]] = {"peer": [], "asker": []}
    for talks, trained in outlooks.folds(data, tasks):
        groups = {talk.group for talk in talks}
        cases += [outlooks.judged(talk, outlooks.weigher(trained)) for talk in talks]
        for name in told:
            held = [one for one in tasks[name].examples if one.group in groups and _real(one.group)]
            told[name] += zip(held, trained.chances(name, held), strict=True)
    for name, some in told.items():
        print(name, _classes(some, tasks[name].classes))
    outcomes(cases)
    for name in ("question", "unsafe"):
        print(name, "texts alone, dev", _classes(_five_fold(tasks[name], name), tasks[name].classes))


def _real(group: str) -> bool:
    return group.startswith(("livechat", "docusign"))


def _five_fold(task: Task, name: str) -> list[Any]:
    dev = [one for one in task.examples if one.group.startswith("dev")]
    rest = [one for one in task.examples if not one.group.startswith("dev")]
    found: list[Any] = []
    for fold in range(FOLDS):
        held = dev[fold::FOLDS]
        learnt = [one for at, one in enumerate(dev) if at % FOLDS != fold]
        trained = fit({name: Task(task.classes, [*rest, *learnt])})
        found += zip(held, trained.chances(name, held), strict=True)
    return found


def _classes(told: Sequence[tuple[Example, Any]], classes: Sequence[str]) -> str:
    gold = np.array([one.label for one, _ in told])
    said = np.array([int(np.argmax(chances)) for _, chances in told])
    parts = [f"accuracy {np.mean(gold == said):.3f} of {len(gold)}"]
    for at, name in enumerate(classes):
        right = int(((gold == at) & (said == at)).sum())
        parts.append(f"{name} F1 {_f1(right, int((said == at).sum()), int((gold == at).sum()))}")
    return "; ".join(parts)


def _f1(right: int, said: int, gold: int) -> str:
    return f"{2 * right / max(1, said + gold):.3f} ({right} / {said} / {gold})"


def outcomes(cases: Sequence[Case]) -> None:
    """The figures of whole conversations, real ones only; the outlook's model leaves their group out."""
    real = [case for case in cases if _real(case.talk.group)]
    chances: list[tuple[float, bool]] = []
    for group in sorted({case.talk.group for case in real}):
        held = [case for case in real if case.talk.group == group]
        features, weights, bias = outlooks.fit_outlook([case for case in cases if case.talk.group != group])
        scores = outlooks.matrix(held, features) @ weights + bias
        chances += [(1 / (1 + float(np.exp(-score))), case.bad) for score, case in zip(scores, held, strict=True)]
    base = sum(bad for _, bad in chances) / len(chances)
    skill = 1 - sum((p - bad) ** 2 for p, bad in chances) / sum((base - bad) ** 2 for _, bad in chances)
    print(f"conversations of communities left out: {len(real)}")
    print(f"  outcome right {np.mean([case.run.outcome.value == case.talk.outcome for case in real]):.3f}")
    firsts = [(case.run.first.key if case.run.first else None) == _first(case) for case in real]
    print(f"  first answer right {np.mean(firsts):.3f}")
    for name, wanted in (("must step in", BAD), ("failed", {"failed"}), ("unanswered", {"unanswered"})):
        said = [case.run.outcome.value in wanted for case in real]
        gold = [case.talk.outcome in wanted for case in real]
        right = sum(one and other for one, other in zip(said, gold, strict=True))
        print(f"  {name} F1 {_f1(right, sum(said), sum(gold))}")
    print(f"  Brier skill {skill:.3f}, precision at recall 0.85 {_at_recall(chances):.3f}")


def _first(case: Case) -> Any:
    """The first message of others that is labelled as speaking to the question."""
    talk = case.talk
    for seen, role in zip(talk.messages[1:], talk.roles, strict=True):
        if seen.author != talk.messages[0].author and role.value in ("answer", "dispute", "unsafe"):
            return seen.key
    return None


def _at_recall(chances: Sequence[tuple[float, bool]], recall: float = 0.85) -> float:
    total, hits = sum(bad for _, bad in chances), 0
    for count, (_, bad) in enumerate(sorted(chances, key=lambda one: -one[0]), 1):
        hits += bad
        if hits >= recall * total:
            return hits / count
    return 0.0
