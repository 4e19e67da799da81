"""The command line: `backstop COMMAND`. Each group of commands has a file of its own in bot/commands/."""

from __future__ import annotations

import sys

import click

from bot import __version__
from bot.commands.config import config
from bot.commands.database import db
from bot.commands.demo import demo
from bot.commands.doctor import doctor
from bot.commands.oncall import oncall
from bot.commands.replay import replay
from bot.commands.run import run
from escalation.errors import BackstopError, SettingsError


class _Main(click.Group):
    """Turns the product's own errors into one readable message and exit status 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            click.echo(f"backstop: {len(error.problems)} mistake(s) in the settings", err=True)
            for problem in error.problems:
                click.echo(f"  {problem}", err=True)
        except BackstopError as error:
            click.echo(f"backstop: {error}", err=True)
        sys.exit(2)


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="backstop")
def main() -> None:
    """Watches community channels, stays silent while members help each other, pages the right people once."""


main.help = f"{main.help} (version {__version__})"
for command in (run, demo, replay, oncall, doctor, config, db):
    main.add_command(command)
