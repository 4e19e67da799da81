"""Routes by which members write: comments, edits, posts, reports."""

from __future__ import annotations

from tests.fakes.reddit import acts, errors, shapes
from tests.fakes.reddit.call import DONE, Call, Route
from tests.fakes.reddit.model import Comment, Post
from tests.fakes.reddit.shapes import Json

LONGEST_COMMENT = 10_000
LONGEST_POST = 40_000


def _may_answer(call: Call, parent: Post | Comment) -> None:
    """Refuses as Reddit does, the gravest reason first."""
    post = parent if isinstance(parent, Post) else parent.post
    subreddit, moderates = post.subreddit, post.subreddit.moderator(call.me.name) is not None
    if call.me.name.lower() in subreddit.banned:
        raise errors.plain(403)
    if parent.deleted:
        kind = "link" if parent is post else "comment"
        raise errors.api(f"DELETED_{kind.upper()}", f"that {kind} has been deleted", "parent")
    if post.archived(call.world.now):
        raise errors.api("TOO_OLD", "that's a piece of history now; it's too late to reply to it", "parent")
    if not moderates and (post.locked or parent.locked):
        raise errors.api("THREAD_LOCKED", "Comments are locked.", "parent")


def _text(call: Call, most: int = LONGEST_COMMENT) -> str:
    text = call.form.get("text", "").strip()
    if not text:
        raise errors.api("NO_TEXT", "we need something here", "text")
    if len(text) > most:
        raise errors.api("TOO_LONG", f"this is too long (max: {most})", "text")
    return text


def reply(call: Call) -> Json:
    """Nothing recognises a repeated comment: whoever sends it twice has written it twice."""
    if call.form.get("thing_id", "").startswith("t4_"):
        return _answer_message(call)
    parent = call.target("thing_id")
    text = _text(call)
    _may_answer(call, parent)
    made = acts.comment(call.world, parent, call.me, text)
    call.wrote("comment", made.subreddit.name, parent.fullname, text, made.fullname)
    if parent.subreddit.kind == "quarantined" and not parent.subreddit.moderator(call.me.name):
        return {"json": {"errors": [], "data": {"things": []}}}  # written, but not shown: PRAW's reply() is None
    return _made(call, made)


def _answer_message(call: Call) -> Json:
    known = next((one for one in call.world.messages if one.fullname == call.form["thing_id"]), None)
    if known is None:
        raise errors.plain(404)
    call.wrote("message", "", known.by, _text(call), known.fullname)
    return {"json": {"errors": [], "data": {"things": []}}}


def edit(call: Call) -> Json:
    thing = call.own("thing_id")
    text = _text(call, LONGEST_COMMENT if isinstance(thing, Comment) else LONGEST_POST)
    if isinstance(thing, Post) and thing.url:
        raise errors.plain(403)
    acts.edit(call.world, thing, text)
    call.wrote("edit", thing.subreddit.name, thing.fullname, text)
    return _made(call, thing)


def delete(call: Call) -> Json:
    thing = call.own("id")
    acts.delete(thing)
    call.wrote("delete", thing.subreddit.name, thing.fullname)
    return {}


def submit(call: Call) -> Json:
    subreddit = call.subreddit(call.form.get("sr", ""))
    name = call.me.name.lower()
    if name in subreddit.banned:
        raise errors.plain(403)
    if subreddit.kind == "restricted" and not (subreddit.moderator(name) or name in subreddit.contributors):
        raise errors.api("SUBREDDIT_NOTALLOWED", "You aren't allowed to post there.", "sr")
    if not call.form.get("title", "").strip():
        raise errors.api("NO_TEXT", "we need something here", "title")
    of = call.world.post(call.form.get("crosspost_fullname", ""))
    post = acts.submit(call.world, subreddit, call.me, call.form["title"], text=call.form.get("text", ""),
                       url=call.form.get("url") or None, crosspost_of=of)  # fmt: skip
    call.wrote("submit", subreddit.name, subreddit.name, f"{post.title}\n\n{post.text}", post.fullname)
    url = f"https://www.reddit.com{post.permalink}"
    return {"json": {"errors": [], "data": {"url": url, "id": post.id, "name": post.fullname, "drafts_count": 0}}}


def report(call: Call) -> Json:
    thing = call.target("id" if "id" in call.form else "thing_id")
    acts.report(call.world, thing, call.me, call.form.get("reason", ""))
    call.wrote("report", thing.subreddit.name, thing.fullname, call.form.get("reason", ""))
    return DONE


def _made(call: Call, thing: Post | Comment) -> Json:
    kind = "t3" if isinstance(thing, Post) else "t1"
    shape = shapes.post if isinstance(thing, Post) else shapes.comment
    data = shape(call.world, thing, call.viewer)  # type: ignore[arg-type]
    return {"json": {"errors": [], "data": {"things": [{"kind": kind, "data": data}]}}}


ROUTES = [
    Route("POST", "/api/comment", "submit", reply),
    Route("POST", "/api/editusertext", "edit", edit),
    Route("POST", "/api/del", "edit", delete),
    Route("POST", "/api/submit", "submit", submit),
    Route("POST", "/api/report", "report", report),
]
