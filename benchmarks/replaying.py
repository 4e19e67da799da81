"""How fast `backstop replay` goes through a year of a busy channel, with everything on."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Final

import click

from benchmarks.talks import SAMPLE
from bot.commands.options import live_tenants, read_transcripts
from bot.transcripts.records import to_line
from bot.transcripts.replay import Options, replay
from escalation.timing import MINUTE

ENOUGH: Final = 20_000
"""Messages of a sample."""


def run(data: Path | None, *, full: bool) -> None:
    """Prints messages a second: reading, judging, committing, ringing, paging and writing all records."""
    files = sorted((data / "ubuntu-irc/train").glob("*.ascii.txt")) if data is not None else []
    name = f"ubuntu-irc training files, {'all' if full else 'a sample'}" if files else "the sample community"
    files = files or [SAMPLE]
    random.Random(0).shuffle(files)
    begun, spent = time.perf_counter(), time.process_time()
    count = used = size = 0
    for file in files:
        events, _ = read_transcripts((file,), None)
        options = Options(live_tenants(None, 15 * MINUTE, events), links=True)
        size += sum(len(to_line(record)) for _, _, _, record in replay(events, options).records)
        count, used = count + len(events), used + 1
        if not full and count >= ENOUGH:
            break
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    click.echo(f"replay of {name} ({used} files, {count} messages, one process): {count / wall:.0f} messages/s, "
               f"{count / cpu:.0f} a second of CPU time ({cpu * 1e6 / count:.0f} us each); "
               f"{size / 1e6:.1f} MB of records")  # fmt: skip
