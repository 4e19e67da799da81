"""What can be made to go wrong with the fake Reddit, before and after a wish came true."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator

import pytest

from tests.fakes.reddit import (
    FakeReddit,
    Fault,
    HandClock,
    Post,
    RealClock,
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
    with Plain(reddit, timeout=0.2) as client:
        yield client


@pytest.fixture
def post(reddit: FakeReddit) -> Post:
    return reddit.submit("help", "ann", "How?", "It closes.")


@pytest.mark.parametrize(
    ("fault", "code"),
    [(status(500), 500), (status(502), 502), (status(503), 503), (too_many(), 429), (forbidden(), 403),
     (forbidden("private"), 403), (unauthorized(), 401), (web_page(), 200), (broken_json(), 200)],
)  # fmt: skip
def test_an_answer_of_its_own_once(reddit: FakeReddit, web: Plain, fault: Fault, code: int) -> None:
    reddit.fail("/r/*/new", fault)
    broken = web.get("/r/help/new")
    assert (broken.status, broken.text) == (code, fault.body)
    assert web.get("/r/help/new").names == []


def test_429_with_and_without_words_about_the_time(reddit: FakeReddit, web: Plain) -> None:
    reddit.fail("/r/*/new", too_many())
    reddit.fail("/r/*/new", too_many(30, quota_headers=True))
    bare, told = web.get("/r/help/new"), web.get("/r/help/new")
    assert not any(key.startswith(("x-ratelimit", "retry")) for key in bare.headers)
    assert (told.headers["retry-after"], told.headers["x-ratelimit-used"]) == ("30", "0")


def test_a_refusal_inside_a_200(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.fail("POST /api/comment", api_error("RATELIMIT", "Take a break for 9 minutes", "ratelimit"))
    assert web.post("/api/comment", thing_id=post.fullname, text="x").errors == ["RATELIMIT"]
    assert reddit.comments_by() == []


LOST = (TimeoutError, ConnectionError, http.client.HTTPException)


@pytest.mark.parametrize("fault", [hang(), reset(), cut()])
@pytest.mark.parametrize("applied", [False, True])
def test_a_lost_answer(reddit: FakeReddit, web: Plain, post: Post, fault: Fault, applied: bool) -> None:
    reddit.fail("POST /api/comment", fault.after() if applied else fault)
    with pytest.raises(LOST):
        web.post("/api/comment", thing_id=post.fullname, text="x")
    assert len(reddit.comments_by()) == len(reddit.written("comment")) == int(applied)
    assert reddit.asked("POST /api/comment")[0].applied is applied
    assert web.get("/r/help/new").status == 200


def test_an_error_after_the_write(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.fail("POST /api/comment", status(502).after())
    assert web.post("/api/comment", thing_id=post.fullname, text="x").status == 502
    assert len(reddit.comments_by()) == 1


def test_patterns_count_skip_and_stop(reddit: FakeReddit, web: Plain) -> None:
    plan = reddit.fail("GET /r/help/*", status(503), times=2, skip=1)
    assert [web.get("/r/help/new").status for _ in range(4)] == [200, 503, 503, 200]
    assert plan.met == 2
    always = reddit.fail("*", status(500), times=None)
    assert web.get("/r/help/new").status == web.post("/api/comment").status == 500
    always.stop()
    assert web.get("/r/help/new").status == 200


def test_the_token_page_can_fail_too(reddit: FakeReddit, web: Plain) -> None:
    reddit.fail("/api/v1/access_token", status(503))
    assert web.grant(grant_type="password").status == 503


def test_a_delay_moves_a_clock_that_is_moved_by_hand(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    reddit.slow("/r/*", 2.0)
    reddit.fail("/r/*/new", status(502))
    before = clock.now()
    assert web.get("/r/help/new").status == 502
    assert clock.now() - before == 2.0
    assert (reddit.log[-1].at, reddit.log[-1].ended) == (before, before + 2.0)


def test_a_real_delay_holds_up_nobody_else() -> None:
    with FakeReddit(clock=RealClock()) as reddit, Plain(reddit) as web:
        reddit.subreddit("help")
        reddit.slow("/r/help/new", 0.3)
        waiting = threading.Thread(target=web.get, args=("/r/help/new",))
        began = time.monotonic()
        waiting.start()
        web.get("/r/help/about")
        assert time.monotonic() - began < 0.25
        waiting.join()
        assert time.monotonic() - began >= 0.3


def test_it_ends_while_somebody_waits() -> None:
    began = time.monotonic()
    with FakeReddit() as reddit:
        web = Plain(reddit, timeout=5).log_in()
        reddit.fail("*", hang(), times=None)
        waiting = threading.Thread(target=_ask_and_lose, args=(web,))
        waiting.start()
        while not reddit.asked("/api/v1/me"):
            time.sleep(0.01)
    waiting.join()
    assert time.monotonic() - began < 3


def _ask_and_lose(web: Plain) -> None:
    with pytest.raises(LOST):
        web.get("/api/v1/me")
