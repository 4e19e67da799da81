"""Routes of modmail: conversations between moderators and an account outside, or among moderators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.fakes.reddit import errors, office
from tests.fakes.reddit.call import Call, Route
from tests.fakes.reddit.desk import Conversation, Mail, ModmailDeed
from tests.fakes.reddit.listing import limit_of
from tests.fakes.reddit.shapes import Json, markdown_html
from tests.fakes.reddit.world import World

LONGEST_SUBJECT = 100
LONGEST_BODY = 10_000
DEED_TYPES = {"highlight": 0, "unhighlight": 1, "archive": 2, "unarchive": 3, "mute": 5, "unmute": 6}


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


def _author(world: World, one: Conversation, name: str, *, hidden: bool = False) -> Json:
    user, moderator = world.user(name), world.subreddit(one.subreddit).moderator(name)
    return {
        "id": int(user.id, 36),
        "name": user.name,
        "isAdmin": False,
        "isMod": moderator is not None,
        "isOp": bool(one.messages) and one.messages[0].by == user.name,
        "isParticipant": one.participant is not None and one.participant.lower() == name.lower(),
        "isHidden": hidden,
        "isApproved": False,
        "isDeleted": user.state == "deleted",
    }


def _mail(world: World, one: Conversation, mail: Mail) -> Json:
    return {"id": mail.id, "author": _author(world, one, mail.by, hidden=mail.author_hidden), "date": iso(mail.at),
            "body": markdown_html(mail.body), "bodyMarkdown": mail.body, "isInternal": mail.internal,
            "participatingAs": "moderator" if world.subreddit(one.subreddit).moderator(mail.by)
            else "participant_user"}  # fmt: skip


def _deed(world: World, one: Conversation, deed: ModmailDeed) -> Json:
    return {"id": deed.id, "actionTypeId": DEED_TYPES[deed.action], "date": iso(deed.at),
            "author": _author(world, one, deed.by)}  # fmt: skip


def _conversation(world: World, one: Conversation, viewer: str) -> Json:
    subreddit = world.subreddit(one.subreddit)
    by_mods = [mail.at for mail in one.messages if subreddit.moderator(mail.by)]
    by_users = [mail.at for mail in one.messages if not subreddit.moderator(mail.by)]
    authors = dict.fromkeys(mail.by for mail in one.messages)
    return {
        "id": one.id,
        "subject": one.subject,
        "authors": [_author(world, one, name) for name in authors],
        "owner": {"id": subreddit.fullname, "displayName": subreddit.name, "type": "subreddit"},
        "participant": _author(world, one, one.participant) if one.participant else {},
        "objIds": [{"key": key, "id": id36} for key, id36 in one.order],
        "numMessages": len(one.messages),
        "isInternal": one.internal,
        "isHighlighted": one.highlighted,
        "isAuto": False,
        "isRepliable": True,
        "state": 2 if one.archived else 1,
        "lastUpdated": iso(one.messages[-1].at),
        "lastModUpdate": iso(by_mods[-1]) if by_mods else None,
        "lastUserUpdate": iso(by_users[-1]) if by_users else None,
        "lastUnread": iso(one.messages[-1].at) if viewer.lower() in one.unread_by else None,
        "legacyFirstMessageId": one.messages[0].id,
    }


def _whole(call: Call, one: Conversation) -> Json:
    return {
        "conversation": _conversation(call.world, one, call.me.name),
        "messages": {mail.id: _mail(call.world, one, mail) for mail in one.messages},
        "modActions": {deed.id: _deed(call.world, one, deed) for deed in one.deeds},
    }


def _in_list(call: Call, one: Conversation) -> Json:
    """A list of conversations has the newest message of each, and nothing else of what lies in them."""
    newest = {"key": "messages", "id": one.messages[-1].id}
    return _conversation(call.world, one, call.me.name) | {"objIds": [newest]}


def _known(call: Call) -> Conversation:
    one = call.world.conversations.get(call.args["id"])
    if one is None:
        raise errors.explained(404, "CONVERSATION_NOT_FOUND", "Invalid conversation", "conversation_id")
    call.moderated("mail", one.subreddit)
    return one


def _required(call: Call, key: str, most: int) -> str:
    value = call.form.get(key, "").strip()
    if not value:
        raise errors.explained(400, "NO_TEXT", "we need something here", key)
    if len(value) > most:
        raise errors.explained(400, "TOO_LONG", f"this is too long (max: {most})", key)
    return value


def create(call: Call) -> Json:
    """`to`: an account, or the subreddit itself (or nobody) for a discussion among its moderators."""
    subreddit = call.moderated("mail", call.form.get("srName", "").removeprefix("r/"))
    subject, body = _required(call, "subject", LONGEST_SUBJECT), _required(call, "body", LONGEST_BODY)
    to = call.form.get("to", "").lower().lstrip("/")
    user = None
    if to and to.removeprefix("r/") != subreddit.name.lower():
        user = call.world.known_user(to)
        if user is None:
            raise errors.explained(400, "USER_DOESNT_EXIST", "that user doesn't exist", "to")
    made = office.open_conversation(call.world, subreddit, call.me.name, subject, body,
                                    to=user.name if user else None,
                                    author_hidden=call.flag("isAuthorHidden"))  # fmt: skip
    call.wrote("modmail", subreddit.name, user.name if user else "", f"{subject}\n\n{body}", made.id)
    return _whole(call, made)


def reply(call: Call) -> Json:
    one = _known(call)
    mail = office.answer_conversation(
        call.world, one, call.me.name, _required(call, "body", LONGEST_BODY), internal=call.flag("isInternal"),
        author_hidden=call.flag("isAuthorHidden"),
    )  # fmt: skip
    call.wrote("modmail_reply", one.subreddit, one.id, mail.body, mail.id)
    return _whole(call, one)


def read(call: Call) -> Json:
    one = _known(call)
    if call.query.get("markRead", "").lower() == "true":
        one.unread_by.discard(call.me.name.lower())
    return _whole(call, one)


STATES: dict[str, Callable[[Conversation], bool]] = {
    "all": lambda one: not one.archived and not one.internal,
    "archived": lambda one: one.archived,
    "highlighted": lambda one: one.highlighted,
    "mod": lambda one: one.internal,
    "new": lambda one: not one.archived and not one.internal and len(one.messages) == 1,
    "inprogress": lambda one: not one.archived and not one.internal and len(one.messages) > 1,
}


def listed(call: Call) -> Json:
    """Newest first; `after` is the id of a conversation."""
    wanted = call.query.get("entity", "").lower()
    names = wanted.split(",") if wanted else [n for n, s in call.world.subreddits.items() if s.moderator(call.me.name)]
    for name in names:
        call.moderated("mail", name)
    keep = STATES.get(call.query.get("state", "all"), STATES["all"])
    found = [one for name in names for one in call.world.mailbox(name) if keep(one)]
    found.sort(key=lambda one: (one.messages[-1].at, one.id), reverse=True)
    after = call.query.get("after")
    ids = [one.id for one in found]
    start = ids.index(after) + 1 if after in ids else len(ids) if after else 0
    shown = found[start : start + limit_of(call.query)]
    return {
        "viewerId": call.me.fullname,
        "conversationIds": [one.id for one in shown],
        "conversations": {one.id: _in_list(call, one) for one in shown},
        "messages": {one.messages[-1].id: _mail(call.world, one, one.messages[-1]) for one in shown},
    }


def _marking(action: str) -> Callable[[Call], Any]:
    def answer(call: Call) -> Json:
        one = _known(call)
        office.mark_conversation(call.world, one, call.me.name, action)
        call.wrote(f"modmail_{action}", one.subreddit, one.id)
        return _whole(call, one)

    return answer


def _reading(state: bool) -> Callable[[Call], Any]:
    def answer(call: Call) -> Json:
        for id36 in call.form.get("conversationIds", "").split(","):
            call.args["id"] = id36
            known = _known(call)
            (known.unread_by.discard if state else known.unread_by.add)(call.me.name.lower())
        return {}

    return answer


def unread_count(call: Call) -> Json:
    mine = [one for one in call.world.conversations.values() if call.me.name.lower() in one.unread_by]
    return {state: sum(keep(one) for one in mine) for state, keep in STATES.items() if state != "all"}


BASE = "/api/mod/conversations"
ROUTES = [
    Route("GET", BASE, "modmail", listed),
    Route("POST", BASE, "modmail", create),
    Route("POST", f"{BASE}/read", "modmail", _reading(True)),
    Route("POST", f"{BASE}/unread", "modmail", _reading(False)),
    Route("GET", f"{BASE}/unread/count", "modmail", unread_count),
    Route("GET", f"{BASE}/{{id}}", "modmail", read),
    Route("POST", f"{BASE}/{{id}}", "modmail", reply),
    *(Route("POST", f"{BASE}/{{id}}/{one}", "modmail", _marking(one))
      for one in ("archive", "unarchive", "highlight", "mute", "unmute")),
    Route("DELETE", f"{BASE}/{{id}}/highlight", "modmail", _marking("unhighlight")),
]  # fmt: skip
