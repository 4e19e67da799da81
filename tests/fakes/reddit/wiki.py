"""Routes of the wiki: pages, their revisions and who may see and change them."""

from __future__ import annotations

from tests.fakes.reddit import errors, office, shapes
from tests.fakes.reddit.call import Call, Route
from tests.fakes.reddit.desk import Revision, WikiPage
from tests.fakes.reddit.listing import number, page
from tests.fakes.reddit.model import Subreddit
from tests.fakes.reddit.shapes import Json

LONGEST = 524_288
FOR_MODERATORS = ("config/",)
"""Pages as config/automoderator are the moderators' own, whatever their level says."""


def _is_private(known: WikiPage) -> bool:
    return known.permlevel == 2 or known.name.startswith(FOR_MODERATORS)


def _page(call: Call) -> tuple[Subreddit, WikiPage]:
    subreddit = call.subreddit()
    known = subreddit.wiki.get(call.args["page"].lower())
    if known is None:
        raise errors.explained(404, "PAGE_NOT_CREATED", "this page does not exist")
    if _is_private(known) and not (call.viewer and subreddit.may(call.viewer.name, "wiki")):
        raise errors.explained(403, "MOD_REQUIRED", "You must be a moderator to view this page")
    return subreddit, known


def _may_edit(call: Call, subreddit: Subreddit, known: WikiPage | None) -> bool:
    name = call.viewer.name if call.viewer else None
    if subreddit.may(name, "wiki"):
        return True
    return known is not None and not _is_private(known) and name is not None and name.lower() in known.editors


def _by(call: Call, name: str) -> Json | None:
    """A deleted account's name is gone."""
    user = call.world.known_user(name)
    return {"kind": "t2", "data": shapes.account(user)} if user else None


def read(call: Call) -> Json:
    subreddit, known = _page(call)
    wanted = call.query.get("v")
    revision = next((one for one in known.revisions if one.id == wanted), None) if wanted else known.newest
    if revision is None:
        raise errors.plain(404)
    data = {
        "content_md": revision.text,
        "content_html": shapes.markdown_html(revision.text),
        "may_revise": _may_edit(call, subreddit, known),
        "reason": revision.reason,
        "revision_id": revision.id,
        "revision_date": int(revision.at),
        "revision_by": _by(call, revision.by),
        "kind": "wikipage",
    }
    return {"kind": "wikipage", "data": data}


def revisions(call: Call) -> Json:
    _, known = _page(call)
    return _revisions(call, [(known.name, one) for one in known.revisions])


def all_revisions(call: Call) -> Json:
    return _revisions(call, [(one.name, each) for one in call.subreddit().wiki.values() for each in one.revisions])


def _revisions(call: Call, found: list[tuple[str, Revision]]) -> Json:
    newest_first = sorted(found, key=lambda one: (one[1].at, one[1].id), reverse=True)

    def shape(one: tuple[str, Revision]) -> Json:
        name, revision = one
        return {"id": revision.id, "page": name, "timestamp": int(revision.at), "reason": revision.reason,
                "author": _by(call, revision.by), "revision_hidden": False}  # fmt: skip

    return page(newest_first, call.query, name=lambda one: f"WikiRevision_{one[1].id}", shape=shape)


def pages(call: Call) -> Json:
    subreddit = call.subreddit()
    moderates = call.viewer is not None and subreddit.may(call.viewer.name, "wiki")
    names = [one.name for one in subreddit.wiki.values() if moderates or (one.listed and not _is_private(one))]
    return {"kind": "wikipagelisting", "data": sorted(names)}


def edit(call: Call) -> Json:
    """`previous` is the revision that was read: if there is a newer one, 409."""
    subreddit = call.subreddit()
    name, text = call.form.get("page", "").lower(), call.form.get("content", "")
    known = subreddit.wiki.get(name)
    if not _may_edit(call, subreddit, known):
        raise errors.explained(403, "WIKI_EDIT_FORBIDDEN", "You are not allowed to edit this page")
    if len(text.encode()) > LONGEST:
        raise errors.explained(400, "CONTENT_LENGTH_ERROR", f"content is too long (max {LONGEST})", "content")
    previous = call.form.get("previous")
    if known and previous and previous != known.newest.id:
        raise errors.Refusal(409, {"message": "Conflict", "reason": "EDIT_CONFLICT",
                                   "newcontent": known.newest.text, "newrevision": known.newest.id,
                                   "diffcontent": ""})  # fmt: skip
    revision = office.edit_wiki(call.world, subreddit, name, text, call.me.name, call.form.get("reason") or None)
    call.wrote("wiki", subreddit.name, name, text, revision.id)
    return {}


def revert(call: Call) -> Json:
    subreddit = call.moderated("wiki")
    known = subreddit.wiki.get(call.form.get("page", "").lower())
    old = next((one for one in known.revisions if one.id == call.form.get("revision")), None) if known else None
    if known is None or old is None:
        raise errors.plain(404)
    made = office.edit_wiki(call.world, subreddit, known.name, old.text, call.me.name, "reverted back")
    call.wrote("wiki", subreddit.name, known.name, old.text, made.id)
    return {}


def _settings(call: Call, known: WikiPage) -> Json:
    editors = [{"kind": "t2", "data": shapes.account(call.world.user(name))} for name in sorted(known.editors)]
    return {"kind": "wikipagesettings",
            "data": {"permlevel": known.permlevel, "editors": editors, "listed": known.listed}}  # fmt: skip


def settings(call: Call) -> Json:
    call.moderated("wiki")
    return _settings(call, _page(call)[1])


def change_settings(call: Call) -> Json:
    subreddit = call.moderated("wiki")
    known = _page(call)[1]
    known.permlevel, known.listed = number(call.form, "permlevel", 0), call.flag("listed")
    call.wrote("wiki_settings", subreddit.name, known.name, call.form.get("permlevel", ""))
    return _settings(call, known)


ROUTES = [
    Route("GET", "/r/{sub}/wiki/pages", "wikiread", pages),
    Route("GET", "/r/{sub}/wiki/revisions", "wikiread", all_revisions),
    Route("GET", "/r/{sub}/wiki/revisions/{page:path}", "wikiread", revisions),
    Route("GET", "/r/{sub}/wiki/settings/{page:path}", "modwiki", settings),
    Route("POST", "/r/{sub}/wiki/settings/{page:path}", "modwiki", change_settings),
    Route("GET", "/r/{sub}/wiki/{page:path}", "wikiread", read),
    Route("POST", "/r/{sub}/api/wiki/edit", "wikiedit", edit),
    Route("POST", "/r/{sub}/api/wiki/revert", "modwiki", revert),
]
