"""The judge: links, questions, roles and dangers by small networks, dangers by rules too.

What it decides rests on the message, the recent messages of the channel and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from escalation.detection import questions, roles, unsafe
from escalation.detection.company import NOBODY, Company
from escalation.detection.linking.linker import Linker
from escalation.detection.outlook import outlook
from escalation.detection.text import Text, overlap, read
from escalation.detection.verdicts import Judgement, Link, Outlook, RoleVerdict, Verdict
from escalation.detection.window import AnswerRole, ChannelWindow, Seen
from escalation.events import Message, MessageKey, Role
from escalation.timing import DAY, HOUR

LOOKED_BACK = 60
"""Messages before this one that tell where it stands."""
SURE = 0.65
"""A link below this does not keep a question from starting something new."""
SERVES = 2
"""Questions that one message may belong to."""
NEAR = 3
"""Unsafe advice this soon after a question is for it, even if it sounds like a question of its own."""
LOOKS_BACK = 2 * HOUR
"""How long ago somebody's own question is that their thanks are taken to be for."""
ENDANGERS = 2 * DAY
"""Unsafe advice that names no question is taken to be for the latest of others, if it is this fresh."""


class TrainedJudge:
    """Judges a message against what was said before it; see the module's text."""

    def __init__(self) -> None:
        self._linker = Linker()

    def judge(self, message: Message, window: ChannelWindow, company: Company = NOBODY) -> Judgement:
        """Judges a new message against what was said before it in the channel."""
        body = f"{message.title}\n{message.text}" if message.title else message.text
        found, alone = self._linker.link(message, window)
        recent = recent_of(message, window)
        belongs = _belongs_to(message, found, recent, window)
        if message.author.bot:
            verdict = Verdict(0.0, ("a bot",))
            return Judgement(verdict, found, alone, self._roles(message, found, belongs, window))
        asks = self._asks(message, body, found, alone, recent, window)
        danger = self._danger(message, company, belongs, recent, window)
        near = {seen.key for seen in islice(recent, NEAR)}
        if danger and (belongs or danger[0].question in near or danger[0].probability >= asks.probability):
            return Judgement(Verdict(0.02, ("it gives advice",)), found, alone, danger)
        given = () if asks and not _also_serves(found) else self._roles(message, found, belongs, window)
        return Judgement(asks, found, alone, given)

    def alike(self, text: str, other: str) -> float:
        """0..1: do the two texts of one person ask the same?"""
        return overlap(read(text), read(other))

    def outlook(self, starter: Seen, members: Sequence[tuple[Seen, AnswerRole]]) -> Outlook:
        """Where the question stands after its members."""
        return outlook(starter, members)

    @staticmethod
    def _asks(
        message: Message,
        body: str,
        found: Link | None,
        alone: float,
        recent: Sequence[Seen],
        window: ChannelWindow,
    ) -> Verdict:
        here = scene(message, found, alone, recent, window)
        return questions.asks(body, here, questions.burst(here))

    @staticmethod
    def _danger(
        message: Message,
        company: Company,
        belongs: Sequence[MessageKey],
        recent: Sequence[Seen],
        window: ChannelWindow,
    ) -> tuple[RoleVerdict, ...]:
        """Unsafe advice is tied to a question even where no link says which."""
        if message.author.roles:
            return ()
        others = [key for key in belongs if (one := window.get(key)) is None or one.author != message.author.id]
        if not belongs:
            fresh = (one for one in recent if one.asks and one.author != message.author.id)
            others = [one.key for one in islice(fresh, 1) if message.when - one.at <= ENDANGERS]
        danger = unsafe.judge(message.text, message.author.name, company) if others else None
        if danger is None:
            return ()
        return tuple(RoleVerdict(key, AnswerRole.UNSAFE, danger.probability, (danger.reason,)) for key in others)

    @staticmethod
    def _roles(
        message: Message, found: Link | None, belongs: Sequence[MessageKey], window: ChannelWindow
    ) -> tuple[RoleVerdict, ...]:
        verdicts = []
        for question in belongs:
            role, probability, reason = _role(_as_seen(message), question, window)
            sure = min(probability, found.probability) if found else probability
            verdicts.append(RoleVerdict(question, role, sure, (*(found.reasons if found else ()), reason)))
        return tuple(verdicts)


def _role(seen: Seen, question: MessageKey, window: ChannelWindow) -> roles.Found:
    starter = window.get(question)
    if starter is None:
        return AnswerRole.OTHER, 0.5, "its question is out of sight"
    members = [(one, role) for one, role in window.members(question) if one.key != seen.key]
    return roles.role(seen, starter, members)


def _as_seen(message: Message) -> Seen:
    return Seen(message.key, message.author.id, message.author.name, message.when, message.text,
                bot=message.author.bot, staff=Role.STAFF in message.author.roles)  # fmt: skip


def recent_of(message: Message, window: ChannelWindow) -> list[Seen]:
    """The messages before this one in the same flow (its thread, or the open channel), newest first."""
    if message.thread is None:
        same = (seen for seen in islice(window.newest_first(), LOOKED_BACK) if seen.thread is None)
    else:
        same = (seen for seen in window.newest_first() if seen.thread == message.thread)
    return [seen for seen in islice(same, LOOKED_BACK) if seen.key != message.key]


def _belongs_to(
    message: Message, found: Link | None, recent: Sequence[Seen], window: ChannelWindow
) -> tuple[MessageKey, ...]:
    """The questions that a message belongs to: its parent's, else its thread's."""
    parent = window.get(found.parent) if found else None
    if message.thread is None and (found is None or found.probability < SURE) and _looks_back(read(message.text)):
        own = (seen for seen in recent if seen.asks and seen.author == message.author.id)
        if (mine := next(own, None)) is not None and message.when - mine.at <= LOOKS_BACK:
            return (mine.key,)
    if parent is not None and (asked := parent.questions()):
        return asked[:SERVES]
    if message.thread is None:
        return ()
    started = [seen for seen in recent if seen.asks]
    return (started[-1].key,) if started else ()


def _looks_back(signs: Text) -> bool:
    """Thanks, "nvm", "still the same": of somebody with a question of their own, it is about that one."""
    if not signs.question_marks and len(signs.words) < 15 and signs.has("thanks", "solved"):
        return True
    return "failed" in signs.starts and signs.found["failed"] in _ABOUT_BEFORE


_ABOUT_BEFORE = frozenset(
    ("still", "tried that", "tried it", "already tried", "same error", "same thing", "no luck", "immer noch",
     "noch immer", "schon probiert", "sigue igual", "sigue sin", "sigue", "toujours pas", "deja essaye", "continua",
     "ja tentei", "nog steeds", "nadal", "hala")
)  # fmt: skip


def scene(
    message: Message, found: Link | None, starts: float, recent: Sequence[Seen], window: ChannelWindow
) -> questions.Scene:
    """Where a message stands that may be a question."""
    belongs = _belongs_to(message, found, recent, window)
    parent = window.get(found.parent) if found else None
    return questions.Scene(
        message.author.id, message.when, recent, found, parent, starts,
        thread=_in_thread(message, parent, belongs, recent),
        belongs=bool(belongs),
        surely=bool(belongs) and (message.thread is not None or message.reply_to is not None),
    )  # fmt: skip


def _in_thread(message: Message, parent: Seen | None, belongs: Sequence[MessageKey], recent: Sequence[Seen]) -> str:
    if message.thread is None:
        return ""
    if not recent and (message.thread == message.id or parent is None):
        return "opens"
    if belongs:
        return "question's"
    if all(seen.author == message.author.id for seen in recent):
        return "opens"  # "hi", and then the question: nobody else has spoken yet
    return "opener" if recent[-1].author == message.author.id else "other"


def _also_serves(found: Link | None) -> bool:
    return found is not None and found.probability >= 0.9
