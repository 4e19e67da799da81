"""Links that people get by mail: signed, so that nobody can make or change one, and good for a while only."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from escalation.errors import BackstopError
from escalation.events import MessageKey
from escalation.timing import Millis, millis

CLAIM = "claim"
PATH = "/claim/"
_VERSION = "1"
_PURPOSE = b"backstop link 1\0"
"""Signed too, so that the same secret elsewhere can't make a link."""
_LONGEST = 4_096


class LinkForged(BackstopError):
    """Not one of our links, or not whole."""


class LinkExpired(BackstopError):
    """One of our links whose time is over."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link lets its bearer do: `action` for `subject`, in the name of `address`, until `expires` (ms)."""

    tenant: str
    subject: MessageKey
    action: str
    address: str
    expires: Millis


class Links:
    """Makes links and reads them back."""

    def __init__(self, secret: str, base: str, lasts: Millis) -> None:
        """`base`: the server's public address; `lasts`: milliseconds that a link is good for."""
        self._key = secret.encode()
        self._base = base
        self._lasts = lasts

    def claim(self, tenant: str, subject: MessageKey, address: str, now: datetime) -> str:
        """The address of the page on which `address` can claim `subject`."""
        return f"{self._base}{PATH}{self.sign(Link(tenant, subject, CLAIM, address, millis(now) + self._lasts))}"

    def sign(self, link: Link) -> str:
        fields = [_VERSION, link.tenant, link.subject, link.action, link.address, link.expires]
        body = _encode(json.dumps(fields, separators=(",", ":")).encode())
        return f"{body}.{_encode(self._mac(body))}"

    def read(self, token: str, now: datetime) -> Link:
        """What a token says. Raises LinkForged, LinkExpired."""
        body, _, mac = token.partition(".")
        # The signature first: nothing that is not ours is even parsed.
        if len(token) > _LONGEST or not token.isascii() or not hmac.compare_digest(mac, _encode(self._mac(body))):
            raise LinkForged("not one of our links")
        version, tenant, subject, action, address, expires = json.loads(_decode(body))
        if version != _VERSION or action != CLAIM:
            raise LinkForged("a link of another version")
        if millis(now) >= expires:
            raise LinkExpired("its time is over")
        return Link(tenant, MessageKey(subject), action, address, expires)

    def _mac(self, body: str) -> bytes:
        return hmac.digest(self._key, _PURPOSE + body.encode(), hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise LinkForged("not one of our links") from error
