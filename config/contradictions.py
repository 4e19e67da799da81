"""Mistakes that no single setting shows: names that nothing has, communities that two tenants own.

Reads the raw settings and passes over what has the wrong shape, which the shape's own check reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.sinks import is_mailbox

Contradiction = tuple[str, str]
"""Which setting; what was given, and what is known."""


def contradictions(tree: Mapping[str, Any]) -> list[Contradiction]:
    """All contradictions in the settings."""
    return [*_tenants(tree), *_targets(tree), *_sinks(tree)]


def _tenants(tree: Mapping[str, Any]) -> Iterator[Contradiction]:
    policies = _table(tree, "policies")
    owners: dict[str, str] = {}
    named = {f"tenants.{name}": tenant for name, tenant in _tables(_table(tree, "tenants"))}
    for field, tenant in {**named, "unowned": _table(tree, "unowned")}.items():
        policy = tenant.get("policy", "default")
        if isinstance(policy, str) and policy not in policies:
            yield f"{field}.policy", f"given {policy!r}; known policies: {_list(policies)}"
        teams = {**_table(tree, "teams"), **_table(tenant, "teams")}
        fallback = tenant.get("fallback_team", "support")
        if isinstance(fallback, str) and fallback not in teams:
            yield f"{field}.fallback_team", f"given {fallback!r}; known teams: {_list(teams)}"
        for community in _strings(tenant, "communities"):
            if community in owners:
                yield f"{field}.communities", f"given {community!r}; it belongs to {owners[community]} already"
            owners.setdefault(community, field)


def _targets(tree: Mapping[str, Any]) -> Iterator[Contradiction]:
    tenants = [tenant for _, tenant in _tables(_table(tree, "tenants"))]
    teams = {name for owner in (tree, *tenants) for name in _table(owner, "teams")}
    for name, policy in _tables(_table(tree, "policies")):
        steps = policy.get("steps")
        for number, step in enumerate(steps if isinstance(steps, list) else ()):
            for target in _strings(step, "targets") if isinstance(step, Mapping) else ():
                if target.startswith("team:") and target.removeprefix("team:") not in teams:
                    yield f"policies.{name}.steps.{number}.targets", f"given {target!r}; known teams: {_list(teams)}"


def _sinks(tree: Mapping[str, Any]) -> Iterator[Contradiction]:
    """Places that mail or a webhook would have to reach, and can't as they are set."""
    hooks = _table(tree, "webhooks")
    for field, place in _places(tree):
        notifier, _, name = place.partition(":")
        if notifier == "webhook" and name not in hooks:
            yield field, f"given {place!r}; known webhooks: {_list(hooks)}"
        elif notifier == "mail" and not _table(tree, "mail").get("host"):
            yield field, f"given {place!r}; set mail.host first"
        elif notifier == "mail" and not is_mailbox(name):
            yield field, f'given {place!r}; must be mail: and a plain address, e.g. "mail:ana@example.com"'


def _places(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each place for pages that the settings name, after the setting that names it."""
    owners = {f"tenants.{name}": tenant for name, tenant in _tables(_table(tree, "tenants"))}
    for field, tenant in {**owners, "unowned": _table(tree, "unowned")}.items():
        if isinstance(moderators := tenant.get("moderators"), str):
            yield f"{field}.moderators", moderators
    for field, owner in {"": tree, **{f"{name}.": one for name, one in owners.items()}}.items():
        for name, team in _tables(_table(owner, "teams")):
            yield from ((f"{field}teams.{name}.addresses", one) for one in _strings(team, "addresses"))
    for name, policy in _tables(_table(tree, "policies")):
        steps = policy.get("steps")
        for number, step in enumerate(steps if isinstance(steps, list) else ()):
            targets = _strings(step, "targets") if isinstance(step, Mapping) else []
            yield from ((f"policies.{name}.steps.{number}.targets", one) for one in targets)


def _table(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = tree.get(name)
    return value if isinstance(value, Mapping) else {}


def _tables(tree: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, value) for name, value in tree.items() if isinstance(value, Mapping)]


def _strings(tree: Mapping[str, Any], name: str) -> list[str]:
    value = tree.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _list(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
