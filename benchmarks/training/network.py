"""The encoder and the heads as PyTorch trains them; `escalation.detection` computes the same in numpy.

Every task has its own head; all share one encoder, so that what few examples teach is learnt from many.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from escalation.detection.encoder import BUCKETS, SIZE, buckets, looked_at, meaning, word_vector
from escalation.detection.text import read

HASHED, PROJECTED, UNITS, HIDDEN = 4, 24, 32, 32
EPOCHS, BATCH, RATE, DECAY, SMOOTHING = 12, 128, 3e-3, 3e-3, 0.03
RARE = 5
"""Features that fewer examples show are left out."""


@dataclass(frozen=True, slots=True)
class Example:
    """One text in its circumstances; `label` is the number of its class."""

    text: str
    label: int
    group: str
    circumstances: Mapping[str, float] = field(default_factory=dict)
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Task:
    """What one head learns."""

    classes: tuple[str, ...]
    examples: Sequence[Example]


class Words:
    """Every distinct word once: its vector and its hashed parts."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {"": 0}
        self._vectors: list[Any] = [np.zeros(SIZE, dtype=np.float32)]
        self._parts: list[tuple[int, ...]] = [()]
        self._table: Any = None

    def rows(self, words: Iterable[str]) -> list[int]:
        """The numbers of some words."""
        found = []
        for word in words:
            if word not in self._at:
                self._at[word] = len(self._vectors)
                self._vectors.append(word_vector(word))
                self._parts.append(buckets(word))
            found.append(self._at[word])
        return found

    def vectors(self) -> Any:
        if self._table is None or len(self._table) < len(self._vectors):
            self._table = torch.tensor(np.array(self._vectors))
        return self._table

    def parts(self, row: int) -> tuple[int, ...]:
        return self._parts[row]


WORDS = Words()


class Table:
    """A task's examples as tensors."""

    def __init__(self, examples: Sequence[Example], features: Sequence[str]) -> None:
        known = {name: at for at, name in enumerate(features)}
        self.named = np.zeros((len(examples), len(features)), dtype=np.float32)
        for row, one in enumerate(examples):
            for name in read(one.text).names:
                if name in known:
                    self.named[row, known[name]] = 1
            for name, value in one.circumstances.items():
                if name in known:
                    self.named[row, known[name]] = value
        self.meaning = np.array([meaning(one.text) for one in examples])
        self.words = [WORDS.rows(looked_at(read(one.text).tokens)) for one in examples]
        self.labels = torch.tensor([one.label for one in examples])
        self.weights = torch.tensor([one.weight for one in examples], dtype=torch.float32)

    def batch(self, chosen: Any) -> tuple[Any, ...]:
        """(hashed rows, where each text starts, their weights, word rows, which are words, named, meaning)."""
        some = [self.words[at] for at in chosen]
        rows: list[int] = []
        starts: list[int] = []
        shares: list[float] = []
        longest = max(1, *map(len, some))
        words = np.zeros((len(some), longest), dtype=np.int64)
        real = np.zeros((len(some), longest), dtype=bool)
        for at, text in enumerate(some):
            starts.append(len(rows))
            words[at, : len(text)] = text
            real[at, : max(1, len(text))] = True
            for word in text:
                parts = WORDS.parts(word)
                rows += parts
                shares += [2 / len(parts) ** 0.5 / len(text) ** 0.5] * len(parts)
        return (
            torch.tensor(rows or [0]), torch.tensor(starts), torch.tensor(shares or [0.0], dtype=torch.float32),
            torch.tensor(words), torch.tensor(real), torch.tensor(self.named[chosen]),
            torch.tensor(self.meaning[chosen]),
        )  # fmt: skip


class Network(nn.Module):  # type: ignore[misc]
    """One encoder, a head for each task: (number of features, number of classes)."""

    def __init__(self, tasks: Mapping[str, tuple[int, int]]) -> None:
        super().__init__()
        self.hashed = nn.EmbeddingBag(BUCKETS, HASHED, mode="sum")
        nn.init.normal_(self.hashed.weight, 0, 0.01)
        self.project = nn.Linear(SIZE, PROJECTED, bias=False)
        self.convolve = nn.Conv1d(PROJECTED, UNITS, 3, padding=1)
        said = HASHED + UNITS
        self.heads = nn.ModuleDict({
            name: nn.ModuleDict({
                "straight": nn.Linear(features + said, classes),
                "inside": nn.Linear(features + said + SIZE, HIDDEN),
                "out": nn.Linear(HIDDEN, classes, bias=False),
            })
            for name, (features, classes) in tasks.items()
        })  # fmt: skip
        self.drop_in, self.drop_words, self.drop_hidden = nn.Dropout(0.15), nn.Dropout(0.2), nn.Dropout(0.3)

    def forward(self, task: str, batch: tuple[Any, ...]) -> Any:
        rows, starts, shares, words, real, named, meant = batch
        hashed = self.hashed(rows, starts, per_sample_weights=shares)
        projected = self.drop_words(self.project(WORDS.vectors()[words])).transpose(1, 2)
        units = torch.relu(self.convolve(projected).masked_fill(~real[:, None, :], -1e4).max(2)[0])
        head = self.heads[task]
        straight = torch.cat([named, hashed, units], 1)
        inside = torch.relu(head["inside"](self.drop_in(torch.cat([straight, meant], 1))))
        return head["straight"](straight) + head["out"](self.drop_hidden(inside))


@dataclass(slots=True)
class Trained:
    """A network with its features and classes by task."""

    network: Any
    features: dict[str, list[str]]
    classes: dict[str, tuple[str, ...]]

    def chances(self, task: str, examples: Sequence[Example]) -> Any:
        """(examples, classes) probabilities."""
        table, found = Table(examples, self.features[task]), []
        with torch.no_grad():
            for start in range(0, len(examples), 512):
                chosen = np.arange(start, min(start + 512, len(examples)))
                found.append(torch.softmax(self.network(task, table.batch(chosen)), 1).numpy())
        return np.concatenate(found) if found else np.zeros((0, len(self.classes[task])))

    def save(self, folder: Path, *, encoder: bool = True) -> None:
        """Writes weights/*.npz, in half precision."""
        network = self.network.state_dict()
        if encoder:
            kernel = network["convolve.weight"].numpy()  # (units, projected, 3)
            _save(folder / "encoder.npz", project=network["project.weight"].numpy().T,
                  convolve=np.concatenate([kernel[:, :, at].T for at in range(3)], 1),
                  bias=network["convolve.bias"].numpy(), hashed=network["hashed.weight"].numpy())  # fmt: skip
        for task, features in self.features.items():
            layers = {name: network[f"heads.{task}.{name}.weight"].numpy().T for name in ("straight", "inside", "out")}
            count, said = len(features), HASHED + UNITS
            both = np.concatenate([layers["straight"], layers["inside"][: count + said]], 1)
            bias = [network[f"heads.{task}.{name}.bias"].numpy() for name in ("straight", "inside")]
            _save(folder / f"{task}.npz", named=both[:count], said=both[count:], out=layers["out"],
                  meaning=layers["inside"][count + said :], bias=np.concatenate(bias),
                  classes=np.array(self.classes[task]), features=np.array(features))  # fmt: skip


def load_encoder(path: Path) -> dict[str, Any]:
    """The encoder of the stored weights, as `fit` takes it."""
    with np.load(path, allow_pickle=False) as stored:
        one = {name: torch.tensor(stored[name].astype(np.float32)) for name in stored}
    kernel = torch.stack([one["convolve"][:, at * UNITS : (at + 1) * UNITS].T for at in range(3)], 2)
    return {"project.weight": one["project"].T, "convolve.weight": kernel, "convolve.bias": one["bias"],
            "hashed.weight": one["hashed"]}  # fmt: skip


def _save(path: Path, **arrays: Any) -> None:
    halves = {name: one.astype(np.float16) if one.dtype.kind == "f" else one for name, one in arrays.items()}
    np.savez_compressed(path, allow_pickle=False, **halves)


def features_of(examples: Sequence[Example]) -> list[str]:
    """Features that are not rare."""
    seen = Counter(name for one in examples for name in {*read(one.text).names, *one.circumstances})
    return sorted(name for name, count in seen.items() if count >= RARE)


def fit(
    tasks: Mapping[str, Task], seed: int = 0, encoder: Mapping[str, Any] | None = None, epochs: int = EPOCHS
) -> Trained:
    """Trains all tasks together; with `encoder` (`load_encoder`), only the heads learn."""
    torch.manual_seed(seed)
    features = {name: features_of(task.examples) for name, task in tasks.items()}
    tables = {name: Table(task.examples, features[name]) for name, task in tasks.items()}
    network = Network({name: (len(features[name]), len(task.classes)) for name, task in tasks.items()})
    if encoder is not None:
        network.load_state_dict(encoder, strict=False)
    learning = [(name, one) for name, one in network.named_parameters() if encoder is None or name.startswith("heads")]
    hashed = [one for name, one in learning if name.startswith("hashed")]
    rest = [one for name, one in learning if not name.startswith("hashed")]
    groups = [{"params": rest, "weight_decay": DECAY}]
    if hashed:
        groups.append({"params": hashed, "weight_decay": 10 * DECAY})
    learner = torch.optim.AdamW(groups, lr=RATE)
    rounds = [(name, len(task.examples)) for name, task in tasks.items()]
    steps = epochs * sum(-(-count // BATCH) for _, count in rounds)
    pace = torch.optim.lr_scheduler.OneCycleLR(learner, max_lr=RATE, total_steps=steps + 1)
    network.train()
    for epoch in range(epochs):
        for name, chosen in _shuffled(rounds, seed * 1000 + epoch):
            table = tables[name]
            said = network(name, table.batch(chosen))
            wrong = nn.functional.cross_entropy(said, table.labels[chosen], reduction="none", label_smoothing=SMOOTHING)
            loss = (wrong * table.weights[chosen]).mean()
            learner.zero_grad()
            loss.backward()
            learner.step()
            pace.step()
    network.eval()
    return Trained(network, features, {name: task.classes for name, task in tasks.items()})


def _shuffled(rounds: Sequence[tuple[str, int]], seed: int) -> list[tuple[str, Any]]:
    lots = random.Random(seed)
    batches = []
    for name, count in rounds:
        order = list(range(count))
        lots.shuffle(order)
        batches += [(name, np.array(order[at : at + BATCH])) for at in range(0, count, BATCH)]
    lots.shuffle(batches)
    return batches
