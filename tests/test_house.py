"""The house's own rules: who imports whom, nobody asks the clock, nothing of one machine is in the files."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
MAY_IMPORT = {"escalation": set(), "config": {"escalation"}, "bot": {"config", "escalation"}}
"""Imports run one way: bot -> config -> escalation."""
OURS = {*MAY_IMPORT, "benchmarks", "tests"}
OUTSIDE = {
    "aiohttp",
    "aiosqlite",
    "asyncpg",
    "click",
    "discord",
    "httpx",
    "praw",
    "requests",
    "socket",
    "sqlite3",
    "subprocess",
    "urllib",
}
"""What reaches a platform, a person, a network or a file: not for the core outside its store."""
CLOCKS = {"asyncio.sleep", "datetime.now", "datetime.today", "datetime.utcnow", "date.today"} | {
    f"time.{name}" for name in ("monotonic", "monotonic_ns", "perf_counter", "sleep", "time", "time_ns")
}
REGISTRIES = ("pypi.org", "pythonhosted.org", "npmjs.org", "npmjs.com", "crates.io", "ghcr.io", "docker.io", "quay.io")
ONE_MACHINES = tuple(f"/{folder}/" for folder in ("root", "work"))


def modules(package: str) -> list[Path]:
    return sorted((HOUSE / package).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """The full names of all that a module imports, wherever in it; relative imports stay in its own package."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(path: Path) -> Iterator[str]:
    """The dotted names that a module uses, by their last two parts."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            yield ".".join(ast.unparse(node).split(".")[-2:])


def shown(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def files() -> list[Path]:
    """All files of the repository, also those that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE,
        capture_output=True,
        check=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := HOUSE / name).is_file()]


def holding(*words: str) -> list[str]:
    """Files that hold one of these words, as "file: word"."""
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in files()}
    return [f"{shown(path)}: {word}" for path, text in texts.items() for word in words if word in text]


# -- layers


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way(package: str) -> None:
    wrong = [
        f"{shown(path)} imports {name}"
        for path in modules(package)
        for name in imports(path)
        if (top := name.partition(".")[0]) in OURS and top != package and top not in MAY_IMPORT[package]
    ]
    assert wrong == []


def test_the_core_reaches_outside_only_in_its_store() -> None:
    store = HOUSE / "escalation" / "store"
    wrong = [
        f"{shown(path)} imports {name}"
        for path in modules("escalation")
        if store not in path.parents
        for name in imports(path)
        if name.partition(".")[0] in OUTSIDE
    ]
    assert wrong == []


def test_the_core_neither_asks_the_clock_nor_sleeps() -> None:
    wrong = [
        f"{shown(path)} uses {name}"
        for path in modules("escalation")
        for name in (*named(path), *imports(path))
        if name in CLOCKS
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import datetime\nx = datetime.datetime.now(tz)", "datetime.now"),
        ("from datetime import datetime\nx = datetime.utcnow()", "datetime.utcnow"),
        ("from time import time", "time.time"),
        ("async def f():\n    import asyncio\n    await asyncio.sleep(1)", "asyncio.sleep"),
    ],
)
def test_a_look_at_the_clock_would_be_found(tmp_path: Path, line: str, found: str) -> None:
    path = tmp_path / "module.py"
    path.write_text(line)
    assert found in CLOCKS & {*named(path), *imports(path)}


# -- words


@pytest.mark.parametrize("package", [*MAY_IMPORT, "benchmarks"])
def test_every_package_says_what_it_is(package: str) -> None:
    packages = [path for path in modules(package) if path.name == "__init__.py"]
    assert [shown(path) for path in packages if not ast.get_docstring(tree(path))] == []


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_every_folder_of_code_is_a_package(package: str) -> None:
    migrations = HOUSE / "escalation" / "store" / "migrations"  # Alembic reads them as files
    folders = {path.parent for path in modules(package) if migrations not in (path.parent, *path.parents)}
    assert [shown(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_fakes_are_written_by_hand() -> None:
    wrong = [
        shown(path) for path in modules("tests") if {"unittest", "mock"} & {i.partition(".")[0] for i in imports(path)}
    ]
    assert wrong == []


# -- what a repository must not hold


def test_no_file_names_a_package_registry() -> None:
    ours = shown(Path(__file__))
    assert [one for one in holding(*REGISTRIES) if not one.startswith(ours)] == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert holding(*ONE_MACHINES) == []


# -- the version


def test_the_version_is_the_newest_in_the_changelog_and_stands_in_the_readme() -> None:
    version = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    newest = re.search(r"^## (.*)$", (HOUSE / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert newest is not None
    assert re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d\d-\d\d", newest[1])
    assert version in (HOUSE / "README.md").read_text("utf-8")
