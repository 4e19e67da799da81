"""Not too often: what a team can be paged with, riskiest first; the rest waits for one digest within the hour. Pure.

A bucket smooths bursts, the hour and the shift are hard limits. One place of the hour is kept free for the digest, so
that digests never break the limit. Unsafe advice passes everything, and takes its place in the count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final

from escalation.bounds import check_number, check_time
from escalation.errors import InputError
from escalation.timing import DAY, HOUR, MINUTE, Millis

Quiet = Callable[[Millis], bool]
"""Whether a moment (UTC milliseconds) lies in the team's quiet hours."""


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """What one team can take. Times in milliseconds."""

    capacity: int = 1
    """Pages that may go at once after a rest. 1 to 100."""
    refill: Millis = MINUTE
    """Time until one more may go. 1 second to 1 day."""
    hourly: int = 6
    """Most pages in any hour, the digest among them. 2 to 1,000."""
    shift: int = 30
    """Most single pages in a shift. 1 to 10,000."""
    asker: int = 2
    """Most single pages about one asker within `asker_window`. 1 to 100."""
    asker_window: Millis = 4 * HOUR
    """1 minute to 1 day."""
    digest_within: Millis = HOUR
    """When the digest goes after the first page is held, but one an hour at most, so that a page is never held
    longer than an hour, quiet hours aside. 1 minute to 1 hour."""

    def __post_init__(self) -> None:
        """Raises InputError that names the setting, what was given and the bounds."""
        for name, least, most in (("capacity", 1, 100), ("hourly", 2, 1000), ("shift", 1, 10_000), ("asker", 1, 100)):
            check_number(name, getattr(self, name), least, most)
        check_time("refill", self.refill, 1_000, DAY)
        check_time("asker_window", self.asker_window, MINUTE, DAY)
        check_time("digest_within", self.digest_within, MINUTE, HOUR)


DEFAULTS: Final = BudgetSettings()


@dataclass(frozen=True, slots=True)
class DuePage:
    """A page that wants to go to the team. `score`: its priority, 0 to 100."""

    key: str
    asker: str
    score: int
    asked_at: Millis
    unsafe: bool = False

    def order(self) -> tuple[bool, int, Millis, str]:
        """Unsafe advice first, then the riskiest; among equals who asked first, then by key."""
        return not self.unsafe, -self.score, self.asked_at, self.key


class Why(StrEnum):
    """What holds a page back."""

    QUIET = "quiet hours"
    SHIFT = "the shift's budget is used up"
    HOUR = "the hour's budget is used up"
    BUCKET = "too many at once"
    ASKER = "the team was told of this asker often enough"


@dataclass(frozen=True, slots=True)
class Held:
    """A page that waits, since when, and why at the last look."""

    page: DuePage
    since: Millis
    why: Why


@dataclass(frozen=True, slots=True)
class Going:
    """A page that goes now, and what the budget cost it."""

    page: DuePage
    held_minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What went at a moment: a single page about `asker`, or a digest (`asker` None)."""

    at: Millis
    asker: str | None
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class BudgetState:
    """One team's: a bucket, what went lately, what waits."""

    tokens: Millis | None = None
    """Content of the bucket in milliseconds of refill; None: full, nothing went yet."""
    at: Millis = 0
    """When the bucket was last looked at."""
    sent: tuple[Sent, ...] = ()
    held: tuple[Held, ...] = ()

    def to_json(self) -> str:
        """Stable text: equal states give equal bytes."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> BudgetState:
        """The state that `to_json` wrote. Raises InputError for anything else."""
        try:
            body: dict[str, Any] = json.loads(text)
            held = tuple(Held(DuePage(**one["page"]), one["since"], Why(one["why"])) for one in body["held"])
            return cls(body["tokens"], body["at"], tuple(Sent(**one) for one in body["sent"]), held)
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"not the state of a budget: {error}") from error


@dataclass(frozen=True, slots=True)
class Admission:
    """What goes now, each as a page of its own; what joins the digest that goes now; what waits; the state after."""

    go: tuple[Going, ...]
    digest: tuple[Going, ...]
    held: tuple[Held, ...]
    state: BudgetState
    look_again: Millis | None
    """When the digest of what waits is due; None: nothing waits. A look before it may let single pages go."""

    @property
    def cost_minutes(self) -> float:
        """Minutes that what goes now was held, all together."""
        return sum(one.held_minutes for one in (*self.go, *self.digest))


def admit(
    state: BudgetState,
    pages: Iterable[DuePage],
    now: Millis,
    settings: BudgetSettings = DEFAULTS,
    *,
    quiet: Quiet = lambda _: False,
    shift_start: Millis | None = None,
) -> Admission:
    """Lets go what the budget allows of the new `pages` and those held before, riskiest first.

    A page offered again under its key replaces the one held and keeps its place in time. `shift_start`: when the
    running shift began; None: no limit by shift.
    """
    now = max(now, state.at)  # a clock that was set back earns nothing
    waiting = _merged(state.held, pages, now)
    calm = quiet(now)
    window = _Window(replace(state, held=()), now, settings, shift_start)
    go: list[Going] = []
    held: list[Held] = []
    for one in sorted(waiting, key=lambda one: one.page.order()):
        why = None if one.page.unsafe else Why.QUIET if calm else window.against(one.page)
        if why is None:
            window.take(one.page)
            go.append(_going(one, now))
        else:
            held.append(replace(one, why=why))
    digest: list[Going] = []
    due = window.digest_due(held)
    if due is not None and due <= now and not calm:
        digest = [_going(one, now) for one in held]
        window.take_digest()
        held, due = [], None
    return Admission(tuple(go), tuple(digest), tuple(held), window.state(tuple(held)), due)


def withdraw(state: BudgetState, keys: Iterable[str]) -> BudgetState:
    """Without the held pages of these keys: their questions are settled."""
    gone = frozenset(keys)
    return replace(state, held=tuple(one for one in state.held if one.page.key not in gone))


class _Window:
    """The budget during one look: what went so far, in the bucket, the hour, the shift, and by asker."""

    def __init__(self, state: BudgetState, now: Millis, settings: BudgetSettings, shift_start: Millis | None) -> None:
        full = settings.capacity * settings.refill
        self._tokens = full if state.tokens is None else min(full, state.tokens + now - state.at)
        self._now, self._settings = now, settings
        self._shift_start = now + 1 if shift_start is None else shift_start
        oldest = min(now - max(HOUR, settings.asker_window), self._shift_start, now - DAY)
        self._sent = [one for one in state.sent if one.at > oldest]

    def against(self, page: DuePage) -> Why | None:
        """What speaks against one more single page."""
        single = [one for one in self._sent if one.asker is not None]
        window = self._now - self._settings.asker_window
        if sum(one.asker == page.asker and one.at > window for one in single) >= self._settings.asker:
            return Why.ASKER
        if sum(one.at >= self._shift_start for one in single) >= self._settings.shift:
            return Why.SHIFT
        # The digest's own place stays free.
        if sum(one.at > self._now - HOUR for one in single) >= self._settings.hourly - 1:
            return Why.HOUR
        return None if self._tokens >= self._settings.refill else Why.BUCKET

    def take(self, page: DuePage) -> None:
        """Counts a page that goes; unsafe advice may leave the bucket empty, but never in debt."""
        self._tokens = max(0, self._tokens - self._settings.refill)
        self._sent.append(Sent(self._now, page.asker, page.unsafe))

    def digest_due(self, held: Iterable[Held]) -> Millis | None:
        """When what is held goes together: never two digests within an hour, as only one has a place in it."""
        first = min((one.since + self._settings.digest_within for one in held), default=None)
        last = max((one.at + HOUR for one in self._sent if one.asker is None), default=0)
        return None if first is None else max(first, last)

    def take_digest(self) -> None:
        self._tokens = max(0, self._tokens - self._settings.refill)
        self._sent.append(Sent(self._now, None))

    def state(self, held: tuple[Held, ...]) -> BudgetState:
        return BudgetState(self._tokens, self._now, tuple(self._sent), held)


def _merged(held: Iterable[Held], pages: Iterable[DuePage], now: Millis) -> list[Held]:
    waiting = {one.page.key: one for one in held}
    for page in pages:
        known = waiting.get(page.key)
        waiting[page.key] = Held(page, known.since if known else now, known.why if known else Why.BUCKET)
    return list(waiting.values())


def _going(one: Held, now: Millis) -> Going:
    return Going(one.page, (now - one.since) / MINUTE)
