"""Who is really pinged on the fake Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fakes.discord import BOT, Channel, FakeDiscord, Guild, P, Person, Role
from tests.fakes.discord.plain import PlainClient


@dataclass
class Stage:
    fake: FakeDiscord
    client: PlainClient
    guild: Guild
    channel: Channel
    open_role: Role
    closed_role: Role
    ann: Person
    sam: Person
    kim: Person

    async def pinged(self, content: str, allowed: Any = "omitted", **more: Any) -> set[str]:
        body = more | ({} if allowed == "omitted" else {"allowed_mentions": allowed})
        sent = await self.client.send(self.channel.id, content, **body)
        message = self.channel.messages.get(int(sent.body["id"]))
        assert message is not None
        return self.fake.pinged(message) - {"owner of Community"}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake, PlainClient(fake) as client:
        guild = fake.add_guild()
        open_role = fake.add_role(guild, "Open", mentionable=True)
        closed = fake.add_role(guild, "Closed")
        ann = fake.add_member(guild, "ann", online=False)
        sam, kim = fake.add_member(guild, "sam", open_role), fake.add_member(guild, "kim", closed)
        yield Stage(fake, client, guild, fake.add_channel(guild, "help"), open_role, closed, ann, sam, kim)


async def test_everything_pings_by_default_as_far_as_the_author_may(stage: Stage) -> None:
    text = f"{stage.ann.mention} <@&{stage.open_role.id}> <@&{stage.closed_role.id}> @everyone"
    assert await stage.pinged(text) == {"ann", "sam"}
    stage.fake.set_bot_permissions(stage.guild, BOT | P.MENTION_EVERYONE)
    assert await stage.pinged(f"<@&{stage.closed_role.id}>") == {"kim"}
    assert await stage.pinged("@everyone") == {"ann", "sam", "kim"}
    assert await stage.pinged("@here") == {"sam", "kim"}


async def test_allowed_mentions_narrow_it_down(stage: Stage) -> None:
    stage.fake.set_bot_permissions(stage.guild, BOT | P.MENTION_EVERYONE)
    text = f"{stage.ann.mention} {stage.kim.mention} <@&{stage.open_role.id}> @everyone"
    assert await stage.pinged(text, {"parse": []}) == set()
    assert await stage.pinged(text, {"parse": ["users"]}) == {"ann", "kim"}
    assert await stage.pinged(text, {"users": [str(stage.kim.id)]}) == {"kim"}
    assert await stage.pinged(text, {"parse": ["roles"]}) == {"sam"}
    assert await stage.pinged(text, {"parse": [], "roles": [str(stage.open_role.id)]}) == {"sam"}
    assert await stage.pinged("nothing", {"users": [str(stage.kim.id)]}) == set()
    assert await stage.pinged(text, None) == {"ann", "sam", "kim"}


async def test_what_the_answer_says_is_what_pings(stage: Stage) -> None:
    sent = await stage.client.send(
        stage.channel.id, f"{stage.ann.mention} <@&{stage.open_role.id}>", allowed_mentions={"parse": ["roles"]}
    )
    assert sent.body["mention_roles"] == [str(stage.open_role.id)]
    assert (sent.body["mentions"], sent.body["mention_everyone"]) == ([], False)


async def test_an_edit_without_allowed_mentions_is_back_at_the_default(stage: Stage) -> None:
    sent = await stage.client.send(stage.channel.id, stage.ann.mention, allowed_mentions={"parse": []})
    message = stage.fake.by_bot(stage.channel)[0]
    assert stage.fake.pinged(message) == set()
    path = f"/channels/{stage.channel.id}/messages/{sent.body['id']}"
    await stage.client.patch(path, {"content": f"{stage.ann.mention}!", "allowed_mentions": {"parse": []}})
    assert stage.fake.pinged(message) == set()
    edited = await stage.client.patch(path, {"embeds": [{"title": "x"}]})
    assert [one["username"] for one in edited.body["mentions"]] == ["ann"]
    assert stage.fake.pinged(message) == {"ann"}
    assert [len(version.pinged) for version in message.versions] == [0, 0, 1]


async def test_an_edit_does_not_remember_that_a_reply_did_not_ping(stage: Stage) -> None:
    question = stage.ann.post(stage.channel, "How?")
    reply = {"message_reference": {"message_id": str(question.id)}}
    sent = await stage.client.send(stage.channel.id, "So", allowed_mentions={"parse": []}, **reply)
    message = stage.fake.by_bot(stage.channel)[0]
    assert stage.fake.pinged(message) == set()
    await stage.client.patch(f"/channels/{stage.channel.id}/messages/{sent.body['id']}", {"content": "So!"})
    assert stage.fake.pinged(message) == {"ann"}


async def test_who_does_not_see_the_channel_is_not_pinged(stage: Stage) -> None:
    owner = stage.fake.owner_of(stage.guild)
    owner.permit(stage.channel, stage.open_role, deny=P.VIEW_CHANNEL)
    stage.fake.set_bot_permissions(stage.guild, BOT | P.MENTION_EVERYONE)
    assert await stage.pinged(f"<@&{stage.open_role.id}> {stage.sam.mention} @everyone") == {"ann", "kim"}


async def test_code_and_embeds_do_not_ping(stage: Stage) -> None:
    name = stage.ann.mention
    assert await stage.pinged(f"`{name}` ``a ` {name}`` ```\n{name}\n```") == set()
    assert await stage.pinged(f"``` {name}") == {"ann"}
    assert await stage.pinged(f"`` ` {name}") == {"ann"}
    assert await stage.pinged("", embeds=[{"description": name}]) == set()
    assert await stage.pinged("<@1> <@&1> <@!> <@x>") == set()


async def test_a_reply_pings_unless_told_otherwise(stage: Stage) -> None:
    question = stage.ann.post(stage.channel, "How?")
    reply = {"message_reference": {"message_id": str(question.id)}}
    assert await stage.pinged("So", **reply) == {"ann"}
    assert await stage.pinged("So", {"parse": []}, **reply) == set()
    assert await stage.pinged("So", {"parse": [], "replied_user": True}, **reply) == {"ann"}


async def test_a_new_thread_pings_nobody(stage: Stage) -> None:
    owner = stage.fake.owner_of(stage.guild)
    question = stage.ann.post(stage.channel, "How?")
    thread = owner.start_thread(question, "@everyone")
    owner.start_thread(stage.channel, f"@everyone {stage.ann.mention}")
    shown = [*stage.fake.messages(thread), *stage.fake.messages(stage.channel)]
    assert [stage.fake.pinged(one) for one in shown] == [set()] * 3


async def test_people_ping_as_people_do(stage: Stage) -> None:
    text = f"{stage.kim.mention} <@&{stage.open_role.id}> @everyone"
    assert stage.fake.pinged(stage.ann.post(stage.channel, text)) == {"kim", "sam"}
    by_owner = stage.fake.owner_of(stage.guild).post(stage.channel, "@here")
    assert stage.fake.pinged(by_owner) == {"sam", "kim", "backstop"}
    assert stage.fake.pinged(stage.ann.post(stage.channel, stage.ann.mention)) == set()
