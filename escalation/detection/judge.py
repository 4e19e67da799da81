"""The judge: links by a small network, questions and roles by linear models, dangers by a rule pack.

What it decides rests on the message, the recent messages of the channel and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from escalation.detection import questions, roles, unsafe
from escalation.detection.features import look, names, overlap
from escalation.detection.linking.linker import Linker
from escalation.detection.outlook import outlook
from escalation.detection.questions import Setting
from escalation.detection.roles import Talk
from escalation.detection.signs import Signs, read
from escalation.detection.verdicts import Judgement, Link, Outlook, RoleVerdict, Verdict
from escalation.detection.window import AnswerRole, ChannelWindow, Seen
from escalation.events import Message, MessageKey, Role
from escalation.timing import DAY, HOUR, MINUTE

TALKING = 10 * MINUTE
"""Two people who exchanged messages this recently are in a conversation."""
BURST = 2 * MINUTE
"""Messages of one person this close together are read as one."""
LOOKED_BACK = 60
"""Messages before this one that tell where it stands."""
SURE = 0.65
"""A link below this does not keep a question from starting something new."""
LOOKS_BACK = 2 * HOUR
"""How long ago somebody's own question is that their thanks are taken to be for."""
ENDANGERS = 2 * DAY
"""Unsafe advice that names no question is taken to be for the latest of others, if it is this fresh."""


class TrainedJudge:
    """Judges a message against what was said before it; see the module's text."""

    def __init__(self) -> None:
        self._linker = Linker()

    def judge(self, message: Message, window: ChannelWindow) -> Judgement:
        """Judges a new message against what was said before it in the channel."""
        body = f"{message.title}\n{message.text}" if message.title else message.text
        found, alone = self._linker.link(message, window)
        recent = _recent(message, window)
        belongs = _belongs_to(message, found, recent, window)
        if message.author.bot:
            verdict = Verdict(0.0, ("a bot",))
            return Judgement(verdict, found, alone, self._roles(message, found, belongs, window))
        if danger := self._danger(message, belongs, recent, window):
            return Judgement(Verdict(0.02, ("it gives advice",)), found, alone, danger)
        asks = self._asks(message, body, found, belongs, recent, window)
        given = () if asks and not _also_serves(found) else self._roles(message, found, belongs, window)
        return Judgement(asks, found, alone, given)

    def alike(self, text: str, other: str) -> float:
        """0..1: do the two texts of one person ask the same?"""
        return overlap(look(text), look(other))

    def outlook(self, starter: Seen, members: Sequence[tuple[Seen, AnswerRole]]) -> Outlook:
        """Where the question stands after its members."""
        return outlook(starter, members)

    @staticmethod
    def _asks(
        message: Message,
        body: str,
        found: Link | None,
        belongs: Sequence[MessageKey],
        recent: Sequence[Seen],
        window: ChannelWindow,
    ) -> Verdict:
        mine = [key for key in belongs if (one := window.get(key)) is not None and one.author == message.author.id]
        if mine:
            return Verdict(0.1, ("it continues a question that is tracked",))
        parent = window.get(found.parent) if found else None
        setting = _setting(message, parent, belongs, recent)
        return questions.asks(body, setting, _burst(message, recent))

    @staticmethod
    def _danger(
        message: Message, belongs: Sequence[MessageKey], recent: Sequence[Seen], window: ChannelWindow
    ) -> tuple[RoleVerdict, ...]:
        """Unsafe advice is tied to a question even where no link says which."""
        if message.author.roles:
            return ()
        danger = unsafe.judge(message.text, message.author.name)
        if danger is None:
            return ()
        others = [key for key in belongs if (one := window.get(key)) is None or one.author != message.author.id]
        if not belongs:
            fresh = (one for one in recent if one.asks and one.author != message.author.id)
            others = [one.key for one in islice(fresh, 1) if message.when - one.at <= ENDANGERS]
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


def talk_at(seen: Seen, starter: Seen, members: Sequence[tuple[Seen, AnswerRole]]) -> Talk:
    """Where a message stands in the talk about `starter`, whose members so far are given."""
    last = members[-1][0] if members else starter
    given = [one for one, role in members if role is AnswerRole.ANSWER and one.author != starter.author]
    return Talk(
        question=starter.text,
        answered=any(role in (AnswerRole.ANSWER, AnswerRole.UNSAFE) for _, role in members),
        contradicts=any(one.author not in (seen.author, starter.author) for one in given[-6:]),
        goes_on=last.author == seen.author,
        after_asker=last.author == starter.author,
        opening=all(one.author == starter.author for one, _ in members),
    )


def _role(seen: Seen, question: MessageKey, window: ChannelWindow) -> roles.Found:
    starter = window.get(question)
    if starter is None:
        return AnswerRole.OTHER, 0.5, "its question is out of sight"
    members = [(one, role) for one, role in window.members(question) if one.key != seen.key]
    return roles.role(seen, starter.author, talk_at(seen, starter, members))


def _as_seen(message: Message) -> Seen:
    return Seen(message.key, message.author.id, message.author.name, message.when, message.text,
                bot=message.author.bot, staff=Role.STAFF in message.author.roles)  # fmt: skip


def _recent(message: Message, window: ChannelWindow) -> list[Seen]:
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
        return asked
    if message.thread is None:
        return ()
    started = [seen for seen in recent if seen.asks]
    return (started[-1].key,) if started else ()


def _looks_back(signs: Signs) -> bool:
    """Thanks, "nvm", "still the same": of somebody with a question of their own, it is about that one."""
    if not signs.question_marks and len(signs.words) < 15 and signs.has("thanks", "solved"):
        return True
    return "failed" in signs.starts and signs.found["failed"] in _ABOUT_BEFORE


_ABOUT_BEFORE = frozenset(
    ("still", "tried that", "tried it", "already tried", "same error", "same thing", "no luck", "immer noch",
     "noch immer", "schon probiert", "sigue igual", "sigue sin", "sigue", "toujours pas", "deja essaye", "continua",
     "ja tentei", "nog steeds", "nadal", "hala")
)  # fmt: skip


def _setting(message: Message, parent: Seen | None, belongs: Sequence[MessageKey], recent: Sequence[Seen]) -> Setting:
    me = message.author.id
    last = recent[0] if recent else None
    others = parent is not None and parent.author != me
    fresh = [seen for seen in recent[:20] if message.when - seen.at <= TALKING]
    spoke = any(seen.author == me for seen in fresh)
    addressed = _addresses(message, fresh)
    opens = message.thread is not None and not recent and (message.thread == message.id or parent is None)
    opener = message.thread is not None and bool(recent) and recent[-1].author == me and not belongs
    alone = len({seen.author for seen in fresh} - {me}) <= 2
    follows = last is not None and alone and last.author != me and message.when - last.at <= BURST
    return Setting(
        replies=others or follows,
        in_conversation=others and (spoke or addressed) and parent is not None and not parent.asks,
        addressed=addressed,
        opens_thread=opens,
        opener_goes_on=opener,
        in_anothers_thread=message.thread is not None and not (opens or opener or belongs),
        belongs=bool(belongs),
        surely_belongs=bool(belongs) and (message.thread is not None or message.reply_to is not None),
    )


def _addresses(message: Message, fresh: Sequence[Seen]) -> bool:
    speakers = {seen.author: seen.name for seen in fresh if seen.author != message.author.id}
    return any(names(message.text, name) for name in islice(speakers.values(), 8))


def _burst(message: Message, recent: Sequence[Seen]) -> tuple[str, ...]:
    """What the same person wrote just before without asking, oldest first."""
    own: list[str] = []
    for seen in recent[:8]:
        if message.when - seen.at > BURST or len(own) >= 4:
            break
        if seen.author == message.author.id:
            if seen.questions():
                break
            own.append(seen.text)
    return tuple(reversed(own))


def _also_serves(found: Link | None) -> bool:
    return found is not None and found.probability >= 0.9
