"""Points the real discord.py at a fake Discord, and back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import discord.gateway
import discord.http
import yarl

from tests.fakes.discord.fake import FakeDiscord


@contextlib.contextmanager
def pointed_at(fake: FakeDiscord) -> Iterator[None]:
    """While inside, every client of this process talks to the fake instead of Discord."""
    route, websocket = discord.http.Route, discord.gateway.DiscordWebSocket
    base, gateway = route.BASE, websocket.DEFAULT_GATEWAY
    route.BASE, websocket.DEFAULT_GATEWAY = fake.url, yarl.URL(fake.gateway.url)
    try:
        yield
    finally:
        route.BASE, websocket.DEFAULT_GATEWAY = base, gateway
