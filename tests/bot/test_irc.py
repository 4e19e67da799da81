"""IRC logs as people have them: every form of a line, midnight, ids, bots, and how a format is guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.transcripts.irc import IrcReader
from bot.transcripts.reader import Bad, guess, read
from escalation.errors import InputError
from escalation.events import Event, Message, Role


def log(folder: Path, *some: str, name: str = "ubuntu.2008-07-05.log", form: str | None = "irc") -> list[Event | Bad]:
    path = folder / name
    path.write_text("\n".join(some) + "\n", encoding="utf-8")
    return list(read(path, form))


def only(found: list[Event | Bad]) -> Message:
    (one,) = found
    assert isinstance(one, Message), one
    return one


LINES = [
    ("[12:34] <ann> hello there", "12:34:00", "ann", "hello there"),
    ("[12:34:56] <ann> hello", "12:34:56", "ann", "hello"),
    ("12:34 <ann> hello", "12:34:00", "ann", "hello"),
    ("12:34:56 <ann> hello", "12:34:56", "ann", "hello"),
    ("[12:34] <@ann> hello", "12:34:00", "ann", "hello"),
    ("[12:34] < ann> hello", "12:34:00", "ann", "hello"),
    ("[12:34] <+ann> hello", "12:34:00", "ann", "hello"),
    ("[12:34]  * ann waves", "12:34:00", "ann", "waves"),
    ("[12:34] * ann", "12:34:00", "ann", ""),
    ("[12:34:56] * ann waves a lot", "12:34:56", "ann", "waves a lot"),
    ("[12:34] <ann> ", "12:34:00", "ann", ""),
    ("[12:34] <ann>", "12:34:00", "ann", ""),
    ("[12:34] <ann> <bob> quoted", "12:34:00", "ann", "<bob> quoted"),
    ("[12:34] <ann|away>   spaces   ", "12:34:00", "ann|away", "spaces"),
    ("#help [12:34] <ann> hello", "12:34:00", "ann", "hello"),
]


@pytest.mark.parametrize(("line", "time", "nick", "text"), LINES, ids=[one[0] for one in LINES])
def test_each_form_of_a_message_is_read(tmp_path: Path, line: str, time: str, nick: str, text: str) -> None:
    message = only(log(tmp_path, line))
    assert (message.at, message.author.name, message.text) == (
        datetime.fromisoformat(f"2008-07-05T{time}+00:00"), nick, text,
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["2010-02-03 12:34 <ann> hi", "2010-02-03T12:34:00 <ann> hi", "[2010-02-03 12:34:00] <ann> hi",
     "[2010-02-03T12:34] <ann> hi", "2010-02-03 [12:34] <ann> hi", "[2010-02-03 12:34]  * ann hi"],
)  # fmt: skip
def test_a_date_in_the_line_counts_more_than_the_files_name(tmp_path: Path, line: str) -> None:
    assert only(log(tmp_path, line)).at == datetime(2010, 2, 3, 12, 34, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    ["=== bob [n=bob@host] has joined #ubuntu", "=== ann is now known as ann|away", "[12:34] === bob has quit",
     "[12:34:56] === bob left", "-!- Irssi: Starting", "*** Topic is x", "--- Log opened", "12:34 --> bob joins",
     "12:34 <-- bob leaves", "12:34 *** bob quits", "12:34 -!- bob [~b@host] has joined #help", "", "   "],
)  # fmt: skip
def test_a_system_line_and_a_blank_one_are_passed_over(tmp_path: Path, line: str) -> None:
    assert log(tmp_path, line) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("somebody wrote this by hand", "neither a message nor a system line"),
        ("[12:34]", "neither a message nor a system line"),
        ("<ann> no time", "neither a message nor a system line"),
        ("[25:00] <ann> late", "time: "),
        ("[12:61] <ann> late", "time: "),
        ("[2008-02-30 12:00] <ann> never", "time: "),
        ("[12:34] <> hi", "nick: is empty"),
        ("[12:34] <@> hi", "nick: is empty"),
        (f"[12:34] <{'n' * 201}> hi", "must be 1 to 100 characters"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(tmp_path: Path, line: str, told: str) -> None:
    found = log(tmp_path, "[12:33] <bob> first", line, "[12:35] <bob> last")
    bad = [one for one in found if isinstance(one, Bad)]
    assert [one.text for one in found if isinstance(one, Message)] == ["first", "last"]
    assert [one.number for one in bad] == [2]
    assert told in bad[0].trouble
    assert str(bad[0]).startswith(f"{tmp_path / 'ubuntu.2008-07-05.log'}:2: ")


def test_ids_are_line_numbers_from_zero_whatever_the_lines_are(tmp_path: Path) -> None:
    found = log(tmp_path, "=== joined", "[12:00] <a> x", "", "nonsense", "[12:01] <b> y", "=== left", "[12:01] * c z")
    assert [one.id for one in found if isinstance(one, Message)] == ["1", "4", "6"]


def test_messages_of_one_minute_keep_their_order(tmp_path: Path) -> None:
    found = log(tmp_path, *(f"[12:00] <n{number}> {number}" for number in range(100)), "[12:01] <z> later")
    times = [one.at for one in found if isinstance(one, Message)]
    assert times == sorted(set(times))
    assert times[-1] == datetime(2008, 7, 5, 12, 1, tzinfo=UTC)


MIDNIGHTS = [
    (["[23:59] <a> x", "[00:01] <b> y"], ["05 23:59", "06 00:01"]),
    (["[23:59] <a> x", "[00:01] <b> y", "[23:00] <a> x", "[01:00] <b> y"],
     ["05 23:59", "06 00:01", "06 23:00", "07 01:00"]),
    (["[2008-07-05 23:59] <a> x", "[2008-07-06 00:01] <b> y"], ["05 23:59", "06 00:01"]),
    (["[2008-07-05 23:59] <a> x", "[00:01] <b> y"], ["05 23:59", "06 00:01"]),
    (["[12:30] <a> x", "[12:29] <b> a clock was set"], ["05 12:30", "05 12:30"]),
    (["[02:30] <a> x", "[01:30] <b> summer time ends"], ["05 02:30", "05 02:30"]),
]  # fmt: skip


@pytest.mark.parametrize(("some", "times"), MIDNIGHTS)
def test_a_clock_far_back_is_the_next_day_and_a_little_back_is_not(
    tmp_path: Path, some: list[str], times: list[str]
) -> None:
    found = log(tmp_path, *some)
    assert [one.at.strftime("%d %H:%M") for one in found if isinstance(one, Message)] == times


@pytest.mark.parametrize(
    ("nick", "bot"),
    [("ubotu", True), ("ubottu", True), ("ubot3", True), ("logbot", True), ("supybot_", True), ("Bot2", True),
     ("ann", False), ("botanist", False), ("bottle", False)],
)  # fmt: skip
def test_bots_are_known_by_their_nicks(tmp_path: Path, nick: str, bot: bool) -> None:
    assert (Role.BOT in only(log(tmp_path, f"[12:34] <{nick}> hi")).author.roles) is bot


def test_a_nick_is_the_same_person_in_any_case(tmp_path: Path) -> None:
    one, two = log(tmp_path, "[12:34] <Ann> hi", "[12:34] <@ANN> hi")
    assert isinstance(one, Message)
    assert isinstance(two, Message)
    assert (one.author.id, one.author.name, two.author.id, two.author.name) == ("ann", "Ann", "ann", "ANN")


@pytest.mark.parametrize("name", ["log.txt", "2008-07-05.txt", ".log", "ubuntu-2008-07-05_x.log"])
def test_any_name_of_a_log_will_do(tmp_path: Path, name: str) -> None:
    message = only(log(tmp_path, "[12:34] <ann> hi", name=name))
    assert message.place.platform == "irc"
    assert message.place.community


@pytest.mark.parametrize("name", ["log.2008-13-45.txt", "log.2008-02-30.txt", "log.0000-00-00.txt"])
def test_a_name_with_an_impossible_date_is_told_or_passed_over_in_words(tmp_path: Path, name: str) -> None:
    told = None
    try:
        found = log(tmp_path, "[12:34] <ann> hi", name=name)
    except InputError as error:
        told = str(error)
    assert name in told if told is not None else isinstance(only(found), Message)


GUESSES = [
    (b'{"id": 1}\n', "jsonl"),
    (b'\xef\xbb\xbf{"id": 1}\n', "jsonl"),
    (b'\n\n  {"id": 1}\n', "jsonl"),
    (b"", "jsonl"),
    (b"\n \n", "jsonl"),
    (b"[12:34] <ann> hi\n", "irc"),
    (b"=== bob has joined\n[12:34] <ann> hi\n", "irc"),
    (b"\xff\xfe junk\n[12:34] <ann> hi\n[12:35] <ann> hi\n", "irc"),
    (b"\xef\xbb\xbf[12:34] <ann> hi\n", "irc"),
]


@pytest.mark.parametrize(("content", "form"), GUESSES)
def test_a_format_is_guessed_from_the_first_lines(tmp_path: Path, content: bytes, form: str) -> None:
    path = tmp_path / "some.file"
    path.write_bytes(content)
    assert guess(path) == form


@pytest.mark.parametrize("content", ["Dear diary,\ntoday it rained\n", '["a", "list"]\n', "<html>\n", "\0\1\2\n"])
def test_what_cant_be_guessed_is_told_with_the_way_out(tmp_path: Path, content: str) -> None:
    path = tmp_path / "some.file"
    path.write_text(content)
    with pytest.raises(InputError, match=r"some\.file: can't tell its format .* --format jsonl\|irc"):
        list(read(path))


def test_a_named_format_is_not_guessed(tmp_path: Path) -> None:
    found = log(tmp_path, "[12:34] <ann> hi", form="jsonl")
    assert [type(one) for one in found] == [Bad]


PIECES = st.sampled_from(
    ["[", "]", "12:34", "23:59", "00:00", "99:99", ":56", " ", "  ", "<", ">", "<ann>", "* ", "*", "===", "-!-",
     "2008-07-05", "9999-12-31", "0001-01-01", "0000-00-00", "T", "#chan ", "ubot", "\t", "\r", "\x00", "\ud7ff",
     "１２"]
)  # fmt: skip


@settings(max_examples=400, deadline=None, database=None)
@given(st.lists(st.lists(PIECES | st.text(max_size=5), max_size=10).map("".join), min_size=1, max_size=4))
def test_no_line_does_harm(some: list[str]) -> None:
    reader, last = IrcReader(Path("log.txt")), None
    for number, line in enumerate(some):
        try:
            message = reader.parse(number, line)
        except InputError:
            continue
        if message is not None:
            assert last is None or message.at > last
            last = message.at


@pytest.mark.parametrize("date", ["9999-12-31", "0001-01-01"])
def test_a_midnight_at_the_end_of_time_does_no_harm(tmp_path: Path, date: str) -> None:
    found = log(tmp_path, f"[{date} 23:59] <a> x", "[00:01] <b> y")
    assert len(found) == 2
