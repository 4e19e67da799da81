"""Is it a question, or a report of a problem, that somebody could answer?

A small network (weights/question.npz) weighs what the text says and where the message stands in the channel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from escalation.detection.encoder import Gist, gist
from escalation.detection.head import ACTS, acts, head
from escalation.detection.text import Text, addressed, name_words, read
from escalation.detection.verdicts import Link, Verdict
from escalation.detection.window import Seen
from escalation.timing import HOUR, MINUTE, Millis

FRESH = 10 * MINUTE
"""Two people who exchanged messages this recently are in a conversation."""
BURST = 2 * MINUTE
"""Messages of one person this close together are read as one."""
PARTS = 4
"""Messages of a burst that are read together, besides its last."""
OWN = 2 * HOUR
"""How long ago somebody's own question may be for a message to go on about it."""
_LOOKED_BACK = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a message stands: the messages before it in the same flow (newest first), and what it belongs to."""

    author: str
    at: Millis
    recent: Sequence[Seen]
    link: Link | None = None
    parent: Seen | None = None
    starts: float = 1.0
    """The probability that it starts something new."""
    thread: str = ""
    """"opens": its first message; "opener": its opener goes on before a question was found in it; "question's": one
    was found; "other"; "": not in a thread."""
    belongs: bool = False
    """It is linked to somebody's question."""
    surely: bool = False
    """The platform says so: a reply, or a message in the question's thread."""


def circumstances(scene: Scene, text: Gist) -> dict[str, float]:
    """Named features of where a message stands, sizes about 0..1."""
    me = scene.author
    fresh = [one for one in islice(scene.recent, _LOOKED_BACK) if scene.at - one.at <= FRESH]
    last = scene.recent[0] if scene.recent else None
    mine = [one for one in fresh if one.author == me]
    others = {one.author: one for one in fresh if one.author != me}
    found = _of_link(scene)
    found["quiet"] = float(not fresh)
    found["spoke"] = float(bool(mine))
    found["my share"] = len(mine) / _LOOKED_BACK
    found["few"] = float(len(others) <= 2)
    found["names"] = max((addressed(text.text, name_words(one.name)) for one in others.values()), default=0.0) / 4
    found["replied to others"] = float(_helps(mine, scene.recent))
    found["spoken to"] = float(_spoken_to(me, mine, fresh))
    if scene.thread:
        found[f"thread {scene.thread}"] = 1.0
    if last is not None and scene.at - last.at <= FRESH:
        found |= _after(last, me, text, scene.at)
    own = next((one for one in scene.recent if one.asks and one.author == me and scene.at - one.at <= OWN), None)
    if own is not None:
        found["asked before"] = 1.0
        found["like own question"] = float(text.meaning @ gist(own.text).meaning)
    return found


def _of_link(scene: Scene) -> dict[str, float]:
    parent = scene.parent
    found = {
        "starts": scene.starts,
        "link": scene.link.probability if scene.link else 0.0,
        "belongs": float(scene.belongs),
        "surely belongs": float(scene.surely),
    }
    if parent is None:
        return found | {"no parent": 1.0}
    mine = parent.author == scene.author
    found["parent mine" if mine else "parent other's"] = 1.0
    if parent.asks:
        found["parent is my question" if mine else "parent is other's question"] = 1.0
    if not mine:
        found |= dict(zip([f"parent {act}" for act in ACTS], acts(gist(parent.text)), strict=True))
    return found


def _after(last: Seen, me: str, text: Gist, at: Millis) -> dict[str, float]:
    """What the message before it adds."""
    gap = math.log1p(max(0, at - last.at) / MINUTE)
    if last.author == me:
        return {"goes on": 1.0, "own gap": gap / 3}
    before = gist(last.text)
    found = {"follows": 1.0, "gap": gap / 3, "like last": float(text.meaning @ before.meaning)}
    return found | dict(zip([f"after {act}" for act in ACTS], acts(before), strict=True))


def _helps(mine: Sequence[Seen], recent: Sequence[Seen]) -> bool:
    """Whether the author replied to others of late."""
    parents = {one.parent for one in mine if one.parent is not None}
    return any(one.key in parents and one.author != mine[0].author for one in recent)


def _spoken_to(me: str, mine: Sequence[Seen], fresh: Sequence[Seen]) -> bool:
    """Whether somebody replied to the author, or named them, of late."""
    keys = {one.key for one in mine}
    name = name_words(mine[0].name) if mine else ()
    return any(one.author != me and (one.parent in keys or addressed(read(one.text), name) > 1) for one in fresh)


def asks(text: str, scene: Scene, before: Sequence[str] = ()) -> Verdict:
    """Whether a message starts a question; `before`: what the same person wrote just before, oldest first.

    The message alone and the burst that it ends are both looked at, and the likelier counts.
    """
    seen = gist(text)
    if not seen.text.words and not seen.text.question_marks and not before:
        return Verdict(0.02, ("it has no words",))
    told = circumstances(scene, seen)
    chance = _chance(seen, told)
    if before:
        whole = gist("\n".join((*before, text)))
        joined = _chance(whole, told | {"burst": 1.0})
        if joined > chance:
            seen, chance = whole, joined
    if _only_greets(gist(text).text) or _only_greets(seen.text) or _only_thanks(seen.text):
        chance = min(chance, 0.1)
    return Verdict(chance, _reasons(seen.text, told))


def _chance(seen: Gist, told: Mapping[str, float]) -> float:
    return head("question").probabilities(seen, told)["yes"]


def burst(scene: Scene) -> tuple[str, ...]:
    """What the same person wrote just before without asking, oldest first."""
    own: list[str] = []
    for seen in scene.recent[:8]:
        if scene.at - seen.at > BURST or len(own) >= PARTS:
            break
        if seen.author == scene.author:
            if seen.questions():
                break
            own.append(seen.text)
    return tuple(reversed(own))


def _only_greets(text: Text) -> bool:
    """ "anyone here?", "hi", "quick question": nothing to answer yet."""
    if len(text.words) > 5 or "idle" not in text.starts or text.has_code or text.has_link:
        return False
    spent = len(text.found["idle"].split()) + sum(word in _FILLERS for word in text.words)
    return len(text.words) - spent <= 1 and not text.has("problem", "seek")


def _only_thanks(text: Text) -> bool:
    """ "thanks, it works", in a few words that speak of no trouble."""
    if len(text.words) > 7 or text.question_marks or not text.has("thanks", "solved"):
        return False
    return not text.has("problem", "ask", "seek", "failed")


_FILLERS = frozenset("all there everyone everybody guys folks please here again a an is das ist jemand".split())


def _reasons(text: Text, told: Mapping[str, float]) -> tuple[str, ...]:
    reasons = []
    if text.question_marks:
        reasons.append("it has a question mark")
    if found := text.has("ask", "seek"):
        reasons.append(f"it asks: '{found}'")
    if found := text.has("problem"):
        reasons.append(f"it reports a problem: '{found}'")
    if told.get("thread opens"):
        reasons.append("it opens a thread")
    if told.get("parent other's") and not told.get("parent is other's question"):
        reasons.append("but it continues a talk")
    return tuple(reasons) or ("its words sound like it",)
