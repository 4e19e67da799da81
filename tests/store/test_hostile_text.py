"""Whatever people type comes back as it was stored, on both engines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.detection import AnswerRole
from escalation.events import MAX_ID, MAX_TEXT, Message, Person, Place, Reaction, Score, storable
from escalation.notify import Page
from escalation.store import Database, messages, outbox, quarantine, questions
from escalation.timing import moment
from tests.store.helpers import HELP, T, all_rows, key, question, row, stored, tie

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)
"""Control characters, lone surrogates, NULs, right-to-left marks, emoji: all that Python can hold."""
NASTY = (
    "", "\0", "a\0b", "\ud800", "x\udfff", "'; DROP TABLE messages; --", "%s %(x)s {0} :name ?", "\\x00\\", '"\\u0000"',
    "\ufeff\u202e\u200d", "Z\u0351\u036b\u0343" * 50, "👩‍👩‍👧‍👦" * 99, "\r\n\x0b\x1b[31m",
    "é" * (MAX_TEXT + 9), "\U0010ffff",
)  # fmt: skip
examples = settings(
    max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def said(texts: Sequence[str]) -> list[Message]:
    person = Person("u1", texts[0])
    return [
        Message(place=HELP, id=uuid4().hex, at=moment(T), author=person, text=text, title=text, tags=(text,),
                attachments=(text,))
        for text in texts
    ]  # fmt: skip


async def comes_back(database: Database, texts: Sequence[str]) -> None:
    new = [
        stored(one.id, text=one.text, title=one.title, author_name=one.author.name,
               extras=messages.extras(one.tags, one.attachments))
        for one in said(texts)
    ]  # fmt: skip
    await database.write(lambda c: messages.insert(c, new))
    found = await database.read(lambda c: messages.load(c, [one.key for one in new]))
    assert found == {one.key: one for one in new}


async def test_nasty_texts_come_back_as_they_were_stored(database: Database) -> None:
    await comes_back(database, NASTY)


@examples
@given(st.lists(ANYTHING, min_size=1, max_size=20))
async def test_any_texts_come_back_as_they_were_stored(database: Database, texts: list[str]) -> None:
    await comes_back(database, texts)


@examples
@given(ANYTHING)
def test_what_is_storable_keeps_all_that_can_be_kept(text: str) -> None:
    kept = storable(text)
    assert storable(kept) == kept
    assert kept == "".join("?" if "\ud800" <= c <= "\udfff" else c for c in text if c != "\0")


async def test_nasty_words_of_pages_reasons_and_faults_come_back(database: Database) -> None:
    clean = [storable(text) for text in NASTY]

    def run(connection: sa.Connection) -> None:
        messages.tie(connection, [tie("q", "a", AnswerRole.OTHER, reasons=tuple(clean))])
        outbox.add(connection, [row(payload=json.dumps(clean, ensure_ascii=False), trouble=clean[5])])
        for event in said(NASTY):
            quarantine.add(connection, "acme", event, event.text)

    await database.write(run)
    ties = await database.read(lambda c: messages.memberships_of(c, [key("a")]))
    assert ties[key("a")][0].reasons == tuple(clean)
    payload = (await all_rows(database))[row().key].payload
    assert payload is not None
    assert json.loads(payload) == clean
    assert await database.read(quarantine.count) == len(NASTY)


def test_a_page_survives_its_own_json() -> None:
    for text in map(storable, NASTY):
        page = Page("k", "t", "s", "ping", "a:b", text, text, text, 1, None, "", (text,), (), (text,), text, 1, 0, 0)
        assert Page.from_json(page.to_json()) == page


async def test_the_longest_ids_that_are_allowed_are_stored(database: Database) -> None:
    """MAX_ID letters of any script in each part of a key; nothing in them repeats, so nothing compresses."""
    letters = "".join(chr(0x20000 + 7 * n) for n in range(4 * MAX_ID))
    parts = [letters[n * MAX_ID : (n + 1) * MAX_ID] for n in range(4)]
    place = Place(*parts[:3])
    long = stored(parts[3], place=place)
    await database.write(lambda c: messages.insert(c, [long]))
    await database.write(lambda c: questions.save(c, [question("x", key=long.key, tenant=place.community_key)]))
    assert await database.read(lambda c: messages.load(c, [long.key])) == {long.key: long}


@pytest.mark.parametrize("score", [2**31, 2**70])
async def test_votes_beyond_any_count_do_not_stop_the_store(database: Database, score: int) -> None:
    event = Score(place=HELP, id="1", at=moment(T), score=score)
    await database.write(lambda c: messages.insert(c, [stored("1")]))
    await database.write(lambda c: messages.update(c, {key("1"): {"score": event.score}}))


async def test_a_reaction_may_be_any_emoji(database: Database) -> None:
    for text in NASTY:
        event = Reaction(place=HELP, id="1", at=moment(T), author=Person("u1", ""), emoji=text)
        await database.write(lambda c, event=event: messages.react(c, "acme", event))
