"""Behaviour tests travel in time: somebody says something, the clock moves on, a page is expected or none.

    story = Story(sqlite_database)
    question = await story.says("ann", "Q: how do I reset it?", at="10:00")
    await story.until("10:30")
    assert story.told == ["10:30 support unanswered"]

Desk, engine and database are the real ones. The judge reads the first word of each text (see MARKS), so
that the tests are about the life of questions and not about the judge's taste.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from escalation.desk import Decision, Desk
from escalation.detection import (
    NOBODY,
    AnswerRole,
    ChannelWindow,
    Company,
    Judgement,
    Link,
    Outcome,
    Outlook,
    RoleVerdict,
    Seen,
    Verdict,
)
from escalation.engine import Engine
from escalation.errors import CannotLook, RetryLater, Undeliverable
from escalation.events import (
    Deletion,
    Edit,
    Event,
    Message,
    MessageKey,
    Person,
    Place,
    Reaction,
    Restoration,
    Role,
    Tags,
    message_id,
)
from escalation.intake import Observation
from escalation.notify import Page
from escalation.question import Question
from escalation.routing import Address, Directory, Team
from escalation.store import Database, questions, schema
from escalation.store.outbox import next_wanting
from escalation.tenant import Tenant, Tenants
from escalation.timing import moment

ROOM = Place("discord", "acme", "help")
MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)
ROLES = {"max": Role.MODERATOR, "hal": Role.BOT}
"""sam is staff by the tenant's settings; everybody else is a member."""
SUPPORT = Team("support", (Address("pages", "support", "@support"),))
BILLING = Team("billing", (Address("pages", "billing", "@billing"),))
ACME = Tenant(
    "acme",
    communities=frozenset({"discord/acme"}),
    directory=Directory({"support": SUPPORT, "billing": BILLING}),
    staff=frozenset({"sam"}),
    moderators="pages:moderators",
    shadow=False,
)
MARKS = {
    "A:": AnswerRole.ANSWER,
    "?:": AnswerRole.CLARIFICATION,
    "me:": AnswerRole.ME_TOO,
    "thx:": AnswerRole.CONFIRMATION,
    "no:": AnswerRole.FAILURE,
    "wrong:": AnswerRole.DISPUTE,
    "unsafe:": AnswerRole.UNSAFE,
}
"""First words of texts. "Q:" asks, "boom:" trips a fault of the judge; all else is talk."""


class ScriptedJudge:
    """Decides by the first word. What replies to nothing belongs to the newest question in the window."""

    def judge(self, message: Message, window: ChannelWindow, company: Company = NOBODY) -> Judgement:
        mark = message.text.partition(" ")[0]
        if mark == "boom:":
            raise RuntimeError("the judge fell over")
        if mark == "Q:":
            return Judgement(Verdict(0.9, ("it begins with Q:",)))
        found = self._parent(message, window)
        parent = window.get(found.parent) if found else None
        role, reasons = MARKS.get(mark, AnswerRole.OTHER), (f"it says: {message.text}",)
        asked = parent.questions() if parent else ()
        return Judgement(Verdict(0.1), found, 0.1, tuple(RoleVerdict(one, role, 0.9, reasons) for one in asked))

    def alike(self, text: str, other: str) -> float:
        return float(text.casefold() == other.casefold())

    def outlook(self, starter: Seen, members: Sequence[tuple[Seen, AnswerRole]]) -> Outlook:
        return Outlook(Outcome.UNANSWERED, 0.5)

    @staticmethod
    def _parent(message: Message, window: ChannelWindow) -> Link | None:
        if message.parent_key is not None:
            return Link(message.parent_key, 1.0)
        newest = next((seen.key for seen in window.newest_first() if seen.asks), None)
        return Link(newest, 0.8) if newest else None


@dataclass(slots=True)
class Card:
    """A page that was sent, and what it shows now."""

    id: str
    at: datetime
    to: Address
    sent: Page
    page: Page


class Pager:
    """A place for pages that keeps them, with troubles to switch on."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.cards: list[Card] = []
        self.down: set[str] = set()
        """Places that can't be reached now."""
        self.refuses: set[str] = set()
        """Places that take no page until somebody mends them."""
        self.mute = False
        """Pages arrive, but the sender never learns of it."""
        self.blind = False
        """The history can't be read."""
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """Happens once, while the next page is being sent."""

    async def send(self, page: Page, to: Address) -> str:
        self._check(to)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        card = Card(f"card-{len(self.cards) + 1}", self._clock(), to, page, page)
        self.cards.append(card)
        if self.mute:
            raise RetryLater("the answer was lost")
        return card.id

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        self._check(to)
        card = next(card for card in self.cards if card.id == message_id)
        assert card.sent.nonce == page.nonce, "an edited card keeps the mark it was sent with"
        card.page = page

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        if self.blind:
            raise CannotLook("the history can't be read")
        self._check(to)
        mine = (card for card in self.cards if card.at >= since and str(card.to) == str(to))
        return next((card.id for card in mine if card.sent.nonce == page.nonce), None)

    def _check(self, to: Address) -> None:
        if to.place in self.down:
            raise RetryLater(f"{to.place} is down")
        if to.place in self.refuses:
            raise Undeliverable(f"{to.place} takes no pages")


class Story:
    """A community, a company and a clock that only the test moves. Times are "10:30" or "2d 10:30"."""

    def __init__(self, database: Database, **tenant: Any) -> None:
        self.database = database
        self.now = self.time("10:00")
        self.pager = Pager(lambda: self.now)
        self.tenant = ACME
        self._count = 0
        self.restart(**tenant)

    def restart(self, **tenant: Any) -> None:
        """A new process on the same database, with other settings where they are given."""
        self.tenant = replace(self.tenant, **tenant)
        tenants = Tenants([self.tenant])
        self.desk = Desk(self.database, ScriptedJudge(), tenants)
        self.engine = Engine(self.database, tenants, {"pages": self.pager})

    # -- what happens

    def message(
        self, who: str, text: str, at: str | None = None, *, to: MessageKey | None = None, **more: Any
    ) -> Message:
        """A message that nobody has heard yet; without a time it is said a minute after the story's now."""
        self._count += 1
        given: dict[str, Any] = {"place": ROOM, "id": f"m{self._count}"} | more
        return Message(
            at=self.time(at) if at else self.now + timedelta(minutes=1),
            author=person(who),
            text=text,
            reply_to=message_id(to) if to else None,
            **given,
        )

    async def says(self, who: str, text: str, at: str | None = None, **more: Any) -> MessageKey:
        """Somebody says something, and everything that was due before it happens before it."""
        message = self.message(who, text, at, **more)
        await self.hears(message)
        return message.key

    async def hears(self, event: Event) -> Observation:
        """Takes an event in at its time, or now if that is over."""
        await self._go(event.at)
        return await self.desk.observe(event)

    async def edits(self, key: MessageKey, text: str, at: str) -> Observation:
        return await self.hears(Edit(text=text, **self._of(key, at)))

    async def deletes(self, key: MessageKey, at: str) -> Observation:
        return await self.hears(Deletion(**self._of(key, at)))

    async def restores(self, key: MessageKey, text: str, at: str) -> Observation:
        return await self.hears(Restoration(text=text, **self._of(key, at)))

    async def reacts(self, who: str, key: MessageKey, emoji: str, at: str, *, removed: bool = False) -> Observation:
        return await self.hears(Reaction(author=person(who), emoji=emoji, removed=removed, **self._of(key, at)))

    async def tags(self, key: MessageKey, *tags: str, at: str) -> Observation:
        return await self.hears(Tags(tags=tags, **self._of(key, at)))

    async def press(self, button: str, who: str, key: MessageKey, at: str, **more: Any) -> Decision:
        """Somebody of the company acts: acknowledge, unclaim, resolve, snooze, reroute, dismiss or reopen."""
        await self._go(self.time(at))
        pressed: Decision = await getattr(self.desk, button)(self.tenant.name, key, who, self.now, **more)
        return pressed

    async def until(self, at: str) -> None:
        """Lets time pass: every clock rings in its turn, and every page is tried when it wants to be."""
        await self._go(self.time(at))

    # -- what can be seen

    @property
    def pages(self) -> list[Card]:
        return self.pager.cards

    @property
    def told(self) -> list[str]:
        """Every page that was sent, as "10:30 support unanswered"."""
        return [f"{self.told_at(card.at)} {card.to.place} {card.sent.reason}" for card in self.pages]

    async def question(self, key: MessageKey) -> Question:
        """The question as it is stored. Fails where the message is none."""
        found = await self.database.read(lambda connection: questions.load(connection, self.tenant.name, [key]))
        return found[key]

    async def state(self, key: MessageKey) -> str:
        return (await self.question(key)).state.value

    async def due(self, key: MessageKey) -> str | None:
        """When the question's clock rings next, as "10:30"."""
        due = (await self.question(key)).due_at
        return None if due is None else self.told_at(moment(due))

    async def tracked(self) -> list[MessageKey]:
        """All questions, oldest first."""
        return [one.key for one in await self.database.read(questions.every)]

    async def trail(self, key: MessageKey) -> list[str]:
        """What the audit trail says of the question, oldest first."""
        found = await self.database.read(lambda connection: questions.trail(connection, self.tenant.name, key))
        return [entry["happening"] for entry in found]

    async def dump(self, *tables: str) -> dict[str, list[Mapping[str, Any]]]:
        """All rows of these tables, or of all."""
        names = tables or tuple(schema.metadata.tables)

        def run(connection: sa.Connection) -> dict[str, list[Mapping[str, Any]]]:
            chosen = {name: schema.metadata.tables[name] for name in names}
            return {
                name: [dict(row) for row in connection.execute(sa.select(one).order_by(*one.primary_key)).mappings()]
                for name, one in chosen.items()
            }

        return await self.database.read(run)

    async def holding(self, text: str) -> list[str]:
        """Where in the database a text stands, as "table.column"."""
        found = await self.dump()
        return sorted(
            {
                f"{table}.{column}"
                for table, rows in found.items()
                for row in rows
                for column, value in row.items()
                if isinstance(value, str) and text in value
            }
        )

    # -- time

    def time(self, text: str) -> datetime:
        found = re.fullmatch(r"(?:(\d+)d )?(\d\d):(\d\d)", text)
        assert found, f"{text!r} is not a time of the story: write 10:30 or 2d 10:30"
        return MIDNIGHT + timedelta(days=int(found[1] or 0), hours=int(found[2]), minutes=int(found[3]))

    def told_at(self, at: datetime) -> str:
        days = (at - MIDNIGHT).days
        seconds = f"{at:%S}" if at.second else ""
        return (f"{days}d " if days else "") + f"{at:%H:%M}" + (f":{seconds}" if seconds else "")

    async def _go(self, goal: datetime) -> None:
        for _ in range(2_000):
            await self.engine.sweep(self.now)
            while (await self.engine.deliver(self.now)).busy:
                pass
            upcoming = await self.database.read(self._upcoming)
            if upcoming is None or upcoming > goal:
                self.now = max(self.now, goal)
                return
            self.now = max(self.now, upcoming)
        raise AssertionError(f"the clock stands at {self.now}: something stays due for ever")

    @staticmethod
    def _upcoming(connection: sa.Connection) -> datetime | None:
        times = [one for one in (questions.next_due(connection), next_wanting(connection)) if one is not None]
        return moment(min(times)) if times else None

    def _of(self, key: MessageKey, at: str) -> dict[str, Any]:
        return {"place": ROOM, "id": message_id(key), "at": self.time(at)}


def person(name: str) -> Person:
    """Somebody by name; the name is the id too."""
    return Person(name, name.capitalize(), frozenset({ROLES[name]}) if name in ROLES else frozenset())
