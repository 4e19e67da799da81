"""Taking events in: one transaction's worth, in three passes, so that many events share few statements.

First look up what the events refer to, then read them one by one against memory, then load the questions
concerned and let them live on. docs/architecture.md draws it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from escalation.conversation import happening, remember, withdraw
from escalation.detection import AnswerRole, ChannelWindow, Judge, Judgement
from escalation.events import ChannelKey, Deletion, Event, Message, MessageKey, Reaction, Score, place_of
from escalation.interpret import Intent, Reading, Sources, interpret
from escalation.ledger import Entry, refresh_cards, write
from escalation.memory import Memory
from escalation.policy import EscalationPolicy
from escalation.question import Happening, Question, Reason, State, Transition, transition
from escalation.store import messages, outbox, quarantine, questions
from escalation.store.messages import Membership, StoredMessage
from escalation.tenant import Tenants
from escalation.timing import Millis


@dataclass(slots=True)
class Observation:
    """What became of one event."""

    event: Event
    tenant: str
    ignored: str | None = None
    judgement: Judgement | None = None
    ties: tuple[Membership, ...] = ()
    opened: Question | None = None
    transitions: list[Transition] = field(default_factory=list)


class Intake:
    """Takes events in inside one transaction. Not to be used after it."""

    def __init__(self, connection: sa.Connection, judge: Judge, memory: Memory, tenants: Tenants) -> None:
        self._connection = connection
        self._judge = judge
        self._memory = memory
        self._tenants = tenants
        self._known: dict[MessageKey, StoredMessage] = {}
        self._ties: dict[MessageKey, list[Membership]] = {}
        self._watched: dict[ChannelKey, Millis] = {}
        self._reactions: set[tuple[MessageKey, str, str]] = set()
        self._questions: dict[MessageKey, Question] = {}
        self._entries: list[Entry] = []
        self._readings: list[Reading] = []
        self._observations: list[Observation] = []

    def take(self, events: Sequence[Event], arrivals: Sequence[Millis] | None = None) -> list[Observation]:
        """Takes the events in and answers what became of each.

        With `arrivals`, the times at which a virtual clock brings each of them, it stops before the first
        event that arrives when a timer which these events set could have rung already: fewer observations
        than events come back then.
        """
        self._look_up(events)
        self._read(events, arrivals)
        self._live_on()
        self._save(self._readings)
        write(self._connection, self._entries)
        return self._observations

    # -- first pass: what the events refer to

    def _look_up(self, events: Sequence[Event]) -> None:
        wanted: dict[ChannelKey, tuple[str, Millis]] = {}
        for event in events:
            tenant = self._tenants.owning(event.place).name
            wanted.setdefault(event.place.key, (tenant, event.when))
        self._watched = dict(self._memory.watched(self._connection, wanted))
        windows = {key: self._memory.window(self._connection, key) for key in wanted}
        referred = [key for event in events for key in _refers_to(event) if windows[event.place.key].get(key) is None]
        self._known = messages.load(self._connection, [event.key for event in events] + referred)
        touched = [event.key for event in events if event.key in self._known]
        self._ties = messages.memberships_of(self._connection, touched + referred) if touched or referred else {}
        self._invite(windows, touched + referred)
        if reacted := [event.key for event in events if isinstance(event, Reaction)]:
            self._reactions = messages.reactions_of(self._connection, reacted)

    def _invite(self, windows: dict[ChannelKey, ChannelWindow], keys: Iterable[MessageKey]) -> None:
        """Makes older messages that are spoken of known to their windows, with their questions' members."""
        for key in dict.fromkeys(keys):
            stored = self._known.get(key)
            if stored is None or stored.deleted_at is not None:
                continue
            window = windows[stored.channel]
            asked = [tie.question for tie in self._ties.get(key, ()) if not tie.withdrawn]
            for question in (*([key] if stored.asks else ()), *asked):
                if window.get(question) is None:
                    self._invite_question(window, stored.tenant, question)
            window.invite(messages.as_seen(self._connection, [stored])[0])

    def _invite_question(self, window: ChannelWindow, tenant: str, question: MessageKey) -> None:
        starter = messages.load(self._connection, [question]).get(question)
        if starter is None or starter.deleted_at is not None:
            return
        members = [one for one, _ in messages.members_of(self._connection, tenant, question)]
        for seen in messages.as_seen(self._connection, [starter, *members[-50:]]):
            window.invite(seen)

    # -- second pass: read the events in order

    def _read(self, events: Sequence[Event], arrivals: Sequence[Millis] | None) -> None:
        rings: Millis | None = None
        for number, event in enumerate(events):
            if arrivals is not None and rings is not None and arrivals[number] >= rings:
                break
            reading = self._interpret(event)
            self._readings.append(reading)
            earliest = _earliest_ring(reading)
            if earliest is not None and (rings is None or earliest < rings):
                rings = earliest

    def _interpret(self, event: Event) -> Reading:
        tenant = self._tenants.owning(event.place)
        sources = Sources(
            judge=self._judge,
            window=self._memory.window(self._connection, event.place.key),
            tenant=tenant,
            known=self._known,
            ties=self._ties,
            watched_since=self._watched[event.place.key],
            reactions=self._reactions,
            still_open=lambda key: self._still_open(tenant.name, key),
        )
        reading = interpret(event, sources)
        if reading.new is not None:
            self._known[event.key] = reading.new
        elif reading.changes:
            self._known[event.key] = replace(self._known[event.key], **reading.changes)  # type: ignore[arg-type]
        if reading.ties:
            kept = {tie.question: tie for tie in (*self._ties.get(event.key, ()), *reading.ties)}
            self._ties[event.key] = list(kept.values())
        return reading

    def _still_open(self, tenant: str, key: MessageKey) -> bool:
        """Whether a question has not ended, also by what was read in this very transaction."""
        self._live_on()
        self._load(tenant, [key])
        found = self._questions.get(key)
        return found is not None and not found.ended

    # -- third pass: the questions live on

    def _live_on(self) -> None:
        """Lets the questions live through what was read since the last time."""
        readings = self._readings[len(self._observations) :]
        wanted: dict[str, list[MessageKey]] = defaultdict(list)
        for reading in readings:
            wanted[reading.tenant.name] += [intent.question for intent in reading.intents]
            if reading.opens and reading.new is None:
                wanted[reading.tenant.name].append(reading.event.key)
        for tenant, keys in wanted.items():
            self._load(tenant, keys)
        self._memory.policies(self._connection, [one.policy_revision for one in self._questions.values()])
        self._observations += [self._apply(reading) for reading in readings]

    def _load(self, tenant: str, keys: Iterable[MessageKey]) -> None:
        """Loads questions that are not here yet: those that are may have lived on already."""
        if missing := [key for key in dict.fromkeys(keys) if key not in self._questions]:
            self._questions |= questions.load(self._connection, tenant, missing)

    def _apply(self, reading: Reading) -> Observation:
        seen = Observation(reading.event, reading.tenant.name, reading.ignored, reading.judgement, tuple(reading.ties))
        if reading.opens:
            self._open(reading, seen)
        for intent in reading.intents:
            question = self._questions.get(intent.question)
            if question is None or (intent.happening is Happening.REOPEN and question.confirmed != intent.message):
                continue
            question, what = _remembering(question, intent)
            self._let(question, what, intent.at, intent.actor, intent.message, seen)
        return seen

    def _open(self, reading: Reading, seen: Observation) -> None:
        event = reading.event
        known = self._questions.get(event.key)
        if known is not None:
            self._let(known, Happening.EDITED_INTO, event.when, None, event.key, seen)
            return
        stored = self._known[event.key]
        revision = self._memory.revision(self._connection, reading.tenant, event.when)
        policy = self._policy(revision)
        question = Question(
            tenant=reading.tenant.name,
            key=event.key,
            channel=stored.channel,
            asker=stored.author,
            asked_at=event.when,
            policy_revision=revision,
            thread=stored.thread,
            score=reading.score,
            since=event.when,
            due_at=policy.due(State.OPEN, None, event.when),
        )
        self._questions[event.key] = seen.opened = question
        start = Transition(question, Happening.ASKER_ADDS, question, event.when, stored.author)
        self._entries.append(Entry(start, event.key, note="asked"))

    def _let(
        self,
        question: Question,
        happening: Happening,
        at: Millis,
        actor: str | None,
        message: MessageKey,
        seen: Observation,
    ) -> None:
        made = transition(question, happening, at, self._policy(question.policy_revision), actor=actor)
        self._questions[question.key] = made.after
        self._entries.append(Entry(made, message))
        seen.transitions.append(made)

    def _policy(self, revision: int) -> EscalationPolicy:
        return self._memory.policies(self._connection, [revision])[revision]

    # -- what is written besides the questions

    def _save(self, readings: Sequence[Reading]) -> None:
        messages.insert(self._connection, [reading.new for reading in readings if reading.new is not None])
        messages.update(self._connection, self._changes(readings))
        messages.tie(self._connection, list(self._last_ties(readings)))
        if gone := [reading.event.key for reading in readings if isinstance(reading.event, Deletion)]:
            quarantine.erase(self._connection, gone)
        for reading in readings:
            event = reading.event
            if isinstance(event, Reaction) and not reading.ignored:
                messages.react(self._connection, reading.tenant.name, event)
            if reading.erases:
                self._erase(reading)

    def _changes(self, readings: Sequence[Reading]) -> dict[MessageKey, dict[str, object]]:
        changed: dict[MessageKey, dict[str, object]] = defaultdict(dict)
        for reading in readings:
            if reading.changes:
                changed[reading.event.key] |= reading.changes
            if isinstance(reading.event, Score) and not reading.ignored:
                changed[reading.event.key]["score"] = reading.event.score
        return changed

    @staticmethod
    def _last_ties(readings: Sequence[Reading]) -> Iterable[Membership]:
        return {(tie.question, tie.message): tie for reading in readings for tie in reading.ties}.values()

    def _erase(self, reading: Reading) -> None:
        """Erases a deleted message's words from every page that quotes them."""
        event, tenant = reading.event, reading.tenant.name
        subjects = {event.key, *(tie.question for tie in reading.ties)}
        outbox.scrub(self._connection, tenant, subjects)
        refresh_cards(self._connection, tenant, dict.fromkeys(subjects, event.when))


def _remembering(question: Question, intent: Intent) -> tuple[Question, Happening]:
    """The question with the facts that the intent adds or takes away, and what happens to it."""
    if intent.role is None:
        assert intent.happening is not None
        return question, intent.happening
    who = intent.spoken_by(question.asker)
    if intent.withdraws:
        question, gone = withdraw(question, intent.role, who, intent.message)
        return question, Happening.ANSWER_WITHDRAWN if gone else Happening.NOISE
    question = remember(question, intent.role, who, intent.message, intent.at)
    return question, intent.happening or happening(intent.role, who)


def _refers_to(event: Event) -> list[MessageKey]:
    """Messages besides its own that have to be known to judge an event."""
    if not isinstance(event, Message):
        return [event.key]
    keys = [event.parent_key] if event.parent_key else []
    if event.thread is not None and event.thread != event.id:
        keys.append(event.place.message(event.thread))
    return [key for key in keys if place_of(key) == event.place]


def _earliest_ring(reading: Reading) -> Millis | None:
    """The earliest time at which a clock that this event sets could ring, by the tenant's policy."""
    policy, at = reading.tenant.policy, reading.event.when
    delays = [_shortest(intent, policy) for intent in reading.intents]
    if reading.opens:
        delays.append(policy.first_delay(None))
    return at + min(delays) if delays else None


_CONTESTS = {
    AnswerRole.FAILURE: Reason.ANSWER_FAILED,
    AnswerRole.DISPUTE: Reason.ANSWER_DISPUTED,
    AnswerRole.UNSAFE: Reason.UNSAFE_ANSWER,
}


def _shortest(intent: Intent, policy: EscalationPolicy) -> Millis:
    contested = _CONTESTS.get(intent.role) if intent.role else None
    reasons = (
        [contested]
        if contested
        else [None, Reason.UNHELPED, Reason.STALLED, Reason.ANSWER_FAILED, Reason.ANSWER_DISPUTED]
    )
    return min(policy.quiet_after, policy.abandon_after, *(policy.first_delay(reason) for reason in reasons))
