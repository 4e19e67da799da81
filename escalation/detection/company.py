"""What the judge knows of the company itself: who speaks for it, where it lives, what must not be advised."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from escalation.detection.phrases import Phrasebook, plain, read_phrases

_LOOKALIKES = str.maketrans(
    "01345@$l"
    "\u0456\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u043a\u043c\u0442\u0432\u043d\u0455\u0458\u0501"
    "\u03b1\u03b5\u03bf\u03c1\u03b9\u03ba\u03bd\u03c4\u03c5\u03c7\u03bc",
    "oieasasiiaeopcxykmtbhsjdaeopikvtuxm",
)
"""Signs that pass for a letter in a name, after lower case; l and I look alike, so both are i."""


_INSIDE: Final = 5
"""A company's name of fewer letters ("ring") stands inside too many others ("springer"); it counts as a word alone."""


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

    def named_in(self, called: str) -> bool:
        """Whether a bare name holds one of the company's: as words of its own, or, if it is long enough, inside one."""
        joined = called.replace(" ", "")
        return any(f" {one} " in f" {called} " or _inside(one.replace(" ", ""), joined) for one in self.names)

    def posed_as_by(self, called: str) -> bool:
        """Whether a bare name says that its bearer speaks for the company: "acme support", "officialacme"."""
        joined = called.replace(" ", "")
        return any(joined.replace(one.replace(" ", ""), "", 1) in _OFFICES for one in self.names) or (
            self.named_in(called) and not _OFFICES.isdisjoint(called.split())
        )

    def owns(self, domain: str) -> bool:
        """Whether a domain is the company's, or lies below one that is."""
        return any(domain == one or domain.endswith(f".{one}") for one in self.domains)


def _inside(name: str, joined: str) -> bool:
    return name == joined or (len(name) >= _INSIDE and name in joined)


NOBODY: Final = Company()


def company(
    names: Iterable[str] = (), domains: Iterable[str] = (), people: Iterable[str] = (), forbidden: Iterable[str] = ()
) -> Company:
    """A company as settings describe it."""
    return Company(
        frozenset(filter(None, map(bare, names))),
        frozenset(filter(None, map(_domain, domains))),
        frozenset(filter(None, map(bare, people))),
        read_phrases({"forbidden": ";".join(one.replace(";", " ") for one in forbidden)}),
    )


@lru_cache(maxsize=4096)
def bare(name: str) -> str:
    """A name as the eye reads it, to compare: without accents, signs and look-alike letters, words parted by blanks."""
    folded = plain(unicodedata.normalize("NFKC", name)).translate(_LOOKALIKES)
    return " ".join("".join(one if one.isalnum() else " " for one in folded).split())


_OFFICES: Final = frozenset(
    map(bare, ("support", "help", "helpdesk", "team", "staff", "admin", "official", "service", "care", "desk",
               "agent", "moderator", "security", "billing", "hilfe", "kundendienst", "offiziell", "mitarbeiter",
               "soporte", "ayuda", "oficial", "equipo", "aide", "equipe", "officiel", "suporte", "ajuda", "atendimento",
               "assistenza"))
)  # fmt: skip
"""Words beside the company's name that claim to speak for it."""


def _domain(setting: str) -> str:
    """The domain of "acme.com", "www.acme.com", "*.acme.com" or "https://acme.com/help"."""
    bare_of_scheme = setting.strip().lower().split("://")[-1].split("/")[0]
    return bare_of_scheme.removeprefix("*.").removeprefix("www.")
