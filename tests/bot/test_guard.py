"""Our own clock is not believed blindly: a jump is checked with a platform before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.app import App
from bot.guard import ClockGuard
from escalation.errors import RetryLater
from escalation.events import Message, Person, Place
from escalation.store import Database, meta
from escalation.timing import millis, moment
from tests.bot.helpers import QUESTION, START, Desk, HandClock, Witness, at_rest, company, until

MINUTE = timedelta(minutes=1)
HELP = Place("discord", "acme", "help")


async def mark(database: Database) -> datetime | None:
    value = await database.read(meta.clock_mark)
    return moment(value) if value is not None else None


async def leave_mark(database: Database, at: datetime) -> None:
    await database.write(lambda connection: meta.mark_clock(connection, millis(at)))


def truth(clock: HandClock, error: timedelta) -> Callable[[], datetime]:
    return lambda: clock.now() + error


@pytest.mark.parametrize("jump", [-2 * 60 * MINUTE, -6 * MINUTE, 6 * MINUTE, 60 * 24 * MINUTE])
@pytest.mark.parametrize(
    ("error", "trusted"), [(timedelta(), True), (4 * MINUTE, True), (-4 * MINUTE, True), (6 * MINUTE, False),
                           (-60 * MINUTE, False)],
)  # fmt: skip
async def test_after_a_jump_a_platform_decides(
    sqlite_database: Database, jump: timedelta, error: timedelta, trusted: bool
) -> None:
    clock = HandClock()
    witness = Witness(truth(clock, error))
    guard = ClockGuard(sqlite_database, clock, [witness])
    await guard.check(clock.now())
    assert await guard.trusts(clock.now())
    assert witness.asked == 0
    clock.jumps(jump)
    assert await guard.trusts(clock.now()) is trusted
    assert witness.asked == 1


@pytest.mark.parametrize("step", [MINUTE, 4 * MINUTE, 30 * MINUTE, 60 * 24 * MINUTE])
async def test_time_that_passes_is_no_jump_however_long_it_is(sqlite_database: Database, step: timedelta) -> None:
    clock = HandClock()
    witness = Witness(lambda: None)
    guard = ClockGuard(sqlite_database, clock, [witness])
    await guard.check(clock.now())
    for _ in range(3):
        clock.passes(step)
        assert await guard.trusts(clock.now())
    assert witness.asked == 0


async def test_a_clock_that_is_not_confirmed_is_asked_for_until_it_is(sqlite_database: Database) -> None:
    clock, wrong = HandClock(), [60 * MINUTE]
    witness = Witness(lambda: clock.now() + wrong[0])
    guard = ClockGuard(sqlite_database, clock, [witness])
    await guard.check(clock.now())
    clock.jumps(-60 * MINUTE)
    for asked in (1, 2, 3):
        assert not await guard.trusts(clock.now())
        assert witness.asked == asked
        clock.passes(MINUTE)
    clock.jumps(60 * MINUTE)
    wrong[0] = timedelta()
    assert await guard.trusts(clock.now())
    clock.passes(MINUTE)
    assert await guard.trusts(clock.now())
    assert witness.asked == 4


@pytest.mark.parametrize("witnesses", [0, 1], ids=["none", "one that can't tell"])
async def test_without_a_witness_it_goes_on_with_a_warning(sqlite_database: Database, witnesses: int) -> None:
    clock = HandClock()
    guard = ClockGuard(sqlite_database, clock, [Witness(lambda: None)] * witnesses)
    await guard.check(clock.now())
    clock.jumps(60 * MINUTE)
    with capture_logs() as heard:
        assert await guard.trusts(clock.now())
    assert [one["event"] for one in heard] == ["the clock jumped and no platform can confirm it; going on by it"]


async def test_the_first_witness_that_can_tell_decides(sqlite_database: Database) -> None:
    clock = HandClock()
    mute, knows, unasked = Witness(lambda: None), Witness(truth(clock, 60 * MINUTE)), Witness(clock.now)
    guard = ClockGuard(sqlite_database, clock, [mute, knows, unasked])
    await guard.check(clock.now())
    clock.jumps(60 * MINUTE)
    assert not await guard.trusts(clock.now())
    assert (mute.asked, knows.asked, unasked.asked) == (1, 1, 0)


@pytest.mark.parametrize(
    ("behind", "error", "trusted", "asked"),
    [
        (timedelta(), timedelta(), True, 0),
        (4 * MINUTE, 60 * MINUTE, True, 0),
        (-24 * 60 * MINUTE, 60 * MINUTE, True, 0),
        (60 * MINUTE, timedelta(), True, 1),
        (60 * MINUTE, 60 * MINUTE, False, 1),
    ],
)
async def test_at_start_the_clock_must_not_stand_before_the_mark_of_the_last_run(
    sqlite_database: Database, behind: timedelta, error: timedelta, trusted: bool, asked: int
) -> None:
    clock = HandClock()
    await leave_mark(sqlite_database, clock.now() + behind)
    witness = Witness(truth(clock, error))
    guard = ClockGuard(sqlite_database, clock, [witness])
    await guard.check(clock.now())
    assert (guard.trusted, witness.asked) == (trusted, asked)
    assert await guard.trusts(clock.now()) is trusted


async def test_the_mark_moves_with_the_clock_but_not_with_one_that_is_wrong(sqlite_database: Database) -> None:
    clock = HandClock()
    guard = ClockGuard(sqlite_database, clock, [Witness(truth(clock, -60 * MINUTE))])
    await guard.check(clock.now())
    assert await guard.trusts(clock.now())
    assert await mark(sqlite_database) == START
    clock.passes(timedelta(seconds=30))
    await guard.trusts(clock.now())
    assert await mark(sqlite_database) == START, "written once a minute at the most"
    clock.passes(MINUTE)
    await guard.trusts(clock.now())
    assert await mark(sqlite_database) == START + timedelta(seconds=90)
    clock.jumps(60 * MINUTE)
    assert not await guard.trusts(clock.now())
    assert await mark(sqlite_database) == START + timedelta(seconds=90)


async def test_the_mark_is_never_lowered_by_a_clock_that_creeps_back(sqlite_database: Database) -> None:
    highest = START + 4 * MINUTE
    await leave_mark(sqlite_database, highest)
    clock = HandClock()
    guard = ClockGuard(sqlite_database, clock, [])
    await guard.check(clock.now())
    assert await guard.trusts(clock.now())
    assert await mark(sqlite_database) == highest


async def running(database: Database, clock: HandClock, witness: Witness) -> App:
    app = App(database, company(60_000, "desk"), [witness], clock)  # type: ignore[list-item]
    await app.start()
    return app


async def asks(app: App, id_: str, at: datetime) -> None:
    await app.take([Message(place=HELP, id=id_, at=at, author=Person(f"u{id_}", "Una"), text=QUESTION)])


async def test_while_a_platform_disagrees_nothing_is_sent_and_then_all_of_it_is(sqlite_database: Database) -> None:
    clock, desk, wrong = HandClock(), Desk(), [timedelta()]
    app = await running(sqlite_database, clock, Witness(lambda: clock.now() + wrong[0], {"desk": desk}))
    try:
        await asks(app, "1", clock.now())
        await asyncio.sleep(0.2)  # the loops come to rest
        wrong[0] = -60 * MINUTE
        clock.jumps(60 * MINUTE)
        clock.passes(MINUTE)
        await until(lambda: not app.guard.trusted, "the guard to notice")
        for _ in range(5):
            clock.passes(MINUTE)
            app.wake()
            await asyncio.sleep(0.02)
        assert desk.tries == 0
        clock.jumps(-60 * MINUTE)
        wrong[0] = timedelta()
        clock.passes(MINUTE)
        await until(lambda: app.guard.trusted, "the guard to believe it again")
        await until(lambda: len(desk.pages) == 1, "the page")
    finally:
        await at_rest(sqlite_database)
        await app.stop(1)


async def test_a_page_that_waits_for_another_try_is_not_sent_on_a_jump_before_a_platform_was_asked(
    sqlite_database: Database,
) -> None:
    clock, desk, wrong = HandClock(), Desk(), [timedelta()]
    witness = Witness(lambda: clock.now() + wrong[0], {"desk": desk})
    app = await running(sqlite_database, clock, witness)
    try:
        desk.trouble = RetryLater("busy", timedelta(hours=1))
        await asks(app, "1", clock.now())
        clock.passes(MINUTE)
        await until(lambda: desk.tries == 1, "the first try")
        desk.trouble, witness.takes, wrong[0] = None, 0.2, -120 * MINUTE
        clock.jumps(120 * MINUTE)
        app.wake()  # a message comes in
        await until(lambda: not app.guard.trusted, "the guard to ask and to be told")
        assert (desk.tries, desk.pages) == (1, [])
    finally:
        await at_rest(sqlite_database)
        await app.stop(1)


async def test_a_witness_that_fails_does_not_stop_the_bot(sqlite_database: Database) -> None:
    def fails() -> datetime:
        raise OSError("no route to host")

    clock = HandClock()
    guard = ClockGuard(sqlite_database, clock, [Witness(fails)])
    await guard.check(clock.now())
    clock.jumps(60 * MINUTE)
    await guard.trusts(clock.now())
