"""Posts, comments, accounts and subreddits as Reddit writes them in JSON, which depends on who looks."""

from __future__ import annotations

import html
from typing import Any, TypeAlias

from tests.fakes.reddit.model import Comment, Flair, Post, Subreddit, Thing, User
from tests.fakes.reddit.world import World

Json: TypeAlias = dict[str, Any]


def markdown_html(text: str) -> str:
    paragraphs = "\n\n".join(f"<p>{html.escape(part, quote=False)}</p>" for part in text.split("\n\n"))
    return f'<div class="md">{paragraphs}\n</div>'


def listing(children: list[Json], *, after: str | None = None, before: str | None = None) -> Json:
    return {"kind": "Listing", "data": {"after": after, "before": before, "dist": len(children), "modhash": None,
                                        "geo_filter": "", "children": children}}  # fmt: skip


def flair(prefix: str, value: Flair) -> Json:
    return {
        f"{prefix}_flair_text": value.text,
        f"{prefix}_flair_css_class": value.css_class,
        f"{prefix}_flair_template_id": value.template_id,
        f"{prefix}_flair_type": "text",
        f"{prefix}_flair_richtext": [],
        f"{prefix}_flair_text_color": "dark" if value.text else None,
        f"{prefix}_flair_background_color": None,
    }


def nameless(thing: Thing, *, anonymous: bool) -> Json:
    """The author's fields; a deleted account is "[deleted]" and has no fullname."""
    if anonymous or thing.deleted or thing.author.state == "deleted":
        return {"author": "[deleted]", **flair("author", Flair())}
    worn = thing.subreddit.user_flair.get(thing.author.name.lower(), Flair())
    return {"author": thing.author.name, "author_fullname": thing.author.fullname, "author_premium": False,
            **flair("author", worn)}  # fmt: skip


def for_moderators(thing: Thing, viewer: User | None) -> Json:
    """What only moderators are told; null for everybody else."""
    if not (viewer and thing.subreddit.moderator(viewer.name)):
        blank = ("approved_at_utc", "approved_by", "banned_at_utc", "banned_by", "num_reports", "mod_note",
                 "mod_reason_title", "mod_reason_by", "removal_reason", "report_reasons")  # fmt: skip
        return dict.fromkeys(blank) | {"mod_reports": [], "user_reports": [], "can_mod_post": False}
    removal = thing.removal
    users = [[r.reason, 1, False, True] for r in thing.reports if not r.from_moderator]
    return {
        "approved": thing.approved_by is not None,
        "approved_by": thing.approved_by,
        "approved_at_utc": thing.approved_at,
        "removed": bool(removal and not removal.spam),
        "spam": bool(removal and removal.spam),
        "banned_by": (removal.by or True) if removal else None,
        "banned_at_utc": removal.at if removal else None,
        "num_reports": len(thing.reports),
        "user_reports": users,
        "mod_reports": [[r.reason, r.by] for r in thing.reports if r.from_moderator],
        "ignore_reports": False,
        "removal_reason": None,
        "report_reasons": [],
        "can_mod_post": True,
    }


def common(world: World, thing: Thing, viewer: User | None) -> Json:
    subreddit = thing.subreddit
    return {
        "id": thing.id,
        "name": thing.fullname,
        "subreddit": subreddit.name,
        "subreddit_id": subreddit.fullname,
        "subreddit_name_prefixed": f"r/{subreddit.name}",
        "subreddit_type": "private" if subreddit.kind == "private" else "public",
        "created": thing.at,
        "created_utc": thing.at,
        "edited": thing.edited or False,
        "downs": 0,
        "likes": None,
        "saved": False,
        "gilded": 0,
        "gildings": {},
        "all_awardings": [],
        "total_awards_received": 0,
        "distinguished": thing.distinguished,
        "stickied": thing.stickied,
        "locked": thing.locked,
        "send_replies": True,
        "no_follow": False,
        **for_moderators(thing, viewer),
    }


def post(world: World, one: Post, viewer: User | None) -> Json:
    removal = None if _unaware(one, viewer) else one.removal
    hidden = one.deleted or (removal is not None and not world.sees_removed(one, viewer))
    text = "[deleted]" if one.deleted else "[removed]" if hidden and one.url is None else one.text
    is_self = one.url is None and one.crosspost_of is None
    link = one.crosspost_of.permalink if one.crosspost_of else one.permalink
    data = {
        **common(world, one, viewer),
        **nameless(one, anonymous=False),
        **flair("link", one.flair),
        "title": one.title,
        "selftext": text if is_self else "",
        "selftext_html": markdown_html(text) if is_self and text else None,
        "is_self": is_self,
        "url": one.url or f"https://www.reddit.com{link}",
        "domain": f"self.{one.subreddit.name}" if is_self else (one.url or "//reddit.com").split("/")[2],
        "permalink": one.permalink,
        "score": one.score,
        "ups": one.score,
        "upvote_ratio": one.ratio,
        "hide_score": _score_hidden(world, one),
        "num_comments": sum(c.listed for c in one.comments),
        "num_crossposts": one.crossposts,
        "archived": one.archived(world.now),
        "removed_by_category": "deleted" if one.deleted else removal.category if removal else None,
        "removed_by": None,
        "is_robot_indexable": not one.deleted and removal is None,
        "is_crosspostable": not one.deleted and removal is None,
        "quarantine": one.subreddit.kind == "quarantined",
        "over_18": one.over_18,
        "spoiler": one.spoiler,
        "pinned": False,
        "hidden": False,
        "clicked": False,
        "visited": False,
        "contest_mode": False,
        "suggested_sort": None,
        "is_video": False,
        "is_original_content": False,
        "media": None,
        "thumbnail": "self" if is_self else "default",
        "subreddit_subscribers": 1000,
    }
    if one.crosspost_of:
        data["crosspost_parent"] = one.crosspost_of.fullname
        data["crosspost_parent_list"] = [post(world, one.crosspost_of, viewer)]
    return data


def comment(world: World, one: Comment, viewer: User | None) -> Json:
    hidden = not one.deleted and one.removal is not None and not world.sees_removed(one, viewer)
    body = "[removed]" if hidden else one.text
    unseen = _score_hidden(world, one)
    score = 1 if unseen else one.score
    return {
        **common(world, one, viewer),
        **nameless(one, anonymous=hidden),
        "body": body,
        "body_html": markdown_html(body),
        "link_id": one.post.fullname,
        "parent_id": one.parent.fullname,
        "permalink": one.permalink,
        "depth": one.depth,
        "is_submitter": one.author is one.post.author and not hidden and not one.deleted,
        "score": score,
        "ups": score,
        "score_hidden": unseen,
        "controversiality": 0,
        "archived": one.post.archived(world.now),
        "collapsed": one.deleted or hidden or one.score < -4,
        "collapsed_reason": None,
        "collapsed_reason_code": "DELETED" if one.deleted or hidden else None,
        "comment_type": None,
        "replies": "",
    }


def comment_in_listing(world: World, one: Comment, viewer: User | None) -> Json:
    """Listings of comments add their post's words."""
    above = post(world, one.post, viewer)
    return comment(world, one, viewer) | {
        "link_title": above["title"],
        "link_author": above["author"],
        "link_permalink": f"https://www.reddit.com{above['permalink']}",
        "link_url": above["url"],
        "num_comments": above["num_comments"],
        "over_18": above["over_18"],
        "quarantine": above["quarantine"],
    }


def thing(world: World, one: Post | Comment, viewer: User | None) -> Json:
    """As listings hold it."""
    if isinstance(one, Post):
        return {"kind": "t3", "data": post(world, one, viewer)}
    return {"kind": "t1", "data": comment_in_listing(world, one, viewer)}


def account(user: User) -> Json:
    """A suspended account says little more than that it is."""
    if user.state == "suspended":
        return {"name": user.name, "id": user.id, "is_suspended": True, "is_blocked": False, "total_karma": 0,
                "awardee_karma": 0, "awarder_karma": 0}  # fmt: skip
    return {
        "name": user.name,
        "id": user.id,
        "created": user.at,
        "created_utc": user.at,
        "link_karma": 100,
        "comment_karma": 100,
        "total_karma": 200,
        "is_employee": False,
        "is_mod": False,
        "is_gold": False,
        "verified": True,
        "has_verified_email": True,
        "is_blocked": False,
        "is_friend": False,
        "icon_img": "",
        "hide_from_robots": False,
    }


def subreddit(one: Subreddit, viewer: User | None) -> Json:
    name = viewer.name if viewer else None
    return {
        "id": one.id,
        "name": one.fullname,
        "display_name": one.name,
        "display_name_prefixed": f"r/{one.name}",
        "title": one.name,
        "url": f"/r/{one.name}/",
        "public_description": "",
        "description": "",
        "subreddit_type": {"quarantined": "public", "banned": "public"}.get(one.kind, one.kind),
        "quarantine": one.kind == "quarantined",
        "subscribers": 1000,
        "created": one.at,
        "created_utc": one.at,
        "over18": False,
        "lang": "en",
        "link_flair_enabled": bool(one.post_templates),
        "can_assign_link_flair": one.authors_set_flair,
        "wiki_enabled": True,
        "should_archive_posts": one.archives_posts,
        "comment_score_hide_mins": one.hides_scores_minutes,
        "user_is_moderator": one.moderator(name) is not None,
        "user_is_banned": name is not None and name.lower() in one.banned,
        "user_is_muted": name is not None and name.lower() in one.muted,
        "user_is_contributor": name is not None and name.lower() in one.contributors,
        "user_is_subscriber": False,
    }


def _unaware(one: Thing, viewer: User | None) -> bool:
    """A shadow-banned account is shown its own words as if nothing had happened."""
    return one.author is viewer and viewer.state == "shadowbanned" and one.removed is None


def _score_hidden(world: World, one: Thing) -> bool:
    return world.now - one.at < one.subreddit.hides_scores_minutes * 60
