"""The client that is measured is whole: it hears every message, with its author, member and channel."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from benchmarks.gateway import CHANNEL, Gateway
from escalation.events import Message, Person, Place


async def test_the_client_hears_every_message() -> None:
    gateway = Gateway()
    await gateway.open()
    place, at = Place("chat", "c", "help"), datetime(2026, 1, 1, tzinfo=UTC)
    said = [
        Message(place=place, id=str(number), at=at, author=Person(f"p{number % 7}", f"Person {number % 7}"), text="é?")
        for number in range(120)
    ]
    await gateway.take(gateway.frames(said))
    assert gateway.client.heard == 120
    last = gateway.client.cached_messages[-1]
    assert (last.content, last.channel.id, last.author.display_name) == ("é?", CHANNEL, f"Person {119 % 7}")
    assert len(getattr(last.author, "roles", ())) == 4
    await gateway.client.close()
    await asyncio.sleep(0)
