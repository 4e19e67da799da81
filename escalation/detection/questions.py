"""Is it a question, or a report of a problem, that somebody could answer?

A linear model (weights/question.npz; benchmarks/train_roles.py trains it) over the signs of the text and hashed
n-grams; what stands before it in the channel moves the result by set amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from escalation.detection.linear import load, sigmoid
from escalation.detection.signs import Signs, read
from escalation.detection.verdicts import Verdict

# Log-odds that circumstances add, set by hand: they depend on the channel, which the training texts lack.
_OPENS_THREAD = 2.8
_OPENER_GOES_ON = 2.0
_BELONGS = -0.5
_IN_ANOTHERS_THREAD = -1.5
_SURELY_BELONGS = -2.6
_IN_CONVERSATION = -2.2
_ADDRESSED = -1.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What stands around a message that may be a question."""

    replies: bool = False
    """It follows, or links to, what another person just said."""
    in_conversation: bool = False
    """It continues a talk of two that goes on already."""
    addressed: bool = False
    """It names a person who spoke just before."""
    opens_thread: bool = False
    opener_goes_on: bool = False
    """The thread's opener goes on before anything was found to be the question."""
    in_anothers_thread: bool = False
    """Somebody else opened the thread, and nothing in it was found to be the question so far."""
    belongs: bool = False
    """It is linked to somebody else's question, by guess."""
    surely_belongs: bool = False
    """The platform says so: a reply, or a message in the question's thread."""

    def shift(self) -> float:
        """Log-odds to add."""
        return (
            _OPENS_THREAD * self.opens_thread
            + _OPENER_GOES_ON * self.opener_goes_on
            + _IN_ANOTHERS_THREAD * self.in_anothers_thread
            + _BELONGS * (self.belongs and not self.surely_belongs)
            + _SURELY_BELONGS * self.surely_belongs
            + _IN_CONVERSATION * self.in_conversation
            + _ADDRESSED * self.addressed
        )


def question_names(signs: Signs, *, replies: bool) -> list[str]:
    """The features of a text that may be a question."""
    names = list(signs.names)
    if replies:
        names.append("replies")
        names += [f"replies, {name}" for name in signs.names if not name.startswith("many")]
    return names


def asks(text: str, setting: Setting, before: Sequence[str] = ()) -> Verdict:
    """Whether a message starts a question; `before`: what the same person wrote just before, oldest first.

    The message alone and the burst that it ends are both looked at, and the likelier counts.
    """
    signs = read(text)
    if not signs.words and not signs.question_marks and not before:
        return Verdict(0.02, ("it has no words",))
    score = _score(signs, setting)
    if before:
        whole = read("\n".join((*before, text)))
        joined = _score(whole, setting)
        if joined > score:
            signs, score = whole, joined
    if _only_greets(signs):
        score = min(score, -2.0)
    return Verdict(sigmoid(score), _reasons(signs, setting))


def _score(signs: Signs, setting: Setting) -> float:
    names = question_names(signs, replies=setting.replies)
    return load("question").scores(signs, names)[0] + setting.shift()


def _only_greets(signs: Signs) -> bool:
    """ "anyone here?", "hi", "quick question": nothing to answer yet."""
    if len(signs.words) > 5 or "idle" not in signs.starts or signs.has_code or signs.has_link:
        return False
    spent = len(signs.found["idle"].split()) + sum(word in _FILLERS for word in signs.words)
    return len(signs.words) - spent <= 1 and not signs.has("problem", "seek")


_FILLERS = frozenset("all there everyone everybody guys folks please here again a an is das ist jemand".split())


def _reasons(signs: Signs, setting: Setting) -> tuple[str, ...]:
    reasons = []
    if signs.question_marks:
        reasons.append("it has a question mark")
    if found := signs.has("ask", "seek"):
        reasons.append(f"it asks: '{found}'")
    if found := signs.has("problem"):
        reasons.append(f"it reports a problem: '{found}'")
    if setting.opens_thread:
        reasons.append("it opens a thread")
    if setting.in_conversation:
        reasons.append("but it continues a talk")
    return tuple(reasons) or ("its words sound like it",)
