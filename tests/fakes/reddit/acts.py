"""What people and bots do to posts and comments. The rules about who may are the routes'; here it just happens."""

from __future__ import annotations

from tests.fakes.reddit.desk import LogEntry
from tests.fakes.reddit.model import Comment, Flair, Post, Removal, Report, Subreddit, User
from tests.fakes.reddit.world import World

UNMARKED_SECONDS = 180.0
"""An edit within three minutes leaves no mark: `edited` stays false."""


def submit(
    world: World,
    subreddit: Subreddit,
    author: User,
    title: str,
    *,
    text: str = "",
    url: str | None = None,
    crosspost_of: Post | None = None,
    at: float | None = None,
) -> Post:
    moment = world.now if at is None else at
    post = Post(id=world.new_id("t3"), subreddit=subreddit, author=author, text=text, at=moment, title=title,
                url=url, crosspost_of=crosspost_of)  # fmt: skip
    if crosspost_of:
        crosspost_of.crossposts += 1
    subreddit.posts.append(post)
    world.things[post.fullname] = post
    return post


def comment(world: World, parent: Post | Comment, author: User, text: str, *, at: float | None = None) -> Comment:
    post = parent if isinstance(parent, Post) else parent.post
    moment = world.now if at is None else at
    made = Comment(id=world.new_id("t1"), subreddit=post.subreddit, author=author, text=text, at=moment, post=post,
                   parent=parent)  # fmt: skip
    post.comments.append(made)
    post.subreddit.comments.append(made)
    world.things[made.fullname] = made
    return made


def edit(world: World, thing: Post | Comment, text: str) -> None:
    thing.text = text
    if world.now - thing.at > UNMARKED_SECONDS:
        thing.edited = world.now


def delete(thing: Post | Comment) -> None:
    """Gone for good: nobody reads the words again. A comment with answers stays as a stub."""
    thing.deleted = True
    thing.text = "[deleted]"


def remove(
    world: World, thing: Post | Comment, *, by: str | None, category: str = "moderator", spam: bool = False
) -> None:
    thing.removed = Removal(category, world.now, by, spam)
    thing.approved_by = thing.approved_at = None
    note(world, thing.subreddit, by or "reddit", f"{'spam' if spam else 'remove'}{_noun(thing)}", thing)


def approve(world: World, thing: Post | Comment, *, by: str) -> None:
    thing.removed = None
    thing.approved_by, thing.approved_at = by, world.now
    thing.reports.clear()
    note(world, thing.subreddit, by, f"approve{_noun(thing)}", thing)


def lock(world: World, thing: Post | Comment, *, by: str, locked: bool = True) -> None:
    thing.locked = locked
    note(world, thing.subreddit, by, "lock" if locked else "unlock", thing)


def distinguish(world: World, thing: Post | Comment, how: str, *, by: str, sticky: bool = False) -> None:
    """`how`: yes (moderator), no, admin, special."""
    thing.distinguished = {"yes": "moderator", "no": None}.get(how, how)
    if isinstance(thing, Comment) and isinstance(thing.parent, Post):
        if sticky:
            for other in thing.post.comments:
                other.stickied = False
        thing.stickied = sticky
    note(world, thing.subreddit, by, "distinguish" if thing.distinguished else "undistinguish", thing)


def sticky(world: World, post: Post, *, by: str, state: bool = True) -> None:
    post.stickied = state
    note(world, post.subreddit, by, "sticky" if state else "unsticky", post)


def report(world: World, thing: Post | Comment, by: User, reason: str) -> None:
    moderator = thing.subreddit.moderator(by.name) is not None
    thing.reports.append(Report(by.name, reason, world.now, moderator))


def set_flair(world: World, post: Post, flair: Flair, *, by: str) -> None:
    post.flair = flair
    if post.subreddit.moderator(by):
        note(world, post.subreddit, by, "editflair", post, flair.text)


def set_user_flair(world: World, subreddit: Subreddit, name: str, flair: Flair, *, by: str) -> None:
    subreddit.user_flair[name.lower()] = flair
    if subreddit.moderator(by):
        note(world, subreddit, by, "editflair", None, flair.text, author=name)


def ban(world: World, subreddit: Subreddit, name: str, *, by: str, reason: str = "", banned: bool = True) -> None:
    if banned:
        subreddit.banned[name.lower()] = reason
    else:
        subreddit.banned.pop(name.lower(), None)
    note(world, subreddit, by, "banuser" if banned else "unbanuser", None, reason or None, author=name)


def note(
    world: World,
    subreddit: Subreddit,
    mod: str,
    action: str,
    thing: Post | Comment | None = None,
    details: str | None = None,
    *,
    author: str | None = None,
) -> None:
    """A line in the moderation log."""
    target = thing.fullname if thing else None
    whose = thing.author.name if thing else author
    line = LogEntry(f"ModAction_{world.new_id('log')}", world.now, mod, action, target, whose, details)
    subreddit.log.append(line)


def _noun(thing: Post | Comment) -> str:
    return "link" if isinstance(thing, Post) else "comment"
