"""Messages, memberships, watched channels and reactions on both engines."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import sqlalchemy as sa

from escalation.detection import AnswerRole
from escalation.events import ChannelKey, Person, Place, Reaction
from escalation.store import Database, messages
from escalation.store.messages import StoredMessage
from escalation.store.schema import reactions
from escalation.timing import moment
from tests.store.helpers import HELP, T, key, stored, tie

OTHER = Place("discord", "acme", "general")


async def put(database: Database, *new: StoredMessage) -> None:
    await database.write(lambda c: messages.insert(c, new))


async def test_a_message_comes_back_with_every_field(database: Database) -> None:
    full = StoredMessage(
        key("1"), "acme", HELP.key, "thread", "u7", "Ünä", True, True, T, "Title", "Text\nmore", '{"tags": []}',
        key("0"), 0.123456789, False, score=-3, edited_at=T + 1, deleted_at=T + 2, root=key("0"),
    )  # fmt: skip
    assert all(getattr(full, one.name) != getattr(stored("2"), one.name) for one in fields(full) if one.name not in
               ("tenant", "channel", "at"))  # fmt: skip
    await put(database, full, stored("2"))
    found = await database.read(lambda c: messages.load(c, [key("1"), key("2"), key("nowhere")]))
    assert found == {key("1"): full, key("2"): stored("2")}


async def test_more_keys_than_fit_one_statement_are_all_found(database: Database) -> None:
    many = [stored(str(n)) for n in range(1, 1203)]
    await put(database, *many)
    found = await database.read(lambda c: messages.load(c, [one.key for one in many] * 2))
    assert found == {one.key: one for one in many}


async def test_a_message_that_is_there_stays_as_it_is(database: Database) -> None:
    await put(database, stored("1", text="first"))
    await put(database, stored("1", text="second"), stored("2"))
    found = await database.read(lambda c: messages.load(c, [key("1"), key("2")]))
    assert {one.text for one in found.values()} == {"first", "text 2"}


async def test_an_update_changes_only_what_it_names(database: Database) -> None:
    await put(database, stored("1"), stored("2"))
    await database.write(lambda c: messages.update(c, {key("1"): {"text": "new", "edited_at": T + 5}}))
    found = await database.read(lambda c: messages.load(c, [key("1"), key("2")]))
    assert found == {key("1"): replace(stored("1"), text="new", edited_at=T + 5), key("2"): stored("2")}


async def test_the_window_is_the_newest_messages_of_one_channel_oldest_first(database: Database) -> None:
    await put(
        database,
        stored("c", at=T + 3),
        stored("a", at=T + 1),
        stored("tie2", at=T + 2),
        stored("tie1", at=T + 2),
        stored("gone", at=T + 9, deleted_at=T + 10),
        stored("else", at=T + 9, place=OTHER),
    )
    seen = await database.read(lambda c: messages.recent(c, HELP.key, 3))
    assert [one.key for one in seen] == [key("tie1"), key("tie2"), key("c")]


async def test_the_window_knows_roles_and_titles_but_not_withdrawn_ties(database: Database) -> None:
    await put(database, stored("q", title="Help"), stored("a", at=T + 1), stored("b", at=T + 2))
    ties = [tie("q", "a"), tie("x", "a", AnswerRole.DISPUTE), tie("q", "b", withdrawn=True)]
    await database.write(lambda c: messages.tie(c, ties))
    question, both, none = await database.read(lambda c: messages.recent(c, HELP.key, 9))
    assert question.text == "Help\ntext q"
    assert both.roles == ((key("q"), AnswerRole.ANSWER), (key("x"), AnswerRole.DISPUTE))
    assert none.roles == ()


async def test_a_membership_comes_back_and_takes_a_new_role(database: Database) -> None:
    first = tie("q", "a", reasons=("er sagt „ja“", "2"), probability=1 / 3)
    second = tie("q", "a", AnswerRole.UNSAFE, probability=0.1, reasons=(), at=T + 7, withdrawn=True)
    for version in (first, second):
        await database.write(lambda c, version=version: messages.tie(c, [version]))
        assert await database.read(lambda c: messages.memberships_of(c, [key("a")])) == {key("a"): [version]}


async def test_a_message_may_serve_two_questions(database: Database) -> None:
    ties = [tie("q1", "a"), tie("q2", "a", AnswerRole.ME_TOO), tie("q1", "b")]
    await database.write(lambda c: messages.tie(c, ties))
    found = await database.read(lambda c: messages.memberships_of(c, [key("a"), key("b"), key("c")]))
    assert found == {key("a"): ties[:2], key("b"): ties[2:]}


async def test_members_come_oldest_first_without_withdrawn_or_unknown_ones(database: Database) -> None:
    await put(database, stored("late", at=T + 9), stored("early", at=T + 1), stored("gone", at=T + 2))
    ties = [tie("q", "late"), tie("q", "early"), tie("q", "gone", withdrawn=True), tie("q", "never stored")]
    await database.write(lambda c: messages.tie(c, ties))
    found = await database.read(lambda c: messages.members_of(c, "acme", key("q")))
    assert found == [(stored("early", at=T + 1), ties[1]), (stored("late", at=T + 9), ties[0])]


@pytest.mark.parametrize(("tags", "files"), [(["a", "ü"], []), ([], ["log.txt"]), (["x"], ['we"ird\\.png', "ünï.txt"])])
async def test_attachments_come_back(database: Database, tags: list[str], files: list[str]) -> None:
    await put(database, stored("1", extras=messages.extras(tags, files)))
    found = await database.read(lambda c: messages.load(c, [key("1")]))
    assert messages.attachments(found[key("1")].extras) == files


def test_no_tags_and_no_attachments_store_nothing() -> None:
    assert messages.extras([], []) is None
    assert messages.attachments(None) == []


async def test_a_channel_is_watched_since_it_was_first_seen(database: Database) -> None:
    def look(at: int, *keys: ChannelKey) -> dict[ChannelKey, tuple[str, int]]:
        return dict.fromkeys(keys, ("acme", at))

    first = await database.write(lambda c: messages.watched_since(c, look(T, HELP.key)))
    later = await database.write(lambda c: messages.watched_since(c, look(T + 99, HELP.key, OTHER.key)))
    earlier = await database.write(lambda c: messages.watched_since(c, look(T - 99, HELP.key, OTHER.key)))
    assert first == {HELP.key: T}
    assert later == earlier == {HELP.key: T, OTHER.key: T + 99}


async def test_reactions_are_added_once_and_taken_back(database: Database) -> None:
    def reaction(author: str, emoji: str, *, removed: bool = False) -> Reaction:
        return Reaction(place=HELP, id="1", at=moment(T), author=Person(author, ""), emoji=emoji, removed=removed)

    async def let(*events: Reaction) -> list[tuple[str, str]]:
        await database.write(lambda c: [messages.react(c, "acme", event) for event in events] and None)
        query = sa.select(reactions.c.author, reactions.c.emoji).order_by(reactions.c.author, reactions.c.emoji)
        return await database.read(lambda c: [(one.author, one.emoji) for one in c.execute(query)])

    assert await let(reaction("u1", "✅"), reaction("u1", "✅"), reaction("u2", "✅")) == [("u1", "✅"), ("u2", "✅")]
    assert await let(reaction("u1", "✅", removed=True), reaction("u3", "❌", removed=True)) == [("u2", "✅")]
    assert await let(reaction("u1", "👍"), reaction("u2", "✅", removed=True)) == [("u1", "👍")]
