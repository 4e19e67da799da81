"""Replay is deterministic and never peeks: what it says of a moment depends on the past alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from bot.transcripts.reader import read
from bot.transcripts.records import to_line
from bot.transcripts.replay import Options, replay
from config import load_settings, tenants_of
from escalation.events import Event, Place
from escalation.tenant import Tenants
from escalation.timing import MINUTE

SAMPLE = Path("bot/transcripts/sample/community.jsonl")
CUTS = 50


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return [event for event in read(SAMPLE) if isinstance(event, Event)]


def live(events: Sequence[Event], timeout: int = 15 * MINUTE) -> Tenants:
    """Every community a tenant of its own, out of shadow."""
    tenants = tenants_of(load_settings(environment={}))
    names = {tenants.owning(event.place).name for event in events}
    return Tenants([
        replace(tenants.named(name), shadow=False, policy=tenants.named(name).policy.with_timeout(timeout))
        for name in sorted(names)
    ])  # fmt: skip


def output(events: Sequence[Event], *, jobs: int = 1, drain: bool = False) -> list[bytes]:
    options = Options(live(events), links=True, drain=drain)
    return [to_line(record) for _, _, _, record in replay(events, options, jobs=jobs).records]


@pytest.fixture(scope="module")
def whole(events: list[Event]) -> list[bytes]:
    return output(events)


def test_the_same_history_gives_the_same_bytes(events: list[Event], whole: list[bytes]) -> None:
    assert output(events) == whole


def test_two_processes_give_the_same_bytes(events: list[Event], whole: list[bytes]) -> None:
    assert len({event.place.community_key for event in events}) > 1
    assert output(events, jobs=2) == whole


def test_a_prefix_gives_the_same_bytes_up_to_the_cut(events: list[Event]) -> None:
    events = events[:110]
    whole = output(events)
    lots = random.Random(7)
    for cut in sorted(lots.sample(range(1, len(events)), CUTS)):
        past = [line for line in output(events[:cut]) if orjson.loads(line)["record"] != "outcome"]
        assert past == whole[: len(past)], f"differs after {cut} events"


def test_a_prefix_of_a_real_channel_gives_the_same_bytes_up_to_the_cut(data: Path) -> None:
    file = sorted((data / "ubuntu-irc" / "dev").glob("*.ascii.txt"))[0]
    events = [event for event in read(file) if isinstance(event, Event)]
    whole = output(events)
    lots = random.Random(11)
    for cut in sorted(lots.sample(range(1, len(events)), 5)):
        past = [line for line in output(events[:cut]) if orjson.loads(line)["record"] != "outcome"]
        assert past == whole[: len(past)], f"differs after {cut} events"


def test_lines_are_ordered_by_time(whole: list[bytes]) -> None:
    times = [orjson.loads(line)["at"] for line in whole]
    assert times == sorted(times)


def test_history_out_of_order_is_taken_as_it_comes(events: list[Event]) -> None:
    mixed = [event for event in events if event.place.platform == "discord"]
    random.Random(3).shuffle(mixed)
    whole = output(mixed)
    assert output(mixed) == whole
    for cut in (20, 80, 120):
        past = [line for line in output(mixed[:cut]) if orjson.loads(line)["record"] != "outcome"]
        assert past == whole[: len(past)]


def test_draining_lets_every_timer_ring(events: list[Event]) -> None:
    drained = [orjson.loads(line) for line in output(events, drain=True)]
    stopped = [orjson.loads(line) for line in output(events)]
    asked = {one["question"] for one in drained if one["record"] == "escalation"}
    assert asked >= {one["question"] for one in stopped if one["record"] == "escalation"}
    assert max(one["at"] for one in drained) > max(one["at"] for one in stopped)


def test_every_message_has_one_link_and_every_question_one_outcome(events: list[Event], whole: list[bytes]) -> None:
    lines = [orjson.loads(line) for line in whole]
    links = [one["message"] for one in lines if one["record"] == "link"]
    messages = [event.id for event in events if type(event).__name__ == "Message"]
    assert sorted(links) == sorted(messages)
    questions = [one["question"] for one in lines if one["record"] == "question"]
    outcomes = [one["question"] for one in lines if one["record"] == "outcome"]
    assert sorted(outcomes) == sorted(questions)
    assert all(0 <= one["must_step_in"] <= 1 for one in lines if one["record"] == "outcome")


def test_nothing_is_shared_between_tenants(events: list[Event], whole: list[bytes]) -> None:
    """One community alone gives what it gives beside the others, but for when the clock stops."""
    place: Place = events[0].place
    alone = [event for event in events if event.place.community_key == place.community_key]
    mine = {event.id for event in alone}
    beside = [
        line
        for line in whole
        if {orjson.loads(line).get(name) for name in ("question", "message", "subject")} & mine
        and orjson.loads(line)["record"] != "outcome"
    ]
    only = [line for line in output(alone) if orjson.loads(line)["record"] != "outcome"]
    assert only == beside[: len(only)]


def test_replay_of_the_labelled_outcomes_reads_every_conversation(data: Path, tmp_path: Path) -> None:
    from benchmarks.convert import convert

    target = tmp_path / "outcomes.jsonl"
    count = convert("outcomes", data / "outcomes" / "dev.json", target)
    events = list(read(target))
    assert len(events) == count
    some = [event for event in events if isinstance(event, Event)]
    assert len({event.place.community for event in some}) > 3
    lines = [orjson.loads(line) for line in output(some)]
    assert sum(one["record"] == "outcome" for one in lines) > 200
