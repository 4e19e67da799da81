"""Could a page go to this webhook? Its host is looked up; nothing is sent."""

from __future__ import annotations

from yarl import URL

from bot.checks import Finding, bad, good, note
from bot.webhook.address import Lookup, look_up, resolve
from config.sinks import WebhookSettings, secret_variable
from escalation.errors import RetryLater, Undeliverable


async def check(name: str, hook: WebhookSettings, *, has_secret: bool, lookup: Lookup = look_up) -> list[Finding]:
    """Whether the webhook has a secret, and whether its host is where pages may go."""
    what, url = f"webhook {name}", URL(hook.url)
    found = []
    if not has_secret:
        mend = f"set {secret_variable(name)}=whsec_$(openssl rand -base64 32), and give it to the receiver"
        found.append(bad(what, "has no secret: pages to it fail", mend))
    if hook.plain_http and url.scheme == "http":
        found.append(note(what, "travels unencrypted", "use https:// where you can"))
    try:
        addresses = await resolve(url.host or "", url.port or 443, private=hook.private, lookup=lookup)
    except Undeliverable as error:
        return [*found, bad(what, str(error), "check the url, or allow this one host")]
    except RetryLater as error:
        return [*found, bad(what, str(error), "check the url and this machine's DNS")]
    return [*found, good(what, f"{url.host} is at {', '.join(addresses)}")]
