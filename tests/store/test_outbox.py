"""The outbox's queries on both engines."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from escalation.store import Database, outbox
from escalation.store.outbox import Kind, Row, Stage, edit_key, edited
from tests.store.helpers import T, all_rows, key, row

MINUTE = 60_000
FULL = Row(
    "k", "acme", key("9"), 2, 3, 4, "pages:x", Kind.SHADOW, "stalled", T + 1, T + 2, Stage.SENDING, '{"ä": 1}', 5,
    T + 3, T + 4, 6, "m1", T + 5, "trouble",
)  # fmt: skip
SENDING = {"state": Stage.SENDING, "lease_until": T + MINUTE, "epoch": 1, "attempts": 1}


async def add(database: Database, *rows: Row) -> None:
    await database.write(lambda c: outbox.add(c, rows))


async def wanting(database: Database, now: int, limit: int = 99) -> list[Row]:
    return await database.write(lambda c: outbox.wanting(c, now, limit))


async def test_every_field_of_a_row_comes_back(database: Database) -> None:
    same = [one.name for one in fields(FULL) if getattr(FULL, one.name) == getattr(row(), one.name)]
    assert same == ["tenant"]
    await add(database, FULL, row())
    assert await all_rows(database) == {FULL.key: FULL, row().key: row()}


async def test_adding_a_row_again_changes_nothing(database: Database) -> None:
    sent = row(state=Stage.SENT, sent_message_id="m1")
    await add(database, sent)
    await add(database, row(), row("2"), row("2"))
    assert await all_rows(database) == {sent.key: sent, row("2").key: row("2")}


@pytest.mark.parametrize("state", Stage)
async def test_an_edit_that_is_there_is_wanted_once_more_in_every_state(
    sqlite_database: Database, state: Stage
) -> None:
    edit = row(kind=Kind.EDIT, sent_message_id="m1")
    old = replace(edit, state=state, payload="old", attempts=4, first_try_at=T, lease_until=T + 5, epoch=7, trouble="x")
    await add(sqlite_database, old)
    await sqlite_database.write(lambda c: outbox.rearm(c, [replace(edit, not_before=T + 9)]))
    found = (await all_rows(sqlite_database))[edit.key]
    assert (found.state, found.not_before, found.epoch) == (Stage.PENDING, T + 9, 8)
    assert (found.payload, found.attempts, found.first_try_at, found.lease_until) == (None, 0, None, None)
    assert found.sent_message_id == "m1"


async def test_a_new_edit_is_queued_and_a_known_one_is_armed_on_both_engines(database: Database) -> None:
    edits = [row(id_, kind=Kind.EDIT, sent_message_id=f"m{id_}") for id_ in "12"]
    await add(database, replace(edits[0], state=Stage.SENT, epoch=3))
    await database.write(lambda c: outbox.rearm(c, edits))
    assert await all_rows(database) == {edits[0].key: replace(edits[0], epoch=4), edits[1].key: edits[1]}


async def test_pending_rows_and_those_whose_lease_ran_out_are_wanted_oldest_first(database: Database) -> None:
    late, expired = row("late", not_before=T + 2), row("expired", **{**SENDING, "lease_until": T + 10})
    early, held = row("early", created_at=T - 1), row("held", **{**SENDING, "lease_until": T + 11})
    others = [row(f"{state}", state=state) for state in Stage if state not in (Stage.PENDING, Stage.SENDING)]
    await add(database, late, expired, early, held, *others, row("future", not_before=T + 11))
    assert await wanting(database, T + 10) == [early, expired, late]
    assert await wanting(database, T + 10, limit=1) == [early]
    assert await wanting(database, T - 1) == []


async def test_the_next_wanted_time_is_the_earliest_retry_or_end_of_a_lease(database: Database) -> None:
    assert await database.read(outbox.next_wanting) is None
    await add(database, row("done", state=Stage.SENT, not_before=T - 9))
    assert await database.read(outbox.next_wanting) is None
    await add(database, row("sending", **SENDING))
    assert await database.read(outbox.next_wanting) == T + MINUTE
    await add(database, row("pending", not_before=T + 5))
    assert await database.read(outbox.next_wanting) == T + 5


async def test_a_change_needs_the_epoch_and_the_state_it_knew(database: Database) -> None:
    known = row(**SENDING)
    await add(database, known, row("2"))

    async def change(of: Row, **values: object) -> bool:
        return await database.write(lambda c: outbox.change(c, of, **values))

    assert not await change(replace(known, epoch=0), trouble="older worker")
    assert not await change(replace(known, epoch=2), trouble="newer worker")
    assert not await change(replace(known, state=Stage.PENDING), trouble="other state")
    assert not await change(replace(known, key="nowhere"), trouble="no row")
    assert (await all_rows(database))[known.key] == known
    assert await change(known, state="sent", sent_message_id="m1", epoch=2)
    assert (await all_rows(database))[known.key] == replace(known, state=Stage.SENT, sent_message_id="m1", epoch=2)
    assert not await change(known, trouble="again")
    assert (await all_rows(database))[row("2").key] == row("2")


async def test_cancelling_stops_what_is_queued_but_not_what_is_under_way_or_an_edit(database: Database) -> None:
    pending, edit = row(payload="words"), row(kind=Kind.EDIT, sent_message_id="m1")
    sending, sent = row(step=1, **SENDING, payload="words"), row(step=2, state=Stage.SENT, payload="words")
    other = row("2", payload="words")
    await add(database, pending, edit, sending, sent, other)
    await database.write(lambda c: outbox.cancel(c, "acme", [key("1")]))
    after = await all_rows(database)
    assert after.pop(pending.key) == replace(pending, state=Stage.CANCELLED, payload=None)
    assert after == {one.key: one for one in (edit, sending, sent, other)}


async def test_cards_are_the_pages_that_were_sent(database: Database) -> None:
    sent = {"state": Stage.SENT, "sent_message_id": "m"}
    ping, shadow = row(**sent), row(kind=Kind.SHADOW, **sent)
    await add(
        database, ping, shadow, row(kind=Kind.EDIT, **sent), row("2", **sent), row(step=1), row(step=2, **SENDING)
    )
    assert await database.read(lambda c: outbox.cards(c, "acme", [key("1")])) == [ping, shadow]
    assert len(await database.read(lambda c: outbox.cards(c, "acme", [key("1"), key("2"), key("3")]))) == 3


async def test_scrubbing_erases_the_texts_of_pages_in_every_state(database: Database) -> None:
    rows = [row(f"{n}", state=state, payload="words") for n, state in enumerate(Stage)]
    await add(database, *rows, row("other", payload="words"))
    await database.write(lambda c: outbox.scrub(c, "acme", [one.subject for one in rows]))
    after = await all_rows(database)
    assert [one.subject for one in after.values() if one.payload] == [key("other")]
    sending = next(one for one in rows if one.state is Stage.SENDING)
    assert await database.read(lambda c: outbox.was_scrubbed(c, sending))
    assert not await database.read(lambda c: outbox.was_scrubbed(c, row("other")))


async def test_depths_count_the_rows_in_each_state(database: Database) -> None:
    assert await database.read(outbox.depths) == {}
    await add(database, row("1"), row("2"), row("3", state=Stage.SENT))
    assert await database.read(outbox.depths) == {"pending": 2, "sent": 1}


async def test_stuck_rows_are_those_that_wanted_to_go_out_before(database: Database) -> None:
    old, retried = row("old"), row("retried", not_before=T + 99 * MINUTE, attempts=3, created_at=T - 1)
    await add(database, old, retried, row("new", created_at=T + 5), row("sent", state=Stage.SENT))
    await add(database, row("sending", **SENDING, created_at=T + 1))
    found = await database.read(lambda c: outbox.stuck(c, T + 5))
    assert [one.subject for one in found] == [key("retried"), key("old"), key("sending")]
    assert await database.read(lambda c: outbox.stuck(c, T - 1)) == []


async def test_an_edit_that_was_armed_again_just_now_is_not_stuck(database: Database) -> None:
    edit = row(kind=Kind.EDIT, sent_message_id="m1")
    await add(database, replace(edit, state=Stage.SENT))
    later = T + 60 * MINUTE
    await database.write(lambda c: outbox.rearm(c, [replace(edit, created_at=later, not_before=later)]))
    assert await database.read(lambda c: outbox.stuck(c, later - MINUTE)) == []


@pytest.mark.parametrize(
    ("other", "alive"),
    [
        ({"target": "pages:b"}, True),
        ({"target": "pages:b", **SENDING}, True),
        ({"target": "pages:b", "state": Stage.SENT}, True),
        ({"target": "pages:b", "state": Stage.FAILED}, False),
        ({"target": "pages:b", "state": Stage.CANCELLED}, False),
        ({"target": "team:b", "state": Stage.EXPANDED}, False),
        ({"step": 1}, False),
        ({"target": "pages:b", "episode": 2}, False),
        ({"target": "pages:b", "round": 1}, False),
        ({"target": "pages:b", "tenant": "other"}, False),
        ({"id_": "2"}, False),
    ],
)
async def test_another_row_of_the_same_step_may_still_reach_people(
    sqlite_database: Database, other: dict[str, object], alive: bool
) -> None:
    mine = row()
    await add(sqlite_database, mine, row(**other))
    assert await sqlite_database.read(lambda c: outbox.others_alive(c, mine)) is alive


def test_the_key_of_a_row_names_all_that_makes_a_page_another_one() -> None:
    assert row(step=2).key == f"acme:{key('1')}:1:0:2:pages:support:ping"
    alike = [row(), row("2"), row(step=1), row(target="pages:b"), row(kind=Kind.SHADOW), row(tenant="other")]
    assert len({one.key for one in alike}) == len(alike)


def test_the_key_of_an_edit_leads_back_to_its_card() -> None:
    card = row().key
    assert edited(edit_key(card)) == card
    assert edited(card) == card
