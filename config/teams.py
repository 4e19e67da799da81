"""Settings of teams, people, schedules, topics and routes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.words import Clock, Community, Hours, Instant, Part, PlaceOfPages, Turn, Weekday, Zone, told
from escalation.keywords import plain
from escalation.question import Reason
from escalation.rotation import Rotation
from escalation.routing import Ping
from escalation.schedule import Override
from escalation.timing import HOUR

Word = Annotated[str, Field(min_length=1, max_length=100)]
Names = tuple[Word, ...]


class PersonSettings(Part):
    name: Word
    addresses: tuple[PlaceOfPages, ...] = ()
    pings: dict[str, str] = Field(default_factory=dict)


class RotationSettings(Part):
    people: Names
    every: Turn
    starts: date
    at: Clock = 9 * HOUR
    weekday: Weekday | None = None
    hours: Hours | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        told(RotationSettings.rotation, self)
        return self

    def rotation(self) -> Rotation:
        """The rotation as the domain knows it. Raises InputError that names the field."""
        every, unit = self.every
        return Rotation(self.people, every, unit, self.starts, self.at, self.weekday, self.hours)


class OverrideSettings(Part):
    person: Word
    start: Instant
    until: Instant
    extra: bool = False

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        told(OverrideSettings.override, self)
        return self

    def override(self) -> Override:
        """The override as the domain knows it. Raises InputError that names the field."""
        return Override(self.person, self.start, self.until, self.extra)


class ScheduleSettings(Part):
    zone: Zone
    rotations: tuple[RotationSettings, ...] = ()
    overrides: tuple[OverrideSettings, ...] = ()


class TeamSettings(Part):
    addresses: tuple[PlaceOfPages, ...]
    ping: str = ""
    pings: Ping = Ping.ROLE
    members: Names = ()
    schedule: str | None = None
    topics: Names = ()
    watchers: Names = ()


class TopicSettings(Part):
    keywords: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = ()
    examples: tuple[Annotated[str, Field(min_length=1, max_length=2_000)], ...] = Field((), max_length=200)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        for name in ("keywords", "examples"):
            if not all(map(plain, getattr(self, name))):
                raise ValueError(f"{name}: one of them is blank")
        return self


class RouteSettings(Part):
    name: Word
    team: str | None = None
    policy: str | None = None
    platforms: Names = ()
    communities: tuple[Community, ...] = ()
    channels: Names = ()
    categories: Names = ()
    tags: Names = ()
    topics: Names = ()
    languages: tuple[Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")], ...] = ()
    reasons: tuple[Reason, ...] = ()
    risk: Literal["low", "medium", "high", "critical"] = "low"
    asker_roles: Names = ()

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.team is None and self.policy is None:
            raise ValueError("leads nowhere: give it a team, a policy or both")
        return self


class RoutingSettings(Part):
    topic_precision: float = Field(gt=0, le=1)
