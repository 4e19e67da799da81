"""The signs a text gives: which phrases of the cue pack stand in it and where, its marks, its n-grams. Pure, linear."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final
from zlib import crc32

from escalation.detection.features import LOOKED_AT

PACKS: Final = Path(__file__).with_name("packs")
BUCKETS: Final = 1 << 14
"""Hashed n-grams fall into this many places of a weight vector."""
_WORDS_LOOKED_AT = 220
_LONGEST_WORD = 24
_STARTS_WITHIN = 3
"""A phrase among the first words says what the whole message is."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`|\[<-(?:CODE|ISSUE)->\]", re.S)
_LINK = re.compile(r"https?://\S+|\bwww\.\S+|\[<-LINK->\]")
_QUOTED = re.compile(r"^>.*$|[\"“„«][^\"“”„«»\n]{6,300}[\"”“»]", re.M)
_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"\s*(?:@[\w.\-]{2,32}[:,]?|[\w.\-]{2,32}:)\s")
_SCRIPT_WITHOUT_BLANKS = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_APOSTROPHES = str.maketrans({"'": None, "\u2019": None, "\u02bc": None, "`": None, "\u00df": "ss", "\u0131": "i"})


def plain(text: str) -> str:
    """Lower case without accents and apostrophes, so that "Don’t" and "dont", "sí" and "si" are one."""
    lowered = text.lower().translate(_APOSTROPHES)
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(one for one in parts if not unicodedata.combining(one)))


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Phrases by their first word or two, and those of scripts that write no blanks."""

    single: Mapping[str, tuple[str, ...]]
    """word -> groups"""
    longer: Mapping[str, Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]]
    """first word -> second word -> (all its words, group)"""
    unspaced: tuple[tuple[str, str], ...]

    def find(self, words: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
        """(group, position, phrase) of every phrase that stands in `words`."""
        single, longer = self.single, self.longer
        last = len(words) - 1
        for position, word in enumerate(words):
            if word in longer and position < last:
                for phrase, group in longer[word].get(words[position + 1], ()):
                    if len(phrase) == 2 or words[position : position + len(phrase)] == phrase:
                        yield group, position, " ".join(phrase)
            if word in single:
                for group in single[word]:
                    yield group, position, word


def read_phrases(groups: Mapping[str, str]) -> Phrasebook:
    """A phrasebook of groups of phrases parted by semicolons or line ends."""
    single: dict[str, tuple[str, ...]] = {}
    longer: dict[str, dict[str, tuple[tuple[tuple[str, ...], str], ...]]] = {}
    unspaced: list[tuple[str, str]] = []
    for group, text in groups.items():
        for phrase in dict.fromkeys(one.strip() for one in text.replace("\n", ";").split(";")):
            words = tuple(_WORD.findall(plain(phrase)))
            if _SCRIPT_WITHOUT_BLANKS.search(phrase):
                unspaced.append((plain(phrase), group))
            elif len(words) == 1 and group not in single.get(words[0], ()):
                single[words[0]] = (*single.get(words[0], ()), group)
            elif len(words) > 1:
                nexts = longer.setdefault(words[0], {})
                nexts[words[1]] = (*nexts.get(words[1], ()), (words, group))
    return Phrasebook(single, longer, tuple(unspaced))


@lru_cache(maxsize=1)
def cue_pack() -> Phrasebook:
    """The cues of packs/cues.toml."""
    return read_phrases(tomllib.loads((PACKS / "cues.toml").read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Signs:
    """What one text shows. `found`: group of cues -> the first phrase of it, as it was matched."""

    words: tuple[str, ...]
    found: Mapping[str, str]
    starts: frozenset[str]
    names: tuple[str, ...]
    """All of that as names of features."""
    question_marks: int
    asks_at_end: bool
    has_code: bool
    has_link: bool

    def has(self, *groups: str) -> str | None:
        """The first phrase found of any of these groups."""
        return next((self.found[group] for group in groups if group in self.found), None)


@lru_cache(maxsize=4096)
def read(text: str) -> Signs:
    """Reads a text of any length and content; never fails."""
    head = text[:LOOKED_AT]
    prose = _CODE.sub(" ", head) if "`" in head or "[<-" in head else head
    has_code = len(prose) != len(head)
    without_links = _LINK.sub(" ", prose) if "http" in prose or "www." in prose or "[<-" in prose else prose
    has_link = len(without_links) != len(prose)
    said = _QUOTED.sub(" ", without_links) if _has_quotes(without_links) else without_links
    words = tuple(word[:_LONGEST_WORD] for word in _WORD.findall(plain(said))[:_WORDS_LOOKED_AT])
    addressed = _ADDRESS.match(said) is not None
    found, starts, many = _cues(said, words, _STARTS_WITHIN + addressed)
    marks = said.count("?") + said.count("\u00bf") + said.count("\uff1f") + said.count("\u061f") + said.count("\u037e")
    asks_at_end = said.rstrip(" .!\n)\u200d\ufe0f").endswith(("?", "\uff1f", "\u061f"))
    facts = {
        "marks": marks > 0,
        "marks2": marks > 1,
        "asks at end": asks_at_end,
        "code": has_code,
        "link": has_link,
        "bare link": has_link and len(words) < 4,
        "quotes": len(said) != len(without_links),
        "addressed": addressed,
        "digits": _DIGIT.search(said) is not None,
        "exclaims": "!" in said,
        "emoji": not said.isascii() and max(said) > "\U0001f000",
        "lines": "\n" in said.strip(),
        "capital": said[:1].isupper(),
        "attached": "[" in said,
        _length(len(words)): True,
    }
    names = [name for name, holds in facts.items() if holds]
    names += [f"has {group}" for group in found] + [f"starts {group}" for group in starts]
    names += [f"many {group}" for group in many]
    return Signs(words, found, frozenset(starts), tuple(names), marks, asks_at_end, has_code, has_link)


def _has_quotes(text: str) -> bool:
    return '"' in text or ">" in text or "\u00ab" in text or "\u201c" in text or "\u201e" in text


def _length(words: int) -> str:
    for bound in (0, 1, 2, 4, 7, 12, 20, 35, 60):
        if words <= bound:
            return f"up to {bound} words"
    return "very long"


def _cues(said: str, words: tuple[str, ...], start: int) -> tuple[dict[str, str], set[str], set[str]]:
    found: dict[str, str] = {}
    starts: set[str] = set()
    many: set[str] = set()
    book = cue_pack()
    for group, position, phrase in book.find(words):
        if group in found:
            if phrase != found[group]:
                many.add(group)
        else:
            found[group] = phrase
        if position < start:
            starts.add(group)
    if not said.isascii() and _SCRIPT_WITHOUT_BLANKS.search(said):
        lowered = plain(said)
        for phrase, group in book.unspaced:
            if phrase in lowered:
                found.setdefault(group, phrase)
    return found, starts, many


@lru_cache(maxsize=50_000)
def grams(word: str) -> tuple[int, ...]:
    """The buckets of a word and its parts, so that "crash", "crashes" and "crashed" share some."""
    marked = f"<{word}>"
    parts = [marked]
    if len(word) > 3 or not word.isascii():
        for size in (3, 4, 5):
            parts += [marked[at : at + size] for at in range(len(marked) - size + 1)]
    return tuple(dict.fromkeys(crc32(part.encode("utf-8", "replace")) % BUCKETS for part in parts))


def pair_buckets(words: tuple[str, ...]) -> list[int]:
    """The buckets of every two words in a row."""
    coded = [word.encode("utf-8", "replace") for word in words]
    return [crc32(other, crc32(one)) % BUCKETS for one, other in pairwise(coded)]
