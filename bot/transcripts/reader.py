"""Reading transcript files of any known format; a bad line is reported and the rest is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.transcripts import irc, jsonl
from escalation.errors import InputError
from escalation.events import Event

FORMATS = ("jsonl", "irc")
MAX_LINE = 1_000_000
"""Characters of a line that are read: a longer one is reported, not held in memory whole."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that could not be read."""

    file: Path
    number: int
    trouble: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.trouble}"


def read(path: Path, form: str | None = None) -> Iterator[Event | Bad]:
    """The events of a file in its order. `form` None: guessed from the content.

    Raises InputError where the file can't be opened or its format can't be guessed.
    """
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            yield from _lines(path, file, form or guess(path))
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from error


def guess(path: Path) -> str:
    """The format of a file, from its first lines."""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = [line for _, line in zip(range(50), (file.readline(MAX_LINE) for _ in range(50)), strict=False)]
    lines = [line.lstrip("\ufeff").strip() for line in head if line.strip("\ufeff \t\r\n")]
    if not lines or lines[0].startswith("{"):
        return "jsonl"
    if sum(irc.looks_like(line) for line in lines) * 2 >= len(lines):
        return "irc"
    raise InputError(f"{path}: can't tell its format from the first lines; name it with --format {'|'.join(FORMATS)}")


def _lines(path: Path, file: IO[str], form: str) -> Iterator[Event | Bad]:
    log = irc.IrcReader(path) if form == "irc" else None
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if not line.endswith("\n") and len(line) >= MAX_LINE:
            while (rest := file.readline(MAX_LINE)) and not rest.endswith("\n"):
                pass
            yield Bad(path, number, f"longer than {MAX_LINE} characters; left out")
            continue
        line = line.lstrip("\ufeff").rstrip("\r\n")
        try:
            if log is not None:
                event: Event | None = log.parse(number - 1, line)
            else:
                event = jsonl.parse_line(line) if line.strip() else None
        except InputError as error:
            yield Bad(path, number, str(error))
            continue
        if event is not None:
            yield event
