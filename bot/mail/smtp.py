"""A session with a mail server, and what its answers mean for a page."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiosmtplib as smtp

from bot.transcripts.pages import one_line
from escalation.errors import NotifierError, RetryLater, Undeliverable

PATIENCE = 12.0
"""Seconds for a whole session: below Delivery's own, so that we can say what took so long."""
_FAREWELL = 1.0
"""Seconds for QUIT: the mail is taken by then, so that its answer decides nothing."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in. `security`: tls, starttls or none; `user` "" does not log in."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None
    """Whom to trust; None: whom this machine trusts."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@asynccontextmanager
async def session(server: Server) -> AsyncIterator[smtp.SMTP]:
    """A connection, encrypted and logged in as the server is set up. Raises RetryLater, Undeliverable."""
    client = smtp.SMTP(
        hostname=server.host, port=server.port, timeout=PATIENCE, tls_context=server.tls,
        username=server.user or None, password=server.password if server.user else None,
        use_tls=server.security == "tls", start_tls=server.security == "starttls",
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            await client.connect()
            yield client
        with suppress(smtp.SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await client.quit()
    except (smtp.SMTPException, OSError, TimeoutError) as error:
        raise meaning(error, server) from error
    finally:
        client.close()


def meaning(error: Exception, server: Server) -> NotifierError:
    """4xx and lost connections pass; 5xx, and a server that is not who it says, need a person."""
    if isinstance(error, smtp.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, smtp.SMTPResponseException) and error.code > 0:
        told = f"{server}: {error.code} {one_line(error.message)[:200]}"
        return Undeliverable(f"{told}: {_mend(error, server)}") if error.code >= 500 else RetryLater(told)
    if isinstance(error, smtp.SMTPNotSupported) or (type(error) is smtp.SMTPException and "STARTTLS" in str(error)):
        return Undeliverable(f"{server}: {one_line(str(error))[:200]}: check mail.security, mail.port and mail.user")
    if (bad := _untrusted(error)) is not None:
        return Undeliverable(f"{server}: its certificate is not trusted ({bad.verify_message}): check mail.host")
    if isinstance(error, TimeoutError):
        return RetryLater(f"{server}: no answer within {PATIENCE:g} s")
    return RetryLater(f"{server}: {type(error).__name__}: {one_line(str(error))[:200]}")


def _mend(error: smtp.SMTPResponseException, server: Server) -> str:
    match error:
        case smtp.SMTPAuthenticationError():
            return "check mail.user and BACKSTOP_SMTP_PASSWORD"
        case smtp.SMTPSenderRefused():
            return "set mail.sender to an address that mail.user may send from"
        case smtp.SMTPRecipientRefused():
            return f"check that the address {error.recipient} exists and takes mail"
        case smtp.SMTPDataError():
            return "the server refuses the mail itself; ask who runs it for the reason"
        case _:
            return f"ask who runs {server.host} for the reason"


def _untrusted(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The bad certificate behind an error, if that is what it was."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None
