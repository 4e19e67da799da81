"""From settings to the domain's own objects."""

from __future__ import annotations

from config.settings import PolicySettings, Settings, TenantSettings
from config.teams import PersonSettings, RouteSettings, ScheduleSettings, TeamSettings
from escalation.detection.company import company
from escalation.events import Place
from escalation.policy import EscalationPolicy, EscalationStep
from escalation.routes import Conditions, Risk, Route, Routing
from escalation.routing import Directory, Responder, Team, parse_address
from escalation.schedule import Schedule
from escalation.tenant import Tenant, Tenants
from escalation.topics import Topic


def tenants_of(settings: Settings) -> Tenants:
    """All tenants of the settings; communities that none of them owns follow `[unowned]`."""
    tenants = [_tenant(name, given, settings) for name, given in settings.tenants.items()]
    return Tenants(tenants, template=_tenant("unowned", settings.unowned, settings))


def _tenant(name: str, given: TenantSettings, settings: Settings) -> Tenant:
    return Tenant(
        name=name,
        communities=frozenset(_community_key(community) for community in given.communities),
        policy=policy_of(given.policy, settings.policies[given.policy]),
        directory=_directory(given, settings),
        staff=frozenset(given.staff),
        moderators_are_staff=given.moderators_are_staff,
        moderators=given.moderators,
        shadow=given.shadow,
        ignored_channels=frozenset(given.ignored_channels),
        company=company(**given.company.model_dump()),
        routing=_routing(given, settings),
    )


def policy_of(name: str, given: PolicySettings) -> EscalationPolicy:
    """The policy as the domain knows it."""
    return EscalationPolicy(
        name=name,
        steps=tuple(EscalationStep(step.after, step.targets) for step in given.steps),
        repeat=given.repeat,
        ack_timeout=given.ack_timeout,
        quiet_after=given.quiet_after,
        abandon_after=given.abandon_after,
        clocks=dict(given.clocks),
    )


def _directory(given: TenantSettings, settings: Settings) -> Directory:
    teams = {**settings.teams, **given.teams}
    people = {**settings.people, **given.people}
    schedules = {**settings.schedules, **given.schedules}
    return Directory(
        {name: _team(name, one) for name, one in teams.items()},
        given.fallback_team,
        {id_: _responder(id_, one) for id_, one in people.items()},
        {name: _schedule(name, one) for name, one in schedules.items()},
    )


def _team(name: str, given: TeamSettings) -> Team:
    return Team(
        name,
        tuple(parse_address(address, given.ping) for address in given.addresses),
        given.pings,
        given.members,
        given.schedule,
        given.topics,
        given.watchers,
    )


def _responder(id_: str, given: PersonSettings) -> Responder:
    return Responder(id_, given.name, tuple(map(parse_address, given.addresses)), dict(given.pings))


def _schedule(name: str, given: ScheduleSettings) -> Schedule:
    rotations = tuple(one.rotation() for one in given.rotations)
    return Schedule(name, given.zone, rotations, tuple(one.override() for one in given.overrides))


def _routing(given: TenantSettings, settings: Settings) -> Routing:
    """A tenant's own routes come before those of all."""
    topics = {**settings.topics, **given.topics}
    return Routing(
        routes=tuple(_route(one, settings) for one in (*given.routes, *settings.routes)),
        topics=tuple(Topic(name, one.keywords, one.examples) for name, one in topics.items()),
        default_team=given.default_team,
        topic_precision=settings.routing.topic_precision,
    )


def _route(given: RouteSettings, settings: Settings) -> Route:
    policy = policy_of(given.policy, settings.policies[given.policy]) if given.policy else None
    conditions = Conditions(
        platforms=frozenset(given.platforms),
        communities=frozenset(_community_key(community) for community in given.communities),
        channels=frozenset(given.channels),
        categories=frozenset(given.categories),
        tags=frozenset(given.tags),
        topics=frozenset(given.topics),
        languages=frozenset(given.languages),
        reasons=frozenset(given.reasons),
        risk=Risk[given.risk.upper()],
        asker_roles=frozenset(given.asker_roles),
    )
    return Route(given.name, given.team, policy, conditions)


def _community_key(text: str) -> str:
    platform, community = text.split("/")
    return Place(platform, community, "any").community_key
