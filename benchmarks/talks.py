"""Real talk for measuring cost: a channel's messages in a row, a talk each file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.transcripts.reader import read
from escalation.events import Message, Place

SAMPLE: Final = Path(__file__).parents[1] / "bot" / "transcripts" / "sample" / "community.jsonl"
SAMPLE_TALKS: Final = 10
SAMPLE_DAYS: Final = 3
"""The sample community is short: a talk tells it on so many days, each time with other tabs behind the words."""


def talks(data: Path | None) -> tuple[str, list[list[Message]]]:
    """Where they come from, and the talks."""
    if data is not None and (files := sorted((data / "ubuntu-irc/dev").glob("*.ascii.txt"))):
        return f"ubuntu-irc dev, {len(files)} talks", [messages(file) for file in files]
    return "the sample community, told again and again", [list(_told(number)) for number in range(SAMPLE_TALKS)]


def messages(path: Path) -> list[Message]:
    return [found for found in read(path) if isinstance(found, Message)]


def moved(said: Sequence[Message], channel: str, blanks: int = 0) -> Iterator[Message]:
    """The same talk elsewhere. With blanks behind its words, nothing that was kept of a text is found again."""
    place = Place("chat", "c", channel)
    for one in said:
        yield replace(one, place=place, text=one.text + " " * blanks)


def _told(number: int) -> Iterator[Message]:
    said = [replace(one, thread=None, reply_to=None) for one in messages(SAMPLE)]
    for day in range(SAMPLE_DAYS):
        tabs = "\t" * (number * SAMPLE_DAYS + day)  # no blanks: `moved` adds those
        for one in moved(said, "sample"):
            yield replace(one, id=f"{day}-{one.id}", at=one.at + timedelta(days=day), text=one.text + tabs)
