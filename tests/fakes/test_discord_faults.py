"""Rate limits and faults of the fake Discord, its page, and that it would notice its own mistakes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fakes.discord import Channel, FakeDiscord, Kind, Limits, Person
from tests.fakes.discord.plain import PlainClient
from tests.fakes.discord.schema import where


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(limits=Limits.real()) as fake:
        yield fake


@pytest.fixture
async def client(fake: FakeDiscord) -> AsyncIterator[PlainClient]:
    async with PlainClient(fake) as client:
        yield client


@pytest.fixture
def channel(fake: FakeDiscord) -> Channel:
    return fake.add_channel(fake.add_guild(), "help")


@pytest.fixture
def ann(fake: FakeDiscord, channel: Channel) -> Person:
    return fake.add_member(channel.the_guild, "ann")


SEND = "POST /channels/*/messages"


async def test_a_bucket_counts_down_and_then_says_when(
    fake: FakeDiscord, client: PlainClient, channel: Channel
) -> None:
    got = [await client.send(channel.id, "x") for _ in range(6)]
    assert [one.headers["X-RateLimit-Remaining"] for one in got] == ["4", "3", "2", "1", "0", "0"]
    assert {one.headers["X-RateLimit-Limit"] for one in got} == {"5"}
    assert len({one.headers["X-RateLimit-Bucket"] for one in got}) == 1
    last = got[-1]
    assert (last.status, last.body["global"], last.headers["X-RateLimit-Scope"]) == (429, False, "user")
    assert 4 < last.body["retry_after"] <= 5
    assert last.headers["Via"]
    assert int(last.headers["Retry-After"]) == 5
    other = fake.add_channel(channel.the_guild, "other")
    assert (await client.send(other.id, "a bucket of its own")).status == 200
    assert len(fake.messages(channel)) == 5
    assert fake.limits.hits == 1


async def test_a_window_ends(fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person) -> None:
    message = ann.post(channel, "x")
    path = f"/channels/{channel.id}/messages/{message.id}/reactions/a/@me"
    assert (await client.put(path)).status == 204
    refused = await client.put(path)
    assert refused.status == 429
    await asyncio.sleep(refused.body["retry_after"] + 0.01)
    assert (await client.put(path)).status == 204


async def test_the_global_limit_holds_everything_but_interactions(
    fake: FakeDiscord, client: PlainClient, channel: Channel
) -> None:
    fake.limits.per_second = 3
    paths = [f"/channels/{channel.id}", f"/guilds/{channel.the_guild.id}", "/users/@me", "/gateway"]
    got = [await client.get(path) for path in paths]
    assert [one.status for one in got] == [200, 200, 200, 429]
    assert (got[-1].body["global"], got[-1].headers["X-RateLimit-Global"]) == (True, "true")
    assert (await client.post("/interactions/1/unknown/callback", {"type": 6})).code == 10062


async def test_429s_on_demand(fake: FakeDiscord, client: PlainClient, channel: Channel) -> None:
    fake.limits.exhaust(SEND, retry_after=7.5, times=2)
    for _ in range(2):
        assert (await client.send(channel.id, "x")).body["retry_after"] == 7.5
    assert (await client.send(channel.id, "x")).status == 200
    fake.limits.exhaust("*", everywhere=True)
    assert (await client.get("/users/@me")).body["global"] is True
    fake.limits.exhaust(SEND, shared=True)
    assert (await client.send(channel.id, "x")).headers["X-RateLimit-Scope"] == "shared"
    assert fake.limits.invalid_requests == 3


async def test_who_does_not_listen_is_banned(fake: FakeDiscord, client: PlainClient) -> None:
    fake.limits.ban_after = 3
    async with PlainClient(fake, token="wrong") as stranger:
        for _ in range(3):
            assert (await stranger.get("/users/@me")).status == 401
    banned = await client.get("/users/@me")
    assert banned.status == 429
    assert "Via" not in banned.headers
    assert "1015" in banned.body


# -- faults


@pytest.mark.parametrize(("after", "shown"), [(False, []), (True, ["x"])])
@pytest.mark.parametrize("status", [500, 502])
async def test_a_server_error_before_and_after_the_work(
    fake: FakeDiscord, client: PlainClient, channel: Channel, after: bool, shown: list[str], status: int
) -> None:
    fake.faults.fail(SEND, status, after=after)
    assert (await client.send(channel.id, "x")).status == status
    assert [one.content for one in fake.messages(channel)] == shown
    assert (await client.send(channel.id, "y")).status == 200


@pytest.mark.parametrize(("status", "code"), [(401, 0), (403, 50001), (403, 50013), (404, 10008), (404, 10003)])
async def test_refusals_on_demand(
    fake: FakeDiscord, client: PlainClient, channel: Channel, status: int, code: int
) -> None:
    fake.faults.fail("PATCH /channels/*/messages/*", status, code=code, times=2, skip=1)
    sent = await client.send(channel.id, "x")
    path = f"/channels/{channel.id}/messages/{sent.body['id']}"
    got = [await client.patch(path, {"content": "y"}) for _ in range(4)]
    assert [one.status for one in got] == [200, status, status, 200]
    assert got[1].code == code


async def test_a_connection_breaks(fake: FakeDiscord, client: PlainClient, channel: Channel) -> None:
    fake.faults.drop(SEND)
    fake.faults.drop(SEND, after=True, skip=1)
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await client.send(channel.id, "x")
    assert len(fake.messages(channel)) == 1
    assert [one.status for one in fake.rest.asked] == [0, 0]


async def test_answers_come_late_or_when_told(fake: FakeDiscord, client: PlainClient, channel: Channel) -> None:
    fake.faults.delay(SEND, 0.1)
    start = time.monotonic()
    await client.send(channel.id, "slow")
    assert time.monotonic() - start >= 0.1
    gate = fake.faults.hold(SEND, after=True)
    sending = asyncio.create_task(client.send(channel.id, "held"))
    await asyncio.sleep(0.05)
    assert not sending.done()
    assert fake.messages(channel)[-1].content == "held"
    gate.set()
    assert (await sending).status == 200
    fake.faults.fail("*", 500)
    fake.faults.clear()
    assert (await client.send(channel.id, "free")).status == 200


async def test_requests_are_kept_and_counted(fake: FakeDiscord, client: PlainClient, channel: Channel) -> None:
    await client.send(channel.id, "x")
    await client.get(f"/channels/{channel.id}/messages/1")
    assert [str(one) for one in fake.rest.asked] == [
        f"POST /channels/{channel.id}/messages -> 200",
        f"GET /channels/{channel.id}/messages/1 -> 404",
    ]
    assert fake.rest.asked[0].body == {"content": "x"}
    assert fake.rest.counts == {
        ("POST /channels/{channel_id}/messages", 200): 1,
        ("GET /channels/{channel_id}/messages/{message_id}", 404): 1,
    }


# -- its own mistakes, and its page


async def test_what_the_document_does_not_know_is_raised_on_exit() -> None:
    if not where().is_file():
        pytest.skip("the OpenAPI document is not there")
    async with PlainClient(fake := FakeDiscord(validate=True)) as client:
        await fake.__aenter__()
        channel = fake.add_channel(fake.add_guild(), "help")
        fake.add_member(channel.the_guild, "ann").post(channel, "x").content = 5  # type: ignore[assignment]
        await client.get(f"/channels/{channel.id}/messages")
        with pytest.raises(AssertionError, match=r"GET /channels/.*0/content: 5 is not of type 'string'"):
            await fake.__aexit__(None)


async def test_routes_that_are_not_known_are_noticed() -> None:
    async with FakeDiscord() as fake, PlainClient(fake) as client:
        assert (await client.get("/nowhere")).status == 404
        assert fake.violations == ["not known here: GET /api/v10/nowhere"]
        fake.violations.clear()


async def test_the_page_reads_marks_and_mentions_as_a_client_does(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    role = fake.add_role(channel.the_guild, "Staff <b>")
    ann.post(channel, f"**bold** {ann.mention} <@&{role.id}> <#{channel.id}> <t:0:R> `<@1>`\n```py\n<@2> **x**```")
    ann.post(channel, '[click](javascript:alert) [click](https://example.org/"x**y**<@1>) <@3> # __u__ ~~s~~ <t:0:Z>')
    page = fake.html()
    for shown in (
        "<b>bold</b>", ">@ann<", ">@Staff &lt;b&gt;<", ">#help<", "1970-01-01 00:00 UTC", "<code>&lt;@1&gt;</code>",
        "<pre>&lt;@2&gt; **x**</pre>", "@unknown-user", "<u>u</u>", "<s>s</s>",
    ):  # fmt: skip
        assert shown in page
    assert page.count("href=") == page.count('href="https://example.org/&quot;x**y**&lt;@1"') == 1
    async with client.http.get(fake.page_url) as served:
        assert 'http-equiv="refresh"' in await served.text()


async def test_the_page_shows_everything_and_is_safe(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    evil = "<script>alert('x')</script>"
    question = ann.post(channel, f"{evil} @everyone")
    fake.owner_of(channel.the_guild).reply(question, "Hm")
    thread = ann.start_thread(question, evil)
    ann.post(thread, evil)
    ann.react(question, "👍")
    ann.attach(channel, f"{evil}.png")
    ann.ask_poll(channel, evil, evil)
    ann.forward(question, channel)
    forum = fake.add_channel(channel.the_guild, evil, Kind.FORUM, tags=[evil])
    ann.forum_post(forum, evil, evil, tags=[evil])
    button = {"type": 2, "style": 1, "label": evil, "custom_id": evil}
    embed = {"title": evil, "description": evil, "fields": [{"name": evil, "value": evil}], "footer": {"text": evil}}
    await client.send(channel.id, evil, embeds=[embed], components=[{"type": 1, "components": [button]}])
    ann.dm(evil)
    page = fake.html()
    assert evil not in page
    assert page.count("&lt;script&gt;") >= 14
    for word in ("# help", "🧵", "🔔 ann", "👍 1", "APP", "Direct messages"):
        assert word in page
