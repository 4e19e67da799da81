"""What does a message do for the question it belongs to, and where does the question stand then?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from escalation.detection import cues
from escalation.detection.features import LOOKED_AT, Text, look
from escalation.detection.verdicts import Outcome, Outlook
from escalation.detection.window import AnswerRole, Seen

_UNSAFE = tuple(re.compile(pattern, re.I) for pattern in cues.UNSAFE)
_UNSAFE_LENGTH = 1_000
"""The patterns are bounded in what they scan, so that no text makes them slow."""

Found = tuple[AnswerRole, float, str]


def role_of_asker(text: Text, *, answered: bool) -> Found:
    """What the asker's own follow-up does. `answered`: somebody gave an answer before."""
    solved, failed = text.has(cues.SOLVED), text.has(cues.FAILED)
    if answered and failed and not (solved and not text.has(("still",))):
        return AnswerRole.FAILURE, 0.75, f"the asker says: '{failed}'"
    if solved and not text.has(("not", "isn't", "but")) and not text.question_marks:
        return AnswerRole.CONFIRMATION, 0.8, f"the asker says: '{solved}'"
    thanks = text.has(cues.THANKS)
    if answered and thanks and not text.has(cues.NOT_YET) and not text.question_marks:
        return AnswerRole.CONFIRMATION, 0.7, f"the asker says: '{thanks}'"
    return AnswerRole.OTHER, 0.6, "the asker goes on"


def role_of_other(raw: str, text: Text, *, staff: bool, contradicts: bool) -> Found:
    """What somebody else's message does. `contradicts`: another person's answer stands already."""
    if not staff and (found := _unsafe(raw, text)):
        return AnswerRole.UNSAFE, 0.8, f"unsafe advice: '{found}'"
    if found := text.has(cues.ME_TOO):
        return AnswerRole.ME_TOO, 0.8, f"has it too: '{found}'"
    if contradicts and (found := text.has(cues.DISPUTES)):
        return AnswerRole.DISPUTE, 0.7, f"a peer objects: '{found}'"
    if _asks_back(text):
        return AnswerRole.CLARIFICATION, 0.7, "asks back"
    if (found := text.has(cues.NO_IDEA)) and text.length < 12:
        return AnswerRole.OTHER, 0.7, f"has no answer: '{found}'"
    if text.has_link or text.has_code:
        return AnswerRole.ANSWER, 0.75, "points to something"
    if text.length < 3 or (text.length < 6 and text.has(cues.BANTER)):
        return _short(text)
    return AnswerRole.ANSWER, 0.6, "speaks to the question"


def _short(text: Text) -> Found:
    if text.words and text.words[0] in {
        "yes",
        "no",
        "yep",
        "nope",
        "yeah",
        "ja",
        "nein",
        "sí",
        "si",
        "oui",
        "sim",
    }:
        return AnswerRole.ANSWER, 0.6, f"says {text.words[0]}"
    return AnswerRole.OTHER, 0.6, "chatter"


def _asks_back(text: Text) -> bool:
    if text.has(cues.SUGGESTS) and not text.has(cues.ASKS_BACK):
        return False
    return bool(text.question_marks) or (bool(text.has(cues.ASKS_BACK)) and text.length < 15)


def _unsafe(raw: str, text: Text) -> str | None:
    if text.has(cues.WARNS):
        return None
    for pattern in _UNSAFE:
        if found := pattern.search(raw[:LOOKED_AT][:_UNSAFE_LENGTH]):
            return found[0][:60]
    return None


# Share of conversations in each state that the company had to step into: the dev part of the
# labelled outcomes, smoothed (benchmarks/RESULTS.md).
_MUST_STEP_IN = {
    Outcome.UNANSWERED: 0.45,
    Outcome.FAILED: 0.45,
    Outcome.DISPUTED: 0.5,
    Outcome.ANSWERED: 0.12,
    Outcome.RESOLVED: 0.05,
    Outcome.DISMISSED: 0.02,
}


def outlook(starter: Seen, members: Sequence[tuple[Seen, AnswerRole]]) -> Outlook:
    """Where the question stands after all that was said, oldest first."""
    first: Seen | None = None
    confirmed: Seen | None = None
    failure: Seen | None = None
    dispute: Seen | None = None
    outcome = Outcome.UNANSWERED
    for seen, role in members:
        if role is AnswerRole.ANSWER and seen.author != starter.author and not seen.bot:
            first = first or seen
            outcome = Outcome.ANSWERED
        elif role is AnswerRole.CONFIRMATION and seen.author == starter.author:
            confirmed = confirmed or seen
            outcome = Outcome.RESOLVED
        elif role is AnswerRole.FAILURE and first is not None:
            failure, outcome = seen, Outcome.FAILED
        elif role is AnswerRole.DISPUTE and first is not None:
            dispute, outcome = dispute or seen, Outcome.DISPUTED
    keys = [None if seen is None else seen.key for seen in (first, confirmed, failure, dispute)]
    return Outlook(outcome, _MUST_STEP_IN[outcome], *keys)


def role(seen: Seen, asker: str, *, answered: bool, contradicts: bool) -> Found:
    """The role of one message for a question of `asker`."""
    text = look(seen.text)
    if seen.bot:
        return AnswerRole.OTHER, 1.0, "a bot"
    if seen.author == asker:
        return role_of_asker(text, answered=answered)
    return role_of_other(seen.text, text, staff=seen.staff, contradicts=contradicts)
