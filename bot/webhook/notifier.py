"""The notifier behind addresses like webhook:crm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import orjson

from bot.transcripts.pages import one_line
from bot.webhook import message
from bot.webhook.post import Target, post
from config.sinks import secret_variable
from escalation.desk import Claim
from escalation.errors import InputError, NoHistory, RetryLater, StoreError, Undeliverable
from escalation.events import MAX_ID, MessageKey, storable
from escalation.notify import Page
from escalation.routing import Address


class Webhooks:
    """Posts pages to URLs. At least once: a retry has the same webhook-id and the same bytes.

    An answer {"claim": "Ana"} claims the question for Ana before the send is recorded. That is safe, because
    Delivery expects a question to be claimed while its page is under way: it records the page and at once sends the
    update that says who has it. After the record it would not be: a crash between the two would lose the claim,
    while a crash here repeats the page, and with it the receiver's answer.
    """

    def __init__(self, targets: Mapping[str, Target], now: Callable[[], datetime], claim: Claim) -> None:
        self._targets = targets
        self._now = now
        self._claim = claim

    async def send(self, page: Page, to: Address) -> str:
        """Posts page.created and answers its webhook-id. Raises RetryLater, Undeliverable."""
        target, content, id_ = self._target(to), message.body(page, message.CREATED), message.created_id(page)
        answer = await post(target, content, message.headers(id_, content, target.key, self._now()), self._now)
        if (name := claimant(answer)) is not None:
            await self._claim_for(name, page, target)
        return id_

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        """Posts page.updated, whose data.id is the page's webhook-id; its answer claims nothing. Raises as `send`."""
        target, content = self._target(to), message.body(page, message.UPDATED)
        id_ = message.updated_id(page, content)
        await post(target, content, message.headers(id_, content, target.key, self._now()), self._now)

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        """Raises NoHistory: a webhook can't be asked; its receiver tells repetitions by their webhook-id."""
        raise NoHistory(f"{to}: a webhook can't be asked what it has")

    def _target(self, to: Address) -> Target:
        target = self._targets.get(to.place)
        if target is None:
            raise Undeliverable(f"{to}: set webhooks.{to.place}.url and {secret_variable(to.place)}")
        return target

    async def _claim_for(self, name: str, page: Page, target: Target) -> None:
        try:
            await self._claim(page.tenant, MessageKey(page.subject), name)
        except InputError:
            return  # the question is no longer here: nothing to claim
        except StoreError as error:
            raise RetryLater(f"{target}: took the page, but its claim could not be stored: {error}") from error


def claimant(answer: bytes) -> str | None:
    """Whom an answer claims for: {"claim": "Ana"}; None for every other answer."""
    try:
        told = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None
    name = told.get("claim") if isinstance(told, dict) else None
    return (storable(one_line(name))[:MAX_ID] or None) if isinstance(name, str) else None
