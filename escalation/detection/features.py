"""What a text shows: words, question marks outside links and code, cues, overlap. Pure and linear."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LOOKED_AT = 4_000
"""Characters of a text that are looked at: what somebody asks stands at the beginning."""

_NOT_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|^>.*$", re.S | re.M)
_LINK = re.compile(r"https?://\S+")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*", re.U)
_MARKS = re.compile(r"[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
STOPWORDS = frozenset(
    "a an and are as at be but by can do for from has have how i if in is it its me my no not of on or so that the "
    "then there this to was what when with you your any anyone still does please hi hello der die das und ist ein "
    "eine nicht ich el la los las un una es en de que y le les des et est je o os um uma e não".split()
)


@dataclass(frozen=True, slots=True)
class Text:
    """One text, looked at once."""

    prose: str
    """Lower case, without code, links and quoted lines; words parted by single blanks, padded."""
    words: tuple[str, ...]
    question_marks: int
    has_link: bool
    has_code: bool
    length: int

    def has(self, cues: tuple[str, ...]) -> str | None:
        """The first of `cues` that stands in the text as whole words."""
        for cue in cues:
            if f" {cue} " in self.prose:
                return cue
        return None

    @property
    def content(self) -> frozenset[str]:
        """Words that carry meaning."""
        return frozenset(word for word in self.words if word not in STOPWORDS and len(word) > 1)


@lru_cache(maxsize=4096)
def look(text: str) -> Text:
    """Looks at a text of any length and content; never fails."""
    head = text[:LOOKED_AT]
    plain = _NOT_PROSE.sub(" ", head)
    if not plain.isascii():
        plain = _MARKS.sub("", unicodedata.normalize("NFKC", plain))
    lowered = plain.lower().replace("\u2019", "'")
    words = tuple(_WORD.findall(lowered))
    kept = re.sub(r"[^\w'!+?\-]+", " ", lowered)
    prose = f" {kept.replace('?', ' ')} {' '.join(words)} "
    return Text(
        prose=prose,
        words=words,
        question_marks=plain.count("?") + plain.count("\u00bf"),
        has_link=_LINK.search(head) is not None,
        has_code="`" in head,
        length=len(words),
    )


def overlap(one: Text, other: Text) -> float:
    """0..1: shared meaning-carrying words, of the smaller of the two texts."""
    left, right = one.content, other.content
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0


@lru_cache(maxsize=8192)
def _name_forms(name: str) -> tuple[str, ...]:
    lowered = unicodedata.normalize("NFKC", name).lower().strip()
    return tuple(form for form in {lowered, lowered.split(" ")[0]} if len(form) >= 3)


def names(text: str, name: str) -> bool:
    """Whether `text` addresses somebody called `name`: the whole name, or its first part, as a word."""
    lowered = text[:LOOKED_AT].lower()
    for form in _name_forms(name):
        start = lowered.find(form)
        while start >= 0:
            end = start + len(form)
            before, after = lowered[start - 1 : start], lowered[end : end + 1]
            if not (before.isalnum() or after.isalnum()):
                return True
            start = lowered.find(form, end)
    return False
