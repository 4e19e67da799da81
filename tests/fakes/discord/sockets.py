"""A session with its numbered events, and the websocket connection that it may have at the moment."""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import WSMsgType, web

from tests.fakes.discord.state import Json

if TYPE_CHECKING:
    from tests.fakes.discord.gateway import Gateway

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS = 0, 1, 2, 3, 4, 6, 7, 8
INVALID, HELLO, ACK = 9, 10, 11
KEPT = 20_000
"""How many events a session keeps for a RESUME at most."""


class Close(Exception):
    """The connection ends with this code."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class Session:
    """What an IDENTIFY begins: numbered events, kept until the client has said that it has them."""

    def __init__(self, wanted: int, shard: tuple[int, int], large_threshold: int) -> None:
        self.id = secrets.token_hex(16)
        self.intents = wanted
        self.shard = shard
        self.large_threshold = large_threshold
        self.seq = 0
        self.kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self.connection: Connection | None = None
        self.lost_at: datetime | None = None

    def push(self, name: str, data: Json) -> None:
        self.seq += 1
        frame = orjson.dumps({"op": DISPATCH, "d": data, "s": self.seq, "t": name})
        self.kept.append((self.seq, frame))
        if self.connection is not None:
            self.connection.queue.put_nowait(frame)

    def acknowledge(self, seq: int) -> None:
        while self.kept and self.kept[0][0] <= seq:
            self.kept.popleft()

    def after(self, seq: int) -> list[bytes] | None:
        """The frames that a client at `seq` has missed, or None if they are not all there any more."""
        frames = [frame for number, frame in self.kept if number > seq]
        return frames if len(frames) == self.seq - seq else None


class Connection:
    """One websocket. Events go through `queue`, so that they can be held back; control frames do not."""

    def __init__(self, gateway: Gateway, request: web.Request) -> None:
        self.gateway = gateway
        self.request = request
        self.ws = web.WebSocketResponse(max_msg_size=1 << 20)
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.session: Session | None = None
        self.beats = 0
        self._zip = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._sent_at: deque[float] = deque()
        self._lock = asyncio.Lock()

    async def serve(self) -> web.WebSocketResponse:
        await self.ws.prepare(self.request)
        writer = asyncio.create_task(self._write())
        code = None
        try:
            if self.request.query.get("v", "10") not in ("9", "10"):
                raise Close(4012, "Invalid API version.")
            await self.say(HELLO, {"heartbeat_interval": int(self.gateway.heartbeat_interval * 1000), "_trace": []})
            await self._read()
            code = self.ws.close_code
        except Close as end:
            await self.ws.close(code=end.code, message=end.reason.encode())
        except (ConnectionError, RuntimeError):
            code = 1006
        finally:
            writer.cancel()
            self.gateway.ended(self, code)
        return self.ws

    async def _read(self) -> None:
        patience = self.gateway.heartbeat_interval * 1.5
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        while True:
            try:
                frame = await self.ws.receive(timeout=max(0.01, deadline - loop.time()))
            except TimeoutError:
                raise Close(4009, "Session timed out.") from None
            if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            if len(frame.data) > 4096:
                raise Close(4002, "Error while decoding payload.")
            self._count(loop.time())
            try:
                sent = orjson.loads(frame.data)
                op, data = sent["op"], sent.get("d")
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise Close(4002, "Error while decoding payload.") from None
            if op == HEARTBEAT:
                deadline = loop.time() + patience
            await self._handle(op, data)

    def _count(self, now: float) -> None:
        self._sent_at.append(now)
        while self._sent_at[0] < now - 60:
            self._sent_at.popleft()
        if len(self._sent_at) > 120:
            raise Close(4008, "Rate limited.")

    async def _handle(self, op: Any, data: Any) -> None:
        if op == HEARTBEAT:
            self.beats += 1
            if self.session is not None and isinstance(data, int):
                self.session.acknowledge(data)
            if self.gateway.acknowledges:
                await self.say(ACK, None)
        elif op == IDENTIFY:
            await self.gateway.identify(self, data)
        elif op == RESUME:
            await self.gateway.resume(self, data)
        elif op not in (PRESENCE, VOICE, MEMBERS, 31):
            raise Close(4001, "Unknown opcode.")
        elif self.session is None:
            raise Close(4003, "Not authenticated.")
        elif op == MEMBERS:
            self.gateway.send_members(self.session, data)

    async def say(self, op: int, data: Any) -> None:
        await self._send(orjson.dumps({"op": op, "d": data, "s": None, "t": None}))

    async def _write(self) -> None:
        while True:
            frame = await self.queue.get()
            await self.gateway.flowing.wait()
            await self._send(frame)

    async def _send(self, frame: bytes) -> None:
        async with self._lock:  # compressed in the order in which it is sent
            if self.ws.closed:
                return
            try:
                if self._zip is None:
                    await self.ws.send_str(frame.decode())
                else:
                    await self.ws.send_bytes(self._zip.compress(frame) + self._zip.flush(zlib.Z_SYNC_FLUSH))
            except ConnectionError:
                return

    def abort(self) -> None:
        """Breaks the connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()
