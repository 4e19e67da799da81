"""Linear models over named signs and hashed n-grams: a handful of additions a message, weights from a file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from escalation.detection.signs import Signs, grams, pair_buckets

WEIGHTS: Final = Path(__file__).with_name("weights")
_REMEMBERED = 20_000
"""Words whose weight is kept in memory."""


@dataclass(slots=True)
class LinearModel:
    """One row of weights a class. `grams` None: named signs only."""

    classes: tuple[str, ...]
    names: Mapping[str, tuple[float, ...]]
    bias: tuple[float, ...]
    grams: Sequence[tuple[float, ...]] | None = None
    """Bucket -> a weight a class."""
    pairs: Sequence[tuple[float, ...]] | None = None
    _words: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def scores(self, signs: Signs, names: Iterable[str]) -> list[float]:
        """Log-odds (one class) or logits (several) of a text with the signs `names`."""
        known = self.names
        rows = [self.bias, *(known[name] for name in names if name in known)]
        if self.grams is not None and signs.words:
            rows.append(self._said(signs.words))
        return [sum(column) for column in zip(*rows, strict=True)]

    def _said(self, words: tuple[str, ...]) -> tuple[float, ...]:
        """What the words add, shared out so that a long text does not outweigh everything."""
        known = self._words
        rows = [known.get(word) or self._weigh(word) for word in words]
        if self.pairs is not None:
            pairs = self.pairs
            rows += [pairs[bucket] for bucket in pair_buckets(words)]
        share = 1 / math.sqrt(len(words))
        return tuple(share * sum(column) for column in zip(*rows, strict=True))

    def _weigh(self, word: str) -> tuple[float, ...]:
        buckets = grams(word)
        share = 1 / math.sqrt(len(buckets))
        assert self.grams is not None
        rows = [self.grams[bucket] for bucket in buckets]
        weights = tuple(share * sum(column) for column in zip(*rows, strict=True))
        if len(self._words) < _REMEMBERED:
            self._words[word] = weights
        return weights

    def probability(self, signs: Signs, names: Iterable[str]) -> float:
        """0..1, of a model with one class."""
        return sigmoid(self.scores(signs, names)[0])

    def probabilities(self, signs: Signs, names: Iterable[str]) -> dict[str, float]:
        """0..1 each, together 1, of a model with several classes."""
        scores = self.scores(signs, names)
        highest = max(scores)
        parts = [math.exp(score - highest) for score in scores]
        return {name: part / sum(parts) for name, part in zip(self.classes, parts, strict=True)}


def sigmoid(score: float) -> float:
    """The probability of log-odds, without overflow."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def by_bucket(rows: np.ndarray[Any, Any]) -> list[tuple[float, ...]]:
    """Rows of weights a class, turned to a tuple a bucket; equal tuples are one object."""
    shared: dict[tuple[float, ...], tuple[float, ...]] = {}
    return [shared.setdefault(one, one) for one in map(tuple, rows.T.astype(float).tolist())]


@lru_cache(maxsize=8)
def load(name: str) -> LinearModel:
    """The model in weights/NAME.npz, written by benchmarks/train_roles.py. Half precision on disk."""
    with np.load(WEIGHTS / f"{name}.npz", allow_pickle=False) as stored:
        classes = tuple(str(one) for one in stored["classes"])
        rows = stored["weights"].astype(float)
        names = {str(one): tuple(row.tolist()) for one, row in zip(stored["names"], rows, strict=True)}
        bias = tuple(stored["bias"].astype(float).tolist())
        words, pairs = (by_bucket(stored[part]) if part in stored else None for part in ("grams", "pairs"))
    return LinearModel(classes, names, bias, words, pairs)
