"""Stopped at any moment of its life the program leaves nothing behind that could keep its process from ending.

In a process of its own: what is left behind would keep the tests from ending, too.

    python -m tests.bot.test_stopping FOLDER SEED
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.app import App
from bot.clock import RealClock
from bot.transcripts.follow import Follow
from tests.bot.helpers import append, company, environment, opened, said

LIVES = 25
LATE = 600_000


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Tasks that were still there after stop and close, by the name of their coroutine."""
    command = [sys.executable, "-m", "tests.bot.test_stopping", str(tmp_path_factory.mktemp("lives")), "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, env=environment(), check=False)
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_no_connection_is_left_half_closed(left_behind: dict[str, int]) -> None:
    """Such a task waits for a dead thread and can't even be cancelled: asyncio.run never returns."""
    assert {name: count for name, count in left_behind.items() if "aiosqlite" in name or "Connection" in name} == {}


def test_nobody_is_left_waiting_for_a_platform_that_is_gone(left_behind: dict[str, int]) -> None:
    assert {name: count for name, count in left_behind.items() if "Event" in name} == {}


async def life(folder: Path, seconds: float) -> list[str]:
    chat = folder / "chat.jsonl"
    append(chat, *(said(f"m{number}", "hello there") for number in range(3)))
    database = await opened(folder / "store.sqlite3")
    app = App(database, company(LATE), [Follow([chat], folder / "pages.jsonl", 0.01)], RealClock())
    await app.start()
    await asyncio.sleep(seconds)
    await asyncio.wait_for(app.stop(2), 10)
    await asyncio.wait_for(database.close(), 10)
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    names = [task.get_coro().__qualname__ for task in left]  # type: ignore[union-attr]
    await asyncio.sleep(0.05)  # what only needs a moment may end
    for task in left:
        task.cancel()
    return names


async def lives(folder: Path, seed: int) -> Counter[str]:
    chance, left = random.Random(seed), Counter[str]()
    for number in range(LIVES):
        (folder / str(number)).mkdir()
        left.update(await life(folder / str(number), chance.uniform(0, 0.08)))
    return left


def main() -> None:
    async def run() -> None:
        print(json.dumps(await lives(Path(sys.argv[1]), int(sys.argv[2]))), flush=True)
        os._exit(0)

    asyncio.run(run())


if __name__ == "__main__":
    main()
