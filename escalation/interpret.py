"""Reading one event: what it means for which questions, judged against memory. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from escalation.conversation import Speaker, speaker
from escalation.detection import AnswerRole, ChannelWindow, Judge, Judgement, RoleVerdict
from escalation.events import (
    Deletion,
    Edit,
    Event,
    Message,
    MessageKey,
    Person,
    Reaction,
    Restoration,
    Role,
    Tags,
    message_id,
    place_of,
)
from escalation.question import Happening
from escalation.store.messages import Membership, StoredMessage, attachments, extras, tags
from escalation.tenant import Tenant
from escalation.timing import HOUR, Millis, moment

REPEAT_WITHIN = 12 * HOUR
ALIKE = 0.5
"""Share of meaning-carrying words from which two questions of one person are one."""
_YES = frozenset("\u2705\u2714\u2611")
_NO = frozenset("\u274c\u274e\u2716\U0001f44e")
_SOLVED_TAGS = frozenset({"solved", "resolved", "answered", "gelöst", "resuelto", "résolu", "resolvido"})


@dataclass(frozen=True, slots=True)
class Intent:
    """What a message or event wants to do to one question: a happening, or a role.

    What a role makes happen depends on who speaks to the question, and so on whose question it is.
    """

    question: MessageKey
    message: MessageKey
    at: Millis
    actor: str | None = None
    happening: Happening | None = None
    role: AnswerRole | None = None
    bot: bool = False
    staff: bool = False
    withdraws: bool = False

    def spoken_by(self, asker: str) -> Speaker:
        """In what capacity the actor speaks to a question of `asker`."""
        return speaker(self.actor or "", asker, bot=self.bot, staff=self.staff)


@dataclass(slots=True)
class Reading:
    """All that one event leads to."""

    event: Event
    tenant: Tenant
    judgement: Judgement | None = None
    ignored: str | None = None
    """Why nothing was done: repeated, unwatched, unknown message, ..."""
    opens: bool = False
    """It starts a question of its own (if that one is not tracked already)."""
    score: float = 1.0
    """Probability that it does."""
    new: StoredMessage | None = None
    changes: dict[str, object] = field(default_factory=dict)
    """Columns of the message that change."""
    ties: list[Membership] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    erases: bool = False
    """Its text must vanish everywhere."""


@dataclass(slots=True)
class Sources:
    """What an interpreter may look at besides the event."""

    judge: Judge
    window: ChannelWindow
    tenant: Tenant
    known: dict[MessageKey, StoredMessage]
    ties: dict[MessageKey, list[Membership]]
    watched_since: Millis
    reactions: set[tuple[MessageKey, str, str]]
    """(message, author, emoji) of the reactions that are known."""
    still_open: Callable[[MessageKey], bool]


def interpret(event: Event, sources: Sources) -> Reading:
    """Reads one event. The window in `sources` learns of a new message."""
    reading = Reading(event, sources.tenant)
    if not sources.tenant.watches(event.place):
        reading.ignored = "unwatched"
    elif isinstance(event, Message):
        _message(event, sources, reading)
    elif event.key not in sources.known:
        reading.ignored = "unknown message"
        if isinstance(event, Deletion):
            reading.new = _tombstone(event, sources.tenant)
    elif isinstance(event, Edit):
        _edit(event, sources, reading)
    elif isinstance(event, Deletion):
        _deletion(event, sources, reading)
    elif isinstance(event, Restoration):
        _restoration(event, sources, reading)
    elif isinstance(event, Reaction):
        _reaction(event, sources, reading)
    elif isinstance(event, Tags):
        _tags(event, sources, reading)
    return reading


def _message(message: Message, sources: Sources, reading: Reading) -> None:
    stored = sources.known.get(message.key)
    if stored is not None:
        reading.ignored = "repeated"
        if stored.deleted_at is None and (stored.text, stored.title) != (message.text, message.title):
            reading.ignored = None
            _edit(_as_edit(message), sources, reading)
        return
    staff = sources.tenant.is_staff(message.author)
    if staff:
        # Settings may name staff whom the platform does not mark: the judge is told.
        message = replace(message, author=replace(message.author, roles=message.author.roles | {Role.STAFF}))
    judged = sources.judge.judge(message, sources.window, sources.tenant.company)
    asks = bool(judged.asks) and not staff and not message.author.bot and message.when >= sources.watched_since
    roles = list(judged.roles)
    if asks and (again := _asked_before(message, sources)):
        asks = False
        roles = [one for one in roles if one.question != again]
        roles.append(RoleVerdict(again, AnswerRole.OTHER, 0.9, ("the asker repeats the question",)))
    reading.judgement, reading.opens, reading.score = judged, asks, judged.asks.probability
    reading.new = _stored(message, sources, judged, staff=staff, asks=asks)
    reading.ties = [_tie(reading.new, verdict, message.when) for verdict in roles]
    reading.intents = [_intent(reading.new, tie) for tie in reading.ties]
    sources.window.add(reading.new.seen(tuple((tie.question, tie.role) for tie in reading.ties)))


def _asked_before(message: Message, sources: Sources) -> MessageKey | None:
    """The same person's question that still waits and asks the same, if there is one."""
    text = f"{message.title}\n{message.text}" if message.title else message.text
    for seen in sources.window.newest_first():
        if message.when - seen.at > REPEAT_WITHIN:
            break
        mine = seen.asks and seen.author == message.author.id and seen.key != message.key
        if mine and sources.judge.alike(text, seen.text) >= ALIKE and sources.still_open(seen.key):
            return seen.key
    return None


def _stored(message: Message, sources: Sources, judged: Judgement, *, staff: bool, asks: bool) -> StoredMessage:
    parent = judged.parent.parent if judged.parent else None
    above = sources.window.get(parent)
    return StoredMessage(
        key=message.key,
        tenant=sources.tenant.name,
        channel=message.place.key,
        thread=message.thread,
        author=message.author.id,
        author_name=message.author.name,
        staff=staff,
        bot=message.author.bot,
        at=message.when,
        title=message.title,
        text=message.text,
        extras=extras(message.tags, message.attachments),
        parent=parent,
        root=(above.root if above else None) or parent or message.key,
        link_probability=judged.parent.probability if judged.parent else judged.starts_probability,
        asks=asks,
    )


def _tie(stored: StoredMessage, verdict: RoleVerdict, at: Millis) -> Membership:
    return Membership(
        stored.tenant, verdict.question, stored.key, verdict.role, verdict.probability, verdict.reasons, at
    )


def _intent(stored: StoredMessage, tie: Membership) -> Intent:
    return Intent(tie.question, stored.key, tie.at, stored.author, role=tie.role, bot=stored.bot, staff=stored.staff)


def _tombstone(event: Deletion, tenant: Tenant) -> StoredMessage:
    """Remembers a deletion that came before its message."""
    return StoredMessage(
        event.key, tenant.name, event.place.key, None, "?", "", False, False, event.when, "", "", None, None, 0.0,
        asks=False, deleted_at=event.when,
    )  # fmt: skip


def _as_edit(message: Message) -> Edit:
    return Edit(place=message.place, id=message.id, at=message.at, text=message.text, title=message.title)


def _edit(event: Edit, sources: Sources, reading: Reading) -> None:
    stored = sources.known[event.key]
    if stored.deleted_at is not None or (stored.edited_at or 0) > event.when:
        reading.ignored = "older than what is known"
        return
    edited = replace(stored, text=event.text, title=event.title or stored.title, edited_at=event.when)
    message, before = _as_message(edited), sources.window.before(event.key, stored.at)
    judged = sources.judge.judge(message, before, sources.tenant.company)
    asks = bool(judged.asks) and not stored.staff and not stored.bot and stored.at >= sources.watched_since
    if asks and not stored.asks and _asked_before(message, sources):
        asks = False
    if stored.asks and not asks:
        gone = Intent(stored.key, stored.key, event.when, stored.author, happening=Happening.EDITED_AWAY)
        reading.intents.append(gone)
    reading.opens, reading.score = asks and not stored.asks, judged.asks.probability
    roles = {verdict.question: verdict for verdict in judged.roles}
    for tie in sources.ties.get(event.key, ()):
        new = roles.get(tie.question)
        if new is None and reading.opens:
            new = RoleVerdict(tie.question, AnswerRole.OTHER, judged.asks.probability, judged.asks.reasons)
        if new is not None and new.role is not tie.role and not tie.withdrawn:
            reading.ties.append(_tie(edited, new, event.when))
            reading.intents += [
                _withdrawal(edited, tie, event.when),
                _intent(edited, reading.ties[-1]),
            ]
    tied = {tie.question for tie in sources.ties.get(event.key, ())}
    for verdict in judged.roles:  # what belonged to no question may be edited into a danger for one
        if verdict.role is AnswerRole.UNSAFE and verdict.question not in tied:
            reading.ties.append(_tie(edited, verdict, event.when))
            reading.intents.append(_intent(edited, reading.ties[-1]))
    edited = replace(edited, asks=asks)
    reading.changes = {"text": edited.text, "title": edited.title, "edited_at": event.when, "asks": asks}
    current = {tie.question: tie.role for tie in (*sources.ties.get(event.key, ()), *reading.ties)}
    sources.window.replace(edited.seen(tuple(current.items())))


def _as_message(stored: StoredMessage) -> Message:
    parent = stored.parent if stored.link_probability == 1.0 else None
    roles = {Role.BOT: stored.bot, Role.STAFF: stored.staff}
    return Message(
        place=place_of(stored.key),
        id=message_id(stored.key),
        at=moment(stored.at),
        author=Person(stored.author, stored.author_name, frozenset(role for role, holds in roles.items() if holds)),
        text=stored.text,
        title=stored.title,
        thread=stored.thread,
        reply_to=message_id(parent) if parent else None,
    )


def _withdrawal(stored: StoredMessage, tie: Membership, at: Millis) -> Intent:
    return replace(_intent(stored, tie), at=at, withdraws=True)


def _deletion(event: Deletion, sources: Sources, reading: Reading) -> None:
    stored = sources.known[event.key]
    if stored.deleted_at is not None or event.when < (stored.edited_at or 0):
        reading.ignored = "older than what is known" if stored.deleted_at is None else "repeated"
        return
    reading.changes = {"text": "", "title": "", "extras": None, "deleted_at": event.when}
    reading.erases = True
    for tie in _standing(sources.ties.get(event.key, ())):
        reading.ties.append(replace(tie, withdrawn=True, reasons=()))
        reading.intents.append(_withdrawal(stored, tie, event.when))
    reading.intents.append(Intent(event.key, event.key, event.when, happening=Happening.DELETED))
    sources.window.forget(event.key)


def _standing(ties: Iterable[Membership]) -> list[Membership]:
    return [tie for tie in ties if not tie.withdrawn]


def _restoration(event: Restoration, sources: Sources, reading: Reading) -> None:
    stored = sources.known[event.key]
    if stored.deleted_at is None:
        reading.ignored = "repeated"
        return
    back = replace(stored, text=event.text, deleted_at=None)
    reading.changes = {"text": event.text, "deleted_at": None, "edited_at": event.when}
    reading.ties = [replace(tie, withdrawn=False) for tie in sources.ties.get(event.key, ()) if tie.withdrawn]
    sources.window.add(back.seen(tuple((tie.question, tie.role) for tie in reading.ties)))
    reading.intents = [_intent(back, replace(tie, at=event.when)) for tie in reading.ties]
    reading.intents.append(Intent(event.key, event.key, event.when, happening=Happening.RESTORED))


def _reaction(event: Reaction, sources: Sources, reading: Reading) -> None:
    """The asker's own mark on an answer, or on the question, says whether it helped."""
    known = (event.key, event.author.id, event.emoji)
    if (known in sources.reactions) is not event.removed:
        reading.ignored = "repeated"
        return
    (sources.reactions.discard if event.removed else sources.reactions.add)(known)
    mark = event.emoji.replace("\ufe0f", "")
    if mark not in _YES | _NO or event.author.bot:
        return
    stored = sources.known[event.key]
    asked = [stored.key] if stored.asks else []
    answered = [tie.question for tie in _standing(sources.ties.get(event.key, ())) if tie.role is AnswerRole.ANSWER]
    for question in (*asked, *answered):
        starter = sources.window.get(question)
        if starter is None or starter.author != event.author.id:
            continue
        if mark in _YES:
            what = Happening.REOPEN if event.removed else Happening.ASKER_CONFIRMS
        elif event.removed:
            continue
        else:
            what = Happening.FAILURE
        role = {Happening.ASKER_CONFIRMS: AnswerRole.CONFIRMATION, Happening.FAILURE: AnswerRole.FAILURE}.get(what)
        reading.intents.append(Intent(question, event.key, event.when, event.author.id, happening=what, role=role))


def _tags(event: Tags, sources: Sources, reading: Reading) -> None:
    stored = sources.known[event.key]
    new = set(event.tags) - set(tags(stored.extras))
    solved = any(tag.strip().lower() in _SOLVED_TAGS for tag in new)
    reading.changes = {"extras": extras(event.tags, attachments(stored.extras))}
    if stored.asks and solved:
        reading.intents.append(Intent(event.key, event.key, event.when, happening=Happening.ASKER_CONFIRMS))
