"""What the tests of the outer part share: chat lines, a small company, clocks to be moved, the real command."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from escalation.notify import Page
from escalation.policy import EscalationPolicy, EscalationStep
from escalation.routing import Address, Directory, Team
from escalation.store import Database, migrate
from escalation.tenant import Tenant, Tenants

BACKSTOP = Path(sys.executable).with_name("backstop")
QUESTION = "how do I reset my router? it is dead since the update"
ANSWER = "hold the button for ten seconds until it blinks"
START = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
PATIENCE = 8.0


def said(id_: str, text: str = QUESTION, *, at: datetime | None = None, **fields: Any) -> dict[str, Any]:
    """The fields of one chat line."""
    base = {"platform": "discord", "community": "acme", "channel": "help", "id": id_, "author": f"u-{id_}",
            "author_name": f"Name of {id_}", "at": (at or datetime.now(UTC)).isoformat(), "text": text}  # fmt: skip
    return base | fields


def answer(id_: str, to: str, *, at: datetime | None = None, **fields: Any) -> dict[str, Any]:
    """The fields of a helper's answer to the question `to`."""
    return said(id_, ANSWER, at=at, author="helper", reply_to=to, thread=to, **fields)


def lines(*some: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in some)


def append(path: Path, *some: Mapping[str, Any]) -> None:
    with path.open("ab") as file:
        file.write(lines(*some))


def company(first: int = 0, notifier: str = "pages") -> Tenants:
    """One step `first` milliseconds after a question, never repeated, to the support team."""
    policy = EscalationPolicy("short", (EscalationStep(first, ("team:support",)),), repeat=0)
    team = Team("support", (Address(notifier, "support"),))
    return Tenants(template=Tenant("acme", policy=policy, directory=Directory({"support": team}), shadow=False))


async def opened(path: Path) -> Database:
    """The database in that file, with the newest schema."""
    database = Database(str(path))
    await migrate.upgrade(database)
    return database


def pages_in(path: Path) -> list[str]:
    """Ids of the questions that were paged, in the order of their pages."""
    if not path.exists():
        return []
    records = [json.loads(line) for line in path.read_text().splitlines()]
    return [one["page"]["subject"].rsplit("/", 1)[1] for one in records if "page" in one]


async def until(condition: Callable[[], bool | Awaitable[bool]], what: str, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while True:
        met = condition()
        if met if isinstance(met, bool) else await met:
            return
        assert time.monotonic() < end, f"waited {patience} s for {what}"
        await asyncio.sleep(0.02)


async def at_rest(database: Database) -> None:
    """Returns when no transaction is under way. Stopping in the middle of one is test_stopping.py's matter."""
    for _ in range(3):
        await asyncio.sleep(0.05)
        await database.write(lambda connection: None)
        await database.read(lambda connection: None)


class HandClock:
    """A clock that only the test moves: the wall clock and the steady one apart, so that it can jump."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._steady = 1000.0
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def steady(self) -> float:
        return self._steady

    def passes(self, time_: timedelta) -> None:
        """Time goes by."""
        self._steady += time_.total_seconds()
        self.jumps(time_)

    def jumps(self, by: timedelta) -> None:
        """Somebody sets the clock."""
        self._now += by
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait_until(self, when: datetime, wake: asyncio.Event) -> None:
        """Like the real one it waits for a length of time: a jump meanwhile changes nothing."""
        end = self._steady + (when - self._now).total_seconds()
        while self._steady < end:
            woken, moved = asyncio.ensure_future(wake.wait()), asyncio.ensure_future(self._moved.wait())
            try:
                await asyncio.wait((woken, moved), return_when=asyncio.FIRST_COMPLETED)
            finally:
                woken.cancel()
                moved.cancel()
            if woken.done() and not woken.cancelled():
                wake.clear()
                return


class Witness:
    """A platform that tells the time, `error` away from the truth that the test knows; None: it can't tell."""

    name = "witness"
    connected = True

    def __init__(self, tell: Callable[[], datetime | None], notifiers: Mapping[str, Any] | None = None) -> None:
        self.tell = tell
        self.notifiers = notifiers or {}
        self.asked = 0
        self.takes = 0.0
        self.caught_up = asyncio.Event()
        self.caught_up.set()

    async def server_time(self) -> datetime | None:
        self.asked += 1
        await asyncio.sleep(self.takes)
        return self.tell()

    async def run(self, app: Any) -> None:
        await asyncio.Event().wait()


class Desk:
    """A place where pages arrive in memory; `trouble` is raised instead, `hangs` never answers."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.tries = 0
        self.trouble: Exception | None = None
        self.hangs = False

    async def send(self, page: Page, to: Address) -> str:
        self.tries += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble
        self.pages.append(page)
        return page.nonce

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        """Shows no cards."""

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        return next((one.nonce for one in self.pages if one.nonce == page.nonce), None)


def environment(**more: str) -> dict[str, str]:
    """The environment of a subprocess: nothing of ours but what the test gives."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BACKSTOP_")}
    for name in ("DATABASE_URL", "PORT", "NO_COLOR", "FORCE_COLOR"):
        kept.pop(name, None)
    return {**kept, **more}


def start(folder: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """The real console script, in `folder`."""
    return subprocess.Popen([BACKSTOP, *arguments], cwd=folder, env=environment(**more), text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def finish(process: subprocess.Popen[str], patience: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Its status and all it said."""
    try:
        out, err = process.communicate(timeout=patience)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
