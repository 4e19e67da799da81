"""The HTTP side: every request passes faults, the ban, the token, limits and its route, and the answer the document."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from tests.fakes.discord import rest_bot, rest_channels, rest_messages, rest_threads, rest_webhooks
from tests.fakes.discord.calls import Answer, Call, Endpoint
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.faults import Fault
from tests.fakes.discord.limits import MAJOR, Verdict
from tests.fakes.discord.state import Json

if TYPE_CHECKING:
    from tests.fakes.discord.fake import FakeDiscord

PREFIX = "/api/v10"
ENDPOINTS: list[Endpoint] = [
    *rest_bot.ENDPOINTS,
    *rest_webhooks.ENDPOINTS,
    *rest_messages.ENDPOINTS,
    *rest_threads.ENDPOINTS,
    *rest_channels.ENDPOINTS,
]
_WORDS = {401: "401: Unauthorized", 403: "Missing Access", 404: "404: Not Found", 500: "500: Internal Server Error"}
_CODES = {403: 50001}


@dataclass
class Asked:
    """A request as it came, and what came of it; status 0 where the connection was broken."""

    at: datetime
    method: str
    path: str
    template: str
    body: Any = None
    status: int = 0

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class Rest:
    """`asked`: the last 10,000 requests. `counts`: how often each route was asked for, and with which status."""

    def __init__(self, fake: FakeDiscord) -> None:
        self.fake = fake
        self.asked: deque[Asked] = deque(maxlen=10_000)
        self.counts: dict[tuple[str, int], int] = {}

    def routes(self) -> list[web.RouteDef]:
        known = [web.route(one.method, PREFIX + one.template, self._handler(one)) for one in ENDPOINTS]
        return [*known, web.route("*", "/{rest:.*}", self._unknown)]

    def _handler(self, endpoint: Endpoint) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            path = request.path.removeprefix(PREFIX)
            asked = Asked(self.fake.clock.now(), endpoint.method, path, endpoint.template)
            self.asked.append(asked)
            response = await self._serve(endpoint, request, asked)
            asked.status = 0 if request.transport is None or request.transport.is_closing() else response.status
            key = (f"{endpoint.method} {endpoint.template}", asked.status)
            self.counts[key] = self.counts.get(key, 0) + 1
            return response

        return handle

    async def _unknown(self, request: web.Request) -> web.Response:
        self.fake.violations.append(f"not known here: {request.method} {request.path}")
        return self._json(404, {"message": "404: Not Found", "code": 0})

    async def _serve(self, endpoint: Endpoint, request: web.Request, asked: Asked) -> web.Response:
        faults = self.fake.faults.take(f"{asked.method} {asked.path}")
        for fault in faults:
            if not fault.after and (broken := await self._befall(fault, request)) is not None:
                return broken
        if self.fake.limits.banned:
            return web.Response(status=429, text="<html>error code: 1015</html>", content_type="text/html")
        if not endpoint.open and request.headers.get("Authorization") != f"Bot {self.fake.token}":
            return self._said(401, {"message": _WORDS[401], "code": 0})
        verdict = self._verdict(endpoint, request, asked.path)
        if verdict.retry_after is not None:
            return self._too_many(verdict)
        status, body = await self._answer(endpoint, request, asked)
        for fault in faults:
            if fault.after and (broken := await self._befall(fault, request)) is not None:
                return broken
        if self.fake.schema is not None:
            self.fake.schema.check_reply(endpoint.method, endpoint.template, status, body)
        return self._said(status, body, verdict.headers)

    def _verdict(self, endpoint: Endpoint, request: web.Request, path: str) -> Verdict:
        major = {key: value for key, value in request.match_info.items() if key in MAJOR}
        return self.fake.limits.take(endpoint.method, path, endpoint.template, major, counts_globally=not endpoint.open)

    async def _answer(self, endpoint: Endpoint, request: web.Request, asked: Asked) -> tuple[int, Any]:
        try:
            body, files = await _read(request)
            asked.body = body
            call = Call(self.fake.world, self.fake, dict(request.match_info), dict(request.query), body, files)
            found = endpoint.handler(call)
        except ApiError as error:
            return error.status, error.body
        except Exception:  # a mistake of the fake's own must not look like one of Discord's
            self.fake.violations.append(f"{asked.method} {asked.path}: {traceback.format_exc()}")
            raise
        if isinstance(found, Answer):
            return found.status, found.body
        return (204, None) if found is None else (200, found)

    async def _befall(self, fault: Fault, request: web.Request) -> web.Response | None:
        """Waits, or breaks the request; an answer if there is one instead of the real one."""
        await asyncio.sleep(fault.delay)
        if fault.gate is not None:
            await fault.gate.wait()
        if fault.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if fault.status is None:
            return None
        if fault.code:
            return self._said(fault.status, ApiError(fault.code).body)
        if fault.status > 500:
            return web.Response(status=fault.status, text="<html>error</html>", content_type="text/html")
        message = _WORDS.get(fault.status, "error")
        return self._said(fault.status, {"message": message, "code": _CODES.get(fault.status, 0)})

    def _too_many(self, verdict: Verdict) -> web.Response:
        body = {"message": "You are being rate limited.", "retry_after": verdict.retry_after,
                "global": verdict.everywhere, "code": 0}  # fmt: skip
        return self._said(429, body, verdict.headers, shared=verdict.shared)

    def _said(
        self, status: int, body: Any, headers: dict[str, str] | None = None, *, shared: bool = False
    ) -> web.Response:
        if status in (401, 403, 429) and not shared:
            self.fake.limits.count_invalid()
        return self._json(status, body, headers)

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
        """As Discord says it: discord.py reads JSON only under this very type, and waits only behind a Via."""
        known = {"Via": "1.1 google", "Date": format_datetime(self.fake.clock.now(), usegmt=True)} | (headers or {})
        if body is None:
            return web.Response(status=status, headers=known)
        return web.Response(
            status=status, body=orjson.dumps(body), headers=known | {"Content-Type": "application/json"}
        )


async def _read(request: web.Request) -> tuple[Any, list[Json]]:
    """The JSON that was sent, and the files beside it."""
    if request.content_type != "multipart/form-data":
        raw = await request.read()
        return (_loads(raw) if raw else None), []
    form = await request.post()
    files = [
        {"filename": value.filename, "size": len(value.file.read())}
        for key, value in form.items()
        if isinstance(value, web.FileField) and key.startswith("files")
    ]
    described = form.get("payload_json", "{}")
    return _loads(described.encode() if isinstance(described, str) else b"{}"), files


def _loads(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ApiError(50109) from None
