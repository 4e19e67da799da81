"""Questions, their audit trail, and the revisions they were asked under."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

import sqlalchemy as sa

from escalation.events import ChannelKey, MessageKey
from escalation.policy import EscalationPolicy
from escalation.question import ENDED, Question, Reason, State, Transition
from escalation.store.common import chunks, put
from escalation.store.schema import audit, questions, revisions
from escalation.timing import Millis

QuestionId = tuple[str, MessageKey]
"""(tenant, message key)."""

_COLUMNS = tuple(column.name for column in questions.columns)
_AUDIT = ("tenant", "question", "episode", "at", "happening", "before", "after", "actor", "message")
_CHANGING = tuple(name for name in _COLUMNS if name not in ("tenant", "key"))


def load(connection: sa.Connection, tenant: str, keys: Iterable[MessageKey]) -> dict[MessageKey, Question]:
    """The tenant's questions among `keys`, locked until the transaction ends where several workers write."""
    found = {}
    for some in chunks(keys):
        query = sa.select(questions).where(questions.c.tenant == tenant, questions.c.key.in_(some))
        for row in connection.execute(query.order_by(questions.c.key).with_for_update()):
            found[MessageKey(row.key)] = _question(row)
    return found


def load_free(connection: sa.Connection, tenant: str, key: MessageKey) -> Question | None:
    """The question, locked; None where it does not exist or another worker holds it now."""
    query = sa.select(questions).where(questions.c.tenant == tenant, questions.c.key == key)
    row = connection.execute(query.with_for_update(skip_locked=True)).first()
    return None if row is None else _question(row)


def exists(connection: sa.Connection, tenant: str, key: MessageKey) -> bool:
    """Whether there is such a question, whoever holds it."""
    query = sa.select(questions.c.key).where(questions.c.tenant == tenant, questions.c.key == key)
    return connection.execute(query).first() is not None


def overdue(connection: sa.Connection, before: Millis) -> tuple[int, Millis | None]:
    """How many questions have been due since before `before`, and since when the first; locks nothing."""
    query = sa.select(sa.func.count(), sa.func.min(questions.c.due_at)).where(questions.c.due_at <= before)
    count, first = connection.execute(query).one()
    return count, first


def due(connection: sa.Connection, now: Millis, limit: int) -> list[Question]:
    """Questions whose clock rang, the longest overdue first; those another worker holds are left out."""
    query = (
        sa.select(questions)
        .where(questions.c.due_at <= now)
        .order_by(questions.c.due_at, questions.c.tenant, questions.c.asked_at, questions.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_question(row) for row in connection.execute(query)]


def next_due(connection: sa.Connection, skip: Iterable[MessageKey] = ()) -> Millis | None:
    """When the next clock rings, leaving out the questions `skip`."""
    query = sa.select(sa.func.min(questions.c.due_at)).where(questions.c.due_at.is_not(None))
    if left_out := list(skip):
        query = query.where(questions.c.key.not_in(left_out))
    earliest: Millis | None = connection.execute(query).scalar()
    return earliest


def open_of(connection: sa.Connection, tenant: str, asker: str, since: Millis) -> list[Question]:
    """Questions of one person that have not ended, newest first."""
    query = (
        sa.select(questions)
        .where(questions.c.tenant == tenant, questions.c.asker == asker, questions.c.asked_at >= since)
        .where(questions.c.state.not_in([state.value for state in ENDED]))
        .order_by(questions.c.asked_at.desc())
    )
    return [_question(row) for row in connection.execute(query)]


def every(connection: sa.Connection, tenant: str | None = None) -> list[Question]:
    """All questions in the order they were asked."""
    query = sa.select(questions).order_by(questions.c.asked_at, questions.c.tenant, questions.c.key)
    if tenant is not None:
        query = query.where(questions.c.tenant == tenant)
    return [_question(row) for row in connection.execute(query)]


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many questions are in each state."""
    query = sa.select(questions.c.state, sa.func.count()).group_by(questions.c.state)
    return {state: count for state, count in connection.execute(query)}


def save(connection: sa.Connection, changed: Sequence[Question]) -> None:
    """Stores questions, new or known."""
    put(connection, questions, [_row(one) for one in changed], _COLUMNS, same=("tenant", "key"), changing=_CHANGING)


def record(connection: sa.Connection, entries: Sequence[tuple[Transition, MessageKey | None, str | None]]) -> None:
    """Appends (transition, message, note) to the audit trail: what happened, never what was said."""
    rows = [
        (one.after.tenant, one.after.key, one.after.episode, one.at, note or one.happening.value,
         one.before.state.value, one.after.state.value, one.actor, message)
        for one, message, note in entries
    ]  # fmt: skip
    put(connection, audit, rows, _AUDIT)


def trail(connection: sa.Connection, tenant: str, key: MessageKey) -> list[dict[str, Any]]:
    """The audit trail of one question, oldest first."""
    query = sa.select(audit).where(audit.c.tenant == tenant, audit.c.question == key).order_by(audit.c.at, audit.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def policy_revision(connection: sa.Connection, tenant: str, policy: EscalationPolicy, author: str, at: Millis) -> int:
    """The id under which `policy` is in force for the tenant; a changed policy becomes a new revision."""
    body = policy.to_json()
    query = (
        sa.select(revisions.c.id, revisions.c.body)
        .where(revisions.c.tenant == tenant, revisions.c.kind == "policy")
        .order_by(revisions.c.id.desc())
        .limit(1)
    )
    newest = connection.execute(query).first()
    if newest is not None and newest.body == body:
        return int(newest.id)
    row = {"tenant": tenant, "kind": "policy", "body": body, "author": author, "at": at}
    return int(connection.execute(revisions.insert().returning(revisions.c.id), row).scalar_one())


def policies(connection: sa.Connection, ids: Iterable[int]) -> dict[int, EscalationPolicy]:
    """The policies of these revisions."""
    found = {}
    for some in chunks(ids):
        for row in connection.execute(sa.select(revisions.c.id, revisions.c.body).where(revisions.c.id.in_(some))):
            found[int(row.id)] = EscalationPolicy.from_json(row.body)
    return found


def _question(row: Any) -> Question:
    values = dict(row._mapping)
    values["state"] = State(row.state)
    values["reason"] = Reason(row.reason) if row.reason else None
    values["channel"] = ChannelKey(row.channel)
    return Question(**values)


def _row(one: Question) -> list[Any]:
    return [value.value if isinstance(value := getattr(one, name), Enum) else value for name in _COLUMNS]
