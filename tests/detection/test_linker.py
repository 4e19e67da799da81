"""The reply linker: the past only, the platform first, any text, and the network beside a hand-made one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.detection.linking.linker import WEIGHTS, Linker
from escalation.detection.linking.net import Net
from escalation.detection.linking.pairs import FEATURES
from escalation.detection.text import addressed, name_words, read
from escalation.detection.verdicts import Link
from escalation.detection.window import ChannelWindow, Seen
from escalation.events import Message, Person, Place

PLACE = Place("chat", "acme", "help")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)

TALK = [
    ("ann", "Hello, my camera is offline since the update, what can I do?"),
    ("bob", "does anybody know how to change the billing address?"),
    ("cleo", "Ann: did you restart the hub?"),
    ("ann", "Cleo: yes, twice"),
    ("dan", "Bob: settings, then billing, then edit"),
    ("cleo", "Ann: then reset it, hold the button for ten seconds"),
    ("bob", "Dan: thanks!"),
    ("ann", "that worked, thanks Cleo"),
]


def message(number: int, author: str, text: str, **more: str) -> Message:
    at = START + timedelta(seconds=20 * number)
    return Message(place=PLACE, id=str(number), at=at, author=Person(author, author.title()), text=text, **more)


def play(
    said: list[tuple[str, str]], linker: Linker, limit: int = 200
) -> tuple[list[tuple[Link | None, float]], ChannelWindow]:
    window, links = ChannelWindow(limit), []
    for number, (author, text) in enumerate(said):
        links.append(remember(linker, message(number, author, text), window))
    return links, window


def remember(linker: Linker, new: Message, window: ChannelWindow) -> tuple[Link | None, float]:
    link, alone = linker.link(new, window)
    above = window.get(link.parent) if link else None
    root = above.root if above else new.key
    window.add(Seen(new.key, new.author.id, new.author.name, new.when, new.text, new.thread,
                    parent=link.parent if link else None, root=root))  # fmt: skip
    return link, alone


def parents(links: list[tuple[Link | None, float]]) -> list[int | None]:
    return [int(link.parent.rsplit("/", 1)[1]) if link else None for link, _ in links]


def test_two_conversations_are_told_apart() -> None:
    links, _ = play(TALK, Linker())
    assert parents(links)[:7] == [None, None, 0, 2, 1, 3, 4]
    for link, alone in links:
        assert 0 <= alone <= 1
        assert link is None or (0 < link.probability <= 1.000001 and link.reasons)


def test_a_name_that_is_typed_is_given_as_the_reason() -> None:
    links, _ = play(TALK, Linker())
    assert links[2][0] is not None
    assert "it names Ann" in links[2][0].reasons


def test_the_future_and_other_channels_change_nothing() -> None:
    whole, _ = play(TALK, Linker())
    linker = Linker()
    part, _ = play(TALK[:5], linker)
    assert part == whole[:5]
    other, _ = play(TALK, linker)
    assert other == whole


def test_a_linker_that_was_not_there_before_says_the_same() -> None:
    said = [(author, f"{text} {turn}") for turn in range(40) for author, text in TALK]
    linker, window = Linker(), ChannelWindow(200)
    for number, (author, text) in enumerate(said):
        new = message(number, author, text)
        if number % 37 == 5:
            assert Linker().link(new, window) == linker.link(new, window)
        remember(linker, new, window)


def test_a_changed_past_is_noticed() -> None:
    linker = Linker()
    _, window = play(TALK[:5], linker)
    window.forget(message(0, "ann", "").key)
    new = message(5, *TALK[5])
    assert linker.link(new, window) == Linker().link(new, window)


def test_the_platforms_word_comes_first() -> None:
    linker = Linker()
    _, window = play(TALK[:5], linker)
    link, alone = linker.link(message(5, "cleo", "Ann: then reset it", reply_to="1"), window)
    assert link is not None
    assert (link.parent, link.probability, alone) == (PLACE.message("1"), 1.0, 0.0)
    link, _ = linker.link(message(6, "cleo", "Ann: then reset it", thread="3"), window)
    assert link is not None
    assert link.parent == PLACE.message("3")
    assert linker.link(message(3, "cleo", "a post", thread="3"), window)[0] is None


def test_a_thread_need_not_be_called_like_its_first_message() -> None:
    linker, window = Linker(), ChannelWindow()
    links = [remember(linker, message(number, who, "some text", thread="topic-7"), window)
             for number, who in enumerate(("ann", "bob", "ann"))]  # fmt: skip
    assert parents(links) == [None, 0, 0]


def test_it_works_without_names() -> None:
    said = [
        ("u1", "my camera is offline since the update, what can I do?"),
        ("u2", "did you restart the hub?"),
        ("u1", "yes"),
    ]
    assert parents(play(said, Linker())[0]) == [None, 0, 1]


def test_nothing_was_said_before() -> None:
    assert Linker().link(message(0, "ann", "hi"), ChannelWindow()) == (None, 1.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["ann", "bob", "@", "the", "\u202e"]), st.text(max_size=60)), max_size=25))
def test_no_text_breaks_it(said: list[tuple[str, str]]) -> None:
    linker = Linker()
    links, window = play(said, linker, limit=9)
    assert len(links) == len(said)
    new = message(len(said), "ann", "what?")
    assert linker.link(new, window) == Linker().link(new, window)


@pytest.mark.parametrize("text", ["@" * 20_000, ": ," * 6_000, "Ann: " * 4_000, "a-" * 10_000, "\ud83d\ude00" * 5])
def test_long_texts_are_looked_at_in_bounded_time(text: str) -> None:
    linker = Linker()
    _, window = play(TALK, linker)
    before = datetime.now(UTC)
    remember(linker, message(8, "bob", text), window)
    linker.link(message(9, "ann", "what?"), window)
    assert datetime.now(UTC) - before < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("text", "name", "level"),
    [
        ("Ann Lee: look here", "Ann Lee", 4.0),
        ("@Ann look here", "Ann Lee", 3.5),
        ("look here @Ann Lee", "Ann Lee", 4.0),
        ("ann look here", "Ann", 3.0),
        ("thanks ann", "Ann", 2.0),
        ("what ann said is right", "Ann", 1.0),
        ("banana", "Ann", 0.0),
        ("the thing", "the", 0.0),
        ("the: thing", "the", 4.0),
    ],
)
def test_how_plainly_somebody_is_named(text: str, name: str, level: float) -> None:
    assert addressed(read(text), name_words(name)) == level


def test_the_network_computes_what_a_hand_made_one_does(tmp_path) -> None:  # type: ignore[no-untyped-def]
    net = Net(
        column=np.array([0, 1]), threshold=np.array([0.5, 2.0], dtype=np.float32),
        into=np.array([[1, 0], [0, 2]], dtype=np.float32), into_bias=np.array([0, -1], dtype=np.float32),
        inner=np.array([[1], [1]], dtype=np.float32), rivals=np.array([[0], [-1]], dtype=np.float32),
        inner_bias=np.array([0.5], dtype=np.float32), out=np.array([2], dtype=np.float32),
    )  # fmt: skip
    net.save(tmp_path / "net.npz")
    rows = np.array([[1, 3], [1, 1], [0, 0]], dtype=np.float32)
    # hidden: (1, 1), (1, 0), (0, 0); mean of the second unit: 1/3
    scores = np.array([2 * (2 - 1 / 3 + 0.5), 2 * (1 - 1 / 3 + 0.5), 2 * (0 - 1 / 3 + 0.5)])
    wanted = np.exp(scores) / np.exp(scores).sum()
    assert np.allclose(Net.load(tmp_path / "net.npz").probabilities(rows), wanted, atol=1e-5)


def test_the_shipped_weights_fit_the_features() -> None:
    assert WEIGHTS.stat().st_size < 2_000_000
    net = Net.load(WEIGHTS)
    assert 0 <= net.column.min() <= net.column.max() < len(FEATURES)
