"""Looks at everything that has to be right before Backstop can do its work. Changes nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bot import sinks
from bot.checks import Finding, bad, good, note
from bot.discord import check as discord
from bot.guard import JUMP
from bot.lock import InstanceLock
from bot.mail import check as mail
from bot.reddit import check as reddit
from bot.webhook import check as webhook
from config import Settings
from escalation.errors import StoreError, StoreInUse, StoreTooNew
from escalation.store import Database, meta, migrate
from escalation.timing import moment

LOW_DISK = 500 * 1024 * 1024


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """All findings, one after the other."""
    yield good("settings", "read without mistakes")
    database = Database(settings.database_url)
    try:
        async for finding in _database(database):
            yield finding
    finally:
        await database.close()
    for found in (*_files(settings), *_tenants(settings)):
        yield found
    for found in [*await _discord(settings), *await _reddit(settings), *await _mail(settings), *await _hooks(settings)]:
        yield found


async def _database(database: Database) -> AsyncIterator[Finding]:
    what = f"database {database.describe()}"
    if database.path is not None:
        folder = database.path.absolute().parent
        if not os.access(folder, os.W_OK):
            yield bad(what, f"{folder} is not writable", "create the folder, or give this user the right to write")
            return
        free = shutil.disk_usage(folder).free
        if free < LOW_DISK:
            yield bad("disk", f"{free // 1024 // 1024} MB free", "free some space: the database has to grow")
        if not database.path.exists():
            yield note(what, "does not exist yet", "`backstop run` makes it")
            return
    try:
        status = await database.read(migrate.read_status)
        now, mark = await database.read(_times) if status.level else (None, None)
    except StoreTooNew as error:
        yield bad(what, str(error), "install the newer version")
    except StoreError as error:
        yield bad(what, str(error), "see above")
    else:
        if status.current:
            yield good(what, f"level {status.level}")
        else:
            yield bad(what, f"level {status.level}, needed {status.program}", "run `backstop db upgrade`")
        yield _clock(now, mark)
    try:
        with InstanceLock(database):
            yield good("process", "no other Backstop uses this database file")
    except StoreInUse as error:
        yield note("process", str(error).split(":", maxsplit=1)[0])


def _times(connection: sa.Connection) -> tuple[datetime | None, datetime | None]:
    """The database server's time, and the latest time at which this installation ran."""
    server = None
    if connection.dialect.name == "postgresql":
        server = connection.execute(sa.select(sa.func.now())).scalar()
    mark = meta.clock_mark(connection)
    return server, moment(mark) if mark is not None else None


def _clock(server: datetime | None, mark: datetime | None) -> Finding:
    now = datetime.now(UTC)
    mend = "set this machine's clock (timedatectl set-ntp true)"
    if server is not None and abs(server - now) > JUMP:
        return bad("clock", f"{now:%H:%M:%S} UTC here, {server:%H:%M:%S} at the database server", mend)
    if mark is not None and now < mark - JUMP:
        return bad("clock", f"stands {mark - now} before the last run", mend)
    return good("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _files(settings: Settings) -> list[Finding]:
    found = []
    for name in (".env", settings.store.path):
        path = Path(name)
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~stat.S_IXGRP:
            found.append(note(name, "others on this machine may read it", f"chmod 600 {name}"))
    for name in settings.follow.transcripts:
        readable = os.access(name, os.R_OK)
        found.append(good(name, "can be read") if readable else
                     bad(name, "can't be read", "create the file, or mend follow.transcripts"))  # fmt: skip
    if settings.follow.transcripts and not os.access(Path(settings.follow.pages).absolute().parent, os.W_OK):
        found.append(bad(settings.follow.pages, "its folder is not writable", "mend follow.pages"))
    return found


def _tenants(settings: Settings) -> list[Finding]:
    found = []
    for name, tenant in settings.tenants.items():
        if tenant.shadow:
            found.append(
                note(f"tenant {name}", "is in shadow: nobody is pinged", "set shadow = false when you are ready")
            )
        if tenant.moderators is None:
            found.append(
                note(f"tenant {name}", "moderators have no place for alarms", f"set tenants.{name}.moderators")
            )
        teams = {**settings.teams, **tenant.teams}
        found += [
            bad(f"team {team}", "has no address: its pages reach nobody", f"set teams.{team}.addresses")
            for team, one in teams.items()
            if not one.addresses
        ]
    return found


async def _discord(settings: Settings) -> list[Finding]:
    token = settings.secrets.discord_token
    if token is None:
        return [note("discord", "not set up", discord.HOW)]
    return await discord.check(token.get_secret_value())


async def _mail(settings: Settings) -> list[Finding]:
    if not settings.mail.host:
        return [note("mail", "not set up", mail.HOW)]
    found = await mail.check(sinks.server(settings))
    if sinks.links(settings) is None:
        mend = "set web.public_url and BACKSTOP_LINK_SECRET, and leave web.enabled on"
        found.append(note("mail links", "none: mails only tell, nobody can claim from them", mend))
    return found


async def _hooks(settings: Settings) -> list[Finding]:
    secrets = settings.secrets.webhooks
    checks = [webhook.check(name, one, has_secret=name in secrets) for name, one in settings.webhooks.items()]
    return [finding for found in await asyncio.gather(*checks) for finding in found]


async def _reddit(settings: Settings) -> list[Finding]:
    secret, password = settings.secrets.reddit_client_secret, settings.secrets.reddit_password
    if secret is None or password is None or not settings.reddit.client_id:
        return [note("reddit", "not set up", reddit.HOW)]
    return await reddit.check(
        settings.reddit.client_id, settings.reddit.username, secret.get_secret_value(), password.get_secret_value()
    )
