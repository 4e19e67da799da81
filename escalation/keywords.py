"""Keywords: literal words and phrases, found as whole words. Pure, linear in the text, no patterns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_WITHOUT_BLANKS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts that write no blanks between words: there a word's end can't be seen, so any place counts."""


def plain(text: str) -> str:
    """How keywords and texts are compared: without case, width variants and runs of blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def found(keywords: Iterable[str], text: str) -> list[str]:
    """Those of `keywords` that stand in `text`, in their order; both as `plain` makes them."""
    return [keyword for keyword in keywords if _stands(keyword, text)]


def _stands(keyword: str, text: str) -> bool:
    at = text.find(keyword) if keyword else -1
    while at >= 0:
        end = at + len(keyword)
        if not _joined(text[at - 1 : at], keyword[0]) and not _joined(keyword[-1], text[end : end + 1]):
            return True
        at = text.find(keyword, at + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word; "" is the text's edge."""
    return bool(left and right) and _in_word(left) and _in_word(right) and not (_free(left) and _free(right))


def _in_word(letter: str) -> bool:
    return letter == "_" or letter.isalnum() or unicodedata.category(letter)[0] == "M"


def _free(letter: str) -> bool:
    return not letter.isascii() and unicodedata.name(letter, "").startswith(_WITHOUT_BLANKS)
