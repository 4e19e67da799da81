"""The server: every request is recorded, may meet a fault, must bring a token and pays from the quota."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

from tests.fakes.loopback import Loopback
from tests.fakes.reddit import (
    accounts,
    errors,
    faults,
    flairs,
    moderating,
    modmail,
    notes,
    reading,
    wiki,
    writing,
)
from tests.fakes.reddit.access import Access, Token
from tests.fakes.reddit.call import Call, Route
from tests.fakes.reddit.clock import Clock, RealClock
from tests.fakes.reddit.quota import Quota
from tests.fakes.reddit.world import World

ROUTES: list[Route] = [
    route
    for part in (accounts, moderating, flairs, wiki, modmail, notes, writing, reading)
    for route in part.ROUTES
]  # fmt: skip
TOKEN_PATHS = ("/api/v1/access_token", "/api/v1/revoke_token", "/api/v1/scopes")


@dataclass
class Seen:
    """A request that arrived. `status` is what was answered; 0 while there is none, or none was given."""

    at: float
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    agent: str = ""
    client: str = ""
    account: str = ""
    status: int = 0
    applied: bool = False
    fault: faults.Fault | None = None
    ended: float | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def text(self, *, raw: bool) -> str:
        """Without raw_json=1 Reddit escapes <, > and & in every string."""
        return "" if self.body is None else json.dumps(self.body if raw else _escaped(self.body))


class Server(Loopback):
    def __init__(self, clock: Clock | None, quota: Quota | None) -> None:
        super().__init__()
        self.clock = clock or RealClock()
        self.world = World(self.clock)
        self.access = Access(self.world)
        self.quota = quota or Quota()
        self.faults = faults.Faults()
        self.log: list[Seen] = []
        self.unknown: list[str] = []
        """Requests for routes that this fake does not have."""
        self.crashes: list[Exception] = []

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/{path:.*}", self._serve_one)]

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        if self.crashes and error[0] is None:
            raise ExceptionGroup("the fake itself failed", self.crashes)

    async def _serve_one(self, request: web.Request) -> web.StreamResponse:
        path = request.path.rstrip("/").removesuffix(".json") or "/"
        form = await _form(request)
        seen = Seen(self.clock.now(), request.method, path, dict(request.query),
                    {} if path in TOKEN_PATHS else form, request.headers.get("User-Agent", ""))  # fmt: skip
        self.log.append(seen)
        self.requests.append(seen.name)
        delay, seen.fault = self.faults.take(request.method, path)
        if delay:
            await self.clock.sleep(delay)
        try:
            return await self._answer(request, seen, form)
        finally:
            seen.ended = self.clock.now()

    async def _answer(self, request: web.Request, seen: Seen, form: dict[str, str]) -> web.StreamResponse:
        fault = seen.fault
        authorization = request.headers.get("Authorization", "")
        if fault is None or fault.applied:
            answer = self._carry_out(seen, authorization, form)
        else:
            token = self.access.tokens.get(authorization.partition(" ")[2])
            answer = Answer(headers=self._quota_headers(token))
        if fault is None:
            return self._response(seen, answer, raw="raw_json" in request.query)
        if fault.kind == "answer":
            headers = answer.headers if fault.quota_headers else {}
            seen.status = fault.status
            return web.Response(text=fault.body, status=fault.status, content_type=fault.content_type,
                                headers=headers | dict(fault.headers) | self._date())  # fmt: skip
        return await self._break(request, answer, fault)

    def _carry_out(self, seen: Seen, authorization: str, form: dict[str, str]) -> Answer:
        """What Reddit does and says. One request at a time, and never in the middle of what people do."""
        with self.world.lock:
            try:
                if seen.path in TOKEN_PATHS:
                    return Answer(body=self._token_page(seen, authorization, form))
                token = self.access.check(authorization)
            except errors.Refusal as refusal:
                return Answer(refusal.status, refusal.body, refusal.headers)
            seen.client, seen.account = token.client_id, token.user.name if token.user else ""
            answer = self._paid(seen, token, form)
            answer.headers = self._quota_headers(token) | answer.headers
            return answer

    def _paid(self, seen: Seen, token: Token, form: dict[str, str]) -> Answer:
        try:
            self.quota.spend(token.client_id, self.clock.now())
            route, args = self._route(seen)
            if not token.allows(route.scope):
                raise errors.insufficient_scope()
            call = Call(self.world, seen.method, seen.path, token.user, seen.query, form, args)
            body = route.handler(call)
            seen.applied = True
            return Answer(body=body)
        except errors.Refusal as refusal:
            return Answer(refusal.status, refusal.body, refusal.headers)
        except Exception as error:
            self.crashes.append(error)
            raise

    def _route(self, seen: Seen) -> tuple[Route, dict[str, str]]:
        for route in ROUTES:
            args = route.match(seen.method, seen.path)
            if args is not None:
                return route, args
        self.unknown.append(seen.name)
        raise errors.plain(404)

    def _token_page(self, seen: Seen, authorization: str, form: dict[str, str]) -> Any:
        seen.applied = True
        if seen.path.endswith("scopes"):
            return accounts.scopes(Call(self.world, seen.method, seen.path, None))
        if seen.path.endswith("revoke_token"):
            self.access.revoke(authorization, form)
            return None
        return self.access.grant(authorization, form)

    def _quota_headers(self, token: Token | None) -> dict[str, str]:
        return self.quota.headers(token.client_id, self.clock.now()) if token else {}

    def _date(self) -> dict[str, str]:
        """The platform's clock, for who wants to check the own one."""
        return {"Date": formatdate(self.clock.now(), usegmt=True)}

    def _response(self, seen: Seen, answer: Answer, *, raw: bool) -> web.Response:
        seen.status = answer.status
        return web.Response(text=answer.text(raw=raw), status=answer.status, content_type="application/json",
                            headers=answer.headers | self._date())  # fmt: skip

    async def _break(self, request: web.Request, answer: Answer, fault: faults.Fault) -> web.StreamResponse:
        transport = request.transport
        if fault.kind == "hang":
            while transport is not None and not transport.is_closing():  # nobody tells
                await asyncio.sleep(0.01)
            return web.Response()
        text = answer.text(raw=True).encode() or b"{}"
        response = web.StreamResponse(status=answer.status, headers=answer.headers | self._date())
        if fault.kind == "cut":
            response.content_length = len(text)
            await response.prepare(request)
            await response.write(text[: len(text) // 2])
        if transport is not None:
            transport.abort()
        return response


async def _form(request: web.Request) -> dict[str, str]:
    """What a form, or a body of JSON, holds."""
    if request.method not in ("POST", "PUT", "PATCH"):
        return {}
    if request.content_type == "application/json":
        return {key: str(value) for key, value in (await request.json()).items()}
    return {key: str(value) for key, value in (await request.post()).items()}


def _escaped(body: Any) -> Any:
    if isinstance(body, str):
        return html.escape(body, quote=False)
    if isinstance(body, Mapping):
        return {key: _escaped(value) for key, value in body.items()}
    return [_escaped(one) for one in body] if isinstance(body, list) else body
