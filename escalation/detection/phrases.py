"""Phrases in many languages, looked up word by word, so that the time is linear in the text. No regular expressions."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

PACKS: Final = Path(__file__).with_name("packs")
WORD: Final = re.compile(r"[^\W_]+")
SCRIPT_WITHOUT_BLANKS: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
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

    def found_in(self, text: str, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """(group, phrase) of every phrase in a text, whose words these are, also of scripts that write no blanks."""
        yield from ((group, phrase) for group, _, phrase in self.find(words))
        if self.unspaced and not text.isascii():
            lowered = plain(text)
            yield from ((group, phrase) for phrase, group in self.unspaced if phrase in lowered)


def read_phrases(groups: Mapping[str, str]) -> Phrasebook:
    """A phrasebook of groups of phrases parted by semicolons or line ends."""
    single: dict[str, tuple[str, ...]] = {}
    longer: dict[str, dict[str, tuple[tuple[tuple[str, ...], str], ...]]] = {}
    unspaced: list[tuple[str, str]] = []
    for group, text in groups.items():
        for phrase in dict.fromkeys(one.strip() for one in text.replace("\n", ";").split(";")):
            words = tuple(WORD.findall(plain(phrase)))
            if SCRIPT_WITHOUT_BLANKS.search(phrase):
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
