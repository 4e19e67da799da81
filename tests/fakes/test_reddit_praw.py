"""The fake Reddit under the real PRAW: watching, threads, speaking, and what it does when answers are lost."""

from __future__ import annotations

from collections.abc import Iterator

import praw
import prawcore
import pytest
import requests
from praw.exceptions import RedditAPIException
from praw.models import Comment, MoreComments
from prawcore.sessions import FiniteRetryStrategy

from tests.fakes.reddit import (
    FakeReddit,
    HandClock,
    Post,
    api_error,
    broken_json,
    hang,
    reset,
    status,
    too_many,
    unauthorized,
)


class Impatient(prawcore.Requestor):
    """PRAW waits 16 s for an answer, whatever its Requestor is told; this one does not."""

    def request(self, *args: object, timeout: float | None = None, **kwargs: object) -> requests.Response:
        return super().request(*args, timeout=0.3, **kwargs)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def reddit(clock: HandClock) -> Iterator[FakeReddit]:
    with FakeReddit(clock=clock) as fake:
        fake.subreddit("help", moderators=["mia", fake.bot], flairs=["Unsolved", "Solved"])
        yield fake
        assert fake.unknown == []


@pytest.fixture
def bot(reddit: FakeReddit, monkeypatch: pytest.MonkeyPatch) -> Iterator[praw.Reddit]:
    """Without the seconds that PRAW waits between its tries."""
    monkeypatch.setattr(FiniteRetryStrategy, "_sleep_seconds", lambda _: None)
    with requests.Session() as session:
        yield praw.Reddit(**reddit.login, requestor_class=Impatient, requestor_kwargs={"session": session})


@pytest.fixture
def post(reddit: FakeReddit) -> Post:
    return reddit.submit("help", "ann", "How?", "It closes.")


# -- watching


def test_new_posts_and_comments(reddit: FakeReddit, bot: praw.Reddit, clock: HandClock) -> None:
    made = []
    for number in range(130):
        clock.move(seconds=1)
        made.append(reddit.submit("help", f"user{number}", f"Question {number}"))
        reddit.comment(made[-1], "bob", f"Answer {number}")
    listed = list(bot.subreddit("help").new(limit=None))
    assert [one.fullname for one in listed] == [one.fullname for one in reversed(made)]
    assert listed[0].author.name == "user129"
    assert [one.body for one in bot.subreddit("help").comments(limit=3)] == ["Answer 129", "Answer 128", "Answer 127"]
    assert bot.user.me() == reddit.bot


def test_info_over_a_hundred_and_what_is_gone(reddit: FakeReddit, bot: praw.Reddit) -> None:
    made = [reddit.submit("help", "ann", f"Question {number}") for number in range(120)]
    reddit.user("ann", state="deleted")
    found = list(bot.info(fullnames=[*(one.fullname for one in made), "t3_never"]))
    assert len(found) == 120
    assert found[0].author is None
    assert len(reddit.asked("/api/info")) == 2


def test_a_tree_with_all_of_its_stubs(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    top = reddit.comment(post, "bob", "top")
    for number in range(300):
        reddit.comment(top if number % 3 else post, "cid", str(number))
    deep = top
    for number in range(30):
        deep = reddit.comment(deep, "ann", f"level {number}")
    gone = reddit.comment(top, "bob", "gone")
    reddit.comment(gone, "cid", "to the gone")
    reddit.delete(gone)
    thread = bot.submission(post.id)
    thread.comment_limit = 20
    assert any(isinstance(one, MoreComments) for one in thread.comments.list())
    assert thread.comments.replace_more(limit=None) == []
    found = {one.fullname: one for one in thread.comments.list() if isinstance(one, Comment)}
    assert found.keys() == {one.fullname for one in post.comments}
    assert (found[gone.fullname].author, found[gone.fullname].body) == (None, "[deleted]")
    assert found[deep.fullname].parent().author == "ann"


def test_a_comment_is_refreshed_with_its_answers(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    top = reddit.comment(post, "bob", "top")
    below = reddit.comment(top, "cid", "below")
    comment = bot.comment(top.id).refresh()
    assert [one.fullname for one in comment.replies.list() if isinstance(one, Comment)] == [below.fullname]


# -- speaking


def test_reply_edit_and_delete(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    mine = bot.submission(post.id).reply("I am a bot")
    assert mine is not None
    mine.edit("I am a bot.")
    mine.mod.distinguish(sticky=True)
    assert [one.text for one in reddit.comments_by(under=post)] == ["I am a bot."]
    assert [one.body for one in bot.redditor(reddit.bot).comments.new()] == ["I am a bot."]
    mine.delete()
    assert reddit.comments_by()[0].deleted


def test_refusals(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    reddit.delete(post)
    with pytest.raises(RedditAPIException, match="DELETED_LINK"):
        bot.submission(post.id).reply("x")
    reddit.fail("POST /api/comment", api_error("RATELIMIT", "Take a break for 9 minutes", "ratelimit"))
    with pytest.raises(RedditAPIException, match="RATELIMIT"):
        bot.submission(post.id).reply("x")


def test_messages_and_reports(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    bot.redditor("ann").message(subject="Hello", message="You asked")
    bot.submission(post.id).report("unsafe advice")
    reddit.message("ann", reddit.bot, "stop", "Please")
    [message] = list(bot.inbox.unread(limit=None))
    assert (message.author.name, message.subject) == ("ann", "stop")
    bot.inbox.mark_read([message])
    assert list(bot.inbox.unread(limit=None)) == []
    assert [one.kind for one in reddit.written()] == ["message", "report"]


# -- trouble


def test_a_lost_answer_makes_praw_write_three_times(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    submission = bot.submission(post.id)
    reddit.fail("POST /api/comment", hang().after(), times=3)
    with pytest.raises(prawcore.RequestException):
        submission.reply("once")
    assert len(reddit.comments_by()) == 3
    assert reddit.spoken_twice() == [post]


def test_a_reset_before_the_write_is_harmless(reddit: FakeReddit, bot: praw.Reddit, post: Post) -> None:
    reddit.fail("POST /api/comment", reset())
    bot.submission(post.id).reply("once")
    assert len(reddit.comments_by()) == 1


def test_errors_that_praw_mends_and_those_it_does_not(reddit: FakeReddit, bot: praw.Reddit) -> None:
    help_ = bot.subreddit("help")
    reddit.fail("/r/help/new", status(503), times=2)
    assert list(help_.new()) == []  # two errors are tried again
    reddit.fail("/r/help/new", unauthorized())
    assert list(help_.new()) == []  # a new token is asked for
    reddit.fail("/r/help/new", too_many(30))
    with pytest.raises(prawcore.TooManyRequests) as caught:
        list(help_.new())
    assert caught.value.retry_after == "30"
    reddit.fail("/r/help/new", broken_json())
    with pytest.raises(prawcore.BadJSON):
        list(help_.new())
    reddit.fail("/r/help/new", status(502), times=3)
    with pytest.raises(prawcore.ServerError):
        list(help_.new())


def test_a_used_up_quota(reddit: FakeReddit, bot: praw.Reddit) -> None:
    bot.user.me()
    reddit.use_up_quota()
    with pytest.raises(prawcore.TooManyRequests) as caught:
        list(bot.subreddit("help").new())
    assert caught.value.response.headers["x-ratelimit-remaining"] == "0.0"


def test_revoked_tokens_and_missing_scopes(reddit: FakeReddit, bot: praw.Reddit) -> None:
    list(bot.subreddit("help").new())
    reddit.access.revoke_all()
    assert list(bot.subreddit("help").new()) == []
    reddit.app("client", "planted-secret", scopes="identity")
    reddit.access.revoke_all()
    with pytest.raises(prawcore.InsufficientScope):
        list(bot.subreddit("help").new())
    assert bot.auth.scopes() == {"identity"}


def test_doors(reddit: FakeReddit, bot: praw.Reddit) -> None:
    reddit.subreddit("secret", kind="private")
    reddit.subreddit("gone", kind="banned")
    with pytest.raises(prawcore.Forbidden):
        list(bot.subreddit("secret").new())
    with pytest.raises(prawcore.NotFound):
        list(bot.subreddit("gone").new())
    with pytest.raises(prawcore.Redirect):
        list(bot.subreddit("nowhere").new())


def test_a_refresh_token(reddit: FakeReddit) -> None:
    login = {key: value for key, value in reddit.login.items() if key not in ("username", "password")}
    with requests.Session() as session:
        bot = praw.Reddit(**login, refresh_token=reddit.refresh_token(), requestor_kwargs={"session": session})
        assert bot.user.me() == reddit.bot
