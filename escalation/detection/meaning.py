"""What a text is about, as 256 numbers: static word embeddings (WordLlama, shipped in its wheel, MIT)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import wordllama

_ADDRESS = re.compile(r"\s*@?\S{1,32}[:,]\s+")
_LOOKED_AT = 400

Vector = npt.NDArray[np.float32]


@cache
def _model() -> wordllama.WordLlamaInference:
    # Half a second, for those who judge only; told where its files are, it does not ask the network for them.
    import wordllama

    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)


@lru_cache(maxsize=16_384)
def _pieces(word: str) -> tuple[int, ...]:
    """The model's pieces of a word; those of a text are those of its words."""
    return tuple(_model().tokenizer.encode(word, add_special_tokens=False).ids)


def wake() -> None:
    """Loads the model now rather than with the first message."""
    _model()


@lru_cache(maxsize=2048)
def meaning(text: str) -> Vector:
    """The direction of a text, of length 1 (or 0 for an empty one), without whom it addresses first."""
    address = _ADDRESS.match(text)
    start = address.end() if address else 0
    model = _model()
    ids = [one for word in text[start : start + _LOOKED_AT].split() for one in _pieces(word)]
    if not ids:
        return np.zeros(model.embedding.shape[1], dtype=np.float32)
    total = model.embedding.take(ids, axis=0).sum(axis=0)
    return np.asarray(total / max(float(np.sqrt(total @ total)), 1e-6), dtype=np.float32)
