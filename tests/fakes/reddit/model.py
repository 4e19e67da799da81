"""What Reddit is made of: accounts, subreddits, posts, comments and flair. Mail, wiki and notes are in desk.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tests.fakes.reddit.desk import LogEntry, Note, WikiPage

AccountState: TypeAlias = Literal["active", "deleted", "suspended", "shadowbanned"]
SubredditKind: TypeAlias = Literal["public", "restricted", "private", "banned", "quarantined"]

SIX_MONTHS = 180 * 86_400.0
ALL = frozenset({"all"})


@dataclass(eq=False)
class User:
    name: str
    id: str
    at: float
    state: AccountState = "active"
    password: str | None = None
    opted_in: set[str] = field(default_factory=set)
    """Quarantined subreddits that this account agreed to see."""

    @property
    def fullname(self) -> str:
        return f"t2_{self.id}"


@dataclass(frozen=True)
class Moderator:
    name: str
    permissions: frozenset[str]
    since: float

    def may(self, permission: str) -> bool:
        return "all" in self.permissions or permission in self.permissions


@dataclass(frozen=True)
class Flair:
    text: str | None = None
    css_class: str | None = None
    template_id: str | None = None


@dataclass(frozen=True)
class Template:
    """A flair that moderators prepared."""

    id: str
    text: str
    css_class: str = ""
    editable: bool = False
    mod_only: bool = False


@dataclass(frozen=True)
class Removal:
    """Why a post or comment is not shown. `by` is None where Reddit did it."""

    category: str
    at: float
    by: str | None = None
    spam: bool = False


@dataclass(frozen=True)
class Report:
    by: str
    reason: str
    at: float
    from_moderator: bool


@dataclass(eq=False, kw_only=True, repr=False)
class Thing:
    """What posts and comments have in common."""

    id: str
    subreddit: Subreddit
    author: User
    text: str
    at: float
    score: int = 1
    edited: float | None = None
    deleted: bool = False
    removed: Removal | None = None
    approved_by: str | None = None
    approved_at: float | None = None
    distinguished: str | None = None
    stickied: bool = False
    locked: bool = False
    reports: list[Report] = field(default_factory=list)
    listed_at: float = 0.0
    """The moment that listings sort by: an old post that turns up again has a new one."""

    def __post_init__(self) -> None:
        self.listed_at = self.listed_at or self.at

    def __repr__(self) -> str:
        return f"<{self.fullname} by {self.author.name}: {self.text[:40]!r}>"

    @property
    def fullname(self) -> str:
        raise NotImplementedError

    @property
    def removal(self) -> Removal | None:
        """A shadow-banned author's words are removed by Reddit itself, until a moderator approves them."""
        if self.removed is None and self.author.state == "shadowbanned" and self.approved_by is None:
            return Removal("reddit", self.at, spam=True)
        return self.removed

    @property
    def listed(self) -> bool:
        return not self.deleted and self.removal is None


@dataclass(eq=False, kw_only=True, repr=False)
class Post(Thing):
    title: str
    url: str | None = None
    crosspost_of: Post | None = None
    crossposts: int = 0
    flair: Flair = Flair()
    ratio: float = 1.0
    archived_by_hand: bool = False
    over_18: bool = False
    spoiler: bool = False
    comments: list[Comment] = field(default_factory=list)

    @property
    def fullname(self) -> str:
        return f"t3_{self.id}"

    @property
    def permalink(self) -> str:
        slug = "_".join("".join(c if c.isalnum() else " " for c in self.title.lower()).split())[:50]
        return f"/r/{self.subreddit.name}/comments/{self.id}/{slug or '_'}/"

    def archived(self, now: float) -> bool:
        return self.archived_by_hand or (self.subreddit.archives_posts and now - self.at > SIX_MONTHS)


@dataclass(eq=False, kw_only=True, repr=False)
class Comment(Thing):
    post: Post
    parent: Post | Comment

    @property
    def fullname(self) -> str:
        return f"t1_{self.id}"

    @property
    def permalink(self) -> str:
        return f"{self.post.permalink}{self.id}/"

    @property
    def depth(self) -> int:
        depth, above = 0, self.parent
        while isinstance(above, Comment):
            depth, above = depth + 1, above.parent
        return depth


@dataclass(eq=False, repr=False)
class Subreddit:
    name: str
    id: str
    at: float
    kind: SubredditKind = "public"
    moderators: dict[str, Moderator] = field(default_factory=dict)
    banned: dict[str, str] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)
    contributors: set[str] = field(default_factory=set)
    posts: list[Post] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    user_flair: dict[str, Flair] = field(default_factory=dict)
    post_templates: list[Template] = field(default_factory=list)
    user_templates: list[Template] = field(default_factory=list)
    authors_set_flair: bool = False
    wiki: dict[str, WikiPage] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    archives_posts: bool = True
    hides_scores_minutes: int = 0

    def __repr__(self) -> str:
        return f"<r/{self.name}>"

    @property
    def fullname(self) -> str:
        return f"t5_{self.id}"

    def moderator(self, name: str | None) -> Moderator | None:
        return self.moderators.get(name.lower()) if name else None

    def may(self, name: str | None, permission: str) -> bool:
        """Whether this account moderates here with this permission ("posts", "flair", "wiki", "mail", ...)."""
        moderator = self.moderator(name)
        return moderator is not None and moderator.may(permission)
