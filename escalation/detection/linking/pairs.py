"""What speaks for a candidate: numbers about a message, an earlier one, and the two together.

All candidates are looked at in one go, in numpy: a row a candidate, a column a feature.
"""

from __future__ import annotations

import math
from array import array
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from escalation.detection.linking.candidates import candidates
from escalation.detection.linking.talk import (
    AUTHOR,
    CLOCK,
    CONVERSATION,
    NOBODY,
    PARENT,
    PARENT_AUTHOR,
    PARTNER,
    ROOT,
    SERIAL,
    SHOWN,
    TURN,
    Entry,
    Talk,
)

FAR: Final = 120.0
"""Stands for "never", in messages."""

ORDER: Final = (
    "rank", "minutes", "speakers_between", "mine_between", "theirs_between", "partner_is_me", "parent_mine",
    "parent_my_last", "started", "same_author", "children", "children_others", "child_age", "tip", "after", "talk_age",
    "talk_has_me", "talk_mine", "since_my_word", "my_talk", "naming_me_after", "meaning",
)  # fmt: skip
SAID: Final = (
    "bot", "names_me", "names_other", "both_name", "my_turn_after", "i_name", "i_name_other", "partner",
    "exchange_age", "i_spoke_age", "they_spoke_age", "lead", "rarity", "shared", "best_shared", "rarity_above", "cover",
    "cover_theirs",
)  # fmt: skip
PAIR: Final = ("self", *ORDER, *SAID)
BEST: Final = (
    "rank_among_others", "rarity_lack", "name_lack", "names_me_lack", "partner_lack", "meaning_lack", "newest_naming",
    "newest_child",
)  # fmt: skip
MINE: Final = (
    "said", "said_age", "said_minutes", "plainest", "named_count", "people10", "people30", "pace", "replied_to_me",
    "named_me_since", "is_bot", "my_rarity",
)  # fmt: skip
FEATURES: Final = (*PAIR, *BEST, *(f"their_{sign}" for sign in SHOWN), *MINE, *(f"my_{sign}" for sign in SHOWN))
_AT: Final = {name: at for at, name in enumerate(PAIR)}
_SAID: Final = slice(1 + len(ORDER), len(PAIR))
_BEST: Final = slice(len(PAIR), len(PAIR) + len(BEST))
_THEIRS: Final = slice(_BEST.stop, _BEST.stop + len(SHOWN))
_COMPARED: Final = np.array([_AT[name] for name in ("rarity", "i_name", "names_me", "partner", "meaning")])
_COUNTED: Final = np.array([_AT[name] for name in ("names_me", "parent_mine")])
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


def features(new: Entry, talk: Talk) -> tuple[list[Entry], Floats]:
    """The candidates, and a row of FEATURES for each; one more row at the end for "starts something new"."""
    found = candidates(new, talk)
    out = np.empty((len(found) + 1, len(FEATURES)), dtype=np.float32)
    out[-1, : _THEIRS.stop] = -1
    out[-1, 0] = 1
    recent = talk.numbers[:, talk.floor - talk.first : talk.serial - talk.first]
    mine = recent[AUTHOR] == talk.person(new.author)
    if found:
        at = np.array([one.serial for one in found]) - talk.first
        rows = out[:-1]
        rows[:, 0] = 0
        _order(rows, new, talk, at, recent, mine)
        rows[:, _SAID] = _said(found, new, talk)
        rows[:, _THEIRS] = talk.shown[at]
    _best(out)
    out[:, _THEIRS.stop :] = array("f", (*_mine(new, talk, recent), *new.shows()))
    return found, out


def _order(rows: Floats, new: Entry, talk: Talk, at: Numbers, recent: Numbers, mine: npt.NDArray[np.bool_]) -> None:
    """Who, when, in which order, in which conversation: the columns of ORDER."""
    now, me = talk.serial, talk.person(new.author)
    own = recent[:, np.flatnonzero(mine)[-1]] if mine.any() else None
    theirs = talk.numbers[:, at]
    serials = recent[SERIAL]
    column = theirs[SERIAL][:, None]
    later = serials > column
    together = recent[CONVERSATION] == theirs[CONVERSATION][:, None]
    same = recent[AUTHOR] == theirs[AUTHOR][:, None]
    children = recent[PARENT] == column
    others = children & ~same & ~mine
    naming = np.zeros(len(serials), dtype=bool)
    if named := talk.naming.get(new.author):
        naming[[one.serial - serials[0] for one in named if one.serial >= serials[0]]] = True
    counted = np.count_nonzero((children, others, same & later, together & later, same & later & naming), axis=2)
    steps = serials - talk.first + 1  # 0: none
    newest = np.maximum.reduce((children * steps, together * steps, (together & mine) * steps), axis=2) + talk.first - 1
    since = np.where(newest >= talk.first, now - newest, FAR)
    serial = theirs[SERIAL]
    parent = theirs[PARENT]
    last_words = np.sort(serials[_last_words(recent)])
    columns = (
        np.log(now - serial),
        np.log1p(np.maximum(0, new.minute - theirs[CLOCK])),
        len(last_words) - np.searchsorted(last_words, serial, side="right"),
        np.minimum(5, np.count_nonzero(later & mine, axis=1)),
        np.minimum(5, counted[2]),
        (theirs[PARTNER] == me) & (me != NOBODY) & (theirs[TURN] >= talk.floor),
        (theirs[PARENT_AUTHOR] == me) & (me != NOBODY),
        parent == own[SERIAL] if own is not None else 0.0,
        parent < 0,
        theirs[AUTHOR] == me,
        counted[0],
        counted[1],
        since[0],
        newest[1] == serial,
        counted[3],
        since[1],
        since[2] < FAR,
        _started_by(me, theirs[ROOT], talk, serials),
        since[2],
        theirs[CONVERSATION] == own[CONVERSATION] if own is not None else 0.0,
        counted[4],
        talk.meanings[at].astype(np.float32) @ new.gist.meaning,
    )
    for place, values in enumerate(columns, 1):
        rows[:, place] = values


def _last_words(recent: Numbers) -> Numbers:
    """Positions of each speaker's last message."""
    _, backwards = np.unique(recent[AUTHOR][::-1], return_index=True)
    return np.asarray(recent.shape[1] - 1 - backwards)


def _started_by(me: int, roots: Numbers, talk: Talk, serials: Numbers) -> npt.NDArray[np.bool_]:
    """Whether I began the conversation, as far as the horizon shows."""
    seen = roots >= serials[0]
    authors = talk.numbers[AUTHOR, np.where(seen, roots - talk.first, 0)]
    return np.asarray(seen & (authors == me))


def _said(found: list[Entry], new: Entry, talk: Talk) -> Floats:
    """Whom they name, and the words they share: the columns of SAID."""
    own = talk.by_author.get(new.author)
    mine = own[-1] if own and own[-1].serial >= talk.floor else None
    turn = mine.turn if mine else -1
    words = new.text.content
    total = math.log(len(talk.entries) + 2)
    rarity = {word: total - math.log(talk.frequency[word] + 1) for word in words}
    whole = math.fsum(rarity.values())
    people: dict[str, tuple[float, ...]] = {}
    rows = []
    for one in found:
        author = one.author
        known = people.get(author)
        if known is None:
            people[author] = known = _person(author, new, talk, mine)
        rows.append((one.bot, *_names(one, new), turn > one.serial, *known, *_words(one, words, rarity, whole)))
    return np.frombuffer(array("f", chain.from_iterable(rows)), dtype=np.float32).reshape(len(rows), -1)


def _names(one: Entry, new: Entry) -> tuple[float, float, bool]:
    """How plainly a candidate names the author, and somebody else; whether both messages name the same person."""
    if not one.addresses:
        return 0.0, 0.0, False
    me, named = new.author, new.addresses
    other = max((level for author, level in one.addresses.items() if author != me), default=0.0)
    return one.addresses.get(me, 0.0), other, bool(named) and not named.keys().isdisjoint(one.addresses)


def _person(author: str, new: Entry, talk: Talk, mine: Entry | None) -> tuple[float, ...]:
    """About a candidate's author, whichever message it is."""
    level = new.addresses.get(author, 0.0)
    other = 0.0
    if new.addresses:
        other = max((level for named, level in new.addresses.items() if named != author), default=0.0)
    i_spoke, they_spoke = _age(talk, new.author, author), _age(talk, author, new.author)
    partner = mine is not None and talk.partner(mine) == author
    return level, other, partner, min(i_spoke, they_spoke), i_spoke, they_spoke, min(0.0, level - other)


def _age(talk: Talk, one: str, other: str) -> float:
    said = talk.toward.get(one, _NONE).get(other, -1)
    return float(talk.serial - said) if said >= talk.floor else FAR


def _words(one: Entry, words: frozenset[str], rarity: dict[str, float], whole: float) -> tuple[float, ...]:
    """Shared words, weighted by how rare they are in the window."""
    theirs = one.text.content
    above = 0.0
    if one.parent is not None and (held := one.parent.text.content & words):
        above = math.fsum([rarity[word] for word in held])
    weights = [rarity[word] for word in theirs & words]
    if not weights:
        return 0.0, 0.0, 0.0, above, 0.0, 0.0
    shared = math.fsum(weights)  # exact: the order of a set differs between processes
    return (
        shared,
        len(weights) / (1 + min(len(theirs), len(words))),
        max(weights),
        above,
        shared / (1 + whole),
        shared / (1 + 3 * len(theirs)),
    )


def _best(out: Floats) -> None:
    """Each candidate beside the best of its rivals, and none of them beside the best: the columns of BEST."""
    real = out[:-1]
    if not len(real):
        return
    other = real[:, _AT["same_author"]] == 0
    real[:, _BEST.start] = np.cumsum(other)
    values = real[:, _COMPARED]
    best = values.max(axis=0)
    lacks = slice(_BEST.start + 1, _BEST.start + 6)
    real[:, lacks] = values - best
    out[-1, lacks] = best
    hit = (real[:, _COUNTED] > 0.9) & other[:, None]
    counted = np.cumsum(hit, axis=0)
    real[:, _BEST.start + 6 : _BEST.stop] = counted * hit
    out[-1, _BEST.start + 6 : _BEST.stop] = counted[-1]


def _mine(new: Entry, talk: Talk, recent: Numbers) -> tuple[float, ...]:
    """About the author and the moment, whichever candidate is looked at: as MINE names it."""
    said = talk.by_author.get(new.author)
    own = said[-1] if said and said[-1].serial >= talk.floor else None
    tenth = talk.entries[-min(20, len(talk.entries))].minute if talk.entries else new.minute
    authors = recent[AUTHOR]
    since = own.serial if own else talk.floor - 1
    named = sum(one.serial > since for one in talk.naming.get(new.author, ()))
    words = new.text.content
    total = math.log(len(talk.entries) + 2)
    return (
        min(len(said) if said else 0, 20),
        talk.serial - own.serial if own else FAR,
        math.log1p(max(0, new.minute - own.minute)) if own else 9.0,
        new.plainest(),
        len(new.addresses),
        len(set(authors[-10:].tolist())),
        len(set(authors[-30:].tolist())),
        math.log1p(max(0, new.minute - tenth)),
        own.answered if own else -1,
        named,
        new.bot,
        math.fsum([total - math.log(talk.frequency[word] + 1) for word in words]),
    )


_NONE: Final[dict[str, int]] = {}
