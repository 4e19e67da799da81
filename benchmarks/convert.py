"""Labelled data -> transcripts (docs/transcripts.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Event = dict[str, Any]
_START = datetime(2023, 11, 14, tzinfo=UTC)


def outcomes(source: Path) -> Iterator[Event]:
    """Support conversations: a thread each, in their order of time over all of them."""
    events = []
    for item in json.loads(source.read_text("utf-8")):
        last: datetime | None = None
        for message in item["messages"]:
            at = datetime.fromisoformat(message["at"]).replace(tzinfo=UTC)
            # Some forums give one time to several posts: the order in the conversation is the truth.
            at = at if last is None else max(at, last + timedelta(milliseconds=1))
            last = at
            events.append(
                _event("forum", item["source"], "help", f"{item['id']}#{message['i']}", message, at, thread=item["id"])
            )
    return iter(sorted(events, key=lambda event: event["at"]))


def bursts(source: Path) -> Iterator[Event]:
    """Invented bursts and conversations: a channel each, twenty seconds between messages."""
    at = _START
    for item in json.loads(source.read_text("utf-8")):
        for number, message in enumerate([*item.get("context", []), *item["messages"]]):
            at += timedelta(seconds=20)
            yield _event("chat", "x", item["id"], f"{item['id']}#{number}", message, at)
        at += timedelta(minutes=10)


KINDS: dict[str, Callable[[Path], Iterator[Event]]] = {"outcomes": outcomes, "questions": bursts, "unsafe": bursts}


def convert(kind: str, source: Path, target: Path) -> int:
    """Writes the transcript; answers how many events it has."""
    count = 0
    with target.open("w", encoding="utf-8") as file:
        for event in KINDS[kind](source):
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
            count += 1
    return count


def _event(
    platform: str, community: str, channel: str, id_: str, message: Event, at: datetime, thread: str | None = None
) -> Event:
    return {
        "platform": platform,
        "community": community,
        "channel": channel,
        "thread": thread,
        "id": id_,
        "author": message["author"].lower(),
        "author_name": message["author"],
        "roles": message.get("roles", []),
        "at": at.isoformat(timespec="milliseconds"),
        "text": message["text"],
        "reply_to": None,
    }
