"""Small helpers of all queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

K = TypeVar("K")
CHUNK = 500
"""Keys in one IN list: far below both engines' bounds on parameters."""


def upsert(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT of this engine that knows ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def chunks(keys: Iterable[K]) -> Iterator[Sequence[K]]:
    """The keys without repeats, in their order, in lists that fit one statement."""
    unique = list(dict.fromkeys(keys))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]
