"""Listings of the fake Reddit: pages, their anchors and the edges where items are lost."""

from __future__ import annotations

from collections.abc import Iterator

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


def posts(reddit: FakeReddit, clock: HandClock, count: int, subreddit: str = "help") -> list[Post]:
    """So many posts, a minute apart, oldest first."""
    made = []
    for number in range(count):
        clock.move(minutes=1)
        made.append(reddit.submit(subreddit, f"user{number}", f"Question {number}", "How?"))
    return made


def names(*things: Post) -> list[str]:
    return [one.fullname for one in things]


def test_newest_first_page_by_page(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    made = posts(reddit, clock, 5)
    first = web.get("/r/help/new", limit=2)
    assert first.names == names(made[4], made[3])
    assert first.body["data"]["after"] == made[3].fullname
    second = web.get("/r/help/new", limit=2, after=made[3].fullname)
    last = web.get("/r/help/new/", limit=2, after=made[1].fullname)
    assert second.names == names(made[2], made[1])
    assert last.names == names(made[0])
    assert last.body["data"]["after"] is None


def test_a_page_holds_25_items_and_100_at_most(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    posts(reddit, clock, 120)
    assert len(web.get("/r/help/new").names) == 25
    assert len(web.get("/r/help/new", limit=1024).names) == 100


def test_before_gives_the_items_nearest_to_the_anchor(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    made = posts(reddit, clock, 6)
    page = web.get("/r/help/new", before=made[1].fullname, limit=2)
    assert page.names == names(made[3], made[2])
    assert page.body["data"]["before"] == made[3].fullname
    assert web.get("/r/help/new", before=made[5].fullname).names == []


@pytest.mark.parametrize("direction", ["before", "after"])
def test_a_gone_anchor_gives_an_empty_page(reddit: FakeReddit, web: Plain, clock: HandClock, direction: str) -> None:
    made = posts(reddit, clock, 3)
    reddit.delete(made[1])
    assert web.get("/r/help/new", **{direction: made[1].fullname}).names == []
    assert web.get("/r/help/new", **{direction: "t3_never"}).names == []


def test_a_listing_ends_at_a_thousand_items(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    made = posts(reddit, clock, 1005)
    seen, after = [], ""
    while True:
        page = web.get("/r/help/new", limit=100, **({"after": after} if after else {}))
        seen += page.names
        after = page.body["data"]["after"]
        if not after:
            break
    assert seen == names(*made[:4:-1])
    assert web.get("/r/help/new", after=made[3].fullname).names == []


def test_several_subreddits_in_one_share_the_thousand(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    reddit.subreddit("quiet")
    quiet = posts(reddit, clock, 1, "quiet")[0]
    posts(reddit, clock, 1000)
    assert web.get("/r/help+quiet/new", before=quiet.fullname).names == []  # pushed out by the busy one
    assert web.get("/r/quiet/new").names == names(quiet)


def test_what_cannot_be_read_is_silently_left_out_of_several(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    reddit.subreddit("secret", kind="private")
    hidden, shown = posts(reddit, clock, 1, "secret"), posts(reddit, clock, 1)
    assert web.get("/r/help+secret+nowhere/new").names == names(*shown)
    assert names(*hidden)[0] not in web.get("/api/info", id=f"{hidden[0].fullname}").text


def test_removed_items_leave_and_come_back_in_their_place(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    made = posts(reddit, clock, 3)
    reddit.remove(made[1], by="mia")
    assert web.get("/r/help/new").names == names(made[2], made[0])
    reddit.restore(made[1], by="mia")
    assert web.get("/r/help/new").names == names(made[2], made[1], made[0])


def test_an_old_post_turns_up_again(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    made = posts(reddit, clock, 3)
    clock.move(days=30)
    reddit.resurface(made[0])
    first = web.log_in().get("/r/help/new").body["data"]["children"][0]["data"]
    assert first["name"] == made[0].fullname
    assert first["created_utc"] == made[0].at


def test_shadow_banned_words_are_not_listed(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    made = posts(reddit, clock, 2)
    reddit.user("user1", state="shadowbanned")
    assert web.get("/r/help/new").names == names(made[0])


def test_comments_of_a_subreddit_tell_their_post(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    post = posts(reddit, clock, 1)[0]
    comment = reddit.comment(post, "bob", "Like <this> & that")
    listed = web.get("/r/help/comments").body["data"]["children"][0]["data"]
    assert (listed["name"], listed["link_title"], listed["body"]) == (comment.fullname, post.title, comment.text)
    assert "&lt;this&gt; &amp; that" in web.ask("GET", "/r/help/comments").text  # without raw_json


def test_info_keeps_the_order_and_leaves_out_what_is_missing(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    made = posts(reddit, clock, 2)
    comment = reddit.comment(made[0], "bob", "Hm")
    wanted = [comment.fullname, "t3_never", made[1].fullname, made[0].fullname]
    assert web.get("/api/info", id=",".join(wanted)).names == [one for one in wanted if one != "t3_never"]
    assert web.get("/api/info", id=",".join(f"t3_{n}" for n in range(101))).body["reason"] == "TOO_MANY_THING_IDS"


def test_votes_and_flair_show_in_info(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    post = posts(reddit, clock, 1)[0]
    reddit.vote(post, -5)
    reddit.set_flair(post, "Solved", by="mia")
    data = web.get("/api/info", id=post.fullname).body["data"]["children"][0]["data"]
    assert (data["score"], data["link_flair_text"]) == (-4, "Solved")
