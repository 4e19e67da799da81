"""The notifier behind addresses like mail:ana@example.com."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from weakref import WeakValueDictionary

from bot.mail.letter import letter, news, news_id
from bot.mail.smtp import Server, session
from bot.web.links import Links
from config.sinks import is_mailbox
from escalation.errors import NoHistory, Undeliverable
from escalation.events import MessageKey
from escalation.notify import Page
from escalation.question import ENDED, State
from escalation.routing import Address

_SETTLED = {state.value for state in (State.ACKNOWLEDGED, *ENDED)}
"""News of these is worth a mail: whoever was told may stop thinking about it."""
_REMEMBERED = 1_000
"""Pieces of news that are remembered as told."""


class Mail:
    """Sends pages as mails. At least once: nobody can look into a mailbox, so a retry repeats the same Message-ID.

    Many mailboxes show one of two mails with the same Message-ID; the others show both.
    """

    def __init__(self, server: Server, sender: str, now: Callable[[], datetime], links: Links | None = None) -> None:
        self._server = server
        self._sender = sender
        self._now = now
        self._links = links
        self._told: OrderedDict[str, None] = OrderedDict()
        self._telling: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def send(self, page: Page, to: Address) -> str:
        """Mails the page and answers its Message-ID. Raises RetryLater (4xx, no answer), Undeliverable (5xx)."""
        mailbox, now = _mailbox(to), self._now()
        link = self._links.claim(page.tenant, MessageKey(page.subject), mailbox, now) if self._links else None
        mail = letter(page, mailbox, self._sender, now, link)
        await self._hand_in(mail, mailbox)
        return str(mail["Message-ID"])

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        """A mail can't be changed: one that was settled gets one short answer, everything else gets none.

        Several pages of a question may have gone to the same address; it hears the same news once, as long as
        this process remembers. Raises as `send`.
        """
        if page.state not in _SETTLED:
            return
        mailbox, id_ = _mailbox(to), news_id(page, self._sender)
        lock = self._telling.setdefault(id_, asyncio.Lock())
        async with lock:
            if id_ in self._told:
                return
            await self._hand_in(news(page, mailbox, self._sender, self._now(), message_id), mailbox)
            self._told[id_] = None
            while len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        """Raises NoHistory: SMTP hands mail in and never shows a mailbox."""
        raise NoHistory(f"{to}: a mailbox can't be read")

    async def _hand_in(self, mail: EmailMessage, mailbox: str) -> None:
        async with session(self._server) as client:
            await client.send_message(mail, sender=parseaddr(self._sender)[1], recipients=[mailbox])


def _mailbox(to: Address) -> str:
    if not is_mailbox(to.place):
        raise Undeliverable(f"{to}: not a mail address; write mail: and a plain one, e.g. mail:ana@example.com")
    return to.place
