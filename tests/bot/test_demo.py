"""The demo shows what the live path does, faster: the same escalations as replay, on any screen, harmless."""

from __future__ import annotations

import asyncio
import os
import re
import select
import subprocess
import time
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.app import App
from bot.clock import PlayedClock
from bot.demo.playback import Playback
from bot.demo.screen import Screen, summary
from bot.demo.staff import Act, Staff, read_acts
from bot.transcripts.reader import read
from bot.transcripts.replay import Options, replay
from config import load_settings, tenants_of
from escalation.errors import InputError
from escalation.events import Event
from escalation.question import Question
from escalation.store import questions, schema
from escalation.tenant import Tenants
from tests.bot.helpers import BACKSTOP, START, answer, append, at_rest, environment, opened, said

MINUTE = timedelta(minutes=1)
Fired = tuple[str, str, int, int]


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def day(path: Path) -> list[Event]:
    """A small day: unanswered, answered, failed, stalled and paged twice."""
    append(
        path,
        said("q1", at=at(0)),
        said("q2", "how can I change the wifi password of my router?", at=at(1), channel="wifi"),
        answer("a2", "q2", at=at(3), channel="wifi"),
        said("m1", "nice weather today", at=at(4), channel="lounge"),
        said("q3", "why does my router drop the connection every night?", at=at(10), channel="drops"),
        answer("a3", "q3", at=at(12), channel="drops"),
        said("f3", "that did not help, it still drops every night", at=at(20), channel="drops", author="u-q3",
             thread="q3", reply_to="a3"),
        said("q4", "where do I find the serial number of the modem?", at=at(40), channel="serial"),
        said("c4", "which model do you have?", at=at(44), channel="serial", author="helper", thread="q4",
             reply_to="q4"),
        said("r4", "the X200 with two antennas", at=at(46), channel="serial", author="u-q4", thread="q4",
             reply_to="c4"),
        said("m2", "good night everybody", at=at(135), channel="lounge"),
    )  # fmt: skip
    return [event for event in read(path) if isinstance(event, Event)]


def live(events: Iterable[Event]) -> Tenants:
    from dataclasses import replace

    tenants = tenants_of(load_settings(environment={}))
    return Tenants(
        [replace(tenants.named(name), shadow=False) for name in {tenants.owning(e.place).name for e in events}]
    )


def of_replay(events: list[Event]) -> list[Fired]:
    records = [record for *_, record in replay(events, Options(live(events))).records]
    return sorted((one["question"], one["reason"], one["round"], one["step"]) for one in records
                  if one["record"] == "escalation")  # fmt: skip


async def play(
    folder: Path, events: list[Event], acts: list[Act], seconds: float
) -> tuple[Screen, list[Question], Any]:
    """What the demo does, with a store that can be looked at afterwards."""
    first, last = events[0].at, events[-1].at
    clock = PlayedClock(first - MINUTE, (last - first + MINUTE).total_seconds() / seconds)
    database, screen = await opened(folder / "demo.sqlite3"), Screen()
    try:
        playback = Playback(events, clock, screen, Staff(acts))
        app = App(database, live(events), [playback], clock)
        await app.start()
        await asyncio.wait_for(playback.finished.wait(), 20)
        assert app.alive
        await at_rest(database)
        await app.stop()
        rows = await database.read(lambda c: c.execute(sa.select(schema.outbox)).all())
        return screen, await database.read(questions.every), rows
    finally:
        await database.close()


def fired(rows: Any) -> list[Fired]:
    """The steps that fired: a team's row for each."""
    return sorted((row.subject.rsplit("/", 1)[1], row.reason, row.round, row.step)
                  for row in rows if row.target.startswith("team:"))  # fmt: skip


@pytest.mark.parametrize("seconds", [0.1, 1.0])
async def test_it_escalates_what_replay_escalates_at_any_speed(tmp_path: Path, seconds: float) -> None:
    events = day(tmp_path / "day.jsonl")
    expected = await asyncio.to_thread(of_replay, events)
    assert {one[0] for one in expected} >= {"q1", "q3"}
    assert any((one[2], one[3]) != (0, 0) for one in expected)
    screen, final, rows = await play(tmp_path, events, [], seconds)
    assert fired(rows) == expected
    assert {key.rsplit("/", 1)[1]: reason for key, reason in screen.paged.items()}.keys() == {
        one[0] for one in expected
    }
    assert screen.messages == len(events)
    assert screen.pages == len(expected)
    assert {one.key for one in final} == set(screen.asked)
    assert f"{len(events)} messages, {len(final)} questions." in "\n".join(summary(screen, final))


async def test_the_people_of_the_demo_press_and_the_ladder_stops(tmp_path: Path) -> None:
    events = day(tmp_path / "day.jsonl")
    screen, final, rows = await play(
        tmp_path, events, [Act("q1", 60_000, "Ana", "claim"), Act("q1", 120_000, "Ben", "resolve")], 0.5
    )
    assert dict(screen.acts) == {"claim": 1, "resolve": 1}
    (q1,) = [one for one in final if one.key.endswith("/q1")]
    assert q1.state.value == "closed"
    assert [one for one in fired(rows) if one[0] == "q1"] == [("q1", "unanswered", 0, 0)]


HOSTILE = {
    "colour": "\x1b[31mred\x1b[0m",
    "title of the window": "\x1b]0;owned\x07",
    "clear the screen": "\x1b[2J\x1b[1;1H",
    "eight-bit escape": "\x9b31m",
    "bell and backspace": "\x07\x08\x08\x08",
    "carriage return": "real\rfake",
    "line breaks": "one\ntwo\x0b\x0c\x85\u2028three",
    "right to left": "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "zero width": "pass\u200bword\u2060 \ufeff",
}


def control(text: str) -> list[str]:
    """Characters of a screen's text that drive the terminal instead of being shown."""
    kinds = ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
    return [f"{ord(char):04x}" for char in text if char != "\n" and unicodedata.category(char) in kinds]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
async def test_what_members_write_never_drives_the_terminal(
    tmp_path: Path, hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "day.jsonl"
    names = {"author_name": f"Mal{hostile}"}
    append(
        path,
        said("q1", f"how do I reset my router {hostile} please?", at=at(0), title=f"Help {hostile}", **names),
        {**said("q1", f"how do I reset the router {hostile} please?", at=at(1)), "kind": "edit"},
        {**said("q1", at=at(2), **names), "kind": "reaction", "emoji": f"x{hostile}", "author": "u2"},
        {**said("q1", at=at(3)), "kind": "tags", "tags": [f"wifi{hostile}"]},
        said("m1", "bye", at=at(60), channel=f"c{hostile}"),
    )
    events = [event for event in read(path) if isinstance(event, Event)]
    acts = [Act("q1", 60_000, f"Ana{hostile}", "claim")]
    screen, _, _ = await play(tmp_path, events, acts, 0.2)
    assert screen.pages == 1
    shown = capsys.readouterr().out
    assert "PAGE to" in shown
    assert control(shown) == []


STAFF = [
    ("{", "not valid JSON|unexpected|JSON"),
    ("[]", "object|question"),
    ('{"after": "4m", "by": "Ana", "do": "claim"}', "question"),
    ('{"question": "q1", "by": "Ana", "do": "claim"}', "after"),
    ('{"question": "q1", "after": "4m", "do": "claim"}', "by"),
    ('{"question": "q1", "after": "4m", "by": "Ana"}', "do"),
    ('{"question": "q1", "after": "soon", "by": "Ana", "do": "claim"}', r"after: .*'soon'"),
    ('{"question": "q1", "after": 4, "by": "Ana", "do": "claim"}', r"after: .*4"),
    ('{"question": "q1", "after": null, "by": "Ana", "do": "claim"}', r"after: "),
    ('{"question": "q1", "after": "4m", "by": "Ana", "do": "dance"}', r"do: given 'dance'; allowed: claim, unclaim"),
    ('{"question": "q1", "after": "4m", "by": "Ana", "do": "snooze", "for": "long"}', r"for: .*'long'"),
    ('{"question": "q1", "after": "4m", "by": "Ana", "do": "snooze", "for": 5}', r"for: .*5"),
    ('{"question": "q1", "after": "4m", "by": "Ana", "do": "snooze"}', r"for: "),
    ('{"question": null, "after": "4m", "by": "Ana", "do": "claim"}', r"question: "),
    ('{"question": "q1", "after": "4m", "by": "", "do": "claim"}', r"by: "),
]


@pytest.mark.parametrize(("line", "told"), STAFF, ids=[one[0] for one in STAFF])
def test_a_mistake_in_the_staff_file_names_file_line_and_field(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "staff.jsonl"
    path.write_text('{"question": "q0", "after": "4m", "by": "Ana", "do": "claim"}\n\n' + line + "\n")
    with pytest.raises(InputError) as error:
        read_acts(path)
    found = re.fullmatch(rf"{re.escape(str(path))}:3: (?P<trouble>.*)", str(error.value), re.S)
    assert found, error.value
    assert re.search(told, found["trouble"].partition("; a line has")[0]), error.value


def test_a_staff_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "staff.jsonl"
    path.write_bytes(b'{"question": 7, "after": "4m", "by": "Ana", "do": "snooze", "for": "1h30m", "x": 1}\r\n\n')
    assert read_acts(path) == [Act("7", 240_000, "Ana", "snooze", 5_400_000)]


def on_a_terminal(folder: Path, *arguments: str, **more: str) -> tuple[int, str]:
    """The demo's status and what it writes on a real terminal."""
    ours, theirs = os.openpty()
    process = subprocess.Popen([BACKSTOP, "demo", *arguments], cwd=folder, env=environment(**more),
                               stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)  # fmt: skip
    os.close(theirs)
    seen, end = b"", time.monotonic() + 15
    try:
        while time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                seen += os.read(ours, 65536)
    except OSError:  # the other side has hung up
        pass
    finally:
        os.close(ours)
        late = process.poll() is None and time.monotonic() >= end
        if late:
            process.kill()
        status = process.wait()
    assert not late, "it did not end within 15 s; its last words: " + seen[-300:].decode("utf-8", "replace")
    return status, seen.decode()


TERMINALS = {"NO_COLOR": {"TERM": "xterm", "NO_COLOR": "1"}, "TERM=dumb": {"TERM": "dumb"}}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """What the real command shows on both kinds of terminal, started together."""
    folder = tmp_path_factory.mktemp("terminals")
    day(folder / "day.jsonl")
    with ThreadPoolExecutor() as pool:
        running = {name: pool.submit(on_a_terminal, folder, "--transcript", "day.jsonl", "--seconds", "1", **more)
                   for name, more in TERMINALS.items()}  # fmt: skip
        return {name: one.result() for name, one in running.items()}


@pytest.mark.parametrize("name", TERMINALS)
def test_the_real_command_plays_on_any_terminal(seen: dict[str, tuple[int, str]], name: str) -> None:
    status, text = seen[name]
    assert status == 0, text
    assert "PAGE to support" in text
    assert "11 messages" in text


@pytest.mark.parametrize("name", TERMINALS)
def test_a_terminal_without_colours_gets_none(seen: dict[str, tuple[int, str]], name: str) -> None:
    assert "\x1b" not in seen[name][1]
