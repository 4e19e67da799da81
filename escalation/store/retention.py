"""Erasing what is older than the retention: texts, people's ids, everything but running questions."""

from __future__ import annotations

import sqlalchemy as sa

from escalation.question import ENDED
from escalation.store.schema import audit, memberships, messages, outbox, questions, reactions
from escalation.timing import Millis


def erase_before(connection: sa.Connection, before: Millis) -> int:
    """Erases questions that ended before `before` and messages from before it; answers how many rows went.

    Messages of questions that still run stay until those end.
    """
    ended = questions.c.state.in_([state.value for state in ENDED]) & (questions.c.since < before)
    gone = sa.select(questions.c.tenant, questions.c.key).where(ended).subquery()
    rows = 0
    for table, column in ((memberships, "question"), (outbox, "subject"), (audit, "question")):
        match = sa.exists().where(gone.c.tenant == table.c.tenant, gone.c.key == table.c[column])
        rows += connection.execute(table.delete().where(match)).rowcount
    rows += connection.execute(questions.delete().where(ended)).rowcount
    kept = sa.exists().where(memberships.c.message == messages.c.key)
    asked = sa.exists().where(questions.c.key == messages.c.key, questions.c.tenant == messages.c.tenant)
    rows += connection.execute(messages.delete().where(messages.c.at < before, ~kept, ~asked)).rowcount
    known = sa.exists().where(messages.c.key == reactions.c.message)
    rows += connection.execute(reactions.delete().where(reactions.c.at < before, ~known)).rowcount
    return rows
