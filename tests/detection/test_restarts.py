"""The same decisions after a restart, and in every process: no order of a set or of memory shows through."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from escalation.detection.linking.linker import Linker
from escalation.detection.linking.talk import Talk
from escalation.detection.window import ChannelWindow, Seen
from escalation.events import Message, Person, Place

HOUSE = Path(__file__).parents[2]
PLACE = Place("chat", "acme", "help")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORDS = "router update hub dead reset settings billing thanks yes no how what error same".split()


def talk(seed: int, count: int, threads: float, names: int) -> list[Message]:
    lots, found = random.Random(seed), []
    for number in range(count):
        author = f"u{lots.randrange(30)}"
        text = " ".join(lots.choices(WORDS, k=lots.randint(1, 6)))
        if lots.random() < 0.4:
            text = f"u{lots.randrange(30)}: {text}"
        person = Person(author, f"{author} {lots.randrange(names)}" if names else author)
        thread = "t" if lots.random() < threads else None
        at = START + timedelta(seconds=20 * number)
        found.append(Message(place=PLACE, id=f"{number:05}", at=at, author=person, text=text, thread=thread))
    return found


def heard(window: ChannelWindow, linker: Linker, message: Message) -> None:
    link, _ = linker.link(message, window)
    parent = link.parent if link else None
    above = window.get(parent)
    window.add(Seen(message.key, message.author.id, message.author.name, message.when, message.text, message.thread,
                    parent=parent, root=above.root if above else message.key))  # fmt: skip


@pytest.mark.parametrize(("limit", "count", "threads", "names"), [
    (20, 250, 0.0, 0), (20, 250, 0.5, 0), (20, 250, 0.2, 3), (7, 120, 0.3, 2), (1, 30, 0, 0), (200, 430, 0.3, 0),
])  # fmt: skip
def test_a_talk_that_was_moved_on_says_what_one_that_was_rebuilt_says(
    limit: int, count: int, threads: float, names: int
) -> None:
    window, linker = ChannelWindow(limit), Linker()
    for message in talk(limit + count, count, threads, names):
        if message.thread is None and (limit < 100 or int(message.id) % 9 == 0):
            assert Linker().link(message, window) == linker.link(message, window)
        heard(window, linker, message)


def test_a_talk_holds_no_more_than_its_window() -> None:
    window, linker = ChannelWindow(20), Linker()
    for number, message in enumerate(talk(5, 600, 0.1, names=200)):
        heard(window, linker, message)
        if number % 100 == 99:
            (kept,) = linker._talks.values()
            assert isinstance(kept, Talk)
            assert len(kept.entries) <= 20
            assert len(kept.by_key) == len(kept.entries) == sum(map(len, kept.by_author.values()))
            assert sum(map(len, kept._names.values())) <= 20
            assert len(kept.toward) <= 20
            assert len(kept._conversations) <= 4 * 20 + 30 + 20
            assert set(kept.frequency) == {word for one in kept.entries for word in one.text.content}


def test_channels_are_kept_apart_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalation.detection.linking.linker.CHANNELS", 3)
    linker = Linker()
    for number in range(9):
        place = Place("chat", "acme", f"c{number}")
        message = Message(place=place, id="1", at=START, author=Person("ann", "Ann"), text="how?")
        assert linker.link(message, ChannelWindow()) == (None, 1.0)
    assert len(linker._talks) == 3


def test_no_hash_seed_changes_a_decision(tmp_path: Path) -> None:
    found = []
    for seed in ("1", "4242"):
        out = tmp_path / f"{seed}.jsonl"
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(HOUSE)}
        command = [sys.executable, "-m", "bot", "replay", "bot/transcripts/sample/community.jsonl", "--always-open",
                   "--timeout", "15m", "--links", "--drain", "--out", str(out)]  # fmt: skip
        subprocess.run(command, cwd=HOUSE, env=environment, check=True, capture_output=True, timeout=240)
        found.append(out.read_bytes())
    assert found[0]
    assert found[0] == found[1]


SCORES = """
import sys
from escalation.detection import ChannelWindow, TrainedJudge, Seen
from tests.detection.test_judge import Channel, TALKS, STEAL
for lang in TALKS:
    channel = Channel()
    for who, text in zip(("ann", "bob", "cleo", "ann", "eve"), (*TALKS[lang], STEAL)):
        print(channel.says(who, text).judgement)
"""


def test_no_hash_seed_changes_the_last_digit_of_a_score() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", SCORES], cwd=HOUSE, check=True, capture_output=True, timeout=120,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(HOUSE), "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("0", "7", "99")
    }  # fmt: skip
    assert len(told) == 1
