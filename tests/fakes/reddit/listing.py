"""Pages of a listing, with Reddit's edges.

A listing reaches 1,000 items back. `before` wins over `after` and gives the items nearest to its anchor. An
anchor that is no longer in the listing (deleted, removed, beyond the 1,000) gives an empty page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from tests.fakes.reddit.shapes import Json, listing

REACH = 1000
DEFAULT_LIMIT = 25
MAX_LIMIT = 100

T = TypeVar("T")


def limit_of(query: Mapping[str, str], default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> int:
    return min(max(number(query, "limit", default), 1), most)


def number(query: Mapping[str, str], key: str, default: int) -> int:
    """What is not a number counts as not said."""
    try:
        return int(query.get(key, default))
    except ValueError:
        return default


def page(
    items: list[T],
    query: Mapping[str, str],
    *,
    name: Callable[[T], str],
    shape: Callable[[T], Json],
    keep: Callable[[T], bool] = lambda _: True,
) -> Json:
    """One page of `items`, newest first. What is not kept still takes its place among the 1,000."""
    reachable = [one for one in items[:REACH] if keep(one)]
    limit = limit_of(query)
    backwards = bool(query.get("before"))
    anchor = query.get("before") or query.get("after")
    start = 0
    if anchor:
        found = next((i for i, one in enumerate(reachable) if name(one) == anchor), None)
        if found is None:
            return listing([])
        start = max(found - limit, 0) if backwards else found + 1
        if backwards:
            limit = found - start
    shown = reachable[start : start + limit]
    # read backwards there is always a next page: the anchor's
    more = bool(shown) and (backwards or start + limit < len(reachable))
    newer = bool(shown) and start > 0 and (backwards or bool(query.get("count")))
    return listing(
        [shape(one) for one in shown],
        after=name(shown[-1]) if more else None,
        before=name(shown[0]) if newer else None,
    )
