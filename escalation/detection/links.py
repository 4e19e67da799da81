"""Which earlier message does this one reply to?"""

from __future__ import annotations

from escalation.detection import cues
from escalation.detection.features import Text, look, names, overlap
from escalation.detection.verdicts import Link
from escalation.detection.window import ChannelWindow, Seen
from escalation.events import Message, MessageKey
from escalation.timing import MINUTE

CANDIDATES = 60
"""Messages back that are looked at."""
STALE = 30 * MINUTE
"""A flat channel's message older than this is replied to only by name or button."""


def link(message: Message, text: Text, window: ChannelWindow) -> Link | None:
    """The most likely parent, or None where the message starts something new."""
    if message.parent_key is not None:
        return Link(message.parent_key, 1.0, ("the platform says so",))
    if message.thread is not None:
        return _in_thread(message, message.thread)
    earlier = [seen for _, seen in zip(range(CANDIDATES), window.newest_first(), strict=False)]
    earlier = [seen for seen in earlier if seen.thread is None]
    return _by_name(message, earlier) or _by_flow(message, text, earlier)


def _in_thread(message: Message, thread: str) -> Link | None:
    if thread == message.id:
        return None
    starter: MessageKey = message.place.message(thread)
    return Link(starter, 0.9, ("it stands in the thread",))


def _by_name(message: Message, earlier: list[Seen]) -> Link | None:
    tried: set[str] = set()
    for seen in earlier:
        if seen.author in tried or seen.author == message.author.id:
            continue
        tried.add(seen.author)
        if names(message.text, seen.name):
            return Link(seen.key, 0.8, (f"it names {seen.name}",))
    return None


def _by_flow(message: Message, text: Text, earlier: list[Seen]) -> Link | None:
    recent = [seen for seen in earlier if message.when - seen.at <= STALE and not seen.bot]
    for seen in recent:
        if seen.author != message.author.id and names(seen.text, message.author.name):
            return Link(seen.key, 0.65, (f"{seen.name} had addressed {message.author.name}",))
    own = next((seen for seen in recent if seen.author == message.author.id), None)
    fresh = bool(text.question_marks or text.has(cues.ASKS) or text.has(cues.PROBLEM))
    if own is not None and message.when - own.at <= 3 * MINUTE:
        return Link(own.key, 0.6, ("it continues the author's last message",))
    if fresh and text.length > 3 and not text.has(cues.ME_TOO) and not text.has(cues.ASKS_BACK):
        return None
    return _by_topic(message, text, recent)


def _by_topic(message: Message, text: Text, recent: list[Seen]) -> Link | None:
    best: tuple[float, Seen] | None = None
    for rank, seen in enumerate(recent[:20]):
        if seen.author == message.author.id:
            continue
        score = overlap(text, look(seen.text)) + (0.5 if seen.asks else 0.0) - 0.06 * rank
        if best is None or score > best[0]:
            best = (score, seen)
    if best is None or best[0] < 0.15:
        return None
    reason = "it follows the question" if best[1].asks else "it follows what was said"
    return Link(best[1].key, min(0.6, 0.3 + best[0] / 3), (reason,))
