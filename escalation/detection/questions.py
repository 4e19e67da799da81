"""Is it a question, or a report of a problem, that somebody could answer?"""

from __future__ import annotations

import math

from escalation.detection import cues
from escalation.detection.features import Text
from escalation.detection.verdicts import Verdict

# Log-odds of each sign, set by hand on a handful of channels.
_BIAS = -1.6


def asks(text: Text, *, in_conversation: bool, addressed: bool, starts_thread: bool) -> Verdict:
    """Whether a message starts a question.

    in_conversation: it continues a talk with somebody else; addressed: it names a person who spoke
    just before; starts_thread: it opens a forum post or thread.
    """
    score, reasons = _BIAS, []
    if text.question_marks:
        score += 1.9
        reasons.append("it has a question mark")
    if found := text.has(cues.ASKS):
        score += 1.5
        reasons.append(f"it asks: '{found}'")
    if found := text.has(cues.PROBLEM):
        score += 1.3 if text.has(cues.FIRST_PERSON) else 0.8
        reasons.append(f"it reports a problem: '{found}'")
    if starts_thread:
        score += 1.4
        reasons.append("it opens a thread")
    score += _against(text, in_conversation=in_conversation, addressed=addressed)
    return Verdict(1 / (1 + math.exp(-score)), tuple(reasons))


def _against(text: Text, *, in_conversation: bool, addressed: bool) -> float:
    score = 0.0
    if text.length <= 2:
        score -= 1.2
    if text.length <= 5 and text.has(cues.IDLE) and not text.has(cues.PROBLEM):
        score -= 3.0
    if text.has(cues.BANTER):
        score -= 1.5
    if text.has(cues.ME_TOO) and text.length < 12:
        score -= 1.5
    if text.has(cues.THANKS) and text.length < 12:
        score -= 1.5
    if in_conversation:
        score -= 2.6
    if addressed:
        score -= 1.2
    return score
