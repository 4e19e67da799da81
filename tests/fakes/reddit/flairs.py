"""Routes about flair: of posts and of accounts, free or from the moderators' templates."""

from __future__ import annotations

from typing import Any

from tests.fakes.reddit import acts, errors
from tests.fakes.reddit.call import DONE, Call, Route
from tests.fakes.reddit.listing import limit_of
from tests.fakes.reddit.model import Flair, Post, Subreddit, Template
from tests.fakes.reddit.shapes import Json

LONGEST = 64


def set_flair(call: Call) -> Json:
    """Moderators only: any text for a post (`link`) or an account (`name`)."""
    subreddit = call.moderated("flair")
    text = call.form.get("text", "")
    if len(text) > LONGEST:
        raise errors.api("TOO_LONG", f"this is too long (max: {LONGEST})", "text")
    _apply(call, subreddit, Flair(text or None, call.form.get("css_class") or None))
    return DONE


def select(call: Call) -> Json:
    """From a template; without one the flair is taken off. Authors may, where the subreddit lets them."""
    subreddit = call.subreddit()
    moderates = subreddit.may(call.me.name, "flair")
    template_id = call.form.get("flair_template_id", "")
    offered = subreddit.post_templates if call.form.get("link") else subreddit.user_templates
    template = next((one for one in offered if one.id == template_id), None)
    if template_id and (template is None or (template.mod_only and not moderates)):
        raise errors.api("FLAIR_TEMPLATE_NOT_FOUND", "that flair template doesn't exist", "flair_template_id")
    if not moderates and not _own(call, subreddit):
        raise errors.plain(403)
    _apply(call, subreddit, _worn(template, call.form.get("text", ""), free=moderates) if template else Flair())
    return DONE


def _own(call: Call, subreddit: Subreddit) -> bool:
    post = call.world.thing(call.form.get("link", ""))
    mine = post is not None and post.author is call.me
    return (mine and subreddit.authors_set_flair) or call.form.get("name", "").lower() == call.me.name.lower()


def _worn(template: Template, text: str, *, free: bool) -> Flair:
    chosen = text if text and (free or template.editable) else template.text
    return Flair(chosen, template.css_class or None, template.id)


def _apply(call: Call, subreddit: Subreddit, flair: Flair) -> None:
    link, name = call.form.get("link"), call.form.get("name")
    if link:
        post = call.world.thing(link)
        if not isinstance(post, Post) or post.subreddit is not subreddit:
            raise errors.api("BAD_FLAIR_TARGET", "not a valid flair target", "link")
        acts.set_flair(call.world, post, flair, by=call.me.name)
        call.wrote("flair", subreddit.name, post.fullname, flair.text or "", flair.template_id or "")
        return
    user = call.world.known_user(name or "")
    if user is None:
        raise errors.api("BAD_FLAIR_TARGET", "not a valid flair target", "name")
    acts.set_user_flair(call.world, subreddit, user.name, flair, by=call.me.name)
    call.wrote("user_flair", subreddit.name, user.name, flair.text or "", flair.template_id or "")


def unset(call: Call) -> Json:
    subreddit = call.moderated("flair")
    name = call.form.get("name", "")
    acts.set_user_flair(call.world, subreddit, name, Flair(), by=call.me.name)
    call.wrote("user_flair", subreddit.name, name)
    return DONE


def listed(call: Call) -> Json:
    """The accounts that wear a flair; `next` is the account to go on after."""
    subreddit = call.moderated("flair")
    wanted, after = call.query.get("name", "").lower(), call.query.get("after")
    worn = [
        {"user": call.world.user(name).name, "flair_text": flair.text, "flair_css_class": flair.css_class}
        for name, flair in sorted(subreddit.user_flair.items())
        if (flair.text or flair.css_class) and (not wanted or name == wanted)
    ]  # fmt: skip
    ids = [call.world.user(str(one["user"])).fullname for one in worn]
    start = ids.index(after) + 1 if after in ids else 0
    end = start + limit_of(call.query, 25, 1000)
    return {"users": worn[start:end]} | ({"next": ids[end - 1]} if end < len(ids) else {})


def _template(one: Template) -> Json:
    return {
        "id": one.id,
        "text": one.text,
        "css_class": one.css_class,
        "text_editable": one.editable,
        "mod_only": one.mod_only,
        "type": "text",
        "richtext": [],
        "text_color": "dark",
        "background_color": "",
        "max_emojis": 10,
        "allowable_content": "all",
        "override_css": False,
    }


def post_templates(call: Call) -> list[Json]:
    """Not to be had by everybody: a 403 where members may not choose their posts' flair."""
    subreddit = call.subreddit()
    moderates = subreddit.moderator(call.me.name) is not None
    if not moderates and not subreddit.authors_set_flair:
        raise errors.plain(403)
    return [_template(one) for one in subreddit.post_templates if moderates or not one.mod_only]


def user_templates(call: Call) -> list[Json]:
    subreddit = call.subreddit()
    moderates = subreddit.moderator(call.me.name) is not None
    return [_template(one) for one in subreddit.user_templates if moderates or not one.mod_only]


def selector(call: Call) -> Json:
    """What the one who asks may choose for this post (`link`, `is_newlink`) or for an account."""
    subreddit = call.subreddit()
    moderates = subreddit.may(call.me.name, "flair")
    for_posts = "link" in call.form or call.flag("is_newlink")
    offered = subreddit.post_templates if for_posts else subreddit.user_templates
    if for_posts and not moderates and not subreddit.authors_set_flair:
        offered = []
    post = call.world.thing(call.form.get("link", ""))
    current = post.flair if isinstance(post, Post) else Flair()
    choices: list[dict[str, Any]] = [
        {"flair_template_id": one.id, "flair_text": one.text, "flair_css_class": one.css_class,
         "flair_text_editable": one.editable, "flair_position": "right"}
        for one in offered if moderates or not one.mod_only
    ]  # fmt: skip
    return {"choices": choices, "current": {"flair_template_id": current.template_id, "flair_text": current.text,
                                            "flair_css_class": current.css_class or "",
                                            "flair_position": "right"}}  # fmt: skip


def new_template(call: Call) -> Json:
    """Also changes one, when its id is told."""
    subreddit = call.moderated("flair")
    for_posts = call.form.get("flair_type") == "LINK_FLAIR"
    offered = subreddit.post_templates if for_posts else subreddit.user_templates
    number = int(call.world.new_id("template"), 36)
    made = Template(call.form.get("flair_template_id") or f"{number:08x}-0000-11f0-9000-000000000000",
                    call.form.get("text", ""), call.form.get("css_class", ""), call.flag("text_editable"),
                    call.flag("mod_only"))  # fmt: skip
    offered[:] = [one for one in offered if one.id != made.id] + [made]
    call.wrote("flair_template", subreddit.name, made.id, made.text, made.id)
    return _template(made)


ROUTES = [
    Route("POST", "/r/{sub}/api/flair", "modflair", set_flair),
    Route("POST", "/r/{sub}/api/selectflair", "flair", select),
    Route("POST", "/r/{sub}/api/deleteflair", "modflair", unset),
    Route("GET", "/r/{sub}/api/flairlist", "modflair", listed),
    Route("GET", "/r/{sub}/api/link_flair_v2", "flair", post_templates),
    Route("GET", "/r/{sub}/api/user_flair_v2", "flair", user_templates),
    Route("POST", "/r/{sub}/api/flairselector", "flair", selector),
    Route("POST", "/r/{sub}/api/flairtemplate_v2", "modflair", new_template),
]
