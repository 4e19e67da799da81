"""Names in teams, schedules, routes and targets that nothing has, and people who could not be reached.

Reads the raw settings, as contradictions.py does. Teams, people, schedules and topics of a tenant come on top of
those of all tenants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from config.tables import Contradiction, Tree, listed, rows, strings, table, tables
from escalation.routing import SYMBOLIC

_SHARED = ("teams", "people", "schedules", "topics")


@dataclass(frozen=True, slots=True)
class _Scope:
    """The tables of one tenant (or of all), with what it may name."""

    field: str
    own: Tree
    known: dict[str, Tree]
    policies: Tree

    def unknown(self, field: str, kind: str, names: Iterable[object]) -> Iterator[Contradiction]:
        known = self.policies if kind == "policies" else self.known[kind]
        for name in names:
            if isinstance(name, str) and name not in known:
                yield f"{self.field}{field}", f"given {name!r}; known {kind}: {listed(known)}"


def unknown_names(tree: Tree) -> list[Contradiction]:
    """All names that nothing has, and what can't work with them."""
    shared = {kind: table(tree, kind) for kind in _SHARED}
    owners = {f"tenants.{name}.": one for name, one in tables(table(tree, "tenants"))}
    owners["unowned."] = table(tree, "unowned")
    policies = table(tree, "policies")
    scopes = [_Scope("", tree, shared, policies)]
    for field, own in owners.items():
        known: dict[str, Tree] = {kind: {**shared[kind], **table(own, kind)} for kind in _SHARED}
        scopes.append(_Scope(field, own, known, policies))
    found = [one for scope in scopes for part in (_teams, _schedules, _routes) for one in part(scope)]
    return [*found, *_targets(tree, scopes)]


def _teams(scope: _Scope) -> Iterator[Contradiction]:
    for name, team in tables(table(scope.own, "teams")):
        field = f"teams.{name}"
        if ":" in name:
            yield f"{scope.field}{field}", "a team's name has no colon"
        yield from scope.unknown(f"{field}.members", "people", strings(team, "members"))
        yield from scope.unknown(f"{field}.topics", "topics", strings(team, "topics"))
        yield from scope.unknown(f"{field}.watchers", "teams", strings(team, "watchers"))
        schedule = team.get("schedule")
        yield from scope.unknown(f"{field}.schedule", "schedules", [schedule])
        if team.get("pings") != "oncall":
            continue
        if schedule is None:
            yield f"{scope.field}{field}.schedule", "is missing: pings is 'oncall', so say by which schedule"
        notifiers = {place.partition(":")[0] for place in strings(team, "addresses")}
        for person in sorted(_people_of(table(scope.known["schedules"], str(schedule)))):
            known = scope.known["people"].get(person)
            if (
                known is not None
                and notifiers
                and notifiers.isdisjoint(table(scope.known["people"], person).get("pings", ()))
            ):
                where = listed(notifiers)
                yield f"{scope.field}{field}.pings", f"{person!r} can be on call and has no ping for {where}"


def _schedules(scope: _Scope) -> Iterator[Contradiction]:
    for name, schedule in tables(table(scope.own, "schedules")):
        for number, rotation in rows(schedule, "rotations"):
            yield from scope.unknown(
                f"schedules.{name}.rotations.{number}.people", "people", strings(rotation, "people")
            )
        for number, override in rows(schedule, "overrides"):
            yield from scope.unknown(f"schedules.{name}.overrides.{number}.person", "people", [override.get("person")])


def _routes(scope: _Scope) -> Iterator[Contradiction]:
    yield from scope.unknown("default_team", "teams", [scope.own.get("default_team")])
    for number, route in rows(scope.own, "routes"):
        yield from scope.unknown(f"routes.{number}.team", "teams", [route.get("team")])
        yield from scope.unknown(f"routes.{number}.policy", "policies", [route.get("policy")])
        yield from scope.unknown(f"routes.{number}.topics", "topics", strings(route, "topics"))


def _targets(tree: Tree, scopes: list[_Scope]) -> Iterator[Contradiction]:
    """Policies belong to all tenants, so that a target may be known to any of them."""
    people = {name: one for scope in scopes for name, one in tables(scope.known["people"])}
    schedules = {name: one for scope in scopes for name, one in tables(scope.known["schedules"])}
    for policy, ladder in tables(table(tree, "policies")):
        for number, step in rows(ladder, "steps"):
            for target in strings(step, "targets"):
                for problem in _of_target(target, people, schedules):
                    yield f"policies.{policy}.steps.{number}.targets", f"given {target!r}; {problem}"


def _of_target(target: str, people: dict[str, Tree], schedules: dict[str, Tree]) -> Iterator[str]:
    kind, _, name = target.partition(":")
    if kind not in SYMBOLIC - {"team"} or not name:
        return
    known: dict[str, Tree] = people if kind == "person" else schedules
    if name not in known:
        yield f"known {'people' if kind == 'person' else 'schedules'}: {listed(known)}"
        return
    for person in [name] if kind == "person" else sorted(_people_of(schedules[name])):
        if person in people and not strings(people[person], "addresses"):
            yield f"{person!r} has no addresses"


def _people_of(schedule: Tree) -> set[str]:
    turns = {person for _, rotation in rows(schedule, "rotations") for person in strings(rotation, "people")}
    return turns | {one["person"] for _, one in rows(schedule, "overrides") if isinstance(one.get("person"), str)}
