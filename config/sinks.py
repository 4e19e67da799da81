"""Settings of the places for pages that no platform brings: mail and webhooks."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from config.words import Part

MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")
"""What can stand in a mail's envelope: ASCII, nothing that ends a header or an SMTP command."""
WEBHOOK_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
"""Part of an environment variable's name: two underscores would mean a setting's section."""
_KEY = "whsec_"
_KEY_BYTES = range(24, 65)
"""As the Standard Webhooks convention has it."""


def is_mailbox(text: str) -> bool:
    """Whether `text` is a plain address such as ana@example.com."""
    return MAILBOX.fullmatch(text) is not None and ".." not in text


def _sender(value: object) -> str:
    name, mailbox = parseaddr(value) if isinstance(value, str) else ("", "")
    if not isinstance(value, str) or not is_mailbox(mailbox) or not name.isprintable() or not value.isprintable():
        raise ValueError('must be a mail address in quotes, e.g. "Backstop <backstop@example.com>"')
    return value


def web_address(value: object) -> str:
    """A base such as https://backstop.example.com/bot, without the slash at its end. Raises ValueError."""
    parts = _split(value)
    if value == "":
        return ""
    if parts is None or parts[2]:
        raise ValueError('must be an address in quotes, e.g. "https://backstop.example.com", or "" for none')
    return str(value).rstrip("/")


def _split(value: object) -> tuple[str, str, str] | None:
    """Scheme, host and query of an address; None where it is none, or carries a password."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
        return None
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or parts.fragment:
        return None
    return parts.scheme, host, parts.query


def _url(value: object) -> str:
    if not isinstance(value, str) or _split(value) is None:
        raise ValueError('must be an address in quotes without user or password, e.g. "https://example.com/hook"')
    return value


class MailSettings(Part):
    host: str
    port: int = Field(ge=1, le=65535)
    security: Literal["tls", "starttls", "none"]
    user: str
    sender: Annotated[str, BeforeValidator(_sender, json_schema_input_type=str)]


class WebhookSettings(Part):
    url: Annotated[str, BeforeValidator(_url, json_schema_input_type=str)]
    private: bool = False
    plain_http: bool = False

    @model_validator(mode="after")
    def _needs_tls(self) -> WebhookSettings:
        if not self.plain_http and not self.url.startswith("https:"):
            raise ValueError("url must begin with https://, or set plain_http = true")
        return self


def secret_variable(name: str) -> str:
    """The variable that holds the secret of the webhook `name`."""
    return f"BACKSTOP_WEBHOOK_{name.upper()}_SECRET"


def webhook_secrets(tree: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The secrets of the webhooks that the settings name, and a line for each mistake, without the secret."""
    secrets: dict[str, str] = {}
    problems: list[str] = []
    hooks = tree.get("webhooks")
    for name in hooks if isinstance(hooks, Mapping) else ():
        if not WEBHOOK_NAME.fullmatch(name):
            problems.append(f"webhooks.{name}: a name has small letters, digits and single underscores only")
        elif secret := environment.get(secret_variable(name)):
            secrets[name] = secret
            try:
                signing_key(secret)
            except ValueError as error:
                problems.append(f"{secret_variable(name)}: given (hidden); {error}")
    return secrets, problems


def signing_key(secret: str) -> bytes:
    """The key inside "whsec_BASE64". Raises ValueError that says how to make one, without the secret."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(_KEY), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_KEY) or len(key) not in _KEY_BYTES:
        raise ValueError("must be whsec_ and base64 of 24 to 64 bytes: echo whsec_$(openssl rand -base64 32)")
    return key
