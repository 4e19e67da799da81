"""Prints the lengths of files and functions: places to look, not limits.

python -m tests.measure_house
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOMS = ("bot", "config", "escalation")


def main() -> None:
    files, functions = [], []
    for path in sorted(path for room in ROOMS for path in Path(room).rglob("*.py")):
        source = path.read_text("utf-8")
        files.append((source.count("\n"), str(path)))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                functions.append((node.end_lineno - node.lineno + 1, f"{path}:{node.lineno} {node.name}"))
    for name, lengths in (("files", files), ("functions", functions)):
        lengths.sort()
        print(f"{name}: {len(lengths)}, p90 {lengths[len(lengths) * 9 // 10][0]} lines; the longest:")
        for length, place in lengths[:-6:-1]:
            print(f"  {length:4d}  {place}")


if __name__ == "__main__":
    main()
