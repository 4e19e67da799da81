"""Routes that look: listings, threads, single things, subreddits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.fakes.reddit import errors, shapes
from tests.fakes.reddit.call import Call, Route
from tests.fakes.reddit.listing import limit_of, number, page
from tests.fakes.reddit.model import Comment, Post, Subreddit, Thing
from tests.fakes.reddit.shapes import Json
from tests.fakes.reddit.tree import MAX_DEPTH, Tree

INFO_LIMIT = 100
COMMENTS_DEFAULT, COMMENTS_MOST = 200, 500


def _things(call: Call, items: Iterable[Post | Comment]) -> Json:
    newest_first = sorted(items, key=lambda one: (one.listed_at, int(one.id, 36)), reverse=True)
    return page(
        newest_first,
        call.query,
        name=lambda one: one.fullname,
        shape=lambda one: shapes.thing(call.world, one, call.viewer),
        keep=lambda one: one.listed,
    )


def _subreddits(call: Call) -> list[Subreddit]:
    """All that a path as "/r/a+b" means. Of several, those that cannot be read are silently left out."""
    names = call.args["sub"].split("+")
    if len(names) == 1:
        return [call.subreddit()]
    known = [call.world.subreddits[name.lower()] for name in names if name.lower() in call.world.subreddits]
    return [one for one in dict.fromkeys(known) if call.world.closed(one, call.viewer) is None]


def posts(call: Call) -> Json:
    return _things(call, (post for one in _subreddits(call) for post in one.posts))


def best_posts(call: Call) -> Json:
    """hot, top and the like: by score."""
    items = sorted((post for one in _subreddits(call) for post in one.posts), key=lambda p: -p.score)
    return page(items, call.query, name=lambda p: p.fullname, keep=lambda p: p.listed,
                shape=lambda p: shapes.thing(call.world, p, call.viewer))  # fmt: skip


def comments(call: Call) -> Json:
    return _things(call, (comment for one in _subreddits(call) for comment in one.comments))


def thread(call: Call) -> list[Json]:
    """[the post, its comments]; with a comment in the path, only what hangs at this."""
    post = call.world.post(call.args["id"])
    if post is None:
        raise errors.plain(404)
    call.world.enter(post.subreddit.name, call.viewer)
    tree = Tree(call.world, post, call.viewer, call.query.get("sort", "confidence"))
    limit = limit_of(call.query, COMMENTS_DEFAULT, COMMENTS_MOST)
    wanted = call.args.get("comment") or call.query.get("comment")
    if wanted:
        found = call.world.thing(f"t1_{wanted}")
        context = number(call.query, "context", 0)
        children = tree.focused(found, context, limit) if isinstance(found, Comment) and found.post is post else []
    else:
        children = tree.whole(limit, number(call.query, "depth", MAX_DEPTH))
    top = shapes.listing([{"kind": "t3", "data": shapes.post(call.world, post, call.viewer)}])
    return [top, shapes.listing(children)]


def more_children(call: Call) -> Json:
    post = call.world.post(call.form.get("link_id", "").removeprefix("t3_"))
    if post is None:
        raise errors.plain(404)
    call.world.enter(post.subreddit.name, call.viewer)
    tree = Tree(call.world, post, call.viewer, call.form.get("sort", "confidence"))
    ids = [one.strip() for one in call.form.get("children", "").split(",") if one.strip()]
    return {"json": {"errors": [], "data": {"things": tree.more(ids)}}}


def info(call: Call) -> Json:
    """By fullnames, in the order of asking; what is unknown or cannot be read is left out."""
    if "sr_name" in call.query:
        named = [call.world.subreddits.get(name.lower()) for name in call.query["sr_name"].split(",")]
        return shapes.listing([_subreddit(call, one) for one in named if one and one.kind != "banned"])
    if "url" in call.query:
        linked = [one for one in call.world.things.values() if isinstance(one, Post) and one.url == call.query["url"]]
        return shapes.listing([shapes.thing(call.world, one, call.viewer) for one in linked if one.listed])
    names = [one for one in call.query.get("id", "").split(",") if one]
    if len(names) > INFO_LIMIT:
        raise errors.explained(400, "TOO_MANY_THING_IDS", "you provided too many ids", "id")
    return shapes.listing([shape for name in dict.fromkeys(names) if (shape := _named(call, name))])


def _named(call: Call, name: str) -> Json | None:
    if name.startswith("t5_"):
        found = next((one for one in call.world.subreddits.values() if one.fullname == name), None)
        return _subreddit(call, found) if found else None
    one = call.world.thing(name)
    if one is None or call.world.closed(one.subreddit, call.viewer):
        return None
    return shapes.thing(call.world, one, call.viewer)


def _subreddit(call: Call, one: Subreddit) -> Json:
    return {"kind": "t5", "data": shapes.subreddit(one, call.viewer)}


def about(call: Call) -> Json:
    return _subreddit(call, call.subreddit())


def moderators(call: Call) -> Json:
    """The list is open to everybody; `user` asks for one."""
    wanted = call.query.get("user", "").lower()
    subreddit = call.subreddit()
    children = [
        {"name": one.name, "id": call.world.user(one.name).fullname, "mod_permissions": sorted(one.permissions),
         "date": one.since, "rel_id": f"rb_{number}", "author_flair_text": None, "author_flair_css_class": None}
        for number, (key, one) in enumerate(subreddit.moderators.items())
        if not wanted or wanted == key
    ]  # fmt: skip
    return {"kind": "UserList", "data": {"children": children}}


def _of_user(kind: type[Thing] | tuple[type[Thing], ...]) -> Callable[[Call], Any]:
    def answer(call: Call) -> Json:
        user = call.world.known_user(call.args["user"])
        if user is None or (user.state in ("suspended", "shadowbanned") and user is not call.viewer):
            raise errors.plain(404)
        mine = [
            one for one in call.world.things.values()
            if one.author is user and isinstance(one, kind)
            and not call.world.closed(one.subreddit, call.viewer)
        ]  # fmt: skip
        if user is not call.viewer:
            return _things(call, mine)
        mine.reverse()
        return page(mine, call.query, name=lambda one: one.fullname, keep=lambda one: not one.deleted,
                    shape=lambda one: shapes.thing(call.world, one, call.viewer))  # fmt: skip

    return answer


ROUTES = [
    Route("GET", "/r/{sub}/new", "read", posts),
    Route("GET", "/r/{sub}", "read", best_posts),
    *(Route("GET", f"/r/{{sub}}/{sort}", "read", best_posts) for sort in ("hot", "top", "rising", "controversial")),
    Route("GET", "/r/{sub}/comments", "read", comments),
    Route("GET", "/comments/{id}", "read", thread),
    Route("GET", "/comments/{id}/{slug}", "read", thread),
    Route("GET", "/comments/{id}/{slug}/{comment}", "read", thread),
    Route("GET", "/r/{sub}/comments/{id}", "read", thread),
    Route("GET", "/r/{sub}/comments/{id}/{slug}", "read", thread),
    Route("GET", "/r/{sub}/comments/{id}/{slug}/{comment}", "read", thread),
    Route("POST", "/api/morechildren", "read", more_children),
    Route("GET", "/api/morechildren", "read", more_children),
    Route("GET", "/api/info", "read", info),
    Route("GET", "/r/{sub}/about", "read", about),
    Route("GET", "/r/{sub}/about/moderators", "read", moderators),
    Route("GET", "/user/{user}/comments", "history", _of_user(Comment)),
    Route("GET", "/user/{user}/submitted", "history", _of_user(Post)),
    Route("GET", "/user/{user}/overview", "history", _of_user((Post, Comment))),
    Route("GET", "/user/{user}", "history", _of_user((Post, Comment))),
]
