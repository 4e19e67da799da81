"""What comes in from outside: frozen, storable, keyed, with aware times only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.errors import InputError
from escalation.events import (
    MAX_ID,
    MAX_TEXT,
    Deletion,
    Edit,
    Event,
    Lock,
    Message,
    Person,
    Place,
    Reaction,
    Restoration,
    Role,
    Score,
    Tags,
    message_id,
    place_of,
    storable,
)
from escalation.timing import millis

AT = datetime(2026, 1, 5, 10, tzinfo=UTC)
HERE = Place("discord", "acme", "help")
ANN = Person("1", "ann")
EVENTS: list[Callable[..., Event]] = [
    lambda **given: Message(author=ANN, text="hi", **given),
    lambda **given: Edit(text="hi", **given),
    Deletion,
    Restoration,
    lambda **given: Reaction(author=ANN, emoji="x", **given),
    lambda **given: Score(score=3, **given),
    Lock,
    lambda **given: Tags(tags=("solved",), **given),
]

anything = st.text(st.characters(exclude_categories=[]))
"""All of unicode, with NUL and lone surrogates."""
ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=MAX_ID)
awkward = st.one_of(ids, st.text("/%25F", min_size=1, max_size=12))


# -- texts


@given(anything)
def test_any_text_becomes_storable_and_stays_so(text: str) -> None:
    kept = storable(text)
    assert "\0" not in kept
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert len(kept) <= MAX_TEXT
    assert storable(kept) == kept


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_a_text_that_databases_can_hold_is_kept_as_it_is(text: str) -> None:
    assert storable(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\0b", "ab"), ("\ud800", "?"), ("\udfffü\0", "?ü"), ("x" * (MAX_TEXT + 5), "x" * MAX_TEXT), ("", "")],
)
def test_what_cannot_be_stored_is_replaced_or_cut(text: str, kept: str) -> None:
    assert storable(text) == kept


@given(anything)
def test_every_event_with_text_holds_it_storable(text: str) -> None:
    message = Message(place=HERE, id="1", at=AT, author=ANN, text=text, title=text, tags=(text,), attachments=(text,))
    edit = Edit(place=HERE, id="1", at=AT, text=text, title=text)
    back = Restoration(place=HERE, id="1", at=AT, text=text)
    short = storable(text)[:MAX_ID]
    assert {message.text, message.title, edit.text, edit.title, back.text} == {storable(text)}
    assert message.tags == message.attachments == (short,)
    assert Tags(place=HERE, id="1", at=AT, tags=(text,)).tags == (short,)
    assert Reaction(place=HERE, id="1", at=AT, author=ANN, emoji=text).emoji == short


# -- keys


@given(awkward, awkward, awkward, awkward)
def test_keys_lead_back_to_place_and_id(platform: str, community: str, channel: str, id_: str) -> None:
    place = Place(platform, community, channel)
    key = place.message(id_)
    assert message_id(key) == id_
    assert place_of(key) == place_of(place.key) == place
    assert key.count("/") == 3


@given(st.tuples(awkward, awkward, awkward, awkward), st.tuples(awkward, awkward, awkward, awkward))
def test_different_messages_have_different_keys(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    keys = {Place(*parts[:3]).message(parts[3]) for parts in (one, other)}
    assert len(keys) == len({one, other})


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("discord", "11", "22"), "discord/11/22"),
        (("reddit", "r/gadgets", "50%"), "reddit/r%2Fgadgets/50%25"),
        (("irc", "%2F", "#a"), "irc/%252F/#a"),
    ],
)
def test_a_channel_key_escapes_what_parts_it(parts: tuple[str, str, str], key: str) -> None:
    assert Place(*parts).key == key
    assert Place(*parts).community_key == key.rsplit("/", 1)[0]


@pytest.mark.parametrize("bad", ["", "a\0", "\ud800", "x" * (MAX_ID + 1)], ids=["empty", "NUL", "surrogate", "long"])
@pytest.mark.parametrize(
    "build",
    [
        lambda bad: Place(bad, "acme", "help"),
        lambda bad: Place("discord", bad, "help"),
        lambda bad: Place("discord", "acme", bad),
        lambda bad: Person(bad, "ann"),
        lambda bad: Deletion(place=HERE, id=bad, at=AT),
        lambda bad: Message(place=HERE, id="1", at=AT, author=ANN, text="", thread=bad),
        lambda bad: Message(place=HERE, id="1", at=AT, author=ANN, text="", reply_to=bad),
    ],
    ids=["platform", "community", "channel", "author", "id", "thread", "reply_to"],
)
def test_an_id_that_no_database_can_hold_is_refused(build: Callable[[str], Any], bad: str) -> None:
    with pytest.raises(InputError, match="must be 1 to 100 characters that a database can hold"):
        build(bad)


def test_an_error_shows_only_the_beginning_of_a_giant_id() -> None:
    with pytest.raises(InputError) as caught:
        Person("x" * 10_000, "ann")
    assert len(str(caught.value)) < 200


# -- times


@pytest.mark.parametrize("build", EVENTS)
def test_a_naive_time_is_refused(build: Callable[..., Event]) -> None:
    with pytest.raises(InputError, match="has no offset"):
        build(place=HERE, id="1", at=AT.replace(tzinfo=None))


@pytest.mark.parametrize("build", EVENTS)
def test_every_event_knows_its_key_and_its_time_in_milliseconds(build: Callable[..., Event]) -> None:
    event = build(place=HERE, id="1", at=AT.astimezone(timezone(timedelta(hours=5))))
    assert (event.key, event.when) == ("discord/acme/help/1", millis(AT))


@pytest.mark.parametrize("build", EVENTS)
def test_an_event_cannot_be_changed(build: Callable[..., Event]) -> None:
    with pytest.raises(FrozenInstanceError):
        build(place=HERE, id="1", at=AT).id = "2"  # type: ignore[misc]


# -- people and replies


def test_a_person_without_a_name_is_called_by_the_id() -> None:
    assert Person("42", "").name == "42"
    assert len(Person("42", "x" * 500).name) == MAX_ID


@pytest.mark.parametrize(("roles", "bot"), [({Role.BOT}, True), ({Role.STAFF}, False), (set(), False)])
def test_a_bot_is_known_by_its_role(roles: set[Role], bot: bool) -> None:
    assert Person("42", "hal", frozenset(roles)).bot is bot


def test_a_reply_knows_its_parents_key() -> None:
    reply = Message(place=HERE, id="2", at=AT, author=ANN, text="hi", reply_to="1")
    assert reply.parent_key == HERE.message("1")
    assert Message(place=HERE, id="3", at=AT, author=ANN, text="hi").parent_key is None
