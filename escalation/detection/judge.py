"""The rule-based judge: a small, honest first version behind the final interface.

It knows cue words in five languages, who was named, who spoke last and what the platform says. It is
not calibrated: its probabilities are hand-set. benchmarks/RESULTS.md says how far it carries.
"""

from __future__ import annotations

from collections.abc import Sequence

from escalation.detection import answers, links, questions
from escalation.detection.features import Text, look, names, overlap
from escalation.detection.verdicts import Judgement, Link, Outlook, RoleVerdict, Verdict
from escalation.detection.window import AnswerRole, ChannelWindow, Seen
from escalation.events import Message, MessageKey, Role
from escalation.timing import MINUTE

TALKING = 10 * MINUTE
"""Two people who exchanged messages this recently are in a conversation."""


class RuleJudge:
    """Judges by rules; see the module's text."""

    def judge(self, message: Message, window: ChannelWindow) -> Judgement:
        """Judges a new message against what was said before it in the channel."""
        text = look(f"{message.title}\n{message.text}" if message.title else message.text)
        found = links.link(message, text, window)
        if message.author.bot:
            return Judgement(Verdict(0.0, ("a bot",)), found, self._alone(found), self._roles(message, found, window))
        parent = window.get(found.parent) if found else None
        asks = self._asks(message, text, parent, window)
        if asks and found is not None and found.probability < 0.65:
            found = None
        roles = () if asks and not self._also_serves(found) else self._roles(message, found, window)
        return Judgement(asks, found, self._alone(found), roles)

    def alike(self, text: str, other: str) -> float:
        """0..1: do the two texts of one person ask the same?"""
        return overlap(look(text), look(other))

    def outlook(self, starter: Seen, members: Sequence[tuple[Seen, AnswerRole]]) -> Outlook:
        """Where the question stands after its members."""
        return answers.outlook(starter, members)

    @staticmethod
    def _alone(found: Link | None) -> float:
        return 0.7 if found is None else 1 - found.probability

    @staticmethod
    def _also_serves(found: Link | None) -> bool:
        return found is not None and found.probability >= 0.9

    def _asks(self, message: Message, text: Text, parent: Seen | None, window: ChannelWindow) -> Verdict:
        own = parent is not None and parent.author == message.author.id
        if own and parent is not None and parent.questions():
            return Verdict(0.1, ("it continues a question that is tracked",))
        starts_thread = message.thread == message.id
        talking = parent is not None and not own and message.when - parent.at <= TALKING
        if message.thread is not None and not starts_thread:
            talking = talking or parent is not None
        addressed = any(names(message.text, seen.name) for seen in _last_speakers(message, window))
        return questions.asks(text, in_conversation=talking, addressed=addressed, starts_thread=starts_thread)

    def _roles(self, message: Message, found: Link | None, window: ChannelWindow) -> tuple[RoleVerdict, ...]:
        parent = window.get(found.parent) if found else None
        if found is None or parent is None:
            return ()
        seen = Seen(message.key, message.author.id, message.author.name, message.when, message.text,
                    bot=message.author.bot, staff=Role.STAFF in message.author.roles)  # fmt: skip
        return tuple(
            RoleVerdict(question, role, min(probability, found.probability), (*found.reasons, reason))
            for question in parent.questions()
            for role, probability, reason in (self._role(seen, question, window),)
        )

    @staticmethod
    def _role(seen: Seen, question: MessageKey, window: ChannelWindow) -> answers.Found:
        starter = window.get(question)
        if starter is None:
            return AnswerRole.OTHER, 0.5, "its question is out of sight"
        given = [one for one, role in window.members(question) if role is AnswerRole.ANSWER]
        return answers.role(
            seen,
            starter.author,
            answered=bool(given),
            contradicts=any(one.author not in (seen.author, starter.author) for one in given),
        )


def _last_speakers(message: Message, window: ChannelWindow) -> list[Seen]:
    speakers: dict[str, Seen] = {}
    for seen in window.newest_first():
        if message.when - seen.at > TALKING or len(speakers) >= 8:
            break
        if seen.author != message.author.id:
            speakers.setdefault(seen.author, seen)
    return list(speakers.values())
