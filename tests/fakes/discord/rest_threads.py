"""Threads and forum posts: `resources/channel` and `topics/threads`."""

from __future__ import annotations

from datetime import datetime

from tests.fakes.discord import acts_messages, acts_threads, drafts, payloads
from tests.fakes.discord.calls import Answer, Call, Endpoint
from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.kinds import Kind
from tests.fakes.discord.permissions import P, in_channel, need, sees
from tests.fakes.discord.state import Channel, Json


def created(call: Call, thread: Channel) -> Answer:
    return Answer(201, payloads.channel(call.world, thread))


def start(call: Call) -> Answer:
    """A thread without a message, or a post in a forum."""
    parent = call.channel()
    if parent.kind is Kind.FORUM:
        return _post_in_forum(call, parent)
    if parent.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT):
        raise ApiError(50024)
    sent = call.json
    kind = Kind(sent.get("type") or Kind.PRIVATE_THREAD)
    private = kind is Kind.PRIVATE_THREAD
    need(parent, call.world.bot.id, P.CREATE_PRIVATE_THREADS if private else P.CREATE_PUBLIC_THREADS)
    thread = acts_threads.open_thread(
        call.world, parent, call.world.bot, str(sent.get("name") or ""), kind=kind,
        auto_archive=sent.get("auto_archive_duration") or 1440, invitable=sent.get("invitable", True),
        slowmode=sent.get("rate_limit_per_user") or 0,
    )  # fmt: skip
    if not private:
        acts_messages.announce_thread(call.world, thread, call.world.bot)
    return created(call, thread)


def _post_in_forum(call: Call, forum: Channel) -> Answer:
    sent = call.json
    need(forum, call.world.bot.id, P.SEND_MESSAGES)
    tags = [int(one) for one in sent.get("applied_tags") or []]
    acts_threads.check_tags(forum, call.world.bot.id, tags)
    draft = drafts.read(call.world, forum, sent.get("message") or {}, call.files)
    thread = acts_threads.open_thread(
        call.world, forum, call.world.bot, str(sent.get("name") or ""), tags=tags,
        auto_archive=sent.get("auto_archive_duration") or 1440, slowmode=sent.get("rate_limit_per_user") or 0,
    )  # fmt: skip
    message = acts_messages.post(call.world, thread, call.world.bot, draft, message_id=thread.id)
    from tests.fakes.discord.rest_messages import shown

    return Answer(201, payloads.channel(call.world, thread) | {"message": shown(call, message)})


def active(call: Call) -> Json:
    guild = call.guild()
    bot = guild.members[call.world.bot.id]
    threads = [one for one in guild.threads() if not one.the_thread.archived and sees(one, bot)]
    threads.sort(key=lambda one: one.id, reverse=True)
    return _listed(call, threads) | {"has_more": False}


def _listed(call: Call, threads: list[Channel]) -> Json:
    mine = [one for one in threads if call.world.bot.id in one.the_thread.members]
    return {
        "threads": [payloads.channel(call.world, one) for one in threads],
        "members": [payloads.thread_member(one, call.world.bot.id) for one in mine],
    }


def _archived(call: Call, parent: Channel, kinds: tuple[Kind, ...]) -> list[Channel]:
    return [one for one in parent.the_guild.threads()
            if one.parent is parent and one.the_thread.archived and one.kind in kinds]  # fmt: skip


def _page_by_time(call: Call, threads: list[Channel]) -> Json:
    """By the time of archiving, newest first; `before` is a time."""
    limit = call.limit(50, 100, 2)
    if before := call.query.get("before"):
        try:
            until = datetime.fromisoformat(before.replace(" ", "+"))
        except ValueError:
            raise invalid("before", "DATE_TIME_TYPE_PARSE", f"Could not parse {before}.") from None
        threads = [one for one in threads if one.the_thread.archive_at < until]
    threads.sort(key=lambda one: one.the_thread.archive_at, reverse=True)
    return _listed(call, threads[:limit]) | {"has_more": len(threads) > limit}


def archived_public(call: Call) -> Json:
    parent = call.channel(P.READ_MESSAGE_HISTORY)
    return _page_by_time(call, _archived(call, parent, (Kind.PUBLIC_THREAD, Kind.ANNOUNCEMENT_THREAD)))


def archived_private(call: Call) -> Json:
    parent = call.channel(P.READ_MESSAGE_HISTORY, P.MANAGE_THREADS)
    return _page_by_time(call, _archived(call, parent, (Kind.PRIVATE_THREAD,)))


def archived_joined(call: Call) -> Json:
    """By id, newest first; `before` is an id."""
    parent = call.channel(P.READ_MESSAGE_HISTORY)
    threads = [one for one in _archived(call, parent, (Kind.PRIVATE_THREAD,))
               if call.world.bot.id in one.the_thread.members]  # fmt: skip
    before, limit = call.snowflake("before"), call.limit(50, 100, 2)
    threads = sorted((one for one in threads if before is None or one.id < before), key=lambda one: -one.id)
    return _listed(call, threads[:limit]) | {"has_more": len(threads) > limit}


def _still_open(thread: Channel) -> Channel:
    if thread.the_thread.archived:
        raise ApiError(50083)
    return thread


def join(call: Call) -> None:
    acts_threads.join(call.world, _still_open(call.thread()), call.world.bot.id)


def leave(call: Call) -> None:
    acts_threads.leave(call.world, _still_open(call.thread()), call.world.bot.id)


def add(call: Call) -> None:
    thread = _still_open(call.thread(P.SEND_MESSAGES_IN_THREADS))
    if call.id("user_id") not in thread.the_guild.members:
        raise ApiError(10007)
    acts_threads.join(call.world, thread, call.id("user_id"))


def remove(call: Call) -> None:
    thread = _still_open(call.thread())
    allowed = in_channel(thread, thread.the_guild.members[call.world.bot.id])
    mine = thread.kind is Kind.PRIVATE_THREAD and thread.the_thread.owner_id == call.world.bot.id
    if not (allowed & P.MANAGE_THREADS or mine):
        raise ApiError(50013)
    acts_threads.leave(call.world, thread, call.id("user_id"))


def member(call: Call) -> Json:
    thread = call.thread()
    if call.id("user_id") not in thread.the_thread.members:
        raise ApiError(10007)
    return payloads.thread_member(thread, call.id("user_id"), with_member=call.flag("with_member"))


def members(call: Call) -> list[Json]:
    thread = call.thread()
    return [payloads.thread_member(thread, one, with_member=call.flag("with_member"))
            for one in thread.the_thread.members]  # fmt: skip


_MEMBERS = "/channels/{channel_id}/thread-members"
ENDPOINTS = [
    Endpoint("POST", "/channels/{channel_id}/threads", start),
    Endpoint("GET", "/guilds/{guild_id}/threads/active", active),
    Endpoint("GET", "/channels/{channel_id}/threads/archived/public", archived_public),
    Endpoint("GET", "/channels/{channel_id}/threads/archived/private", archived_private),
    Endpoint("GET", "/channels/{channel_id}/users/@me/threads/archived/private", archived_joined),
    Endpoint("GET", _MEMBERS, members),
    Endpoint("PUT", _MEMBERS + "/@me", join),
    Endpoint("DELETE", _MEMBERS + "/@me", leave),
    Endpoint("GET", _MEMBERS + "/{user_id}", member),
    Endpoint("PUT", _MEMBERS + "/{user_id}", add),
    Endpoint("DELETE", _MEMBERS + "/{user_id}", remove),
]
