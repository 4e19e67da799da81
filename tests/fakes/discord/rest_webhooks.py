"""Answers to interactions, and webhooks: they share their routes. `interactions/receiving-and-responding`."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord import acts_messages, drafts, interactions, payload_messages, payloads
from tests.fakes.discord.calls import Answer, Call, Endpoint
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.permissions import P, need_in_guild
from tests.fakes.discord.state import Channel, Json, Message, User, Webhook


def callback(call: Call) -> Json | None:
    one = interactions.find_for_callback(call.world, call.id("interaction_id"), call.path["interaction_token"])
    message = interactions.answer(call.world, one, call.json, call.files)
    if call.flag("with_response"):
        return interactions.callback_response(call.world, one, message)
    return None


def _interaction(call: Call) -> Interaction | None:
    """The interaction behind a token, where the webhook is the application; None for a webhook of a channel."""
    if call.id("webhook_id") != call.world.application_id:
        return None
    return interactions.find_for_webhook(call.world, call.path["webhook_token"])


def _webhook(call: Call) -> Webhook:
    found = call.world.webhooks.get(call.id("webhook_id"))
    if found is None:
        raise ApiError(10015)
    if "webhook_token" in call.path and call.path["webhook_token"] != found.token:
        raise ApiError(50027)
    return found


def execute(call: Call) -> Any:
    """A followup to an interaction, or a message of a channel's webhook."""
    one = _interaction(call)
    if one is not None:
        message = interactions.follow_up(call.world, one, call.json, call.files)
        return payload_messages.message(call.world, message)
    hook = _webhook(call)
    channel = _thread_of(call, hook)
    draft = drafts.read(call.world, channel, call.json, call.files)
    author = User(hook.id, call.json.get("username") or hook.name, bot=True)
    message = acts_messages.post(call.world, channel, author, draft, webhook=hook)
    return payload_messages.message(call.world, message) if call.flag("wait") else None


def _thread_of(call: Call, hook: Webhook) -> Channel:
    if (thread_id := call.snowflake("thread_id")) is None:
        return hook.channel
    thread = call.world.channels.get(thread_id)
    if thread is None or thread.parent is not hook.channel:
        raise ApiError(10003)
    return thread


def _message(call: Call) -> Message:
    one = _interaction(call)
    if "message_id" not in call.path:
        if one is None:
            raise ApiError(10008)
        return interactions.original(one)
    wanted = call.id("message_id")
    if one is not None:
        known = [*one.followups, *([one.original] if one.original else [])]
        found = next((message for message in known if message.id == wanted and not message.gone), None)
    else:
        hook = _webhook(call)
        found = _thread_of(call, hook).messages.get(wanted)
        found = found if found is not None and found.webhook_id == hook.id else None
    if found is None:
        raise ApiError(10008)
    return found


def get(call: Call) -> Json:
    return payload_messages.message(call.world, _message(call))


def edit(call: Call) -> Json:
    message = _message(call)
    changes = drafts.read_changes(call.world, message, call.json, call.files)
    allowed = call.json.get("allowed_mentions")
    one = _interaction(call)
    if one is not None and message in (one.original, one.on_message):
        interactions.edit_original(call.world, one, changes, allowed)
    else:
        acts_messages.edit(call.world, message, changes, allowed)
    return payload_messages.message(call.world, message)


def delete(call: Call) -> None:
    acts_messages.delete(call.world, _message(call))


# -- webhooks themselves


def create(call: Call) -> Json:
    channel = call.channel(P.MANAGE_WEBHOOKS)
    number = call.world.ids.new()
    hook = Webhook(number, f"hook-{number}", call.json["name"], channel, call.world.bot)
    call.world.webhooks[hook.id] = hook
    return payloads.webhook(call.world, hook)


def of_channel(call: Call) -> list[Json]:
    channel = call.channel(P.MANAGE_WEBHOOKS)
    return [payloads.webhook(call.world, one) for one in call.world.webhooks.values() if one.channel is channel]


def of_guild(call: Call) -> list[Json]:
    guild = call.guild()
    need_in_guild(guild, call.world.bot.id, P.MANAGE_WEBHOOKS)
    hooks = [one for one in call.world.webhooks.values() if one.channel.guild is guild]
    return [payloads.webhook(call.world, one) for one in hooks]


def webhook(call: Call) -> Json:
    return payloads.webhook(call.world, _webhook(call))


def delete_webhook(call: Call) -> Answer:
    del call.world.webhooks[_webhook(call).id]
    return Answer(204)


_TOKEN = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = _TOKEN + "/messages/@original"
_MESSAGE = _TOKEN + "/messages/{message_id}"
ENDPOINTS = [
    Endpoint("POST", "/interactions/{interaction_id}/{interaction_token}/callback", callback, open=True),
    Endpoint("POST", _TOKEN, execute, open=True),
    Endpoint("GET", _TOKEN, webhook, open=True),
    Endpoint("DELETE", _TOKEN, delete_webhook, open=True),
    Endpoint("GET", _ORIGINAL, get, open=True),
    Endpoint("PATCH", _ORIGINAL, edit, open=True),
    Endpoint("DELETE", _ORIGINAL, delete, open=True),
    Endpoint("GET", _MESSAGE, get, open=True),
    Endpoint("PATCH", _MESSAGE, edit, open=True),
    Endpoint("DELETE", _MESSAGE, delete, open=True),
    Endpoint("POST", "/channels/{channel_id}/webhooks", create),
    Endpoint("GET", "/channels/{channel_id}/webhooks", of_channel),
    Endpoint("GET", "/guilds/{guild_id}/webhooks", of_guild),
    Endpoint("GET", "/webhooks/{webhook_id}", webhook),
    Endpoint("DELETE", "/webhooks/{webhook_id}", delete_webhook),
]
