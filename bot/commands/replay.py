"""backstop replay"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot import logs
from bot.commands.options import Duration, config_option, live_tenants, read_transcripts, report_bad
from bot.transcripts.reader import FORMATS
from bot.transcripts.records import to_line
from bot.transcripts.replay import Options
from bot.transcripts.replay import replay as run_replay
from bot.transcripts.summary import summarise
from escalation.errors import InputError
from escalation.timing import Millis


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write decisions here, one JSON a line.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Format of the files (default: guessed).")
@click.option("--timeout", type=Duration(), help="Delay before the first step, e.g. 15m, instead of the policy's.")
@click.option("--always-open", is_flag=True, help="Ignore working hours.")
@click.option("--drain", is_flag=True, help="Let the clock run after the last event until no timer is left.")
@click.option("--links", is_flag=True, help="Also write to what each message replies.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="Processes; tenants are split among them.")
@config_option
def replay(
    files: tuple[Path, ...],
    out: Path | None,
    form: str | None,
    timeout: Millis | None,
    always_open: bool,  # noqa: ARG001  no policy has working hours yet
    drain: bool,
    links: bool,
    jobs: int,
    config_file: Path | None,
) -> None:
    """Show what Backstop would have done with recorded history. Nothing is sent."""
    logs.set_up("people", "error")  # a library of ours would else talk between the lines
    if out is not None and not out.absolute().parent.is_dir():
        raise InputError(f"{out}: its folder does not exist")
    events, bad = read_transcripts(files, form)
    options = Options(live_tenants(config_file, timeout, events), links=links, drain=drain)
    with click.progressbar(length=len(events), label="Replaying", file=sys.stderr) as bar:
        quiet = not sys.stderr.isatty()
        result = run_replay(events, options, jobs=jobs, progress=None if quiet else bar.update)
    if out is not None:
        with out.open("wb") as file:
            file.writelines(to_line(record) for _, _, _, record in result.records)
    else:
        for line in summarise(result):
            click.echo(line)
    report_bad(bad)
    if bad:
        sys.exit(1)
