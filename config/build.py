"""From settings to the domain's own objects."""

from __future__ import annotations

from config.settings import PolicySettings, Settings, TeamSettings, TenantSettings
from escalation.detection.company import company
from escalation.events import Place
from escalation.policy import EscalationPolicy, EscalationStep
from escalation.routing import Directory, Team, parse_address
from escalation.tenant import Tenant, Tenants


def tenants_of(settings: Settings) -> Tenants:
    """All tenants of the settings; communities that none of them owns follow `[unowned]`."""
    tenants = [_tenant(name, given, settings) for name, given in settings.tenants.items()]
    return Tenants(tenants, template=_tenant("unowned", settings.unowned, settings))


def _tenant(name: str, given: TenantSettings, settings: Settings) -> Tenant:
    teams = {**settings.teams, **given.teams}
    return Tenant(
        name=name,
        communities=frozenset(_community_key(community) for community in given.communities),
        policy=policy_of(given.policy, settings.policies[given.policy]),
        directory=Directory({team: _team(team, one) for team, one in teams.items()}, given.fallback_team),
        staff=frozenset(given.staff),
        moderators_are_staff=given.moderators_are_staff,
        moderators=given.moderators,
        shadow=given.shadow,
        ignored_channels=frozenset(given.ignored_channels),
        company=company(**given.company.model_dump()),
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


def _team(name: str, given: TeamSettings) -> Team:
    return Team(name, tuple(parse_address(address, given.ping) for address in given.addresses))


def _community_key(text: str) -> str:
    platform, community = text.split("/")
    return Place(platform, community, "any").community_key
