"""What texts teach: the tasks of the encoder and its heads, from conversations, bursts and advice."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.training.corpora import Burst, Conversation, advice, bursts, conversations, irc_log, replies, starters
from benchmarks.training.network import Example, Task
from escalation.detection import unsafe
from escalation.detection.head import ACTS
from escalation.detection.roles import circumstances
from escalation.detection.window import AnswerRole, Seen
from escalation.events import MessageKey

PEER: Final = ("answer", "clarification", "me_too", "dispute", "other")
ASKER: Final = ("confirmation", "failure", "other")
YES_NO: Final = ("no", "yes")
_ACT_OF_PEER: Final = {"answer": "answer", "unsafe": "answer", "dispute": "answer", "clarification": "ask_back",
                       "me_too": "chat", "other": "chat"}  # fmt: skip
_ACT_OF_ASKER: Final = {"confirmation": "thank", "failure": "go_on", "other": "go_on"}
ALONE: Final = 1.0
"""How much a reply without a conversation counts."""
MISTAKEN: Final = 0.3
"""The share of roles that are blurred."""
_MISTAKEN_OF_PEER: Final = ("answer", "answer", "answer", "other", "other", "clarification")
_MISTAKEN_OF_ASKER: Final = ("other", "other", "failure", "confirmation")
HARMLESS: Final = 2000
"""Ordinary messages of each kind beside the advice."""
STARTER: Final = 0.3
"""How much a message of the chat counts that starts a conversation: what looks like a question there is a guess."""


def tasks(data: Path) -> dict[str, Task]:
    """All that texts teach; "question" here by bursts alone, without what stands around them in a channel."""
    talks, some = conversations(data), bursts(data)
    return {
        "act": Task(ACTS, [*_acts(talks), *_burst_acts(some)]),
        "peer": Task(PEER, list(_roles(talks, PEER))),
        "asker": Task(ASKER, list(_roles(talks, ASKER))),
        "question": Task(
            YES_NO, [*[Example(_joined(one), int(one.asks), one.group) for one in some], *_starters(data)]
        ),
        "unsafe": Task(YES_NO, [*_unsafe(data), *_harmless(data, talks, some)]),
    }


def _acts(talks: Sequence[Conversation]) -> Iterator[Example]:
    for talk in talks:
        first = talk.messages[0]
        yield Example(first.text, ACTS.index("ask" if talk.question else "chat"), talk.group)
        for at, seen in _replies(talk):
            names = _ACT_OF_ASKER if seen.author == first.author else _ACT_OF_PEER
            act = names.get(talk.roles[at - 1].value)
            if act is not None:
                yield Example(seen.text, ACTS.index(act), talk.group)


def _burst_acts(some: Sequence[Burst]) -> Iterator[Example]:
    for one in some:
        if one.asks:
            yield Example(_joined(one), ACTS.index("ask"), one.group)
        elif not one.context:
            yield Example(_joined(one), ACTS.index("chat"), one.group)


def _roles(talks: Sequence[Conversation], classes: tuple[str, ...]) -> Iterator[Example]:
    """Every message of peers, or of askers, where it stands: once after the labelled roles, once after blurred ones,
    since those it meets when it judges are its own, and often wrong."""
    lots = random.Random(11)
    for talk in talks:
        if not talk.question:
            continue
        starter = talk.messages[0]
        members: list[tuple[Seen, AnswerRole]] = []
        for at, seen in enumerate(talk.messages[1:], 1):
            role = talk.roles[at - 1]
            name = "answer" if role is AnswerRole.UNSAFE else role.value
            mine = (seen.author == starter.author) == (classes is ASKER)
            if mine and name in classes and at not in talk.strangers and not seen.bot:
                for before in (members, _blurred(members, starter.author, lots)):
                    yield Example(seen.text, classes.index(name), talk.group, circumstances(seen, starter, before), 0.5)
            members.append((seen, role))
    for number, (lang, of_asker, role, text) in enumerate(replies()):
        if of_asker == (classes is ASKER) and role.value in classes:
            told = _alone(number, text, of_asker=of_asker)
            yield Example(text, classes.index(role.value), f"own {lang}", told, ALONE)


def _blurred(
    members: Sequence[tuple[Seen, AnswerRole]], asker: str, lots: random.Random
) -> list[tuple[Seen, AnswerRole]]:
    """The members with some roles mistaken, as a judge mistakes them."""
    return [
        (seen, AnswerRole(lots.choice(_MISTAKEN_OF_ASKER if seen.author == asker else _MISTAKEN_OF_PEER)))
        if lots.random() < MISTAKEN
        else (seen, role)
        for seen, role in members
    ]


def _alone(number: int, text: str, *, of_asker: bool) -> dict[str, float]:
    """The circumstances of a reply whose question is not known."""
    asked = Seen(MessageKey(f"train/r/c/{number}"), "asker", "asker", 0, "")
    given = Seen(MessageKey(f"train/r/c/{number}a"), "peer", "peer", 60_000, "")
    said = Seen(MessageKey(f"train/r/c/{number}b"), "asker" if of_asker else "other", "x", 120_000, text)
    return circumstances(said, asked, [(given, AnswerRole.ANSWER)] if of_asker else [])


def _replies(talk: Conversation) -> Iterator[tuple[int, Seen]]:
    for at, seen in enumerate(talk.messages[1:], 1):
        if talk.question and at not in talk.strangers and not seen.bot:
            yield at, seen


def _starters(data: Path) -> Iterator[Example]:
    """What starts conversations of the chat."""
    for name, lines in starters(data).items():
        log = irc_log(data / "ubuntu-irc/train" / name)
        for line, asks in lines.items():
            if asks and line in log:  # one that does not look like a question may be a problem told plainly
                yield Example(log[line].text, 1, f"irc/{name[:4]}", {}, STARTER)


def _joined(one: Burst) -> str:
    return "\n".join(text for _, text in one.messages)


def _unsafe(data: Path) -> Iterator[Example]:
    for one in advice(data):
        for at, (author, roles, text) in enumerate(one.messages):
            if "staff" not in roles:
                yield Example(text, int(at == one.unsafe), one.group, unsafe.circumstances(text, author))


def _harmless(data: Path, talks: Sequence[Conversation], some: Sequence[Burst]) -> Iterator[Example]:
    """What people say in ordinary conversations, askers too: their troubles are full of dangerous words."""
    said = [
        (seen.author, seen.text, talk.group)
        for talk in talks
        for at, seen in enumerate(talk.messages)
        if not at or talk.roles[at - 1] is not AnswerRole.UNSAFE
    ]
    asked = [("me", _joined(one), one.group) for one in some]
    chat = [("me", one.text, one.group) for one in _starters(data)]
    lots = random.Random(7)
    for kind in (said, asked, chat):
        for author, text, group in lots.sample(kind, min(HARMLESS, len(kind))):
            yield Example(text, 0, group, unsafe.circumstances(text, author), 0.5)
