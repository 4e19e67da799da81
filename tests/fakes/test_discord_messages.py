"""Messages on the fake Discord, with a plain HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord import BOT, ApiError, Channel, Clock, FakeDiscord, Guild, Intent, Kind, P, Person
from tests.fakes.discord.plain import PlainClient, emoji

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


def words(listed: Any) -> list[str]:
    return [one["content"] for one in listed]


async def test_a_message_is_sent_read_edited_and_deleted(client: PlainClient, channel: Channel) -> None:
    sent = await client.send(channel.id, "hello", embeds=[{"title": "t", "fields": [{"name": "a", "value": "b"}]}])
    assert (sent.status, sent.body["content"], sent.body["edited_timestamp"]) == (200, "hello", None)
    assert parsedate_to_datetime(sent.headers["Date"]) == NOON
    path = f"/channels/{channel.id}/messages/{sent.body['id']}"
    assert (await client.get(path)).body["embeds"][0]["fields"][0]["inline"] is False
    changed = await client.patch(path, {"content": "bye", "embeds": []})
    assert (changed.body["content"], changed.body["embeds"]) == ("bye", [])
    assert changed.body["edited_timestamp"] == "2026-03-02T12:00:00.000000+00:00"
    assert (await client.delete(path)).status == 204
    for gone in (await client.get(path), await client.patch(path, {"content": "x"}), await client.delete(path)):
        assert (gone.status, gone.code) == (404, 10008)


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2001},
        {"embeds": [{"description": "x" * 4097}]},
        {"embeds": [{"description": "x" * 3001}] * 2},
        {"embeds": [{"title": "x"}] * 11},
        {"content": "x", "nonce": "n" * 26},
        {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "l"}]}]},
        {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "custom_id": "c" * 101}]}]},
        {"content": "x", "components": [{"type": 1, "components": []}]},
        {"content": "x", "components": [{"type": 10, "content": "only in version 2"}]},
        {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "both"}]},
        {"flags": 1 << 15, "components": [{"type": 10, "content": "x"}] * 41},
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        {"content": "x", "message_reference": {"message_id": "1"}},
    ],
)
async def test_what_does_not_fit_is_refused_with_its_place(
    client: PlainClient, channel: Channel, body: dict[str, Any]
) -> None:
    refused = await client.post(f"/channels/{channel.id}/messages", body)
    assert (refused.status, refused.code) == (400, 50035)
    assert refused.body["errors"]


async def test_two_buttons_cannot_have_the_same_id_and_rows_hold_five(client: PlainClient, channel: Channel) -> None:
    def row(*ids: str) -> dict[str, Any]:
        return {"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": one} for one in ids]}

    assert (await client.send(channel.id, "x", components=[row("a", "a")])).code == 50035
    assert (await client.send(channel.id, "x", components=[row(*"abcdef")])).code == 50035
    assert (await client.send(channel.id, "x", components=[row(str(number)) for number in range(6)])).code == 50035
    fits = await client.send(channel.id, "x", components=[row(*"abcde")])
    assert [one["id"] for one in fits.body["components"][0]["components"]] == [2, 3, 4, 5, 6]


async def test_components_of_version_2(fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person) -> None:
    inside = [
        {"type": 10, "content": f"read this {ann.mention}"},
        {"type": 14},
        {"type": 9, "components": [{"type": 10, "content": "beside"}],
         "accessory": {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}},
        {"type": 1, "components": [{"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "1"}]}]},
    ]  # fmt: skip
    sent = await client.post(
        f"/channels/{channel.id}/messages", {"flags": 1 << 15, "components": [{"type": 17, "components": inside}]}
    )
    assert (sent.status, sent.body["flags"], sent.body["content"]) == (200, 1 << 15, "")
    assert fake.pinged(fake.messages(channel)[0]) == {"ann"}


async def test_an_empty_message_a_category_and_a_forum_take_nothing(
    fake: FakeDiscord, client: PlainClient, guild: Guild, channel: Channel
) -> None:
    assert (await client.send(channel.id, "  ")).code == 50006
    for kind, code in ((Kind.CATEGORY, 50008), (Kind.FORUM, 40058)):
        assert (await client.send(fake.add_channel(guild, "c", kind).id, "x")).code == code
    assert (await client.send(1, "x")).code == 10003


# -- nonces


async def test_the_same_nonce_answers_the_same_message_for_some_minutes(
    fake: FakeDiscord, client: PlainClient, channel: Channel
) -> None:
    first = await client.send(channel.id, "once", nonce="n1", enforce_nonce=True)
    again = await client.send(channel.id, "twice", nonce="n1", enforce_nonce=True)
    assert (again.body["id"], again.body["content"], again.body["nonce"]) == (first.body["id"], "once", "n1")
    assert (await client.send(channel.id, "free", nonce="n1")).body["id"] != first.body["id"]
    other = await client.send(channel.id, "other", nonce="n2", enforce_nonce=True)
    fake.clock.move(minutes=4)
    assert (await client.send(channel.id, "x", nonce="n2", enforce_nonce=True)).body["id"] == other.body["id"]
    fake.clock.move(minutes=2)
    assert (await client.send(channel.id, "late", nonce="n1", enforce_nonce=True)).body["id"] != first.body["id"]
    listed = await client.get(f"/channels/{channel.id}/messages")
    assert not any("nonce" in one for one in listed.body)


async def test_a_nonce_does_not_bring_back_what_was_deleted(
    fake: FakeDiscord, client: PlainClient, channel: Channel
) -> None:
    await client.send(channel.id, "once", nonce="n1", enforce_nonce=True)
    fake.owner_of(channel.the_guild).delete(*fake.messages(channel))
    assert (await client.send(channel.id, "again", nonce="n1", enforce_nonce=True)).code == 10008
    fake.clock.move(minutes=6)
    assert (await client.send(channel.id, "again", nonce="n1", enforce_nonce=True)).status == 200


# -- history


async def test_history_is_newest_first_on_every_side(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    posted = [ann.post(channel, str(number)) for number in range(10)]
    path = f"/channels/{channel.id}/messages"
    assert words((await client.get(path)).body) == [str(one) for one in range(9, -1, -1)]
    assert words((await client.get(path, after=posted[4].id, limit=2)).body) == ["6", "5"]
    assert words((await client.get(path, before=posted[4].id, limit=2)).body) == ["3", "2"]
    assert words((await client.get(path, around=posted[4].id, limit=3)).body) == ["5", "4", "3"]
    assert words((await client.get(path, after=0, limit=3)).body) == ["2", "1", "0"]
    for limit in (0, 101):
        assert (await client.get(path, limit=limit)).code == 50035
    old = ann.post(channel, "made up", at=NOON - timedelta(days=2))
    assert words((await client.get(path, before=posted[0].id)).body) == ["made up"]
    assert old.id < posted[0].id


async def test_without_the_right_to_read_history_there_is_an_empty_list(
    fake: FakeDiscord, client: PlainClient, guild: Guild, channel: Channel, ann: Person
) -> None:
    message = ann.post(channel, "there")
    fake.set_bot_permissions(guild, BOT & ~P.READ_MESSAGE_HISTORY)
    fake.owner_of(guild).permit(channel, guild, deny=P.READ_MESSAGE_HISTORY)
    listed = await client.get(f"/channels/{channel.id}/messages")
    assert (listed.status, listed.body) == (200, [])
    assert (await client.get(f"/channels/{channel.id}/messages/{message.id}")).code == 50013
    reply = {"message_reference": {"message_id": str(message.id)}}
    assert (await client.send(channel.id, "x", **reply)).code == 160002
    fake.owner_of(guild).permit(channel, guild, deny=P.VIEW_CHANNEL)
    assert (await client.get(f"/channels/{channel.id}/messages")).code == 50001
    assert (await client.send(channel.id, "x")).code == 50001


async def test_rights_are_asked_for(fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person) -> None:
    theirs = ann.post(channel, "mine")
    path = f"/channels/{channel.id}/messages/{theirs.id}"
    assert (await client.patch(path, {"content": "yours"})).code == 50005
    assert (await client.delete(path)).code == 50013
    assert (await client.put(f"/channels/{channel.id}/messages/pins/{theirs.id}")).code == 50013
    assert (await client.post(f"/channels/{channel.id}/messages/bulk-delete", {"messages": ["1", "2"]})).code == 50013
    owner = fake.owner_of(channel.the_guild)
    owner.permit(channel, fake.bot, deny=P.EMBED_LINKS)
    assert (await client.send(channel.id, embeds=[{"title": "x"}])).code == 50013
    owner.permit(channel, fake.bot, deny=P.SEND_MESSAGES)
    assert (await client.send(channel.id, "x")).code == 50013


async def test_content_needs_the_privilege_in_rest_too(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    ann.post(channel, "secret")
    fake.allow(Intent.GUILD_MEMBERS)
    await client.send(channel.id, "own")
    assert words((await client.get(f"/channels/{channel.id}/messages")).body) == ["own", ""]


# -- replies, reactions and the rest


async def test_a_reply_carries_its_original_and_null_when_that_is_gone(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    question = ann.post(channel, "How?")
    reply = {"message_reference": {"message_id": str(question.id)}}
    sent = await client.send(channel.id, "So!", **reply)
    assert (sent.body["type"], sent.body["referenced_message"]["content"]) == (19, "How?")
    assert fake.pinged(fake.by_bot(channel)[0]) == {"ann"}
    ann.delete(question)
    found = await client.get(f"/channels/{channel.id}/messages/{sent.body['id']}")
    assert found.body["referenced_message"] is None
    reply["message_reference"]["fail_if_not_exists"] = False  # type: ignore[assignment]
    assert (await client.send(channel.id, "anyway", **reply)).body["type"] == 0


async def test_reactions(fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person) -> None:
    message = ann.post(channel, "hello")
    ann.react(message, "👍")
    path = f"/channels/{channel.id}/messages/{message.id}"
    assert (await client.put(f"{path}/reactions/{emoji('✅')}/@me")).status == 204
    shown = (await client.get(path)).body["reactions"]
    assert [(one["emoji"]["name"], one["count"], one["me"]) for one in shown] == [("👍", 1, False), ("✅", 1, True)]
    users = (await client.get(f"{path}/reactions/{emoji('👍')}")).body
    assert [one["username"] for one in users] == ["ann"]
    assert (await client.delete(f"{path}/reactions/{emoji('✅')}/@me")).status == 204
    assert (await client.delete(f"{path}/reactions/{emoji('✅')}/@me")).code == 10014
    assert (await client.delete(f"{path}/reactions/{emoji('👍')}/{ann.id}")).code == 50013
    fake.set_bot_permissions(channel.the_guild, BOT | P.MANAGE_MESSAGES)
    assert (await client.delete(f"{path}/reactions/{emoji('👍')}/{ann.id}")).status == 204
    for number in range(20):
        ann.react(message, f"e{number}:{number}")
    assert (await client.put(f"{path}/reactions/{emoji('✅')}/@me")).code == 30010
    assert (await client.delete(f"{path}/reactions")).status == 204
    assert "reactions" not in (await client.get(path)).body


async def test_bulk_deletion_and_pins(fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person) -> None:
    fake.set_bot_permissions(channel.the_guild, BOT | P.MANAGE_MESSAGES | P.PIN_MESSAGES)
    old = ann.post(channel, "old", at=NOON - timedelta(days=15))
    posted = [ann.post(channel, str(number)) for number in range(3)]
    path = f"/channels/{channel.id}/messages/bulk-delete"

    async def delete(*ids: int) -> Any:
        return await client.post(path, {"messages": [str(one) for one in ids]})

    assert (await delete(posted[0].id)).code == 50016
    assert (await delete(posted[0].id, old.id)).code == 50034
    assert (await delete(posted[0].id, posted[1].id, 5)).status == 204
    assert [one.content for one in fake.messages(channel)] == ["old", "2"]
    assert (await client.put(f"/channels/{channel.id}/messages/pins/{old.id}")).status == 204
    pinned = (await client.get(f"/channels/{channel.id}/messages/pins")).body
    assert [one["message"]["content"] for one in pinned["items"]] == ["old"]
    assert (await client.delete(f"/channels/{channel.id}/messages/pins/{old.id}")).status == 204


async def test_polls_stickers_forwards_and_files_are_messages_without_words(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    poll = ann.ask_poll(channel, "Tea?", "yes", "no")
    ann.vote(poll, 1)
    ann.sticker(channel)
    ann.forward(poll, channel)
    ann.attach(channel, "shot.png")
    listed = (await client.get(f"/channels/{channel.id}/messages")).body
    assert words(listed) == ["", "", "", ""]
    file, forward, sticker, asked = listed
    assert file["attachments"][0]["filename"] == "shot.png"
    assert forward["message_reference"]["type"] == 1
    assert sticker["sticker_items"][0]["name"] == "wave"
    assert asked["poll"]["results"]["answer_counts"] == [{"id": 1, "count": 1, "me_voted": False}]
    voters = await client.get(f"/channels/{channel.id}/polls/{poll.id}/answers/1")
    assert [one["username"] for one in voters.body["users"]] == ["ann"]


async def test_the_bots_own_poll_ends_when_it_says_so(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    poll = {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "a"}}], "duration": 1}
    own = await client.send(channel.id, poll=poll)
    assert own.body["poll"]["expiry"] == "2026-03-02T13:00:00.000000+00:00"
    path = f"/channels/{channel.id}/polls/{own.body['id']}/expire"
    assert (await client.post(path)).body["poll"]["results"]["is_finalized"] is True
    assert (await client.post(path)).code == 520001
    with pytest.raises(ApiError, match="520001"):
        ann.vote(fake.messages(channel)[0], 1)
    fake.owner_of(channel.the_guild).permit(channel, fake.bot, deny=P.SEND_POLLS)
    assert (await client.send(channel.id, poll=poll)).code == 50013


async def test_a_file_is_uploaded(client: PlainClient, fake: FakeDiscord, channel: Channel) -> None:
    fake.set_bot_permissions(channel.the_guild, BOT | P.ATTACH_FILES)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", '{"content": "see", "attachments": [{"id": "0", "filename": "a.csv"}]}')
    form.add_field("files[0]", b"a,b\n", filename="a.csv", content_type="application/octet-stream")
    async with client.http.post(f"{fake.url}/channels/{channel.id}/messages", data=form) as answer:
        body = await answer.json()
    assert (body["content"], body["attachments"][0]["filename"], body["attachments"][0]["size"]) == ("see", "a.csv", 4)


async def test_a_webhook_is_an_author_of_its_own(
    fake: FakeDiscord, client: PlainClient, channel: Channel, ann: Person
) -> None:
    hook = fake.add_webhook(channel, "news")
    path = f"/webhooks/{hook.id}/{hook.token}"
    assert (await client.post(path, {"content": "quiet"})).status == 204
    sent = await client.post(path, {"content": "hi", "username": "alias"}, wait="true")
    assert (sent.body["author"]["username"], sent.body["webhook_id"]) == ("alias", str(hook.id))
    assert (await client.patch(f"{path}/messages/{sent.body['id']}", {"content": "ho"})).body["content"] == "ho"
    assert (await client.post(f"/webhooks/{hook.id}/wrong", {"content": "x"})).code == 50027
    assert (await client.post("/webhooks/1/wrong", {"content": "x"})).code == 10015
    fake.set_bot_permissions(channel.the_guild, BOT | P.MANAGE_WEBHOOKS)
    assert len((await client.get(f"/channels/{channel.id}/webhooks")).body) == 1


async def test_direct_messages(fake: FakeDiscord, client: PlainClient, ann: Person) -> None:
    opened = await client.post("/users/@me/channels", {"recipient_id": str(ann.id)})
    sent = await client.send(int(opened.body["id"]), f"psst {ann.mention}")
    assert sent.status == 200
    assert fake.pinged(fake.by_bot(fake.dm_with(ann.user))[0]) == {"ann"}
    ann.user.dms_open = False
    assert (await client.send(int(opened.body["id"]), "hello?")).code == 50007
    ann.dm("let me alone")
    assert words((await client.get(f"/channels/{opened.body['id']}/messages")).body)[0] == "let me alone"


async def test_people_cannot_do_what_they_may_not(fake: FakeDiscord, channel: Channel, ann: Person) -> None:
    bob = fake.add_member(channel.the_guild, "bob")
    message = bob.post(channel, "mine")
    with pytest.raises(ApiError, match="50005"):
        ann.edit(message, "yours")
    with pytest.raises(ApiError, match="50013"):
        ann.delete(message)
    fake.owner_of(channel.the_guild).time_out(ann, NOON + timedelta(minutes=5))
    with pytest.raises(ApiError, match="50013"):
        ann.post(channel, "let me")
    fake.clock.move(minutes=6)
    ann.post(channel, "thanks")
    fake.owner_of(channel.the_guild).permit(channel, channel.the_guild, deny=P.VIEW_CHANNEL)
    with pytest.raises(ApiError, match="50001"):
        ann.post(channel, "hello?")
