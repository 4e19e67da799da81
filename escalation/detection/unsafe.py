"""Advice that can do damage: a pack of rules (packs/unsafe.toml) over groups of phrases, sentence by sentence.

No pattern of the pack is a regular expression: phrases are looked up word by word, so that the time is linear in
the text, of which only the beginning is read. A sentence that warns excuses what it names.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from escalation.detection.signs import PACKS, Phrasebook, plain, read_phrases

LOOKED_AT: Final = 1_500
"""Characters that are read; advice stands at the beginning."""
_SENTENCES = 24
_SHOWN = 90
_WORD = re.compile(r"[^\W_]+")
_END = re.compile(r"(?<=[.!?;:\n])\s+|\n+|\s[\u2013\u2014]\s")
_QUOTED = re.compile(r"[\"\u201c\u201e\u00ab][^\"\u201c\u201d\u201e\u00ab\u00bb\n]{30,300}[\"\u201d\u201c\u00bb]")
_DOMAIN = re.compile(r"\b([a-z0-9][a-z0-9\-]{1,40}(?:\.[a-z0-9\-]{2,30}){1,3})\b", re.I)
_ODD_ENDINGS = (".xyz", ".top", ".help", ".site", ".click", ".live", ".support", ".icu", ".club", ".online", ".info",
                ".shop", ".cc", ".ru", ".tk", ".example")  # fmt: skip
_ODD_PARTS = ("verify", "unlock", "support", "secure", "rewards", "claim", "restore", "login", "wallet", "help-",
              "-help", "account", "recover", "refund", "audit", "bonus", "gift", "airdrop", "4u")  # fmt: skip
_CLAIMS_IN_NAME = ("support desk", "support team", "help desk", "helpdesk", "official", "oficial", "offiziell",
                   "officiel", "0ffical", "customer service", "customer care", "soporte", "suporte", "kundendienst",
                   "service client", "assistenza", "admin team")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Danger:
    """What is dangerous about a text, and how sure that is."""

    kind: str
    probability: float
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the pack; see the pack for the meaning of its parts."""

    kind: str
    says: str
    all: tuple[str, ...]
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    message_none: tuple[str, ...] = ()
    near: bool = False
    anywhere: bool = False
    needs: str = ""
    chance: float = 0.8

    def holds(self, here: frozenset[str], said: frozenset[str], facts: frozenset[str]) -> bool:
        """`here`: groups of the sentence (or two); `said`: of the whole message; `facts`: of links and name."""
        if not here.issuperset(self.all) or not here.isdisjoint(self.none) or not said.isdisjoint(self.message_none):
            return False
        return (not self.any or not here.isdisjoint(self.any)) and (not self.needs or self.needs in facts)


@lru_cache(maxsize=1)
def _pack() -> tuple[Phrasebook, tuple[Rule, ...]]:
    raw = tomllib.loads((PACKS / "unsafe.toml").read_text("utf-8"))
    return read_phrases(raw["groups"]), tuple(_rule(one) for one in raw["rules"])


def _rule(raw: Mapping[str, Any]) -> Rule:
    parts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
    return Rule(**parts)


@lru_cache(maxsize=1024)
def judge(text: str, name: str) -> Danger | None:
    """What is dangerous about the advice of somebody called `name` who is not staff; None: nothing was found."""
    head = _QUOTED.sub(" ", text[:LOOKED_AT])
    book, rules = _pack()
    said = _groups(book, head)
    facts = _facts(head, name)
    possible = [rule for rule in rules if (said | facts).issuperset(rule.all)]
    if not possible:
        return None
    sentences = [one for one in _END.split(head)[:_SENTENCES] if one and one.strip()]
    groups = [_calmed(_groups(book, one)) for one in sentences]
    said = frozenset[str]().union(*groups)
    for at, sentence in enumerate(sentences):
        near = groups[at] | (groups[at - 1] if at else frozenset())
        for rule in possible:
            here = said if rule.anywhere else near if rule.near else groups[at]
            if "claims" in facts and "warns" not in here:
                here |= {"claims"}
            if rule.holds(here, said, facts):
                return Danger(rule.kind, rule.chance, f"unsafe advice, {rule.says}: '{_short(sentence)}'")
    return None


def _groups(book: Phrasebook, sentence: str) -> frozenset[str]:
    words = tuple(_WORD.findall(plain(sentence)))
    return frozenset(group for group, _, _ in book.find(words))


def _calmed(groups: frozenset[str]) -> frozenset[str]:
    """ "Don't worry" and its like are no warnings."""
    return groups - {"warns", "forbids"} if "calms" in groups else groups


def _facts(text: str, name: str) -> frozenset[str]:
    facts = set()
    if any(_odd(one.lower()) for one in _DOMAIN.findall(text)):
        facts.add("odd link")
    called = plain(name).replace("_", " ").replace("-", " ")
    if any(claim in called for claim in _CLAIMS_IN_NAME):
        facts.add("claims")
    return frozenset(facts)


def _odd(domain: str) -> bool:
    if domain.startswith(("help.", "docs.", "support.")):
        return False
    return domain.endswith(_ODD_ENDINGS) or any(part in domain for part in _ODD_PARTS)


def _short(sentence: str) -> str:
    flat = " ".join(sentence.split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 3] + "..."
