"""Keys, scopes, the quota, and the doors of the fake Reddit."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest

from tests.fakes.reddit import FakeReddit, FastClock, HandClock, Quota
from tests.fakes.reddit.model import SubredditKind
from tests.fakes.reddit.plain import Plain


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def reddit(clock: HandClock) -> Iterator[FakeReddit]:
    with FakeReddit(clock=clock, quota=Quota(10, 600)) as fake:
        fake.subreddit("help", moderators=["mia"])
        yield fake


@pytest.fixture
def web(reddit: FakeReddit) -> Iterator[Plain]:
    with Plain(reddit) as client:
        yield client


def test_the_password_opens_and_a_wrong_one_is_a_200_with_an_error(reddit: FakeReddit, web: Plain) -> None:
    assert web.get("/api/v1/me").body["name"] == reddit.bot
    wrong = web.grant(grant_type="password", username=reddit.bot, password="guess")
    assert (wrong.status, wrong.body) == (200, {"error": "invalid_grant"})
    assert web.grant("client", "guess", grant_type="password").status == 401


def test_a_refresh_token_opens_too(reddit: FakeReddit, web: Plain) -> None:
    web.token = web.grant(grant_type="refresh_token", refresh_token=reddit.refresh_token()).body["access_token"]
    assert web.get("/api/v1/me").body["name"] == reddit.bot
    assert web.grant(grant_type="refresh_token", refresh_token="never").status == 400


def test_revoked_and_old_tokens_are_refused(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    reddit.access.revoke_all()
    refused = web.get("/r/help/new")
    assert refused.status == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert web.log_in().get("/r/help/new").status == 200
    clock.move(days=2)
    assert web.get("/r/help/new").status == 401


def test_a_token_does_what_its_scopes_allow(reddit: FakeReddit, web: Plain) -> None:
    reddit.app("client", "planted-secret", scopes="identity read")
    assert web.log_in().get("/r/help/new").status == 200
    refused = web.get("/r/help/wiki/pages")
    assert refused.status == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert "wikiread" in web.get("/api/v1/scopes").body


def test_every_answer_tells_the_quota(web: Plain) -> None:
    told = web.get("/r/help/new").headers
    assert (told["x-ratelimit-used"], told["x-ratelimit-remaining"], told["x-ratelimit-reset"]) == ("1", "9.0", "60")
    assert web.get("/r/nowhere/new").headers["x-ratelimit-used"] == "2"


def test_beyond_the_quota_it_is_429_until_the_window_ends(web: Plain, clock: HandClock) -> None:
    for _ in range(10):
        web.get("/r/help/new")
    refused = web.get("/r/help/new")
    assert (refused.status, refused.body["error"]) == (429, 429)
    assert refused.headers["x-ratelimit-remaining"] == "0.0"
    clock.move(seconds=float(refused.headers["x-ratelimit-reset"]))
    assert web.get("/r/help/new").status == 200


def test_keys_have_quotas_of_their_own(reddit: FakeReddit, web: Plain) -> None:
    reddit.app("second", "planted-secret")
    reddit.use_up_quota()
    assert web.get("/r/help/new").status == 429
    web.token = web.grant("second", grant_type="password", username=reddit.bot,
                          password="planted-password").body["access_token"]  # fmt: skip
    assert web.get("/r/help/new").status == 200


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [("private", 403, "private"), ("quarantined", 403, "quarantined"), ("banned", 404, "banned")],
)
def test_closed_subreddits_say_why(
    reddit: FakeReddit, web: Plain, kind: SubredditKind, status: int, reason: str
) -> None:
    reddit.subreddit("help", kind=kind)
    closed = web.get("/r/help/new")
    assert (closed.status, closed.body["reason"]) == (status, reason)
    assert web.as_user("mia").get("/r/help/new").status == (404 if kind == "banned" else 200)


def test_a_missing_subreddit_leads_to_the_search(web: Plain) -> None:
    answer = web.get("/r/nowhere/about")
    assert (answer.status, answer.headers["location"]) == (302, "/subreddits/search?q=nowhere")


def test_accounts_show_their_state(reddit: FakeReddit, web: Plain) -> None:
    reddit.user("loud", state="suspended")
    reddit.user("ghost", state="shadowbanned")
    assert web.get("/user/loud/about").body["data"]["is_suspended"] is True
    assert web.get("/user/ghost/about").status == 404
    reddit.user(reddit.bot, state="suspended")
    post = reddit.submit("help", "ann", "How?")
    assert web.get("/api/v1/me").body["is_suspended"] is True
    assert web.post("/api/comment", thing_id=post.fullname, text="x").status == 403


def test_moderators_and_their_permissions(reddit: FakeReddit, web: Plain) -> None:
    reddit.appoint("help", "carl", ["posts", "flair"])
    listed = web.get("/r/help/about/moderators").body
    assert listed["kind"] == "UserList"
    assert {one["name"]: one["mod_permissions"] for one in listed["data"]["children"]} == {
        "mia": ["all"],
        "carl": ["flair", "posts"],
    }
    assert web.get("/r/help/about", raw_json=1).body["data"]["user_is_moderator"] is False
    mine = web.as_user("carl").get("/subreddits/mine/moderator")
    assert [one["data"]["display_name"] for one in mine.body["data"]["children"]] == ["help"]


def test_all_requests_are_recorded_without_passwords(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    web.get("/r/help/new", limit=5)
    clock.move(seconds=90)
    web.get("/r/help/comments")
    assert [one.name for one in reddit.log] == ["POST /api/v1/access_token", "GET /r/help/new", "GET /r/help/comments"]
    assert reddit.log[0].form == {}
    assert (reddit.asked("/r/*/new")[0].query["limit"], reddit.asked("/r/*/new")[0].status) == ("5", 200)
    assert (reddit.busiest(60), reddit.busiest(120)) == (1, 2)
    assert "planted" not in str(reddit.log)


def test_a_route_that_is_missing_here_is_named(reddit: FakeReddit, web: Plain) -> None:
    assert web.get("/r/help/about/traffic").status == 404
    assert reddit.unknown == ["GET /r/help/about/traffic"]


def test_the_date_is_the_clocks(web: Plain, clock: HandClock) -> None:
    assert parsedate_to_datetime(web.get("/r/help/new").headers["date"]) == clock.utc()


def test_the_fakes_own_failure_comes_to_light() -> None:
    def fail() -> None:
        with FakeReddit() as reddit, Plain(reddit) as web:
            del reddit.world.things
            web.get("/api/info", id="t3_any")

    with pytest.raises(ExceptionGroup, match="the fake itself failed"):
        fail()


def test_a_fast_clock_runs() -> None:
    clock = FastClock(1000.0, start=1_767_268_740.0)
    before = clock.now()
    with FakeReddit(clock=clock) as reddit, Plain(reddit) as web:
        reddit.slow("*", 20.0)
        web.get("/api/v1/me")
        assert clock.now() - before >= 20.0
