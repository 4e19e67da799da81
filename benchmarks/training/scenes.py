"""What the head "question" learns from: messages where they stand, as the judge meets them.

Labelled talks are played through the linker message by message; what was asked before is the labelled truth.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.training.corpora import Burst, Conversation, bursts, conversations, irc_log, starters
from benchmarks.training.network import Example
from escalation.detection import questions
from escalation.detection.encoder import gist
from escalation.detection.judge import recent_of, scene
from escalation.detection.linking.linker import Linker
from escalation.detection.linking.net import Net
from escalation.detection.window import AnswerRole, ChannelWindow, Seen
from escalation.events import Message, MessageKey, Person, Place, Role

IRC_WEIGHT: Final = 0.5
"""A message of an old chat about one system counts for less."""
KEPT: Final = 3
"""Every third message of the chat that asks nothing is kept, and counts for all three."""
_START: Final = datetime(2024, 3, 4, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message, whether it starts a question, and how much that counts; `asks` None: nobody knows."""

    message: Message
    asks: bool | None
    weight: float = 1.0


def examples(data: Path, net: Net) -> list[Example]:
    """All of them: the chat, the conversations (each as a thread and in the open channel), the bursts."""
    linker, found = Linker(net), list[Example]()
    for path in sorted((data / "ubuntu-irc/train").glob("*.ascii.txt")):
        found += _thinned(list(play(_chat(data, path), linker, f"irc/{path.name[:4]}")), path.name)
    for talk in conversations(data):
        for threaded in (True, False):
            found += play(_conversation(talk, threaded=threaded), linker, talk.group)
    for number, burst in enumerate(bursts(data)):
        found += play(_burst(number, burst), linker, burst.group)
    return found


def play(talk: Iterable[Labelled], linker: Linker, group: str) -> Iterator[Example]:
    """Every message whose label is known, in its circumstances."""
    window = ChannelWindow()
    for one in talk:
        message = one.message
        found, starts = linker.link(message, window)
        recent = recent_of(message, window)
        here = scene(message, found, starts, recent, window)
        before = questions.burst(here)
        if one.asks is not None and not message.author.bot:
            text = "\n".join((*before, message.text))
            told = questions.circumstances(here, gist(text)) | ({"burst": 1.0} if before else {})
            yield Example(text, int(one.asks), group, told, one.weight)
        window.add(_seen(one, found.parent if found else None, window))


def _seen(one: Labelled, parent: MessageKey | None, window: ChannelWindow) -> Seen:
    message, above = one.message, window.get(parent)
    roles = tuple((question, AnswerRole.OTHER) for question in above.questions()) if above else ()
    return Seen(
        message.key, message.author.id, message.author.name, message.when, message.text, message.thread,
        bot=message.author.bot, parent=parent, root=(above.root if above else None) or parent or message.key,
        asks=bool(one.asks), roles=() if one.asks else roles,
    )  # fmt: skip


def _chat(data: Path, path: Path) -> list[Labelled]:
    """A file of the chat: question-like starters ask; who goes on before anybody answered may be asking too."""
    asked = starters(data)[path.name]
    log, roots = irc_log(path), _roots(path)
    heard: dict[int, set[str]] = defaultdict(set)
    found = []
    for number, message in log.items():
        root = roots.get(number)
        label: bool | None = None
        if root is not None and number >= 1000:
            label = (asked[number] or None) if number in asked else False  # a starter without a mark may ask too
            opening = root in log and heard[root] <= {log[root].author.id} and message.author.id == log[root].author.id
            if number not in asked and opening:
                label = None
            heard[root].add(message.author.id)
        if number >= 700 and (not roots or number <= max(roots)):
            found.append(Labelled(message, label, IRC_WEIGHT if asked.get(number, True) else IRC_WEIGHT / 2))
    return found


def _roots(path: Path) -> dict[int, int]:
    """The first message of each annotated message's conversation."""
    roots: dict[int, int] = {}
    for line in path.with_name(path.name.replace(".ascii.", ".annotation.")).read_text().splitlines():
        numbers = sorted(int(word) for word in line.split() if word != "-")
        if numbers:
            roots[numbers[-1]] = min(roots.get(numbers[-1], numbers[-1]), roots.get(numbers[0], numbers[0]))
    return roots


def _thinned(some: Sequence[Example], seed: str) -> Iterator[Example]:
    lots = random.Random(seed)
    for one in some:
        if one.label:
            yield one
        elif lots.randrange(KEPT) == 0:
            yield Example(one.text, 0, one.group, one.circumstances, one.weight * KEPT)


def _conversation(talk: Conversation, *, threaded: bool) -> Iterator[Labelled]:
    thread = talk.id if threaded else None
    for at, seen in enumerate(talk.messages):
        asks = talk.question if at == 0 else at in talk.strangers
        first_words = 0 < at < 3 and seen.author == talk.messages[0].author
        message = _message(f"{talk.id}{threaded}", at, seen.author, seen.text, seen.at, thread)
        yield Labelled(message, None if first_words and not asks else asks, 1.0 if at == 0 else 0.3)


def _burst(number: int, burst: Burst) -> Iterator[Labelled]:
    """Only the last message's label is sure: the earlier ones may hold the question, or not yet."""
    said = [*burst.context, *burst.messages]
    for at, (author, text) in enumerate(said):
        asks = None if at < len(burst.context) or (burst.asks and at < len(said) - 1) else burst.asks
        yield Labelled(_message(f"b{number}", at, author.lower(), text, at * 20_000, None), asks)


def _message(name: str, at: int, author: str, text: str, when: int, thread: str | None) -> Message:
    # Bots answer in the labelled chat only; nobody here has a role.
    return Message(
        place=Place("train", "c", name.replace("/", "_")), id=str(at), at=_START + timedelta(milliseconds=when),
        author=Person(author or "x", author or "x", frozenset[Role]()), text=text, thread=thread,
    )  # fmt: skip
