"""The fake Discord's gateway, with a plain websocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.fakes.discord import BOT, Clock, FakeDiscord, Intent, Kind, P
from tests.fakes.discord.plain import EVERYTHING, PlainClient, PlainGateway

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(clock=Clock.standing(NOON)) as fake:
        yield fake


@pytest.fixture
async def client(fake: FakeDiscord) -> AsyncIterator[PlainClient]:
    async with PlainClient(fake) as client:
        yield client


async def settled(gateway: PlainGateway) -> None:
    await gateway.identify()
    await gateway.quiet()


@pytest.mark.parametrize("compress", [True, False])
async def test_a_session_begins_with_ready_and_every_guild_in_full(
    fake: FakeDiscord, client: PlainClient, compress: bool
) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann")
    thread = ann.start_thread(channel, "a thread")
    quiet = ann.start_thread(channel, "done")
    ann.change_thread(quiet, archived=True)
    async with client.gateway(compress=compress) as gateway:
        ready = await gateway.identify()
        assert ready["t"] == "READY"
        assert ready["d"]["guilds"] == [{"id": str(guild.id), "unavailable": True}]
        assert ready["d"]["user"]["id"] == str(fake.bot.id)
        created = await gateway.next("GUILD_CREATE")
    assert created["large"] is False
    assert {one["user"]["username"] for one in created["members"]} == {"owner of Community", "backstop", "ann"}
    assert [one["id"] for one in created["channels"]] == [str(channel.id)]
    assert [one["id"] for one in created["threads"]] == [str(thread.id)]


async def test_without_the_members_intent_only_the_bot_is_in_the_guild(fake: FakeDiscord, client: PlainClient) -> None:
    fake.add_guild()
    async with client.gateway() as gateway:
        await gateway.identify(intents=EVERYTHING & ~Intent.GUILD_MEMBERS)
        created = await gateway.next("GUILD_CREATE")
    assert [one["user"]["username"] for one in created["members"]] == ["backstop"]


async def test_a_large_guild_is_asked_for_its_members(fake: FakeDiscord, client: PlainClient) -> None:
    guild = fake.add_guild()
    for number in range(60):
        fake.add_member(guild, f"m{number}")
    async with client.gateway() as gateway:
        await gateway.identify(large_threshold=50)
        assert (await gateway.next("GUILD_CREATE"))["large"] is True
        await gateway.say(8, {"guild_id": str(guild.id), "query": "", "limit": 0, "nonce": "n"})
        chunk = await gateway.next("GUILD_MEMBERS_CHUNK")
    assert (len(chunk["members"]), chunk["nonce"], chunk["chunk_count"]) == (62, "n", 1)


async def test_heartbeats_are_acknowledged_and_missed_ones_end_the_connection(
    fake: FakeDiscord, client: PlainClient
) -> None:
    fake.gateway.heartbeat_interval = 0.3
    async with client.gateway() as gateway:
        await gateway.say(1, None)
        assert (await gateway.frame())["op"] == 11
        assert await gateway.frame() is None
        assert gateway.ws.close_code == 4009


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 1 << 30}, 4013),
        ({"shard": [1, 1]}, 4010),
    ],
)
async def test_a_bad_identity_is_refused(client: PlainClient, identity: dict[str, object], code: int) -> None:
    async with client.gateway() as gateway:
        assert await gateway.identify(**({"intents": int(Intent.GUILDS)} | identity)) is None  # type: ignore[arg-type]
        assert gateway.ws.close_code == code


async def test_privileged_intents_must_be_switched_on(fake: FakeDiscord, client: PlainClient) -> None:
    fake.allow(Intent.GUILD_MEMBERS)
    for intent, code in ((Intent.GUILD_MEMBERS, None), (Intent.MESSAGE_CONTENT, 4014), (Intent.GUILD_PRESENCES, 4014)):
        async with client.gateway() as gateway:
            assert (await gateway.identify(intents=int(intent)) is None) == (code is not None)
            assert gateway.ws.close_code == code


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [(99, None, 4001), (3, {}, 4003), (2, None, 4004), (6, {}, 4004)],
)
async def test_nonsense_ends_the_connection(client: PlainClient, op: int, data: object, code: int) -> None:
    async with client.gateway() as gateway:
        await gateway.say(op, data)
        assert await gateway.frame() is None
        assert gateway.ws.close_code == code


async def test_identifying_twice_and_noise_and_size_end_the_connection(client: PlainClient) -> None:
    async with client.gateway() as gateway:
        await gateway.identify()
        await gateway.say(2, {"token": client.fake.token, "intents": 0})
        await gateway.quiet()
        assert gateway.ws.close_code == 4005
    async with client.gateway() as gateway:
        await gateway.ws.send_str("no json")
        assert await gateway.frame() is None
        assert gateway.ws.close_code == 4002
    async with client.gateway() as gateway:
        await gateway.ws.send_str("x" * 5000)
        assert await gateway.frame() is None
        assert gateway.ws.close_code == 4002
    async with client.gateway() as gateway:
        await gateway.identify()
        for _ in range(121):
            await gateway.say(3, {})
        await gateway.quiet()
        assert gateway.ws.close_code == 4008


# -- what arrives


async def test_intents_decide_which_events_arrive(fake: FakeDiscord, client: PlainClient) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann")
    async with client.gateway() as gateway:
        await gateway.identify(intents=int(Intent.GUILDS | Intent.GUILD_MESSAGES))
        await gateway.quiet()
        message = ann.post(channel, "hello")
        ann.react(message, "👍")
        fake.add_member(guild, "bob")
        ann.dm("psst")
        ann.delete(message)
        assert await gateway.quiet() == ["MESSAGE_CREATE", "MESSAGE_DELETE"]


async def test_content_is_hidden_without_its_intent_but_for_own_mentions_and_dms(
    fake: FakeDiscord, client: PlainClient
) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann")
    async with client.gateway() as gateway:
        await gateway.identify(intents=EVERYTHING & ~Intent.MESSAGE_CONTENT)
        await gateway.quiet()
        ann.post(channel, "secret")
        assert (await gateway.next("MESSAGE_CREATE"))["content"] == ""
        ann.post(channel, f"hi <@{fake.bot.id}>")
        assert "hi" in (await gateway.next("MESSAGE_CREATE"))["content"]
        await client.send(channel.id, "mine")
        assert (await gateway.next("MESSAGE_CREATE"))["content"] == "mine"
        ann.dm("direct")
        assert (await gateway.next("MESSAGE_CREATE"))["content"] == "direct"


async def test_what_the_bot_cannot_see_does_not_arrive(fake: FakeDiscord, client: PlainClient) -> None:
    guild = fake.add_guild()
    role = fake.add_role(guild, "Inner")
    hidden = fake.add_channel(guild, "hidden", private_to=[role])
    owner = fake.owner_of(guild)
    owner.permit(hidden, fake.bot, deny=P.VIEW_CHANNEL)
    private = fake.add_channel(guild, "open")
    fake.set_bot_permissions(guild, BOT & ~P.MANAGE_THREADS)
    async with client.gateway() as gateway:
        await settled(gateway)
        owner.post(hidden, "secret")
        thread = owner.start_thread(private, "private", private=True)
        owner.post(thread, "secret too")
        assert await gateway.quiet() == []
        owner.add_to_thread(thread, fake.bot)
        assert await gateway.quiet() == ["THREAD_CREATE", "THREAD_MEMBERS_UPDATE"]
        owner.post(thread, "for you")
        assert (await gateway.next("MESSAGE_CREATE"))["content"] == "for you"
        owner.permit(hidden, fake.bot, allow=P.VIEW_CHANNEL)
        assert await gateway.quiet() == ["CHANNEL_UPDATE", "THREAD_LIST_SYNC"]


async def test_of_a_channel_that_the_bot_cannot_see_it_learns_only_that_it_is_there(
    fake: FakeDiscord, client: PlainClient
) -> None:
    guild = fake.add_guild()
    role, staff = fake.add_role(guild, "Inner"), fake.add_role(guild, "Staff")
    channel = fake.add_channel(guild, "secret plans")
    owner = fake.owner_of(guild)
    owner.permit(channel, guild, deny=P.VIEW_CHANNEL)
    owner.permit(channel, role, allow=P.VIEW_CHANNEL)
    thread = owner.start_thread(channel, "t")
    async with client.gateway() as gateway:
        await gateway.identify()
        created = await gateway.next("GUILD_CREATE")
        (seen,) = created["channels"]
        assert (seen["name"], seen["id"], seen["flags"]) == ("___hidden___", str(channel.id), 1 << 17)
        assert seen["permission_overwrites"] == [{"id": str(guild.id), "type": 0, "allow": "0", "deny": "1024"}]
        assert created["threads"] == []
        assert (await client.get(f"/guilds/{guild.id}/channels")).body == []
        bot = fake.person(fake.bot, guild)
        owner.set_roles(bot, *(guild.roles[one] for one in bot.member.roles), staff)
        assert await gateway.quiet() == ["GUILD_MEMBER_UPDATE"]
        owner.set_roles(bot, *(guild.roles[one] for one in bot.member.roles), role)
        assert await gateway.quiet() == ["GUILD_MEMBER_UPDATE", "CHANNEL_UPDATE", "THREAD_LIST_SYNC"]
        update, sync = (event["d"] for event in gateway.events[-2:])
        assert (update["name"], [one["id"] for one in sync["threads"]]) == ("secret plans", [str(thread.id)])
        owner.permit(channel, role, deny=P.VIEW_CHANNEL)
        assert (await gateway.next("CHANNEL_UPDATE"))["name"] == "___hidden___"
        owner.delete_channel(channel)
        assert (await gateway.next("CHANNEL_DELETE"))["name"] == "___hidden___"


async def test_the_events_of_a_message_and_a_thread(fake: FakeDiscord, client: PlainClient) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann, bob = fake.add_member(guild, "ann"), fake.add_member(guild, "bob")
    async with client.gateway() as gateway:
        await settled(gateway)
        question = ann.post(channel, "How?")
        reply = bob.reply(question, "So!")
        ann.edit(question, "How exactly?")
        ann.react(reply, "✅")
        thread = bob.start_thread(question, "more")
        ann.post(thread, "still unclear")
        names = await gateway.quiet()
        assert names == [
            "MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_REACTION_ADD",
            "THREAD_CREATE", "MESSAGE_UPDATE", "MESSAGE_CREATE", "THREAD_MEMBERS_UPDATE", "MESSAGE_CREATE",
        ]  # fmt: skip
        events = {event["t"]: event["d"] for event in gateway.events}
        assert events["THREAD_CREATE"]["id"] == str(question.id)
        assert gateway.events[3]["d"]["referenced_message"]["id"] == str(question.id)
        assert gateway.events[3]["d"]["member"]["nick"] is None
        fake.owner_of(guild).delete(question, reply)
        assert await gateway.quiet() == ["MESSAGE_DELETE_BULK"]
        fake.owner_of(guild).delete_channel(channel)
        assert await gateway.quiet() == ["CHANNEL_DELETE"]


async def test_a_forum_post_is_a_thread_and_then_its_starter(fake: FakeDiscord, client: PlainClient) -> None:
    guild = fake.add_guild()
    forum = fake.add_channel(guild, "questions", Kind.FORUM, tags=["bug"])
    ann = fake.add_member(guild, "ann")
    async with client.gateway() as gateway:
        await settled(gateway)
        post = ann.forum_post(forum, "It broke", "Help!", tags=["bug"])
        assert await gateway.quiet() == ["THREAD_CREATE", "MESSAGE_CREATE"]
        thread, starter = (event["d"] for event in gateway.events[-2:])
    assert thread["id"] == starter["id"] == starter["channel_id"] == str(post.id)
    assert thread["newly_created"] is True
    assert thread["applied_tags"] == [str(forum.tags[0].id)]


async def test_kicked_and_invited_again_and_an_outage(fake: FakeDiscord, client: PlainClient) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann")
    async with client.gateway() as gateway:
        await settled(gateway)
        fake.kick_bot(guild)
        ann.post(channel, "alone")
        assert await gateway.quiet() == ["GUILD_DELETE"]
        assert "unavailable" not in gateway.events[-1]["d"]
        assert (await client.get(f"/channels/{channel.id}")).code == 50001
        assert (await client.get(f"/guilds/{guild.id}")).code == 10004
        fake.invite_bot(guild)
        assert await gateway.quiet() == ["GUILD_CREATE"]
        fake.set_available(guild, available=False)
        ann.post(channel, "into the void")
        fake.set_available(guild, available=True)
        assert await gateway.quiet() == ["GUILD_DELETE", "GUILD_CREATE"]


async def test_shards_share_the_guilds(fake: FakeDiscord, client: PlainClient) -> None:
    guilds = [fake.add_guild(f"g{number}") for number in range(4)]
    for number, guild in enumerate(guilds):
        fake.clock.move(milliseconds=number + 1)
        fake.add_channel(guild, "c")
    seen = []
    for shard in (0, 1):
        async with client.gateway() as gateway:
            ready = await gateway.identify(shard=[shard, 2])
            assert ready["d"]["shard"] == [shard, 2]
            seen += [int(one["id"]) for one in ready["d"]["guilds"]]
    assert sorted(seen) == sorted(guild.id for guild in guilds)
    fake.gateway.min_shards = 2
    async with client.gateway() as gateway:
        assert await gateway.identify() is None
        assert gateway.ws.close_code == 4011


# -- going on after a break


async def test_resume_replays_what_was_missed(fake: FakeDiscord, client: PlainClient) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann")
    async with client.gateway() as gateway:
        await settled(gateway)
        ann.post(channel, "seen")
        await gateway.next("MESSAGE_CREATE")
        fake.gateway.drop()
        assert await gateway.frame() is None
        session, seq = gateway.session_id, gateway.seq
    ann.post(channel, "missed")
    async with client.gateway() as gateway:
        await gateway.resume(session, seq)
        assert (await gateway.next("MESSAGE_CREATE"))["content"] == "missed"
        assert (await gateway.frame())["t"] == "RESUMED"
        ann.post(channel, "live")
        assert (await gateway.next("MESSAGE_CREATE"))["content"] == "live"
        assert gateway.seq == seq + 3


async def test_what_cannot_be_resumed_is_an_invalid_session(fake: FakeDiscord, client: PlainClient) -> None:
    async def resumed(session: str, seq: int) -> object:
        async with client.gateway() as gateway:
            await gateway.resume(session, seq)
            found = await gateway.frame()
            return gateway.ws.close_code if found is None else (found["op"], found["d"] if found["op"] else found["t"])

    async with client.gateway() as gateway:
        await gateway.identify()
        session, seq = gateway.session_id, gateway.seq
    assert await resumed("unknown", 1) == (9, False)
    assert await resumed(session, seq + 5) == 4007
    assert await resumed(session, seq) == (0, "RESUMED")
    fake.clock.move(minutes=10)
    assert await resumed(session, seq) == (9, False)
    async with client.gateway() as gateway:
        await gateway.identify()
        session, seq = gateway.session_id, gateway.seq
        await gateway.ws.close(code=1000)
    await fake.until(lambda: session not in fake.gateway.sessions)
    assert await resumed(session, seq) == (9, False)
    async with client.gateway() as gateway:
        await gateway.identify()
        session, seq = gateway.session_id, gateway.seq
        fake.gateway.drop(resumable=False)
    assert await resumed(session, seq) == (9, False)


async def test_a_token_that_was_reset_is_good_no_more(fake: FakeDiscord, client: PlainClient) -> None:
    async with client.gateway() as gateway:
        await gateway.identify()
        old, new = fake.token, await fake.reset_token()
        assert await gateway.frame() is None
        assert gateway.ws.close_code == 4004
    assert (await client.get("/users/@me")).status == 401
    async with client.gateway() as gateway:
        assert await gateway.identify(token=old) is None
    async with PlainClient(fake, token=new) as client:
        assert (await client.get("/users/@me")).status == 200


async def test_the_server_asks_to_reconnect_and_closes(fake: FakeDiscord, client: PlainClient) -> None:
    async with client.gateway() as gateway:
        await gateway.identify()
        await fake.gateway.reconnect()
        assert (await gateway.frame())["op"] == 7
        await fake.gateway.invalidate(resumable=True)
        assert (await gateway.frame())["d"] is True
        await fake.gateway.close(4000)
        assert await gateway.frame() is None
        assert gateway.ws.close_code == 4000


async def test_events_get_lost_doubled_mixed_up_and_held_back(fake: FakeDiscord, client: PlainClient) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann")

    async def arrives(*words: str) -> list[str]:
        for word in words:
            ann.post(channel, word)
        before = len(gateway.events)
        await gateway.quiet()
        return [event["d"]["content"] for event in gateway.events[before:]]

    async with client.gateway() as gateway:
        await settled(gateway)
        fake.gateway.lose(1)
        assert await arrives("a", "b") == ["b"]
        fake.gateway.duplicate(1, only="MESSAGE_CREATE")
        assert await arrives("a", "b") == ["a", "a", "b"]
        fake.gateway.reorder(3)
        assert await arrives("a", "b", "c", "d") == ["c", "b", "a", "d"]
        fake.gateway.pause()
        assert await arrives("a") == []
        await gateway.say(1, gateway.seq)
        assert (await gateway.frame())["op"] == 11
        fake.gateway.unpause()
        assert (await gateway.next("MESSAGE_CREATE"))["content"] == "a"
