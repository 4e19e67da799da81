"""A real receiver of webhooks on loopback: verifies signatures by the convention, and remembers webhook-ids."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = bytes(range(1, 33))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


@dataclass
class Answer:
    """What the next message is answered with; `lost` hangs up after it was taken."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


@dataclass
class Delivery:
    """One message as it came in."""

    id: str
    raw: bytes
    at: int

    @property
    def type(self) -> str:
        return str(json.loads(self.raw)["type"])

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.raw)["data"]
        return data


class Receiver:
    """`got` has every message whose signature is right, `refused` counts the others. `taken` runs before the answer."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[Delivery] = []
        self.refused = 0
        self.requests: list[str] = []
        self.answers: deque[Answer] = deque()
        self.always = Answer()
        self.taken: Callable[[Delivery], Awaitable[object]] | None = None

    @property
    def pages(self) -> list[Delivery]:
        """What its people see: each webhook-id once."""
        return list({one.id: one for one in self.got if one.type == "page.created"}.values())

    @property
    def updates(self) -> list[Delivery]:
        return [one for one in self.got if one.type == "page.updated"]

    async def receive(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        raw, headers = await request.read(), request.headers
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
        good = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        if f"v1,{good}" not in headers["webhook-signature"].split(" "):
            self.refused += 1
            return web.Response(status=401)
        answer = self.answers.popleft() if self.answers else self.always
        taken = Delivery(headers["webhook-id"], raw, int(headers["webhook-timestamp"]))
        if answer.status < 300 or answer.lost:
            self.got.append(taken)
        if self.taken is not None:
            await self.taken(taken)
        if answer.lost:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


@asynccontextmanager
async def receiver(context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Serves on loopback; `context` speaks TLS."""
    one = Receiver()
    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", one.receive)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    one.url = f"{'https' if context else 'http'}://localhost:{runner.addresses[0][1]}/hook"
    try:
        yield one
    finally:
        await runner.cleanup()
