"""Logs: JSON for machines, lines for people; no secret ever passes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "***"


def set_up(form: str, level: str, secrets: Iterable[str] = ()) -> None:
    """Configures all logging of the process, other libraries' too. `form`: auto, json or people."""
    people = form == "people" or (form == "auto" and sys.stderr.isatty())
    hide = _hider([secret for secret in secrets if len(secret) >= 4])
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
