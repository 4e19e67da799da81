"""Comment trees of the fake Reddit: order, depth, stubs, and what is left of dead comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.reddit import Comment, FakeReddit, HandClock, Post
from tests.fakes.reddit.plain import Plain


@pytest.fixture
def reddit() -> Iterator[FakeReddit]:
    with FakeReddit(clock=HandClock()) as fake:
        fake.subreddit("help", moderators=["mia"])
        yield fake


@pytest.fixture
def web(reddit: FakeReddit) -> Iterator[Plain]:
    with Plain(reddit) as client:
        yield client


@pytest.fixture
def post(reddit: FakeReddit) -> Post:
    return reddit.submit("help", "ann", "How?", "It closes.")


def tree(web: Plain, post: Post, path: str = "", **query: object) -> list[dict[str, Any]]:
    children: list[dict[str, Any]] = web.get(f"/comments/{post.id}{path}", **query).body[1]["data"]["children"]
    return children


def replies(thing: dict[str, Any]) -> list[dict[str, Any]]:
    below = thing["data"]["replies"]
    return below["data"]["children"] if below else []


def names(things: list[dict[str, Any]]) -> list[str]:
    return [one["data"]["name"] for one in things]


def chain(reddit: FakeReddit, parent: Post | Comment, length: int) -> list[Comment]:
    """Answers to answers, topmost first."""
    made: list[Comment] = []
    for number in range(length):
        made.append(reddit.comment(made[-1] if made else parent, "bob", f"level {number}"))
    return made


def test_answers_hang_below_what_they_answer(reddit: FakeReddit, web: Plain, post: Post) -> None:
    top, below = chain(reddit, post, 2)
    page = web.get(f"/comments/{post.id}")
    assert page.body[0]["data"]["children"][0]["data"]["name"] == post.fullname
    shown = tree(web, post)
    assert (names(shown), names(replies(shown[0]))) == ([top.fullname], [below.fullname])
    assert replies(shown[0])[0]["data"]["depth"] == 1
    assert replies(shown[0])[0]["data"]["replies"] == ""


def test_the_sort_decides_and_the_sticky_stays_on_top(reddit: FakeReddit, web: Plain, post: Post) -> None:
    old = reddit.comment(post, "bob", "old")
    sticky = reddit.automod(post)
    new = reddit.comment(post, "cid", "new")
    reddit.vote(old, 5)
    assert names(tree(web, post)) == [sticky.fullname, old.fullname, new.fullname]
    assert names(tree(web, post, sort="new")) == [sticky.fullname, new.fullname, old.fullname]
    assert tree(web, post)[0]["data"]["distinguished"] == "moderator"


def test_more_stubs_are_resolved(reddit: FakeReddit, web: Plain, post: Post) -> None:
    tops = [reddit.comment(post, "bob", f"top {number}") for number in range(6)]
    below = reddit.comment(tops[5], "cid", "below")
    shown = tree(web, post, limit=4, sort="old")
    stub = shown[-1]["data"]
    assert names(shown[:-1]) == [one.fullname for one in tops[:4]]
    assert (stub["count"], stub["children"], stub["parent_id"]) == (3, [tops[4].id, tops[5].id], post.fullname)
    answer = web.post("/api/morechildren", link_id=post.fullname, children=",".join(stub["children"]), sort="old")
    assert names(answer.body["json"]["data"]["things"]) == [tops[4].fullname, tops[5].fullname, below.fullname]


def test_a_hundred_comments_a_time(reddit: FakeReddit, web: Plain, post: Post) -> None:
    made = [reddit.comment(post, "bob", str(number)) for number in range(130)]
    ids = ",".join(one.id for one in made)
    things = web.post("/api/morechildren", link_id=post.fullname, children=ids).body["json"]["data"]["things"]
    assert [one["kind"] for one in things] == ["t1"] * 100 + ["more"]
    assert things[-1]["data"]["count"] == 30


def test_below_the_tenth_level_the_thread_is_to_be_continued(reddit: FakeReddit, web: Plain, post: Post) -> None:
    made = chain(reddit, post, 12)
    level = tree(web, post)
    for _ in range(10):
        last, level = level[0], replies(level[0])
    assert last["data"]["name"] == made[9].fullname
    assert (level[0]["kind"], level[0]["data"]["count"], level[0]["data"]["children"]) == ("more", 0, [])
    further = tree(web, post, f"/_/{made[9].id}")
    assert names(further) == [made[9].fullname]
    assert names(replies(further[0])) == [made[10].fullname]


def test_one_comment_with_what_it_answers(reddit: FakeReddit, web: Plain, post: Post) -> None:
    made = chain(reddit, post, 3)
    reddit.comment(made[0], "cid", "beside")
    shown = tree(web, post, f"/_/{made[2].id}", context=1)
    assert names(shown) == [made[1].fullname]
    assert names(replies(shown[0])) == [made[2].fullname]


def test_deleted_comments_stay_as_stubs_above_answers(reddit: FakeReddit, web: Plain, post: Post) -> None:
    top, below = chain(reddit, post, 2)
    alone = reddit.comment(post, "cid", "alone")
    reddit.delete(top)
    reddit.delete(alone)
    shown = tree(web, post)
    assert names(shown) == [top.fullname]
    assert (shown[0]["data"]["author"], shown[0]["data"]["body"]) == ("[deleted]", "[deleted]")
    assert names(replies(shown[0])) == [below.fullname]
    assert tree(web, post, f"/_/{alone.id}") == []


def test_members_see_that_something_was_removed_and_moderators_what(reddit: FakeReddit, web: Plain, post: Post) -> None:
    top, _ = chain(reddit, post, 2)
    reddit.remove(top, by="mia")
    for_members = tree(web, post)[0]["data"]
    for_moderators = tree(web.as_user("mia"), post)[0]["data"]
    assert (for_members["author"], for_members["body"], for_members["banned_by"]) == ("[deleted]", "[removed]", None)
    assert (for_moderators["author"], for_moderators["body"]) == ("bob", "level 0")
    assert (for_moderators["banned_by"], for_moderators["removed"]) == ("mia", True)


def test_a_shadow_banned_answer_is_seen_by_its_author_and_moderators_only(
    reddit: FakeReddit, web: Plain, post: Post
) -> None:
    answer = reddit.comment(post, "ghost", "Try this")
    reddit.user("ghost", state="shadowbanned")
    assert tree(web, post) == []
    assert names(tree(web.as_user("ghost"), post)) == [answer.fullname]
    assert tree(web.as_user("mia"), post)[0]["data"]["banned_by"] is True
    reddit.restore(answer, by="mia")
    assert names(tree(web, post)) == [answer.fullname]


def test_num_comments_counts_the_living(reddit: FakeReddit, web: Plain, post: Post) -> None:
    made = chain(reddit, post, 3)
    reddit.delete(made[0])
    reddit.remove(made[1], by="mia")
    data = web.get("/api/info", id=post.fullname).body["data"]["children"][0]["data"]
    assert data["num_comments"] == 1


def test_a_young_comment_hides_its_score(web: Plain, reddit: FakeReddit, post: Post) -> None:
    reddit.subreddit("help", hides_scores_minutes=60)
    reddit.vote(reddit.comment(post, "bob", "Hm"), -10)
    assert tree(web, post)[0]["data"]["score"] == 1
    assert tree(web, post)[0]["data"]["score_hidden"] is True


def test_a_deep_thread_does_not_break_it(reddit: FakeReddit, web: Plain, post: Post) -> None:
    made = chain(reddit, post, 600)
    assert names(tree(web, post)) == [made[0].fullname]
