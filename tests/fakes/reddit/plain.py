"""A plain HTTP client with a token, for who wants to see what the fake says without PRAW in between."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from tests.fakes.reddit.fake import CLIENT, PASSWORD, SECRET, FakeReddit


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    """By lower-case names."""
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def names(self) -> list[str]:
        """The fullnames in a listing."""
        return [child["data"]["name"] for child in self.body["data"]["children"]]

    @property
    def errors(self) -> list[str]:
        """The codes in json.errors."""
        return [error[0] for error in self.body["json"]["errors"]]


class Plain:
    """`with Plain(fake) as web`: the bot, or another account after `as_user`."""

    def __init__(self, fake: FakeReddit, *, timeout: float = 5.0) -> None:
        self._fake = fake
        self._timeout = timeout
        self.token = ""

    def __enter__(self) -> Self:
        return self.log_in()

    def __exit__(self, *_: object) -> None:
        self.token = ""

    def log_in(self, name: str | None = None) -> Self:
        """A token by the password grant."""
        user = self._fake.user(name or self._fake.bot, password=PASSWORD)
        self.token = self.grant(grant_type="password", username=user.name, password=PASSWORD).body["access_token"]
        return self

    def as_user(self, name: str) -> Plain:
        return Plain(self._fake, timeout=self._timeout).log_in(name)

    def grant(self, client: str = CLIENT, secret: str = SECRET, **form: str) -> Reply:
        basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
        return self._ask("POST", "/api/v1/access_token", form, {"Authorization": f"Basic {basic}"})

    def get(self, path: str, **query: object) -> Reply:
        return self.ask("GET", f"{path}?{urlencode({'raw_json': 1, **query})}")

    def post(self, path: str, **form: object) -> Reply:
        return self.ask("POST", path, **form)

    def ask(self, method: str, path: str, **form: object) -> Reply:
        return self._ask(method, path, form, {"Authorization": f"bearer {self.token}"})

    def _ask(self, method: str, path: str, form: dict[str, Any], headers: dict[str, str]) -> Reply:
        host = urlsplit(self._fake.url).netloc
        connection = http.client.HTTPConnection(host, timeout=self._timeout)
        sent = {**headers, "User-Agent": "plain", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, urlencode(form), sent)
            answer = connection.getresponse()
            text = answer.read().decode()
            return Reply(answer.status, {key.lower(): value for key, value in answer.getheaders()}, text)
        finally:
            connection.close()
