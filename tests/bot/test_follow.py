"""A file that a bridge appends to, followed like a chat: every line once, over restarts, tears and rotations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.app import App
from bot.clock import RealClock
from bot.transcripts.follow import Follow
from escalation.question import State
from escalation.store import Database, meta, outbox, questions, schema
from escalation.tenant import Tenants
from tests.bot.helpers import Desk, Witness, answer, append, at_rest, company, lines, opened, pages_in, said, until

SOON = 100
"""Milliseconds from a question to its page in these tests."""
LATE = 600_000
"""The same where no page shall come."""


class Stage:
    """A folder with a chat, a database and a file of pages; each `up` is one life of the program."""

    def __init__(self, folder: Path) -> None:
        self.chat, self.pages, self.file = folder / "chat.jsonl", folder / "pages.jsonl", folder / "store.sqlite3"
        self.follow: Follow
        self.database: Database

    @asynccontextmanager
    async def up(self, tenants: Tenants | None = None, *, chats: list[Path] | None = None) -> AsyncIterator[App]:
        self.database = await opened(self.file)
        self.follow = Follow(chats or [self.chat], self.pages, 0.03)
        app = App(self.database, tenants or company(SOON), [self.follow], RealClock())
        await app.start()
        try:
            await until(self.follow.caught_up.is_set, "all that was said before")
            yield app
        finally:
            await at_rest(self.database)
            await app.stop(2)
            await self.database.close()

    async def stored(self) -> list[str]:
        """Ids of all stored messages in their order."""
        query = sa.select(schema.messages.c.key).order_by(schema.messages.c.at)
        keys = await self.database.read(lambda connection: connection.execute(query).scalars().all())
        return [str(key).rsplit("/", 1)[1] for key in keys]

    async def has(self, *ids: str) -> None:
        async def there() -> bool:
            return set(ids) <= set(await self.stored())

        await until(there, f"messages {ids}")

    async def states(self) -> dict[str, State]:
        every = await self.database.read(questions.every)
        return {one.key.rsplit("/", 1)[1]: one.state for one in every}

    async def position(self) -> int:
        return int(await self.database.read(lambda c: meta.get(c, f"follow:{self.chat.resolve()}")) or 0)

    async def read_all(self) -> None:
        async def done() -> bool:
            return await self.position() == self.chat.stat().st_size

        await until(done, "the end of the file")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def taken(app: App) -> float:
    """Messages that this life of the program took in."""
    return app.metrics.registry.get_sample_value("backstop_events_total", {"kind": "message"}) or 0.0


async def test_a_line_that_is_appended_is_taken_in_and_its_question_is_paged(stage: Stage) -> None:
    stage.chat.touch()
    async with stage.up() as app:
        append(stage.chat, said("q1"))
        await until(lambda: pages_in(stage.pages) == ["q1"], "the page")
        append(stage.chat, said("q2"), answer("a2", "q2"), said("q3"))
        await until(lambda: pages_in(stage.pages) == ["q1", "q3"], "the second page")
        assert taken(app) == 4
        assert stage.follow.connected
        assert (await stage.states())["q2"] is State.ANSWERED


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
async def test_a_torn_last_line_waits_for_its_newline(stage: Stage, cut: int) -> None:
    whole = lines(said("q1"))
    stage.chat.write_bytes(lines(said("m0", "hello")))
    async with stage.up() as app:
        with stage.chat.open("ab") as file:
            file.write(whole[:-cut])
            file.flush()
            await stage.has("m0")
            await asyncio.sleep(0.15)
            assert taken(app) == 1
            assert "q1" not in await stage.stored()
            file.write(whole[-cut:])
        await stage.has("q1")
        assert taken(app) == 2


async def test_bad_lines_are_told_and_passed_over(stage: Stage) -> None:
    stage.chat.write_bytes(lines(said("m1", "hello")) + b'{"torn\n\n\xff\xfe\n[1]\n' + lines(said("m2", "bye")))
    with capture_logs() as heard:
        async with stage.up(company(LATE)):
            await stage.has("m1", "m2")
            await stage.read_all()
    told = [one for one in heard if one["event"] == "a line was left out"]
    assert [(one["file"], one["log_level"]) for one in told] == [(str(stage.chat), "error")] * 3
    assert len({one["offset"] for one in told}) == 3
    assert all(one["trouble"] for one in told)


async def test_a_byte_order_mark_costs_no_message(stage: Stage) -> None:
    stage.chat.write_bytes(b"\xef\xbb\xbf" + lines(said("m1", "hello"), said("m2", "bye")))
    async with stage.up(company(LATE)):
        await stage.has("m2")
        assert await stage.stored() == ["m1", "m2"]


async def test_windows_line_ends_cost_no_message(stage: Stage) -> None:
    stage.chat.write_bytes(lines(said("m1", "hello"), said("m2", "bye")).replace(b"\n", b"\r\n"))
    async with stage.up(company(LATE)):
        await stage.has("m1", "m2")


async def test_a_line_that_is_read_by_replay_is_read_here_too_whatever_its_bytes(stage: Stage) -> None:
    stage.chat.write_bytes(lines(said("m1", "XX"), said("m2", "bye")).replace(b"XX", b"caf\xe9"))
    async with stage.up(company(LATE)):
        await stage.has("m2")
        assert await stage.stored() == ["m1", "m2"]


async def test_a_huge_line_is_passed_over_and_the_next_is_read(stage: Stage) -> None:
    append(stage.chat, said("m1", "x" * 2_500_000), said("m2", "bye"))
    async with stage.up(company(LATE)):
        await stage.has("m2")
        await stage.read_all()


async def test_a_file_that_appears_later_is_followed_from_its_start(stage: Stage) -> None:
    async with stage.up():
        assert not stage.follow.connected
        append(stage.chat, said("q1"))
        await until(lambda: pages_in(stage.pages) == ["q1"], "the page")
        await until(lambda: stage.follow.connected, "the platform to be connected")


async def test_a_file_that_shrank_is_read_again_and_nothing_comes_twice(stage: Stage) -> None:
    stage.chat.touch()
    async with stage.up():
        append(stage.chat, said("q1"), said("q2"))
        await until(lambda: pages_in(stage.pages) == ["q1", "q2"], "two pages")
        await stage.read_all()
        stage.chat.write_bytes(lines(said("q2")))
        await stage.read_all()
        append(stage.chat, said("q3"))
        await until(lambda: "q3" in pages_in(stage.pages), "the page of the new file")
        await asyncio.sleep(0.2)
        assert pages_in(stage.pages) == ["q1", "q2", "q3"]


async def test_what_was_read_is_not_read_again_after_a_restart_and_nothing_is_lost(stage: Stage) -> None:
    stage.chat.touch()
    async with stage.up(company(LATE)):
        append(stage.chat, said("q1"), said("q2"))
        await stage.has("q1", "q2")
        await stage.read_all()
    append(stage.chat, said("q3"), said("q4"))
    async with stage.up(company(LATE)) as app:
        await stage.has("q3", "q4")
        assert taken(app) == 2
        assert await stage.position() == stage.chat.stat().st_size
    async with stage.up(company(LATE)) as app:
        await asyncio.sleep(0.15)
        assert taken(app) == 0
        assert await stage.stored() == ["q1", "q2", "q3", "q4"]


async def test_a_death_between_the_commit_and_the_position_does_no_harm(stage: Stage) -> None:
    stage.chat.touch()
    async with stage.up():
        append(stage.chat, said("q1"), said("q2"), answer("a2", "q2"))
        await until(lambda: pages_in(stage.pages) == ["q1"], "the page")
        await stage.read_all()
        before = await stage.states()
        key = f"follow:{stage.chat.resolve()}"
        await stage.database.write(lambda connection: meta.put(connection, key, "0"))
    async with stage.up() as app:
        await stage.read_all()
        await asyncio.sleep(0.2)
        assert taken(app) == 3
        assert await stage.states() == before
        assert pages_in(stage.pages) == ["q1"]


async def test_what_was_said_before_the_first_watch_never_pages(stage: Stage) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    append(stage.chat, said("old1", at=long_ago), said("old2", at=datetime.now(UTC) - timedelta(milliseconds=300)))
    async with stage.up():
        append(stage.chat, said("late", at=long_ago), said("new"))
        await until(lambda: "new" in pages_in(stage.pages), "the page of the new question")
        await asyncio.sleep(0.2)
        assert pages_in(stage.pages) == ["new"]


async def test_what_was_said_while_down_pages_after_the_restart(stage: Stage) -> None:
    stage.chat.touch()
    async with stage.up():
        pass
    append(stage.chat, said("q1", at=datetime.now(UTC) - timedelta(milliseconds=5)))
    async with stage.up():
        await until(lambda: pages_in(stage.pages) == ["q1"], "the page")


async def test_an_answer_that_was_written_while_down_prevents_the_page(stage: Stage) -> None:
    stage.chat.touch()
    async with stage.up(company(300)):
        append(stage.chat, said("q1"), said("q2"))
        await stage.has("q1", "q2")
    assert pages_in(stage.pages) == []
    chatter = [said(f"m{number}", "nice weather") for number in range(600)]
    append(stage.chat, *chatter, answer("a1", "q1"))
    await asyncio.sleep(0.35)
    async with stage.up(company(300)):
        await until(lambda: pages_in(stage.pages) != [], "the page of the question nobody answered")
        await asyncio.sleep(0.2)
        assert pages_in(stage.pages) == ["q2"]
        assert (await stage.states())["q1"] is State.ANSWERED


async def test_several_files_are_followed_side_by_side(stage: Stage, tmp_path: Path) -> None:
    chats = [tmp_path / f"chat{number}.jsonl" for number in range(3)]
    async with stage.up(chats=chats):
        for number, chat in enumerate(chats):
            append(chat, said(f"q{number}", channel=f"c{number}"))
        await until(lambda: set(pages_in(stage.pages)) == {"q0", "q1", "q2"}, "three pages")


async def test_one_file_that_is_missing_is_not_hidden_by_one_that_is_there(stage: Stage, tmp_path: Path) -> None:
    stage.chat.touch()
    async with stage.up(chats=[tmp_path / "missing.jsonl", stage.chat]):
        seen = set()
        for _ in range(40):
            seen.add(stage.follow.connected)
            await asyncio.sleep(0.005)
        assert seen == {False}


async def test_pages_that_hang_when_it_stops_are_given_back(stage: Stage) -> None:
    desk = Desk()
    desk.hangs = True
    database = await opened(stage.file)
    app = App(database, company(0, "desk"), [Witness(lambda: None, {"desk": desk})], RealClock())  # type: ignore[list-item]
    await app.start()
    try:
        from bot.transcripts.jsonl import parse_line

        await app.take([parse_line(lines(said("q1")))])
        await until(lambda: desk.tries == 1, "the send")
        await app.stop(0.2)
        query = sa.select(schema.outbox).where(schema.outbox.c.attempts > 0)
        (row,) = await database.read(lambda connection: connection.execute(query).all())
        assert (row.state, row.lease_until) == (outbox.Stage.PENDING.value, None)
    finally:
        await database.close()
