"""How likely two people ask the same: the likeness of their texts, the words they share, the outage both see. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp
from typing import Final

import numpy as np
import numpy.typing as npt

from escalation.errors import InputError
from escalation.events import ChannelKey, MessageKey
from escalation.timing import Millis

Vector = npt.NDArray[np.float32]

# Chosen on one half of the intents of banking77 and of the outage texts; `python -m benchmarks clusters` reports the
# other half. A logistic function of the cosine and of the
# share of words in common; the slope is its fit to pairs of texts, the rest was chosen for 9 right pairs of 10.
_COSINE: Final = 11.7
_WORDS: Final = 2.0
_BIAS: Final = -4.6
_USUAL: Final = 0.17
"""The mean cosine of unrelated questions, as measured on both corpora (0.15 in English, 0.2 in the others)."""
_USUAL_COUNTS: Final = 5
"""So many questions weigh as much as what is usual."""
_OUTAGE: Final = 0.9
"""Two who speak of an outage within hours mean the same one, whatever their words and language."""
_TROUBLE: Final = 0.7
"""A symptom while others report an outage is most likely that outage."""

_SAME_THING: Final = 0.62
"""About the same thing, just now, and no how-to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as clusters see it. `asked_at` in UTC milliseconds."""

    key: MessageKey
    tenant: str
    community: str
    channel: ChannelKey
    asker: str
    language: str
    """A code such as "en"; "" where it is not known: then it counts as a language of its own."""
    asked_at: Millis
    vector: Vector = field(compare=False, repr=False)
    """The direction of the text, one-dimensional; of length 1, or of length 0 for an empty text."""
    words: frozenset[str] = frozenset()
    """Its content words as the caller made them: plain, and without the words that every text has."""
    outage: bool = False
    """It says or asks whether the whole service is gone."""
    trouble: bool = False
    """It tells of a symptom that an outage would have."""
    own: bool = False
    """It asks how something is done, or tells of the asker's own doing: none of an outage."""

    def __post_init__(self) -> None:
        """Makes the vector one of length 1. Raises InputError for one that is no list of finite numbers."""
        vector = np.asarray(self.vector, dtype=np.float32)
        if vector.ndim != 1 or not np.isfinite(vector).all():
            raise InputError(f"question {self.key}: its vector must be one list of finite numbers")
        length = float(np.linalg.norm(vector))
        object.__setattr__(self, "vector", vector / length if length > 0 else vector)


@dataclass(frozen=True, slots=True)
class Likeness:
    """That a question asks what others ask: how probable it is, and by what."""

    probability: float
    reason: str


class Ground:
    """How alike unrelated texts are: those of one language, or about one product, are never quite strangers.

    Measured on the lone questions of the last hours, by the median, so that a burst among them counts for little.
    """

    def __init__(self, lone: Sequence[Asked]) -> None:
        spoken: dict[str, list[Asked]] = {}
        for one in lone:
            spoken.setdefault(one.language, []).append(one)
        self._texts = {language: np.stack([one.vector for one in said]) for language, said in spoken.items()}
        self._places = {one.key: place for said in spoken.values() for place, one in enumerate(said)}
        self._known: dict[MessageKey, float] = {}

    def typical(self, asked: Asked) -> float:
        """The usual cosine of `asked` with others of its language; what is usual anywhere where few are known."""
        if asked.key not in self._known:
            self._known[asked.key] = self._measured(asked)
        return self._known[asked.key]

    def _measured(self, asked: Asked) -> float:
        if asked.language not in self._texts:
            return _USUAL
        cosines = self._texts[asked.language] @ asked.vector
        if asked.key in self._places:  # its likeness to itself says nothing
            cosines = np.delete(cosines, self._places[asked.key])
        return float(np.median(np.concatenate([cosines, np.full(_USUAL_COUNTS, _USUAL)])))


def likeness(asked: Asked, others: Sequence[Asked], ground: Ground, *, symptoms: bool = False) -> Likeness:
    """How likely `asked` asks what all of `others` (at least one) ask.

    Texts are compared with those in the same language if there are any: across languages static word vectors say
    little. Words of an outage link in any language. `symptoms`: whether a symptom alone does so too, because others
    report an outage just now.
    """
    texts = by_text(asked, others, ground)
    if not speak_of_outage(others):
        return texts
    if asked.outage:
        best = Likeness(_OUTAGE, f"speaks of an outage, as {_people(len(others))} did")
    elif symptoms and asked.trouble:
        best = Likeness(_TROUBLE, f"has a symptom of the outage that {_people(len(others))} spoke of")
    elif symptoms and not asked.own and (words := asked.words & _repeated(others)):
        best = Likeness(_SAME_THING, f"is about {', '.join(sorted(words)[:3])} while {_people(len(others))} report it")
    else:
        return texts
    return max(best, texts, key=lambda one: one.probability)


def by_text(asked: Asked, others: Sequence[Asked], ground: Ground) -> Likeness:
    """The likeness of the texts alone: the mean over the others, so that one odd member decides nothing."""
    near = [one for one in others if one.language == asked.language] or list(others)
    evidence = sum(_evidence(asked, one, ground) for one in near) / len(near)
    common = sorted(word for word in asked.words if any(word in one.words for one in near))[:3]
    shown = f" ({', '.join(common)})" if common else ""
    return Likeness(1 / (1 + exp(-evidence)), f"says the same as {_people(len(near))}{shown}")


def _evidence(one: Asked, other: Asked, ground: Ground) -> float:
    """Logarithm of the odds that two texts ask the same."""
    usual = (ground.typical(one) + ground.typical(other)) / 2
    return _BIAS + _COSINE * (float(one.vector @ other.vector) - usual) + _WORDS * _shared(one.words, other.words)


def speak_of_outage(others: Sequence[Asked]) -> bool:
    """Whether at least half of these speak of an outage."""
    return bool(others) and 2 * sum(one.outage for one in others) >= len(others)


def _repeated(others: Sequence[Asked]) -> frozenset[str]:
    """The words that at least two of these used: what the outage is about, in the product's own terms."""
    counts = Counter(word for one in others for word in one.words)
    return frozenset(word for word, count in counts.items() if count > 1)


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Words in common of all words, 0 to 1."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def _people(count: int) -> str:
    return "another one" if count == 1 else f"{count} others"
