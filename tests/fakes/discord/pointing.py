"""Points the real discord.py at a fake Discord, and back."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import yarl

from tests.fakes.discord.fake import FakeDiscord

with warnings.catch_warnings():  # discord.py imports audioop, which Python 3.13 drops and 3.11 warns about
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord.gateway
    import discord.http


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
