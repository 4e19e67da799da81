"""Mistakes that no single setting shows: names that nothing has, communities that two tenants own.

Reads the raw settings and passes over what has the wrong shape, which the shape's own check reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.names import unknown_names
from config.sinks import is_mailbox
from config.tables import Contradiction, listed, strings, table, tables


def contradictions(tree: Mapping[str, Any]) -> list[Contradiction]:
    """All contradictions in the settings."""
    return [*_tenants(tree), *_targets(tree), *unknown_names(tree), *_sinks(tree)]


def _tenants(tree: Mapping[str, Any]) -> Iterator[Contradiction]:
    policies = table(tree, "policies")
    owners: dict[str, str] = {}
    named = {f"tenants.{name}": tenant for name, tenant in tables(table(tree, "tenants"))}
    for field, tenant in {**named, "unowned": table(tree, "unowned")}.items():
        policy = tenant.get("policy", "default")
        if isinstance(policy, str) and policy not in policies:
            yield f"{field}.policy", f"given {policy!r}; known policies: {listed(policies)}"
        teams = {**table(tree, "teams"), **table(tenant, "teams")}
        fallback = tenant.get("fallback_team", "support")
        if isinstance(fallback, str) and fallback not in teams:
            yield f"{field}.fallback_team", f"given {fallback!r}; known teams: {listed(teams)}"
        for community in strings(tenant, "communities"):
            if community in owners:
                yield f"{field}.communities", f"given {community!r}; it belongs to {owners[community]} already"
            owners.setdefault(community, field)


def _targets(tree: Mapping[str, Any]) -> Iterator[Contradiction]:
    tenants = [tenant for _, tenant in tables(table(tree, "tenants"))]
    teams = {name for owner in (tree, *tenants) for name in table(owner, "teams")}
    for name, policy in tables(table(tree, "policies")):
        steps = policy.get("steps")
        for number, step in enumerate(steps if isinstance(steps, list) else ()):
            for target in strings(step, "targets") if isinstance(step, Mapping) else ():
                if target.startswith("team:") and target.removeprefix("team:") not in teams:
                    yield f"policies.{name}.steps.{number}.targets", f"given {target!r}; known teams: {listed(teams)}"


def _sinks(tree: Mapping[str, Any]) -> Iterator[Contradiction]:
    """Places that mail or a webhook would have to reach, and can't as they are set."""
    hooks = table(tree, "webhooks")
    for field, place in _places(tree):
        notifier, _, name = place.partition(":")
        if notifier == "webhook" and name not in hooks:
            yield field, f"given {place!r}; known webhooks: {listed(hooks)}"
        elif notifier == "mail" and not table(tree, "mail").get("host"):
            yield field, f"given {place!r}; set mail.host first"
        elif notifier == "mail" and not is_mailbox(name):
            yield field, f'given {place!r}; must be mail: and a plain address, e.g. "mail:ana@example.com"'


def _places(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each place for pages that the settings name, after the setting that names it."""
    owners = {f"tenants.{name}": tenant for name, tenant in tables(table(tree, "tenants"))}
    for field, tenant in {**owners, "unowned": table(tree, "unowned")}.items():
        if isinstance(moderators := tenant.get("moderators"), str):
            yield f"{field}.moderators", moderators
    for field, owner in {"": tree, **{f"{name}.": one for name, one in owners.items()}}.items():
        for name, team in tables(table(owner, "teams")):
            yield from ((f"{field}teams.{name}.addresses", one) for one in strings(team, "addresses"))
    for name, policy in tables(table(tree, "policies")):
        steps = policy.get("steps")
        for number, step in enumerate(steps if isinstance(steps, list) else ()):
            targets = strings(step, "targets") if isinstance(step, Mapping) else []
            yield from ((f"policies.{name}.steps.{number}.targets", one) for one in targets)
