"""The websocket side: who may identify and resume, and which events go out. `events/gateway` of the documentation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import web

from tests.fakes.discord import acts_guilds, intents, payloads
from tests.fakes.discord.intents import APPLICATION_FLAGS, Intent
from tests.fakes.discord.schema import OpenApi
from tests.fakes.discord.sockets import INVALID, RECONNECT, Close, Connection, Session
from tests.fakes.discord.state import Event, Json, World


@dataclass
class _Trick:
    does: str
    left: int
    only: str | None
    held: list[Event] = field(default_factory=list)


class Gateway:
    """All sessions, and what goes wrong on purpose (`drop`, `reconnect`, `lose`, `duplicate`, `reorder`, `pause`)."""

    def __init__(self, world: World, token: str, schema: OpenApi | None) -> None:
        self.world = world
        self.token = token
        self.schema = schema
        self.url = ""
        self.heartbeat_interval = 41.25
        self.session_seconds = 180.0
        self.acknowledges = True
        self.min_shards = 1
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identified = self.resumed = 0
        self._tricks: list[_Trick] = []
        world.listeners.append(self.publish)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        connection = Connection(self, request)
        self.connections.add(connection)
        return await connection.serve()

    def ended(self, connection: Connection, code: int | None) -> None:
        """A client that closes with 1000 or 1001 gives its session up."""
        self.connections.discard(connection)
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection, session.lost_at = None, self.world.clock.now()
        if code in (1000, 1001):
            self.sessions.pop(session.id, None)

    # -- beginning and going on

    async def identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Close(4005, "Already authenticated.")
        self._check_token(data)
        shard = tuple(data.get("shard") or (0, 1))
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            raise Close(4010, "Invalid shard.")
        if shard[1] < self.min_shards:
            raise Close(4011, "Sharding required.")
        wanted = data.get("intents")
        if not isinstance(wanted, int) or wanted & ~intents.KNOWN:
            raise Close(4013, "Invalid intent(s).")
        for intent, flag in APPLICATION_FLAGS.items():
            if wanted & intent and not self.world.application_flags & (flag | flag >> 1):
                raise Close(4014, "Disallowed intent(s).")
        session = Session(wanted, (shard[0], shard[1]), data.get("large_threshold", 50))
        self.sessions[session.id] = session
        session.connection, connection.session = connection, session
        self.identified += 1
        self._greet(session)

    def _greet(self, session: Session) -> None:
        guilds = [guild for guild in self.world.guilds.values() if self.world.bot_in(guild)]
        mine = [guild for guild in guilds if (guild.id >> 22) % session.shard[1] == session.shard[0]]
        ready = {
            "v": 10,
            "user": payloads.me(self.world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(self.world.application_id), "flags": self.world.application_flags},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "user_settings": {},
            "_trace": [],
        }
        session.push("READY", ready)
        for guild in mine:
            if guild.available:
                self._tell(session, Event("GUILD_CREATE", {"unavailable": False}, guild))

    async def resume(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Close(4005, "Already authenticated.")
        self._check_token(data)
        session = self.sessions.get(data.get("session_id") or "")
        seq = data.get("seq")
        if session is not None and isinstance(seq, int) and seq > session.seq:
            raise Close(4007, "Invalid seq.")
        frames = session.after(seq) if session is not None and isinstance(seq, int) else None
        if session is None or frames is None or self._expired(session):
            await connection.say(INVALID, False)
            return
        if session.connection is not None:
            session.connection.abort()
        session.connection, session.lost_at, connection.session = connection, None, session
        for frame in frames:
            connection.queue.put_nowait(frame)
        self.resumed += 1
        session.push("RESUMED", {"_trace": []})

    def _check_token(self, data: Any) -> None:
        if not isinstance(data, dict) or data.get("token", "").removeprefix("Bot ") != self.token:
            raise Close(4004, "Authentication failed.")

    def _expired(self, session: Session) -> bool:
        limit = timedelta(seconds=self.session_seconds)
        return session.lost_at is not None and self.world.clock.now() - session.lost_at > limit

    # -- events

    def publish(self, event: Event) -> None:
        for one in self._bent(event):
            for session in list(self.sessions.values()):
                self._tell(session, one)

    def _bent(self, event: Event) -> list[Event]:
        """The event as a trick leaves it: none, twice, or with those before it in the wrong order."""
        trick = next((one for one in self._tricks if one.only in (None, event.name)), None)
        if trick is None:
            return [event]
        trick.left -= 1
        trick.held.append(event)
        if not trick.left:
            self._tricks.remove(trick)
        if trick.does == "reorder":
            return [] if trick.left else trick.held[::-1]
        return [] if trick.does == "lose" else [event, event]

    def _tell(self, session: Session, event: Event) -> None:
        if session.connection is None and self._expired(session):
            self.sessions.pop(session.id, None)
            return
        data = intents.seen(self.world, event, session.intents, session.shard)
        if data is None:
            return
        if event.name == "GUILD_CREATE" and event.guild is not None:
            everyone = bool(session.intents & Intent.GUILD_MEMBERS)
            data = data | acts_guilds.guild_create(
                self.world, event.guild, large_threshold=session.large_threshold, all_members=everyone
            )
        if self.schema is not None:
            self.schema.check_event(event.name, data)
        session.push(event.name, data)

    def send_members(self, session: Session, data: Json) -> None:
        """GUILD_MEMBERS_CHUNK, at most 1,000 members each."""
        guild = self.world.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        wanted = {int(one) for one in data.get("user_ids") or []}
        query, limit = (data.get("query") or "").lower(), data.get("limit") or None
        found = [
            one for one in guild.members.values()
            if (one.user.id in wanted if wanted else one.name.lower().startswith(query))
        ][:limit]  # fmt: skip
        chunks = [found[at : at + 1000] for at in range(0, len(found), 1000)] or [[]]
        for at, chunk in enumerate(chunks):
            shown: Json = {"guild_id": str(guild.id), "members": [payloads.member(one) for one in chunk]}
            shown |= {"chunk_index": at, "chunk_count": len(chunks), "nonce": data.get("nonce"), "not_found": []}
            session.push("GUILD_MEMBERS_CHUNK", shown)

    # -- what goes wrong on purpose

    def drop(self, *, resumable: bool = True) -> None:
        """Breaks all connections; if not resumable the sessions are gone too."""
        if not resumable:
            self.sessions.clear()
        for connection in list(self.connections):
            connection.abort()

    async def close(self, code: int) -> None:
        """Ends all connections with a close code."""
        for connection in list(self.connections):
            await connection.ws.close(code=code)

    async def reconnect(self) -> None:
        """Asks all clients to connect and resume (opcode 7)."""
        for connection in list(self.connections):
            await connection.say(RECONNECT, None)

    async def invalidate(self, *, resumable: bool) -> None:
        """Tells all clients that their session is invalid (opcode 9)."""
        if not resumable:
            self.sessions.clear()
        for connection in list(self.connections):
            await connection.say(INVALID, resumable)

    def lose(self, events: int, *, only: str | None = None) -> None:
        """The next events (`only` those of a name) never arrive."""
        self._tricks.append(_Trick("lose", events, only))

    def duplicate(self, events: int, *, only: str | None = None) -> None:
        """The next events arrive twice."""
        self._tricks.append(_Trick("duplicate", events, only))

    def reorder(self, events: int, *, only: str | None = None) -> None:
        """The next events arrive together, the last first."""
        self._tricks.append(_Trick("reorder", events, only))

    def pause(self) -> None:
        """Events wait; heartbeats go on."""
        self.flowing.clear()

    def unpause(self) -> None:
        self.flowing.set()
