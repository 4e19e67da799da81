"""One finding of `backstop doctor`: what was looked at, how it is, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    GOOD = "ok"
    NOTE = "note"
    """Works, but somebody should know."""
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` says what to do; empty where all is well."""

    what: str
    health: Health
    told: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f" -> {self.mend}" if self.mend else ""
        return f"{self.health:<4}  {self.what}: {self.told}{mend}"


def good(what: str, told: str) -> Finding:
    return Finding(what, Health.GOOD, told)


def note(what: str, told: str, mend: str = "") -> Finding:
    return Finding(what, Health.NOTE, told, mend)


def bad(what: str, told: str, mend: str) -> Finding:
    return Finding(what, Health.BAD, told, mend)
