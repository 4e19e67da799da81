"""Comment trees: which comments a page shows, and the `more` stubs in place of the others.

A stub with children is resolved by /api/morechildren, 100 comments a time. Below the tenth level stands
"continue this thread", a stub without children, resolved by asking for its parent.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fakes.reddit.model import Comment, Post, User
from tests.fakes.reddit.shapes import Json
from tests.fakes.reddit.shapes import comment as comment_shape
from tests.fakes.reddit.world import World

MAX_DEPTH = 10
MORE_LIMIT = 100

ORDERS: dict[str, Callable[[Comment], tuple[float, ...]]] = {
    "confidence": lambda c: (-c.score, c.at),
    "top": lambda c: (-c.score, c.at),
    "controversial": lambda c: (c.score, c.at),
    "new": lambda c: (-c.at, -int(c.id, 36)),
    "old": lambda c: (c.at,),
    "qa": lambda c: (-(c.author is c.post.author), -c.score, c.at),
}


@dataclass(frozen=True)
class Cut:
    """What is to be shown: `names` of comments, none at `floor` or deeper."""

    names: frozenset[str]
    floor: int


class Tree:
    """A post's comments as `viewer` sees them: dead comments only where something alive hangs below."""

    def __init__(self, world: World, post: Post, viewer: User | None, sort: str = "confidence") -> None:
        self._world, self._post, self._viewer = world, post, viewer
        self.children: dict[str, list[Comment]] = defaultdict(list)
        self.size: dict[str, int] = {}
        below: dict[str, int] = defaultdict(int)
        for one in reversed(post.comments):  # answers come after what they answer: one pass counts all
            inside = below[one.fullname]
            if inside or world.in_tree(one, viewer):
                self.size[one.fullname] = inside + 1
                self.children[one.parent.fullname].append(one)
                below[one.parent.fullname] += inside + 1
        order = ORDERS.get(sort, ORDERS["confidence"])
        for answers in self.children.values():
            answers.sort(key=lambda c: (not c.stickied, *order(c), int(c.id, 36)))

    def whole(self, limit: int, depth: int) -> list[Json]:
        """The top of the thread."""
        roots = self.children[self._post.fullname]
        return self._level(self._post, roots, self._choose(roots, limit, min(depth, MAX_DEPTH)), 0)

    def focused(self, target: Comment, context: int, limit: int) -> list[Json]:
        """One comment with its answers, below up to `context` of those that it answers; [] if it is gone."""
        if target.fullname not in self.size:
            return []
        top = target
        for _ in range(min(context, 8)):
            if not isinstance(top.parent, Comment):
                break
            self.children[top.parent.fullname] = [top]
            top = top.parent
        base = top.depth
        return self._level(top.parent, [top], self._choose([top], limit, base + MAX_DEPTH), base)

    def more(self, ids: Sequence[str]) -> list[Json]:
        """What /api/morechildren answers: flat, parents first, with stubs for what did not fit."""
        wanted = {f"t1_{one}" for one in ids}
        roots = [c for c in self._in_order() if c.fullname in wanted]
        if not roots:
            return []
        base = roots[0].depth
        things = self._level(roots[0].parent, roots, self._choose(roots, MORE_LIMIT, base + MAX_DEPTH), base)
        return [flat for thing in things for flat in _flattened(thing)]

    def _in_order(self) -> list[Comment]:
        return [one for answers in list(self.children.values()) for one in answers]

    def _choose(self, roots: Sequence[Comment], limit: int, floor: int) -> Cut:
        """The best `limit` comments; an answer competes once what it answers is in."""
        queue = [(0, rank, one) for rank, one in enumerate(roots)]
        heap = [(level, rank, number) for number, (level, rank, _) in enumerate(queue)]
        heapq.heapify(heap)
        chosen: set[str] = set()
        while heap and len(chosen) < limit:
            level, _, number = heapq.heappop(heap)
            one = queue[number][2]
            chosen.add(one.fullname)
            if one.depth + 1 < floor:
                for rank, answer in enumerate(self.children.get(one.fullname, ())):
                    queue.append((level + rank, rank, answer))
                    heapq.heappush(heap, (level + rank, rank, len(queue) - 1))
        return Cut(frozenset(chosen), floor)

    def _level(self, parent: Post | Comment, answers: Sequence[Comment], cut: Cut, depth: int) -> list[Json]:
        shown = [self._with_replies(one, cut, depth) for one in answers if one.fullname in cut.names]
        left = [one for one in answers if one.fullname not in cut.names]
        if not left:
            return shown
        if depth >= cut.floor:
            return [*shown, _stub(parent, depth, "_", 0, [])]
        count = sum(self.size[one.fullname] for one in left)
        return [*shown, _stub(parent, depth, left[0].id, count, [one.id for one in left])]

    def _with_replies(self, one: Comment, cut: Cut, depth: int) -> Json:
        data = comment_shape(self._world, one, self._viewer) | {"depth": depth}
        answers = self._level(one, self.children.get(one.fullname, []), cut, depth + 1)
        if answers:
            data["replies"] = {"kind": "Listing", "data": {"after": None, "before": None, "dist": None,
                                                           "modhash": "", "children": answers}}  # fmt: skip
        return {"kind": "t1", "data": data}


def _stub(parent: Post | Comment, depth: int, id36: str, count: int, children: list[str]) -> Json:
    return {"kind": "more", "data": {"count": count, "name": f"t1_{id36}", "id": id36, "depth": depth,
                                     "parent_id": parent.fullname, "children": children}}  # fmt: skip


def _flattened(thing: Json) -> list[Json]:
    """A comment without its replies, and then these."""
    replies = thing["data"].get("replies")
    if not replies:
        return [thing]
    thing["data"]["replies"] = ""
    return [thing, *(flat for child in replies["data"]["children"] for flat in _flattened(child))]
