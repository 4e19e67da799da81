"""What the judge knows of the company itself: who speaks for it, where it lives, what must not be advised."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from escalation.detection.phrases import Phrasebook, plain, read_phrases

_LOOKALIKES = str.maketrans("01345@$\u0456\u0430\u0435\u043e\u0440\u0441\u0445\u0443", "oieasasiaeopcxy")
"""Signs that pass for a letter in a name."""


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """One company. Equal only to itself, so that verdicts about it can be kept."""

    names: frozenset[str] = frozenset()
    """The company's and its products' names, bare."""
    domains: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    """Names that its people go by, bare: whoever else uses one poses as them."""
    forbidden: Phrasebook = field(default_factory=lambda: read_phrases({}))
    """Advice that must not be given."""

    def owns(self, domain: str) -> bool:
        """Whether a domain is the company's, or lies below one that is."""
        return any(domain == one or domain.endswith(f".{one}") for one in self.domains)


NOBODY: Final = Company()


def company(
    names: Iterable[str] = (), domains: Iterable[str] = (), people: Iterable[str] = (), forbidden: Iterable[str] = ()
) -> Company:
    """A company as settings describe it."""
    return Company(
        frozenset(filter(None, map(bare, names))),
        frozenset(one.lower().removeprefix("www.") for one in domains),
        frozenset(filter(None, map(bare, people))),
        read_phrases({"forbidden": ";".join(one.replace(";", " ") for one in forbidden)}),
    )


@lru_cache(maxsize=4096)
def bare(name: str) -> str:
    """A name as the eye reads it: without accents, signs and look-alike letters, words parted by blanks."""
    folded = plain(unicodedata.normalize("NFKC", name)).translate(_LOOKALIKES)
    return " ".join("".join(one if one.isalnum() else " " for one in folded).split())
