"""Pages, and the interface through which a platform sends them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from escalation.routing import Address
from escalation.timing import Millis


def token(key: str) -> str:
    """The short, opaque name of an outbox key: nonce of a send, and mark in a card's buttons (25 characters)."""
    return base64.b32encode(hashlib.sha256(key.encode()).digest()).decode()[:25]


@dataclass(frozen=True, slots=True)
class Quote:
    """Something a member wrote, cut to an excerpt. A notifier must show it as text only."""

    author: str
    text: str
    role: str
    at: Millis


@dataclass(frozen=True, slots=True)
class Page:
    """One notification to people, as plain facts; every notifier renders it in its own way.

    `status` is the card's headline state: "waiting", "claimed by Ana", "answered in the channel", ...
    """

    key: str
    tenant: str
    subject: str
    kind: str
    address: str
    ping: str
    place: str
    asker: str
    asked_at: Millis
    question: Quote | None
    reason: str
    why: tuple[str, ...]
    evidence: tuple[Quote, ...]
    helpers: tuple[str, ...]
    status: str
    episode: int
    round: int
    step: int
    next_step_after: Millis | None = None
    state: str = ""
    """The question's state, for who reacts to it by program; `status` says it to people."""

    @property
    def nonce(self) -> str:
        return token(self.key)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The page that `to_json` wrote."""
        body: dict[str, Any] = json.loads(text)
        body["question"] = Quote(**body["question"]) if body["question"] else None
        body["evidence"] = tuple(Quote(**quote) for quote in body["evidence"])
        for name in ("why", "helpers"):
            body[name] = tuple(body[name])
        return cls(**body)


class Notifier(Protocol):
    """A place that can show pages. All times are aware datetimes.

    Every method may raise RetryLater (a passing fault, or an unknown fate) or Undeliverable (needs a
    person). Any other exception is treated as RetryLater and reported.
    """

    async def send(self, page: Page, to: Address) -> str:
        """Shows the page and answers the platform's id of the message.

        Sending the same `page.nonce` again within the platform's own de-duplication must not show it twice.
        """
        ...

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        """Makes the message that was sent show this page instead, pinging nobody."""
        ...

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        """The id of the message that already shows `page.nonce`, sent at `since` or later; None: not there.

        Raises CannotLook where the answer can't be known: "not there" must never be a guess. A sink that nobody
        can ever look into raises NoHistory: its pages are sent again with the same nonce, at least once.
        """
        ...


Notifiers = Mapping[str, Notifier]
"""Notifiers by the name that addresses use."""
