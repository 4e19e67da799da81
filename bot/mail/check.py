"""Does the mail server take our login? Nothing is sent."""

from __future__ import annotations

from bot.checks import Finding, bad, good, note
from bot.mail.smtp import Server, session
from escalation.errors import RetryLater, Undeliverable

HOW = "set mail.host, and BACKSTOP_SMTP_PASSWORD for mail.user, to send pages to mail:ana@example.com"


async def check(server: Server) -> list[Finding]:
    """Connects, encrypts and logs in as for a page."""
    try:
        async with session(server) as client:
            await client.noop()
    except Undeliverable as error:
        told, _, mend = str(error).rpartition(": ")
        return [bad("mail", told, mend)]
    except RetryLater as error:
        return [note("mail", f"could not be checked: {error}", "check mail.host and mail.port; is the server up?")]
    who = f"takes the login of {server.user}" if server.user else "answers; no login is set"
    found = [good("mail", f"{server} {who}")]
    if server.security == "none" and server.user:
        found.append(note("mail password", "travels unencrypted", "set mail.security to starttls or tls"))
    return found
