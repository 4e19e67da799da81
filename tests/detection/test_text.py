"""The reader of one text: addresses, code, links, quotations, scripts without blanks, limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.detection.phrases import plain, read_phrases
from escalation.detection.text import LOOKED_AT, SIGNS, abbreviates, addressed, name_words, overlap, read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don’t panic, it's DÉJÀ vu", ("dont", "panic", "its", "deja", "vu")),
        ("run `rm -rf /` now", ("run", "now")),
        ("before ```\nhow does this fail?\n``` after", ("before", "after")),
        ("an open fence ``` swallows the rest?", ("an", "open", "fence")),
        ("see https://acme.example/why?x=1 there", ("see", "there")),
        ("> why does it fail?\nno idea", ("no", "idea")),
        ('he said "why does it always fail" and left', ("he", "said", "and", "left")),
        ("", ()),
        ("?!", ()),
        ("straße", ("strasse",)),
    ],
)
def test_words_leave_out_what_others_said_and_what_machines_say(text: str, words: tuple[str, ...]) -> None:
    assert read(text).words == words


def test_code_and_links_are_known_of() -> None:
    assert read("run `ls`").has_code
    assert not read("run `ls`").has_link
    assert read("www.acme.example").has_link
    assert not read("acme").has_code


@pytest.mark.parametrize("mark", ["?", "？", "؟"])
def test_question_marks_of_several_scripts(mark: str) -> None:
    text = read(f"abc def{mark}")
    assert text.question_marks == 1
    assert text.asks_at_end


def test_a_question_mark_in_a_link_in_code_or_in_a_quotation_is_none() -> None:
    assert read("https://a.example/?q=1 and `a ? b : c`\n> really?").question_marks == 0


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("ann: is it?", ("is", "it", "?")), ("is it: yes", ("yes",)), ("time 10:30 ok", ("time", "10", ":", "30", "ok"))],
)
def test_tokens_leave_out_whom_a_text_addresses(text: str, tokens: tuple[str, ...]) -> None:
    assert read(text).tokens == tokens


def test_scripts_without_blanks_are_found_inside() -> None:
    book = read_phrases({"ask": "どうすれば; 怎么; how do"})
    found = {phrase for _, phrase in book.found_in("このルーターはどうすればいいですか", ())}
    assert found == {plain("どうすれば")}
    assert not list(book.found_in("nothing here", ("nothing", "here")))
    assert [*book.found_in("how do i", ("how", "do", "i"))] == [("ask", "how do")]


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    long = "word " * LOOKED_AT + "how do i fix this?"
    assert read(long).words == read(long[:LOOKED_AT]).words
    assert read(long).question_marks == 0
    assert max(map(len, read("x" * 9_000).words)) < 100


@pytest.mark.parametrize(
    ("text", "name", "level"),
    [
        ("Anna Maria Lopez: look", "Anna Maria Lopez", 4.0),
        ("Anna: look", "Anna Maria Lopez", 3.5),
        ("thanks Anna Maria Lopez", "Anna Maria Lopez", 2.0),
        ("so what anna maria lopez said", "Anna Maria Lopez", 1.0),
        ("the answer", "The Dude", 0.0),
        ("@the answer", "The", 4.0),
        ("look @ann_lee", "ann_lee", 4.0),
        ("Zoë: ja", "zoe", 4.0),
        ("anything", "\U0001f600", 0.0),
        ("", "Ann", 0.0),
    ],
)
def test_names_with_blanks_accents_and_signs(text: str, name: str, level: float) -> None:
    assert addressed(read(text), name_words(name)) == level


def test_a_shortened_name_is_known_only_in_front() -> None:
    assert abbreviates(read("christo: yes"), name_words("christopher"))
    assert not abbreviates(read("ch: yes"), name_words("christopher"))
    assert not abbreviates(read("yes christo"), name_words("christopher"))


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=20))
def test_any_text_can_be_read(text: str, name: str) -> None:
    seen = read(text)
    assert len(seen.signs) == len(SIGNS)
    assert len(seen.names) == len(set(seen.names))
    assert 0 <= addressed(seen, name_words(name)) <= 4
    assert 0 <= overlap(seen, read(name)) <= 1
    assert overlap(seen, read(name)) == overlap(read(name), seen)
