"""backstop oncall"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from bot.clock import RealClock
from bot.commands.options import config_option
from config import load_settings, tenants_of
from escalation.errors import InputError
from escalation.routing import Directory, Ping, Responder, Team
from escalation.schedule import Schedule, next_handover
from escalation.timing import Millis, about, millis, moment

_YEARS: Final = range(2000, 2201)


class Moment(click.ParamType[int]):
    """A time with an offset, as milliseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Millis:
        if isinstance(value, int):
            return value
        try:
            at = datetime.fromisoformat(str(value))
            if at.year in _YEARS:
                return millis(at)
            self.fail(f"{value!r} is out of bounds: the years {_YEARS[0]} to {_YEARS[-1]}", param, ctx)
        except InputError as error:
            self.fail(str(error), param, ctx)
        except ValueError:
            self.fail(f"{value!r} is not a time: write e.g. 2026-12-24T09:00+01:00", param, ctx)


@click.command()
@click.argument("team", required=False)
@click.option("--at", type=Moment(), help="At another time, e.g. 2026-12-24T09:00+01:00 (default: now).")
@config_option
def oncall(team: str | None, at: Millis | None, config_file: Path | None) -> None:
    """Say who is on call, and until when."""
    settings = load_settings(config_file)
    tenants = tenants_of(settings)
    now = millis(RealClock().now()) if at is None else at
    directories = {name: tenants.named(name).directory for name in settings.tenants}
    directories["unowned"] = tenants.template.directory
    known = {name for directory in directories.values() for name in directory.teams}
    if team is not None and team not in known:
        raise InputError(f"team {team!r} is not known; there are: {', '.join(sorted(known)) or 'none'}")
    for name, directory in directories.items():
        wanted = [one for one in directory.teams.values() if team in (None, one.name)]
        if wanted:
            click.echo(f"{name}:")
        for line in (line for one in wanted for line in _lines(one, directory, now)):
            click.echo(f"  {line}")


def _lines(team: Team, directory: Directory, now: Millis) -> Iterator[str]:
    schedule = directory.schedules.get(team.schedule or "")
    if schedule is None:
        yield f"{team.name}: no schedule; {_pinged(team)}"
        return
    people = directory.on_call(schedule.name, now)
    yield f"{team.name}: {_names(people) or 'nobody'} {_until(schedule, now)}"
    change = next_handover(schedule, now)
    if change is not None:
        yield f"  then {_names(directory.on_call(schedule.name, change)) or 'nobody'} {_until(schedule, change)}"
    if not people and team.pings is Ping.ONCALL:
        yield f"  its pages go to the fallback team: {directory.fallback}"


def _pinged(team: Team) -> str:
    pings = " ".join(dict.fromkeys(address.ping for address in team.addresses if address.ping))
    return f"pages ping {pings}" if pings and team.pings is Ping.ROLE else "pages ping nobody"


def _names(people: tuple[Responder, ...]) -> str:
    return " and ".join(person.name for person in people)


def _until(schedule: Schedule, now: Millis) -> str:
    change = next_handover(schedule, now)
    if change is None:
        return "with no end in sight"
    local = moment(change).astimezone(ZoneInfo(schedule.zone))
    return f"until {local:%a %d %b %Y %H:%M %Z} (for {about(change - now)})"
