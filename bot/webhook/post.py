"""One POST to a webhook: to a pinned address, with limits on everything, and what the answer means for a page."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from bot.webhook.address import Lookup, Pinned, look_up, resolve
from escalation.errors import NotifierError, RetryLater, Undeliverable

PATIENCE = 12.0
"""Seconds for a whole exchange: below Delivery's own, so that we can say what took so long."""
MOST = 64 * 1024
"""Bytes of an answer that are read."""
LONGEST_WAIT = timedelta(hours=1)
"""A receiver may ask for patience; a page does not wait longer than this between two tries."""
_PASSING = {408, 425, 429}


@dataclass(frozen=True, slots=True)
class Target:
    """One configured webhook."""

    name: str
    url: str = field(repr=False)
    """Often a secret in itself: it stands in no message."""
    key: bytes = field(repr=False)
    private: bool = False
    plain_http: bool = False
    tls: ssl.SSLContext | None = None
    """Whom to trust; None: whom this machine trusts."""
    lookup: Lookup = look_up

    def __str__(self) -> str:
        return f"webhook {self.name}"


async def post(target: Target, content: bytes, headers: Mapping[str, str], now: Callable[[], datetime]) -> bytes:
    """Posts and returns the answer's body. Raises RetryLater, Undeliverable; follows no redirect, asks no proxy."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await _exchange(target, URL(target.url), content, headers, now)
    except NotifierError as error:
        error.args = (f"{target}: {error}",)
        raise
    except TimeoutError as error:
        raise RetryLater(f"{target}: no answer within {PATIENCE:g} s") from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise Undeliverable(f"{target}: the certificate of {error.host} is not trusted: check its url") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise RetryLater(f"{target}: {type(error).__name__}") from error


async def _exchange(
    target: Target, url: URL, content: bytes, headers: Mapping[str, str], now: Callable[[], datetime]
) -> bytes:
    if url.scheme != "https" and not target.plain_http:
        raise Undeliverable("only https:// is allowed; set plain_http = true for this one if it must be")
    assert url.host is not None
    assert url.port is not None
    addresses = await resolve(url.host, url.port, private=target.private, lookup=target.lookup)
    # A connector for each exchange: a connection that is kept would go where the name pointed to earlier.
    connector = aiohttp.TCPConnector(
        resolver=Pinned(url.host, addresses), use_dns_cache=False, force_close=True,
        ssl=target.tls if target.tls is not None else True,
    )  # fmt: skip
    async with (
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
        ) as session,
        session.post(url, data=content, headers=headers, allow_redirects=False) as answer,
    ):
        _judge(answer, now())
        return await _read(answer)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """The body, or nothing of one that is too long: it was taken all the same."""
    content = b""
    async for chunk in answer.content.iter_chunked(8192):
        content += chunk
        if len(content) > MOST:
            return b""
    return content


def _judge(answer: aiohttp.ClientResponse, now: datetime) -> None:
    """Returns for 2xx only."""
    code = answer.status
    if 200 <= code < 300:
        return
    told = f"answers {code}"
    if code in _PASSING or code >= 500:
        raise RetryLater(told, _wait(answer.headers.get("retry-after", ""), now) if code in (429, 503) else None)
    if 300 <= code < 400:
        raise Undeliverable(f"{told}, a redirect, which is never followed: set its url to where it leads")
    if code == 410:
        raise Undeliverable(f"{told}: it is gone for good; take it out of the settings")
    raise Undeliverable(f"{told}: check its url, and that it has the same secret")


def _wait(text: str, now: datetime) -> timedelta | None:
    """Retry-After: seconds or a date (RFC 9110, 10.2.3); None where it says nothing usable."""
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), 10**8))
    else:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return max(timedelta(), min(wait, LONGEST_WAIT))
