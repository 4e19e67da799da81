"""Transcripts that grow, followed like a chat: any bridge that appends lines can feed Backstop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

import sqlalchemy as sa
import structlog

from bot.app import App
from bot.transcripts.jsonl import parse_line
from bot.transcripts.pages import PagesFile
from bot.transcripts.reader import MAX_LINE
from escalation.errors import InputError
from escalation.events import ChannelKey, Event
from escalation.notify import Notifier
from escalation.store import meta
from escalation.timing import millis, moment

CHUNK = 256
"""Lines that are handed on together."""

log = structlog.get_logger()


class Follow:
    """Reads complete lines as they are appended; how far it got is stored after each commit."""

    name = "follow"

    def __init__(self, files: Sequence[Path], pages: Path, every: float) -> None:
        """`every`: seconds between looks at the files."""
        self._files = files
        self._every = every
        self._notifier = PagesFile(pages)
        self._watched: set[ChannelKey] = set()
        self.connected = False
        self.caught_up = asyncio.Event()
        self._behind = set(files)

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        return {"pages": self._notifier}

    async def server_time(self) -> datetime | None:
        return None

    async def run(self, app: App) -> None:
        """Follows all files until it is cancelled."""
        await asyncio.gather(*(self._follow(app, file) for file in self._files))

    async def _follow(self, app: App, path: Path) -> None:
        key = f"follow:{path.resolve()}"
        offset, since = await self._place(app, key)
        while True:
            events, offset_after = await asyncio.to_thread(self._read, path, offset)
            self.connected = all(file.exists() for file in self._files)
            for event in events:
                if event.place.key not in self._watched:
                    place = event.place
                    await app.insist("watch", lambda place=place: app.desk.watch(place, since))  # type: ignore[misc]
                    self._watched.add(event.place.key)
            if events:
                await app.take(events)
            if offset_after != offset:
                offset = offset_after
                await app.insist("position", lambda at=offset: self._remember(app, key, at))  # type: ignore[misc]
            else:
                self._behind.discard(path)
                if not self._behind:
                    self.caught_up.set()
                await asyncio.sleep(self._every)

    @staticmethod
    async def _place(app: App, key: str) -> tuple[int, datetime]:
        """How far the file was read, and since when it is watched: what is older never pages."""
        now = str(millis(app.clock.now()))

        def run(connection: sa.Connection) -> tuple[int, datetime]:
            since = meta.get(connection, f"{key}:since")
            if since is None:
                meta.put(connection, f"{key}:since", now)
            return int(meta.get(connection, key) or 0), moment(int(since or now))

        return await app.insist("position", lambda: app.database.write(run))

    @staticmethod
    async def _remember(app: App, key: str, offset: int) -> None:
        await app.database.write(lambda connection: meta.put(connection, key, str(offset)))

    def _read(self, path: Path, offset: int) -> tuple[list[Event], int]:
        """The next events and the offset behind them; a file that shrank is read from its start again."""
        events: list[Event] = []
        try:
            with path.open("rb") as file:
                if file.seek(0, 2) < offset:
                    log.warning("the followed file shrank, reading it again", file=str(path))
                    offset = 0
                file.seek(offset)
                return events, self._read_lines(path, file, events, offset)
        except FileNotFoundError:
            return [], offset
        except OSError as error:
            log.error("the followed file can't be read", file=str(path), trouble=error.strerror)
            return [], offset

    @staticmethod
    def _read_lines(path: Path, file: IO[bytes], events: list[Event], offset: int) -> int:
        for _ in range(CHUNK):
            line = file.readline(MAX_LINE)
            if not line.endswith(b"\n") and len(line) < MAX_LINE:
                break
            if line.strip():
                try:
                    events.append(parse_line(line.decode("utf-8", "replace").lstrip("\ufeff")))
                except InputError as error:
                    log.error("a line was left out", file=str(path), offset=offset, trouble=str(error))
            offset += len(line)
        return offset
