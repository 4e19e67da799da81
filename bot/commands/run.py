"""backstop run"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
import structlog

from bot import __version__, logs
from bot.app import App, Platform
from bot.clock import RealClock
from bot.commands.options import config_option
from bot.discord import check as discord
from bot.jobs import Jobs
from bot.lock import InstanceLock
from bot.reddit import check as reddit
from bot.sinks import incomplete, links, sinks
from bot.transcripts.follow import Follow
from bot.web import server
from config import Settings, load_settings, tenants_of
from escalation.errors import SettingsError
from escalation.store import Database, migrate
from escalation.timing import SECOND

log = structlog.get_logger()


@click.command()
@config_option
def run(config_file: Path | None) -> None:
    """Watch the communities that are set up. Stops cleanly on SIGTERM and Ctrl-C."""
    settings = load_settings(config_file)
    logs.set_up(settings.log.format, settings.log.level, settings.secrets.all())
    platforms = configured(settings)
    for name, missing in unconfigured(settings):
        log.info("not watched", platform=name, missing=missing)
    if not platforms:
        raise SettingsError([f"{name}: {missing}" for name, missing in unconfigured(settings)])
    for name, missing in incomplete(settings):
        log.warning("set up in part", place=name, missing=missing)
    asyncio.run(_run(settings, platforms))


def configured(settings: Settings) -> list[Platform]:
    """The platforms that have all they need."""
    follow = settings.follow
    if not follow.transcripts:
        return []
    return [Follow([Path(one) for one in follow.transcripts], Path(follow.pages), follow.every / SECOND)]


def unconfigured(settings: Settings) -> Iterator[tuple[str, str]]:
    """The platforms that do not run: what is missing, and how to get it."""
    if not settings.follow.transcripts:
        yield "follow", "name files that a bridge appends to in follow.transcripts"
    token = settings.secrets.discord_token
    yield "discord", discord.HOW if token is None else f"version {__version__} checks a token but can't connect yet"
    secret = settings.secrets.reddit_client_secret
    yield "reddit", reddit.HOW if secret is None else f"version {__version__} checks a key but can't watch yet"


async def _run(settings: Settings, platforms: list[Platform]) -> None:
    database, clock = Database(settings.database_url), RealClock()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        with InstanceLock(database):
            # The embedded file needs no separate step; a shared server is upgraded once, by `db upgrade`.
            await (migrate.upgrade if database.is_sqlite else migrate.check)(database)
            app = App(database, tenants_of(settings), platforms, clock, sinks=partial(sinks, settings, clock.now))
            await _serve(app, settings, stop)
    finally:
        await database.close()


async def _serve(app: App, settings: Settings, stop: asyncio.Event) -> None:
    jobs = Jobs(app.database, settings.store, app.clock)
    where = settings.web
    web = await server.start(app, where.host, where.port, links(settings)) if where.enabled else None
    await app.start()
    jobs.start()
    names = [platform.name for platform in app.platforms]
    log.info("running", version=__version__, platforms=names, database=app.database.describe())
    if web is not None:
        host, port = server.address(web)
        log.info("health and metrics", url=f"http://{host}:{port}/healthz")
    failed, stopped = asyncio.ensure_future(app.failed()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((failed, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        jobs.stop()
        await app.stop()
        if web is not None:
            await web.cleanup()
        stopped.cancel()
        log.info("stopped")
    if failed.done():
        failed.result()
    failed.cancel()
