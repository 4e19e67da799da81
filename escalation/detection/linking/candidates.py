"""Which earlier messages could this one reply to? Few, so that all can be looked at closely."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

from escalation.detection.linking.talk import Entry, Talk

RECENT = 8
OPEN = 3
"""Unanswered starters that are always looked at."""
MOST = 18


def candidates(new: Entry, talk: Talk) -> list[Entry]:
    """Possible parents of `new`, newest first; the likeliest kinds are taken first."""
    floor = talk.floor
    found: dict[int, Entry] = {}
    own = talk.by_author.get(new.author)
    partner = talk.partner(own[-1]) if own else None
    for author, level in new.addresses.items():
        _take(found, _last(talk, author, 4 if level >= 2.5 else 2), floor)
    _take(found, _last(talk, new.author, 3), floor)
    _take(found, islice(talk.back(floor), RECENT), floor)
    if partner is not None and partner not in new.addresses:
        _take(found, _last(talk, partner, 2), floor)
    naming = talk.naming.get(new.author)
    if naming:
        _take(found, islice(reversed(naming), 3), floor)
    if own:
        _take(found, _partners(talk, own), floor)
        for mine in islice(reversed(own), 3):
            _take(found, mine.children[-2:], floor)
    _take(found, _open(talk, new.author, floor), floor)
    return [found[serial] for serial in sorted(islice(found, MOST), reverse=True)]


def _take(found: dict[int, Entry], some: Iterable[Entry], floor: int) -> None:
    for one in some:
        if one.serial >= floor:
            found[one.serial] = one


def _last(talk: Talk, author: str, count: int) -> Iterable[Entry]:
    said = talk.by_author.get(author)
    return islice(reversed(said), count) if said else ()


def _open(talk: Talk, author: str, floor: int) -> list[Entry]:
    found: list[Entry] = []
    for one in talk.back(max(floor, talk.serial - 50)):
        if one.parent is None and not one.bot and one.author != author and not one.answered:
            found.append(one)
            if len(found) == OPEN:
                break
    return found


def _partners(talk: Talk, own: deque[Entry]) -> list[Entry]:
    """The last words of those whom the author spoke to of late."""
    people = dict.fromkeys(talk.partner(one) for one in islice(reversed(own), 4))
    return [one for person in people if person is not None for one in _last(talk, person, 1)]
