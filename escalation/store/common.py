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


def put(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Sequence[Any]],
    columns: tuple[str, ...],
    *,
    same: tuple[str, ...] | None = None,
    changing: tuple[str, ...] = (),
) -> None:
    """Inserts many rows, each a value a column in the order of `columns`.

    `same`: columns of a unique index; a row that is there already takes the new values of `changing`, none: it stays.
    The statement is worked out once: SQLAlchemy's way from a dictionary to parameters costs more than SQLite's insert.
    """
    if rows:
        key = (table.name, connection.dialect.name, columns, same, changing)
        statement = _statements.get(key)
        if statement is None:
            statement = _statements[key] = _statement(connection, table, columns, same, changing)
        text, order = statement
        connection.exec_driver_sql(text, [tuple(row[at] for at in order) for row in rows])


_statements: dict[tuple[object, ...], tuple[str, tuple[int, ...]]] = {}


def _statement(
    connection: sa.Connection,
    table: sa.Table,
    columns: tuple[str, ...],
    same: tuple[str, ...] | None,
    changing: tuple[str, ...],
) -> tuple[str, tuple[int, ...]]:
    """The statement's text, and which column each of its parameters takes."""
    statement = upsert(connection, table)
    if changing:
        new = {name: statement.excluded[name] for name in changing}
        statement = statement.on_conflict_do_update(index_elements=same, set_=new)
    elif same is not None:
        statement = statement.on_conflict_do_nothing()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    return str(compiled), tuple(columns.index(name) for name in compiled.positiontup or ())


def chunks(keys: Iterable[K]) -> Iterator[Sequence[K]]:
    """The keys without repeats, in their order, in lists that fit one statement."""
    unique = list(dict.fromkeys(keys))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]
