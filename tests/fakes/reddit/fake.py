"""FakeReddit: the server, the people and the judgement behind one name."""

from __future__ import annotations

from typing import Any

from tests.fakes.reddit.access import EVERYTHING, App
from tests.fakes.reddit.clock import Clock
from tests.fakes.reddit.faults import Fault, Plan
from tests.fakes.reddit.judge import Judge
from tests.fakes.reddit.people import People
from tests.fakes.reddit.quota import Quota
from tests.fakes.reddit.server import Server

CLIENT, SECRET, BOT, PASSWORD = "client", "planted-secret", "backstop_bot", "planted-password"
AGENT = "linux:backstop:0.1 (by /u/backstop_bot)"


class FakeReddit(People, Judge, Server):
    """One site with one API key and the bot's account. `scopes`: what its tokens allow."""

    def __init__(
        self, *, clock: Clock | None = None, quota: Quota | None = None, bot: str = BOT, scopes: str = EVERYTHING
    ) -> None:
        super().__init__(clock, quota)
        self.bot = bot
        self.user(bot, password=PASSWORD)
        self.app(CLIENT, SECRET, scopes=scopes)

    @property
    def where(self) -> dict[str, str]:
        """praw's words for another server."""
        return {"reddit_url": self.url, "oauth_url": self.url}

    @property
    def login(self) -> dict[str, Any]:
        """All that praw.Reddit needs to be the bot."""
        return {"client_id": CLIENT, "client_secret": SECRET, "username": self.bot, "password": PASSWORD,
                "user_agent": AGENT, "check_for_updates": False, **self.where}  # fmt: skip

    def app(self, client_id: str, secret: str, *, scopes: str = EVERYTHING) -> App:
        """One more API key, or the same with other scopes."""
        self.access.apps[client_id] = made = App(client_id, secret, scopes)
        return made

    def refresh_token(self, name: str | None = None, *, client_id: str = CLIENT) -> str:
        """As if this account (the bot) had agreed to a web application."""
        app = self.access.apps[client_id]
        token = f"refresh-{len(app.refresh_tokens) + 1}"
        app.refresh_tokens[token] = name or self.bot
        return token

    def fail(self, pattern: str, fault: Fault, *, times: int | None = 1, skip: int = 0) -> Plan:
        """The next `times` matching requests (None: all, until `stop()`) meet the fault, after `skip` good ones."""
        return self.faults.add(Plan(pattern, fault, left=times, skip=skip))

    def slow(self, pattern: str, seconds: float, *, times: int | None = None) -> Plan:
        """Matching requests wait so long, on the fake's clock, before anything happens."""
        return self.faults.add(Plan(pattern, delay=seconds, left=times))

    def use_up_quota(self, *, leave: int = 0, client_id: str = CLIENT) -> None:
        self.quota.use_up(client_id, self.clock.now(), leave=leave)
