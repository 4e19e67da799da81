"""What a text is about, as 256 numbers: static word embeddings (WordLlama, shipped in its wheel, MIT)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from escalation.routes import Routing
from escalation.topics import Classifier, calibrate

if TYPE_CHECKING:
    import wordllama

LOOKED_AT: Final = 2_000
"""Characters of a text that are looked at."""


@cache
def _model() -> wordllama.WordLlamaInference:
    # Half a second, for those who judge only; told where its files are, it does not ask the network for them.
    import wordllama

    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)


def embed(text: str) -> npt.NDArray[np.float32]:
    """The sum of the directions of a text's pieces; 0 for an empty one. Only its direction means something."""
    model = _model()
    ids = model.tokenizer.encode(text[:LOOKED_AT], add_special_tokens=False).ids
    return np.asarray(model.embedding.take(ids, axis=0).sum(axis=0), dtype=np.float32)


def classifier_of(routing: Routing) -> Classifier:
    """Tells a tenant's topics apart, as often right as its settings want. About a second for 1,000 examples."""
    return Classifier(routing.topics, embed, calibrate(routing.topics, embed, routing.topic_precision))
