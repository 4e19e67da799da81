"""Messages, reactions, pins and polls: `resources/message`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.fakes.discord import acts_messages, acts_reactions, acts_threads, drafts, payload_messages, payloads
from tests.fakes.discord.calls import Call, Endpoint
from tests.fakes.discord.clock import iso
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.intents import Intent
from tests.fakes.discord.kinds import Type
from tests.fakes.discord.permissions import P, in_channel, need
from tests.fakes.discord.state import Channel, Json, Message


def shown(call: Call, message: Message) -> Json:
    """REST hides content from an application without the privilege, whatever its session asked for."""
    found = payload_messages.message(call.world, message)
    readable = call.fake.allows(Intent.MESSAGE_CONTENT) or payload_messages.exempt(call.world, message)
    return found if readable else payload_messages.without_content(found)


def send(call: Call) -> Json:
    channel = call.channel()
    draft = drafts.read(call.world, channel, call.json, call.files)
    acts_messages.may_post(call.world, channel, call.world.bot, draft)
    key = (call.world.bot.id, draft.nonce) if draft.nonce is not None and call.json.get("enforce_nonce") else None
    message = _same_nonce(call, key) if key else None
    if message is None:
        message = acts_messages.post(call.world, channel, call.world.bot, draft)
        if key is not None:
            call.world.nonces[key] = message
    return shown(call, message) | ({"nonce": draft.nonce} if draft.nonce is not None else {})


def _same_nonce(call: Call, key: tuple[int, str | int]) -> Message | None:
    """The message that the same author sent with this nonce "in the past few minutes"."""
    oldest = call.world.clock.now() - timedelta(seconds=call.world.nonce_seconds)
    for old in [one for one, message in call.world.nonces.items() if message.at < oldest]:
        del call.world.nonces[old]
    found = call.world.nonces.get(key)
    if found is not None and found.gone:
        raise ApiError(10008)  # Discord means it so: a retry must not bring back what was deleted
    return found


def history(call: Call) -> list[Json]:
    """Newest first. Without READ_MESSAGE_HISTORY there is nothing to read, and no error."""
    channel = call.channel()
    limit = call.limit(50, 100)
    if not _reads(call, channel):
        return []
    messages = channel.messages
    before, after, around = (call.snowflake(name) for name in ("before", "after", "around"))
    if around is not None:
        middle = [one] if (one := messages.get(around)) else []
        half = limit // 2
        found = messages.before(around, half) + middle + messages.after(around, limit - half - len(middle))
    elif after is not None:
        found = messages.after(after, limit)
    elif before is not None:
        found = messages.before(before, limit)
    else:
        found = messages.last(limit)
    return [shown(call, one) for one in reversed(found)]


def _reads(call: Call, channel: Channel) -> bool:
    if channel.guild is None:
        return True
    allowed = in_channel(channel, channel.guild.members[call.world.bot.id])
    return bool(allowed & P.READ_MESSAGE_HISTORY)


def get(call: Call) -> Json:
    return shown(call, call.message(P.READ_MESSAGE_HISTORY))


def _open(message: Message) -> Message:
    """What is in an archived thread cannot be changed."""
    if message.channel.thread is not None and message.channel.thread.archived:
        raise ApiError(50083)
    return message


def edit(call: Call) -> Json:
    message = _open(call.message())
    if message.author is not call.world.bot:
        if set(call.json) != {"flags"}:
            raise ApiError(50005)
        need(message.channel, call.world.bot.id, P.MANAGE_MESSAGES)
    changes = drafts.read_changes(call.world, message, call.json, call.files)
    acts_messages.edit(call.world, message, changes, call.json.get("allowed_mentions"))
    return shown(call, message)


def delete(call: Call) -> None:
    message = _open(call.message())
    if message.author is not call.world.bot:
        need(message.channel, call.world.bot.id, P.MANAGE_MESSAGES)
    if message.type in (Type.THREAD_STARTER,):
        raise ApiError(50021)
    acts_messages.delete(call.world, message)


def bulk_delete(call: Call) -> None:
    channel = call.channel(P.MANAGE_MESSAGES)
    acts_messages.bulk_delete(call.world, channel, [int(one) for one in call.json.get("messages") or []])


def crosspost(call: Call) -> Json:
    message = call.message(P.SEND_MESSAGES)
    message.flags |= 1
    acts_messages.tell_update(call.world, message)
    return shown(call, message)


def typing(call: Call) -> None:
    call.channel(P.SEND_MESSAGES)


# -- reactions


def react(call: Call) -> None:
    message = _open(call.message(P.READ_MESSAGE_HISTORY))
    if call.path["emoji_name"] not in message.reactions:
        need(message.channel, call.world.bot.id, P.ADD_REACTIONS)
    acts_reactions.react(call.world, message, call.world.bot, call.path["emoji_name"])


def unreact(call: Call) -> None:
    acts_reactions.unreact(call.world, _open(call.message()), call.world.bot.id, call.path["emoji_name"])


def unreact_other(call: Call) -> None:
    message = _open(call.message(P.MANAGE_MESSAGES))
    acts_reactions.unreact(call.world, message, call.id("user_id"), call.path["emoji_name"])


def clear_reactions(call: Call) -> None:
    acts_reactions.clear_reactions(call.world, _open(call.message(P.MANAGE_MESSAGES)), call.path.get("emoji_name"))


def who_reacted(call: Call) -> list[Json]:
    message = call.message(P.READ_MESSAGE_HISTORY)
    reaction = message.reactions.get(call.path["emoji_name"])
    after, limit = call.snowflake("after") or 0, call.limit(25, 100)
    users = sorted(one for one in (reaction.users if reaction else ()) if one > after)
    return [payloads.user(call.world.users[one]) for one in users[:limit]]


# -- pins


def _pins(call: Call) -> list[Message]:
    channel = call.channel()
    if not _reads(call, channel):
        return []
    newest_first = sorted(channel.pins, key=lambda one: channel.pins[one], reverse=True)
    return [message for one in newest_first if (message := channel.messages.get(one)) is not None]


def pins(call: Call) -> Json:
    listed = [{"pinned_at": iso(one.channel.pins[one.id]), "message": shown(call, one)} for one in _pins(call)]
    limit = call.limit(50, 50)
    return {"items": listed[:limit], "has_more": len(listed) > limit}


def pins_as_before(call: Call) -> list[Json]:
    return [shown(call, one) for one in _pins(call)]


def _pinned(call: Call, *, pinned: bool) -> None:
    message = _open(call.message(P.PIN_MESSAGES))  # MANAGE_MESSAGES is not enough since February 2026
    acts_reactions.pin(call.world, message, pinned=pinned)


def pin(call: Call) -> None:
    _pinned(call, pinned=True)


def unpin(call: Call) -> None:
    _pinned(call, pinned=False)


# -- polls


def who_voted(call: Call) -> Json:
    message = call.message(P.READ_MESSAGE_HISTORY)
    voters = message.votes.get(call.id("answer_id"), {})
    return {"users": [payloads.user(call.world.users[one]) for one in voters]}


def expire_poll(call: Call) -> Json:
    message = call.message()
    if message.poll is None:
        raise ApiError(520006)
    if message.author is not call.world.bot:
        raise ApiError(50005)
    acts_reactions.close_poll(call.world, message)
    return shown(call, message)


def start_thread(call: Call) -> Any:
    from tests.fakes.discord.rest_threads import created

    message = call.message(P.CREATE_PUBLIC_THREADS)
    sent = call.json
    thread = acts_threads.open_thread(
        call.world, message.channel, call.world.bot, str(sent.get("name") or ""),
        kind=acts_threads.thread_kind(message.channel), starter=message,
        auto_archive=sent.get("auto_archive_duration") or 1440, slowmode=sent.get("rate_limit_per_user") or 0,
    )  # fmt: skip
    acts_messages.start_on(call.world, message, thread)
    return created(call, thread)


_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_EMOJI = _MESSAGE + "/reactions/{emoji_name}"
_PIN = "/channels/{channel_id}/messages/pins/{message_id}"
ENDPOINTS = [
    Endpoint("POST", "/channels/{channel_id}/messages", send),
    Endpoint("GET", "/channels/{channel_id}/messages", history),
    Endpoint("POST", "/channels/{channel_id}/messages/bulk-delete", bulk_delete),
    Endpoint("GET", "/channels/{channel_id}/messages/pins", pins),
    Endpoint("PUT", _PIN, pin),
    Endpoint("DELETE", _PIN, unpin),
    Endpoint("GET", "/channels/{channel_id}/pins", pins_as_before),
    Endpoint("PUT", "/channels/{channel_id}/pins/{message_id}", pin),
    Endpoint("DELETE", "/channels/{channel_id}/pins/{message_id}", unpin),
    Endpoint("GET", _MESSAGE, get),
    Endpoint("PATCH", _MESSAGE, edit),
    Endpoint("DELETE", _MESSAGE, delete),
    Endpoint("POST", _MESSAGE + "/crosspost", crosspost),
    Endpoint("POST", _MESSAGE + "/threads", start_thread),
    Endpoint("PUT", _EMOJI + "/@me", react),
    Endpoint("DELETE", _EMOJI + "/@me", unreact),
    Endpoint("DELETE", _EMOJI + "/{user_id}", unreact_other),
    Endpoint("GET", _EMOJI, who_reacted),
    Endpoint("DELETE", _EMOJI, clear_reactions),
    Endpoint("DELETE", _MESSAGE + "/reactions", clear_reactions),
    Endpoint("GET", "/channels/{channel_id}/polls/{message_id}/answers/{answer_id}", who_voted),
    Endpoint("POST", "/channels/{channel_id}/polls/{message_id}/expire", expire_poll),
    Endpoint("POST", "/channels/{channel_id}/typing", typing),
]
