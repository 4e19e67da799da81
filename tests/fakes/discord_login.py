"""The two pages of Discord's API that a login looks at, on loopback, in a thread and loop of their own.

with DiscordLogin(flags=...) as fake: discord.py speaks to it instead of Discord.
"""

from __future__ import annotations

import json

import discord.http
from aiohttp import web

from tests.fakes.loopback import Loopback

MEMBERS, MEMBERS_LIMITED = 1 << 14, 1 << 15
CONTENT, CONTENT_LIMITED = 1 << 18, 1 << 19
GOOD = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.planted-good-token"


class DiscordLogin(Loopback):
    """Knows one token. `fails`: the status of every answer, whatever the token is."""

    def __init__(self, *, flags: int = 0, fails: int | None = None) -> None:
        super().__init__()
        self._flags = flags
        self._fails = fails
        self._real = discord.http.Route.BASE

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/users/@me", self._me), web.get("/oauth2/applications/@me", self._application)]

    def __enter__(self) -> DiscordLogin:
        super().__enter__()
        discord.http.Route.BASE = self.url
        return self

    def __exit__(self, *error: object) -> None:
        discord.http.Route.BASE = self._real
        super().__exit__(*error)

    async def _me(self, request: web.Request) -> web.Response:
        return self._refusal(request) or _json(
            {"id": "198622483471925248", "username": "backstop", "discriminator": "0", "avatar": None, "bot": True}
        )

    async def _application(self, request: web.Request) -> web.Response:
        owner = {"id": "1", "username": "owner", "discriminator": "0", "avatar": None}
        return self._refusal(request) or _json(
            {"id": "198622483471925248", "name": "Backstop", "icon": None, "description": "", "bot_public": False,
             "bot_require_code_grant": False, "owner": owner, "verify_key": "0" * 64, "flags": self._flags}
        )  # fmt: skip

    def _refusal(self, request: web.Request) -> web.Response | None:
        self.requests.append(f"{request.method} {request.path}")
        if self._fails is not None:
            return _json({"message": "no", "code": 0}, status=self._fails)
        if request.headers.get("Authorization") != f"Bot {GOOD}":
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        return None


def _json(body: object, status: int = 200) -> web.Response:
    """As Discord says it: discord.py reads JSON only under this very type."""
    return web.Response(body=json.dumps(body).encode(), status=status, headers={"Content-Type": "application/json"})
