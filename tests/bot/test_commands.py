"""The command line as people use it: what it says, where, and with which exit status; never a traceback."""

from __future__ import annotations

import json
import logging
import sqlite3
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from bot.cli import main
from escalation.store.schema import LEVEL
from tests.bot.helpers import START, answer, append, environment, finish, said, start

HOUSE = Path(__file__).parents[2]
VERSION = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]["version"]
TOKENS = {
    "BACKSTOP_DISCORD_TOKEN": "MTk4-planted.discord.token",
    "BACKSTOP_REDDIT_CLIENT_SECRET": "planted-reddit-secret",
    "BACKSTOP_REDDIT_PASSWORD": "planted-reddit-password",
}
WRONG = """
[store]
retention = "soon"
[web]
port = 99999
[log]
colour = "red"
[policies.default]
steps = [{after = "x", targets = ["nobody"]}]
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """The folder that the commands are started in."""
    import os

    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        yield tmp_path
    finally:
        os.chdir(before)


def run(*arguments: str, **more: str) -> Result:
    """The command in this process: the same code, without the second that a start costs."""
    unset = dict.fromkeys(["DATABASE_URL", "PORT", *TOKENS])
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        result = CliRunner().invoke(main, list(arguments), env={**unset, **more})
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def chat(path: Path) -> Path:
    from datetime import timedelta

    append(
        path,
        said("q1", at=START),
        said("q2", at=START + timedelta(minutes=1), channel="wifi"),
        answer("a2", "q2", at=START + timedelta(minutes=3), channel="wifi"),
        said("m1", "nice weather", at=START + timedelta(minutes=20), channel="lounge"),
    )
    return path


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


# -- the real script, a few times, all started at once: each start costs a second


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    folder = tmp_path_factory.mktemp("script")
    chat(folder / "chat.jsonl")
    with (folder / "chat.jsonl").open("a") as file:
        file.write("not a line\n")
    (folder / "wrong.toml").write_text(WRONG)
    calls: dict[str, tuple[list[str], dict[str, str]]] = {
        "help": (["--help"], {}),
        "replay": (["replay", "chat.jsonl", "--out", "out.jsonl", "--links", "--drain", "--timeout", "15m"], {}),
        "wrong": (["replay", "chat.jsonl", "--config", "wrong.toml"], {}),
        "nothing": (["run"], TOKENS),
    }
    running = {name: start(folder, *given, **more) for name, (given, more) in calls.items()}
    done: dict[str, subprocess.CompletedProcess[str]] = {}

    def result(name: str) -> subprocess.CompletedProcess[str]:
        if name not in done:
            done[name] = finish(running[name], 40)
        return done[name]

    try:
        yield result
    finally:
        for name in running:
            result(name)


Script = Callable[[str], "subprocess.CompletedProcess[str]"]


def test_the_script_names_its_version_and_its_commands(script: Script) -> None:
    done = script("help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"(version {VERSION})" in done.stdout
    for command in ("run", "demo", "replay", "doctor", "config", "db"):
        assert f"  {command} " in done.stdout


def test_the_version_is_that_of_the_project() -> None:
    assert run("--version").stdout == f"backstop, version {VERSION}\n"


def test_the_script_replays_the_good_lines_and_ends_with_1_for_a_bad_one(script: Script, tmp_path: Path) -> None:
    done = script("replay")
    assert done.returncode == 1
    assert "chat.jsonl:5: not valid JSON" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_script_tells_each_mistake_in_the_settings_on_a_line(script: Script) -> None:
    done = script("wrong")
    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout == ""
    head, *told = done.stderr.splitlines()
    assert head == f"backstop: {len(told)} mistake(s) in the settings"
    for field in ("store.retention", "web.port", "log.colour", "policies.default.steps.0.after",
                  "policies.default.steps.0.targets.0"):  # fmt: skip
        assert len([line for line in told if f"wrong.toml: {field}: " in line]) == 1, field


def test_running_with_nothing_set_up_says_what_is_missing_and_how_to_get_it_and_no_token(script: Script) -> None:
    done = script("nothing")
    assert done.returncode == 2
    text = done.stdout + done.stderr
    assert "Traceback" not in text
    assert "follow.transcripts" in text
    assert "discord: " in text
    assert "reddit: " in text
    assert [token for token in TOKENS.values() if token in text] == []


def test_a_database_out_of_reach_is_told_without_its_password(here: Path) -> None:
    done = run("doctor", DATABASE_URL="postgres://ann:planted-pw@127.0.0.1:1/shop")
    assert done.exit_code == 1
    assert "BAD   database postgresql+asyncpg://ann:***@127.0.0.1:1/shop" in done.stdout
    assert "planted-pw" not in done.output


# -- replay


def test_replay_writes_what_was_decided(here: Path) -> None:
    chat(here / "chat.jsonl")
    plain = run("replay", "chat.jsonl", "--out", "plain.jsonl")
    assert (plain.exit_code, plain.stdout) == (0, "")
    kinds = [one["record"] for one in records(here / "plain.jsonl")]
    assert kinds.count("question") == kinds.count("outcome") == 2
    assert "link" not in kinds
    assert "escalation" not in kinds, "the clock stops at the last event, after 20 minutes"
    assert run("replay", "chat.jsonl", "--out", "links.jsonl", "--links").exit_code == 0
    assert [one["record"] for one in records(here / "links.jsonl")].count("link") == 4


@pytest.mark.parametrize(
    ("options", "first"),
    [
        (["--timeout", "15m"], "2026-03-11T09:15:00.000+00:00"),
        (["--timeout", "90s"], "2026-03-11T09:01:30.000+00:00"),
        (["--drain"], "2026-03-11T09:30:00.000+00:00"),
        (["--drain", "--timeout", "2h"], "2026-03-11T11:00:00.000+00:00"),
        (["--drain", "--config", "mine.toml"], "2026-03-11T09:45:00.000+00:00"),
        (["--drain", "--config", "mine.toml", "--timeout", "5m"], "2026-03-11T09:05:00.000+00:00"),
    ],
    ids=" ".join,
)
def test_the_options_of_replay_move_the_first_page(here: Path, options: list[str], first: str) -> None:
    chat(here / "chat.jsonl")
    (here / "mine.toml").write_text('[policies.default]\nsteps = [{after = "45m", targets = ["team:support"]}]\n')
    assert run("replay", "chat.jsonl", "--out", "out.jsonl", *options).exit_code == 0
    fired = [one for one in records(here / "out.jsonl") if one["record"] == "escalation"]
    assert (fired[0]["question"], fired[0]["at"], fired[0]["step"]) == ("q1", first, 0)
    assert {one["question"] for one in fired} <= {"q1", "q2"}
    pages = [one for one in records(here / "out.jsonl") if one["record"] == "page"]
    assert (pages[0]["subject"], pages[0]["kind"], pages[0]["target"]) == ("q1", "ping", "pages:support")


def test_replay_without_a_file_tells_people(here: Path) -> None:
    chat(here / "chat.jsonl")
    told = run("replay", "chat.jsonl", "--timeout", "15m").stdout
    assert "Questions: 2" in told
    assert "Escalated: 1 questions, 1 pages" in told
    assert "because nobody has spoken to Name of q1" in told


def test_replay_reads_several_files_and_formats(here: Path) -> None:
    chat(here / "chat.jsonl")
    (here / "irc.2026-03-11.log").write_text("[09:00] <ann> how do I mount a usb stick?\nnonsense\n[09:50] <bob> bye\n")
    done = run("replay", "chat.jsonl", "irc.2026-03-11.log", "--out", "out.jsonl")
    assert done.exit_code == 1
    told = [line for line in done.stderr.splitlines() if line.strip() not in ("", "Replaying")]  # the bar
    assert told == ["irc.2026-03-11.log:2: neither a message nor a system line; expected e.g. [12:34] <nick> text"]
    assert {one["question"] for one in records(here / "out.jsonl") if one["record"] == "question"} == {"q1", "q2", "0"}


def test_many_bad_lines_are_counted_and_not_all_shown(here: Path) -> None:
    (here / "chat.jsonl").write_text('{"id": 1}\n' * 50)
    done = run("replay", "chat.jsonl", "--out", "out.jsonl")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "... and 30 more bad lines"
    assert (here / "out.jsonl").read_bytes() == b""


REFUSED = [
    (["replay"], "Missing argument"),
    (["replay", "missing.jsonl"], "does not exist"),
    (["replay", "."], "is a directory"),
    (["replay", "diary.txt"], "can't tell its format"),
    (["replay", "chat.jsonl", "--timeout", "soon"], "'soon' is not a duration"),
    (["replay", "chat.jsonl", "--timeout", "0"], "out of bounds"),
    (["replay", "chat.jsonl", "--format", "xml"], "'xml' is not one of 'jsonl', 'irc'"),
    (["replay", "chat.jsonl", "--config", "missing.toml"], "missing.toml: can't be read"),
    (["replay", "chat.jsonl", "--out", "missing/folder/out.jsonl"], "missing/folder/out.jsonl"),
    (["config", "check", "--config", "wrong.toml"], "web.port"),
    (["doctor", "--config", "wrong.toml"], "web.port"),
    (["db", "status", "--config", "wrong.toml"], "web.port"),
    (["db", "upgrade", "--config", "wrong.toml"], "web.port"),
    (["demo", "--config", "wrong.toml"], "web.port"),
    (["demo", "--transcript", "empty.jsonl"], "holds no messages"),
    (["demo", "--seconds", "0"], "0"),
    (["db", "backup", "copy.sqlite3"], "does not exist"),
    (["run", "--config", "wrong.toml"], "web.port"),
    (["dance"], "No such command 'dance'"),
]


@pytest.mark.parametrize(("arguments", "told"), REFUSED, ids=[" ".join(one[0]) for one in REFUSED])
def test_what_cant_be_done_is_refused_in_words_with_exit_status_2(here: Path, arguments: list[str], told: str) -> None:
    chat(here / "chat.jsonl")
    (here / "wrong.toml").write_text(WRONG)
    (here / "diary.txt").write_text("Dear diary,\nit rained\n")
    (here / "empty.jsonl").touch()
    done = run(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr


# -- config


def test_config_check_says_what_is_in_force_and_no_secret(here: Path) -> None:
    (here / "backstop.toml").write_text('[tenants.acme]\ncommunities = ["discord/1", "reddit/acme"]\nshadow = false\n')
    done = run("config", "check", DATABASE_URL="postgres://ann:planted-pw@db/shop", **TOKENS)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "settings are fine; database: postgresql+asyncpg://ann:***@db/shop",
        "  acme: live; policy default; discord/1, reddit/acme",
        "  unowned: shadow: nobody is pinged; policy default; every community that nobody owns",
    ]
    assert [one for one in ("planted-pw", *TOKENS.values()) if one in done.output] == []


@pytest.mark.parametrize("command", [["config", "check"], ["doctor"], ["run"], ["db", "status"]], ids=" ".join)
@pytest.mark.parametrize("variable", [*TOKENS, "DATABASE_URL"])
def test_no_secret_stands_in_a_mistake(here: Path, command: list[str], variable: str) -> None:
    secret = "planted://ann:planted-pw@x" if variable == "DATABASE_URL" else TOKENS[variable]
    (here / "wrong.toml").write_text(WRONG)
    done = run(*command, "--config", "wrong.toml", **{variable: secret})
    assert done.exit_code == 2
    assert secret not in done.output
    assert "planted-pw" not in done.output


def test_config_example_is_the_example_and_works_as_it_is(here: Path) -> None:
    done = run("config", "example")
    assert done.exit_code == 0
    assert done.stdout == (HOUSE / "config" / "example.toml").read_text()
    (here / "backstop.toml").write_text(done.stdout)
    assert run("config", "check").exit_code == 0


# -- db


def test_a_database_is_made_looked_at_and_copied(here: Path) -> None:
    assert "does not exist yet" in run("db", "status").stdout
    assert run("db", "upgrade").stdout == f"backstop.sqlite3: at level {LEVEL}, this program's is {LEVEL}\n"
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "status").stdout.splitlines() == [
        f"backstop.sqlite3: level {LEVEL} of {LEVEL}: up to date", "  questions: none", "  pages: none",
        "  events set aside: 0",
    ]  # fmt: skip
    assert ", checked" in run("db", "backup", "copy.sqlite3").stdout
    again = run("db", "backup", "copy.sqlite3")
    assert again.exit_code == 2
    assert "copy.sqlite3: is there already; name a new file" in again.stderr


@pytest.mark.parametrize("command", [["status"], ["upgrade"]], ids=" ".join)
def test_a_database_that_needs_a_newer_program_is_refused_in_words(here: Path, command: list[str]) -> None:
    run("db", "upgrade")
    with closing(sqlite3.connect("backstop.sqlite3")) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key IN ('level', 'readable_from')")
    done = run("db", *command)
    assert done.exit_code == 2
    assert "needs a program of level 99 or newer" in done.stderr
    assert "install the newer Backstop again" in done.stderr


@pytest.mark.parametrize("target", ["missing/copy.sqlite3", "file/copy.sqlite3"])
def test_a_backup_to_a_place_that_cant_be_is_refused_in_words(here: Path, target: str) -> None:
    run("db", "upgrade")
    (here / "file").touch()
    done = run("db", "backup", target)
    assert done.exit_code == 2
    assert target in done.stderr


@contextmanager
def writing(path: Path) -> Iterator[list[int]]:
    """Another program that writes to the file as fast as it can; counts its commits."""
    stop, commits = threading.Event(), [0]

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            while not stop.is_set():
                commits[0] += 1
                values = (f"note{commits[0]}", "x" * 500)
                connection.execute("INSERT INTO meta VALUES (?, ?)", values)
                connection.commit()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield commits
    finally:
        stop.set()
        thread.join()


def test_a_backup_is_whole_while_another_process_writes(here: Path) -> None:
    run("db", "upgrade")
    with writing(here / "backstop.sqlite3") as commits:
        done = finish(start(here, "db", "backup", "copy.sqlite3"), 30)
        assert (done.returncode, done.stderr) == (0, "")
        assert commits[0] > 10
    with closing(sqlite3.connect("copy.sqlite3")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        numbers = [int(key[4:]) for (key,) in copy.execute("SELECT key FROM meta WHERE key LIKE 'note%'")]
    assert sorted(numbers) == list(range(1, len(numbers) + 1)), "a moment of the original, without holes"
    assert not (here / "copy.sqlite3.part").exists()


# -- doctor


def findings(done: Result) -> dict[str, str]:
    """Health of each finding by what was looked at: one line each, and a way to mend what is bad."""
    found = {}
    for line in done.stdout.splitlines():
        health, _, rest = line.partition("  ")
        assert health.strip() in ("ok", "note", "BAD"), line
        if health == "BAD":
            assert " -> " in line
        found[rest.strip().partition(": ")[0]] = health.strip()
    return found


def test_the_doctor_is_content_with_a_good_house(here: Path) -> None:
    run("db", "upgrade")
    (here / "chat.jsonl").touch()
    (here / "backstop.toml").write_text('[follow]\ntranscripts = ["chat.jsonl"]\n')
    done = run("doctor")
    found = findings(done)
    assert done.exit_code == 0
    assert {found[one] for one in ("settings", "database backstop.sqlite3", "clock", "process", "chat.jsonl")} == {"ok"}
    assert {found[one] for one in ("discord", "reddit")} == {"note"}
    assert "BACKSTOP_DISCORD_TOKEN" in done.stdout


def garbage(folder: Path) -> None:
    (folder / "backstop.sqlite3").write_bytes(b"this is not a database at all" * 100)


def outdated(folder: Path) -> None:
    sqlite3.connect(folder / "backstop.sqlite3").close()
    (folder / "backstop.sqlite3").touch()


def future(folder: Path) -> None:
    run("db", "upgrade")
    with closing(sqlite3.connect("backstop.sqlite3")) as connection, connection:
        connection.execute("INSERT INTO meta VALUES ('clock', '9999999999999')")


def too_new(folder: Path) -> None:
    run("db", "upgrade")
    with closing(sqlite3.connect("backstop.sqlite3")) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key IN ('level', 'readable_from')")


def settings(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "backstop.toml").write_text(text)

    return write


ILL = [
    (garbage, "database backstop.sqlite3"),
    (outdated, "database backstop.sqlite3"),
    (too_new, "database backstop.sqlite3"),
    (future, "clock"),
    (settings('[store]\npath = "missing/folder/x.sqlite3"\n'), "database missing/folder/x.sqlite3"),
    (settings('[follow]\ntranscripts = ["missing.jsonl"]\n'), "missing.jsonl"),
    (settings('[follow]\ntranscripts = ["backstop.toml"]\npages = "missing/p.jsonl"\n'), "missing/p.jsonl"),
    (settings('[teams.support]\naddresses = []\n[tenants.acme]\ncommunities = ["discord/1"]\n'), "team support"),
]


@pytest.mark.parametrize(("make", "what"), ILL, ids=[f"{one[0].__name__} {one[1]}" for one in ILL])
def test_the_doctor_names_what_is_ill_and_how_to_mend_it(here: Path, make: Callable[[Path], None], what: str) -> None:
    make(here)
    done = run("doctor")
    assert findings(done)[what] == "BAD"
    assert done.exit_code == 1


def test_the_doctor_knows_the_process_that_runs(here: Path) -> None:
    import fcntl

    run("db", "upgrade")
    with (here / "backstop.sqlite3.lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run("doctor")
    assert findings(done)["process"] == "note"
    assert "is in use by process 4711" in done.stdout
    assert done.exit_code == 0


def test_the_environment_of_the_tests_holds_no_token() -> None:
    assert not set(environment()) & {*TOKENS, "DATABASE_URL"}
