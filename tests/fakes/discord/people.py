"""People: what they can say and do with their client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.fakes.discord import acts_guilds, acts_messages, acts_reactions, acts_threads, payloads
from tests.fakes.discord.acts_messages import Draft
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.hands import Hands
from tests.fakes.discord.kinds import Kind
from tests.fakes.discord.permissions import P, need
from tests.fakes.discord.state import Channel, Guild, Message, Role, User


@dataclass(frozen=True)
class Person(Hands):
    """A user in a guild. What its client would not let it do raises ApiError or PermissionError."""

    # -- talking

    def post(
        self, channel: Channel, content: str = "", *, reply_to: Message | None = None, at: datetime | None = None,
        ping_replied: bool = True, **more: Any,
    ) -> Message:  # fmt: skip
        """A message; `more` is a Draft's (attachments, stickers, poll, forward). `at` makes up a past."""
        allowed = {"parse": ["users", "roles", "everyone"], "replied_user": ping_replied}
        draft = Draft(content, reply_to=reply_to, allowed=allowed, **more)
        if draft.empty:
            raise ApiError(50006)
        acts_messages.may_post(self.fake.world, channel, self.user, draft)
        return acts_messages.post(self.fake.world, channel, self.user, draft, at=at)

    def reply(self, to: Message, content: str, *, ping: bool = True, at: datetime | None = None) -> Message:
        return self.post(to.channel, content, reply_to=to, ping_replied=ping, at=at)

    def type(self, channel: Channel) -> None:
        """ "... is typing"."""
        data = {"user_id": str(self.user.id), "timestamp": int(self.fake.clock.now().timestamp())}
        place = acts_messages.place(channel) | {"member": payloads.member(self.member)}
        self.fake.world.tell("TYPING_START", data | place, channel)

    def dm(self, content: str) -> Message:
        """A direct message to the bot."""
        return acts_messages.post(self.fake.world, self.fake.dm_with(self.user), self.user, Draft(content))

    def attach(self, channel: Channel, filename: str, content: str = "", *, size: int = 1000) -> Message:
        number = self.fake.world.ids.new()
        url = f"https://cdn.discordapp.com/attachments/{channel.id}/{number}/{filename}"
        file = {"id": str(number), "filename": filename, "size": size, "url": url, "proxy_url": url}
        return self.post(channel, content, attachments=[file])

    def sticker(self, channel: Channel, name: str = "wave") -> Message:
        return self.post(channel, stickers=[{"id": str(self.fake.world.ids.new()), "name": name, "format_type": 1}])

    def ask_poll(self, channel: Channel, question: str, *answers: str) -> Message:
        listed = [{"poll_media": {"text": one}} for one in answers]
        poll = acts_reactions.new_poll(self.fake.world, {"question": {"text": question}, "answers": listed})
        return self.post(channel, poll=poll)

    def vote(self, message: Message, answer: int, *, removed: bool = False) -> None:
        acts_reactions.vote(self.fake.world, message, self.user, answer, removed=removed)

    def forward(self, message: Message, to: Channel) -> Message:
        return self.post(to, forward=message)

    def edit(self, message: Message, content: str) -> None:
        if message.author is not self.user:
            raise ApiError(50005)
        acts_messages.edit(self.fake.world, message, {"content": content})

    def delete(self, *messages: Message) -> None:
        """One message, or several of one channel at once."""
        for message in messages:
            if message.author is not self.user:
                need(message.channel, self.user.id, P.MANAGE_MESSAGES)
        acts_messages.delete(self.fake.world, *messages)

    def react(self, message: Message, emoji: str) -> None:
        new = emoji not in message.reactions
        need(message.channel, self.user.id, *([P.ADD_REACTIONS] if new else []))
        acts_reactions.react(self.fake.world, message, self.user, emoji)

    def unreact(self, message: Message, emoji: str) -> None:
        acts_reactions.unreact(self.fake.world, message, self.user.id, emoji)

    def pin(self, message: Message) -> None:
        acts_reactions.pin(self.fake.world, message, pinned=True)

    # -- threads

    def start_thread(
        self, on: Message | Channel, name: str, *, private: bool = False, at: datetime | None = None
    ) -> Channel:
        """A thread on a message, or in a channel without one."""
        world = self.fake.world
        parent = on.channel if isinstance(on, Message) else on
        need(parent, self.user.id, P.CREATE_PRIVATE_THREADS if private else P.CREATE_PUBLIC_THREADS)
        kind = Kind.PRIVATE_THREAD if private else acts_threads.thread_kind(parent)
        starter = on if isinstance(on, Message) else None
        thread = acts_threads.open_thread(world, parent, self.user, name, kind=kind, starter=starter, at=at)
        if starter is not None:
            acts_messages.start_on(world, starter, thread)
        elif not private:
            acts_messages.announce_thread(world, thread, self.user)
        return thread

    def forum_post(
        self, forum: Channel, title: str, content: str, *, tags: Iterable[str] = (), at: datetime | None = None
    ) -> Message:
        """A post: first the thread is created, then its starter message arrives, with the thread's id."""
        need(forum, self.user.id, P.SEND_MESSAGES)
        ids = [next(tag.id for tag in forum.tags if tag.name == name) for name in tags]
        acts_threads.check_tags(forum, self.user.id, ids)
        thread = acts_threads.open_thread(self.fake.world, forum, self.user, title, tags=ids, at=at)
        return acts_messages.post(self.fake.world, thread, self.user, Draft(content), message_id=thread.id, at=at)

    def change_thread(self, thread: Channel, **changes: Any) -> None:
        """`archived=True`, `locked=True`, `name=...`, `applied_tags=[...]`."""
        acts_threads.may_change(thread, self.user.id, changes)
        acts_threads.change(self.fake.world, thread, changes)

    def add_to_thread(self, thread: Channel, *users: User) -> None:
        acts_threads.join(self.fake.world, thread, *(one.id for one in users))

    # -- moderating

    def delete_channel(self, channel: Channel) -> None:
        need(channel, self.user.id, P.MANAGE_THREADS if channel.thread else P.MANAGE_CHANNELS)
        acts_guilds.delete_channel(self.fake.world, channel)

    def delete_role(self, role: Role) -> None:
        acts_guilds.delete_role(self.fake.world, self.guild, role)

    def change_role(self, role: Role, **changes: Any) -> None:
        acts_guilds.change_role(self.fake.world, self.guild, role, changes)

    def set_roles(self, who: Person, *roles: Role) -> None:
        acts_guilds.set_roles(self.fake.world, who.member, {role.id for role in roles})

    def permit(self, channel: Channel, target: Role | User | Guild, *, allow: int = 0, deny: int = 0) -> None:
        """An overwrite for a role, a user or (the guild) everyone."""
        need(channel, self.user.id, P.MANAGE_ROLES)
        kind = 1 if isinstance(target, User) else 0
        acts_guilds.overwrite(self.fake.world, channel, target.id, kind, int(allow), int(deny))

    def time_out(self, who: Person, until: datetime | None) -> None:
        acts_guilds.time_out(self.fake.world, who.member, until)

    def leave(self) -> None:
        acts_guilds.remove_member(self.fake.world, self.guild, self.user)
