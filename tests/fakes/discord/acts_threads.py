"""What happens to threads and forum posts, whoever does it: `topics/threads` of Discord's documentation."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.fakes.discord import payloads
from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.kinds import PINNED_POST, REQUIRE_TAG, Kind
from tests.fakes.discord.permissions import P, can, in_channel, need
from tests.fakes.discord.state import Channel, Json, Message, Thread, User, World

DURATIONS = (60, 1440, 4320, 10080)


def open_thread(
    world: World,
    parent: Channel,
    owner: User,
    name: str,
    *,
    kind: Kind = Kind.PUBLIC_THREAD,
    starter: Message | None = None,
    auto_archive: int = 1440,
    tags: list[int] | None = None,
    invitable: bool = True,
    slowmode: int = 0,
    at: datetime | None = None,
) -> Channel:
    """A new thread; its id is its starter message's. The first message is for the caller to post."""
    if not 1 <= len(name) <= 100:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    if auto_archive not in DURATIONS:
        raise invalid("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {DURATIONS}.")
    if starter is not None and starter.thread is not None and not starter.thread.gone:
        raise ApiError(160004)
    now = at or world.clock.now()
    new_id = starter.id if starter is not None else world.ids.new(now)
    thread = Channel(new_id, kind, name, parent.the_guild, parent, slowmode=slowmode)
    thread.thread = Thread(owner.id, now, now, now, auto_archive=auto_archive, invitable=invitable)
    thread.thread.applied_tags = list(tags or [])
    thread.thread.members[owner.id] = now
    parent.the_guild.channels[thread.id] = thread
    world.channels[thread.id] = thread
    if parent.kind is Kind.FORUM:
        parent.last_message_id = thread.id
    world.tell("THREAD_CREATE", payloads.channel(world, thread) | {"newly_created": True}, thread)
    return thread


def thread_kind(parent: Channel) -> Kind:
    return Kind.ANNOUNCEMENT_THREAD if parent.kind is Kind.ANNOUNCEMENT else Kind.PUBLIC_THREAD


def check_tags(forum: Channel, user_id: int, tags: list[int], *, changed: set[int] | None = None) -> None:
    """At most 5 known ones; moderated ones only for who manages threads; one at least where the forum wants it."""
    if len(tags) > 5:
        raise invalid("applied_tags", "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
    known = {tag.id: tag for tag in forum.tags}
    if any(tag not in known for tag in tags):
        raise invalid("applied_tags", "FORUM_TAG_INVALID", "Unknown tag")
    if forum.flags & REQUIRE_TAG and not tags:
        raise ApiError(40067)
    touched = set(tags) if changed is None else changed
    moderated = {tag for tag in touched if tag in known and known[tag].moderated}
    member = forum.the_guild.members.get(user_id)
    if moderated and not (member and can(forum, member, P.MANAGE_THREADS)):
        raise ApiError(50013)


def spoke(world: World, thread: Channel, message: Message) -> None:
    """A message wakes an archived thread; its author and those it names are in it from then on."""
    state = thread.the_thread
    state.active_at = message.at
    if state.archived:
        change(world, thread, {"archived": False})
    named = [user for user in message.mentions.users if user in thread.the_guild.members]
    author = [message.author.id] if message.author.id in thread.the_guild.members else []
    join(world, thread, *author, *(named if len(named) <= 20 else []))


def join(world: World, thread: Channel, *user_ids: int) -> None:
    state = thread.the_thread
    new = [one for one in dict.fromkeys(user_ids) if one not in state.members]
    if not new:
        return
    for one in new:
        state.members[one] = world.clock.now()
    if world.bot.id in new:
        world.tell("THREAD_CREATE", payloads.channel(world, thread), thread)
    added = [payloads.thread_member(thread, one, with_member=True) | {"presence": None} for one in new]
    _tell_members(world, thread, new, {"added_members": added})


def leave(world: World, thread: Channel, user_id: int) -> None:
    if thread.the_thread.members.pop(user_id, None) is not None:
        _tell_members(world, thread, [user_id], {"removed_member_ids": [str(user_id)]})


def _tell_members(world: World, thread: Channel, who: list[int], what: Json) -> None:
    data: Json = {"id": str(thread.id), "guild_id": str(thread.the_guild.id)}
    data |= {"member_count": min(len(thread.the_thread.members), 50)} | what
    about = world.bot.id if world.bot.id in who else None
    world.tell("THREAD_MEMBERS_UPDATE", data, thread, about=about)


def may_change(thread: Channel, user_id: int, changes: Json) -> None:
    """Raises unless this user may change a thread so; an archived one must be opened with it."""
    member = need(thread, user_id)
    assert member is not None
    state, allowed = thread.the_thread, in_channel(thread, member)
    manages = bool(allowed & P.MANAGE_THREADS)
    if state.archived and changes.get("archived") is not False and set(changes) - {"locked", "archived"}:
        raise ApiError(50083)
    if state.locked and not manages:
        raise ApiError(160005)
    if manages:
        return
    if {"locked", "rate_limit_per_user", "flags"} & set(changes):
        raise ApiError(50013)
    opens = set(changes) <= {"archived"} and changes.get("archived") is False
    if not (user_id == state.owner_id or (opens and allowed & P.SEND_MESSAGES_IN_THREADS)):
        raise ApiError(50013)


def change(world: World, thread: Channel, changes: Json) -> None:
    """Changes what is named, as `PATCH /channels` names it, and tells THREAD_UPDATE."""
    state = thread.the_thread
    if "archived" in changes and bool(changes["archived"]) != state.archived:
        state.archived = bool(changes["archived"])
        state.archive_at = state.active_at = world.clock.now()
    if "locked" in changes:
        state.locked = bool(changes["locked"])
    if "auto_archive_duration" in changes:
        if changes["auto_archive_duration"] not in DURATIONS:
            raise invalid("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {DURATIONS}.")
        state.auto_archive = changes["auto_archive_duration"]
    if "applied_tags" in changes:
        state.applied_tags = [int(tag) for tag in changes["applied_tags"] or []]
    state.invitable = bool(changes.get("invitable", state.invitable))
    thread.name = changes.get("name", thread.name)
    thread.slowmode = changes.get("rate_limit_per_user", thread.slowmode) or 0
    thread.flags = changes.get("flags", thread.flags)
    world.tell("THREAD_UPDATE", payloads.channel(world, thread), thread)


def archive_the_quiet(world: World) -> list[Channel]:
    """Archives the threads in which nothing was said for as long as each of them allows."""
    now = world.clock.now()
    due = [
        thread
        for guild in world.guilds.values()
        for thread in guild.threads()
        if not thread.the_thread.archived
        and not thread.flags & PINNED_POST
        and thread.the_thread.active_at + timedelta(minutes=thread.the_thread.auto_archive) <= now
    ]
    for thread in due:
        change(world, thread, {"archived": True})
    return due


def forget(world: World, thread: Channel) -> None:
    """Takes a thread out of the world without a word: its channel's deletion says it."""
    thread.gone = True
    thread.the_guild.channels.pop(thread.id, None)
    world.channels.pop(thread.id, None)


def delete(world: World, thread: Channel) -> None:
    data = {
        "id": str(thread.id),
        "guild_id": str(thread.the_guild.id),
        "parent_id": str(thread.parent.id) if thread.parent else None,
        "type": int(thread.kind),
    }
    world.tell("THREAD_DELETE", data, thread)
    forget(world, thread)
