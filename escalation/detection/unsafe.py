"""Advice that can do damage: a pack of rules (packs/unsafe.toml) over groups of phrases, sentence by sentence.

What the rules find is weighed by a small network (weights/unsafe.npz) together with the words, since no list of
phrases holds all that people invent; what settings forbid, and who poses as the company, needs no weighing. No pattern
is a regular expression: phrases are looked up word by word, so that the time is linear in the text, of which only the
beginning is read. A sentence that warns excuses what it names.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from escalation.detection.company import NOBODY, Company, bare
from escalation.detection.encoder import gist
from escalation.detection.head import head
from escalation.detection.phrases import PACKS, Phrasebook, plain, read_phrases

LEAST: Final = 0.75
"""From this probability on advice counts as unsafe: a false alarm costs more than one that is missed."""
WITH_RULE: Final = 0.03
"""The same where a rule of the pack holds: it is right more than nine times in ten."""
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
_LINK = re.compile(r"https?://(?:[^\s/@]*@)?([^\s/:?#@]{4,100})|([^\W_][\w\-]{1,40}(?:\.[\w\-]{2,30}){1,3})", re.I)
_ENDINGS = frozenset("com net org io co app dev ai de at ch es fr pt br mx it nl eu uk us ca ru me gg to ly".split())
"""What ends with one of these is taken for an address without "https://"; "config.yaml" and "node.js" are none."""
_CLAIMS_IN_NAME = tuple(
    map(bare, ("support desk", "support team", "help desk", "helpdesk", "official", "oficial", "offiziell", "officiel",
               "offical", "customer service", "customer care", "soporte", "suporte", "kundendienst", "service client",
               "assistenza", "admin team"))
)  # fmt: skip


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
def judge(text: str, name: str, company: Company = NOBODY) -> Danger | None:
    """What is dangerous about the advice of somebody called `name` who is not staff; None: nothing was found."""
    if not text.strip():
        return None
    if found := _against(text, name, company):
        return found
    read = _read(text, name)
    chance = head("unsafe").probabilities(gist(text), read.circumstances())["yes"]
    if read.rule is not None and chance >= WITH_RULE:
        told = f"unsafe advice, {read.rule.says}: '{_short(read.sentence)}'"
        return Danger(read.rule.kind, max(chance, read.rule.chance), told)
    if chance < LEAST:
        return None
    return Danger("unsafe", chance, f"unsafe advice, by its words: '{_short(_worst(text))}'")


@dataclass(frozen=True, slots=True)
class Read:
    """What the pack finds in a text: its groups, facts of links and name, and the first rule that holds."""

    groups: frozenset[str]
    facts: frozenset[str]
    rule: Rule | None = None
    sentence: str = ""

    def circumstances(self) -> dict[str, float]:
        """As named features for the head."""
        told = dict.fromkeys([f"says {group}" for group in sorted(self.groups)] + sorted(self.facts), 1.0)
        if self.rule is not None:
            told |= {"rule": self.rule.chance, f"rule {self.rule.kind}": 1.0}
        return told


def circumstances(text: str, name: str) -> dict[str, float]:
    """What the pack finds in the words of somebody called `name`, as named features."""
    return _read(text, name).circumstances()


def _read(text: str, name: str) -> Read:
    opening = _QUOTED.sub(" ", text[:LOOKED_AT])
    book, rules = _pack()
    said = _groups(book, opening)
    facts = _facts(opening, name)
    possible = [rule for rule in rules if (said | facts).issuperset(rule.all)]
    if not possible:
        return Read(said, facts)
    sentences = [one for one in _END.split(opening)[:_SENTENCES] if one and one.strip()]
    groups = [_calmed(_groups(book, one)) for one in sentences]
    said = frozenset[str]().union(*groups)
    for at, sentence in enumerate(sentences):
        near = groups[at] | (groups[at - 1] if at else frozenset())
        for rule in possible:
            here = said if rule.anywhere else near if rule.near else groups[at]
            if "claims" in facts and "warns" not in here:
                here |= {"claims"}
            if rule.holds(here, said, facts):
                return Read(said, facts, rule, sentence)
    return Read(said, facts)


def _against(text: str, name: str, company: Company) -> Danger | None:
    """What the company's own settings say: forbidden advice, and strangers who pose as it."""
    for sentence in _END.split(text[:LOOKED_AT]):
        words = tuple(_WORD.findall(plain(sentence or "")))
        phrase = next((found for _, found in company.forbidden.found_in(sentence or "", words)), None)
        if phrase is not None and "warns" not in _calmed(_groups(_pack()[0], sentence)):
            return Danger("forbidden", 0.95, f"the company forbids this advice: '{phrase}'")
    called = bare(name)
    if called and called in company.people:
        return Danger("impostor", 0.9, f"{name!r} is the name of one of the company's people, but is not marked as one")
    claims = _claims(called, text)
    named = company.named_in(called)
    if company.posed_as_by(called) or (named and claims):
        return Danger("impostor", 0.9, f"{name!r} claims to be the company, but is not marked as one of its people")
    if not company.domains or not (named or claims):
        return None
    strange = [one for one in _linked(text[:LOOKED_AT]) if not company.owns(one)]
    # A member may be called after a product and link to anything, but not to what looks like the company's.
    told = strange if claims else [one for one in strange if _odd(one) or company.named_in(bare(one))]
    if told:
        return Danger(
            "impostor", 0.9, f"it claims to be the company and links to {told[0]}, which is not the company's"
        )
    return None


def _linked(text: str) -> list[str]:
    """The domains that a text links to or names, in lower case."""
    found = []
    for link, name in _LINK.findall(text):
        domain = (link or name).lower().strip(".")
        if link or domain.rsplit(".", 1)[-1] in _ENDINGS or domain.endswith(_ODD_ENDINGS):
            found.append(domain.removeprefix("www."))
    return found


def _claims(called: str, text: str) -> bool:
    return any(claim in called for claim in _CLAIMS_IN_NAME) or "claims" in _groups(_pack()[0], text[:LOOKED_AT])


def _worst(text: str) -> str:
    """The sentence that sounds most dangerous."""
    sentences = [one for one in _END.split(text[:LOOKED_AT])[:_SENTENCES] if one and one.strip()]
    danger = head("unsafe")
    return max(sentences, key=lambda one: danger.probabilities(gist(one), {})["yes"], default=text[:_SHOWN])


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
    called = bare(name)
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
