"""Rate limits: `topics/rate-limits`. Windows run on the real clock, as the client really waits."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from dataclasses import dataclass, field
from fnmatch import fnmatch

WIDE = (("*", 10_000, 1.0),)
"""Headers, but room for everything: what tests that are not about limits want."""
REAL = (
    ("POST /channels/*/messages", 5, 5.0),
    ("PATCH /channels/*/messages/*", 5, 5.0),
    ("DELETE /channels/*/messages/*", 5, 1.0),
    ("GET /channels/*/messages", 5, 5.0),
    ("PUT /channels/*/messages/*/reactions/*/@me", 1, 0.25),
    ("DELETE /channels/*/messages/*/reactions/*/@me", 1, 0.25),
    ("PUT /applications/*/commands", 2, 5.0),
    ("*", 10, 5.0),
)
"""As seen on the real Discord, which promises no figures."""
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_id", "interaction_token")


@dataclass
class _Window:
    limit: int
    seconds: float
    ends: float = 0.0
    used: int = 0


@dataclass(frozen=True)
class Verdict:
    """Headers for the answer; `retry_after` is set when there is none but a 429."""

    headers: dict[str, str]
    retry_after: float | None = None
    everywhere: bool = False
    shared: bool = False


@dataclass
class _Forced:
    pattern: str
    retry_after: float
    times: int
    everywhere: bool
    shared: bool


@dataclass
class Limits:
    """Buckets per route and major parameter, a global one per second, and 429s on demand (`exhaust`)."""

    table: tuple[tuple[str, int, float], ...] = WIDE
    per_second: int = 50_000
    ban_after: int = 10_000
    hits: int = 0
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)
    _all: _Window = field(default_factory=lambda: _Window(0, 1.0))
    _forced: list[_Forced] = field(default_factory=list)
    _invalid: deque[float] = field(default_factory=deque)

    @classmethod
    def real(cls) -> Limits:
        return cls(REAL, per_second=50)

    def exhaust(
        self, pattern: str, *, retry_after: float = 0.1, times: int = 1, everywhere: bool = False, shared: bool = False
    ) -> None:
        """The next `times` requests that match get a 429; `everywhere` makes it the global one."""
        self._forced.append(_Forced(pattern, retry_after, times, everywhere, shared))

    def take(self, method: str, path: str, template: str, major: dict[str, str], *, counts_globally: bool) -> Verdict:
        """One request. Interaction endpoints are not bound to the global limit."""
        now = time.monotonic()
        name = f"{method} {path}"
        window = self._window(name, f"{method} {template}", major)
        if now >= window.ends:
            window.ends, window.used = now + window.seconds, 0
        if (forced := self._pop_forced(name)) is not None:
            headers = self._headers(window, template, method, now)
            return self._refused(headers, forced.retry_after, everywhere=forced.everywhere, shared=forced.shared)
        if counts_globally and (wait := self._global(now)) is not None:
            return self._refused({}, wait, everywhere=True)
        if window.used >= window.limit:
            return self._refused(self._headers(window, template, method, now), window.ends - now)
        window.used += 1
        return Verdict(self._headers(window, template, method, now))

    def _window(self, name: str, route: str, major: dict[str, str]) -> _Window:
        key = (route, "+".join(major.get(each, "") for each in MAJOR))
        if key not in self._windows:
            limit, seconds = next((limit, seconds) for pattern, limit, seconds in self.table if matches(name, pattern))
            self._windows[key] = _Window(limit, seconds)
        return self._windows[key]

    def _pop_forced(self, name: str) -> _Forced | None:
        for one in self._forced:
            if matches(name, one.pattern):
                one.times -= 1
                if not one.times:
                    self._forced.remove(one)
                return one
        return None

    def _global(self, now: float) -> float | None:
        if now >= self._all.ends:
            self._all.ends, self._all.used = now + 1.0, 0
        if self._all.used >= self.per_second:
            return self._all.ends - now
        self._all.used += 1
        return None

    def _headers(self, window: _Window, template: str, method: str, now: float) -> dict[str, str]:
        left = max(0.0, window.ends - now)
        return {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(max(0, window.limit - window.used)),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(f"{method} {template}".encode()).hexdigest()[:32],
        }

    def _refused(
        self, headers: dict[str, str], wait: float, *, everywhere: bool = False, shared: bool = False
    ) -> Verdict:
        self.hits += 1
        headers = headers | {"Retry-After": str(max(1, round(wait)))}
        headers["X-RateLimit-Scope"] = "global" if everywhere else "shared" if shared else "user"
        if everywhere:
            headers["X-RateLimit-Global"] = "true"
        elif headers.get("X-RateLimit-Remaining"):
            headers["X-RateLimit-Remaining"] = "0"
        return Verdict(headers, round(wait, 3), everywhere, shared)

    # -- the ban of those who do not listen

    def count_invalid(self) -> None:
        self._invalid.append(time.monotonic())

    @property
    def invalid_requests(self) -> int:
        """401s, 403s and 429s (but shared ones) of the last ten minutes."""
        while self._invalid and self._invalid[0] < time.monotonic() - 600:
            self._invalid.popleft()
        return len(self._invalid)

    @property
    def banned(self) -> bool:
        return self.invalid_requests >= self.ban_after


def matches(name: str, pattern: str) -> bool:
    """`*` in a path stands for one part, except at the end of "*" alone."""
    if pattern == "*":
        return True
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(fnmatch(*pair) for pair in zip(parts, wanted, strict=True))
