"""The real process on a real file is killed at random moments: every due page arrives, none twice."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

KILLS = int(os.environ.get("BACKSTOP_KILLS", "20"))
SEED = int(os.environ.get("BACKSTOP_SEED", "1"))
PATIENCE = 60.0


class Stage:
    """A chat file, the receiver, and a worker that is started again whenever it died."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.chat = folder / "chat.jsonl"
        self.chat.touch()
        self._database = folder / "crash.sqlite3"
        self._record, self._plan, port = folder / "record", folder / "plan", folder / "port"
        self._log = (folder / "worker.log").open("w")
        command = [sys.executable, "-m", "tests.fakes.receiver", str(self._record), str(port), str(self._plan)]
        self._receiver = subprocess.Popen(command)
        _wait_for(port.exists, "the receiver's port")
        self._port = port.read_text()
        self.due: set[str] = set()
        self.settled: set[str] = set()
        self._number = 0
        self.worker = self._start()
        _wait_for(self._watching, "the first watch: what is older never pages")

    def _watching(self) -> bool:
        try:
            with closing(sqlite3.connect(self._database)) as connection:
                return bool(connection.execute("SELECT 1 FROM meta WHERE key LIKE 'follow:%:since'").fetchall())
        except sqlite3.Error:
            return False

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.crash.worker", str(self._database), str(self.chat), self._port]
        return subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def restart_if_dead(self) -> bool:
        if self.worker.poll() is None:
            return False
        self.worker = self._start()
        return True

    def ask(self, *, answered: bool) -> None:
        """Somebody asks, and may get an answer in the same breath."""
        self._number += 1
        question = f"q{self._number}"
        self._say(question, f"asker{self._number}", "how do I reset my router? it is dead since the update", None)
        if answered:
            self._say(f"a{self._number}", "helper", "hold the button for ten seconds until it blinks", question)
            self.settled.add(question)
        else:
            self.due.add(question)

    def _say(self, id_: str, author: str, text: str, reply_to: str | None) -> None:
        line = {"platform": "chat", "community": "c", "channel": "help", "id": id_, "author": author, "text": text,
                "thread": reply_to or id_, "reply_to": reply_to, "at": datetime.now(UTC).isoformat()}  # fmt: skip
        with self.chat.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def kill_at_random(self) -> None:
        self.worker.send_signal(signal.SIGKILL)
        self.worker.wait()

    def plan_kill_in_send(self, moment: str) -> None:
        self._plan.write_text(moment)

    def record(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._record.read_text().splitlines()] if self._record.exists() else []

    def pages(self) -> Counter[str]:
        return Counter(one["page"]["subject"].rsplit("/", 1)[1] for one in self.record() if "page" in one)

    def close(self) -> None:
        for process in (self.worker, self._receiver):
            process.kill()
            process.wait()
        self._log.close()


def _wait_for(condition: Any, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE} s for {what}"
        time.sleep(0.02)


def _kill_once(stage: Stage, number: int) -> bool:
    """One kill; answers whether it fell between the start of a send and its record."""
    in_send = number % 2 == 0
    if in_send:
        stage.plan_kill_in_send(stage.random.choice(["before", "after"]))
    stage.ask(answered=False)
    for _ in range(stage.random.randint(0, 2)):
        stage.ask(answered=stage.random.random() < 0.5)
    if in_send:
        _wait_for(lambda: stage.worker.poll() is not None, "the receiver to kill the sender")
    else:
        # From before the first import to well after the page is due: any moment of its life.
        time.sleep(stage.random.uniform(0.0, 3.0))
        stage.kill_at_random()
    stage.restart_if_dead()
    return in_send


@pytest.mark.parametrize("seed", [SEED])
def test_killed_at_any_moment_it_sends_every_due_page_once(tmp_path: Path, seed: int) -> None:
    stage = Stage(tmp_path, seed)
    try:
        stage.ask(answered=False)
        in_send = sum(_kill_once(stage, number) for number in range(KILLS))
        _wait_for(lambda: set(stage.pages()) >= stage.due, "every due page")
        time.sleep(3)  # what would come twice comes now
        pages = stage.pages()
        print(f"\n{KILLS} kills, {in_send} in a send; {len(stage.due)} due pages, {len(stage.settled)} settled")
        assert in_send * 3 >= KILLS
        assert stage.due - set(pages) == set(), "lost"
        assert {question: count for question, count in pages.items() if count > 1} == {}, "sent twice"
        assert stage.settled & set(pages) == set(), "paged although it was answered"
    finally:
        stage.close()
