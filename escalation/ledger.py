"""Writing transitions down: question, audit trail, and what follows for its pages, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from escalation.events import MessageKey
from escalation.question import Happening, Question, State, Transition
from escalation.store import outbox, questions
from escalation.store.outbox import Kind, Row
from escalation.timing import Millis


@dataclass(frozen=True, slots=True)
class Entry:
    """A transition, and the message that caused it if one did."""

    transition: Transition
    message: MessageKey | None = None
    note: str | None = None
    """Stands in the audit trail instead of the happening's own words."""


# Happenings after which a card that was sent tells something new even if the state stays.
_TELLING = frozenset(
    {Happening.PEER_ANSWERS, Happening.UNSAFE, Happening.FAILURE, Happening.DISPUTE, Happening.WRONG_TEAM}
)


def write(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Saves each question's last state, appends all to the audit trail, cancels and edits pages."""
    if not entries:
        return
    last: dict[tuple[str, MessageKey], Question] = {}
    settled: dict[str, set[MessageKey]] = defaultdict(set)
    stale: dict[str, dict[MessageKey, Millis]] = defaultdict(dict)
    for entry in entries:
        after = entry.transition.after
        last[after.tenant, after.key] = after
        if _was_paged(entry.transition):
            if after.state is not State.ESCALATED:
                settled[after.tenant].add(after.key)
            if entry.transition.changed_state or entry.transition.happening in _TELLING:
                stale[after.tenant][after.key] = entry.transition.at
    questions.save(connection, list(last.values()))
    questions.record(connection, [(entry.transition, entry.message, entry.note) for entry in entries])
    for tenant, keys in settled.items():
        outbox.cancel(connection, tenant, keys)
    for tenant, times in stale.items():
        refresh_cards(connection, tenant, times)


def refresh_cards(connection: sa.Connection, tenant: str, times: dict[MessageKey, Millis]) -> None:
    """Queues an edit of every card that was sent for these questions."""
    outbox.outdate(connection, tenant, times)
    sent = outbox.cards(connection, tenant, times)
    outbox.rearm(connection, [edit_of(card, times[card.subject]) for card in sent])


def edit_of(card: Row, at: Millis) -> Row:
    """The row that makes a card which was sent tell what is true now."""
    key = outbox.edit_key(card.key)
    return Row(
        key, card.tenant, card.subject, card.episode, card.round, card.step, card.target, Kind.EDIT, card.reason,
        created_at=at, not_before=at, sent_message_id=card.sent_message_id,
    )  # fmt: skip


def _was_paged(transition: Transition) -> bool:
    before = transition.before
    return before.step > 0 or before.round > 0 or before.episode > 1
