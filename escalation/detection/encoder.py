"""A text as numbers: what it is about (static word embeddings), and what it does (a small network over its words).

Word vectors come from WordLlama (shipped in its wheel, MIT); benchmarks/training trains what is laid over them
(weights/encoder.npz): three neighbouring words at a time, the strongest match of each unit counts; and the words'
own parts, hashed, for what the embeddings do not know. Everything about one word is worked out once and kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from escalation.detection.text import Text, read

if TYPE_CHECKING:
    import wordllama

WEIGHTS: Final = Path(__file__).with_name("weights")
SIZE: Final = 256
"""Numbers that say what a text is about."""
BUCKETS: Final = 1 << 14
"""Hashed parts of words fall into this many rows."""
LONGEST: Final = 90
"""Words that are looked at: the first two thirds and the last third of this many."""
_ADDRESS = re.compile(r"\s*@?\S{1,32}[:,]\s+")
_LOOKED_AT = 400
_REMEMBERED = 30_000

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Gist:
    """One text with all that is known of it alone."""

    text: Text
    meaning: Vector
    """(SIZE) of length 1, or 0 for an empty text; without whom it addresses first."""
    said: Vector
    """(units) what the encoder makes of its words."""
    parts: dict[str, Vector] = field(default_factory=dict)
    """What a head has worked out from the text alone, by the head's name."""


@cache
def _model() -> wordllama.WordLlamaInference:
    # Half a second, for those who judge only; told where its files are, it does not ask the network for them.
    import wordllama

    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)


@lru_cache(maxsize=_REMEMBERED)
def pieces(word: str) -> tuple[int, ...]:
    """The embedding model's pieces of a word; those of a text are those of its words."""
    whole = word.encode("utf-8", "replace").decode()  # half a surrogate pair is no text to the tokenizer
    return tuple(_model().tokenizer.encode(whole, add_special_tokens=False).ids)


def word_vector(word: str) -> Vector:
    """(SIZE) the direction of one word, of length 1, or 0."""
    ids = pieces(word)
    if not ids:
        return np.zeros(SIZE, dtype=np.float32)
    total = _model().embedding.take(ids, axis=0).sum(axis=0)
    return np.asarray(total / max(float(np.sqrt(total @ total)), 1e-6), dtype=np.float32)


def buckets(word: str) -> tuple[int, ...]:
    """The rows of a word and its parts, so that "crash", "crashes" and "crashed" share some."""
    marked = f"<{word}>"
    parts = [marked]
    if len(word) > 3 or not word.isascii():
        for size in (3, 4, 5):
            parts += [marked[at : at + size] for at in range(len(marked) - size + 1)]
    return tuple(dict.fromkeys(crc32(part.encode("utf-8", "replace")) % BUCKETS for part in parts))


def looked_at(words: Sequence[str]) -> Sequence[str]:
    """The words of a long text that are looked at."""
    if len(words) <= LONGEST:
        return words
    return [*words[: LONGEST * 2 // 3], *words[-LONGEST // 3 :]]


@dataclass(slots=True)
class Encoder:
    """The network over words. Shapes: p numbers a word, u units, k hashed numbers."""

    project: Vector
    """(SIZE, p)"""
    convolve: Vector
    """(p, 3 u): the word before, the word, the word behind"""
    bias: Vector
    """(u)"""
    hashed: Vector
    """(BUCKETS, k)"""
    _words: dict[str, Vector] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Encoder:
        with np.load(path, allow_pickle=False) as stored:
            return cls(*(stored[name].astype(np.float32) for name in ("project", "convolve", "bias", "hashed")))

    def __call__(self, words: Sequence[str]) -> Vector:
        """(k + u) what the words say: hashed parts together, then the units."""
        units = len(self.bias)
        k = self.hashed.shape[1]
        if not words:
            return np.concatenate((np.zeros(k, dtype=np.float32), np.maximum(self.bias, 0)))
        known = self._words
        rows = np.array([known.get(word) if word in known else self._learn(word) for word in words])
        three = rows[:, k:]
        out = np.empty(k + units, dtype=np.float32)
        np.divide(rows[:, :k].sum(axis=0), len(words) ** 0.5, out=out[:k])
        total = three[:, units : 2 * units] + self.bias
        total[1:] += three[:-1, :units]
        total[:-1] += three[1:, 2 * units :]
        np.maximum(total.max(axis=0), 0, out=out[k:])
        return out

    def _learn(self, word: str) -> Vector:
        rows = buckets(word)
        hashed = self.hashed.take(rows, axis=0).sum(axis=0) * (2 / len(rows) ** 0.5)
        vector: Vector = np.concatenate((hashed, word_vector(word) @ self.project @ self.convolve))
        if len(self._words) < _REMEMBERED:
            self._words[word] = vector
        return vector


@cache
def encoder() -> Encoder:
    """The encoder that comes with the package."""
    return Encoder.load(WEIGHTS / "encoder.npz")


@lru_cache(maxsize=4096)
def gist(text: str) -> Gist:
    """All that is known of a text alone, of any length and content."""
    seen = read(text)
    return Gist(seen, meaning(text), encoder()(looked_at(seen.tokens)))


def wake() -> None:
    """Loads everything now rather than with the first message."""
    gist("hello")


@lru_cache(maxsize=4096)
def meaning(text: str) -> Vector:
    """The direction of a text, of length 1 (or 0 for an empty one), without whom it addresses first."""
    address = _ADDRESS.match(text)
    start = address.end() if address else 0
    ids = [one for word in text[start : start + _LOOKED_AT].split() for one in pieces(word)]
    if not ids:
        return np.zeros(SIZE, dtype=np.float32)
    total = _model().embedding.take(ids, axis=0).sum(axis=0)
    return np.asarray(total / max(float(np.sqrt(total @ total)), 1e-6), dtype=np.float32)
