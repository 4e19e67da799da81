"""Settings of teams, people, schedules, topics and routes: what they become, and their mistakes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config import tenants_of
from escalation.events import Place
from escalation.question import Reason
from escalation.rotation import Unit
from escalation.routes import Conditions, Risk
from escalation.routing import Address, Ping
from escalation.schedule import Override, on_call
from escalation.tenant import Tenant
from escalation.timing import HOUR, millis
from tests.config.test_settings import loaded, problems

BASE = """
[people.ana]
name = "Ana"
addresses = ["mail:ana@example.com"]
pings = { pages = "@ana" }
[people.ben]
name = "Ben"
[schedules.days]
zone = "Europe/Berlin"
[[schedules.days.rotations]]
people = ["ana"]
every = "2w"
starts = 2026-01-05
at = "08:30"
weekday = "tue"
hours = { "mon-fri" = ["09:00-17:00"] }
[[schedules.days.overrides]]
person = "ana"
start = 2026-01-10T10:00:00+01:00
until = 2026-01-10T12:00:00+01:00
extra = true
[topics.billing]
keywords = ["invoice"]
examples = ["where is my invoice"]
[teams.support]
addresses = ["pages:support"]
pings = "oncall"
members = ["ana", "ben"]
schedule = "days"
topics = ["billing"]
watchers = ["leads"]
[teams.leads]
addresses = ["pages:leads"]
"""
SCHEDULE = "[schedules.s]\nzone = 'UTC'\n"
ROUTE = """
[[routes]]
name = "risky"
team = "leads"
policy = "default"
platforms = ["discord"]
communities = ["discord/1"]
channels = ["7"]
categories = ["c"]
tags = ["refund"]
topics = ["billing"]
languages = ["de", "pt-BR"]
reasons = ["stalled"]
risk = "high"
asker_roles = ["Premium"]
"""


def tenant(folder: Path, text: str, community: str = "1") -> Tenant:
    return tenants_of(loaded(folder, text)).owning(Place("discord", community, "help"))


def test_teams_people_and_schedules_are_taken_as_given(tmp_path: Path) -> None:
    known = tenant(tmp_path, BASE).directory
    team = known.teams["support"]
    assert (team.pings, team.members, team.schedule, team.topics, team.watchers) == (
        Ping.ONCALL,
        ("ana", "ben"),
        "days",
        ("billing",),
        ("leads",),
    )
    assert known.people["ana"].addresses == (Address("mail", "ana@example.com"),)
    schedule = known.schedules["days"]
    (rotation,) = schedule.rotations
    assert (rotation.every, rotation.unit, rotation.weekday) == (2, Unit.WEEKS, 1)
    assert (rotation.starts, rotation.at) == (date(2026, 1, 5), 8 * HOUR + HOUR // 2)
    saturday = millis(datetime(2026, 1, 10, 9, tzinfo=UTC))
    assert schedule.overrides == (Override("ana", saturday, saturday + 2 * HOUR, extra=True),)
    assert on_call(schedule, saturday) == ("ana",)
    assert on_call(schedule, saturday - 1) == ()
    place = known.expand("team:support", saturday)[0]
    assert known.address(place, saturday) == Address("pages", "support", "@ana")


def test_routes_and_topics_are_taken_as_given(tmp_path: Path) -> None:
    rules = tenant(tmp_path, BASE + ROUTE).routing
    (route,) = rules.routes
    assert (route.name, route.team, route.policy and route.policy.name) == ("risky", "leads", "default")
    assert route.when == Conditions(
        *(frozenset({one}) for one in ("discord", "discord/1", "7", "c", "refund", "billing")),
        frozenset({"de", "pt-BR"}),
        frozenset({Reason.STALLED}),
        Risk.HIGH,
        frozenset({"Premium"}),
    )
    assert [(topic.name, topic.keywords, len(topic.examples)) for topic in rules.topics] == [
        ("billing", ("invoice",), 1)
    ]
    assert (rules.default_team, rules.topic_precision) == ("support", 0.9)


def test_a_tenants_own_come_before_those_of_all(tmp_path: Path) -> None:
    own = """
        [tenants.acme]
        communities = ["discord/5"]
        default_team = "leads"
        [tenants.acme.people.ana]
        name = "Ana of Acme"
        pings = { pages = "@acme" }
        [[tenants.acme.routes]]
        name = "first"
        team = "support"
    """
    acme = tenant(tmp_path, BASE + ROUTE + own, "5")
    assert [route.name for route in acme.routing.routes] == ["first", "risky"]
    assert (acme.routing.default_team, acme.directory.people["ana"].name) == ("leads", "Ana of Acme")
    other = tenants_of(loaded(tmp_path, BASE + ROUTE + own)).owning(Place("discord", "6", "help"))
    assert ([route.name for route in other.routing.routes], other.directory.people["ana"].name) == (["risky"], "Ana")


def test_without_any_of_it_the_support_team_is_the_default(tmp_path: Path) -> None:
    plain = tenant(tmp_path, "")
    assert (plain.routing.routes, plain.routing.topics, plain.routing.default_team) == ((), (), "support")
    assert plain.directory.teams["support"].pings is Ping.ROLE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[teams.a]\naddresses = []\nmembers = ['zoe']", "teams.a.members: given 'zoe'; known people: ana, ben"),
        ("[teams.a]\naddresses = []\ntopics = ['x']", "teams.a.topics: given 'x'; known topics: billing"),
        ("[teams.a]\naddresses = []\nwatchers = ['x']", "teams.a.watchers: given 'x'; known teams: a, leads, support"),
        ("[teams.a]\naddresses = []\nschedule = 'x'", "teams.a.schedule: given 'x'; known schedules: days"),
        ("[teams.a]\naddresses = []\npings = 'all'", "teams.a.pings: given 'all'; input should be 'role', 'oncall' or"),
        ("[teams.a]\naddresses = []\npings = 'oncall'", "teams.a.schedule: is missing: pings is 'oncall'"),
        (
            "[teams.a]\naddresses = ['letters:a']\npings = 'oncall'\nschedule = 'days'",
            "teams.a.pings: 'ana' can be on call and has no ping for letters",
        ),
        ("[teams.'a:b']\naddresses = []", "teams.a:b: a team's name has no colon"),
        (
            "[teams.a]\naddresses = ['person:ana']",
            "teams.a.addresses.0: given 'person:ana'; 'person:ana' is not a place",
        ),
        ("[people.zoe]\nname = ''", "people.zoe.name: given ''"),
        ("[schedules.s]\nzone = 'Mars'", "schedules.s.zone: given 'Mars'; zone 'Mars' is unknown"),
        (
            SCHEDULE + "rotations = [{ people = ['zoe'], every = '1d', starts = 2026-01-01 }]",
            "schedules.s.rotations.0.people: given 'zoe'; known people: ana, ben",
        ),
        (
            SCHEDULE + "rotations = [{ people = [], every = '1m', starts = 2026-01-01 }]",
            "schedules.s.rotations.0.every: given '1m'; '1m' is no length of a turn",
        ),
        (
            SCHEDULE + "rotations = [{ people = [], every = '1d', starts = 2026-01-01, at = '25:00' }]",
            "schedules.s.rotations.0.at: given '25:00'; '25:00' is no time of day",
        ),
        (
            SCHEDULE + "rotations = [{ people = [], every = '1d', starts = 2026-01-01, weekday = 'mon' }]",
            "schedules.s.rotations.0: given ",
        ),
        (
            SCHEDULE + "rotations = [{ people = [], every = '1d', starts = 2026-01-01, hours = { mo = [] } }]",
            "schedules.s.rotations.0.hours: given {'mo': []}; hours, mo: 'mo' is no weekday",
        ),
        (
            SCHEDULE + "rotations = [{ people = [], every = '1d', starts = 'soon' }]",
            "schedules.s.rotations.0.starts: given 'soon'",
        ),
        (
            SCHEDULE + "overrides = [{ person = 'zoe', start = 2026-01-01T00:00:00Z, until = 2026-01-02T00:00:00Z }]",
            "schedules.s.overrides.0.person: given 'zoe'; known people: ana, ben",
        ),
        (
            SCHEDULE + "overrides = [{ person = 'ana', start = 2026-01-01T00:00:00, until = 2026-01-02T00:00:00Z }]",
            "schedules.s.overrides.0.start: given datetime.datetime(2026, 1, 1, 0, 0); time 2026-01-01T00:00:00 has no",
        ),
        (
            SCHEDULE + "overrides = [{ person = 'ana', start = '9 am', until = 2026-01-02T00:00:00Z }]",
            "schedules.s.overrides.0.start: given '9 am'; must be a time without quotes",
        ),
        ("[topics.t]\nkeywords = [' ']", "topics.t: given {'keywords': [' ']}; keywords: one of them is blank"),
        ("[[routes]]\nname = 'r'\nteam = 'x'", "routes.0.team: given 'x'; known teams: leads, support"),
        ("[[routes]]\nname = 'r'\npolicy = 'x'", "routes.0.policy: given 'x'; known policies: default"),
        ("[[routes]]\nname = 'r'\nteam = 'leads'\ntopics = ['x']", "routes.0.topics: given 'x'; known topics: billing"),
        ("[[routes]]\nname = 'r'", "routes.0: given {'name': 'r'}; leads nowhere"),
        ("[[routes]]\nname = 'r'\nteam = 'leads'\nrisk = 'huge'", "routes.0.risk: given 'huge'; input should be 'low'"),
        ("[[routes]]\nname = 'r'\nteam = 'leads'\nlanguages = ['german']", "routes.0.languages.0: given 'german'"),
        ("[[routes]]\nname = 'r'\nteam = 'leads'\ncommunities = ['x']", "routes.0.communities.0: given 'x'"),
        ("[routing]\ntopic_precision = 1.5", "routing.topic_precision: given 1.5"),
        ("[unowned]\ndefault_team = 'x'", "unowned.default_team: given 'x'; known teams: leads, support"),
        (
            "[tenants.t.teams.a]\naddresses = []\nmembers = ['x']",
            "tenants.t.teams.a.members: given 'x'; known people: ana",
        ),
        (
            "[policies.p]\nsteps = [{ after = '1m', targets = ['oncall:x'] }]",
            "policies.p.steps.0.targets: given 'oncall:x'; known schedules: days",
        ),
        (
            "[policies.p]\nsteps = [{ after = '1m', targets = ['person:x'] }]",
            "policies.p.steps.0.targets: given 'person:x'; known people: ana, ben",
        ),
        (
            "[policies.p]\nsteps = [{ after = '1m', targets = ['person:ben'] }]",
            "policies.p.steps.0.targets: given 'person:ben'; 'ben' has no addresses",
        ),
        (
            "[policies.p]\nsteps = [{ after = '1m', targets = ['person:'] }]",
            "policies.p.steps.0.targets.0: given 'person:'",
        ),
    ],
)
def test_a_mistake_names_the_file_the_field_and_what_is_known(tmp_path: Path, text: str, told: str) -> None:
    lines = problems(tmp_path, BASE + text)
    assert [line for line in lines if line.startswith(f"backstop.toml: {told}")], lines
    assert len(lines) == 1


def test_targets_of_people_on_call_are_fine_where_all_of_them_have_addresses(tmp_path: Path) -> None:
    text = "[policies.p]\nsteps = [{ after = '1m', targets = ['oncall:days', 'person:ana'] }]"
    assert loaded(tmp_path, BASE + text).policies["p"].steps[0].targets == ("oncall:days", "person:ana")
