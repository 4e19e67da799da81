"""Prints the lengths of files and functions: places to look, not limits.

python -m tests.measure_house
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOMS = ("bot", "config", "escalation")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def main() -> None:
    files, functions = [], []
    for path in sorted(path for room in ROOMS for path in Path(room).rglob("*.py")):
        source = path.read_text("utf-8")
        files.append((source.count("\n"), str(path)))
        nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, FUNCTIONS))
        functions += [(_length(node), f"{path}:{node.lineno} {node.name}") for node in nodes]
    for name, lengths in (("files", files), ("functions", functions)):
        lengths.sort()
        print(f"{name}: {len(lengths)}, p90 {lengths[len(lengths) * 9 // 10][0]} lines; the longest:")
        for length, place in lengths[:-6:-1]:
            print(f"  {length:4d}  {place}")


if __name__ == "__main__":
    main()
