"""No secret ever passes the logs, whoever logs and however; machines can read every line."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from bot import logs

TOKEN = "MTk4-planted.Cl2FMQ.secret"
AWKWARD = "pa\"ss\\wo'rdé"
SECRETS = [TOKEN, AWKWARD]


class Heard:
    """What was written to standard error since the test began."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Heard]:
    """What the logs write; all logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in
              ("discord", "prawcore", "asyncio", "sqlalchemy", "aiosqlite", "alembic", "apscheduler")}  # fmt: skip
    try:
        yield Heard(capsys)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, was in levels.items():
            logging.getLogger(name).setLevel(was)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()


class Holder:
    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __repr__(self) -> str:
        return f"<Holder {self.secret}>"


def raises(secret: str, say: Callable[[], None]) -> None:
    try:
        raise ValueError(f"login with {secret} failed")
    except ValueError:
        say()


def caused(secret: str, say: Callable[[], None]) -> None:
    try:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        say()


def bound(secret: str) -> None:
    structlog.contextvars.bind_contextvars(token=secret)
    structlog.get_logger().warning("x")


CALLS: dict[str, Callable[[str], Any]] = {
    "the event": lambda s: structlog.get_logger().error(f"got {s}"),
    "twice": lambda s: structlog.get_logger().error(f"got {s}{s}"),
    "positional": lambda s: structlog.get_logger().error("got %s", s),
    "a value": lambda s: structlog.get_logger().error("got", token=s),
    "inside a value": lambda s: structlog.get_logger().error("got", url=f"https://x:{s}@host/"),
    "a dict": lambda s: structlog.get_logger().error("got", settings={"token": s, "deep": [{"a": (s,)}]}),
    "a key of a dict": lambda s: structlog.get_logger().error("got", settings={s: 1}),
    "a list": lambda s: structlog.get_logger().error("got", all=[1, s]),
    "bytes": lambda s: structlog.get_logger().error("got", raw=s.encode()),
    "an object": lambda s: structlog.get_logger().error("got", holder=Holder(s)),
    "an exception": lambda s: structlog.get_logger().error("got", error=ValueError(f"bad {s}")),
    "a traceback": lambda s: raises(s, lambda: structlog.get_logger().exception("got")),
    "a cause": lambda s: caused(s, lambda: structlog.get_logger().exception("got")),
    "exc_info": lambda s: structlog.get_logger().error("got", exc_info=ValueError(s)),
    "bound": lambda s: structlog.get_logger().bind(token=s).error("got"),
    "a context variable": bound,
    "another library's message": lambda s: logging.getLogger("aiohttp").error(f"got {s}"),
    "another library's argument": lambda s: logging.getLogger("aiohttp").error("got %s", s),
    "another library's dict": lambda s: logging.getLogger("aiohttp").error("got %r", {"token": s}),
    "another library's traceback": lambda s: raises(s, lambda: logging.getLogger("discord").exception("got")),
    "another library's cause": lambda s: caused(s, lambda: logging.getLogger("discord").exception("got")),
}


def forms(secret: str) -> set[str]:
    """The secret as it may stand in a line: plain, in a repr, in JSON, in JSON of a repr, as bytes."""
    plain = {secret, repr(secret)[1:-1], repr(secret.encode())[2:-1], repr({"x": secret})[7:-2]}
    return (
        plain | {json.dumps(one)[1:-1] for one in plain} | {json.dumps(one, ensure_ascii=False)[1:-1] for one in plain}
    )


@pytest.mark.parametrize("form", ["json", "people"])
@pytest.mark.parametrize("secret", SECRETS, ids=["token", "awkward"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_secret_never_passes(said: Heard, form: str, secret: str, call: Callable[[str], Any]) -> None:
    logs.set_up(form, "debug", SECRETS)
    call(secret)
    text = said.text()
    assert text, "nothing was logged"
    assert [one for one in forms(secret) if one in text] == []
    if form == "json":
        assert all(secret not in json.dumps(json.loads(line), ensure_ascii=False) for line in text.splitlines())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_machine_can_read_every_line(said: Heard, call: Callable[[str], Any]) -> None:
    logs.set_up("json", "info")
    call('line\nbreak "quoted" \x1b[31m \u202e')
    (line,) = said.text().splitlines()
    record = json.loads(line)
    assert {"event", "level", "timestamp"} <= set(record)
    assert record["level"] in ("error", "warning")


def test_what_is_not_secret_stays_readable(said: Heard) -> None:
    logs.set_up("json", "info", SECRETS)
    structlog.get_logger().info("page sent", target="pages:support", count=3, nested={"a": 1})
    record = json.loads(said.text())
    assert (record["event"], record["target"], record["count"], record["nested"]) == (
        "page sent", "pages:support", 3, {"a": 1},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["discord", "discord.http", "prawcore", "sqlalchemy.engine", "aiosqlite", "alembic"])
def test_libraries_that_log_texts_and_tokens_are_silent_at_debug(said: Heard, name: str) -> None:
    logs.set_up("json", "debug")
    logging.getLogger(name).debug("payload: a member's text")
    assert said.text() == ""


@pytest.mark.parametrize(("level", "heard"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_counts_for_ours_and_theirs(said: Heard, level: str, heard: int) -> None:
    logs.set_up("json", level)
    for name in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), name)("ours")
        getattr(logging.getLogger("aiohttp.server"), name)("theirs")
    assert len(said.text().splitlines()) == 2 * heard
