"""A file as the place where pages arrive: what was sent is found again, and a doubt is never taken for a no."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.transcripts.pages import PagesFile
from escalation.errors import CannotLook, RetryLater
from escalation.notify import Page, Quote
from escalation.routing import Address
from tests.bot.helpers import START

TO = Address("pages", "support", "@oncall")
PAGE = Page(
    key="acme:q1:1:0:0:pages:support:ping", tenant="acme", subject="discord/acme/help/q1", kind="ping",
    address="pages:support", ping="@oncall", place="discord acme #help", asker="Ann", asked_at=1_773_220_500_000,
    question=Quote("Ann", "how do\nI reset  it?", "other", 0), reason="unanswered", why=("nobody spoke to Ann",),
    evidence=(Quote("Bob", "no idea", "answer", 0),), helpers=("Bob",), status="waiting", episode=1, round=0, step=0,
    next_step_after=3_600_000,
)  # fmt: skip


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_a_page_that_was_sent_is_found_and_holds_what_people_need(tmp_path: Path) -> None:
    pages = PagesFile(tmp_path / "pages.jsonl")
    assert await pages.find(PAGE, TO, START) is None
    sent = await pages.send(PAGE, TO)
    assert await pages.find(PAGE, TO, START) == sent == PAGE.nonce
    (record,) = records(tmp_path / "pages.jsonl")
    assert (record["id"], record["to"], record["ping"]) == (sent, "pages:support", "@oncall")
    assert record["page"]["subject"] == PAGE.subject
    assert record["page"]["reason"] == "unanswered"
    assert record["page"]["text"].splitlines() == [
        "Ann in discord acme #help: waiting", "  how do I reset it?", "  why: nobody spoke to Ann",
        "    answer: Bob: no idea", "  tried to help: Bob", "  step 1, round 1; next in 1h unless claimed",
    ]  # fmt: skip


async def test_an_update_names_its_page_and_is_not_taken_for_one(tmp_path: Path) -> None:
    pages = PagesFile(tmp_path / "pages.jsonl")
    await pages.update(replace(PAGE, status="claimed by Ana"), TO, PAGE.nonce)
    assert await pages.find(PAGE, TO, START) is None
    (record,) = records(tmp_path / "pages.jsonl")
    assert (record["id"], record["update"]["status"]) == (PAGE.nonce, "claimed by Ana")
    assert "page" not in record


async def test_another_page_is_not_found_even_where_its_mark_is_quoted(tmp_path: Path) -> None:
    pages = PagesFile(tmp_path / "pages.jsonl")
    other = replace(PAGE, key="other", question=Quote("Mallory", f'"id":"{PAGE.nonce}" {PAGE.nonce}', "other", 0))
    await pages.send(other, TO)
    assert await pages.find(PAGE, TO, START) is None
    assert await pages.find(other, TO, START) == other.nonce


@pytest.mark.parametrize("cut", [1, 10, 200])
async def test_a_page_that_a_crash_has_torn_is_sent_again_on_a_line_of_its_own(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "pages.jsonl"
    await PagesFile(path).send(PAGE, TO)
    whole = path.read_bytes()
    path.write_bytes(whole + whole.replace(PAGE.nonce.encode(), b"A" * 25)[:-cut])
    pages, torn = PagesFile(path), replace(PAGE, key="torn")
    path.write_bytes(path.read_bytes().replace(b"A" * 25, torn.nonce.encode()))
    if cut > 1:
        assert await pages.find(torn, TO, START) is None
        await pages.send(torn, TO)
    assert await pages.find(torn, TO, START) == torn.nonce
    await pages.update(PAGE, TO, PAGE.nonce)
    assert json.loads(path.read_bytes().splitlines()[-1])["update"]["status"] == "waiting"
    assert await pages.find(PAGE, TO, START) == PAGE.nonce


@pytest.mark.parametrize("content", [b"\xff\xfe\0\n", b"null\n[]\n5\n", b"\n\n", b'{"id": 5}\n'])
async def test_lines_of_others_are_passed_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_bytes(content)
    pages = PagesFile(path)
    assert await pages.find(PAGE, TO, START) is None
    await pages.send(PAGE, TO)
    assert await pages.find(PAGE, TO, START) == PAGE.nonce


def unusable(folder: Path, how: str) -> Path:
    path = folder / "place" / "pages.jsonl"
    if how == "a folder":
        path.mkdir(parents=True)
    elif how == "under a file":
        path.parent.write_text("")
    return path


@pytest.mark.parametrize("how", ["a folder", "under a file"])
async def test_a_history_that_cant_be_read_is_never_taken_for_an_empty_one(tmp_path: Path, how: str) -> None:
    path = unusable(tmp_path, how)
    with pytest.raises(CannotLook, match="can't be read"):
        await PagesFile(path).find(PAGE, TO, START)


@pytest.mark.parametrize("how", ["a folder", "under a file", "a missing folder"])
async def test_a_file_that_cant_be_written_is_tried_again_later(tmp_path: Path, how: str) -> None:
    pages = PagesFile(unusable(tmp_path, how))
    with pytest.raises(RetryLater, match="can't be written"):
        await pages.send(PAGE, TO)
    with pytest.raises(RetryLater, match="can't be written"):
        await pages.update(PAGE, TO, "x")
