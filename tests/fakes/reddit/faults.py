"""What goes wrong on purpose, and where. A fault says what the client gets; `applied` whether the wish came true."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["answer", "hang", "reset", "cut"]


@dataclass(frozen=True)
class Fault:
    """`kind`: an answer of its own, silence until the client gives up, a reset connection, half of a body."""

    kind: Kind = "answer"
    status: int = 200
    body: str = ""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    quota_headers: bool = True
    applied: bool = False

    def after(self) -> Fault:
        """The same, but the request was carried out first: only its answer is lost."""
        return replace(self, applied=True)


def status(code: int) -> Fault:
    """An error of Reddit's edge: an HTML page, as 500, 502 and 503 come."""
    page = f"<!doctype html><title>Ow! -- reddit.com</title><h1>{code}</h1>"
    return Fault(status=code, body=page, content_type="text/html", quota_headers=False)


def forbidden(reason: str | None = None) -> Fault:
    because = f'"reason": "{reason}", ' if reason else ""
    return Fault(status=403, body=f'{{{because}"message": "Forbidden", "error": 403}}')


def unauthorized() -> Fault:
    challenge = ("www-authenticate", 'Bearer realm="reddit", error="invalid_token"')
    return Fault(status=401, body='{"message": "Unauthorized", "error": 401}', headers=(challenge,))


def too_many(retry_after: float | None = None, *, quota_headers: bool = False) -> Fault:
    """429 from the edge, for whatever reason but the quota: bare, or with what is said about the time to wait."""
    headers = () if retry_after is None else (("retry-after", f"{retry_after:g}"),)
    body = '{"message": "Too Many Requests", "error": 429}'
    return Fault(status=429, body=body, headers=headers, quota_headers=quota_headers)


def api_error(code: str, message: str, at: str) -> Fault:
    """A refusal inside a 200, as RATELIMIT ("Take a break for 9 minutes before trying again.")."""
    return Fault(body=f'{{"json": {{"errors": [["{code}", "{message}", "{at}"]]}}}}')


def broken_json() -> Fault:
    return Fault(body='{"kind": "Listing", "data": {"after": null, "chil')


def web_page() -> Fault:
    """200 with a page for people where JSON was asked for."""
    return Fault(body="<!doctype html><title>reddit</title>", content_type="text/html")


def hang() -> Fault:
    """No answer, until the client closes the connection."""
    return Fault("hang")


def reset() -> Fault:
    return Fault("reset")


def cut() -> Fault:
    """The connection ends in the middle of the body."""
    return Fault("cut")


@dataclass(eq=False)
class Plan:
    """Meets the requests that match; `left` None means always. `stop()` ends it, `met` counts."""

    pattern: str
    fault: Fault | None = None
    delay: float = 0.0
    left: int | None = None
    skip: int = 0
    met: int = 0

    def stop(self) -> None:
        self.left = 0

    def matches(self, method: str, path: str) -> bool:
        name = f"{method} {path}".lower()
        pattern = self.pattern.lower()
        return fnmatch.fnmatchcase(name, pattern if " " in pattern else f"* {pattern}")

    def take(self) -> bool:
        if self.left == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.left = None if self.left is None else self.left - 1
        self.met += 1
        return True


@dataclass
class Faults:
    """All plans. A request takes the longest delay and the first fault that meet it."""

    _plans: list[Plan] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, plan: Plan) -> Plan:
        with self._lock:
            self._plans.append(plan)
        return plan

    def clear(self) -> None:
        with self._lock:
            self._plans.clear()

    def take(self, method: str, path: str) -> tuple[float, Fault | None]:
        delay, fault = 0.0, None
        with self._lock:
            for plan in self._plans:
                if not plan.matches(method, path) or (fault and plan.fault):
                    continue
                if plan.take():
                    delay = max(delay, plan.delay)
                    fault = fault or plan.fault
        return delay, fault
