"""What lies on a moderator's desk: modmail, wiki pages, notes, the log, messages; and what was written over the API."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Revision:
    id: str
    by: str
    at: float
    text: str
    reason: str | None = None


@dataclass(eq=False)
class WikiPage:
    name: str
    revisions: list[Revision] = field(default_factory=list)
    permlevel: int = 0
    """0: the subreddit's rule, 1: its editors, 2: moderators only, also for reading."""
    editors: set[str] = field(default_factory=set)
    listed: bool = True

    @property
    def newest(self) -> Revision:
        return self.revisions[-1]


@dataclass(frozen=True)
class Note:
    """A moderator's note on an account."""

    id: str
    subreddit: str
    user: str
    by: str
    at: float
    text: str
    label: str | None = None
    about: str | None = None
    """Fullname of the post or comment it is about."""


@dataclass(frozen=True)
class LogEntry:
    """A line of the moderation log."""

    id: str
    at: float
    mod: str
    action: str
    target: str | None = None
    target_author: str | None = None
    details: str | None = None


@dataclass(frozen=True)
class Mail:
    """One message of a modmail conversation."""

    id: str
    by: str
    at: float
    body: str
    internal: bool = False
    author_hidden: bool = False


@dataclass(frozen=True)
class ModmailDeed:
    """Something done to a conversation, as archived or highlighted."""

    id: str
    by: str
    at: float
    action: str


@dataclass(eq=False)
class Conversation:
    """`participant` is the account outside; None in a discussion among moderators."""

    id: str
    subreddit: str
    subject: str
    participant: str | None
    messages: list[Mail] = field(default_factory=list)
    deeds: list[ModmailDeed] = field(default_factory=list)
    order: list[tuple[str, str]] = field(default_factory=list)
    """("messages" or "modActions", id), oldest first."""
    archived: bool = False
    highlighted: bool = False
    muted: bool = False
    unread_by: set[str] = field(default_factory=set)

    @property
    def internal(self) -> bool:
        return self.participant is None


@dataclass(eq=False)
class Message:
    """A private message."""

    id: str
    by: str
    to: str
    at: float
    subject: str
    body: str
    from_subreddit: str | None = None
    unread: bool = True

    @property
    def fullname(self) -> str:
        return f"t4_{self.id}"


@dataclass(frozen=True)
class Written:
    """One thing that an account did over the API, whether or not its answer arrived.

    `kind`: comment, edit, delete, submit, message, report, flair, user_flair, wiki, modmail, modmail_reply,
    note, lock, unlock, approve, remove, distinguish, sticky, ban and the like. `target`: a fullname, page,
    account or conversation. `made`: the id of what came into being, if anything did.
    """

    at: float
    by: str
    kind: str
    subreddit: str
    target: str
    text: str = ""
    made: str = ""
