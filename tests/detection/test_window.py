"""The window beside a naive one that keeps lists and looks everything up anew."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from escalation.detection.window import AnswerRole, ChannelWindow, Seen
from escalation.events import MessageKey

LIMIT = 4
KEYS = [MessageKey(f"p/c/h/{number}") for number in range(9)]
numbers = st.integers(0, len(KEYS) - 1)
roles = st.lists(st.tuples(st.sampled_from(KEYS[:3]), st.sampled_from(AnswerRole)), max_size=3).map(tuple)


def seen(number: int, at: int | None = None, **more: object) -> Seen:
    when = 1_000 * (number if at is None else at)
    return Seen(KEYS[number], "ann", "Ann", when, f"text {number}", **more)  # type: ignore[arg-type]


class Windows(RuleBasedStateMachine):
    """Messages come, change, go and are invited, in any order; each message keeps its time."""

    def __init__(self) -> None:
        super().__init__()
        self.window = ChannelWindow(LIMIT)
        self.recent: list[Seen] = []
        self.guests: list[Seen] = []

    def _known(self, number: int) -> bool:
        return any(one.key == KEYS[number] for one in (*self.recent, *self.guests))

    @rule(number=numbers, roles=roles, asks=st.booleans())
    def add(self, number: int, roles: tuple[tuple[MessageKey, AnswerRole], ...], asks: bool) -> None:
        new = seen(number, roles=roles, asks=asks)
        self.window.add(new)
        self.guests = [one for one in self.guests if one.key != new.key]
        self.recent = [one for one in self.recent if one.key != new.key] + [new]
        self.recent.sort(key=lambda one: one.at)
        self.recent = self.recent[-LIMIT:]

    @rule(number=numbers, roles=roles)
    def invite(self, number: int, roles: tuple[tuple[MessageKey, AnswerRole], ...]) -> None:
        new = seen(number, roles=roles)
        self.window.invite(new)
        if all(one.key != new.key for one in self.recent):
            self.guests = ([one for one in self.guests if one.key != new.key] + [new])[-LIMIT:]

    @rule(number=numbers, roles=roles)
    def replace(self, number: int, roles: tuple[tuple[MessageKey, AnswerRole], ...]) -> None:
        new = replace(seen(number, roles=roles), text="edited")
        self.window.replace(new)
        self.recent = [new if one.key == new.key else one for one in self.recent]
        self.guests = [new if one.key == new.key else one for one in self.guests]

    @rule(number=numbers)
    def forget(self, number: int) -> None:
        self.window.forget(KEYS[number])
        self.recent = [one for one in self.recent if one.key != KEYS[number]]
        self.guests = [one for one in self.guests if one.key != KEYS[number]]

    @rule(number=numbers)
    def look_back(self, number: int) -> None:
        past = self.window.before(KEYS[number], 1_000 * number)
        assert past.recent() == [one for one in self.recent if one.at < 1_000 * number]
        for one in self.guests:
            assert (past.get(one.key) == one) is (one.at < 1_000 * number)

    @invariant()
    def same(self) -> None:
        assert self.window.recent() == self.recent
        assert list(self.window.newest_first()) == self.recent[::-1]
        assert len(self.window) == len(self.recent) <= LIMIT
        known = self.recent + self.guests
        for key in KEYS:
            assert self.window.get(key) == next((one for one in known if one.key == key), None)
            wanted = sorted((one.at, role) for one in known for question, role in one.roles if question == key)
            members = self.window.members(key)
            assert sorted((one.at, role) for one, role in members) == wanted
            assert [one.at for one, _ in members] == sorted(one.at for one, _ in members)


TestWindows = Windows.TestCase
TestWindows.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_a_message_that_comes_back_stands_where_its_time_is() -> None:
    window = ChannelWindow()
    for number in range(5):
        window.add(seen(number))
    window.forget(KEYS[2])
    window.add(seen(2))
    assert [one.key for one in window.recent()] == KEYS[:5]


def test_messages_of_one_moment_keep_their_order() -> None:
    window = ChannelWindow()
    for number in (3, 1, 2):
        window.add(seen(number, at=7))
    assert [one.key for one in window.recent()] == [KEYS[3], KEYS[1], KEYS[2]]


def test_what_fell_out_is_not_judged_by_what_came_after_it() -> None:
    window = ChannelWindow(2)
    for number in range(4):
        window.add(seen(number))
    window.invite(seen(0))
    assert window.before(KEYS[0], 0).recent() == []
    assert window.before(KEYS[0], 0).get(KEYS[0]) is None


def test_one_question_twice_in_a_messages_roles_breaks_nothing() -> None:
    window = ChannelWindow(1)
    window.add(seen(1, roles=((KEYS[0], AnswerRole.OTHER), (KEYS[0], AnswerRole.ANSWER))))
    window.add(seen(2))
    assert window.members(KEYS[0]) == []
