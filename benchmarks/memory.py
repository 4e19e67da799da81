"""What a busy channel holds in memory: its window, and what the judge keeps of its talk. In a process of its own."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import click
import psutil

from benchmarks.cost import judged
from benchmarks.talks import moved, talks
from escalation.detection import ChannelWindow, TrainedJudge
from escalation.events import Message
from escalation.memory import WINDOW

CHANNELS: Final = 200
FULL: Final = WINDOW
"""Messages that fill a channel's window."""


def run(data: Path | None, *, quick: bool) -> None:
    """Prints megabytes a channel."""
    channels = CHANNELS // 4 if quick else CHANNELS
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        start, warm, full, again = pool.submit(_levels, data, channels).result()
    click.echo(f"memory, {channels} channels with full windows ({FULL} messages): {(full - warm) / channels:.2f} MB a "
               f"channel, {(again - warm) / channels:.2f} after {FULL} more in each;")  # fmt: skip
    click.echo(f"  what all share (models {start:.0f} MB with Python; texts and words that were met, bounded) "
               f"{warm:.0f} MB; the whole process {again:.0f} MB")  # fmt: skip


def _levels(data: Path | None, channels: int) -> tuple[float, float, float, float]:
    """Megabytes: with one message judged, with all caches warm, with all windows full, with as much again."""
    _, found = talks(data)
    pieces = [one[at : at + FULL] for one in found for at in range(0, len(one) - FULL + 1, FULL)] or found
    judge = TrainedJudge()
    judged(judge, found[0][:1], ChannelWindow(WINDOW))
    start, kept = _resident(), TrainedJudge()
    # What is kept of words and texts, whatever channel they stand in, is filled first by other channels that stay.
    others = [ChannelWindow(WINDOW) for _ in pieces]
    for number, window in enumerate(others):
        _fill(kept, window, pieces, number, "warm")
    windows = [ChannelWindow(WINDOW) for _ in range(channels)]
    levels = [start, _resident()]
    for turn in ("one", "two"):
        for number, window in enumerate(windows):
            _fill(judge, window, pieces, number, turn)
        levels.append(_resident())
    assert len(others) == len(pieces)
    return levels[0], levels[1], levels[2], levels[3]


def _fill(judge: TrainedJudge, window: ChannelWindow, pieces: Sequence[list[Message]], number: int, turn: str) -> None:
    """Another talk each turn, and no text twice."""
    later = {"warm": 1, "one": 40, "two": 80}[turn]
    said = moved(pieces[(number + later) % len(pieces)], f"{number}", later + number // len(pieces))
    late = timedelta(days=later)
    judged(judge, [replace(one, id=f"{turn}-{one.id}", at=one.at + late) for one in said], window)


def _resident() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss / 1e6)
