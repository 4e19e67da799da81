"""`backstop run` as a real process: a followed file in, pages out, health over HTTP, a clean stop.

The processes of this file are started together where they can be: each start costs a second.
"""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.bot.helpers import answer, append, finish, pages_in, said, start

LIVE = """
[store]
backups = ""
[web]
port = 0
[log]
format = "json"
[follow]
transcripts = ["chat.jsonl"]
every = "1s"
[policies.default]
repeat = 0
steps = [{after = "1s", targets = ["team:support"]}]
[tenants.acme]
communities = ["discord/acme"]
shadow = false
"""
TOKENS = {"BACKSTOP_DISCORD_TOKEN": "planted-discord-token", "BACKSTOP_REDDIT_PASSWORD": "planted-reddit-pw"}
PATIENCE = 25.0


def wait_for(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"waited {patience} s for {what}"
        time.sleep(0.03)


class Bot:
    """A folder and the process that runs in it, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chat, self.pages, self.log = folder / "chat.jsonl", folder / "pages.jsonl", folder / "log"
        self.chat.touch()
        (folder / "backstop.toml").write_text(LIVE)
        self.process: subprocess.Popen[str]

    def up(self) -> Bot:
        self.process = start(self.folder, "run", **TOKENS)
        self._heard: list[str] = []
        return self

    def wait_ready(self) -> None:
        """Reads the log until it says where it can be asked."""
        assert self.process.stderr is not None
        while (line := self.process.stderr.readline()) != "":
            self._heard.append(line)
            if found := re.search(r"http://[\d.]+:\d+", line):
                self.url = found[0]
                # What is older than the first watch never pages.
                wait_for(lambda: self.rows("SELECT 1 FROM meta WHERE key LIKE 'follow:%:since'"), "the first watch")
                return
        raise AssertionError("ended before it was up: " + "".join(self._heard))

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def stop(self) -> tuple[int, float, str]:
        """Asks it to stop; its status, how long it took, and all it logged."""
        asked = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        done = finish(self.process)
        return done.returncode, time.monotonic() - asked, "".join(self._heard) + done.stderr

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "backstop.sqlite3", timeout=10)) as connection:
            return connection.execute(query).fetchall()

    def stored(self) -> set[str]:
        return {key.rsplit("/", 1)[1] for (key,) in self.rows("SELECT key FROM messages")}


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    bot = Bot(tmp_path).up()
    try:
        bot.wait_ready()
        yield bot
    finally:
        bot.kill()


def test_it_pages_answers_about_its_health_refuses_a_second_and_stops_cleanly(bot: Bot) -> None:
    second = start(bot.folder, "run")
    append(bot.chat, said("q1"), said("q2", channel="wifi"), answer("a2", "q2", channel="wifi"))
    wait_for(lambda: pages_in(bot.pages) == ["q1"], "the page")

    status, text = bot.get("/healthz")
    health = json.loads(text)
    assert status == 200
    assert health == {"status": "well", "loops": True, "oldest_overdue_seconds": 0.0, "overdue_questions": 0,
                      "overdue_pages": 0, "troubles": []}  # fmt: skip
    status, text = bot.get("/readyz")
    assert status == 200
    assert json.loads(text) == {"ready": True, "store": "ok", "clock": True, "platforms": {"follow": True}}
    # The page is in the file before its commit, and counted after it.
    wait_for(lambda: 'backstop_pages_total{kind="ping"} 1.0' in bot.get("/metrics")[1], "the page to be counted")
    status, text = bot.get("/metrics")
    assert status == 200
    for line in ('backstop_events_total{kind="message"} 3.0', 'backstop_escalations_total{reason="unanswered"} 1.0',
                 'backstop_pages_total{kind="ping"} 1.0', "backstop_oldest_overdue_seconds 0.0",
                 'backstop_outbox{state="sent"} 1.0', 'backstop_questions{state="escalated"} 1.0',
                 'backstop_questions{state="answered"} 1.0', "backstop_quarantined 0.0",
                 "backstop_store_failures_total 0.0", "backstop_page_delay_seconds_count 1.0"):  # fmt: skip
        assert line in text.splitlines(), line
    assert "router" not in text
    assert "Name of q1" not in text
    assert bot.get("/")[0] == 404

    refused = finish(second, PATIENCE)
    assert refused.returncode == 2
    assert f"backstop.sqlite3 is in use by process {bot.process.pid}: stop that one first" in refused.stderr
    assert "Traceback" not in refused.stderr

    status, seconds, log = bot.stop()
    assert (status, seconds < 5) == (0, True)
    assert [token for token in TOKENS.values() if token in log] == []
    records = [json.loads(line) for line in log.splitlines()]
    assert {"running", "not watched", "health and metrics", "stopped"} <= {one["event"] for one in records}
    assert not [one for one in records if one["level"] in ("error", "critical")]
    assert bot.rows("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')") == [(0,)]


def test_a_store_that_is_locked_for_a_while_loses_nothing_and_it_goes_on(bot: Bot) -> None:
    """Longer than SQLite itself waits: messages of a channel that is known, and of a new one."""
    append(bot.chat, said("m0", "hello everybody"))
    wait_for(lambda: bot.stored() == {"m0"}, "the first message")
    outside = sqlite3.connect(bot.folder / "backstop.sqlite3", timeout=10, isolation_level=None)
    try:
        outside.execute("BEGIN EXCLUSIVE")
        append(bot.chat, said("q1"), said("q2", channel="new"))
        time.sleep(7.5)
        assert bot.process.poll() is None, "it died: " + finish(bot.process).stderr[-1500:]
        outside.execute("ROLLBACK")
    finally:
        outside.close()
    wait_for(lambda: set(pages_in(bot.pages)) == {"q1", "q2"}, "both pages")
    assert bot.stored() == {"m0", "q1", "q2"}
    assert bot.get("/healthz")[0] == 200
    status, seconds, _ = bot.stop()
    assert (status, seconds < 5) == (0, True)


def test_killed_and_started_again_it_goes_on_where_it_was(bot: Bot) -> None:
    append(bot.chat, said("q1"))
    wait_for(lambda: pages_in(bot.pages) == ["q1"], "the page")
    append(bot.chat, said("q2"), said("q3", channel="wifi"))
    wait_for(lambda: bot.stored() >= {"q2", "q3"}, "the questions")
    bot.kill()
    append(bot.chat, answer("a3", "q3", channel="wifi"), said("q4", channel="late"))
    bot.up().wait_ready()
    wait_for(lambda: set(pages_in(bot.pages)) >= {"q2", "q4"}, "the pages of what was not answered")
    paged = pages_in(bot.pages)
    assert len(paged) == len(set(paged))
    assert set(paged) - {"q3"} == {"q1", "q2", "q4"}
    assert bot.stop()[0] == 0


def test_a_port_that_is_taken_is_told_in_words(tmp_path: Path) -> None:
    import socket

    bot = Bot(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "backstop.toml").write_text(LIVE.replace("port = 0", f"port = {port}"))
        done = finish(start(bot.folder, "run"), PATIENCE)
    assert done.returncode == 2
    assert f"web.port: can't listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
