"""A decision over a text and its circumstances: a small network beside a linear model, in numpy.

Named features and the encoder's numbers go both straight to the classes and through one hidden layer; what the text
is about goes through the hidden layer only. The part that depends on the text alone is worked out once a text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from escalation.detection.encoder import WEIGHTS, Gist, Vector

HEADS: Final = ("act", "question", "peer", "asker", "unsafe")
"""weights/NAME.npz, trained by benchmarks/training."""


@dataclass(frozen=True, slots=True)
class Head:
    """Shapes: f named features, u numbers of the encoder, h hidden units, c classes."""

    name: str
    classes: tuple[str, ...]
    known: Mapping[str, int]
    """Feature -> row of `named`."""
    named: Vector
    """(f, c + h)"""
    said: Vector
    """(u, c + h)"""
    meaning: Vector
    """(SIZE, h)"""
    bias: Vector
    """(c + h)"""
    out: Vector
    """(h, c)"""

    def probabilities(self, gist: Gist, circumstances: Mapping[str, float]) -> dict[str, float]:
        """0..1 for each class, together 1. `circumstances`: named features besides those of the text."""
        total = self._of_text(gist)
        known = self.known
        if told := [(known[name], value) for name, value in circumstances.items() if value and name in known]:
            rows, values = zip(*told, strict=True)
            total = total + np.array(values, dtype=np.float32) @ self.named.take(rows, axis=0)
        count = len(self.classes)
        scores = (total[:count] + np.maximum(total[count:], 0) @ self.out).tolist()
        highest = max(scores)
        parts = [math.exp(score - highest) for score in scores]
        whole = sum(parts)
        return {name: part / whole for name, part in zip(self.classes, parts, strict=True)}

    def _of_text(self, gist: Gist) -> Vector:
        part = gist.parts.get(self.name)
        if part is None:
            known = self.known
            rows = [known[name] for name in gist.text.names if name in known]
            part = self.bias + gist.said @ self.said
            if rows:
                part += self.named.take(rows, axis=0).sum(axis=0)
            part[len(self.classes) :] += gist.meaning @ self.meaning
            gist.parts[self.name] = part
        return part


@cache
def head(name: str) -> Head:
    """The head that comes with the package. Half precision on disk."""
    with np.load(WEIGHTS / f"{name}.npz", allow_pickle=False) as stored:
        classes = tuple(str(one) for one in stored["classes"])
        known = {str(one): at for at, one in enumerate(stored["features"])}
        weights = [stored[one].astype(np.float32) for one in ("named", "said", "meaning", "bias", "out")]
    return Head(name, classes, known, *weights)


ACTS: Final = ("ask", "answer", "ask_back", "thank", "go_on", "chat")
"""What a text does, whoever says it and whatever stands before it: the classes of the head "act"."""


def acts(gist: Gist) -> tuple[float, ...]:
    """0..1 for each of ACTS."""
    found = gist.parts.get("acts")
    if found is None:
        chances = head("act").probabilities(gist, {})
        gist.parts["acts"] = found = np.array([chances[name] for name in ACTS], dtype=np.float32)
    return tuple(found.tolist())
