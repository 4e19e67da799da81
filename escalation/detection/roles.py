"""What does a message do for the question it belongs to: answer, ask back, confirm, fail, object, endanger?

Two small linear models (weights/peer.npz, weights/asker.npz; benchmarks/train_roles.py trains them) weigh the
signs of the text and where it stands in the talk; the rules of unsafe.py come first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from escalation.detection import unsafe
from escalation.detection.features import LOOKED_AT, look, overlap
from escalation.detection.linear import load
from escalation.detection.signs import Signs, read
from escalation.detection.window import AnswerRole, Seen

Found = tuple[AnswerRole, float, str]
_QUOTED = 90
_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Talk:
    """Where in the talk about a question a message stands."""

    question: str
    answered: bool = False
    """Somebody gave an answer before."""
    contradicts: bool = False
    """An answer of a third person stands."""
    goes_on: bool = False
    """The same person wrote the message before it."""
    after_asker: bool = True
    """The asker wrote the message before it."""
    opening: bool = True
    """Nobody but the asker has spoken yet."""


def peer_names(signs: Signs, text: str, talk: Talk) -> list[str]:
    """The features of somebody else's message."""
    names = list(signs.names)
    shared = overlap(look(text), look(talk.question))
    names.append("shares much" if shared > 0.4 else "shares some" if shared > 0.15 else "shares little")
    where = {"goes on": talk.goes_on, "after asker": talk.after_asker, "opening": talk.opening}
    names += [name for name, holds in where.items() if holds]
    if signs.question_marks:
        names += [f"marked {group}" for group in ("suggests", "asks_back", "wh", "you") if group in signs.found]
        names += [f"marked start {group}" for group in ("suggests", "asks_back", "ask") if group in signs.starts]
    return names


def asker_names(signs: Signs, talk: Talk) -> list[str]:
    """The features of the asker's own follow-up."""
    names = list(signs.names)
    names.append("answered" if talk.answered else "unanswered")
    if talk.goes_on:
        names.append("goes on")
    if "thanks" in signs.found:
        names.append("thanks, short" if len(signs.words) < 8 else "thanks, long")
        names += [f"thanks and {group}" for group in ("failed", "not_yet", "solved") if group in signs.found]
    if signs.question_marks:
        names += [f"marked {group}" for group in ("solved", "failed", "thanks") if group in signs.found]
    return names


def role(seen: Seen, asker: str, talk: Talk) -> Found:
    """The role of one message for a question of `asker`, with its probability and the reason in words."""
    signs = read(seen.text)
    if seen.bot:
        return AnswerRole.OTHER, 1.0, "a bot"
    if seen.author == asker:
        return _of_asker(signs, seen.text, talk)
    if not seen.staff and (found := unsafe.judge(seen.text, seen.name)):
        return AnswerRole.UNSAFE, found.probability, found.reason
    return _of_peer(signs, seen.text, talk)


def _of_asker(signs: Signs, text: str, talk: Talk) -> Found:
    chances = load("asker").probabilities(signs, asker_names(signs, talk))
    best = max(chances, key=lambda one: chances[one])
    found = AnswerRole(best)
    if found is AnswerRole.FAILURE and not talk.answered:
        return AnswerRole.OTHER, chances[best], "the asker goes on; there was no answer that could fail"
    cue = signs.has(*_ASKER_CUES.get(found, ()))
    reason = {
        AnswerRole.CONFIRMATION: "the asker is content",
        AnswerRole.FAILURE: "the asker says that it does not help",
    }.get(found, "the asker goes on")
    return found, chances[best], f"{reason}: {quote(text, cue)}" if found is not AnswerRole.OTHER else reason


def _of_peer(signs: Signs, text: str, talk: Talk) -> Found:
    chances = load("peer").probabilities(signs, peer_names(signs, text, talk))
    if not talk.contradicts or not signs.has("disputes", "negation", "says_yes_no"):
        chances["answer"] += chances.pop("dispute", 0.0)
    best = max(chances, key=lambda one: chances[one])
    found = AnswerRole(best)
    return found, chances[best], f"{_PEER_REASONS[found]}: {quote(text, signs.has(*_PEER_CUES.get(found, ())))}"


_ASKER_CUES = {AnswerRole.CONFIRMATION: ("solved", "thanks"), AnswerRole.FAILURE: ("failed", "problem")}
_PEER_CUES = {
    AnswerRole.ANSWER: ("suggests",),
    AnswerRole.CLARIFICATION: ("asks_back", "wh"),
    AnswerRole.ME_TOO: ("me_too",),
    AnswerRole.DISPUTE: ("disputes", "negation"),
    AnswerRole.OTHER: ("no_idea", "defer", "welcome"),
}
_PEER_REASONS = {
    AnswerRole.ANSWER: "it speaks to the question",
    AnswerRole.CLARIFICATION: "it asks back",
    AnswerRole.ME_TOO: "somebody has it too",
    AnswerRole.DISPUTE: "a peer objects",
    AnswerRole.OTHER: "it gives no answer",
}


def quote(text: str, cue: str | None = None) -> str:
    """The sentence of `text` that holds the cue, or its first, shortened, in quotation marks."""
    sentences = [one.strip() for one in _END.split(text[:LOOKED_AT]) if one.strip()]
    if not sentences:
        return "''"
    first = cue.split(" ")[0] if cue else ""
    told = next((one for one in sentences if first and first in one.lower().replace("'", "")), sentences[0])
    return f"'{told if len(told) <= _QUOTED else told[: _QUOTED - 3] + '...'}'"
