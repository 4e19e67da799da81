"""What speaks for a candidate: numbers about a message, an earlier one, and the two together."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

import numpy as np
import numpy.typing as npt

from escalation.detection.linking.candidates import candidates
from escalation.detection.linking.signs import SIGNS
from escalation.detection.linking.talk import Entry, Talk

FAR = 120.0
"""Stands for "never", in messages."""

PERSON: Final = (
    "same_author", "i_name", "i_name_other", "partner", "exchange_age", "i_spoke_age", "they_spoke_age", "lead",
)  # fmt: skip
PAIR: Final = (
    "self", "rank", "minutes", "speakers_between", "mine_between", "theirs_between", "their_bot", "names_me",
    "names_other", "both_name", "partner_is_me", "my_turn_after", "naming_me_after", "parent_mine", "parent_my_last",
    "started", "children", "children_others", "child_age", "tip", "after", "talk_age", "talk_has_me", "talk_mine",
    "since_my_word", "my_talk", "rarity", "shared", "best_shared", "rarity_above", "cover", "cover_theirs", "meaning",
    *PERSON,
)  # fmt: skip
BEST: Final = (
    "rank_among_others", "rarity_lack", "name_lack", "names_me_lack", "newest_naming", "newest_child", "partner_lack",
    "meaning_lack",
)  # fmt: skip
MINE: Final = (
    "said", "said_age", "said_minutes", "plainest", "named_count", "people10", "people30", "pace", "replied_to_me",
    "named_me_since", "bot", "my_rarity",
)  # fmt: skip
FEATURES: Final = (*PAIR, *BEST, *(f"their_{sign}" for sign in SIGNS), *MINE, *(f"my_{sign}" for sign in SIGNS))
_ENDS: Final = (len(PAIR), len(PAIR) + len(BEST), len(PAIR) + len(BEST) + len(SIGNS))
_NONE: Final = (1.0, *[-1.0] * (len(PAIR) + len(SIGNS) - 1))
_AT: Final = {name: at for at, name in enumerate(PAIR)}


@dataclass(slots=True)
class _Scene:
    """What is true of the moment, whichever candidate is looked at."""

    new: Entry
    talk: Talk
    own: Entry | None
    words: frozenset[str]
    rarity: dict[str, float]
    total: float
    my_word: dict[int, int]
    """The serial of the author's last message in a conversation, by the serial of its root."""
    mine: list[int]
    """Serials of the author's last messages, oldest first."""
    lasts: list[int]
    """Serials of each speaker's last message, oldest first."""
    naming: dict[str, list[int]]
    """Serials of messages that name the author, oldest first, by who wrote them."""
    people: dict[str, tuple[float, ...]] = field(default_factory=dict)


def features(new: Entry, talk: Talk) -> tuple[list[Entry], npt.NDArray[np.float32]]:
    """The candidates, and a row of FEATURES for each; one more row at the end for "starts something new"."""
    found = candidates(new, talk)
    scene = _scene(new, talk)
    rows = [
        (*_order(one, scene), *_words(one, scene), 0.0, *_person(one.author, scene), *one.signs.vector) for one in found
    ]
    rows.append(_NONE)
    # An array of the standard library takes Python numbers in faster than numpy does.
    flat = np.frombuffer(array("f", chain.from_iterable(rows)), dtype=np.float32).reshape(len(rows), -1)
    out = np.empty((len(rows), len(FEATURES)), dtype=np.float32)
    out[:, : len(PAIR)] = flat[:, : len(PAIR)]
    if found:
        out[:-1, _AT["meaning"]] = np.array([one.meaning for one in found]) @ new.meaning
    out[:, _ENDS[0] : _ENDS[1]] = _best(out[:-1, : len(PAIR)])
    out[:, _ENDS[1] : _ENDS[2]] = flat[:, len(PAIR) :]
    out[:, _ENDS[2] :] = array("f", (*_mine(scene), *new.signs.vector))
    return found, out


def _scene(new: Entry, talk: Talk) -> _Scene:
    floor = talk.floor
    my_word: dict[int, int] = {}
    lasts: dict[str, int] = {}
    me = new.author
    for one in talk.since(floor):
        parent = one.parent
        if parent is None or parent.serial < floor:
            one.root = root = one
            root.size = 1
        else:
            one.root = root = parent.root or parent
            root.size += 1
        one.position = root.size
        root.tip = one.serial
        lasts[one.author] = one.serial
        if one.author == me:
            my_word[root.serial] = one.serial
    own = talk.by_author.get(me)
    mine = [one.serial for one in islice(reversed(own), 5)][::-1] if own else []
    total = math.log(len(talk.entries) + 2)
    naming: dict[str, list[int]] = {}
    for one in talk.naming.get(me, ()):
        naming.setdefault(one.author, []).append(one.serial)
    words = new.signs.content
    rarity = {word: total - math.log(talk.frequency[word] + 1) for word in words}
    return _Scene(
        new, talk, own[-1] if own and own[-1].serial >= floor else None, words, rarity, sum(rarity.values()), my_word,
        mine, sorted(lasts.values()), naming,
    )  # fmt: skip


def _order(one: Entry, scene: _Scene) -> tuple[float, ...]:
    """Who, when, in which order, in which conversation: as PAIR names it."""
    new, own, serial, me = scene.new, scene.own, one.serial, scene.new.author
    now = scene.talk.serial
    parent, children, root = one.parent, one.children, one.root
    assert root is not None
    word = scene.my_word.get(root.serial, -1)
    others = 0
    for child in children:
        if child.author not in (one.author, me):
            others += 1
    return (
        0.0,
        math.log(now - serial),
        math.log1p(max(0, new.minute - one.minute)),
        len(scene.lasts) - bisect_right(scene.lasts, serial),
        len(scene.mine) - bisect_right(scene.mine, serial),
        min(5, scene.talk.counts[one.author] - one.nth),
        one.bot,
        *_names(one, scene),
        one.partner == me,
        own is not None and own.turn > serial,
        _after(scene.naming.get(one.author), serial),
        parent is not None and parent.author == me,
        parent is not None and parent is own,
        parent is None,
        len(children),
        others,
        now - children[-1].serial if children else FAR,
        root.tip == serial,
        root.size - one.position,
        now - root.tip,
        word >= 0,
        root.author == me,
        serial - word if word >= 0 else FAR,
        own is not None and own.root is root,
    )


def _names(one: Entry, scene: _Scene) -> tuple[float, float, bool]:
    """How plainly a candidate names the author, and somebody else; whether both messages name the same person."""
    if not one.addresses:
        return 0.0, 0.0, False
    me, named = scene.new.author, scene.new.addresses
    other = max((level for author, level in one.addresses.items() if author != me), default=0.0)
    return one.addresses.get(me, 0.0), other, bool(named) and not named.keys().isdisjoint(one.addresses)


def _words(one: Entry, scene: _Scene) -> tuple[float, ...]:
    """Shared words, weighted by how rare they are in the window."""
    theirs = one.signs.content
    weights = [scene.rarity[word] for word in theirs & scene.words]
    above = 0.0
    if one.parent is not None:
        above = sum([scene.rarity[word] for word in one.parent.signs.content & scene.words])
    if not weights:
        return 0.0, 0.0, 0.0, above, 0.0, 0.0
    shared = sum(weights)
    return (
        shared,
        len(weights) / (1 + min(len(theirs), len(scene.words))),
        max(weights),
        above,
        shared / (1 + scene.total),
        shared / (1 + 3 * len(theirs)),
    )


def _person(author: str, scene: _Scene) -> tuple[float, ...]:
    """What PERSON names: about a candidate's author, whichever message it is."""
    known = scene.people.get(author)
    if known is not None:
        return known
    new, talk, own = scene.new, scene.talk, scene.own
    level = new.addresses.get(author, 0.0)
    other = 0.0
    if new.addresses:
        other = max((level for named, level in new.addresses.items() if named != author), default=0.0)
    i_spoke, they_spoke = _age(talk, new.author, author), _age(talk, author, new.author)
    scene.people[author] = known = (
        author == new.author,
        level,
        other,
        own is not None and own.partner == author,
        min(i_spoke, they_spoke),
        i_spoke,
        they_spoke,
        min(0.0, level - other),
    )
    return known


def _age(talk: Talk, one: str, other: str) -> float:
    said = talk.toward.get(one, _NOBODY).get(other, -1)
    return float(talk.serial - said) if said >= max(0, talk.serial - talk.horizon) else FAR


def _best(real: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each candidate beside the best of its rivals; one more row for none of them."""
    out = np.full((len(real) + 1, len(BEST)), -1, dtype=np.float32)
    if not len(real):
        return out
    other = real[:, _AT["same_author"]] == 0
    out[:-1, 0] = np.cumsum(other)
    values = real[:, _COMPARED]
    best = values.max(axis=0)
    out[:-1, _LACKS] = values - best
    out[-1, _LACKS] = best
    hit = (real[:, _COUNTED] > 0.9) & other[:, None]
    counted = np.cumsum(hit, axis=0)
    out[:-1, 4:6] = counted * hit
    out[-1, 4:6] = counted[-1]
    return out


_COMPARED = np.array([_AT[name] for name in ("rarity", "i_name", "names_me", "partner", "meaning")])
_LACKS = np.array([1, 2, 3, 6, 7])
_COUNTED = np.array([_AT[name] for name in ("names_me", "parent_mine")])


def _mine(scene: _Scene) -> tuple[float, ...]:
    new, talk, own = scene.new, scene.talk, scene.own
    tenth = talk.entries[-min(20, len(talk.entries))].minute if talk.entries else new.minute
    return (
        min(len(talk.by_author.get(new.author, ())), 20),
        talk.serial - own.serial if own else FAR,
        math.log1p(max(0, new.minute - own.minute)) if own else 9.0,
        new.plainest(),
        len(new.addresses),
        len(scene.lasts) - bisect_right(scene.lasts, talk.serial - 11),
        len(scene.lasts) - bisect_right(scene.lasts, talk.serial - 31),
        math.log1p(max(0, new.minute - tenth)),
        own.answered if own else -1,
        sum(_after(serials, own.serial if own else -1) for serials in scene.naming.values()),
        new.bot,
        scene.total,
    )


def _after(serials: list[int] | None, serial: int) -> int:
    """How many of the serials, oldest first, are later."""
    return len(serials) - bisect_right(serials, serial) if serials else 0


_NOBODY: Final[dict[str, int]] = {}
