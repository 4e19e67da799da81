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
from typing import Any, Final

from escalation.detection.phrases import Phrasebook, plain, read_phrases

LOOKED_AT: Final = 3_000
"""Characters of one text that are read: who is in trouble says so at the beginning."""
_PACK: Final = Path(__file__).with_name("packs") / "mood.toml"
_SENTENCES: Final = 40
_SHOWN: Final = 80
_DENIED_WITHIN: Final = 3
"""Words between a negation and what it denies: "no real danger", "not in any danger"."""
_OF_THE_ASKER: Final = frozenset({"safety", "legal", "leaving", "anger", "deadline"})
"""Of the other kinds only the word right before denies: "it does not load is it down" speaks of an outage."""
_JOINED_WITHIN: Final = 5
"""Words between two parts that make a kind together: "the site is once again completely dead"."""
_SHORT: Final = 30
"""Words of a text whose signs are counted: reports of an outage are short, and long texts hold every sign by chance."""
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


@dataclass(frozen=True, slots=True)
class _Pack:
    kinds: Phrasebook
    parts: Phrasebook
    joined: tuple[tuple[str, str, str], ...]
    """(kind, part, part)"""
    around: Phrasebook
    signs_of: Phrasebook
    signs: tuple[tuple[str, frozenset[str]], ...]
    """(kind, groups of `signs_of` that mean it together)"""
    unless: frozenset[str]


@lru_cache(maxsize=1)
def _pack() -> _Pack:
    raw: Mapping[str, Any] = tomllib.loads(_PACK.read_text("utf-8"))
    joined = tuple((kind, one, other) for kind, pairs in raw["joined"].items() for one, other in pairs)
    unless = frozenset(raw["signs"].pop("unless"))
    signs = tuple((kind, frozenset(groups)) for kind, sets in raw["signs"].items() for groups in sets)
    kinds, parts, around, signs_of = (read_phrases(raw[name]) for name in ("kinds", "parts", "around", "signs_of"))
    return _Pack(kinds, parts, joined, around, signs_of, signs, unless)


def read_mood(texts: Iterable[str]) -> Mood:
    """What the texts of one person say together; any length and content, never fails."""
    best: dict[MoodKind, Cue] = {}
    for text in texts:
        for cue in _cues(text):
            known = best.get(cue.kind)
            if known is None or (known.joking and not cue.joking):
                best[cue.kind] = cue
    return Mood(tuple(best[kind] for kind in MoodKind if kind in best))


def asks_how(text: str) -> bool:
    """Whether a text asks how something is done or tells of the writer's own doing, so that it reports no outage."""
    pack = _pack()
    words = tuple(_WORD.findall(plain(_NOT_THEIRS.sub(" ", text[:LOOKED_AT]))))
    return len(words) > _SHORT or any(group in pack.unless for group, _, _ in pack.signs_of.find(words))


@lru_cache(maxsize=2048)
def _cues(text: str) -> tuple[Cue, ...]:
    prose = _NOT_THEIRS.sub(" ", text[:LOOKED_AT])
    sentences = [one for one in _SENTENCE.split(prose)[:_SENTENCES] if one and one.strip()]
    found = [cue for sentence in sentences for cue in _sentence(sentence)]
    if sentences:
        found += _signs(prose, sentences[0])
    if _shouts(prose):
        found.append(Cue(MoodKind.ANGER, "capitals", _short(sentences[0]), _laughs(prose)))
    return tuple(found)


def _sentence(sentence: str) -> Iterator[Cue]:
    joking = _laughs(sentence)
    for clause in _CLAUSE.split(sentence):
        words = tuple(_WORD.findall(plain(clause)))
        for kind, phrase in _said(words):
            yield Cue(MoodKind(kind), phrase, _short(sentence), joking)


def _signs(prose: str, quoted: str) -> Iterator[Cue]:
    """An outage or its symptoms by signs in the whole text, unless it is about the writer's own doing."""
    pack = _pack()
    words = tuple(_WORD.findall(plain(prose)))
    around = _find(pack.around, words)
    groups = {one.group for one in _find(pack.signs_of, words) if not _void(one, around)}
    if len(words) <= _SHORT and groups.isdisjoint(pack.unless):
        for kind, needed in pack.signs:
            if needed <= groups:
                yield Cue(MoodKind(kind), " ... ".join(sorted(needed)), _short(quoted), _laughs(quoted))


@dataclass(frozen=True, slots=True)
class _Found:
    """A phrase of a group, and the first word after it."""

    group: str
    start: int
    end: int
    phrase: str


def _find(book: Phrasebook, words: tuple[str, ...]) -> list[_Found]:
    return [_Found(group, at, at + len(phrase.split()), phrase) for group, at, phrase in book.find(words)]


def _said(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(kind, phrase) of what a clause says and neither denies nor means in another way."""
    pack = _pack()
    found, parts = _find(pack.kinds, words), _find(pack.parts, words)
    if not found and not parts:
        return
    around = _find(pack.around, words)
    found = [one for one in found if not _void(one, around)]
    yield from ((one.group, one.phrase) for one in found)
    parts = [one for one in parts if not _void(one, around)]
    for kind, first, second in pack.joined:
        for one in (one for one in parts if one.group == first):
            for other in (other for other in parts if other.group == second):
                if max(one.start, other.start) - min(one.end, other.end) <= _JOINED_WITHIN:
                    yield kind, f"{one.phrase} ... {other.phrase}"


def _void(one: _Found, around: Iterable[_Found]) -> bool:
    """Whether a phrase is denied, or stands inside an idiom."""
    reach = _DENIED_WITHIN if one.group in _OF_THE_ASKER else 1
    return any(
        (near.group == "negates" and one.start - reach < near.end <= one.start)
        or (near.group == "negates_after" and near.start == one.end)
        or (near.group == "idioms" and near.start < one.end and one.start < near.end)
        for near in around
    )


def _laughs(sentence: str) -> bool:
    if _GRIN.search(sentence):
        return True
    return any(group == "jokes" for group, _, _ in _pack().around.find(tuple(_WORD.findall(plain(sentence)))))


def _shouts(prose: str) -> bool:
    """Mostly capitals, and long enough that it is no name or error code."""
    letters = [one for one in prose if one.isalpha()]
    loud = sum(one.isupper() for one in letters)
    words = [one for one in prose.split() if len(one) > 2 and one.isalpha() and one.isupper()]
    return len(letters) >= _LOUD_LETTERS and len(words) >= _LOUD_WORDS and loud >= _LOUD_SHARE * len(letters)


def _short(sentence: str) -> str:
    flat = " ".join(sentence.split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "\u2026"
