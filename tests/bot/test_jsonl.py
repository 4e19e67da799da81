"""The native format: every kind and field of the contract, and nothing that a line can hold does harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.transcripts.jsonl import parse_line
from bot.transcripts.reader import MAX_LINE, Bad, read
from escalation.errors import InputError
from escalation.events import (
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
)

HELP = Place("discord", "acme", "help")
AT = datetime(2026, 3, 11, 9, 15, tzinfo=UTC)
WHERE = {"platform": "discord", "community": "acme", "channel": "help", "id": "7", "at": "2026-03-11T09:15:00+00:00"}
COMMON: dict[str, Any] = {"place": HELP, "id": "7", "at": AT}
PLAIN = {**WHERE, "author": "u1", "text": "hello"}
ANN = Person("u1", "Ann")


def parsed(fields: Any) -> Event:
    return parse_line(json.dumps(fields))


KINDS: list[tuple[dict[str, Any], Event]] = [
    ({**PLAIN, "author_name": "Ann"}, Message(**COMMON, author=ANN, text="hello")),
    ({**PLAIN, "author_name": "Ann", "kind": "message"}, Message(**COMMON, author=ANN, text="hello")),
    (
        {**PLAIN, "author_name": "Ann", "roles": ["staff", "moderator", "bot"], "thread": "5", "reply_to": "6",
         "title": "A title", "tags": ["wifi", "router"], "attachments": ["a.png", "b.log"]},
        Message(**COMMON, author=Person("u1", "Ann", frozenset(Role)), text="hello", thread="5", reply_to="6",
                title="A title", tags=("wifi", "router"), attachments=("a.png", "b.log")),
    ),
    ({**WHERE, "kind": "edit", "text": "new"}, Edit(**COMMON, text="new")),
    ({**WHERE, "kind": "edit", "text": "", "title": "T"}, Edit(**COMMON, text="", title="T")),
    ({**WHERE, "kind": "delete"}, Deletion(**COMMON)),
    ({**WHERE, "kind": "restore"}, Restoration(**COMMON)),
    ({**WHERE, "kind": "restore", "text": "again"}, Restoration(**COMMON, text="again")),
    (
        {**WHERE, "kind": "reaction", "author": "u1", "author_name": "Ann", "emoji": "✅"},
        Reaction(**COMMON, author=ANN, emoji="✅"),
    ),
    (
        {**WHERE, "kind": "reaction", "author": "u1", "author_name": "Ann", "emoji": "✅", "removed": True},
        Reaction(**COMMON, author=ANN, emoji="✅", removed=True),
    ),
    ({**WHERE, "kind": "score", "score": -3}, Score(**COMMON, score=-3)),
    ({**WHERE, "kind": "lock"}, Lock(**COMMON)),
    ({**WHERE, "kind": "lock", "locked": False}, Lock(**COMMON, locked=False)),
    ({**WHERE, "kind": "tags", "tags": ["solved"]}, Tags(**COMMON, tags=("solved",))),
    ({**WHERE, "kind": "tags", "tags": []}, Tags(**COMMON, tags=())),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "event"), KINDS, ids=lambda one: one.get("kind") if isinstance(one, dict) else "")
def test_each_kind_is_read_with_all_its_fields(fields: dict[str, Any], event: Event) -> None:
    assert parsed(fields) == event


@pytest.mark.parametrize(("fields", "event"), KINDS, ids=lambda one: one.get("kind") if isinstance(one, dict) else "")
def test_unknown_fields_change_nothing(fields: dict[str, Any], event: Event) -> None:
    assert parsed({**fields, "guild_icon": {"a": [1, None]}, "": 5, "place": "x", "key": "k", "when": -1}) == event


OPTIONAL = [
    ("message", "kind"), ("message", "thread"), ("message", "reply_to"), ("message", "title"), ("message", "tags"),
    ("message", "attachments"), ("message", "roles"), ("message", "author_name"), ("message", "text"),
    ("edit", "title"), ("restore", "text"), ("reaction", "author_name"), ("reaction", "roles"),
    ("reaction", "removed"), ("lock", "locked"), ("tags", "tags"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "field"), OPTIONAL)
def test_an_optional_field_that_is_null_is_as_good_as_missing(kind: str, field: str) -> None:
    whole = {**PLAIN, "kind": kind, "emoji": "x"}
    without = {name: value for name, value in whole.items() if name != field}
    assert parsed({**without, field: None}) == parsed(without)


def test_a_missing_name_is_the_authors_id() -> None:
    event = parsed(PLAIN)
    assert isinstance(event, Message)
    assert event.author == Person("u1", "u1")


@pytest.mark.parametrize("field", ["platform", "community", "channel", "id", "author", "thread", "reply_to"])
@pytest.mark.parametrize("value", [0, 7, -1, 2**63, 1481185533232155176])
def test_an_id_that_is_a_whole_number_is_read_as_its_digits(field: str, value: int) -> None:
    assert parsed({**PLAIN, field: value}) == parsed({**PLAIN, field: str(value)})


@pytest.mark.parametrize(
    ("given_", "at"),
    [
        ("2026-03-11T09:15:00Z", AT),
        ("2026-03-11T09:15:00.219+00:00", AT + timedelta(milliseconds=219)),
        ("2026-03-11T10:15:00+01:00", AT),
        ("2026-03-11 04:45:00-04:30", AT),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2026-03-11T23:00:00+13:45", datetime(2026, 3, 11, 23, tzinfo=timezone(timedelta(hours=13, minutes=45)))),
    ],
)
def test_a_time_is_read_with_its_offset(given_: str, at: datetime) -> None:
    event = parsed({**PLAIN, "at": given_})
    assert event.at == at
    assert event.at.tzinfo is not None


@pytest.mark.parametrize("score", [2**31, -(2**40), 2**63])
def test_a_score_that_no_column_holds_is_cut_to_one_that_fits(score: int) -> None:
    event = parsed({**WHERE, "kind": "score", "score": score})
    assert isinstance(event, Score)
    assert abs(event.score) < 2**31
    assert (event.score > 0) is (score > 0)


ID = "must be a non-empty string"
TIME = "must be a time with an offset"
LIST = "must be a list of strings"
TEXT = "must be a string"
KIND = "allowed: message, edit, delete, restore, reaction, score, lock, tags"
BAD: list[tuple[dict[str, Any], str, str]] = [
    *(({name: value}, f"{name}: given {value!r}", ID) for name in ("platform", "community", "channel", "id", "author")
      for value in (None, "", True, 1.5, [], {})),
    *(({name: value}, f"{name}: given {value!r}", ID) for name in ("thread", "reply_to") for value in ("", False, [1])),
    *(({"at": value}, f"at: given {value!r}", TIME) for value in
      (None, "", "yesterday", 1773220500, "2026-03-11", "2026-03-11T09:15:00", "1969-12-31T23:00:00Z",
       "9999-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-11T25:00:00Z", True)),
    *(({"kind": value}, f"kind: given {value!r}", KIND) for value in
      ("post", "Message", 5, True, ["message"], {}, "", 0, False, [])),
    *(({name: value}, f"{name}: given {value!r}", TEXT) for name in ("text", "title", "author_name")
      for value in (5, True, [], {"a": 1})),
    *(({name: value}, f"{name}: given {value!r}", LIST) for name in ("tags", "attachments", "roles")
      for value in ("staff", [1], [None], [["a"]], {"a": 1}, 5)),
    ({"roles": ["admin"]}, "roles: given ['admin']", "allowed: staff, moderator, bot"),
    ({"roles": ["staff", "Bot"]}, "roles: given ['staff', 'Bot']", "allowed: staff, moderator, bot"),
    ({"kind": "edit", "text": None}, "text: is missing", "an edit carries the whole new text"),
    ({"kind": "edit", "text": 5}, "text: given 5", TEXT),
    ({"kind": "reaction"}, "emoji:", "is missing"),
    ({"kind": "reaction", "emoji": ""}, "emoji:", "is missing"),
    ({"kind": "reaction", "emoji": 5}, "emoji: given 5", TEXT),
    ({"kind": "reaction", "emoji": "x", "removed": "yes"}, "removed: given 'yes'", "must be true or false"),
    ({"kind": "reaction", "emoji": "x", "removed": 1}, "removed: given 1", "must be true or false"),
    *(({"kind": "score", "score": value}, f"score: given {value!r}", "must be a whole number") for value in
      (None, "5", 1.5, True, [])),
    ({"kind": "lock", "locked": "no"}, "locked: given 'no'", "must be true or false"),
    ({"kind": "tags", "tags": "solved"}, "tags: given 'solved'", LIST),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "told", "allowed"), BAD, ids=[json.dumps(one[0])[:60] for one in BAD])
def test_a_bad_line_names_the_field_what_was_given_and_what_is_allowed(
    wrong: dict[str, Any], told: str, allowed: str
) -> None:
    with pytest.raises(InputError) as error:
        parsed({**PLAIN, **wrong})
    assert told in str(error.value)
    assert allowed in str(error.value)


@pytest.mark.parametrize(
    ("name", "given_"),
    [(name, "x" * 201) for name in ("platform", "community", "channel", "id", "author", "thread", "reply_to")]
    + [(name, "a\0b") for name in ("platform", "community", "channel", "id", "author", "thread", "reply_to")],
)
def test_an_id_that_no_database_holds_is_refused_by_name(name: str, given_: str) -> None:
    with pytest.raises(InputError, match=rf"^{name} .*must be 1 to 100 characters"):
        parsed({**PLAIN, name: given_})


@pytest.mark.parametrize("wrong", ["kind", "score", "roles", "at", "id", "text", "tags"])
def test_a_mistake_that_is_a_megabyte_long_is_told_in_a_line(wrong: str) -> None:
    given_ = ["x" * 1_000_000] if wrong in ("roles", "text") else {"x": "y" * 1_000_000}
    fields = {**PLAIN, "kind": "score" if wrong == "score" else "message"}
    fields[wrong] = "x" * 1_000_000 if wrong == "kind" else given_
    with pytest.raises(InputError) as error:
        parsed(fields)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"id": "7"', "not valid JSON"),
        (b'{"id": NaN}', "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"text": "\\ud800"}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"null", "not NoneType"),
        (b"[]", "must be an object {...}, not list"),
        (b'"text"', "not str"),
        (b"5", "not int"),
    ],
    ids=lambda one: repr(one)[:30],
)
def test_a_line_that_is_no_object_says_so(line: bytes, told: str) -> None:
    with pytest.raises(InputError) as error:
        parse_line(line)
    assert told in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
FIELDS = ["kind", "platform", "community", "channel", "thread", "id", "author", "author_name", "roles", "at", "text",
          "reply_to", "title", "tags", "attachments", "emoji", "removed", "score", "locked"]  # fmt: skip
KIND_NAMES = ["message", "edit", "delete", "restore", "reaction", "score", "lock", "tags"]
TIMES = st.datetimes(timezones=st.timezones()).map(datetime.isoformat)


def harmless(line: str | bytes) -> None:
    """Reads it, or refuses it in words."""
    try:
        event = parse_line(line)
    except InputError:
        return
    assert event.at.tzinfo is not None


@settings(max_examples=300, deadline=None, database=None)
@given(
    base=st.sampled_from([PLAIN, {**PLAIN, "emoji": "x", "score": 1}]),
    kind=st.sampled_from(KIND_NAMES),
    wrong=st.dictionaries(st.sampled_from(FIELDS), JSON | TIMES, max_size=4),
)
@example(base=PLAIN, kind="message", wrong={"at": "1970-01-01T00:00:00+23:59"})
@example(base=PLAIN, kind="message", wrong={"at": "9000-12-31T23:59:59-23:59"})
@example(base=PLAIN, kind="message", wrong={"author": -(2**63)})
def test_no_json_value_in_any_field_does_harm(base: dict[str, Any], kind: str, wrong: dict[str, Any]) -> None:
    harmless(json.dumps({**base, "kind": kind, **wrong}))


@settings(max_examples=200, deadline=None, database=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_harm(line: bytes) -> None:
    harmless(line)


@settings(max_examples=150, deadline=None, database=None)
@given(st.data())
def test_no_damage_to_a_good_line_does_harm(data: st.DataObject) -> None:
    line = bytearray(json.dumps({**PLAIN, "author_name": "Änn", "roles": ["staff"]}, ensure_ascii=False).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    harmless(bytes(line))


def read_back(folder: Path, content: bytes, form: str | None = None) -> tuple[list[Event], list[Bad]]:
    path = folder / "chat.jsonl"
    path.write_bytes(content)
    found = list(read(path, form))
    return [one for one in found if not isinstance(one, Bad)], [one for one in found if isinstance(one, Bad)]


def line_of(text: str, id_: str = "7") -> bytes:
    return json.dumps({**PLAIN, "id": id_, "text": text}).encode()


FILES = [
    ("a byte order mark", b"\xef\xbb\xbf" + line_of("hello") + b"\n", ["hello"]),
    ("Windows line ends", line_of("one") + b"\r\n" + line_of("two") + b"\r\n", ["one", "two"]),
    ("no newline at the end", line_of("one") + b"\n" + line_of("two"), ["one", "two"]),
    ("blank lines", b"\n\n" + line_of("one") + b"\n  \n\t\n" + line_of("two") + b"\n\n", ["one", "two"]),
    ("line ends inside a text", line_of("a\r\nb\u2028c\x0bd\x85e") + b"\n", ["a\r\nb\u2028c\x0bd\x85e"]),
    ("raw Unicode line ends", json.dumps({**PLAIN, "text": "a\u2028b\x85c"}, ensure_ascii=False).encode(),
     ["a\u2028b\x85c"]),
    ("a pair of surrogate escapes", line_of("x").replace(b'"x"', b'"\\ud83d\\ude00"'), ["😀"]),
    ("a NUL in the text", line_of("a\0b"), ["ab"]),
    ("invalid UTF-8", line_of("x").replace(b'"x"', b'"caf\xe9"'), ["caf\ufffd"]),
    ("right to left and emoji", line_of("שלום 👩‍👩‍👧 e\u0301"), ["שלום 👩‍👩‍👧 e\u0301"]),
    ("an empty file", b"", []),
    ("only blank lines", b"\n \n\r\n", []),
]  # fmt: skip


@pytest.mark.parametrize(("content", "texts"), [one[1:] for one in FILES], ids=[one[0] for one in FILES])
def test_a_file_is_read_whatever_wrote_it(tmp_path: Path, content: bytes, texts: list[str]) -> None:
    events, bad = read_back(tmp_path, content)
    assert [event.text for event in events if isinstance(event, Message)] == texts
    assert bad == []


def test_a_text_that_is_too_long_keeps_its_beginning(tmp_path: Path) -> None:
    events, bad = read_back(tmp_path, line_of("x" * 500_000))
    assert [len(event.text) for event in events if isinstance(event, Message)] == [MAX_TEXT]
    assert bad == []


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b""], ids=["newline", "windows", "none"])
def test_a_line_that_is_too_long_is_left_out_and_the_rest_is_read(tmp_path: Path, ends: bytes) -> None:
    huge = line_of("x" * (2 * MAX_LINE + 17), "huge")
    events, bad = read_back(tmp_path, line_of("a", "1") + b"\n" + huge + ends + (line_of("b", "3") if ends else b""))
    assert [event.id for event in events] == (["1", "3"] if ends else ["1"])
    assert [(one.number, one.trouble) for one in bad] == [(2, f"longer than {MAX_LINE} characters; left out")]


def test_bad_lines_are_named_by_file_and_number_and_the_rest_is_read(tmp_path: Path) -> None:
    content = b"\n".join([line_of("a", "1"), b"{", b"", line_of("b", "2"), b'{"kind": "no"}', line_of("c", "3")])
    events, bad = read_back(tmp_path, content)
    assert [event.id for event in events] == ["1", "2", "3"]
    file = tmp_path / "chat.jsonl"
    assert [str(one).split(": ", 1)[0] for one in bad] == [f"{file}:2", f"{file}:5"]


@pytest.mark.parametrize("made", ["missing", "folder"])
def test_a_file_that_cant_be_read_is_named(tmp_path: Path, made: str) -> None:
    path = tmp_path / made
    if made == "folder":
        path.mkdir()
    with pytest.raises(InputError, match=f"{made}: can't be read"):
        list(read(path))
