"""Handing pages over: a lease, a look, a send, a record. docs/delivery.md says why in this order.

Never lost: a row leaves `pending` only under a lease that runs out. Never twice while it can be known:
every retry looks first. Never for a settled question: what is no longer wanted is cancelled at the lease.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from escalation.detection import AnswerRole
from escalation.errors import NoHistory, NotifierError, RetryLater, Undeliverable
from escalation.events import storable
from escalation.ledger import edit_of
from escalation.notify import Notifier, Notifiers, Page, Quote
from escalation.pages import Case, Said, compose, excerpt
from escalation.policy import EscalationPolicy
from escalation.question import Question, State
from escalation.routing import is_address, is_expanded, is_symbolic, parse_address
from escalation.store import Database, messages, outbox, questions
from escalation.store.outbox import Kind, Row, Stage, row_key
from escalation.tenant import Tenant, Tenants
from escalation.timing import MINUTE, SECOND, Millis, millis, moment

LEASE = 30 * SECOND
"""How long a row belongs to the process that took it."""
PATIENCE = 15 * SECOND
"""A send that takes longer has an unknown fate. Well below the lease, so that nobody else sends meanwhile."""
LOOK_BACK = MINUTE
"""Clocks differ: history is read from this long before the first try."""
AT_ONCE = 20
"""Rows in one delivery run."""
_BACKOFF = (2 * SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE)


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery run: the rows that went out, those that failed for now, and when to try again."""

    sent: tuple[Row, ...]
    troubled: tuple[Row, ...]
    next_try: datetime | None
    busy: bool = False
    """Something was tried: there may be more, so call again at once."""


Leased = tuple[Row, bool]
"""A row under a lease, and whether its page is still wanted: else it is only looked for."""


class _NotThere(Exception):
    """A page of unknown fate that nobody wants any more was never shown, as far as anybody can know."""


class Delivery:
    """Delivers the outbox through the notifiers."""

    def __init__(self, database: Database, tenants: Tenants, notifiers: Notifiers) -> None:
        self._database = database
        self._tenants = tenants
        self._notifiers = notifiers
        self._held: dict[tuple[str, int], Row] = {}

    async def deliver(self, now: datetime) -> Delivered:
        """Tries what is wanted at `now`, AT_ONCE rows at the most: a lease counts from when it was taken."""
        leased = await self._database.write(lambda connection: self._lease(connection, millis(now)))
        self._held |= {(row.key, row.epoch): row for row, _ in leased}
        done = await asyncio.gather(*(self._hand_over(row, now, wanted=wanted) for row, wanted in leased))
        next_try = await self._database.read(outbox.next_wanting)
        return Delivered(
            sent=tuple(row for row in done if row.state is Stage.SENT),
            troubled=tuple(row for row in done if row.trouble is not None),
            next_try=moment(next_try) if next_try is not None else None,
            busy=bool(done),
        )

    async def reclaim(self) -> None:
        """Frees what a dead process still holds. Only for the one process that uses this database."""
        await self._database.write(outbox.reclaim)

    async def release(self) -> None:
        """Gives back rows that were leased and not finished. The next try looks first."""
        rows, self._held = list(self._held.values()), {}

        def run(connection: sa.Connection) -> None:
            for row in rows:
                outbox.change(connection, row, state=Stage.PENDING.value, lease_until=None)

        if rows:
            await self._database.write(run)

    # -- taking

    def _lease(self, connection: sa.Connection, now: Millis) -> list[Leased]:
        """Expands teams to addresses, cancels what nobody wants any more, and takes the rest under a lease."""
        leased: list[Leased] = []
        visited: set[str] = set()
        while len(leased) < AT_ONCE:
            rows = [row for row in outbox.wanting(connection, now, AT_ONCE + len(visited)) if row.key not in visited]
            if not rows:
                break
            visited |= {row.key for row in rows}
            taken = (self._lease_safely(connection, row, now) for row in rows)
            leased += [one for one in taken if one is not None]
        return leased

    def _lease_safely(self, connection: sa.Connection, row: Row, now: Millis) -> Leased | None:
        """One row whose page can't be composed must not hold up the others."""
        try:
            return self._lease_one(connection, row, now)
        except DBAPIError:
            raise
        except Exception as fault:  # noqa: BLE001  a fault of ours: tried again later, and overdue in the audit
            trouble = storable(f"{type(fault).__name__}: {fault}")[:500]
            outbox.change(connection, row, state=Stage.PENDING.value, not_before=now + _BACKOFF[-1], trouble=trouble)
            return None

    def _lease_one(self, connection: sa.Connection, row: Row, now: Millis) -> Leased | None:
        found = questions.load_free(connection, row.tenant, row.subject)
        if found is None and questions.exists(connection, row.tenant, row.subject):
            return None  # somebody works on the question: the row is looked at again in the next run
        wanted = found is not None and _wants(found, row)
        if found is None or not (wanted or (row.attempts and row.kind is not Kind.EDIT)):
            outbox.change(connection, row, state=Stage.CANCELLED.value, payload=None)
            return None
        if self._is_symbolic(row):
            self._expand(connection, row, now)
            return None
        policy = questions.policies(connection, [found.policy_revision])[found.policy_revision]
        payload = row.payload or self._page(connection, row, found, policy, now).to_json()
        taken = replace(
            row, state=Stage.SENDING, payload=payload, attempts=row.attempts + 1, epoch=row.epoch + 1,
            first_try_at=row.first_try_at or now, lease_until=now + LEASE,
        )  # fmt: skip
        outbox.change(
            connection, row, state=taken.state.value, payload=payload, attempts=taken.attempts, epoch=taken.epoch,
            first_try_at=taken.first_try_at, lease_until=taken.lease_until,
        )  # fmt: skip
        return taken, wanted

    def _is_symbolic(self, row: Row) -> bool:
        """Whether the row stands for people rather than a place; in shadow, or malformed, any target does."""
        if row.kind is not Kind.PING or row.attempts:
            return False
        tenant = self._tenants.named(row.tenant)
        if is_symbolic(row.target):
            return True
        return not is_expanded(row.target) and (tenant.shadow or not is_address(row.target))

    def _page(
        self, connection: sa.Connection, row: Row, question: Question, policy: EscalationPolicy, now: Millis
    ) -> Page:
        pings = row.kind is Kind.PING
        to = self._tenants.named(row.tenant).directory.address(row.target, now)
        to = to if pings else replace(to, ping="")
        key = outbox.edited(row.key) if row.kind is Kind.EDIT else row.key
        extra = (row.trouble,) if row.kind is Kind.ALARM and row.trouble and not row.attempts else ()
        case = load_case(connection, question)
        return compose(case, policy, key=key, kind=row.kind.value, to=to, now=now, extra=extra)

    def _expand(self, connection: sa.Connection, row: Row, now: Millis) -> None:
        """Teams are read when a page is sent: one row for each address the team has now, and one for who watches."""
        tenant = self._tenants.named(row.tenant)
        targets, kind = _targets(tenant, row.target, now)
        trouble = _nobody(row.target) if kind is Kind.ALARM or not targets else None
        outbox.change(connection, row, state=Stage.EXPANDED.value, trouble=trouble)
        rows = [_to(row, target, kind, trouble=trouble) for target in targets]
        watching = tenant.directory.watching(row.target, now) if kind is Kind.PING else ()
        outbox.add(connection, [*rows, *(_to(row, target, Kind.WATCH) for target in watching)])
        if not rows:
            _fall_through(connection, row, now)

    # -- sending

    async def _hand_over(self, row: Row, now: datetime, *, wanted: bool) -> Row:
        """Sends one leased row and records what came of it. Raises StoreError only.

        A page that was tried and is no longer wanted is only looked for: if it is there, its card is mended.
        """
        try:
            sent_id, found = await asyncio.wait_for(self._send(row, wanted=wanted), PATIENCE / SECOND)
        except _NotThere:
            await self._database.write(
                lambda connection: outbox.change(connection, row, state=Stage.CANCELLED.value, payload=None)
            )
            result = replace(row, state=Stage.CANCELLED)
        except NotifierError as error:
            result = await self._record_trouble(row, now, error)
        except TimeoutError:
            result = await self._record_trouble(row, now, RetryLater(f"no answer within {PATIENCE // SECOND} s"))
        except Exception as error:  # noqa: BLE001  a notifier's fault: the page stays wanted
            result = await self._record_trouble(row, now, RetryLater(f"{type(error).__name__}: {error}"))
        else:
            result = await self._record_sent(row, sent_id, now, found=found)
        self._held.pop((row.key, row.epoch), None)
        return result

    async def _send(self, row: Row, *, wanted: bool) -> tuple[str, bool]:
        """Answers the message's id, and whether it was found there from an earlier try."""
        assert row.payload is not None
        page = Page.from_json(row.payload)
        address = replace(parse_address(page.address), ping=page.ping)
        notifier: Notifier | None = self._notifiers.get(address.notifier)
        if notifier is None:
            raise Undeliverable(f"no notifier called {address.notifier!r} is configured for {row.target}")
        if row.kind is Kind.EDIT:
            assert row.sent_message_id is not None
            await notifier.update(page, address, row.sent_message_id)
            return row.sent_message_id, False
        if row.attempts > 1:
            assert row.first_try_at is not None
            since = moment(row.first_try_at - LOOK_BACK)
            try:
                found = await notifier.find(page, address, since)
            except NoHistory:
                found = None  # nobody can ever know: the same nonce once more, if it is still wanted
            if found is not None:
                return found, True
        if not wanted:
            raise _NotThere
        return await notifier.send(page, address), False

    async def _record_sent(self, row: Row, sent_id: str, now: datetime, *, found: bool) -> Row:
        at = millis(now)

        def run(connection: sa.Connection) -> bool:
            question = questions.load(connection, row.tenant, [row.subject]).get(row.subject)
            values = {"state": Stage.SENT.value, "sent_message_id": sent_id, "sent_at": at, "trouble": None}
            if not outbox.change(connection, row, **values):
                # Somebody else took it over after the lease ran out, and looks for it itself. An edit of ours may
                # have come after a newer one of theirs: once more, then.
                if row.kind is Kind.EDIT:
                    outbox.rearm(connection, [replace(row, state=Stage.PENDING, created_at=at, not_before=at)])
                return False
            if row.kind is not Kind.EDIT and question is not None:
                sent = replace(row, sent_message_id=sent_id)
                self._start_next_step(connection, question, sent, at)
                if found or outbox.was_scrubbed(connection, row):
                    # What stands there is from before something was deleted, or from an earlier try.
                    outbox.rearm(connection, [edit_of(sent, at)])
            return True

        if not await self._database.write(run):
            return row
        return replace(row, state=Stage.SENT, sent_message_id=sent_id, sent_at=at, trouble=None)

    @staticmethod
    def _start_next_step(connection: sa.Connection, question: Question, row: Row, sent_at: Millis) -> None:
        if not _current(question, row):
            # Claimed, answered or deleted while it was being sent: the card says so at once.
            outbox.rearm(connection, [edit_of(row, sent_at)])
        elif question.due_at is None and row.kind is not Kind.WATCH:
            policy = questions.policies(connection, [question.policy_revision])[question.policy_revision]
            questions.save(connection, [replace(question, due_at=policy.after_page(question, sent_at))])

    async def _record_trouble(self, row: Row, now: datetime, error: NotifierError) -> Row:
        at, told = millis(now), storable(str(error))[:500]

        def run(connection: sa.Connection) -> None:
            # The question first, as everybody locks: two who lock in different orders wait for each other.
            questions.load(connection, row.tenant, [row.subject])
            if isinstance(error, Undeliverable):
                if outbox.change(connection, row, state=Stage.FAILED.value, trouble=told) and row.kind is not Kind.EDIT:
                    self._tell_moderators(connection, row, at, told)
                return
            wait = _BACKOFF[min(row.attempts, len(_BACKOFF)) - 1]
            if isinstance(error, RetryLater) and error.retry_after is not None:
                wait = max(wait, error.retry_after // timedelta(milliseconds=1))
            outbox.change(connection, row, state=Stage.PENDING.value, not_before=at + wait, trouble=told)

        await self._database.write(run)
        return replace(row, trouble=told)

    def _tell_moderators(self, connection: sa.Connection, row: Row, now: Millis, told: str) -> None:
        """A place that can't take pages: the moderators hear of it; where they can't, the next step comes."""
        moderators = self._tenants.named(row.tenant).moderators
        if moderators and row.kind is not Kind.ALARM:
            alarm = _to(row, moderators, Kind.ALARM, trouble=f"{row.target}: {told}")
            outbox.add(connection, [replace(alarm, created_at=now, not_before=now)])
        _fall_through(connection, row, now)


def _wants(question: Question, row: Row) -> bool:
    """Whether a row still has a purpose."""
    if row.kind is Kind.EDIT:
        return row.sent_message_id is not None
    return _current(question, row) or (row.kind is Kind.ALARM and question.state is State.ESCALATED)


def _current(question: Question, row: Row) -> bool:
    """Whether the row is the newest step of a question that still waits: after a hold only that one is sent."""
    newest = (question.episode, question.round, question.step - 1)
    return question.state is State.ESCALATED and newest == (row.episode, row.round, row.step)


def _targets(tenant: Tenant, target: str, now: Millis) -> tuple[Sequence[str], Kind]:
    """The places that a symbolic target means now, and as what the page goes there."""
    moderators = (tenant.moderators,) if tenant.moderators else ()
    if tenant.shadow:
        return moderators, Kind.SHADOW
    found = tenant.directory.expand(target, now)
    return (found, Kind.PING) if found else (moderators, Kind.ALARM)


def _nobody(target: str) -> str:
    return f"nobody can be reached for {target}: give the team an address, or the tenant a moderators' place"


def _to(row: Row, target: str, kind: Kind, trouble: str | None = None) -> Row:
    key = row_key(row.tenant, row.subject, row.episode, row.round, row.step, target, kind)
    return Row(key, row.tenant, row.subject, row.episode, row.round, row.step, target, kind, row.reason,
               created_at=row.created_at, not_before=row.not_before, trouble=trouble)  # fmt: skip


def _fall_through(connection: sa.Connection, row: Row, now: Millis) -> None:
    """Nobody was told by this step: the next one is due at once."""
    question = questions.load(connection, row.tenant, [row.subject]).get(row.subject)
    if question is None or question.due_at is not None or not _current(question, row):
        return
    if not outbox.others_alive(connection, row):
        questions.save(connection, [replace(question, due_at=now)])


def load_case(connection: sa.Connection, question: Question) -> Case:
    """The question with all that was said to it."""
    starter = messages.load(connection, [question.key]).get(question.key)
    said = tuple(
        Said(one.key, one.author, one.author_name, one.text, one.at, tie.role, tie.reasons, one.bot)
        for one, tie in messages.members_of(connection, question.tenant, question.key)
    )
    if starter is None or starter.deleted_at is not None:
        name = starter.author_name if starter else "somebody"
        return Case(question, name, None, said)
    text = f"{starter.title}\n{starter.text}" if starter.title else starter.text
    asked = Quote(starter.author_name, excerpt(text), AnswerRole.OTHER.value, starter.at)
    return Case(question, starter.author_name, asked, said)
