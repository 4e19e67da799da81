"""The simple ways that Backstop is compared with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import baselines
from benchmarks.accuracy import Row


def said(minute: int, author: str, text: str, thread: str | None = None, roles: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "community": "c", "channel": "help", "thread": thread, "id": f"{minute}", "author": author.lower(),
        "author_name": author, "roles": list(roles), "at": f"2026-01-01T10:{minute:02}:00.000+00:00", "text": text,
    }  # fmt: skip


TALK = [
    said(0, "Ann", "my router is dead, what now?"),
    said(1, "Bob", "how do I print?"),
    said(2, "Cid", "Ann: pull the plug"),
    said(3, "Ann", "thanks cid"),
    said(4, "ubot", "bob, see the factoid", roles=("bot",)),
]


def test_a_message_links_to_the_last_words_of_whom_it_names() -> None:
    assert baselines.by_names(TALK) == [None, None, 0, 2, 1]


def test_nobody_replies_to_himself_by_name() -> None:
    assert baselines.by_names([said(0, "Ann", "hi"), said(1, "Ann", "ann is my name")]) == [None, None]


def test_all_of_a_channel_is_one_conversation() -> None:
    assert baselines.by_channel(TALK) == [None, 0, 1, 2, 3]


def test_a_question_that_only_a_bot_answers_escalates_after_fifteen_minutes() -> None:
    found = [line for line in baselines.decide("names", TALK) if line["record"] == "escalation"]
    assert [(line["question"], line["at"]) for line in found] == [("1", "2026-01-01T10:16:00.000+00:00")]


def test_every_message_has_a_link_record() -> None:
    links = [line["message"] for line in baselines.decide("channel", TALK) if line["record"] == "link"]
    assert links == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(("name", "asked"), [("names", []), ("channel", ["0"])])
def test_of_a_thread_only_the_starter_can_ask(name: str, asked: list[str]) -> None:
    thread = [said(0, "Ann", "it is dead", "t"), said(1, "Bob", "since when?", "t"), said(2, "Ann", "thanks", "t")]
    found = list(baselines.decide(name, thread))
    outcomes = [(line["question"], line["outcome"], line["first_answer"]) for line in found if "outcome" in line]
    assert outcomes == [(one, "resolved", "1") for one in asked]


def test_it_speaks_the_replay_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps(one) + "\n" for one in TALK))
    call = ["baselines", "names", "replay", str(source), "--out", str(target), "--always-open", "--timeout", "15m"]
    monkeypatch.setattr("sys.argv", call)
    baselines.main()
    records = [json.loads(line) for line in target.read_text().splitlines()]
    assert [one["at"] for one in records] == sorted(one["at"] for one in records)
    assert {one["record"] for one in records} == {"link", "question", "escalation", "outcome"}


@pytest.mark.parametrize(("value", "word"), [(0.95, "met"), (0.9496, "met"), (0.949, "short")])
def test_a_row_says_whether_the_target_is_met(value: float, word: str) -> None:
    assert str(Row("task", value, target=0.95)).endswith(word)
