"""Which earlier message does this one reply to? The platform's own word first, then a trained model.

The model was trained on hand-linked messages of one busy channel (benchmarks/training); what it looks
at (`pairs`) is who speaks when, to whom, in which order, and how alike the words are, not which words.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from pathlib import Path

import numpy as np

from escalation.detection.encoder import wake
from escalation.detection.linking.net import Array, Net
from escalation.detection.linking.pairs import FEATURES, features
from escalation.detection.linking.talk import Entry, Talk
from escalation.detection.verdicts import Link
from escalation.detection.window import ChannelWindow
from escalation.events import ChannelKey, Message, MessageKey

WEIGHTS = Path(__file__).parents[1] / "weights" / "links.npz"
TOGETHER = 0.5
"""How much a candidate's whole conversation counts beside itself."""
ALONE = 1.3
"""How much more "starts something new" counts: a wrong link hides a question that nobody answers."""
CHANNELS = 200
"""Channels whose talk is kept (up to 2 MB each); a dropped one is rebuilt from its window in milliseconds."""
SUREST = 0.999
"""Only the platform's own word is certain."""
_AT = {name: at for at, name in enumerate(FEATURES)}


@cache
def shipped() -> Net:
    """The network that comes with the package; wakes all that it needs."""
    wake()
    return Net.load(WEIGHTS)


class Linker:
    """Links messages. What it keeps is a cache of the windows it was shown: it follows from them alone."""

    def __init__(self, net: Net | None = None) -> None:
        self._net = net or shipped()
        self._talks: OrderedDict[ChannelKey, Talk] = OrderedDict()

    def link(self, message: Message, window: ChannelWindow) -> tuple[Link | None, float]:
        """The parent, or None where the message starts something new; and the probability that it does.

        The link's own probability is that of belonging to the parent's conversation.
        """
        if message.parent_key is not None:
            return Link(message.parent_key, 1.0, ("the platform says so",)), 0.0
        if message.thread is not None:
            return _in_thread(message, message.thread, window)
        talk = self._talk(message.place.key, window)
        author = message.author
        text = f"{message.title}\n{message.text}" if message.title else message.text
        new = talk.entry(message.key, author.id, author.name, message.when, text, bot=author.bot)
        found, rows = features(new, talk)
        if not found:
            return None, 1.0
        each = self._net.probabilities(rows)
        best, together = choose(found, each)
        alone = float(each[-1])
        if best == len(found):
            return None, alone
        return Link(found[best].key, min(SUREST, float(together[best])), reasons(new, found[best], rows[best])), alone

    def _talk(self, channel: ChannelKey, window: ChannelWindow) -> Talk:
        """The channel's talk, moved on to the window, or rebuilt where the window's past has changed."""
        seen = window.recent()
        talk = self._talks.get(channel)
        if talk is None or talk.limit != window.limit or not talk.follow(seen):
            talk = Talk(window.limit)
            talk.follow(seen)
            self._talks[channel] = talk
            if len(self._talks) > CHANNELS:
                self._talks.popitem(last=False)
        self._talks.move_to_end(channel)
        return talk


def choose(found: list[Entry], each: Array) -> tuple[int, Array]:
    """Which candidate it is (their number: none of them), and the probabilities of their conversations."""
    together = conversations(found, each)
    weights = each + TOGETHER * together
    weights[-1] *= ALONE
    return int(np.argmax(weights)), together


def conversations(found: list[Entry], each: Array) -> Array:
    """The probability of each candidate's whole conversation; the last is that of starting something new."""
    sums: dict[MessageKey | None, float] = {}
    roots = [one.root for one in found]
    for root, probability in zip(roots, each.tolist(), strict=False):
        sums[root] = sums.get(root, 0.0) + probability
    return np.array([*(sums[root] for root in roots), each[-1]], dtype=np.float32)


def _in_thread(message: Message, thread: str, window: ChannelWindow) -> tuple[Link | None, float]:
    """Most platforms call a thread by its starter's id; where that is no message's, its first known one starts it."""
    if thread == message.id:
        return None, 0.95
    starter = message.place.message(thread)
    if window.get(starter) is None:
        first = next((seen for seen in window.recent() if seen.thread == thread), None)
        if first is None:
            return None, 0.5
        starter = first.parent if first.parent and window.get(first.parent) else first.key
    return Link(starter, 0.9, ("it stands in the thread",)), 0.1


def reasons(new: Entry, one: Entry, row: Array) -> tuple[str, ...]:
    """What speaks for the candidate, in words."""

    def value(name: str) -> float:
        return float(row[_AT[name]])

    said = (
        (value("i_name") >= 1, f"it names {one.display}"),
        (value("names_me") >= 1, f"{one.display} had addressed {new.display}"),
        (value("same_author") > 0, "it continues the author's own words"),
        (value("parent_mine") > 0 and not value("same_author"), f"{one.display} had replied to {new.display}"),
        (value("partner") > 0, "the two were talking"),
        (value("best_shared") > 3 or value("meaning") > 0.4, "it is about the same"),
        (one.parent is None and value("their_question") > 0, "it follows a question"),
        (new.serial - one.serial <= 1, "it comes right after it"),
    )
    return tuple(reason for holds, reason in said if holds)[:3] or ("it follows what was said",)
