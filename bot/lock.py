"""One process for each SQLite file: a lock beside it, held while the bot runs."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from escalation.errors import StoreInUse, StoreUnavailable
from escalation.store import Database


class InstanceLock:
    """Held from enter to exit; the system lets go when the process dies. PostgreSQL needs none."""

    def __init__(self, database: Database) -> None:
        self._path = database.path.with_name(database.path.name + ".lock") if database.path else None
        self._file: int | None = None

    def __enter__(self) -> Self:
        if self._path is None:
            return self
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"{self._path}: {error.strerror}; check that this user may write there") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = Path(self._path).read_text().strip() or "unknown"
            os.close(self._file)
            self._file = None
            raise StoreInUse(
                f"{self._path.name.removesuffix('.lock')} is in use by process {holder}: stop that one first"
            ) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
