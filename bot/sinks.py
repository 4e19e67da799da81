"""The places for pages that no platform brings, as the settings describe them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from bot.mail.notifier import Mail
from bot.mail.smtp import Server
from bot.web.links import Links
from bot.webhook.notifier import Webhooks
from bot.webhook.post import Target
from config import Settings
from config.sinks import secret_variable, signing_key
from escalation.desk import Claim
from escalation.notify import Notifier


def sinks(settings: Settings, now: Callable[[], datetime], claim: Claim) -> Mapping[str, Notifier]:
    """All of them by the name that addresses use: a new one is one line here."""
    made: dict[str, Notifier] = {"webhook": Webhooks(_targets(settings), now, claim)}
    if settings.mail.host:
        made["mail"] = Mail(server(settings), settings.mail.sender, now, links(settings))
    return made


def incomplete(settings: Settings) -> Iterator[tuple[str, str]]:
    """What is set up in part: which, and what is missing."""
    for name in settings.webhooks:
        if name not in settings.secrets.webhooks:
            yield f"webhook {name}", f"pages to it fail: set {secret_variable(name)}"
    if settings.mail.host and links(settings) is None:
        yield "mail", "mails have no link to claim: set web.public_url and BACKSTOP_LINK_SECRET, leave web.enabled on"


def server(settings: Settings) -> Server:
    """The mail server with its login."""
    mail, password = settings.mail, settings.secrets.smtp_password
    secret = password.get_secret_value() if password else ""
    return Server(mail.host, mail.port, mail.security, mail.user, secret)


def links(settings: Settings) -> Links | None:
    """What signs links in mails; None unless there is a secret, and a server of ours for them to lead to."""
    secret, web = settings.secrets.link_secret, settings.web
    if secret is None or not web.public_url or not web.enabled:
        return None
    return Links(secret.get_secret_value(), web.public_url, web.links_last)


def _targets(settings: Settings) -> dict[str, Target]:
    secrets = settings.secrets.webhooks
    return {
        name: Target(name, hook.url, signing_key(secrets[name].get_secret_value()), hook.private, hook.plain_http)
        for name, hook in settings.webhooks.items()
        if name in secrets
    }
