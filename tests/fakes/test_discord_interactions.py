"""Interactions and commands of the fake Discord: a plain client answers, people press."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.discord import Answer, Channel, Clock, Did, FakeDiscord, Guild, Message, P, Person, Reply
from tests.fakes.discord.plain import Got, PlainClient, PlainGateway

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROW = {
    "type": 1,
    "components": [
        {"type": 2, "style": 1, "label": "Claim", "custom_id": "claim"},
        {"type": 2, "style": 2, "label": "Off", "custom_id": "off", "disabled": True},
        {"type": 2, "style": 5, "label": "Jump", "url": "https://example.org"},
    ],
}
SELECT = {
    "type": 1,
    "components": [
        {"type": 3, "custom_id": "snooze", "placeholder": "Snooze",
         "options": [{"label": "1 hour", "value": "60"}, {"label": "1 day", "value": "1440"}]},
    ],
}  # fmt: skip
FORM = {
    "title": "Why?",
    "custom_id": "form",
    "components": [
        {"type": 18, "id": 1, "label": "Reason",
         "component": {"type": 4, "custom_id": "r", "style": 1, "max_length": 9}},
        {"type": 18, "id": 3, "label": "Team",
         "component": {"type": 3, "custom_id": "t", "options": [{"label": "A", "value": "a"}]}},
    ],
}  # fmt: skip
COMMANDS = [
    {
        "name": "backstop",
        "description": "Moderate",
        "default_member_permissions": "32",
        "options": [
            {"name": "timeout", "type": 1, "description": "d", "options": [
                {"name": "channel", "type": 7, "description": "d", "required": True, "channel_types": [0]},
                {"name": "minutes", "type": 3, "description": "d", "autocomplete": True},
                {"name": "times", "type": 4, "description": "d", "min_value": 1, "max_value": 5},
            ]},
        ],
    },
    {"name": "solved", "description": "Done", "name_localizations": {"de": "erledigt"}},
    {"name": "Escalate this", "type": 3},
    {"name": "Who is it", "type": 2},
]  # fmt: skip
Bot = Callable[[PlainClient, Any], Awaitable[Got]]


@dataclass
class Stage:
    """`bot` answers each interaction, as the test says; `got` is what Discord said to that."""

    fake: FakeDiscord
    client: PlainClient
    gateway: PlainGateway
    guild: Guild
    channel: Channel
    ann: Person
    bot: Bot | None = None
    seen: list[Any] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)

    async def live(self) -> None:
        while True:
            interaction = await self.gateway.next("INTERACTION_CREATE", 60)
            self.seen.append(interaction)
            if self.bot is not None:
                self.got.append(await self.bot(self.client, interaction))

    async def page(self, *rows: Any) -> Message:
        await self.client.send(self.channel.id, "A page", components=list(rows or (ROW, SELECT)))
        return self.fake.by_bot(self.channel)[-1]

    def says(self, kind: int, data: Any = None) -> None:
        self.bot = lambda client, interaction: client.answer(interaction, kind, data)

    def followup(self, interaction: Any) -> str:
        return f"/webhooks/{self.fake.bot.id}/{interaction['token']}"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord(clock=Clock.standing(NOON)) as fake, PlainClient(fake) as client:
        guild = fake.add_guild()
        channel, ann = fake.add_channel(guild, "help"), fake.add_member(guild, "ann", locale="de")
        fake.patience = 0.3
        async with client.gateway() as gateway:
            await gateway.identify()
            stage = Stage(fake, client, gateway, guild, channel, ann)
            life = asyncio.create_task(stage.live())
            yield stage
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)


async def test_a_press_carries_who_where_and_what(stage: Stage) -> None:
    stage.says(4, {"content": "Yours", "flags": 64})
    page = await stage.page()
    answer = await stage.ann.press(page, "Claim")
    assert (answer.content, answer.ephemeral, answer.failed) == ("Yours", True, False)
    seen = stage.seen[0]
    assert (seen["type"], seen["data"]["custom_id"], seen["data"]["component_type"]) == (3, "claim", 2)
    assert (seen["locale"], seen["guild_locale"]) == ("de", "en-US")
    assert seen["member"]["user"]["username"] == "ann"
    assert int(seen["member"]["permissions"]) & P.SEND_MESSAGES
    assert int(seen["app_permissions"]) & P.MANAGE_THREADS
    assert seen["message"]["id"] == str(page.id)
    assert stage.fake.ephemeral_for(stage.ann.user) == [answer.message]
    assert stage.fake.messages(stage.channel) == [page]
    assert answer.message is not None
    hidden = await stage.client.get(f"/channels/{stage.channel.id}/messages/{answer.message.id}")
    assert hidden.code == 10008


async def test_an_ephemeral_answer_is_told_as_if_it_were_a_direct_message(stage: Stage) -> None:
    stage.says(4, {"content": "psst", "flags": 64})
    answer = await stage.ann.press(await stage.page(), "Claim")
    assert answer.ephemeral
    await stage.fake.until(lambda: stage.gateway.events[-1]["d"].get("content") == "psst")
    created = stage.gateway.events[-1]
    assert (created["t"], "guild_id" in created["d"]) == ("MESSAGE_CREATE", False)
    await stage.client.patch(stage.followup(stage.seen[0]) + "/messages/@original", {"content": "pssst"})
    await stage.fake.until(lambda: stage.gateway.events[-1]["t"] == "MESSAGE_UPDATE")
    update = stage.gateway.events[-1]["d"]
    assert (update["content"], update["flags"], "guild_id" in update, "member" in update) == ("pssst", 64, False, False)


async def test_what_cannot_be_pressed(stage: Stage) -> None:
    page = await stage.page()
    with pytest.raises(PermissionError):
        await stage.ann.press(page, "Off")
    for which in ("Jump", "nowhere"):
        with pytest.raises(LookupError):
            await stage.ann.press(page, which)
    stage.fake.owner_of(stage.guild).permit(stage.channel, stage.ann.user, deny=P.VIEW_CHANNEL)
    with pytest.raises(PermissionError):
        await stage.ann.press(page, "Claim")
    stage.says(6)
    assert not (await stage.ann.press(page, "Off", forged=True)).failed
    assert not (await stage.fake.forge(Did.COMPONENT, stage.ann.user, stage.channel, {"custom_id": "x"})).reply


async def test_an_update_changes_the_message(stage: Stage) -> None:
    stage.says(7, {"content": "Claimed", "components": []})
    page = await stage.page()
    answer = await stage.ann.press(page, "claim")
    assert (answer.reply, page.content, page.components) == (Reply.UPDATE, "Claimed", [])


async def test_a_deferred_answer_is_filled_by_the_first_followup(stage: Stage) -> None:
    async def bot(client: PlainClient, interaction: Any) -> Got:
        await client.answer(interaction, 5, {"flags": 64})
        await asyncio.sleep(0.02)
        await client.post(stage.followup(interaction), {"content": "thought"})
        return await client.post(stage.followup(interaction), {"content": "more"})

    stage.bot = bot
    answer = await stage.ann.press(await stage.page(), "Claim")
    assert (answer.reply, answer.content) == (Reply.DEFERRED, "")
    await answer.settled()
    assert (answer.content, answer.ephemeral) == ("thought", True)
    await stage.fake.until(lambda: len(answer.followups) == 2)
    assert [one.content for one in answer.followups] == ["thought", "more"]
    assert not answer.followups[1].ephemeral


async def test_the_original_answer_is_read_edited_and_deleted(stage: Stage) -> None:
    stage.says(4, {"content": "one"})
    answer = await stage.ann.press(await stage.page(), "Claim")
    path = stage.followup(stage.seen[0]) + "/messages/@original"
    assert (await stage.client.get(path)).body["content"] == "one"
    assert (await stage.client.patch(path, {"content": "two"})).body["content"] == "two"
    assert answer.content == "two"
    assert answer.message in stage.fake.messages(stage.channel)
    assert (await stage.client.delete(path)).status == 204
    assert (await stage.client.get(path)).code == 10008


async def test_an_answer_pings_only_users_unless_told_otherwise(stage: Stage) -> None:
    role = stage.fake.add_role(stage.guild, "Staff", mentionable=True)
    sam = stage.fake.add_member(stage.guild, "sam", role)
    text = f"{stage.ann.mention} <@&{role.id}> @everyone"
    stage.says(4, {"content": text})
    answer = await stage.ann.press(await stage.page(), "Claim")
    assert answer.message is not None
    assert stage.fake.pinged(answer.message) == {"ann"}
    stage.says(4, {"content": text, "allowed_mentions": {"parse": ["roles"]}})
    answer = await stage.ann.press(await stage.page(), "Claim")
    assert answer.message is not None
    assert stage.fake.pinged(answer.message) == {sam.user.name}


async def test_an_answer_needs_its_channel(stage: Stage) -> None:
    page = await stage.page()
    await stage.ann.press(page, "Claim")
    stage.fake.owner_of(stage.guild).delete_channel(stage.channel)
    assert (await stage.client.answer(stage.seen[-1], 4, {"content": "x"})).code == 10003


async def test_a_locked_and_archived_thread_takes_no_answer(stage: Stage) -> None:
    thread = stage.ann.start_thread(stage.channel, "t")
    sent = await stage.client.send(thread.id, "A page", components=[ROW])
    stage.fake.owner_of(stage.guild).change_thread(thread, locked=True, archived=True)
    message = thread.messages.get(int(sent.body["id"]))
    assert message is not None
    await stage.ann.press(message, "Claim")
    assert (await stage.client.answer(stage.seen[-1], 4, {"content": "x"})).code == 50083


async def test_a_deferred_update_edits_the_page(stage: Stage) -> None:
    stage.says(6)
    page = await stage.page()
    await stage.ann.press(page, "Claim")
    await stage.client.patch(stage.followup(stage.seen[0]) + "/messages/@original", {"content": "later"})
    assert page.content == "later"


async def test_answers_come_once_in_time_and_in_kind(stage: Stage) -> None:
    page = await stage.page()
    unanswered = await stage.ann.press(page, "Claim")
    assert unanswered.failed
    seen = stage.seen[-1]
    assert (await stage.client.post(stage.followup(seen), {"content": "early"})).code == 10015
    assert (await stage.client.answer(seen, 8, {"choices": []})).code == 50035
    stage.fake.clock.move(seconds=3.5)
    assert (await stage.client.answer(seen, 6)).code == 10062
    assert (await stage.client.answer(seen | {"token": "made up"}, 6)).code == 10062
    await stage.ann.press(page, "Claim")
    seen = stage.seen[-1]
    assert (await stage.client.answer(seen, 6)).status == 204
    assert (await stage.client.answer(seen, 6)).code == 40060
    stage.fake.clock.move(minutes=14)
    assert (await stage.client.post(stage.followup(seen), {"content": "late"})).status == 200
    stage.fake.clock.move(minutes=2)
    late = await stage.client.post(stage.followup(seen), {"content": "too late"})
    assert (late.status, late.code) == (401, 50027)


async def test_with_response_the_message_comes_back(stage: Stage) -> None:
    page = await stage.page()
    for kind, data in ((4, {"content": "x"}), (7, {"content": "y"}), (5, {}), (9, FORM)):
        await stage.ann.press(page, "Claim")
        seen = stage.seen[-1]
        path = f"/interactions/{seen['id']}/{seen['token']}/callback"
        got = await stage.client.post(path, {"type": kind, "data": data}, with_response="1")
        assert (got.status, got.body["interaction"]["id"]) == (200, seen["id"])
        assert ("resource" in got.body) == (kind in (4, 7))


async def test_a_select_and_a_modal(stage: Stage) -> None:
    stage.says(9, FORM)
    page = await stage.page()
    opened = await stage.ann.choose(page, "Snooze", "1 hour")
    assert stage.seen[-1]["data"]["values"] == ["60"]
    with pytest.raises(LookupError):
        await stage.ann.choose(page, "Snooze", "2 hours")
    with pytest.raises(ValueError, match="values do not fit"):
        await stage.ann.choose(page, "Snooze")
    assert opened.modal is not None
    stage.says(7, {"content": "Noted"})
    with pytest.raises(ValueError, match="required"):
        await stage.ann.submit(opened, {"Team": "A"})
    with pytest.raises(ValueError, match="too long"):
        await stage.ann.submit(opened, {"r": "x" * 10, "t": "a"})
    await stage.ann.submit(opened, {"Reason": "because", "Team": "A"})
    assert page.content == "Noted"
    sent = stage.seen[-1]
    assert (sent["type"], sent["data"]["custom_id"], sent["message"]["id"]) == (5, "form", str(page.id))
    values = [one["component"] for one in sent["data"]["components"]]
    assert [one.get("value") or one.get("values") for one in values] == ["because", ["a"]]


async def test_selects_of_people_roles_and_channels(stage: Stage) -> None:
    stage.says(6)
    rows = [{"type": 1, "components": [{"type": kind, "custom_id": str(kind)}]} for kind in (5, 6, 8)]
    page = await stage.page(*rows)
    role = stage.fake.add_role(stage.guild, "Staff")
    for which, thing in (("5", stage.ann.user), ("6", role), ("8", stage.channel)):
        await stage.ann.choose(page, which, thing)
        data = stage.seen[-1]["data"]
        assert data["values"] == [str(thing.id)]
        assert str(thing.id) in next(iter(data["resolved"].values()))


# -- commands


async def registered(stage: Stage, where: str = "") -> list[Any]:
    got = await stage.client.put(f"/applications/{stage.fake.bot.id}{where}/commands", COMMANDS)
    assert got.status == 200, got.body
    return list(got.body)


async def test_commands_are_registered_and_keep_their_ids(stage: Stage) -> None:
    first, again = await registered(stage), await registered(stage)
    assert [one["id"] for one in first] == [one["id"] for one in again]
    path = f"/applications/{stage.fake.bot.id}/commands"
    plain = (await stage.client.get(path)).body
    assert "name_localizations" not in plain[1]
    full = (await stage.client.get(path, with_localizations="true")).body
    assert full[1]["name_localizations"] == {"de": "erledigt"}
    one = await stage.client.post(path, {"name": "more", "description": "d"})
    assert one.status == 201
    assert (await stage.client.patch(f"{path}/{one.body['id']}", {"description": "e"})).body["description"] == "e"
    assert (await stage.client.delete(f"{path}/{one.body['id']}")).status == 204
    assert (await stage.client.get(f"{path}/{one.body['id']}")).code == 10063
    in_guild = await registered(stage, f"/guilds/{stage.guild.id}")
    assert in_guild[0]["guild_id"] == str(stage.guild.id)


@pytest.mark.parametrize(
    "command",
    [
        {"name": "Upper", "description": "d"},
        {"name": "x", "description": ""},
        {"name": "x", "description": "d" * 101},
        {"name": "two words", "description": "d"},
        {"name": "x", "description": "d", "options": [{"name": "a", "type": 3, "description": "d"}] * 26},
    ],
)
async def test_bad_commands_are_refused(stage: Stage, command: dict[str, Any]) -> None:
    assert (await stage.client.put(f"/applications/{stage.fake.bot.id}/commands", [command])).code == 50035


async def test_a_slash_command_with_its_options(stage: Stage) -> None:
    await registered(stage)
    stage.says(4, {"content": "ok", "flags": 64})
    owner = stage.fake.owner_of(stage.guild)
    answer = await owner.slash(stage.channel, "backstop timeout", {"channel": stage.channel, "minutes": "45m"})
    assert answer.content == "ok"
    data = stage.seen[-1]["data"]
    assert (data["name"], data["options"][0]["name"]) == ("backstop", "timeout")
    assert [one["value"] for one in data["options"][0]["options"]] == [str(stage.channel.id), "45m"]
    assert str(stage.channel.id) in data["resolved"]["channels"]
    with pytest.raises(PermissionError):
        await stage.ann.slash(stage.channel, "backstop timeout", {"channel": stage.channel})
    assert not (
        await stage.ann.slash(stage.channel, "backstop timeout", {"channel": stage.channel}, forged=True)
    ).failed
    for values in ({}, {"channel": "x"}, {"channel": stage.channel, "times": 6}):
        with pytest.raises(ValueError, match=r"channel|times"):
            await owner.slash(stage.channel, "backstop timeout", values)
    for words in ("backstop", "backstop nothing", "nothing"):
        with pytest.raises(LookupError):
            await owner.slash(stage.channel, words)


async def test_autocompletion(stage: Stage) -> None:
    await registered(stage)
    stage.says(8, {"choices": [{"name": "45 minutes", "value": "45m"}]})
    owner = stage.fake.owner_of(stage.guild)
    choices = await owner.type_in(stage.channel, "backstop timeout", "minutes", "4", {"channel": stage.channel})
    assert choices == [{"name": "45 minutes", "value": "45m"}]
    assert stage.seen[-1]["type"] == 4
    assert stage.seen[-1]["data"]["options"][0]["options"][1] == {
        "name": "minutes", "type": 3, "value": "4", "focused": True,
    }  # fmt: skip


async def test_context_menus(stage: Stage) -> None:
    await registered(stage)
    stage.says(4, {"content": "seen"})
    question = stage.ann.post(stage.channel, "How?")
    answer: Answer = await stage.ann.message_menu(question, "Escalate this")
    assert answer.message is not None
    assert answer.message.type == 23
    data = stage.seen[-1]["data"]
    assert data["resolved"]["messages"][data["target_id"]]["content"] == "How?"
    await stage.ann.user_menu(stage.channel, stage.ann.user, "Who is it")
    assert stage.seen[-1]["data"]["target_id"] == str(stage.ann.id)


async def test_commands_in_direct_messages(stage: Stage) -> None:
    await registered(stage)
    stage.says(4, {"content": "privately"})
    answer = await stage.ann.slash(stage.fake.dm_with(stage.ann.user), "solved")
    assert answer.content == "privately"
    assert stage.seen[-1]["user"]["username"] == "ann"
    assert "member" not in stage.seen[-1]
