"""The labelled material: conversations with a role for every message, bursts, and advice that may do damage.

From BACKSTOP_DATA come real texts; benchmarks/data holds what was labelled or invented for this project. Labels of
real texts (roles.jsonl) name file and lines and hold no text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from bot.transcripts.irc import IrcReader
from escalation.detection.window import AnswerRole, Seen
from escalation.errors import InputError
from escalation.events import Message, MessageKey
from escalation.timing import millis

OWN: Final = Path(__file__).parents[1] / "data"
ROLES: Final = {
    "a": AnswerRole.ANSWER, "c": AnswerRole.CLARIFICATION, "m": AnswerRole.ME_TOO, "d": AnswerRole.DISPUTE,
    "u": AnswerRole.UNSAFE, "o": AnswerRole.OTHER, "k": AnswerRole.CONFIRMATION, "f": AnswerRole.FAILURE,
}  # fmt: skip
"""The letters of the labels; "?" is the message that asks."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation whose first message starts it. `group`: where it comes from, e.g. "livechat/angular"."""

    id: str
    group: str
    question: bool
    outcome: str
    messages: tuple[Seen, ...]
    roles: tuple[AnswerRole, ...]
    """One for each message but the first."""
    strangers: frozenset[int] = frozenset()
    """Messages in which somebody else asks for a problem of their own."""


@dataclass(frozen=True, slots=True)
class Burst:
    """One person's messages after what others said; whether they ask for help."""

    group: str
    context: tuple[tuple[str, str], ...]
    """(author, text)"""
    messages: tuple[tuple[str, str], ...]
    asks: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """A conversation in which one message may be unsafe."""

    group: str
    messages: tuple[tuple[str, tuple[str, ...], str], ...]
    """(author, roles, text)"""
    unsafe: int | None


def conversations(data: Path) -> list[Conversation]:
    """Every conversation with its roles."""
    return [*_outcomes(data), *_irc(data), *_invented()]


def bursts(data: Path) -> list[Burst]:
    """The labelled bursts of the data (group "dev") and our own."""
    found = [
        Burst(f"dev {one['lang']}", _pairs(one["context"]), _pairs(one["messages"]), bool(one["question"]))
        for one in json.loads((data / "questions/dev.json").read_text("utf-8"))
    ]
    for lang, label, context, burst in _table("questions.tsv"):
        before = (("somebody", _unescaped(context)),) if context != "-" else ()
        said = tuple(("me", _unescaped(one)) for one in burst.split(" // "))
        found.append(Burst(f"own {lang}", before, said, label == "1"))
    return found


def advice(data: Path) -> list[Advice]:
    """The labelled advice of the data (group "dev") and our own."""
    dev = json.loads((data / "unsafe/dev.json").read_text("utf-8"))
    own = [json.loads(line) for line in (OWN / "unsafe.jsonl").read_text("utf-8").splitlines()]
    return [
        Advice(
            f"{name} {one['lang']}",
            tuple((said["author"], tuple(said["roles"]), said["text"]) for said in one["messages"]),
            one["unsafe"],
        )
        for name, some in (("dev", dev), ("own", own))
        for one in some
    ]


def replies() -> Iterator[tuple[str, bool, AnswerRole, str]]:
    """Our own replies without a conversation: (language, by the asker, role, text)."""
    for lang, who, role, text in _table("replies.tsv"):
        yield lang, who == "asker", AnswerRole(role), text


@cache
def irc_log(path: Path) -> dict[int, Message]:
    """The messages of a log by line number."""
    reader, found = IrcReader(path), {}
    for number, line in enumerate(path.read_text(errors="replace").splitlines()):
        try:
            message = reader.parse(number, line)
        except InputError:
            continue
        if message is not None:
            found[number] = message
    return found


@cache
def starters(data: Path) -> dict[str, dict[int, bool]]:
    """By file of the chat: the lines that start a conversation, and whether they look like questions."""
    told = json.loads((data / "ubuntu-irc/starters.train.json").read_text("utf-8"))
    return {name: {one["i"]: bool(one["question_like"]) for one in about["starters"]} for name, about in told.items()}


def _irc(data: Path) -> Iterator[Conversation]:
    for label in _labels("irc"):
        log = irc_log(data / "ubuntu-irc/train" / label["file"])
        said = [log[line] for line in label["lines"]]
        seen = [
            _seen(label["file"], at, one.author.id, one.when, one.text, bot=one.author.bot)
            for at, one in enumerate(said)
        ]
        yield _conversation(f"irc/{label['file'][:4]}", label, seen)


def _outcomes(data: Path) -> Iterator[Conversation]:
    items = {one["id"]: one for one in json.loads((data / "outcomes/dev.json").read_text("utf-8"))}
    for label in _labels("outcomes"):
        item = items[label["id"]]
        seen, last = [], 0
        for at, one in enumerate(item["messages"]):
            last = max(last + 1, millis(datetime.fromisoformat(one["at"]).replace(tzinfo=UTC)))
            seen.append(_seen(item["id"], at, one["author"].lower(), last, one["text"]))
        yield _conversation(item["source"], {**label, "kind": item["kind"], "outcome": item["outcome"]}, seen)


def _invented() -> Iterator[Conversation]:
    for line in (OWN / "conversations.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        seen = [
            _seen(item["id"], at, one["author"].lower(), at * 60_000, one["text"])
            for at, one in enumerate(item["messages"])
        ]
        yield _conversation(f"own {item['lang']}", item, seen)


def _conversation(group: str, label: dict[str, Any], seen: Sequence[Seen]) -> Conversation:
    return Conversation(
        str(label["id"]), group, label["kind"] == "question", label["outcome"], tuple(seen),
        tuple(ROLES[letter] for letter in label["roles"][1:]), frozenset(label.get("second", ())),
    )  # fmt: skip


def _seen(name: str, at: int, author: str, when: int, text: str, *, bot: bool = False) -> Seen:
    return Seen(MessageKey(f"train/{name}/c/{at}"), author, author, when, text, bot=bot)


def _labels(kind: str) -> Iterator[dict[str, Any]]:
    for line in (OWN / "roles.jsonl").read_text("utf-8").splitlines():
        label = json.loads(line)
        if label["from"] == kind:
            yield label


def _table(name: str) -> Iterator[list[str]]:
    for line in (OWN / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _pairs(messages: Sequence[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one["author"], one["text"]) for one in messages)


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n")
