"""What members and the bot write on the fake Reddit: comments, edits, deletions, and the refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.reddit import FakeReddit, HandClock, Post
from tests.fakes.reddit.plain import Plain


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def reddit(clock: HandClock) -> Iterator[FakeReddit]:
    with FakeReddit(clock=clock) as fake:
        fake.subreddit("help", moderators=["mia"])
        yield fake


@pytest.fixture
def web(reddit: FakeReddit) -> Iterator[Plain]:
    with Plain(reddit) as client:
        yield client


@pytest.fixture
def post(reddit: FakeReddit) -> Post:
    return reddit.submit("help", "ann", "How?", "It closes.")


def shown(web: Plain, name: str) -> dict[str, Any]:
    data: dict[str, Any] = web.get("/api/info", id=name).body["data"]["children"][0]["data"]
    return data


def test_a_comment_is_written_and_recorded(reddit: FakeReddit, web: Plain, post: Post) -> None:
    answer = web.post("/api/comment", thing_id=post.fullname, text="Look here", api_type="json")
    made = answer.body["json"]["data"]["things"][0]["data"]
    assert (made["author"], made["body"], made["parent_id"]) == (reddit.bot, "Look here", post.fullname)
    [written] = reddit.written()
    assert (written.kind, written.target, written.made) == ("comment", post.fullname, made["name"])
    assert [one.text for one in reddit.comments_by(under=post)] == ["Look here"]
    assert reddit.spoken_twice() == []


def test_nothing_recognises_a_comment_written_twice(reddit: FakeReddit, web: Plain, post: Post) -> None:
    for _ in range(2):
        web.post("/api/comment", thing_id=post.fullname, text="Look here")
    assert reddit.spoken_twice() == [post]


Prepare = Callable[[FakeReddit, Post], object]


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda fake, post: fake.lock(post, by="mia"), "THREAD_LOCKED"),
        (lambda fake, post: fake.archive(post), "TOO_OLD"),
        (lambda fake, post: fake.delete(post), "DELETED_LINK"),
    ],
)
def test_refusals_inside_a_200(reddit: FakeReddit, web: Plain, post: Post, prepare: Prepare, code: str) -> None:
    prepare(reddit, post)
    answer = web.post("/api/comment", thing_id=post.fullname, text="Look here")
    assert (answer.status, answer.errors) == (200, [code])
    assert reddit.written() == []


def test_an_empty_comment_is_refused(web: Plain, post: Post) -> None:
    assert web.post("/api/comment", thing_id=post.fullname, text="  ").errors == ["NO_TEXT"]
    assert web.post("/api/comment", thing_id=post.fullname, text="x" * 10_001).errors == ["TOO_LONG"]
    assert web.post("/api/comment", thing_id="t3_never", text="x").status == 404


def test_a_banned_account_reads_and_does_not_write(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.ban("help", reddit.bot, by="mia")
    assert web.post("/api/comment", thing_id=post.fullname, text="x").status == 403
    assert web.get("/r/help/new").names == [post.fullname]
    reddit.unban("help", reddit.bot, by="mia")
    assert web.post("/api/comment", thing_id=post.fullname, text="x").status == 200


def test_moderators_answer_in_locked_threads(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.lock(post, by="mia")
    assert web.as_user("mia").post("/api/comment", thing_id=post.fullname, text="x").errors == []


def test_posts_are_archived_after_six_months(web: Plain, post: Post, clock: HandClock) -> None:
    clock.move(days=181)
    web.log_in()
    assert shown(web, post.fullname)["archived"] is True
    assert web.post("/api/comment", thing_id=post.fullname, text="x").errors == ["TOO_OLD"]


def test_an_early_edit_leaves_no_mark(reddit: FakeReddit, web: Plain, post: Post, clock: HandClock) -> None:
    clock.move(minutes=2)
    reddit.edit(post, "It closes at once.")
    assert shown(web, post.fullname)["edited"] is False
    clock.move(minutes=2)
    reddit.edit(post, "It closes at once. Help!")
    assert shown(web, post.fullname)["edited"] == clock.now()
    assert shown(web, post.fullname)["selftext"] == "It closes at once. Help!"


def test_the_bot_edits_and_deletes_its_own_words_only(reddit: FakeReddit, web: Plain, post: Post) -> None:
    made = web.post("/api/comment", thing_id=post.fullname, text="a").body["json"]["data"]["things"][0]["data"]
    edited = web.post("/api/editusertext", thing_id=made["name"], text="b")
    assert edited.body["json"]["data"]["things"][0]["data"]["body"] == "b"
    assert web.post("/api/editusertext", thing_id=post.fullname, text="b").errors == ["NOT_AUTHOR"]
    assert web.post("/api/del", id=made["name"]).status == 200
    assert shown(web, made["name"])["author"] == "[deleted]"
    assert [one.kind for one in reddit.written()] == ["comment", "edit", "delete"]


def test_deleted_and_removed_posts_tell_why(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.remove(post, category="automod_filtered")
    removed = shown(web, post.fullname)
    assert (removed["author"], removed["selftext"]) == ("ann", "[removed]")
    assert removed["removed_by_category"] == "automod_filtered"
    reddit.delete(post)
    deleted = shown(web, post.fullname)
    assert (deleted["author"], deleted["selftext"]) == ("[deleted]", "[deleted]")
    assert deleted["removed_by_category"] == "deleted"


def test_a_deleted_account_leaves_its_words(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.user("ann", state="deleted")
    left = shown(web, post.fullname)
    assert (left["author"], left["selftext"]) == ("[deleted]", "It closes.")
    assert "author_fullname" not in left
    assert web.get("/user/ann/about").status == 404


def test_a_crosspost_names_its_parent(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.subreddit("other")
    crossed = shown(web, reddit.crosspost(post, "other", "ann").fullname)
    assert crossed["crosspost_parent"] == post.fullname
    assert crossed["crosspost_parent_list"][0]["title"] == post.title
    assert crossed["is_self"] is False
    assert shown(web, post.fullname)["num_crossposts"] == 1


def test_a_quarantined_subreddit_takes_a_comment_and_does_not_show_it(reddit: FakeReddit, web: Plain) -> None:
    reddit.subreddit("odd", kind="quarantined")
    post = reddit.submit("odd", "ann", "How?")
    assert web.get("/r/odd/new").body["reason"] == "quarantined"
    web.post("/api/quarantine_optin", sr_name="odd")
    answer = web.post("/api/comment", thing_id=post.fullname, text="x")
    assert answer.body["json"]["data"]["things"] == []
    assert len(reddit.comments_by()) == 1


def test_reports_and_messages_are_recorded(reddit: FakeReddit, web: Plain, post: Post) -> None:
    web.post("/api/report", id=post.fullname, reason="spam")
    web.post("/api/compose", to="ann", subject="Hello", text="You asked")
    assert web.post("/api/compose", to="nobody_at_all", subject="a", text="b").errors == ["USER_DOESNT_EXIST"]
    assert [(one.kind, one.target) for one in reddit.written()] == [("report", post.fullname), ("message", "ann")]
    assert shown(web.as_user("mia"), post.fullname)["num_reports"] == 1
    assert len(web.as_user("ann").get("/message/unread").names) == 1


def test_an_account_finds_what_it_wrote(web: Plain, reddit: FakeReddit, post: Post) -> None:
    for text in ("a", "b"):
        web.post("/api/comment", thing_id=post.fullname, text=text)
    mine = web.get(f"/user/{reddit.bot}/comments", sort="new")
    assert [child["data"]["body"] for child in mine.body["data"]["children"]] == ["b", "a"]
