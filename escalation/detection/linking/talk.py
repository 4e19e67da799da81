"""The flat talk of one channel as the linker sees it: rebuilt from the window, moved on message by message.

Nothing looks back further than HORIZON messages from the message it is about, so that a state that was
moved on and one that was rebuilt from a full window say the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from escalation.detection.linking.meaning import Vector, meaning
from escalation.detection.linking.signs import Signs, abbreviates, addressed, name_words, signs
from escalation.detection.window import Seen
from escalation.events import MessageKey
from escalation.timing import MINUTE

HORIZON = 100
"""Messages back that are looked at; in a window of fewer than twice as many, half of it."""


_PEOPLE = 300
"""People one speaker spoke to that are remembered; beyond that, only those within the horizon."""
_NOTHING = np.zeros(0, dtype=np.float32)


@dataclass(slots=True, eq=False)
class Entry:
    """One message of the talk."""

    serial: int
    key: MessageKey
    author: str
    display: str
    name: tuple[str, ...]
    minute: int
    bot: bool
    signs: Signs
    addresses: dict[str, float] = field(default_factory=dict)
    """Whom it names, and how plainly (`signs.addressed`)."""
    parent: Entry | None = None
    children: list[Entry] = field(default_factory=list)
    answered: bool = False
    """Somebody else replied to it."""
    partner: str | None = None
    """Whom its author talks to, as far as it can be told."""
    turn: int = 0
    """The serial of the message that told the partner."""
    meaning: Vector = field(default_factory=lambda: _NOTHING)
    nth: int = 0
    """How many messages its author had in the window with it; only differences mean something."""
    root: Entry | None = None
    """With `size`, `position` and `tip`: where it stands in its conversation, as far as the horizon shows.
    `pairs` draws that anew for every message."""
    size: int = 1
    position: int = 1
    tip: int = 0

    def same(self, other: Entry) -> bool:
        """Whether both are the same message at the same moment."""
        return self.signs is other.signs and (
            (self.serial, self.key, self.author, self.display, self.minute, self.bot)
            == (other.serial, other.key, other.author, other.display, other.minute, other.bot)
        )

    def plainest(self) -> float:
        return max(self.addresses.values(), default=0.0)


class Talk:
    """The last messages without a thread, who spoke when, and who spoke to whom."""

    def __init__(self, limit: int = 2 * HORIZON) -> None:
        """`limit`: how many messages the window holds."""
        self.limit = limit
        self.horizon = min(HORIZON, limit // 2)
        self.entries: deque[Entry] = deque()
        self.by_key: dict[MessageKey, Entry] = {}
        self.by_author: dict[str, deque[Entry]] = defaultdict(deque)
        self.naming: dict[str, deque[Entry]] = defaultdict(deque)
        self.toward: dict[str, dict[str, int]] = defaultdict(dict)
        """Who spoke to whom, and the serial of the last time."""
        self.frequency: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.serial = 0
        self._names: dict[str, dict[str, tuple[tuple[str, ...], int]]] = defaultdict(dict)
        self._known: list[Seen] = []
        self._ready: Entry | None = None

    def follow(self, seen: Sequence[Seen]) -> bool:
        """Moves on to a window's messages, oldest first; False if they do not continue what is known."""
        known, kept = self._known, 0
        if known:
            kept = len(seen)
            while kept and seen[kept - 1] is not known[-1]:
                kept -= 1
            if not 0 < kept <= len(known) or list(seen[:kept]) != known[len(known) - kept :]:
                return False
            if kept < len(known) and len(seen) < self.limit:
                return False
        for gone in islice(known, len(known) - kept):
            if gone.thread is None:
                self._drop()
        for one in seen[kept:]:
            if one.thread is None:
                self._add(one)
        self._known = list(seen)
        return True

    def entry(self, key: MessageKey, author: str, name: str, at: int, text: str, *, bot: bool) -> Entry:
        """A message that is about to be said, with those it names among the recent speakers."""
        ready = self._ready
        new = Entry(self.serial, key, author, name, name_words(name), at // MINUTE, bot, signs(text))
        if ready is not None and ready.same(new):
            return ready
        self._ready = new
        new.addresses = self._addressees(new)
        new.meaning = meaning(text)
        return new

    def back(self, floor: int) -> Iterator[Entry]:
        """Messages from the newest to the one with serial `floor`."""
        for one in reversed(self.entries):
            if one.serial < floor:
                break
            yield one

    def since(self, floor: int) -> Iterable[Entry]:
        """Messages from the one with serial `floor` to the newest."""
        return islice(self.entries, max(0, floor - self.entries[0].serial), None) if self.entries else ()

    @property
    def floor(self) -> int:
        """The oldest serial that may be looked at."""
        first = self.entries[0].serial if self.entries else self.serial
        return max(first, self.serial - self.horizon)

    def _addressees(self, new: Entry) -> dict[str, float]:
        found: dict[str, float] = {}
        floor = self.serial - self.horizon
        for word in new.signs.place:
            for author, (name, last) in self._names.get(word, {}).items():
                if last >= floor and author != new.author and (level := addressed(new.signs, name)):
                    found[author] = level
        return found or self._abbreviated(new)

    def _abbreviated(self, new: Entry) -> dict[str, float]:
        """Nobody is named as written: the latest speaker whose name the text's beginning shortens."""
        if not 1 <= new.signs.head <= 2:
            return {}
        for one in self.back(self.serial - self.horizon // 2):
            if one.author != new.author and abbreviates(new.signs, one.name):
                return {one.author: 2.5}
        return {}

    def _add(self, seen: Seen) -> None:
        new = self.entry(seen.key, seen.author, seen.name, seen.at, seen.text, bot=seen.bot)
        parent = self.by_key.get(seen.parent) if seen.parent else None
        if parent is not None and parent.serial >= self.serial - self.horizon:
            new.parent = parent
            parent.children.append(new)
            parent.answered |= parent.author != new.author
        self._partner(new)
        if len(mine := self.toward[new.author]) > _PEOPLE:
            self.toward[new.author] = {who: last for who, last in mine.items() if last >= self.serial - self.horizon}
        for author in self._spoken_to(new):
            self.toward[new.author][author] = new.serial
        for author, level in new.addresses.items():
            if level >= 1.5:
                self.naming[author].append(new)
        self.entries.append(new)
        self.by_key[new.key] = new
        self.by_author[new.author].append(new)
        self.counts[new.author] += 1
        new.nth = self.counts[new.author]
        self.frequency.update(new.signs.content)
        if new.name:
            self._names[new.name[0]][new.author] = (new.name, new.serial)
        self.serial += 1

    def _spoken_to(self, new: Entry) -> set[str]:
        found = {author for author, level in new.addresses.items() if level >= 1.5}
        if new.parent is not None and new.parent.author != new.author:
            found.add(new.parent.author)
        return found

    def _partner(self, new: Entry) -> None:
        parent = new.parent
        plain = max(new.addresses.items(), key=lambda item: (item[1], item[0]), default=(None, 0.0))
        if plain[1] >= 2.5:
            new.partner, new.turn = plain[0], new.serial
        elif parent is not None and parent.author != new.author:
            new.partner, new.turn = parent.author, new.serial
        elif parent is not None and parent.turn >= new.serial - self.horizon:
            new.partner, new.turn = parent.partner, parent.turn

    def _drop(self) -> None:
        gone = self.entries.popleft()
        if self.by_key.get(gone.key) is gone:
            del self.by_key[gone.key]
        mine = self.by_author[gone.author]
        mine.popleft()
        if not mine:
            del self.by_author[gone.author], self.counts[gone.author]
            self._forget(gone)
        for author in gone.addresses:
            named = self.naming.get(author)
            if named and named[0] is gone:
                named.popleft()
            if not named:
                self.naming.pop(author, None)
        for child in gone.children:
            child.parent = None
        gone.root, gone.children = None, []
        for word in gone.signs.content:
            self.frequency[word] -= 1
            if not self.frequency[word]:
                del self.frequency[word]

    def _forget(self, gone: Entry) -> None:
        if gone.name:
            self._names[gone.name[0]].pop(gone.author, None)
            if not self._names[gone.name[0]]:
                del self._names[gone.name[0]]
        self.toward.pop(gone.author, None)
