"""What discord.py itself spends on a message: the real client takes it from the gateway's bytes to `on_message`.

Only the socket is missing. Frames are one zlib stream, as the gateway sends them, and are packed before the clock runs.
"""

from __future__ import annotations

import asyncio
import random
import warnings
import zlib
from collections.abc import Sequence
from typing import Any, Final

import orjson

from escalation.events import Message

with warnings.catch_warnings():  # discord.py imports audioop, which Python 3.13 drops and 3.11 warns about
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord
    from discord.gateway import DiscordWebSocket

GUILD: Final = 1_000_000_000_000_000_001
CHANNEL: Final = 1_000_000_000_000_000_010
ROLES: Final = tuple(range(GUILD + 100, GUILD + 112))
BEFORE_OTHERS_RUN: Final = 50
"""Messages that come before their handlers run; as many as the desk then commits together."""

Payload = dict[str, Any]


class Listener(discord.Client):
    """A client that counts what it hears. It keeps the last 1,000 messages, as discord.py does unasked."""

    heard = 0

    async def on_message(self, message: discord.Message) -> None:
        self.heard += 1


class Gateway:
    """A logged-in client and the stream that feeds it."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj()
        self._number = 0
        self._dice = random.Random(0)
        self._people: dict[str, tuple[Payload, Payload]] = {}
        self.client = Listener(intents=discord.Intents.all(), chunk_guilds_at_startup=False, guild_ready_timeout=0.01)

    async def open(self) -> None:
        """Says READY with one guild."""
        await self.client._async_setup_hook()
        state = self.client._connection
        websocket = DiscordWebSocket(None, loop=asyncio.get_running_loop())  # type: ignore[arg-type]
        websocket._connection = state
        websocket._discord_parsers = state.parsers
        websocket._dispatch = self.client.dispatch
        websocket.shard_id = None
        self._websocket = websocket
        await websocket.received_message(self._pack("READY", _ready()))
        await asyncio.sleep(0.1)
        assert self.client.get_channel(CHANNEL) is not None

    def frames(self, messages: Sequence[Message]) -> list[bytes]:
        """What the gateway would send for these messages."""
        return [self._pack("MESSAGE_CREATE", self._message(one)) for one in messages]

    async def take(self, frames: Sequence[bytes]) -> None:
        """Takes frames in until every handler has run."""
        for number, frame in enumerate(frames, 1):
            await self._websocket.received_message(frame)
            if number % BEFORE_OTHERS_RUN == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    def _pack(self, name: str, data: Payload) -> bytes:
        self._number += 1
        frame = orjson.dumps({"t": name, "s": self._number, "op": 0, "d": data})
        return self._packer.compress(frame) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def _message(self, message: Message) -> Payload:
        author, member = self._person(message.author.name)
        return {
            "id": str(CHANNEL + 1_000 + self._number), "channel_id": str(CHANNEL), "guild_id": str(GUILD), "type": 0,
            "author": author, "member": member, "content": message.text, "timestamp": message.at.isoformat(),
            "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
            "attachments": [], "embeds": [], "pinned": False, "components": [], "flags": 0, "channel_type": 0,
            "nonce": str(CHANNEL + self._number),
        }  # fmt: skip

    def _person(self, name: str) -> tuple[Payload, Payload]:
        if name not in self._people:
            dice, id_ = self._dice, GUILD + 10_000 + len(self._people)
            author = {
                "id": str(id_), "username": name.lower()[:32], "global_name": name[:32], "discriminator": "0",
                "avatar": f"{dice.getrandbits(128):032x}", "public_flags": 64, "avatar_decoration_data": None,
                "collectibles": None, "clan": None, "primary_guild": None, "display_name_styles": None,
            }  # fmt: skip
            member = {
                "roles": [str(one) for one in dice.sample(ROLES, 3)], "joined_at": "2021-05-04T03:02:01.000000+00:00",
                "nick": None, "avatar": None, "banner": None, "premium_since": None, "deaf": False, "mute": False,
                "flags": 2, "pending": False, "communication_disabled_until": None,
            }  # fmt: skip
            self._people[name] = author, member
        return self._people[name]


def _ready() -> Payload:
    user = {"id": "42", "username": "backstop", "discriminator": "0000", "avatar": None, "bot": True}
    return {
        "v": 10, "user": user, "guilds": [_guild()], "session_id": "bench", "application": {"id": "42", "flags": 0},
        "resume_gateway_url": "wss://gateway.example",
    }  # fmt: skip


def _guild() -> Payload:
    colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
    roles = [
        {"id": str(one), "name": f"role {one}", "color": 0, "colors": colors, "hoist": False, "position": at,
         "permissions": "104324673", "managed": False, "mentionable": False, "flags": 0}
        for at, one in enumerate((GUILD, *ROLES))
    ]  # fmt: skip
    channels: list[Payload] = [
        {"id": str(CHANNEL + at), "type": 0, "name": f"help-{at}", "position": at, "permission_overwrites": [],
         "parent_id": None, "nsfw": False}
        for at in range(10)
    ]  # fmt: skip
    return {
        "id": str(GUILD), "name": "bench", "owner_id": "2", "verification_level": 0, "mfa_level": 0, "nsfw_level": 0,
        "default_message_notifications": 0, "explicit_content_filter": 0, "roles": roles, "channels": channels,
        "emojis": [], "features": [], "system_channel_flags": 0, "premium_tier": 0, "preferred_locale": "en-US",
        "members": [], "threads": [], "voice_states": [], "presences": [], "stage_instances": [], "stickers": [],
        "guild_scheduled_events": [], "large": False, "member_count": 100, "afk_timeout": 0, "unavailable": False,
        "joined_at": "2020-01-01T00:00:00+00:00",
    }  # fmt: skip
