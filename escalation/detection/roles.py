"""What does a message do for the question it belongs to: answer, ask back, confirm, fail, object, endanger?

Two small networks (weights/peer.npz, weights/asker.npz) weigh what the text says and where it stands in the talk;
the rules of unsafe.py come first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from escalation.detection.encoder import gist, meaning
from escalation.detection.head import head
from escalation.detection.text import LOOKED_AT, Text, addressed, name_words, overlap, read
from escalation.detection.window import AnswerRole, Seen
from escalation.timing import MINUTE

Found = tuple[AnswerRole, float, str]
Members = Sequence[tuple[Seen, AnswerRole]]
Weigh = Callable[[Seen, Seen, Members], dict[str, float]]
"""(message, starter, members so far) -> the probability of each role."""
REMEMBERED = 40
"""Members of a question, the newest, that tell where a message stands."""
ANSWERS = frozenset({AnswerRole.ANSWER, AnswerRole.DISPUTE, AnswerRole.UNSAFE})
LIKE_ADVICE = 0.3
"""What begins like advice counts as an answer from here on: a page for a question that was helped costs goodwill."""
_QUOTED = 90
_LATE = 30
_END = re.compile(r"(?<=[.!?])\s+|\n+")


def circumstances(seen: Seen, starter: Seen, members: Members) -> dict[str, float]:
    """Where a message stands in the talk about `starter`, whose members so far are given, oldest first.

    Named features for the heads, sizes about 0..1.
    """
    asker, me = starter.author, seen.author
    before = members[-REMEMBERED:]
    last, last_role = before[-1] if before else (starter, None)
    others = [(one, role) for one, role in before if one.author != asker]
    answers = [one for one, role in others if role in ANSWERS]
    mine = [role for one, role in before if one.author == asker]
    told = {
        "goes on": last.author == me,
        "after asker": last.author == asker,
        "opening": not others,
        "answers >= 1": len(answers) >= 1,
        "answers >= 2": len(answers) >= 2,
        "answers >= 4": len(answers) >= 4,
        f"after {'asker' if last.author == asker else 'peer'}'s {last_role or 'question'}": True,
        f"asker's last {mine[-1] if mine else 'question'}": True,
        f"peers' last {others[-1][1] if others else 'none'}": True,
        "asker since answer": any(one.author == asker and one.at > answers[-1].at for one, _ in before if answers),
        "helped before": any(one.author == me for one in answers),
        "asked back before": any(one.author == me and role is AnswerRole.CLARIFICATION for one, role in others),
        "others helped": any(one.author != me for one in answers),
        "spoke before": any(one.author == me for one, _ in before),
    }  # fmt: skip
    found = {name: 1.0 for name, holds in told.items() if holds}
    return (
        found
        | _times(seen, starter, last, len(members))
        | _addresses(seen, starter, others)
        | _likeness(seen, starter, last, answers)
    )


def _times(seen: Seen, starter: Seen, last: Seen, count: int) -> dict[str, float]:
    gap = max(0, seen.at - last.at) / MINUTE
    return {
        "gap": math.log1p(gap) / 3,
        "age": math.log1p(max(0, seen.at - starter.at) / MINUTE) / 4,
        "position": math.log1p(count + 1) / 2,
        "late": float(gap > _LATE),
    }


def _addresses(seen: Seen, starter: Seen, others: Members) -> dict[str, float]:
    text = read(seen.text)
    people = {one.author: one.name for one, _ in others if one.author != seen.author}
    found = {"to other": max((addressed(text, name_words(name)) for name in people.values()), default=0.0) / 4}
    if seen.author != starter.author:
        found["to asker"] = addressed(text, name_words(starter.name)) / 4
    elif others:
        found["to last peer"] = addressed(text, name_words(others[-1][0].name)) / 4
    return found


def _likeness(seen: Seen, starter: Seen, last: Seen, answers: Sequence[Seen]) -> dict[str, float]:
    about = meaning(seen.text)
    found = {
        "shares": overlap(read(seen.text), read(starter.text)),
        "like question": float(about @ meaning(starter.text)),
        "like last": float(about @ meaning(last.text)),
    }
    if answers:
        found["shares with answer"] = overlap(read(seen.text), read(answers[-1].text))
        found["like answer"] = float(about @ meaning(answers[-1].text))
    return found


def chances(seen: Seen, starter: Seen, members: Members) -> dict[str, float]:
    """The probability of each role that somebody of this kind (the asker, or another) can play."""
    of_asker = seen.author == starter.author
    return head("asker" if of_asker else "peer").probabilities(gist(seen.text), circumstances(seen, starter, members))


def role(seen: Seen, starter: Seen, members: Members, weigh: Weigh = chances) -> Found:
    """The role of one message for the question of `starter`, with its probability and the reason in words."""
    if seen.bot:
        return AnswerRole.OTHER, 1.0, "a bot"
    told = weigh(seen, starter, members)
    return _of_asker(seen, told, members) if seen.author == starter.author else _of_peer(seen, starter, told, members)


def _of_asker(seen: Seen, told: dict[str, float], members: Members) -> Found:
    best = max(told, key=lambda one: told[one])
    found = AnswerRole(best)
    if found is AnswerRole.FAILURE and not any(role in ANSWERS for one, role in members if one.author != seen.author):
        return AnswerRole.OTHER, told[best], "the asker goes on; there was no answer that could fail"
    reason = _ASKER_REASONS.get(found, "the asker goes on")
    if found is AnswerRole.OTHER:
        return found, told[best], reason
    return found, told[best], f"{reason}: {quote(seen.text, *_ASKER_CUES[found])}"


def _of_peer(seen: Seen, starter: Seen, told: dict[str, float], members: Members) -> Found:
    contradicts = any(
        role in ANSWERS and one.author not in (seen.author, starter.author) for one, role in members[-REMEMBERED:]
    )
    if not contradicts:  # one's own answer, or none: there is nothing to object to
        told = {**told, "answer": told["answer"] + told["dispute"], "dispute": 0.0}
    best = max(told, key=lambda one: told[one])
    if best == "other" and told["answer"] >= LIKE_ADVICE and "suggests" in read(seen.text).starts:
        best = "answer"
    found = AnswerRole(best)
    return found, told[best], f"{_PEER_REASONS[found]}: {quote(seen.text, *_PEER_CUES.get(found, ()))}"


_ASKER_REASONS = {
    AnswerRole.CONFIRMATION: "the asker is content",
    AnswerRole.FAILURE: "the asker says that it does not help",
}
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


def quote(text: str, *cues: str) -> str:
    """The sentence of `text` that holds a cue of these groups, or its first, shortened, in quotation marks."""
    sentences = [one.strip() for one in _END.split(text[:LOOKED_AT]) if one.strip()]
    if not sentences:
        return "''"
    cue = _first_word(read(text), cues)
    told = next((one for one in sentences if cue and cue in one.lower().replace("'", "")), sentences[0])
    return f"'{told if len(told) <= _QUOTED else told[: _QUOTED - 3] + '...'}'"


def _first_word(text: Text, cues: Sequence[str]) -> str:
    found = text.has(*cues) if cues else None
    return found.split(" ")[0] if found else ""
