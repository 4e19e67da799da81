"""The tables. Times are UTC milliseconds; keys are built from platform ids; every table has its tenant."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

LEVEL: Final = 3
"""This program's schema level: the number of its newest migration."""
READABLE_FROM: Final = 1
"""The oldest level whose program may still work on a database of LEVEL (expand first, contract later)."""

metadata = sa.MetaData()


def _time(name: str, *, null: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _text(name: str, *, null: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null, primary_key=key)


meta = sa.Table("meta", metadata, _text("key", key=True), _text("value"))

channels = sa.Table(
    "channels",
    metadata,
    _text("key", key=True),
    _text("tenant"),
    _time("watched_since", null=False),
)

messages = sa.Table(
    "messages",
    metadata,
    _text("key", key=True),
    _text("tenant"),
    _text("channel"),
    _text("thread", null=True),
    _text("author"),
    _text("author_name"),
    sa.Column("staff", sa.Boolean, nullable=False),
    sa.Column("bot", sa.Boolean, nullable=False),
    _time("at", null=False),
    _text("title"),
    _text("text"),
    _text("extras", null=True),
    _text("parent", null=True),
    _text("root", null=True),
    sa.Column("link_probability", sa.Float, nullable=False),
    sa.Column("asks", sa.Boolean, nullable=False),
    sa.Column("score", sa.Integer),
    _time("edited_at"),
    _time("deleted_at"),
    sa.Index("messages_channel_at", "channel", "at"),
    sa.Index("messages_tenant_author", "tenant", "author"),
)

questions = sa.Table(
    "questions",
    metadata,
    _text("tenant", key=True),
    _text("key", key=True),
    _text("channel"),
    _text("thread", null=True),
    _text("asker"),
    _time("asked_at", null=False),
    sa.Column("policy_revision", sa.Integer, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("episode", sa.Integer, nullable=False),
    _text("state"),
    _time("since", null=False),
    _time("due_at"),
    _text("reason", null=True),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("step_held", sa.Boolean, nullable=False),
    _text("team", null=True),
    _text("assignee", null=True),
    _text("ended_by", null=True),
    sa.Column("voices", sa.Integer, nullable=False),
    sa.Column("answers", sa.Integer, nullable=False),
    sa.Column("asked_back", sa.Boolean, nullable=False),
    _text("first_answer", null=True),
    _time("first_response_at"),
    _text("confirmed", null=True),
    _text("failure", null=True),
    _text("dispute", null=True),
    _text("unsafe", null=True),
)
sa.Index("questions_due", questions.c.due_at, sqlite_where=questions.c.due_at.is_not(None),
         postgresql_where=questions.c.due_at.is_not(None))  # fmt: skip
sa.Index("questions_asker", questions.c.tenant, questions.c.asker, questions.c.asked_at)

memberships = sa.Table(
    "memberships",
    metadata,
    _text("tenant", key=True),
    _text("question", key=True),
    _text("message", key=True),
    _text("role"),
    sa.Column("probability", sa.Float, nullable=False),
    _text("reasons"),
    _time("at", null=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Index("memberships_message", "message"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    _text("tenant"),
    _text("question"),
    sa.Column("episode", sa.Integer, nullable=False),
    _time("at", null=False),
    _text("happening"),
    _text("before"),
    _text("after"),
    _text("actor", null=True),
    _text("message", null=True),
    sa.Index("audit_question", "tenant", "question", "at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _text("key", key=True),
    _text("tenant"),
    _text("subject"),
    sa.Column("episode", sa.Integer, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    _text("target"),
    _text("kind"),
    _text("reason"),
    _text("state"),
    _text("payload", null=True),
    _time("created_at", null=False),
    _time("not_before", null=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    _time("first_try_at"),
    _time("lease_until"),
    sa.Column("epoch", sa.Integer, nullable=False),
    _text("sent_message_id", null=True),
    _time("sent_at"),
    _text("trouble", null=True),
    sa.Index("outbox_subject", "tenant", "subject"),
)
sa.Index("outbox_wanting", outbox.c.not_before, sqlite_where=outbox.c.state.in_(("pending", "sending")),
         postgresql_where=outbox.c.state.in_(("pending", "sending")))  # fmt: skip

reactions = sa.Table(
    "reactions",
    metadata,
    _text("message", key=True),
    _text("author", key=True),
    _text("emoji", key=True),
    _text("tenant"),
    _time("at", null=False),
)

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _text("tenant"),
    _text("kind"),
    _text("body"),
    _text("author"),
    _time("at", null=False),
    sa.Index("revisions_tenant", "tenant", "kind", "id"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    _text("tenant"),
    _text("message"),
    _text("event"),
    _text("trouble"),
    _time("at", null=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    _text("name", key=True),
    _time("due_at", null=False),
    _time("lease_until"),
    sa.Column("epoch", sa.Integer, nullable=False),
)
