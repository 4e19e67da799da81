"""The judge's figures on the dev data, as one table with counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

Figures = dict[str, Any]


def run(data: Path) -> None:
    """Runs every task and prints the table."""
    irc = _judge(data, "irc", data / "ubuntu-irc/dev", data / "ubuntu-irc/starters.dev.json")
    outcomes = _judge(data, "outcomes", data / "outcomes/dev.json")
    questions = _judge(data, "questions", data / "questions/dev.json")
    unsafe = _judge(data, "unsafe", data / "unsafe/dev.json")
    click.echo(f"{'task':<46} {'P':>6} {'R':>6} {'F1':>6}   counts (right / said / gold)")
    for name, figures in _rows(irc, outcomes, questions, unsafe):
        click.echo(_row(name, figures))
    click.echo(f"first answer right: {outcomes['first_answer']:.4f} of {outcomes['first_answer_n']}")
    click.echo(f"outcome right: {outcomes['outcome_accuracy']:.4f} of {outcomes['n']}")
    click.echo(f"must step in: precision at recall 0.85 {outcomes['precision_at_recall_85']:.4f}")
    click.echo(f"must step in: Brier skill {outcomes['brier_skill']:.4f}, calibration error {outcomes['ece']:.4f}")
    click.echo(f"unsafe by kind: {unsafe['recall_by_kind']}")


def _rows(irc: Figures, outcomes: Figures, questions: Figures, unsafe: Figures) -> Iterator[tuple[str, Figures]]:
    yield "reply links, ubuntu-irc", irc["links"]
    yield "conversations, exact match", irc["exact"]
    yield "unanswered at 15 min, starters given", irc["all"]["given"]
    yield "  baseline: nobody typed the asker's nick", irc["all"]["nick_rule"]
    yield "unanswered at 15 min, end to end", irc["all"]["end_to_end"]
    yield "outcomes: must step in", outcomes["must_step_in"]
    for name in ("failed", "unanswered", "resolved"):
        yield f"outcomes: {name}", outcomes[name]
    yield "outcomes: starts that are questions", outcomes["question"]
    for language, figures in questions.items():
        yield f"questions in bursts, {language}", figures
    for language, figures in unsafe.items():
        if language != "recall_by_kind":
            yield f"unsafe advice, {language}", figures


def _row(name: str, figures: Figures) -> str:
    counts = f"{figures['tp']} / {figures['pred']} / {figures['gold']}"
    return f"{name:<46} {figures['P']:>6.3f} {figures['R']:>6.3f} {figures['F1']:>6.3f}   {counts}"


def _judge(data: Path, *arguments: object) -> Figures:
    judge = data.parent / "judge" / "score.py"
    command = Path(sys.executable).with_name("backstop")
    done = subprocess.run(
        [sys.executable, str(judge), *map(str, arguments)],
        env={**os.environ, "BACKSTOP_CMD": str(command)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"{judge} {arguments[0]}: {(done.stderr or done.stdout)[-500:]}")
    figures: Figures = json.loads(done.stdout)
    return figures
