"""Messages, and which questions they belong to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from escalation.detection import AnswerRole, Seen
from escalation.events import ChannelKey, MessageKey, Reaction
from escalation.store.common import chunks, put, upsert
from escalation.store.schema import channels, memberships, messages, reactions
from escalation.timing import Millis

_COLUMNS = tuple(column.name for column in messages.columns)
_TIE = ("tenant", "question", "message")
_TIE_CHANGING = ("role", "probability", "reasons", "at", "withdrawn")


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it lies in the store; a deleted one has no text any more."""

    key: MessageKey
    tenant: str
    channel: ChannelKey
    thread: str | None
    author: str
    author_name: str
    staff: bool
    bot: bool
    at: Millis
    title: str
    text: str
    extras: str | None
    parent: MessageKey | None
    link_probability: float
    asks: bool
    score: int | None = None
    edited_at: Millis | None = None
    deleted_at: Millis | None = None
    root: MessageKey | None = None
    """The first message of its conversation."""

    def seen(self, roles: tuple[tuple[MessageKey, AnswerRole], ...] = ()) -> Seen:
        """The message as the judge knows it."""
        text = f"{self.title}\n{self.text}" if self.title else self.text
        return Seen(self.key, self.author, self.author_name, self.at, text, self.thread, self.bot, self.staff,
                    self.parent, self.root, self.asks, roles)  # fmt: skip


def extras(tags: Sequence[str], attachments: Sequence[str]) -> str | None:
    """Tags and attachments as they are stored; None where there are none."""
    if not tags and not attachments:
        return None
    return json.dumps({"tags": list(tags), "attachments": list(attachments)}, ensure_ascii=False)


def tags(stored: str | None) -> list[str]:
    """The tags inside stored extras."""
    return list(json.loads(stored)["tags"]) if stored else []


def attachments(stored: str | None) -> list[str]:
    """The attachments inside stored extras."""
    return list(json.loads(stored)["attachments"]) if stored else []


@dataclass(frozen=True, slots=True)
class Membership:
    """Ties a message to a question, with what it does for it and why that is thought."""

    tenant: str
    question: MessageKey
    message: MessageKey
    role: AnswerRole
    probability: float
    reasons: tuple[str, ...]
    at: Millis
    withdrawn: bool = False


def load(connection: sa.Connection, keys: Iterable[MessageKey]) -> dict[MessageKey, StoredMessage]:
    """The stored messages among `keys`."""
    found = {}
    for some in chunks(keys):
        for row in connection.execute(sa.select(messages).where(messages.c.key.in_(some))):
            found[MessageKey(row.key)] = StoredMessage(**row._mapping)
    return found


def memberships_of(connection: sa.Connection, keys: Iterable[MessageKey]) -> dict[MessageKey, list[Membership]]:
    """For each message its memberships, withdrawn ones too."""
    found: dict[MessageKey, list[Membership]] = defaultdict(list)
    for some in chunks(keys):
        query = sa.select(memberships).where(memberships.c.message.in_(some)).order_by(memberships.c.question)
        for row in connection.execute(query):
            found[MessageKey(row.message)].append(_membership(row))
    return found


def members_of(connection: sa.Connection, tenant: str, question: MessageKey) -> list[tuple[StoredMessage, Membership]]:
    """The messages of a question, oldest first, without withdrawn ones."""
    ties = sa.select(memberships).where(
        memberships.c.tenant == tenant, memberships.c.question == question, memberships.c.withdrawn.is_(False)
    )
    by_message = {row.message: _membership(row) for row in connection.execute(ties)}
    stored = load(connection, [MessageKey(key) for key in by_message])
    return sorted(((stored[key], tie) for key, tie in by_message.items() if key in stored), key=_order)


def _order(pair: tuple[StoredMessage, Membership]) -> tuple[Millis, str]:
    return pair[0].at, pair[0].key


def recent(connection: sa.Connection, channel: ChannelKey, limit: int) -> list[Seen]:
    """The last messages of a channel, oldest first, as a judge's window wants them."""
    query = (
        sa.select(messages)
        .where(messages.c.channel == channel, messages.c.deleted_at.is_(None))
        .order_by(messages.c.at.desc(), messages.c.key.desc())
        .limit(limit)
    )
    stored = [StoredMessage(**row._mapping) for row in connection.execute(query)]
    return list(reversed(as_seen(connection, stored)))


def as_seen(connection: sa.Connection, stored: Sequence[StoredMessage]) -> list[Seen]:
    """Messages with their roles."""
    ties = memberships_of(connection, [one.key for one in stored])
    return [
        one.seen(tuple((tie.question, tie.role) for tie in ties.get(one.key, ()) if not tie.withdrawn))
        for one in stored
    ]


def insert(connection: sa.Connection, new: Sequence[StoredMessage]) -> None:
    """Stores new messages; one that is there already stays as it is."""
    rows = [[getattr(one, name) for name in _COLUMNS] for one in new]
    put(connection, messages, rows, _COLUMNS, same=("key",))


def update(connection: sa.Connection, changed: Mapping[MessageKey, Mapping[str, Any]]) -> None:
    """Changes some columns of stored messages."""
    for key, values in changed.items():
        connection.execute(messages.update().where(messages.c.key == key).values(**values))


def tie(connection: sa.Connection, ties: Sequence[Membership]) -> None:
    """Stores memberships; a known one takes the new role."""
    rows = [
        (one.tenant, one.question, one.message, one.role.value, one.probability,
         orjson.dumps(one.reasons).decode(), one.at, one.withdrawn)
        for one in ties
    ]  # fmt: skip
    put(connection, memberships, rows, (*_TIE, *_TIE_CHANGING), same=_TIE, changing=_TIE_CHANGING)


def watched_since(
    connection: sa.Connection, wanted: Mapping[ChannelKey, tuple[str, Millis]]
) -> dict[ChannelKey, Millis]:
    """Since when each channel is watched; unknown ones are watched from (tenant, time) in `wanted`."""
    known = {}
    for some in chunks(wanted):
        query = sa.select(channels.c.key, channels.c.watched_since).where(channels.c.key.in_(some))
        known.update({ChannelKey(row.key): row.watched_since for row in connection.execute(query)})
    new = {key: since for key, (_, since) in wanted.items() if key not in known}
    if new:
        rows = [{"key": key, "tenant": wanted[key][0], "watched_since": since} for key, since in new.items()]
        connection.execute(upsert(connection, channels).on_conflict_do_nothing(), rows)
        # Another worker may have been first: what is stored counts.
        query = sa.select(channels.c.key, channels.c.watched_since).where(channels.c.key.in_(list(new)))
        known.update({ChannelKey(row.key): row.watched_since for row in connection.execute(query)})
    return known


def react(connection: sa.Connection, tenant: str, event: Reaction) -> None:
    """Stores a reaction, or takes it back."""
    row = {"message": event.key, "author": event.author.id, "emoji": event.emoji}
    if event.removed:
        mine = [reactions.c[name] == value for name, value in row.items()]
        connection.execute(reactions.delete().where(*mine))
    else:
        new = upsert(connection, reactions).on_conflict_do_nothing()
        connection.execute(new, {**row, "tenant": tenant, "at": event.when})


def reactions_of(connection: sa.Connection, keys: Iterable[MessageKey]) -> set[tuple[MessageKey, str, str]]:
    """(message, author, emoji) of every reaction to these messages."""
    found = set()
    for some in chunks(keys):
        for row in connection.execute(sa.select(reactions).where(reactions.c.message.in_(some))):
            found.add((MessageKey(row.message), row.author, row.emoji))
    return found


def _membership(row: Any) -> Membership:
    return Membership(
        row.tenant,
        MessageKey(row.question),
        MessageKey(row.message),
        AnswerRole(row.role),
        row.probability,
        tuple(json.loads(row.reasons)),
        row.at,
        row.withdrawn,
    )
