"""Options and argument types that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import click

from bot.transcripts.reader import Bad, read
from config import load_settings, tenants_of
from escalation.errors import InputError
from escalation.events import Event
from escalation.tenant import Tenants
from escalation.timing import SECOND, Millis, parse_duration


class Duration(click.ParamType[int]):
    """A duration such as 45m or 2h30m, as milliseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Millis:
        if isinstance(value, int):
            return value
        try:
            return parse_duration(str(value), least=SECOND)
        except InputError as error:
            self.fail(str(error), param, ctx)


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--config FILE"""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--config", "config_file", type=kind, help="Settings file (default: backstop.toml).")(command)


def read_transcripts(files: tuple[Path, ...], form: str | None) -> tuple[list[Event], list[Bad]]:
    """All events of the files, one after the other, and the lines that could not be read."""
    events: list[Event] = []
    bad: list[Bad] = []
    for file in files:
        for found in read(file, form):
            if isinstance(found, Bad):
                bad.append(found)
            else:
                events.append(found)
    return events, bad


def report_bad(bad: list[Bad], shown: int = 20) -> None:
    """Says on standard error which lines were left out."""
    for one in bad[:shown]:
        click.echo(str(one), err=True)
    if len(bad) > shown:
        click.echo(f"... and {len(bad) - shown} more bad lines", err=True)


def live_tenants(config_file: Path | None, timeout: Millis | None, events: Sequence[Event]) -> Tenants:
    """The tenants of the settings, out of shadow: replay and demo show what would have been sent."""
    tenants = tenants_of(load_settings(config_file))
    names = {tenants.owning(event.place).name for event in events}
    live = [changed(tenants.named(name), shadow=False) for name in sorted(names)]
    if timeout is not None:
        live = [changed(tenant, policy=tenant.policy.with_timeout(timeout)) for tenant in live]
    return Tenants(live)
