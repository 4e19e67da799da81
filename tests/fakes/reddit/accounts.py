"""Routes about accounts: who one is, who others are, what they moderate, private messages."""

from __future__ import annotations

from tests.fakes.reddit import errors, office, shapes
from tests.fakes.reddit.access import SCOPES
from tests.fakes.reddit.call import DONE, Call, Route
from tests.fakes.reddit.desk import Message
from tests.fakes.reddit.listing import page
from tests.fakes.reddit.model import Subreddit
from tests.fakes.reddit.shapes import Json


def me(call: Call) -> Json:
    """A suspended account is still told who it is."""
    if call.viewer is None:
        raise errors.plain(403)
    suspended = call.viewer.state == "suspended"
    mail = sum(one.unread for one in call.world.messages if one.to.lower() == call.viewer.name.lower())
    return shapes.account(call.viewer) | {"is_suspended": suspended, "has_mail": bool(mail), "inbox_count": mail,
                                          "features": {}}  # fmt: skip


def scopes(_call: Call) -> Json:
    return {name: {"id": name, "name": name, "description": text} for name, text in SCOPES.items()}


def about(call: Call) -> Json:
    """Deleted and shadow-banned accounts are not found; a suspended one says so."""
    user = call.world.known_user(call.args["user"])
    if user is None or (user.state == "shadowbanned" and user is not call.viewer):
        raise errors.plain(404)
    return {"kind": "t2", "data": shapes.account(user)}


def by_ids(call: Call) -> Json:
    wanted = call.query.get("ids", "").split(",")
    found = [one for one in call.world.users.values() if one.fullname in wanted and one.state != "deleted"]
    if not found:
        raise errors.plain(404)
    return {one.fullname: {"name": one.name, "created_utc": one.at, "link_karma": 100, "comment_karma": 100}
            for one in found}  # fmt: skip


def my_moderated(call: Call) -> Json:
    return page(_moderated_by(call, call.me.name), call.query, name=lambda one: one.fullname,
                shape=lambda one: {"kind": "t5", "data": shapes.subreddit(one, call.viewer)})  # fmt: skip


def moderated(call: Call) -> Json:
    listed = [
        {"name": one.fullname, "sr": one.name, "sr_display_name_prefixed": f"r/{one.name}", "title": one.name,
         "subscribers": 1000, "subreddit_type": "public", "url": f"/r/{one.name}/",
         "mod_permissions": sorted(one.moderators[call.args["user"].lower()].permissions)}
        for one in _moderated_by(call, call.args["user"])
    ]  # fmt: skip
    return {"kind": "ModeratedList", "data": listed}


def _moderated_by(call: Call, name: str) -> list[Subreddit]:
    return [one for one in call.world.subreddits.values() if one.moderator(name) and one.kind != "banned"]


def compose(call: Call) -> Json:
    """A message; to "/r/name" it opens a modmail conversation."""
    to, subject, text = (call.form.get(key, "") for key in ("to", "subject", "text"))
    for field, value in (("subject", subject), ("text", text)):
        if not value.strip():
            raise errors.api("NO_TEXT" if field == "text" else "NO_SUBJECT", "please enter something", field)
    if to.lower().startswith(("/r/", "r/", "#")):
        subreddit = call.world.subreddits.get(to.lower().lstrip("/#").removeprefix("r/"))
        if subreddit is None:
            raise errors.api("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "to")
        made = office.open_conversation(call.world, subreddit, call.me.name, subject, text, to=call.me.name)
        call.wrote("modmail", subreddit.name, call.me.name, f"{subject}\n\n{text}", made.id)
        return DONE
    user = call.world.known_user(to)
    if user is None:
        raise errors.api("USER_DOESNT_EXIST", "that user doesn't exist", "to")
    sender = call.form.get("from_sr") or None
    if sender:
        call.moderated("mail", sender)
    message = office.send(call.world, call.me.name, user.name, subject, text, from_subreddit=sender)
    call.wrote("message", sender or "", user.name, f"{subject}\n\n{text}", message.fullname)
    return DONE


def _box(call: Call, keep: list[Message]) -> Json:
    return page(keep[::-1], call.query, name=lambda one: one.fullname,
                shape=lambda one: {"kind": "t4", "data": _message(one)})  # fmt: skip


def _message(one: Message) -> Json:
    return {
        "id": one.id,
        "name": one.fullname,
        "author": one.by,
        "dest": one.to,
        "subject": one.subject,
        "body": one.body,
        "body_html": shapes.markdown_html(one.body),
        "created": one.at,
        "created_utc": one.at,
        "new": one.unread,
        "was_comment": False,
        "context": "",
        "parent_id": None,
        "first_message_name": None,
        "replies": "",
        "subreddit": one.from_subreddit,
        "distinguished": None,
        "likes": None,
        "num_comments": None,
        "score": 0,
        "type": "unknown",
    }


def inbox(call: Call) -> Json:
    return _box(call, [one for one in call.world.messages if one.to.lower() == call.me.name.lower()])


def unread(call: Call) -> Json:
    mine = [one for one in call.world.messages if one.to.lower() == call.me.name.lower()]
    return _box(call, [one for one in mine if one.unread])


def sent(call: Call) -> Json:
    return _box(call, [one for one in call.world.messages if one.by == call.me.name])


def read_message(call: Call) -> Json:
    names = call.form.get("id", "").split(",")
    for one in call.world.messages:
        if one.fullname in names and one.to.lower() == call.me.name.lower():
            one.unread = False
    return {}


def opt_in(call: Call) -> Json:
    call.me.opted_in.add(call.form.get("sr_name", "").lower())
    return {}


ROUTES = [
    Route("GET", "/api/v1/me", "identity", me),
    Route("GET", "/api/v1/scopes", None, scopes),
    Route("GET", "/user/{user}/about", "read", about),
    Route("GET", "/user/{user}/moderated_subreddits", "read", moderated),
    Route("GET", "/api/user_data_by_account_ids", "privatemessages", by_ids),
    Route("GET", "/subreddits/mine/moderator", "mysubreddits", my_moderated),
    Route("POST", "/api/compose", "privatemessages", compose),
    Route("GET", "/message/inbox", "privatemessages", inbox),
    Route("GET", "/message/messages", "privatemessages", inbox),
    Route("GET", "/message/unread", "privatemessages", unread),
    Route("GET", "/message/sent", "privatemessages", sent),
    Route("POST", "/api/read_message", "privatemessages", read_message),
    Route("POST", "/api/quarantine_optin", None, opt_in),
]
