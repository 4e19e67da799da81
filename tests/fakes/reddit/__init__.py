"""A Reddit of the project's own on loopback, for the real PRAW.

    with FakeReddit() as reddit:
        reddit.subreddit("help", moderators=["mia", reddit.bot], flairs=["Unsolved", "Solved"])
        post = reddit.submit("help", "ann", "How do I save?", "It just closes.")
        answer = reddit.comment(post, "bob", "Press Ctrl+S.")
        praw.Reddit(**reddit.login)                     # the bot's key; reddit.where has only the addresses

It runs in a thread and loop of its own; all methods may be called from any thread.

**People** (people.py): submit, crosspost, comment, automod, edit, delete, vote, report, remove, restore, lock,
archive, distinguish, set_flair, set_user_flair, edit_wiki, write_modmail, answer_modmail, message, ban, resurface;
user(name, state="deleted" | "suspended" | "shadowbanned"), subreddit(name, kind="private" | "banned" | ...).

**Time** (clock.py): RealClock, HandClock (moved by hand; a delay moves it), FastClock (hours within a test).
Times, tokens, the quota, the Date header and delays are the clock's. PRAW's own waiting is not: it spreads its
requests over what is left of the quota's window, in real seconds.

**Trouble** (faults.py): `reddit.fail("POST /api/comment", hang().after(), times=1)` carries the comment out and
never answers. Patterns are "METHOD /path" or "/path" with *, without a slash at the end. Faults: status(502),
too_many(), forbidden(), unauthorized(), api_error(), broken_json(), web_page(), hang(), reset(), cut(); each alone
is met before anything happens, with `.after()` after the request was applied. `reddit.slow("*", 2.0)` delays.
`reddit.access.revoke_all()` kills the tokens, `reddit.use_up_quota()` leaves nothing of the key's window.

**Judgement** (judge.py): written("comment", "modmail", "flair", "note", "wiki", ...) is all that the bot did over
the API, comments_by(), spoken_twice(), asked("/r/*/new") with times, busiest(60); `reddit.unknown` names routes
that were asked for and are missing here. `reddit.world` holds all of the state.

What it knows of Reddit: listings reach 1,000 items back (several subreddits in one share them), a gone anchor
gives an empty page, removed items leave listings and come back in their place, edits within 3 minutes leave no
mark, deleted comments stay as stubs above answers, `more` and "continue this thread" stubs, what only moderators
see, redirects for missing subreddits, scores hidden at first, posts archived after 180 days.
"""

from tests.fakes.reddit.clock import Clock, FastClock, HandClock, RealClock
from tests.fakes.reddit.fake import FakeReddit
from tests.fakes.reddit.faults import (
    Fault,
    api_error,
    broken_json,
    cut,
    forbidden,
    hang,
    reset,
    status,
    too_many,
    unauthorized,
    web_page,
)
from tests.fakes.reddit.model import Comment, Flair, Post, Subreddit, User
from tests.fakes.reddit.quota import Quota

__all__ = [
    "Clock",
    "Comment",
    "FakeReddit",
    "FastClock",
    "Fault",
    "Flair",
    "HandClock",
    "Post",
    "Quota",
    "RealClock",
    "Subreddit",
    "User",
    "api_error",
    "broken_json",
    "cut",
    "forbidden",
    "hang",
    "reset",
    "status",
    "too_many",
    "unauthorized",
    "web_page",
]
