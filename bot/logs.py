"""Logs: JSON for machines, lines for people; no secret ever passes."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "***"


def set_up(form: str, level: str, secrets: Iterable[str] = ()) -> None:
    """Configures all logging of the process, other libraries' too. `form`: auto, json or people."""
    people = form == "people" or (form == "auto" and sys.stderr.isatty())
    hide = _hider(sorted(_forms(secrets), key=len, reverse=True))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide,
    ]
    render: Processor = structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Below these levels they write members' texts and tokens.
    for name in ("discord", "prawcore", "asyncio"):
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in ("sqlalchemy", "aiosqlite", "alembic", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _forms(secrets: Iterable[str]) -> set[str]:
    """Each secret as it may stand in a log: plain, inside a repr, inside JSON, and the password inside an address."""
    plain = {secret for secret in secrets if len(secret) >= 4}
    for secret in list(plain):
        with suppress(ValueError):
            plain |= {unquote(password) for password in (urlsplit(secret).password,) if password and len(password) >= 4}
    reprs = {form for one in plain for form in (repr(one)[1:-1], repr(one.encode())[2:-1])}
    # A repr inside a repr, and the other kind of quote.
    reprs |= {repr(form)[1:-1] for form in reprs} | {form.replace("'", "\\'") for form in plain | reprs}
    return plain | reprs | {json.dumps(one)[1:-1] for one in plain | reprs}


def _hider(secrets: list[str]) -> Processor:
    def hide(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        for key, value in event.items():
            text = value if isinstance(value, str) else repr(value)
            if any(secret in text for secret in secrets):
                for secret in secrets:
                    text = text.replace(secret, HIDDEN)
                event[key] = text
        return event

    return hide
