"""The world of the delivery tests with real sinks in it: mail to an SMTP server, webhooks to a receiver."""

from __future__ import annotations

from datetime import datetime

from bot.mail.notifier import Mail
from bot.mail.smtp import Server
from bot.web.links import Links
from bot.webhook.notifier import Webhooks
from bot.webhook.post import Target
from escalation.desk import Decision, Desk
from escalation.detection import TrainedJudge
from escalation.engine import Engine
from escalation.events import MessageKey
from escalation.notify import Notifier, Page
from escalation.routing import Address
from escalation.store import Database
from escalation.timing import HOUR
from tests.delivery.world import World, team
from tests.fakes.hook import KEY, Receiver
from tests.fakes.notifier import Crash
from tests.fakes.smtp import Post

ANA = "ana@example.com"
LINKS = Links("s" * 32, "https://backstop.example", HOUR)


class Dying:
    """The process dies after the sink took a page, and before that could be recorded; once."""

    def __init__(self, inner: Notifier) -> None:
        self._inner = inner
        self.armed = False

    async def send(self, page: Page, to: Address) -> str:
        sent = await self._inner.send(page, to)
        if self.armed:
            self.armed = False
            raise Crash
        return sent

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        await self._inner.update(page, to, message_id)

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        return await self._inner.find(page, to, since)


class SinkWorld(World):
    """Support is told by mail or webhook; leads and moderators at the fake platform."""

    def __init__(self, database: Database, *, post: Post | None = None, hook: Receiver | None = None) -> None:
        self._post, self._hook = post, hook
        super().__init__(database)
        place = Address("mail", ANA) if post else Address("webhook", "crm")
        self.teams["support"] = team("support", place)

    def process(self, database: Database) -> tuple[Engine, Desk]:
        """A new process remembers nothing."""
        inner: Notifier
        if self._post is not None:
            server = Server("localhost", self._post.port, "none")
            inner = Mail(server, "Backstop <backstop@acme.example>", self._now, LINKS)
        else:
            assert self._hook is not None
            target = Target("crm", self._hook.url, KEY, private=True, plain_http=True)
            inner = Webhooks({"crm": target}, self._now, self.claim_now)
        self.sink = Dying(inner)
        notifiers = {"pages": self.notifier, "mail": self.sink, "webhook": self.sink}
        return Engine(database, self.tenants, notifiers), Desk(database, TrainedJudge(), self.tenants)

    async def claim_now(self, tenant: str, subject: MessageKey, actor: str) -> Decision:
        return await self.desk.acknowledge(tenant, subject, actor, self.clock.now)

    def _now(self) -> datetime:
        return self.clock.now
