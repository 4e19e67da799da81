"""backstop doctor"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from bot.checks import Health
from bot.commands.options import config_option
from bot.doctor import examine
from config import load_settings


@click.command()
@config_option
def doctor(config_file: Path | None) -> None:
    """Check settings, database, clock, tokens and permissions, and say how to mend what is wrong."""
    colours = {Health.GOOD: "green", Health.NOTE: "yellow", Health.BAD: "red"}

    async def run() -> bool:
        well = True
        async for finding in examine(load_settings(config_file)):
            click.secho(str(finding), fg=colours[finding.health])
            well = well and finding.health is not Health.BAD
        return well

    if not asyncio.run(run()):
        sys.exit(1)
