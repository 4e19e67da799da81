"""backstop oncall: who is on call, and until when."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.test_commands import run

SETTINGS = """
[people.ana]
name = "Ana"
pings = { pages = "@ana" }
[people.ben]
name = "Ben"
pings = { pages = "@ben" }
[schedules.office]
zone = "Europe/Berlin"
[[schedules.office.rotations]]
people = ["ana", "ben"]
every = "1d"
at = "00:00"
starts = 2026-01-05
hours = { "mon-fri" = ["09:00-17:00"] }
[[schedules.office.overrides]]
person = "ben"
start = 2026-03-27T12:00:00+01:00
until = 2026-03-27T15:00:00+01:00
extra = true
[schedules.always]
zone = "UTC"
[[schedules.always.rotations]]
people = ["ana"]
every = "1w"
starts = 2026-01-05
[teams.support]
addresses = ["pages:support"]
pings = "oncall"
schedule = "office"
[teams.leads]
addresses = ["pages:leads"]
schedule = "always"
[teams.money]
addresses = ["pages:money"]
ping = "@money"
[teams.quiet]
addresses = ["pages:quiet"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "backstop.toml"
    path.write_text(SETTINGS, "utf-8")
    return path


def told(file: Path, *arguments: str) -> list[str]:
    result = run("oncall", *arguments, "--config", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


def test_it_says_who_and_until_when_and_who_then(file: Path) -> None:
    assert told(file, "support", "--at", "2026-03-27T12:30+01:00") == [
        "unowned:",
        "  support: Ben until Fri 27 Mar 2026 17:00 CET (for 4h 30m)",
        "    then nobody until Mon 30 Mar 2026 09:00 CEST (for 2d 15h)",
    ]
    assert told(file, "support", "--at", "2026-03-26T13:00Z")[1] == (
        "  support: Ana until Thu 26 Mar 2026 17:00 CET (for 3h)"
    )


def test_while_nobody_is_on_call_it_says_where_pages_go(file: Path) -> None:
    assert told(file, "support", "--at", "2026-03-28T12:00+00:00") == [
        "unowned:",
        "  support: nobody until Mon 30 Mar 2026 09:00 CEST (for 1d 19h)",
        "    then Ana until Mon 30 Mar 2026 17:00 CEST (for 8h)",
        "    its pages go to the fallback team: support",
    ]


def test_without_a_team_it_tells_all_of_them(file: Path) -> None:
    assert told(file, "--at", "2026-03-28T12:00+00:00")[-3:] == [
        "  leads: Ana with no end in sight",
        "  money: no schedule; pages ping @money",
        "  quiet: no schedule; pages ping nobody",
    ]


def test_it_tells_each_tenant_its_own(file: Path) -> None:
    file.write_text(SETTINGS + "[tenants.acme.teams.pr]\naddresses = []\n", "utf-8")
    assert told(file, "pr") == ["acme:", "  pr: no schedule; pages ping nobody"]
    assert {"acme:", "unowned:"} <= set(told(file, "money"))


def test_now_is_the_default(file: Path) -> None:
    assert told(file, "leads") == ["unowned:", "  leads: Ana with no end in sight"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("nobody",), "backstop: team 'nobody' is not known; there are: leads, money, quiet, support"),
        (("--at", "soon"), "'soon' is not a time: write e.g. 2026-12-24T09:00+01:00"),
        (("--at", "9999-12-31T23:59Z"), "is out of bounds: the years 2000 to 2200"),
        (("--at", "2026-12-24T09:00"), "has no offset: write e.g. 2026-12-24T09:00:00+00:00"),
    ],
)
def test_a_mistake_is_one_readable_line(file: Path, arguments: tuple[str, ...], error: str) -> None:
    result = run("oncall", *arguments, "--config", str(file))
    assert result.exit_code == 2
    assert error in result.stderr
