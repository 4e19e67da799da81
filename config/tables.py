"""Looking into raw settings of any shape: what has the wrong one is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Tree = Mapping[str, Any]
Contradiction = tuple[str, str]
"""Which setting; what was given, and what is known."""


def table(tree: Tree, name: str) -> Tree:
    """The table of that name; an empty one if there is none."""
    value = tree.get(name)
    return value if isinstance(value, Mapping) else {}


def tables(tree: Tree) -> list[tuple[str, Tree]]:
    """The tables within a table, by name."""
    return [(name, value) for name, value in tree.items() if isinstance(value, Mapping)]


def rows(tree: Tree, name: str) -> list[tuple[int, Tree]]:
    """The tables of a list, by number."""
    value = tree.get(name)
    return [
        (number, row) for number, row in enumerate(value if isinstance(value, list) else ()) if isinstance(row, Mapping)
    ]


def strings(tree: Tree, name: str) -> list[str]:
    """The texts of a list."""
    value = tree.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def listed(names: Iterable[str]) -> str:
    """Names for people."""
    return ", ".join(sorted(names)) or "none"
