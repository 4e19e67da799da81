"""What goes wrong on purpose: with requests per route and times, and with the gateway's events."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.fakes.discord.limits import matches


@dataclass
class Fault:
    """One thing that happens to the next `times` requests that match, after the first `skip` of them."""

    pattern: str
    times: int = 1
    status: int | None = None
    code: int = 0
    after: bool = False
    drop: bool = False
    delay: float = 0.0
    gate: asyncio.Event | None = None
    skip: int = 0
    done: int = 0


@dataclass
class Faults:
    """`fail("POST /channels/*/messages", 502, after=True)`: applied, but its answer is a 502.

    A pattern is a method (or `*`) and a path under /api/v10; `*` stands for one part of it, alone for everything.
    """

    waiting: list[Fault] = field(default_factory=list)

    def fail(
        self, pattern: str, status: int, *, code: int = 0, times: int = 1, after: bool = False, skip: int = 0
    ) -> Fault:
        """This status instead of the answer; `after`: the request has done its work nevertheless."""
        return self._add(Fault(pattern, times, status=status, code=code, after=after, skip=skip))

    def drop(self, pattern: str, *, times: int = 1, after: bool = False, skip: int = 0) -> Fault:
        """The connection breaks instead of an answer."""
        return self._add(Fault(pattern, times, drop=True, after=after, skip=skip))

    def delay(self, pattern: str, seconds: float, *, times: int = 1, after: bool = False) -> Fault:
        """Real seconds, before the request does its work or (`after`) between that and the answer."""
        return self._add(Fault(pattern, times, delay=seconds, after=after))

    def hold(self, pattern: str, *, times: int = 1, after: bool = False) -> asyncio.Event:
        """The request waits until the event is set."""
        gate = asyncio.Event()
        self._add(Fault(pattern, times, gate=gate, after=after))
        return gate

    def clear(self) -> None:
        self.waiting.clear()

    def _add(self, fault: Fault) -> Fault:
        self.waiting.append(fault)
        return fault

    def take(self, name: str) -> list[Fault]:
        """The faults that befall this request: those that wait, and the first that breaks it."""
        found: list[Fault] = []
        broken = False
        for one in [fault for fault in self.waiting if matches(name, fault.pattern)]:
            if one.skip > 0:
                one.skip -= 1
            elif not broken:
                one.done += 1
                found.append(one)
                broken = one.status is not None or one.drop
        self.waiting = [one for one in self.waiting if one.done < one.times]
        return found
