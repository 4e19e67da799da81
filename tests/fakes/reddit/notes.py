"""Routes of moderators' notes on accounts."""

from __future__ import annotations

from tests.fakes.reddit import errors, office
from tests.fakes.reddit.call import Call, Route
from tests.fakes.reddit.desk import Note
from tests.fakes.reddit.listing import limit_of
from tests.fakes.reddit.shapes import Json
from tests.fakes.reddit.world import World

LONGEST = 250
LABELS = {"BOT_BAN", "PERMA_BAN", "BAN", "ABUSE_WARNING", "SPAM_WARNING", "SPAM_WATCH", "SOLID_CONTRIBUTOR",
          "HELPFUL_USER"}  # fmt: skip


def _note(world: World, one: Note) -> Json:
    subreddit = world.subreddit(one.subreddit)
    return {
        "id": one.id,
        "type": "NOTE",
        "subreddit": subreddit.name,
        "subreddit_id": subreddit.fullname,
        "operator": one.by,
        "operator_id": world.user(one.by).fullname,
        "user": one.user,
        "user_id": world.user(one.user).fullname,
        "created_at": int(one.at),
        "cursor": one.id,
        "user_note_data": {"note": one.text, "label": one.label, "reddit_id": one.about},
        "mod_action_data": {"action": None, "reddit_id": None, "details": None, "description": None},
    }


def create(call: Call) -> Json:
    subreddit = call.moderated("posts", call.form.get("subreddit", ""))
    user, text, label = (
        call.world.known_user(call.form.get("user", "")),
        call.form.get("note", ""),
        call.form.get("label"),
    )
    if user is None:
        raise errors.explained(400, "USER_DOESNT_EXIST", "that user doesn't exist", "user")
    if not text or len(text) > LONGEST:
        raise errors.explained(400, "TOO_LONG" if text else "NO_TEXT", f"1 to {LONGEST} characters", "note")
    if label and label not in LABELS:
        raise errors.explained(400, "INVALID_OPTION", "that option is not valid", "label")
    note = office.add_note(call.world, subreddit, call.me.name, user.name, text, label=label or None,
                           about=call.form.get("reddit_id") or None)  # fmt: skip
    call.wrote("note", subreddit.name, user.name, text, note.id)
    return {"created": _note(call.world, note)}


def _kept(call: Call, subreddit: str, user: str) -> list[Note]:
    notes = call.moderated("posts", subreddit).notes
    return [one for one in reversed(notes) if one.user.lower() == user.lower()]


def listed(call: Call) -> Json:
    """Newest first; goes on with `before`, a cursor."""
    found = _kept(call, call.query.get("subreddit", ""), call.query.get("user", ""))
    ids = [one.id for one in found]
    before = call.query.get("before")
    start = ids.index(before) + 1 if before in ids else 0
    shown = found[start : start + limit_of(call.query)]
    return {
        "mod_notes": [_note(call.world, one) for one in shown],
        "start_cursor": shown[0].id if shown else None,
        "end_cursor": shown[-1].id if shown else None,
        "has_next_page": start + len(shown) < len(found),
    }


def recent(call: Call) -> Json:
    """The newest note of each pair of subreddit and account; null where there is none."""
    pairs = zip(call.query.get("subreddits", "").split(","), call.query.get("users", "").split(","), strict=False)
    newest = [next(iter(_kept(call, subreddit, user)), None) for subreddit, user in pairs]
    return {"mod_notes": [_note(call.world, one) if one else None for one in newest]}


def delete(call: Call) -> Json:
    subreddit = call.moderated("posts", call.query.get("subreddit", ""))
    wanted = call.query.get("note_id", "")
    if not any(one.id == wanted for one in subreddit.notes):
        raise errors.plain(404)
    subreddit.notes[:] = [one for one in subreddit.notes if one.id != wanted]
    call.wrote("delete_note", subreddit.name, wanted)
    return {"deleted": True}


ROUTES = [
    Route("POST", "/api/mod/notes", "modnote", create),
    Route("GET", "/api/mod/notes", "modnote", listed),
    Route("DELETE", "/api/mod/notes", "modnote", delete),
    Route("GET", "/api/mod/notes/recent", "modnote", recent),
]
