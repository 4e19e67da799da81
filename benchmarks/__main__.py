"""python -m benchmarks accuracy|speed|calendar|clusters|routing|convert"""

from __future__ import annotations

import os
from pathlib import Path

import click

from benchmarks import accuracy as accuracy_tables
from benchmarks import calendar as calendar_tables
from benchmarks import clusters as cluster_figures
from benchmarks import convert as converters
from benchmarks import cost as cost_tables
from benchmarks import memory, replaying
from benchmarks import routing as routing_tables
from benchmarks import speed as speed_tables
from bot import logs


def data_folder() -> Path:
    """BACKSTOP_DATA, or the folder beside the checkout."""
    folder = Path(os.environ.get("BACKSTOP_DATA", "../shared/data"))
    if not folder.is_dir():
        raise click.ClickException(f"{folder}: no labelled data there; set BACKSTOP_DATA")
    return folder


@click.group()
def main() -> None:
    """Measures Backstop on labelled data and under load."""


@main.command()
def accuracy() -> None:
    """All tasks on the dev data, through `backstop replay`, scored by the judge that lies beside the data."""
    accuracy_tables.run(data_folder())


@main.command()
@click.option("--quick", is_flag=True, help="Smaller databases and fewer channels, for a first look.")
@click.option("--full", is_flag=True, help="Replay all of the training files, not a sample.")
def speed(quick: bool, full: bool) -> None:
    """What a message costs beside discord.py; memory; replay; start-up; due to delivered under load."""
    found = Path(os.environ.get("BACKSTOP_DATA", "../shared/data"))
    data = found if found.is_dir() else None
    logs.set_up("people", "error")
    cost_tables.run(data)
    memory.run(data, quick=quick)
    replaying.run(data, full=full)
    speed_tables.run(quick=quick)


@main.command()
def calendar() -> None:
    """What a look at a business calendar costs: working-time deadlines near and far."""
    calendar_tables.calendar_table()


@main.command()
def clusters() -> None:
    """The same question asked by many: banking77 streams, and an outage in three languages."""
    cluster_figures.run(data_folder())


@main.command()
def routing() -> None:
    """Right topic at 90 % precision from ten examples a topic, and how many questions are abstained on."""
    routing_tables.run(data_folder())


@main.command()
@click.argument("kind", type=click.Choice(sorted(converters.KINDS)))
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.argument("target", type=click.Path(path_type=Path))
def convert(kind: str, source: Path, target: Path) -> None:
    """Turn labelled data into a transcript that `backstop replay` and `backstop demo` read."""
    count = converters.convert(kind, source, target)
    click.echo(f"{target}: {count} events")


if __name__ == "__main__":
    main()
