"""A page as a signed webhook message, by the Standard Webhooks convention (standardwebhooks.com, version 1.0.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

import orjson

from bot import __version__
from escalation.notify import Page, Quote, token
from escalation.timing import SECOND, millis, moment

CREATED, UPDATED = "page.created", "page.updated"


def body(page: Page, type_: str) -> bytes:
    """The JSON of a page: the same bytes at every try. Times are ISO 8601, durations seconds."""
    return orjson.dumps({"type": type_, "data": _data(page)})


def created_id(page: Page) -> str:
    """The webhook-id of a page: receivers tell by it that a message is a repetition."""
    return page.nonce


def updated_id(page: Page, content: bytes) -> str:
    """The webhook-id of an update: the same for a retry of it, another one for other news."""
    return token(f"{page.key}:{hashlib.sha256(content).hexdigest()}")


def headers(id_: str, content: bytes, key: bytes, now: datetime) -> dict[str, str]:
    """What goes with `content`; the signature is over id, time in seconds, and content."""
    at = str(millis(now) // SECOND)
    mac = hmac.digest(key, f"{id_}.{at}.".encode() + content, hashlib.sha256)
    return {
        "content-type": "application/json",
        "accept": "application/json",
        "accept-encoding": "identity",
        "user-agent": f"Backstop/{__version__}",
        "webhook-id": id_,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def _data(page: Page) -> dict[str, Any]:
    return {
        "id": page.nonce,
        "tenant": page.tenant,
        "subject": page.subject,
        "kind": page.kind,
        "ping": page.ping,
        "place": page.place,
        "asker": page.asker,
        "asked_at": moment(page.asked_at).isoformat(),
        "question": _quote(page.question) if page.question else None,
        "reason": page.reason,
        "why": page.why,
        "evidence": [_quote(one) for one in page.evidence],
        "helpers": page.helpers,
        "state": page.state,
        "status": page.status,
        "episode": page.episode,
        "round": page.round,
        "step": page.step,
        "next_step_after_seconds": None if page.next_step_after is None else page.next_step_after / SECOND,
    }


def _quote(quote: Quote) -> dict[str, Any]:
    return {"author": quote.author, "text": quote.text, "role": quote.role, "at": moment(quote.at).isoformat()}
