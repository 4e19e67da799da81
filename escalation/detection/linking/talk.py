"""The flat talk of one channel as the linker sees it: rebuilt from the window, moved on message by message.

Nothing looks back further than HORIZON messages from the message it is about, so that a state that was moved on and
one that was rebuilt from a full window say the same. What numbers say of a message lies in arrays, by position.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from escalation.detection.encoder import SIZE, Gist, gist
from escalation.detection.head import ACTS, acts
from escalation.detection.text import SIGNS, Text, abbreviates, addressed, name_words
from escalation.detection.window import Seen
from escalation.events import MessageKey
from escalation.timing import MINUTE

HORIZON: Final = 100
"""Messages of the window that are looked back at, with threads; in one of fewer than twice as many, half of it."""
PEOPLE: Final = 4_000
"""A talk that has met more people than this is begun anew."""
SERIAL, CLOCK, AUTHOR, PARENT, PARENT_AUTHOR, CONVERSATION, ROOT, PARTNER, TURN = ROWS = range(9)
"""Rows of `numbers`. Serials of messages (-1: none), minutes, people and conversations by number."""
NOBODY: Final = -1
SHOWN: Final = (*SIGNS, *ACTS)
_TOLD: Final = 300
"""People one speaker spoke to that are remembered; beyond that, only those within the horizon."""


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
    gist: Gist
    addresses: Mapping[str, float] = field(default_factory=dict)
    """Whom it names, and how plainly (`text.addressed`)."""
    parent: Entry | None = None
    children: list[Entry] = field(default_factory=list)
    answered: bool = False
    """Somebody else replied to it."""
    partner: str | None = None
    """Whom its author talks to, as far as it can be told."""
    turn: int = 0
    """The serial of the message that told the partner."""
    root: MessageKey | None = None
    """The first message of its conversation."""

    @property
    def text(self) -> Text:
        return self.gist.text

    def shows(self) -> tuple[float, ...]:
        """What its text alone shows, as SHOWN names it."""
        return (*self.gist.text.signs, *acts(self.gist))

    def same(self, other: Entry) -> bool:
        """Whether both are the same message at the same moment."""
        return self.gist is other.gist and (
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
        self.serial = 0
        self.floor = 0
        """The oldest serial that may be looked at."""
        room = limit + limit // 2 + 1
        self.numbers: npt.NDArray[np.int64] = np.zeros((len(ROWS), room), dtype=np.int64)
        self.shown: npt.NDArray[np.float32] = np.zeros((room, len(SHOWN)), dtype=np.float32)
        self.meanings: npt.NDArray[np.float16] = np.zeros((room, SIZE), dtype=np.float16)
        self.first = 0
        """The serial that stands at position 0 of the arrays."""
        self.people: dict[str, int] = {}
        self._conversations: dict[MessageKey, int] = {}
        self._names: dict[str, dict[str, tuple[tuple[str, ...], int]]] = defaultdict(dict)
        self._known: list[Seen] = []
        self._came: deque[int] = deque(maxlen=self.horizon)
        """The serial at which each of the window's last messages came, those of threads too."""
        self._ready: Entry | None = None

    def follow(self, seen: Sequence[Seen]) -> bool:
        """Moves on to a window's messages, oldest first; False if they do not continue what is known."""
        known, kept = self._known, 0
        if len(self.people) > PEOPLE:
            return False
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
        self.floor = max(self.floor, self.entries[0].serial if self.entries else self.serial)
        for one in seen[kept:]:
            if one.thread is None:
                self._add(one)
            self._pass(one)
        self._known = list(seen)
        return True

    def entry(self, key: MessageKey, author: str, name: str, at: int, text: str, *, bot: bool) -> Entry:
        """A message that is about to be said, with those it names among the recent speakers."""
        ready = self._ready
        new = Entry(self.serial, key, author, name, name_words(name), at // MINUTE, bot, gist(text))
        if ready is not None and ready.same(new):
            return ready
        self._ready = new
        new.addresses = self._addressees(new)
        return new

    def back(self, floor: int) -> Iterator[Entry]:
        """Messages from the newest to the one with serial `floor`."""
        for one in reversed(self.entries):
            if one.serial < floor:
                break
            yield one

    def partner(self, one: Entry) -> str | None:
        """Whom the author of a message talks to, as far as the horizon tells."""
        return one.partner if one.turn >= self.floor else None

    def person(self, author: str) -> int:
        """The number of a person; NOBODY for one who is not known."""
        return self.people.get(author, NOBODY)

    def _addressees(self, new: Entry) -> Mapping[str, float]:
        found: dict[str, float] = {}
        floor = self.floor
        names = self._names
        for word in new.text.place:
            if word in names:
                for author, (name, last) in names[word].items():
                    if last >= floor and author != new.author and (level := addressed(new.text, name)):
                        found[author] = level
        return found or self._abbreviated(new)

    def _abbreviated(self, new: Entry) -> Mapping[str, float]:
        """Nobody is named as written: the latest speaker whose name the text's beginning shortens."""
        if not 1 <= new.text.head <= 2:
            return {}
        for one in self.back(max(self.floor, self.serial - self.horizon // 2)):
            if one.author != new.author and abbreviates(new.text, one.name):
                return {one.author: 2.5}
        return {}

    def _add(self, seen: Seen) -> None:
        new = self.entry(seen.key, seen.author, seen.name, seen.at, seen.text, bot=seen.bot)
        parent = self.by_key.get(seen.parent) if seen.parent else None
        if parent is not None and parent.serial >= self.floor:
            new.parent = parent
            parent.children.append(new)
            parent.answered |= parent.author != new.author
        new.root = seen.root or (new.parent.root if new.parent else None) or new.key
        self._partner(new)
        self._note(new)
        self.entries.append(new)
        self.by_key[new.key] = new
        self.by_author[new.author].append(new)
        self.frequency.update(new.text.content)
        if new.name:
            known = self._names[new.name[0]]
            known.pop(new.author, None)  # the order is that of the last message
            known[new.author] = (new.name, new.serial)
        self._number(new)
        self.serial += 1

    def _pass(self, seen: Seen) -> None:
        """The horizon moves on past a message, one of a thread too."""
        self._came.append(self.serial - (seen.thread is None))
        if len(self._came) == self.horizon:
            self.floor = max(self.floor, self._came[0] if self._came else self.serial)

    def _number(self, new: Entry) -> None:
        """Writes the message into the arrays."""
        if self.serial - self.first >= self.numbers.shape[1]:
            self._shift()
        at, parent, root = self.serial - self.first, new.parent, new.root
        assert root is not None
        started = self.by_key.get(root)
        people, talks = self.people, self._conversations
        self.numbers[:, at] = (
            self.serial,
            new.minute,
            people.setdefault(new.author, len(people)),
            parent.serial if parent else -1,
            people[parent.author] if parent else NOBODY,
            talks.setdefault(root, self.serial),
            started.serial if started else -1,
            people.setdefault(new.partner, len(people)) if new.partner is not None else NOBODY,
            new.turn,
        )
        self.shown[at] = new.shows()
        self.meanings[at] = new.gist.meaning

    def _shift(self) -> None:
        oldest = self.entries[0].serial if self.entries else self.serial
        by, count = oldest - self.first, self.serial - oldest
        for rows in (self.numbers.T, self.shown, self.meanings):
            rows[:count] = rows[by : by + count].copy()
        self.first = oldest
        if len(self._conversations) > 4 * self.limit:
            alive = {one.root for one in self.entries}
            self._conversations = {root: one for root, one in self._conversations.items() if root in alive}

    def _note(self, new: Entry) -> None:
        """Remembers whom it speaks to and names."""
        if len(mine := self.toward[new.author]) > _TOLD:
            self.toward[new.author] = {who: last for who, last in mine.items() if last >= self.serial - self.horizon}
        spoken = {author for author, level in new.addresses.items() if level >= 1.5}
        for author in spoken:
            self.naming[author].append(new)
        if new.parent is not None and new.parent.author != new.author:
            spoken.add(new.parent.author)
        for author in spoken:
            self.toward[new.author][author] = new.serial

    def _partner(self, new: Entry) -> None:
        parent = new.parent
        plain = max(new.addresses.items(), key=lambda item: (item[1], item[0]), default=(None, 0.0))
        if plain[1] >= 2.5:
            new.partner, new.turn = plain[0], new.serial
        elif parent is not None and parent.author != new.author:
            new.partner, new.turn = parent.author, new.serial
        elif parent is not None and parent.turn >= self.floor:
            new.partner, new.turn = parent.partner, parent.turn

    def _drop(self) -> None:
        gone = self.entries.popleft()
        if self.by_key.get(gone.key) is gone:
            del self.by_key[gone.key]
        mine = self.by_author[gone.author]
        mine.popleft()
        if not mine:
            del self.by_author[gone.author]
            self.toward.pop(gone.author, None)
        self._forget_name(gone)
        for author in gone.addresses:
            named = self.naming.get(author)
            if named and named[0] is gone:
                named.popleft()
            if not named:
                self.naming.pop(author, None)
        for child in gone.children:
            child.parent = None
        gone.children = []
        for word in gone.text.content:
            self.frequency[word] -= 1
            if not self.frequency[word]:
                del self.frequency[word]

    def _forget_name(self, gone: Entry) -> None:
        """Drops a name that its bearer showed last in this message: people rename themselves."""
        if not gone.name:
            return
        known = self._names[gone.name[0]]
        if gone.author in known and known[gone.author][1] == gone.serial:
            del known[gone.author]
        if not known:
            del self._names[gone.name[0]]
