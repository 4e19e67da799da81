"""What "must step in" learns from: whole conversations, with roles that were judged by heads that never saw them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from benchmarks.training.corpora import Conversation, conversations
from benchmarks.training.network import Example, Task, Trained, fit
from escalation.detection.outlook import Course, course, facts
from escalation.detection.roles import Members, Weigh, circumstances, role
from escalation.detection.window import AnswerRole, Seen

BAD: Final = frozenset({"unanswered", "failed", "disputed"})
FOLDS: Final = 4
WEIGHTS_OF: Final = (("livechat", 1.0), ("docusign", 1.0), ("own", 0.3), ("irc", 0.3))
"""How much a conversation counts, by where it comes from: real support first."""
APART: Final = ("own", "irc")
"""Where conversations end badly more often, or less, than in support: that much is learnt apart, and not shipped."""


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation as the judge sees it at its end."""

    talk: Conversation
    run: Course
    facts: dict[str, float]

    @property
    def bad(self) -> bool:
        return self.talk.outcome in BAD

    @property
    def weight(self) -> float:
        return next(weight for name, weight in WEIGHTS_OF if self.talk.group.startswith(name))


def folds(data: Path, tasks: dict[str, Task]) -> Iterator[tuple[list[Conversation], Trained]]:
    """Groups of conversations with heads that never saw any of the group."""
    talks = [talk for talk in conversations(data) if talk.question]
    groups = sorted({_family(talk.group) for talk in talks})
    for number in range(FOLDS):
        held = set(groups[number::FOLDS])
        learnt = {
            name: Task(task.classes, [one for one in task.examples if _family(one.group) not in held])
            for name, task in tasks.items()
        }
        yield [talk for talk in talks if _family(talk.group) in held], fit(learnt)


def _family(group: str) -> str:
    """Forums of one vendor are one family; a year of the chat is one."""
    return "docusign" if group.startswith("docusign") else group


def judged(talk: Conversation, weigh: Weigh) -> Case:
    """Plays a conversation as the live judge would, message by message."""
    starter, members = talk.messages[0], list[tuple[Seen, AnswerRole]]()
    for seen in talk.messages[1:]:
        members.append((seen, role(seen, starter, members, weigh)[0]))
    run = course(starter, members)
    return Case(talk, run, facts(starter, members, run, weigh))


def weigher(trained: Trained) -> Weigh:
    """Role chances by a network that is not stored."""

    def weigh(seen: Seen, starter: Seen, members: Members) -> dict[str, float]:
        task = "asker" if seen.author == starter.author else "peer"
        told = trained.chances(task, [Example(seen.text, 0, "", circumstances(seen, starter, members))])[0]
        return dict(zip(trained.classes[task], map(float, told), strict=True))

    return weigh


def fit_outlook(cases: Sequence[Case], decay: float = 0.005) -> tuple[list[str], Any, float]:
    """(features, weights, bias) of a logistic model with decay, by Newton-like steps of L-BFGS."""
    features = sorted({name for case in cases for name in case.facts})
    apart = [[float(case.talk.group.startswith(name)) for name in APART] for case in cases]
    table = torch.tensor(np.column_stack([matrix(cases, features), np.array(apart, dtype=np.float32)]))
    bad = torch.tensor([float(case.bad) for case in cases])
    weights = torch.tensor([case.weight for case in cases])
    inside = torch.zeros(table.shape[1] + 1, requires_grad=True)
    learner = torch.optim.LBFGS([inside], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Any:
        learner.zero_grad()
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(
            table @ inside[:-1] + inside[-1], bad, reduction="none"
        )
        value = (wrong * weights).sum() / weights.sum() + decay * (inside[:-1] ** 2).sum() / 2
        value.backward()
        return value

    learner.step(loss)
    found = inside.detach().numpy()
    return features, found[: len(features)], float(found[-1])


def matrix(cases: Sequence[Case], features: Sequence[str]) -> Any:
    return np.array([[case.facts.get(name, 0.0) for name in features] for case in cases], dtype=np.float32)


def save(folder: Path, features: Sequence[str], weights: Any, bias: float) -> None:
    np.savez_compressed(folder / "outlook.npz", allow_pickle=False, features=np.array(features),
                        weights=weights.astype(np.float32), bias=np.array(bias, dtype=np.float32))  # fmt: skip
