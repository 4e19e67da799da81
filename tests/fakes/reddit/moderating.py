"""Routes by which moderators act on posts, comments and accounts, and read what was done."""

from __future__ import annotations

from collections.abc import Callable

from tests.fakes.reddit import acts, errors, shapes
from tests.fakes.reddit.call import DONE, Call, Route
from tests.fakes.reddit.desk import LogEntry
from tests.fakes.reddit.listing import page
from tests.fakes.reddit.model import Comment, Post, Thing
from tests.fakes.reddit.shapes import Json


def _to_moderate(call: Call) -> Post | Comment:
    thing = call.target()
    if not thing.subreddit.may(call.me.name, "posts"):
        raise errors.not_a_moderator()
    return thing


def approve(call: Call) -> Json:
    thing = _to_moderate(call)
    acts.approve(call.world, thing, by=call.me.name)
    call.wrote("approve", thing.subreddit.name, thing.fullname)
    return {}


def remove(call: Call) -> Json:
    thing = _to_moderate(call)
    acts.remove(call.world, thing, by=call.me.name, spam=call.flag("spam"))
    call.wrote("remove", thing.subreddit.name, thing.fullname)
    return {}


def _locking(locked: bool) -> Callable[[Call], Json]:
    def answer(call: Call) -> Json:
        thing = _to_moderate(call)
        acts.lock(call.world, thing, by=call.me.name, locked=locked)
        call.wrote("lock" if locked else "unlock", thing.subreddit.name, thing.fullname)
        return {}

    return answer


def distinguish(call: Call) -> Json:
    """Only one's own words, and by `how`: yes, no, admin, special."""
    thing = _to_moderate(call)
    how = call.form.get("how", "yes")
    if thing.author is not call.me or how in ("admin", "special"):
        raise errors.plain(403)
    acts.distinguish(call.world, thing, how, by=call.me.name, sticky=call.flag("sticky"))
    call.wrote("distinguish", thing.subreddit.name, thing.fullname, how)
    return {"json": {"errors": [], "data": {"things": [shapes.thing(call.world, thing, call.viewer)]}}}


def sticky(call: Call) -> Json:
    thing = _to_moderate(call)
    if isinstance(thing, Comment):
        raise errors.plain(400)
    acts.sticky(call.world, thing, by=call.me.name, state=call.flag("state"))
    call.wrote("sticky", thing.subreddit.name, thing.fullname, call.form.get("state", ""))
    return DONE


def log(call: Call) -> Json:
    subreddit = call.subreddit()
    if not subreddit.moderator(call.me.name):
        raise errors.not_a_moderator()
    mod, action = call.query.get("mod", "").lower(), call.query.get("type", "")
    lines = [
        line for line in reversed(subreddit.log)
        if (not mod or line.mod.lower() == mod) and (not action or line.action == action)
    ]  # fmt: skip
    return page(lines, call.query, name=lambda one: one.id, shape=lambda one: _line(call, one))


def _line(call: Call, one: LogEntry) -> Json:
    thing = call.world.thing(one.target) if one.target else None
    subreddit = call.subreddit()
    data = {
        "id": one.id,
        "action": one.action,
        "created_utc": one.at,
        "mod": one.mod,
        "mod_id36": call.world.user(one.mod).id,
        "subreddit": subreddit.name,
        "subreddit_name_prefixed": f"r/{subreddit.name}",
        "sr_id36": subreddit.id,
        "details": one.details,
        "description": None,
        "target_author": one.target_author or "",
        "target_fullname": one.target,
        "target_title": thing.title if isinstance(thing, Post) else None,
        "target_body": thing.text if thing else None,
        "target_permalink": thing.permalink if thing else None,
    }
    return {"kind": "modaction", "data": data}


def _queue(wanted: Callable[[Thing], bool]) -> Callable[[Call], Json]:
    def answer(call: Call) -> Json:
        subreddit = call.moderated("posts")
        things: list[Post | Comment] = [*subreddit.posts, *subreddit.comments]
        found = [one for one in things if wanted(one)]
        found.sort(key=lambda one: one.at, reverse=True)
        return page(found, call.query, name=lambda one: one.fullname,
                    shape=lambda one: shapes.thing(call.world, one, call.viewer))  # fmt: skip

    return answer


def _reported(one: Thing) -> bool:
    return one.listed and bool(one.reports)


def _filtered(one: Thing) -> bool:
    """Removed by Reddit or AutoModerator: waiting for a moderator."""
    return not one.deleted and one.removal is not None and one.removal.by is None


def banned(call: Call) -> Json:
    subreddit = call.moderated("access")
    names = sorted(subreddit.banned)
    wanted = call.query.get("user", "").lower()
    return page([one for one in names if not wanted or one == wanted], call.query, name=str,
                shape=lambda one: _banned(call, one, subreddit.banned[one]))  # fmt: skip


def _banned(call: Call, name: str, reason: str) -> Json:
    user = call.world.user(name)
    return {"name": user.name, "id": user.fullname, "date": user.at, "note": reason, "days_left": None,
            "rel_id": f"rb_{user.id}"}  # fmt: skip


def _banning(state: bool) -> Callable[[Call], Json]:
    def answer(call: Call) -> Json:
        subreddit = call.moderated("access")
        if call.form.get("type") != "banned":
            raise errors.plain(400)
        name = call.form.get("name", "")
        acts.ban(call.world, subreddit, name, by=call.me.name, reason=call.form.get("ban_reason", ""), banned=state)
        call.wrote("ban" if state else "unban", subreddit.name, name)
        return DONE

    return answer


ROUTES = [
    Route("POST", "/api/approve", "modposts", approve),
    Route("POST", "/api/remove", "modposts", remove),
    Route("POST", "/api/lock", "modposts", _locking(True)),
    Route("POST", "/api/unlock", "modposts", _locking(False)),
    Route("POST", "/api/distinguish", "modposts", distinguish),
    Route("POST", "/api/set_subreddit_sticky", "modposts", sticky),
    Route("GET", "/r/{sub}/about/log", "modlog", log),
    Route("GET", "/r/{sub}/about/reports", "read", _queue(_reported)),
    Route("GET", "/r/{sub}/about/spam", "read", _queue(lambda one: one.removal is not None)),
    Route("GET", "/r/{sub}/about/modqueue", "read", _queue(lambda one: _reported(one) or _filtered(one))),
    Route("GET", "/r/{sub}/about/edited", "read", _queue(lambda one: one.listed and one.edited is not None)),
    Route("GET", "/r/{sub}/about/banned", "read", banned),
    Route("POST", "/r/{sub}/api/friend", "modcontributors", _banning(True)),
    Route("POST", "/r/{sub}/api/unfriend", "modcontributors", _banning(False)),
]
