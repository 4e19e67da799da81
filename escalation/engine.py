"""The engine: everything that happens because time passed. The time comes in as an argument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from escalation.delivery import Delivered, Delivery
from escalation.errors import StoreError, StoreRefused
from escalation.events import MessageKey
from escalation.ledger import Entry, write
from escalation.notify import Notifiers
from escalation.policy import Advance, Escalation, advance
from escalation.store import Database, outbox, questions
from escalation.store.outbox import Kind, Row, row_key
from escalation.tenant import Tenants
from escalation.timing import MINUTE, Millis, millis, moment

SWEEP = 200
"""Due questions that share one commit at the most."""
OVERDUE = MINUTE
"""A page that wanted to go out this long ago and has not is overdue."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: its escalations in the order of their due times, and when to sweep again."""

    advances: tuple[Advance, ...]
    next_due: datetime | None
    faults: tuple[tuple[MessageKey, str], ...] = ()
    """Questions that tripped a fault of ours: left as they are, and overdue in the audit."""

    @property
    def escalations(self) -> tuple[Escalation, ...]:
        return tuple(one.escalation for one in self.advances if one.escalation is not None)


@dataclass(frozen=True, slots=True)
class Audit:
    """The watchdog's finding: what should have gone out before `now - OVERDUE` and has not."""

    overdue_questions: int
    overdue_pages: tuple[Row, ...]
    oldest: Millis
    """Age in milliseconds of the oldest of them; 0: none."""


class Engine:
    """Clock-driven half of the core: sweeps due questions, delivers pages, audits both."""

    def __init__(self, database: Database, tenants: Tenants, notifiers: Notifiers) -> None:
        self._database = database
        self._delivery = Delivery(database, tenants, notifiers)

    async def sweep(self, now: datetime) -> Swept:
        """Lets all clocks ring that are due at `now`; state and pages commit together."""
        at, advances, faults = millis(now), list[Advance](), dict[MessageKey, str]()
        while True:
            try:
                some, next_due = await self._database.write(lambda connection: _sweep(connection, at, set(faults)))
            except Exception as fault:
                if isinstance(fault, StoreError) and not isinstance(fault, StoreRefused):
                    raise
                alone, sick = await self._sweep_alone(at, set(faults))
                advances += alone
                faults.update(sick)
                continue
            advances += some
            if len(some) < SWEEP:
                due = moment(next_due) if next_due is not None else None
                return Swept(tuple(advances), due, tuple(faults.items()))

    async def _sweep_alone(self, at: Millis, skip: set[MessageKey]) -> tuple[list[Advance], dict[MessageKey, str]]:
        """The next due questions, each in a transaction of its own; answers those that tripped a fault too."""
        due = await self._database.read(lambda connection: questions.due(connection, at, SWEEP + len(skip)))
        advances: list[Advance] = []
        faults: dict[MessageKey, str] = {}
        for question in due:
            others = {one.key for one in due if one.key != question.key} | skip | set(faults)
            try:
                some, _ = await self._database.write(lambda connection, skip=others: _sweep(connection, at, skip))  # type: ignore[misc]
            except Exception as fault:
                if isinstance(fault, StoreError) and not isinstance(fault, StoreRefused):
                    raise
                faults[question.key] = f"{type(fault).__name__}: {fault}"[:500]
            else:
                advances += some
        return advances, faults

    async def deliver(self, now: datetime) -> Delivered:
        """Tries every page and card edit that is wanted at `now`, once; answers when to call again."""
        return await self._delivery.deliver(now)

    async def reclaim(self) -> None:
        """Frees what a dead process still holds. Only for the one process that uses this database."""
        await self._delivery.reclaim()

    async def release(self) -> None:
        """Gives back what this process holds, so that another may go on at once."""
        await self._delivery.release()

    async def audit(self, now: datetime) -> Audit:
        """An independent look at what is overdue, by its own queries."""
        at = millis(now)

        def run(connection: sa.Connection) -> Audit:
            late, first = questions.overdue(connection, at - OVERDUE)
            pages = outbox.stuck(connection, at - OVERDUE)
            times = [*([first] if first is not None else ()), *(row.created_at for row in pages)]
            return Audit(late, tuple(pages), at - min(times) if times else 0)

        return await self._database.read(run)


def _sweep(connection: sa.Connection, now: Millis, skip: set[MessageKey]) -> tuple[list[Advance], Millis | None]:
    due = [one for one in questions.due(connection, now, SWEEP + len(skip)) if one.key not in skip]
    policies = questions.policies(connection, [one.policy_revision for one in due])
    advances = [advance(one, policies[one.policy_revision], now) for one in due]
    write(connection, [Entry(one.transition, note="exhausted" if one.exhausted else None) for one in advances])
    outbox.add(connection, pages_of([one.escalation for one in advances if one.escalation is not None]))
    return advances, questions.next_due(connection, skip)


def pages_of(escalations: Sequence[Escalation]) -> list[Row]:
    """The rows that tell the targets of each escalation."""
    return [_ping(one, target) for one in escalations for target in one.targets]


def _ping(escalation: Escalation, target: str) -> Row:
    question, round_, step = escalation.question, escalation.round, escalation.step
    return Row(
        key=row_key(question.tenant, question.key, question.episode, round_, step, target, Kind.PING),
        tenant=question.tenant,
        subject=question.key,
        episode=question.episode,
        round=round_,
        step=step,
        target=target,
        kind=Kind.PING,
        reason=escalation.reason.value,
        created_at=escalation.at,
        not_before=escalation.at,
    )
