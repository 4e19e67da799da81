"""The live path in a process of its own, to be killed: a followed file in, pages out to the receiver.

python -m tests.crash.worker DATABASE CHAT RECEIVER_PORT
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import aiohttp

from bot import logs
from bot.app import App
from bot.clock import RealClock
from bot.lock import InstanceLock
from bot.transcripts.follow import Follow
from escalation.errors import CannotLook, RetryLater
from escalation.notify import Notifier, Page
from escalation.policy import EscalationPolicy, EscalationStep
from escalation.routing import Address, Directory, Team
from escalation.store import Database, migrate
from escalation.tenant import Tenant, Tenants

TIMEOUT_MS = 700


class Sink:
    """Speaks to the receiver as a platform's notifier speaks to its platform."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/pages"

    async def send(self, page: Page, to: Address) -> str:
        body = {"nonce": page.nonce, "subject": page.subject, "pid": os.getpid()}
        try:
            async with aiohttp.ClientSession() as session, session.post(self._url, json=body) as answer:
                if answer.status != 200:
                    raise RetryLater(f"status {answer.status}")
                return str((await answer.json())["id"])
        except aiohttp.ClientError as error:
            raise RetryLater(str(error)) from error

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        """The receiver shows no cards."""

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        try:
            query = {"since": str(since.timestamp())}
            async with aiohttp.ClientSession() as session, session.get(self._url, params=query) as answer:
                return next((str(one["id"]) for one in await answer.json() if one["nonce"] == page.nonce), None)
        except aiohttp.ClientError as error:
            raise CannotLook(str(error)) from error


class FollowWithSink(Follow):
    """The followed file, with pages sent to the receiver."""

    def __init__(self, chat: Path, sink: Sink) -> None:
        super().__init__([chat], chat.with_name("unused.jsonl"), 0.05)
        self._sink = sink

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        return {"sink": self._sink}


def tenants() -> Tenants:
    """One step, no repeat: each question that is due pages once."""
    policy = EscalationPolicy("crash", (EscalationStep(TIMEOUT_MS, ("team:support",)),), repeat=0)
    team = Team("support", (Address("sink", "support"),))
    return Tenants(template=Tenant("crash", policy=policy, directory=Directory({"support": team}), shadow=False))


async def main(database_file: str, chat: Path, port: int) -> None:
    logs.set_up("people", "warning")
    database = Database(database_file)
    with InstanceLock(database):
        await migrate.upgrade(database)
        app = App(database, tenants(), [FollowWithSink(chat, Sink(port))], RealClock())
        await app.start()
        await app.failed()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
