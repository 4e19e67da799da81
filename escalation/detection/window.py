"""What the judge may look at: the recent messages of one channel. Facts of the past, no states."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile

from escalation.events import MessageKey
from escalation.timing import Millis


class AnswerRole(StrEnum):
    """What a message does for the question it belongs to."""

    ANSWER = "answer"
    CLARIFICATION = "clarification"
    ME_TOO = "me_too"
    CONFIRMATION = "confirmation"
    FAILURE = "failure"
    DISPUTE = "dispute"
    UNSAFE = "unsafe"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that was judged: who, when, what, and what it was found to be."""

    key: MessageKey
    author: str
    name: str
    at: Millis
    text: str
    thread: str | None = None
    bot: bool = False
    staff: bool = False
    parent: MessageKey | None = None
    root: MessageKey | None = None
    """The first message of its conversation, itself for one that starts something new."""
    asks: bool = False
    """It starts a question of its own."""
    roles: tuple[tuple[MessageKey, AnswerRole], ...] = ()
    """The questions it belongs to besides its own, and what it does for each."""

    def questions(self) -> tuple[MessageKey, ...]:
        """Every question this message belongs to, its own first."""
        others = tuple(question for question, _ in self.roles)
        return (self.key, *others) if self.asks else others


@dataclass(slots=True)
class ChannelWindow:
    """The last `limit` messages of a channel in order, and a few older ones that are referred to."""

    limit: int = 200
    _seen: OrderedDict[MessageKey, Seen] = field(default_factory=OrderedDict)
    _guests: OrderedDict[MessageKey, Seen] = field(default_factory=OrderedDict)
    _members: dict[MessageKey, dict[MessageKey, None]] = field(default_factory=dict)
    """Question -> messages that belong to it, in the order they became known."""

    def add(self, seen: Seen) -> None:
        """Puts a message where its time is, or replaces what was known of it; the oldest falls out."""
        self._unlist(self._seen.get(seen.key) or self._guests.pop(seen.key, None))
        later = [] if seen.key in self._seen else [one.key for one in takewhile(_later(seen), self.newest_first())]
        self._seen[seen.key] = seen
        for key in reversed(later):  # it came late, or back after its deletion
            self._seen.move_to_end(key)
        self._enlist(seen)
        if len(self._seen) > self.limit:
            self._unlist(self._seen.popitem(last=False)[1])

    def invite(self, seen: Seen) -> None:
        """Makes an older message known (the starter of a thread, the target of a reply)."""
        if seen.key not in self._seen:
            self._unlist(self._guests.get(seen.key))
            self._guests[seen.key] = seen
            self._guests.move_to_end(seen.key)
            self._enlist(seen)
            if len(self._guests) > self.limit:
                self._unlist(self._guests.popitem(last=False)[1])

    def _enlist(self, seen: Seen) -> None:
        for question, _ in seen.roles:
            self._members.setdefault(question, {})[seen.key] = None

    def _unlist(self, seen: Seen | None) -> None:
        if seen is None:
            return
        for question, _ in seen.roles:
            mine = self._members.get(question, {})
            mine.pop(seen.key, None)
            if not mine:
                self._members.pop(question, None)

    def get(self, key: MessageKey | None) -> Seen | None:
        """The message, if it is known here."""
        if key is None:
            return None
        return self._seen.get(key) or self._guests.get(key)

    def replace(self, seen: Seen) -> None:
        """Puts new knowledge of a message where the old was; unknown here: nothing."""
        for known in (self._seen, self._guests):
            if seen.key in known:
                self._unlist(known[seen.key])
                known[seen.key] = seen
                self._enlist(seen)

    def before(self, key: MessageKey, at: Millis) -> ChannelWindow:
        """What is still known of the window as it was when the message came, which was at `at`."""
        view = ChannelWindow(self.limit)
        for seen in self._guests.values():
            if seen.key != key and seen.at <= at:
                view.invite(seen)
        for seen in self._seen.values():
            if seen.key == key or seen.at > at:
                break
            view.add(seen)
        return view

    def forget(self, key: MessageKey) -> None:
        """Removes a message, e.g. because it was deleted."""
        for known in (self._seen, self._guests):
            self._unlist(known.pop(key, None))

    def newest_first(self) -> Iterator[Seen]:
        return reversed(self._seen.values())

    def recent(self) -> list[Seen]:
        """The last messages, oldest first, without the older ones that were invited."""
        return list(self._seen.values())

    def members(self, question: MessageKey) -> list[tuple[Seen, AnswerRole]]:
        """The known messages that belong to `question`, oldest first, with their roles."""
        found = [self._seen.get(key) or self._guests[key] for key in self._members.get(question, ())]
        found.sort(key=lambda seen: seen.at)
        return [(seen, role) for seen in found for key, role in seen.roles if key == question]

    def __len__(self) -> int:
        return len(self._seen)


def _later(than: Seen) -> Callable[[Seen], bool]:
    return lambda one: one.at > than.at
