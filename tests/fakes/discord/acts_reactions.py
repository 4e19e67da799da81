"""What happens around messages: reactions, pins and votes, whoever does it."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.discord import payloads
from tests.fakes.discord.acts_messages import place, tell_update
from tests.fakes.discord.clock import iso
from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.state import Json, Message, Reaction, User, World


def emoji_of(name: str) -> Json:
    """A Unicode emoji, or "name:id" of a custom one."""
    if ":" in name:
        word, _, number = name.partition(":")
        return {"id": number, "name": word}
    return {"id": None, "name": name}


def react(world: World, message: Message, user: User, emoji: str) -> None:
    reaction = message.reactions.get(emoji)
    if reaction is None:
        if len(message.reactions) >= 20:
            raise ApiError(30010)
        reaction = message.reactions[emoji] = Reaction(emoji_of(emoji))
    if user.id in reaction.users:
        return
    reaction.users[user.id] = None
    data = _reacted(message, user.id, reaction.emoji) | {"message_author_id": str(message.author.id)}
    if message.channel.guild and (member := message.channel.guild.members.get(user.id)):
        data["member"] = payloads.member(member)
    world.tell("MESSAGE_REACTION_ADD", data, message.channel)


def _reacted(message: Message, user_id: int, emoji: Json) -> Json:
    what: Json = {"user_id": str(user_id), "message_id": str(message.id), "emoji": emoji, "burst": False, "type": 0}
    return what | place(message.channel)


def unreact(world: World, message: Message, user_id: int, emoji: str) -> None:
    reaction = message.reactions.get(emoji)
    if reaction is None or user_id not in reaction.users:
        raise ApiError(10014)
    del reaction.users[user_id]
    if not reaction.users:
        del message.reactions[emoji]
    world.tell("MESSAGE_REACTION_REMOVE", _reacted(message, user_id, reaction.emoji), message.channel)


def clear_reactions(world: World, message: Message, emoji: str | None = None) -> None:
    data = {"message_id": str(message.id)} | place(message.channel)
    if emoji is None:
        message.reactions.clear()
        world.tell("MESSAGE_REACTION_REMOVE_ALL", data, message.channel)
    elif (reaction := message.reactions.pop(emoji, None)) is not None:
        world.tell("MESSAGE_REACTION_REMOVE_EMOJI", data | {"emoji": reaction.emoji}, message.channel)
    else:
        raise ApiError(10014)


def pin(world: World, message: Message, *, pinned: bool) -> None:
    channel = message.channel
    if pinned == (message.id in channel.pins):
        return
    if pinned:
        if len(channel.pins) >= 250:
            raise ApiError(30003)
        channel.pins[message.id] = world.clock.now()
    else:
        del channel.pins[message.id]
    last = max(channel.pins.values(), default=None)
    world.tell("CHANNEL_PINS_UPDATE", {"last_pin_timestamp": iso(last) if last else None} | place(channel), channel)
    tell_update(world, message)


def vote(world: World, message: Message, user: User, answer_id: int, *, removed: bool = False) -> None:
    if message.poll is None or answer_id not in message.votes:
        raise ApiError(520000)
    if message.poll.get("closed"):
        raise ApiError(520001)
    voters = message.votes[answer_id]
    if removed:
        voters.pop(user.id, None)
    else:
        voters[user.id] = None
    data = {"user_id": str(user.id), "message_id": str(message.id), "answer_id": answer_id} | place(message.channel)
    world.tell("MESSAGE_POLL_VOTE_REMOVE" if removed else "MESSAGE_POLL_VOTE_ADD", data, message.channel)


def close_poll(world: World, message: Message) -> None:
    assert message.poll is not None
    if message.poll.get("closed"):
        raise ApiError(520001)
    message.poll["closed"] = True
    tell_update(world, message)


def new_poll(world: World, sent: Json | None) -> Json | None:
    """A poll as asked for becomes one as it is shown."""
    if sent is None:
        return None
    answers = sent.get("answers") or []
    if not 1 <= len(answers) <= 10:
        raise invalid("poll.answers", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
    hours = int(sent.get("duration") or 24)
    return {
        "question": {"text": sent["question"]["text"]},
        "answers": [
            {"answer_id": at, "poll_media": {key: value for key, value in one["poll_media"].items() if value}}
            for at, one in enumerate(answers, 1)
        ],
        "expiry": iso(world.clock.now() + timedelta(hours=hours)),
        "allow_multiselect": bool(sent.get("allow_multiselect")),
        "layout_type": int(sent.get("layout_type") or 1),
    }
