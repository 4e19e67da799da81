"""Threads, forums, channels, roles and members of the fake Discord, with a plain HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.discord import BOT, ApiError, Channel, Clock, FakeDiscord, Guild, Kind, P, Person
from tests.fakes.discord.kinds import REQUIRE_TAG
from tests.fakes.discord.plain import PlainClient

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(clock=Clock.standing(NOON)) as fake:
        yield fake


@pytest.fixture
async def client(fake: FakeDiscord) -> AsyncIterator[PlainClient]:
    async with PlainClient(fake) as client:
        yield client


@pytest.fixture
def guild(fake: FakeDiscord) -> Guild:
    return fake.add_guild()


@pytest.fixture
def channel(fake: FakeDiscord, guild: Guild) -> Channel:
    return fake.add_channel(guild, "help")


@pytest.fixture
def ann(fake: FakeDiscord, guild: Guild) -> Person:
    return fake.add_member(guild, "ann")


def names(listed: Any) -> list[str]:
    return [one["name"] for one in listed["threads"]]


async def test_a_thread_grows_from_a_message_and_has_its_id(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    question = ann.post(channel, "How?")
    path = f"/channels/{channel.id}/messages/{question.id}/threads"
    made = await client.post(path, {"name": "How", "auto_archive_duration": 60})
    assert (made.status, made.body["id"], made.body["owner_id"]) == (201, str(question.id), str(fake.bot.id))
    assert (await client.post(path, {"name": "again"})).code == 160004
    shown = (await client.get(f"/channels/{channel.id}/messages/{question.id}")).body
    assert (shown["flags"] & 32, shown["thread"]["name"]) == (32, "How")
    inside = (await client.get(f"/channels/{question.id}/messages")).body
    assert [(one["type"], one["referenced_message"]["content"]) for one in inside] == [(21, "How?")]
    assert (await client.post(path.replace(str(question.id), "1"), {"name": "x"})).code == 10008


async def test_threads_without_a_message(fake: FakeDiscord, client: PlainClient, channel: Channel) -> None:
    path = f"/channels/{channel.id}/threads"
    public = await client.post(path, {"name": "public", "type": 11})
    assert (public.status, public.body["type"]) == (201, 11)
    assert [one.type for one in fake.messages(channel)] == [18]
    private = await client.post(path, {"name": "private", "type": 12})
    assert (private.body["type"], len(fake.messages(channel))) == (12, 1)
    fake.owner_of(channel.the_guild).permit(channel, channel.the_guild, deny=P.CREATE_PRIVATE_THREADS)
    assert (await client.post(path, {"name": "private", "type": 12})).code == 50013
    assert (await client.post(path, {"name": "", "type": 11})).code == 50035
    assert (await client.post(path, {"name": "x", "type": 11, "auto_archive_duration": 5})).code == 50035


async def test_active_and_archived_threads_are_listed_newest_first(
    fake: FakeDiscord, client: PlainClient, guild: Guild, channel: Channel, ann: Person
) -> None:
    threads = [ann.start_thread(channel, f"t{number}") for number in range(4)]
    for thread in threads[:3]:
        fake.clock.move(minutes=1)
        ann.change_thread(thread, archived=True)
    assert names((await client.get(f"/guilds/{guild.id}/threads/active")).body) == ["t3"]
    path = f"/channels/{channel.id}/threads/archived/public"
    page = (await client.get(path, limit=2)).body
    assert (names(page), page["has_more"]) == (["t2", "t1"], True)
    before = page["threads"][-1]["thread_metadata"]["archive_timestamp"]
    page = (await client.get(path, limit=2, before=before)).body
    assert (names(page), page["has_more"]) == (["t0"], False)
    fake.owner_of(guild).permit(channel, fake.bot, deny=P.READ_MESSAGE_HISTORY)
    assert (await client.get(path)).code == 50013


async def test_private_archived_threads_need_rights_or_membership(
    fake: FakeDiscord, client: PlainClient, guild: Guild, channel: Channel, ann: Person
) -> None:
    mine, theirs = (ann.start_thread(channel, name, private=True) for name in ("mine", "theirs"))
    ann.add_to_thread(mine, fake.bot)
    for thread in (mine, theirs):
        ann.change_thread(thread, archived=True)
    path = f"/channels/{channel.id}"
    assert set(names((await client.get(f"{path}/threads/archived/private")).body)) == {"theirs", "mine"}
    fake.set_bot_permissions(guild, BOT & ~P.MANAGE_THREADS)
    assert (await client.get(f"{path}/threads/archived/private")).code == 50013
    assert names((await client.get(f"{path}/users/@me/threads/archived/private")).body) == ["mine"]
    assert (await client.get(f"/channels/{theirs.id}")).code == 50001


async def test_an_archived_thread_wakes_by_a_message_and_a_locked_one_only_for_moderators(
    fake: FakeDiscord, client: PlainClient, guild: Guild, channel: Channel, ann: Person
) -> None:
    thread = ann.start_thread(channel, "t")
    first = ann.post(thread, "hello")
    fake.clock.move(days=2)
    assert fake.archive_the_quiet() == [thread]
    path = f"/channels/{thread.id}"
    assert (await client.put(f"{path}/messages/{first.id}/reactions/x/@me")).code == 50083
    assert (await client.patch(path, {"name": "renamed"})).code == 50083
    assert (await client.put(f"{path}/thread-members/@me")).code == 50083
    assert (await client.send(thread.id, "wake up")).status == 200
    assert thread.the_thread.archived is False
    assert (await client.patch(path, {"locked": True, "archived": True})).status == 200
    fake.set_bot_permissions(guild, BOT & ~P.MANAGE_THREADS)
    assert (await client.send(thread.id, "x")).code == 160005
    assert (await client.patch(path, {"archived": False})).code == 160005
    with pytest.raises(ApiError, match="160005"):
        ann.post(thread, "let me in")
    fake.set_bot_permissions(guild, BOT)
    assert (await client.patch(path, {"archived": False, "locked": False})).status == 200


async def test_members_of_a_thread(fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person) -> None:
    thread = ann.start_thread(channel, "t")
    path = f"/channels/{thread.id}/thread-members"
    assert (await client.put(f"{path}/@me")).status == 204
    assert "member" in (await client.get(f"/channels/{thread.id}")).body
    assert len((await client.get(path, with_member="true")).body) == 2
    assert (await client.get(f"{path}/{ann.id}")).body["user_id"] == str(ann.id)
    bob = fake.add_member(channel.the_guild, "bob")
    assert (await client.get(f"{path}/{bob.id}")).code == 10007
    assert (await client.put(f"{path}/{bob.id}")).status == 204
    assert (await client.delete(f"{path}/{bob.id}")).status == 204
    assert (await client.delete(f"{path}/@me")).status == 204
    assert list(thread.the_thread.members) == [ann.id]
    await client.send(thread.id, bob.mention)
    assert bob.id in thread.the_thread.members


# -- forums


async def test_a_forum_post_of_the_bot(fake: FakeDiscord, client: PlainClient, guild: Guild) -> None:
    forum = fake.add_channel(guild, "forum", Kind.FORUM, tags=["bug", "ask"], flags=REQUIRE_TAG)
    path, tag = f"/channels/{forum.id}/threads", str(forum.tags[0].id)
    assert (await client.post(path, {"name": "x", "message": {"content": "y"}})).code == 40067
    made = await client.post(path, {"name": "x", "message": {"content": "y"}, "applied_tags": [tag]})
    assert (made.status, made.body["id"]) == (201, made.body["message"]["id"])
    assert (made.body["applied_tags"], made.body["message"]["content"]) == ([tag], "y")
    assert (await client.patch(f"/channels/{made.body['id']}", {"applied_tags": []})).code == 40067
    assert (await client.post(path, {"name": "x", "message": {}, "applied_tags": [tag]})).code == 50006


async def test_tags_have_limits_and_moderated_ones_need_rights(
    fake: FakeDiscord, client: PlainClient, guild: Guild, ann: Person
) -> None:
    forum = fake.add_channel(guild, "forum", Kind.FORUM, tags=list("abcdef"), moderated=["Solved"])
    post = ann.forum_post(forum, "It broke", "Help!", tags=["a"])
    path = f"/channels/{post.id}"
    ids = [str(tag.id) for tag in forum.tags]
    assert (await client.patch(path, {"applied_tags": ids[:6]})).code == 50035
    assert (await client.patch(path, {"applied_tags": ["1"]})).code == 50035
    solved = await client.patch(path, {"applied_tags": [ids[0], ids[6]]})
    assert solved.body["applied_tags"] == [ids[0], ids[6]]
    fake.set_bot_permissions(guild, BOT & ~P.MANAGE_THREADS | P.MANAGE_CHANNELS)
    assert (await client.patch(path, {"applied_tags": ids[:1]})).code == 50013
    with pytest.raises(ApiError, match="50013"):
        ann.forum_post(forum, "Mine", "is solved", tags=["Solved"])
    tags = [{"name": f"t{number}"} for number in range(21)]
    assert (await client.patch(f"/channels/{forum.id}", {"available_tags": tags})).code == 50035
    assert (
        len((await client.patch(f"/channels/{forum.id}", {"available_tags": tags[:20]})).body["available_tags"]) == 20
    )


async def test_a_post_outlives_its_starter_message(
    fake: FakeDiscord, client: PlainClient, guild: Guild, ann: Person
) -> None:
    post = ann.forum_post(fake.add_channel(guild, "forum", Kind.FORUM), "t", "text")
    ann.delete(post)
    assert (await client.get(f"/channels/{post.id}")).body["name"] == "t"
    assert (await client.get(f"/channels/{post.id}/messages/{post.id}")).code == 10008
    assert (await client.delete(f"/channels/{post.id}")).status == 200
    assert (await client.get(f"/channels/{post.id}")).code == 10003


# -- channels, roles, members


async def test_channels_are_read_changed_and_deleted(
    fake: FakeDiscord, client: PlainClient, guild: Guild, channel: Channel, ann: Person
) -> None:
    thread = ann.start_thread(channel, "t")
    assert (await client.get(f"/channels/{channel.id}")).body["name"] == "help"
    assert (await client.patch(f"/channels/{channel.id}", {"topic": "x"})).code == 50013
    fake.set_bot_permissions(guild, BOT | P.MANAGE_CHANNELS | P.MANAGE_ROLES)
    assert (await client.patch(f"/channels/{channel.id}", {"topic": "x"})).body["topic"] == "x"
    made = await client.post(f"/guilds/{guild.id}/channels", {"name": "new", "type": 0})
    assert made.status == 201
    assert len((await client.get(f"/guilds/{guild.id}/channels")).body) == 2
    allow = {"type": 0, "allow": str(int(P.SEND_MESSAGES)), "deny": "0"}
    assert (await client.put(f"/channels/{channel.id}/permissions/{guild.id}", allow)).status == 204
    too_much = allow | {"allow": str(int(P.BAN_MEMBERS))}
    assert (await client.put(f"/channels/{channel.id}/permissions/{guild.id}", too_much)).code == 50013
    assert (await client.delete(f"/channels/{channel.id}/permissions/{guild.id}")).status == 204
    assert (await client.delete(f"/channels/{channel.id}/permissions/{guild.id}")).code == 10009
    assert (await client.delete(f"/channels/{channel.id}")).status == 200
    for gone in (channel.id, thread.id):
        assert (await client.get(f"/channels/{gone}")).code == 10003


async def test_a_category_hands_its_permissions_on(
    fake: FakeDiscord, client: PlainClient, guild: Guild, ann: Person
) -> None:
    category = fake.add_channel(guild, "area", Kind.CATEGORY)
    inner, own = (fake.add_channel(guild, name, parent=category) for name in ("inner", "own"))
    owner = fake.owner_of(guild)
    owner.permit(own, ann.user, deny=P.SEND_MESSAGES)
    owner.permit(category, guild, deny=P.VIEW_CHANNEL)
    assert (await client.get(f"/channels/{inner.id}")).code == 50001
    assert (await client.get(f"/channels/{own.id}")).status == 200


async def test_members_and_roles(fake: FakeDiscord, client: PlainClient, guild: Guild, ann: Person) -> None:
    role = fake.add_role(guild, "Helper", mentionable=True)
    path = f"/guilds/{guild.id}/members/{ann.id}"
    assert (await client.put(f"{path}/roles/{role.id}")).code == 50013
    fake.set_bot_permissions(guild, BOT | P.MANAGE_ROLES)
    assert (await client.put(f"{path}/roles/{role.id}")).status == 204
    assert (await client.get(path)).body["roles"] == [str(role.id)]
    assert (await client.get(f"/guilds/{guild.id}/members/1")).code == 10013
    listed = (await client.get(f"/guilds/{guild.id}/members", limit=1000)).body
    assert len(listed) == 3
    found = (await client.get(f"/guilds/{guild.id}/members/search", query="an")).body
    assert [one["user"]["username"] for one in found] == ["ann"]
    roles = (await client.get(f"/guilds/{guild.id}/roles")).body
    assert {one["name"] for one in roles} == {"@everyone", "Helper", "backstop"}
    above = next(one for one in roles if one["name"] == "backstop")
    assert (await client.put(f"{path}/roles/{above['id']}")).code == 50013
    assert (await client.patch(path, {"roles": []})).body["roles"] == []
    made = await client.post(f"/guilds/{guild.id}/roles", {"name": "made"})
    assert (await client.patch(f"/guilds/{guild.id}/roles/{made.body['id']}", {"name": "other"})).body[
        "name"
    ] == "other"
    assert (await client.delete(f"/guilds/{guild.id}/roles/{role.id}")).status == 204
    assert (await client.delete(f"/guilds/{guild.id}/roles/{role.id}")).code == 10011


async def test_who_the_bot_is(fake: FakeDiscord, client: PlainClient, guild: Guild) -> None:
    assert (await client.get("/users/@me")).body["username"] == "backstop"
    application = (await client.get("/oauth2/applications/@me")).body
    assert (application["id"], application["flags"] & (1 << 19)) == (str(fake.bot.id), 1 << 19)
    assert [one["name"] for one in (await client.get("/users/@me/guilds")).body] == ["Community"]
    assert (await client.get("/gateway/bot")).body["url"] == fake.gateway.url
    assert (await client.get("/gateway")).status == 200
    assert (await client.get(f"/guilds/{guild.id}")).body["approximate_member_count"] == 2
    assert (await client.get(f"/users/{guild.owner_id}")).body["username"] == "owner of Community"
    assert (await client.delete(f"/users/@me/guilds/{guild.id}")).status == 204
    assert (await client.get(f"/guilds/{guild.id}")).code == 10004
    async with PlainClient(fake, token="wrong") as stranger:
        refused = await stranger.get("/users/@me")
        assert (refused.status, refused.code) == (401, 0)


async def test_the_past_can_be_made_up(fake: FakeDiscord, channel: Channel, ann: Person) -> None:
    thread = ann.start_thread(channel, "old", at=NOON - timedelta(days=3))
    ann.post(thread, "then", at=NOON - timedelta(days=3))
    assert fake.archive_the_quiet() == [thread]
