"""A real SMTP server on loopback, which keeps what it took and can be told to refuse, stall or hang up."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "bot@example.com", "planted-smtp-pw"


class Post:
    """`answers` holds what the next mails are answered with after DATA; "" hangs up instead of answering.

    A mail is kept if its answer begins with 2, or if the answer was lost. `refuses` answers a sender or a
    recipient. `taken` runs before a mail is answered.
    """

    def __init__(self) -> None:
        self.port = 0
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.answers: deque[str] = deque()
        self.refuses: dict[str, str] = {}
        self.taken: Callable[[], Awaitable[object]] | None = None
        self.logins = 0
        self.connections = 0
        self.encrypted: list[bool] = []

    @property
    def mails(self) -> list[EmailMessage]:
        return [cast("EmailMessage", message_from_bytes(raw, policy=default)) for raw in self.raw]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.popleft() if self.answers else "250 OK"
        if answer[:1] in ("2", ""):
            self.raw.append(cast("bytes", envelope.original_content))
            self.recipients += envelope.rcpt_tos
            assert server.transport is not None
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.taken is not None:
            await self.taken()
        if not answer:
            assert server.transport is not None
            server.transport.abort()
        return answer or "451 never read"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False, message=None if good else "535 5.7.8 bad credentials")


@asynccontextmanager
async def post_office(
    *, context: ssl.SSLContext | None = None, implicit: bool = False, login: bool = False
) -> AsyncIterator[Post]:
    """Serves on localhost. `context` offers STARTTLS, or, `implicit`, speaks TLS from the first byte."""
    post, loop = Post(), asyncio.get_running_loop()

    def connected() -> SMTP:
        post.connections += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of logins without encryption, which are tested too
            return SMTP(
                post, hostname="localhost", tls_context=None if implicit else context, auth_required=login,
                auth_require_tls=False, authenticator=post.login if login else None, loop=loop,
            )  # fmt: skip

    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=context if implicit else None)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
        await asyncio.sleep(0)
