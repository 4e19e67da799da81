"""What the judge may look at: the recent messages of one channel. Facts of the past, no states."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

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

    def add(self, seen: Seen) -> None:
        """Appends a message, or replaces what was known of it; the oldest falls out."""
        self._seen[seen.key] = seen
        if len(self._seen) > self.limit:
            self._seen.popitem(last=False)

    def invite(self, seen: Seen) -> None:
        """Makes an older message known (the starter of a thread, the target of a reply)."""
        if seen.key not in self._seen:
            self._guests[seen.key] = seen
            self._guests.move_to_end(seen.key)
            if len(self._guests) > self.limit:
                self._guests.popitem(last=False)

    def get(self, key: MessageKey | None) -> Seen | None:
        """The message, if it is known here."""
        if key is None:
            return None
        return self._seen.get(key) or self._guests.get(key)

    def replace(self, seen: Seen) -> None:
        """Puts new knowledge of a message where the old was; unknown here: nothing."""
        for known in (self._seen, self._guests):
            if seen.key in known:
                known[seen.key] = seen

    def before(self, key: MessageKey) -> ChannelWindow:
        """The window as it was when the message came."""
        view = ChannelWindow(self.limit, _guests=self._guests.copy())
        for seen in self._seen.values():
            if seen.key == key:
                break
            view.add(seen)
        return view

    def forget(self, key: MessageKey) -> None:
        """Removes a message, e.g. because it was deleted."""
        self._seen.pop(key, None)
        self._guests.pop(key, None)

    def newest_first(self) -> Iterator[Seen]:
        return reversed(self._seen.values())

    def recent(self) -> list[Seen]:
        """The last messages, oldest first, without the older ones that were invited."""
        return list(self._seen.values())

    def members(self, question: MessageKey) -> list[tuple[Seen, AnswerRole]]:
        """The known messages that belong to `question`, oldest first, with their roles."""
        return [
            (seen, role)
            for seen in (*self._guests.values(), *self._seen.values())
            for key, role in seen.roles
            if key == question
        ]

    def __len__(self) -> int:
        return len(self._seen)
