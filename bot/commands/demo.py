"""backstop demo"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from bot import logs
from bot.app import App
from bot.clock import PlayedClock
from bot.commands.options import config_option, live_tenants, read_transcripts, report_bad
from bot.demo.playback import Playback
from bot.demo.screen import Screen, summary
from bot.demo.staff import Act, Staff, read_acts
from escalation.errors import InputError
from escalation.events import Event
from escalation.question import Question
from escalation.store import Database, migrate, questions
from escalation.tenant import Tenants

SAMPLE = Path(__file__).parents[1] / "transcripts" / "sample"
LEAD = timedelta(minutes=1)


@click.command()
@click.option("--transcript", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Play this history instead of the sample community.")  # fmt: skip
@click.option("--staff", "staff_file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="What people do with the pages, one JSON object a line.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True,
              help="How long the whole history takes.")  # fmt: skip
@config_option
@click.pass_context
def demo(
    ctx: click.Context, transcript: Path | None, staff_file: Path | None, seconds: float, config_file: Path | None
) -> None:
    """Play a day of a community through the live path, sped up. Needs no token and sends nothing."""
    if transcript is None:
        transcript, staff_file = SAMPLE / "community.jsonl", staff_file or SAMPLE / "staff.jsonl"
        config_file = config_file or SAMPLE / "settings.toml"
    events, bad = read_transcripts((transcript,), None)
    report_bad(bad)
    if not events:
        raise InputError(f"{transcript}: holds no messages")
    logs.set_up("people", "error")
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False
    screen = Screen()
    acts = read_acts(staff_file) if staff_file else []
    tenants = live_tenants(config_file, None, events)
    final = asyncio.run(_play(events, acts, tenants, screen, seconds))
    click.echo("\n" + "=" * 100)
    for line in summary(screen, final):
        click.echo(line)


async def _play(
    events: Sequence[Event], acts: list[Act], tenants: Tenants, screen: Screen, seconds: float
) -> list[Question]:
    first, last = min(event.at for event in events), max(event.at for event in events)
    clock = PlayedClock(first - LEAD, max(1.0, (last - first + LEAD).total_seconds() / seconds))
    with tempfile.TemporaryDirectory(prefix="backstop-demo-") as folder:
        database = Database(str(Path(folder) / "demo.sqlite3"))
        try:
            await migrate.upgrade(database)
            playback = Playback(events, clock, screen, Staff(acts))
            app = App(database, tenants, [playback], clock)
            await app.start()
            await _first(app.failed(), playback.finished.wait())
            await app.stop()
            return await database.read(questions.every)
        finally:
            await database.close()


async def _first(failed: object, finished: object) -> None:
    """Waits for the end; a fault on the way is raised."""
    tasks = [asyncio.ensure_future(one) for one in (failed, finished)]  # type: ignore[call-overload]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()
