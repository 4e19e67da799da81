"""Which team a question is for: routes, topics, and what a wrong team teaches. Pure; times in UTC milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from escalation.errors import InputError
from escalation.events import MessageKey, Place
from escalation.policy import EscalationPolicy
from escalation.question import Clocks, Happening, Question, Reason, Transition, transition
from escalation.routing import Team
from escalation.timing import Millis
from escalation.topics import Topic


class Risk(IntEnum):
    """How much is at stake, from little to much."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a question when it needs a team; what is not known matches no condition on it."""

    place: Place
    category: str = ""
    """The group that the channel stands in, where the platform has them."""
    tags: tuple[str, ...] = ()
    topic: str | None = None
    language: str | None = None
    reason: Reason | None = None
    risk: Risk = Risk.LOW
    asker_roles: frozenset[str] = frozenset()
    """The platform's own names or ids of the asker's roles."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a route asks of a question: one of the values in each field that has any. Without any, all match.

    Case does not count, save for ids of communities, channels and categories.
    """

    platforms: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    """platform/community."""
    channels: frozenset[str] = frozenset()
    """The platform's ids."""
    categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    """ISO 639-1 codes; "pt" also takes "pt-BR"."""
    reasons: frozenset[Reason] = frozenset()
    risk: Risk = Risk.LOW
    """At least."""
    asker_roles: frozenset[str] = frozenset()

    def meet(self, traits: Traits) -> bool:
        """Whether the question has what each field asks for."""
        place = traits.place
        return traits.risk >= self.risk and all(
            not wanted or not wanted.isdisjoint(has)
            for wanted, has in (
                (_folded(self.platforms), _folded([place.platform])),
                (self.communities, {place.community_key}),
                (self.channels, {place.channel}),
                (self.categories, {traits.category}),
                (_folded(self.tags), _folded(traits.tags)),
                (_folded(self.topics), _folded([traits.topic or ""])),
                (_folded(self.languages), _tongues(traits.language or "")),
                (self.reasons, {traits.reason} if traits.reason else set()),
                (_folded(self.asker_roles), _folded(traits.asker_roles)),
            )
        )


@dataclass(frozen=True, slots=True)
class Route:
    """Questions that meet the conditions go to `team`, or up the ladder of `policy`, or both."""

    name: str
    team: str | None = None
    policy: EscalationPolicy | None = None
    when: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        if self.team is None and self.policy is None:
            raise InputError(f"route {self.name!r} leads nowhere: give it a team, a policy or both")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a question goes, and by which rule."""

    team: str | None
    """None: a route names a policy only, whose steps say who is told."""
    policy: EscalationPolicy | None
    """None: the tenant's own."""
    because: str


@dataclass(frozen=True, slots=True)
class Routing:
    """All rules of one tenant. The default team is customer service: that is who customers want."""

    routes: tuple[Route, ...] = ()
    topics: tuple[Topic, ...] = ()
    default_team: str = "support"
    topic_precision: float = 0.9
    """Guesses of topics by examples are to be right this often."""

    def destination(self, traits: Traits, teams: Mapping[str, Team]) -> Destination:
        """By the first route that matches; else by the team that names the topic; else the default team."""
        for route in self.routes:
            if route.when.meet(traits):
                return Destination(route.team, route.policy, f"route {route.name}")
        for team in teams.values():
            if traits.topic in team.topics:
                return Destination(team.name, None, f"topic {traits.topic}")
        return Destination(self.default_team, None, "no route matches")


@dataclass(frozen=True, slots=True)
class Label:
    """A human's word that a question was for another team: something to learn from."""

    question: MessageKey
    tenant: str
    from_team: str
    to_team: str
    topic: str | None
    """What the question was taken to be about."""
    actor: str
    at: Millis


def wrong_team(
    question: Question,
    to_team: str,
    at: Millis,
    clocks: Clocks,
    *,
    actor: str,
    default_team: str = "support",
    topic: str | None = None,
) -> tuple[Transition, Label | None]:
    """The ladder from its start with the other team, as the table of life says, and what that teaches.

    No label where nothing was wrong: the question is with that team already, or in a state that has no team to
    change (its transition then changes nothing, and is audited).
    """
    moved = transition(question, Happening.WRONG_TEAM, at, clocks, actor=actor, team=to_team)
    from_team = question.team or default_team
    if moved.after == question or from_team == to_team:
        return moved, None
    return moved, Label(question.key, question.tenant, from_team, to_team, topic, actor, at)


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _tongues(code: str) -> frozenset[str]:
    """ "pt-BR" is also "pt"."""
    code = code.casefold().replace("_", "-")
    return frozenset({code, code.partition("-")[0]})
