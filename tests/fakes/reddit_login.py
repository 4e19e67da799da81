"""The two pages of Reddit's API that a login looks at, on loopback, in a thread and loop of their own."""

from __future__ import annotations

from aiohttp import encode_basic_auth, web

from tests.fakes.loopback import Loopback

CLIENT, SECRET, USER, PASSWORD = "client", "planted-secret", "backstop_bot", "planted-password"
ALL = "identity read flair modconfig modmail wikiread submit"


class RedditLogin(Loopback):
    """Knows one script app and one account. `fails`: the status of the token page; `page`: what it says instead."""

    def __init__(self, *, scope: str = "*", fails: int | None = None, page: str | None = None) -> None:
        super().__init__()
        self._scope = scope
        self._fails = fails
        self._page = page

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/v1/access_token", self._token), web.get("/api/v1/me", self._me)]

    @property
    def where(self) -> dict[str, str]:
        """praw's words for another server."""
        return {"reddit_url": self.url, "oauth_url": self.url}

    async def _token(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path}")
        if self._fails is not None:
            return web.json_response({"message": "no", "error": self._fails}, status=self._fails)
        if self._page is not None:
            return web.Response(text=self._page, content_type="text/html")
        if request.headers.get("Authorization") != encode_basic_auth(CLIENT, SECRET):
            return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        form = await request.post()
        if (form["grant_type"], form["username"], form["password"]) != ("password", USER, PASSWORD):
            return web.json_response({"error": "invalid_grant"})
        body = {"access_token": "bearer", "token_type": "bearer", "expires_in": 3600, "scope": self._scope}
        return web.json_response(body)

    async def _me(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path}")
        if request.headers.get("Authorization", "").lower() != "bearer bearer":
            return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        return web.json_response({"name": USER, "id": "abc"})
