"""How an asker sounds: angry, in danger, with a lawyer, about to leave, in a hurry. Pure, linear, word by word.

The phrases stand in packs/mood.toml; none of them is a regular expression. What is denied ("no danger") does not
count, what is told with a laugh counts for less, and quoted lines and code are not the asker's words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from escalation.detection.signs import Phrasebook, plain, read_phrases

LOOKED_AT: Final = 3_000
"""Characters of one text that are read: who is in trouble says so at the beginning."""
_PACK: Final = Path(__file__).with_name("packs") / "mood.toml"
_SENTENCES: Final = 40
_SHOWN: Final = 80
_DENIED_WITHIN: Final = 3
"""Words between a negation and what it denies: "no real danger", "not in any danger"."""
_OF_THE_SERVICE: Final = ("outage", "trouble")
"""Of these only the word right before denies: "it does not load is it down" holds a negation and an outage."""
_LOUD_LETTERS: Final = 12
_LOUD_WORDS: Final = 3
_LOUD_SHARE: Final = 0.7

_NOT_THEIRS = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`|https?://\S+|^>.*$", re.S | re.M)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_CLAUSE = re.compile(r"[,:;()]\s*|\s[\u2013\u2014-]\s|[.!?]+")
_WORD = re.compile(r"[^\W_]+")
_GRIN = re.compile(r"[\U0001f602\U0001f605\U0001f606\U0001f609\U0001f61c\U0001f643\U0001f923]|;-?\)|:-?D\b|xD\b")


class MoodKind(StrEnum):
    """The kinds of words that the pack holds; its names are the values."""

    SAFETY = "safety"
    LEGAL = "legal"
    LEAVING = "leaving"
    ANGER = "anger"
    DEADLINE = "deadline"
    OUTAGE = "outage"
    TROUBLE = "trouble"
    """Symptoms without the claim that all is down: for clusters, not for risk."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words of one kind: the phrase as it was matched, the sentence it stands in, whether it was said laughing."""

    kind: MoodKind
    phrase: str
    quote: str
    joking: bool = False


@dataclass(frozen=True, slots=True)
class Mood:
    """The first and most serious cue of each kind, in the order of `MoodKind`."""

    cues: tuple[Cue, ...] = ()

    def cue(self, kind: MoodKind) -> Cue | None:
        """The cue of `kind`, or None."""
        return next((cue for cue in self.cues if cue.kind is kind), None)

    def speaks_of(self, kind: MoodKind) -> bool:
        """Whether there are words of `kind`, said in earnest or not."""
        return self.cue(kind) is not None


@lru_cache(maxsize=1)
def _pack() -> tuple[Phrasebook, Phrasebook]:
    raw: Mapping[str, Mapping[str, str]] = tomllib.loads(_PACK.read_text("utf-8"))
    return read_phrases(raw["kinds"]), read_phrases(raw["around"])


def read_mood(texts: Iterable[str]) -> Mood:
    """What the texts of one person say together; any length and content, never fails."""
    best: dict[MoodKind, Cue] = {}
    for text in texts:
        for cue in _cues(text):
            known = best.get(cue.kind)
            if known is None or (known.joking and not cue.joking):
                best[cue.kind] = cue
    return Mood(tuple(best[kind] for kind in MoodKind if kind in best))


@lru_cache(maxsize=2048)
def _cues(text: str) -> tuple[Cue, ...]:
    prose = _NOT_THEIRS.sub(" ", text[:LOOKED_AT])
    sentences = [one for one in _SENTENCE.split(prose)[:_SENTENCES] if one and one.strip()]
    found = [cue for sentence in sentences for cue in _sentence(sentence)]
    if _shouts(prose):
        found.append(Cue(MoodKind.ANGER, "capitals", _short(sentences[0]), _laughs(prose)))
    return tuple(found)


def _sentence(sentence: str) -> Iterator[Cue]:
    joking = _laughs(sentence)
    for clause in _CLAUSE.split(sentence):
        words = tuple(_WORD.findall(plain(clause)))
        for kind, phrase in _said(words):
            yield Cue(MoodKind(kind), phrase, _short(sentence), joking)


def _said(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(kind, phrase) of what a clause says and neither denies nor means in another way."""
    kinds, around = _pack()
    found = list(kinds.find(words))
    if not found:
        return
    before, after, taken = set[int](), set[int](), set[int]()
    for group, position, phrase in around.find(words):
        span = range(position, position + len(phrase.split()))
        if group == "idioms":
            taken.update(span)
        elif group == "negates":
            before.add(span[-1])
        elif group == "negates_after":
            after.add(position)
    for kind, position, phrase in found:
        span = range(position, position + len(phrase.split()))
        reach = 1 if kind in _OF_THE_SERVICE else _DENIED_WITHIN
        denied = span.stop in after or not before.isdisjoint(range(position - reach, position))
        if not denied and taken.isdisjoint(span):
            yield kind, phrase


def _laughs(sentence: str) -> bool:
    if _GRIN.search(sentence):
        return True
    return any(group == "jokes" for group, _, _ in _pack()[1].find(tuple(_WORD.findall(plain(sentence)))))


def _shouts(prose: str) -> bool:
    """Mostly capitals, and long enough that it is no name or error code."""
    letters = [one for one in prose if one.isalpha()]
    loud = sum(one.isupper() for one in letters)
    words = [one for one in prose.split() if len(one) > 2 and one.isalpha() and one.isupper()]
    return len(letters) >= _LOUD_LETTERS and len(words) >= _LOUD_WORDS and loud >= _LOUD_SHARE * len(letters)


def _short(sentence: str) -> str:
    flat = " ".join(sentence.split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "\u2026"
