"""A small network over thresholds of features, in numpy: every number is asked whether it exceeds a few values.

Thresholds make it blind to how far a value lies beyond what it was trained on, as trees are; a layer on
top of them sees what trees see at a fraction of their cost in numpy, and one more looks at all rivals.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Net:
    """Rows of features, all of one decision -> the probability of each row. Shapes: d thresholds, h and k units."""

    column: npt.NDArray[np.intp]
    """(d) the feature that each threshold is about."""
    threshold: Array
    """(d)"""
    into: Array
    """(d, h) and its bias (h)."""
    into_bias: Array
    inner: Array
    """(h, k), of a row; `rivals` (h, k), of the mean of all rows; their bias (k)."""
    rivals: Array
    inner_bias: Array
    out: Array
    """(k)"""

    @classmethod
    def load(cls, path: Path) -> Net:
        with np.load(path, allow_pickle=False) as stored:
            weights = {name: stored[name].astype(np.float32) for name in cls.__slots__ if name != "column"}
            return cls(stored["column"].astype(np.intp), **weights)

    def save(self, path: Path) -> None:
        """Writes the weights in half precision, the same bytes for the same weights."""
        half = ("into", "inner", "rivals", "out")
        stored: dict[str, npt.NDArray[np.generic]] = {name: getattr(self, name) for name in self.__slots__}
        stored |= {name: stored[name].astype(np.float16) for name in half}
        stored["column"] = self.column.astype(np.int16)
        np.savez(path, allow_pickle=False, **stored)

    def probabilities(self, rows: Array) -> Array:
        """Softmax over the rows."""
        above = (rows.take(self.column, axis=1) > self.threshold).astype(np.float32)
        hidden = np.maximum(above @ self.into + self.into_bias, 0)
        context = (hidden.sum(axis=0) / len(hidden)) @ self.rivals + self.inner_bias
        scores = np.maximum(hidden @ self.inner + context, 0) @ self.out
        weights = np.exp(scores - scores.max())
        return np.asarray(weights / weights.sum(), dtype=np.float32)
