"""/healthz, /readyz and /metrics: whether it lives, whether it can work, and how it does."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from aiohttp import web

from bot.app import App
from bot.web.claims import Claims
from bot.web.links import Links
from escalation.engine import Audit
from escalation.errors import BackstopError, StoreError
from escalation.store import outbox, quarantine, questions
from escalation.timing import MINUTE, SECOND

SICK_AFTER = 5 * MINUTE
"""A page that is overdue this long means that somebody has to look."""


APP = web.AppKey("backstop", App)


async def start(app: App, host: str, port: int, links: Links | None = None) -> web.AppRunner:
    """Serves on host:port until `runner.cleanup()`; the claiming page too if there are `links`.

    Raises BackstopError if the port is taken.
    """
    server = web.Application()
    server[APP] = app
    server.add_routes([web.get("/healthz", _healthz), web.get("/readyz", _readyz), web.get("/metrics", _metrics)])
    if links is not None:
        server.add_routes(Claims(links, app.look, app.claim, app.clock.now).routes())
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise BackstopError(f"web.port: can't listen on {host}:{port} ({error.strerror}); set another port") from error
    return runner


def address(runner: web.AppRunner) -> tuple[str, int]:
    """Where the server really listens: port 0 lets the system choose."""
    host, port = runner.addresses[0][:2]
    return host, port


async def _healthz(request: web.Request) -> web.Response:
    """Alive: the loops run and no page has been overdue for long."""
    app = request.app[APP]
    try:
        audit = await _look(app)
    except StoreError as error:
        return _say(503, status="sick", loops=app.alive, store=str(error))
    well = app.alive and audit.oldest < SICK_AFTER
    return _say(
        200 if well else 503,
        status="well" if well else "sick",
        loops=app.alive,
        oldest_overdue_seconds=audit.oldest / SECOND,
        overdue_questions=audit.overdue_questions,
        overdue_pages=len(audit.overdue_pages),
        troubles=sorted({row.trouble for row in audit.overdue_pages if row.trouble}),
    )


async def _readyz(request: web.Request) -> web.Response:
    """Ready: the store answers, the clock is trusted and every platform is connected."""
    app = request.app[APP]
    try:
        await app.database.read(lambda connection: connection.execute(sa.text("SELECT 1")).scalar())
        store = "ok"
    except StoreError as error:
        store = str(error)
    platforms = {platform.name: platform.connected for platform in app.platforms}
    ready = store == "ok" and app.guard.trusted and all(platforms.values())
    return _say(200 if ready else 503, ready=ready, store=store, clock=app.guard.trusted, platforms=platforms)


async def _metrics(request: web.Request) -> web.Response:
    app = request.app[APP]
    try:
        audit = await _look(app)
        depths, states, aside = await app.database.read(
            lambda connection: (outbox.depths(connection), questions.counts(connection), quarantine.count(connection))
        )
    except StoreError:
        app.metrics.store_failed()
    else:
        app.metrics.looked(audit, depths, states, aside)
    return web.Response(body=app.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


async def _look(app: App) -> Audit:
    return await app.engine.audit(app.clock.now())


def _say(code: int, **fields: Any) -> web.Response:
    return web.json_response(fields, status=code)
