"""A client with no library in it: plain HTTP and a plain websocket, to hold the fake to the documentation."""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from tests.fakes.discord.fake import FakeDiscord

EVERYTHING = (1 << 26) - 1 & ~(0b1111 << 17) & ~(0b11 << 22) & ~(1 << 8)
"""All intents that there are, but presences, which are not switched on."""


@dataclass(frozen=True)
class Got:
    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> int:
        return int(self.body["code"])


class PlainClient:
    """REST as the bot; `Got` for every answer, good or bad."""

    def __init__(self, fake: FakeDiscord, *, token: str | None = None) -> None:
        self.fake = fake
        self._token = token or fake.token

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession(headers={"Authorization": f"Bot {self._token}"})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Got:
        data = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        params = {key: str(value) for key, value in query.items()}
        async with self.http.request(method, self.fake.url + path, data=data, headers=headers, params=params) as answer:
            is_json = answer.headers.get("Content-Type") == "application/json"
            found = await answer.json() if is_json else await answer.text()
            return Got(answer.status, found, answer.headers)

    async def get(self, path: str, **query: Any) -> Got:
        return await self.ask("GET", path, **query)

    async def post(self, path: str, body: Any = None, **query: Any) -> Got:
        return await self.ask("POST", path, body, **query)

    async def patch(self, path: str, body: Any) -> Got:
        return await self.ask("PATCH", path, body)

    async def put(self, path: str, body: Any = None) -> Got:
        return await self.ask("PUT", path, body)

    async def delete(self, path: str) -> Got:
        return await self.ask("DELETE", path)

    async def send(self, channel_id: int, content: str = "", **more: Any) -> Got:
        return await self.post(f"/channels/{channel_id}/messages", {"content": content} | more)

    async def answer(self, interaction: Any, kind: int, data: Any = None) -> Got:
        """The callback of an INTERACTION_CREATE."""
        body = {"type": kind} | ({} if data is None else {"data": data})
        return await self.post(f"/interactions/{interaction['id']}/{interaction['token']}/callback", body)

    def gateway(self, *, compress: bool = True) -> PlainGateway:
        return PlainGateway(self, compress=compress)


def emoji(text: str) -> str:
    return quote(text, safe="")


class PlainGateway:
    """One websocket; `events` are the dispatches so far, `next` waits for one by name."""

    def __init__(self, client: PlainClient, *, compress: bool) -> None:
        self._client = client
        self._zip = zlib.decompressobj() if compress else None
        self.events: list[Any] = []
        self.seq = 0
        self.session_id = ""

    async def __aenter__(self) -> Self:
        how = "&compress=zlib-stream" if self._zip else ""
        url = f"{self._client.fake.gateway.url}?v=10&encoding=json{how}"
        self.ws = await self._client.http.ws_connect(url, max_msg_size=0)
        hello = await self.frame()
        assert hello["op"] == 10
        self.heartbeat_interval = hello["d"]["heartbeat_interval"]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ws.close(code=4000)  # keeps the session, unlike 1000

    async def say(self, op: int, data: Any) -> None:
        await self.ws.send_str(json.dumps({"op": op, "d": data}))

    async def frame(self, seconds: float = 5.0) -> Any:
        """The next frame; None when the connection is closed."""
        async with asyncio.timeout(seconds):
            message = await self.ws.receive()
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            return None
        raw = self._zip.decompress(message.data) if self._zip else message.data
        found = json.loads(raw)
        if found["op"] == 0:
            self.seq = found["s"]
            self.events.append(found)
        return found

    async def identify(self, *, intents: int = EVERYTHING, token: str | None = None, **more: Any) -> Any:
        """READY, or None if the connection was closed instead."""
        await self.say(2, {"token": token or self._client.fake.token, "intents": intents, "properties": {}} | more)
        ready = await self.frame()
        if ready is not None:
            self.session_id = ready["d"]["session_id"]
        return ready

    async def resume(self, session_id: str, seq: int) -> None:
        await self.say(6, {"token": self._client.fake.token, "session_id": session_id, "seq": seq})

    async def next(self, name: str, seconds: float = 5.0) -> Any:
        """The data of the next event of this name; others are passed over."""
        while True:
            found = await self.frame(seconds)
            assert found is not None, f"closed with {self.ws.close_code} before {name}"
            if found["t"] == name:
                return found["d"]

    async def quiet(self, seconds: float = 0.1) -> list[str]:
        """The names of all that comes until nothing comes any more."""
        names: list[str] = []
        while True:
            try:
                found = await self.frame(seconds)
            except TimeoutError:
                return names
            if found is None:
                return names
            names.append(found["t"])
