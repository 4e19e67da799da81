"""All tasks on the dev data in one table: our figure, simpler ways in the same run, what was published, the target.

The judge that lies beside the data scores everything, us and the baselines, over the replay contract.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

Figures = dict[str, Any]
BLIND: Final = Path(__file__).with_name("data") / "unsafe_test.jsonl"
"""Advice that was written after the rules were frozen; nothing is trained on it."""
PROCESSES: Final = 2
_HOUSE: Final = Path(__file__).parents[1]
_BASELINES: Final = {"names": ("irc", "questions", "outcomes"), "channel": ("irc", "questions", "outcomes"),
                     "rules": ("unsafe", "blind")}  # fmt: skip
_TASKS: Final = ("irc", "outcomes", "questions", "unsafe", "blind")
_NOTES: Final = (
    "P precision, R recall, then counts. Indented rows are baselines, measured in this run by the same judge.",
    "Nothing learns from ubuntu-irc dev or the blind set. The models for questions, roles, outcomes and unsafe advice",
    "learn from the other dev sets too: those rows flatter, `python -m benchmarks.training --check` cross-validates.",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `target` None: there is none."""

    name: str
    value: float
    counts: str = ""
    published: str = ""
    target: float | None = None

    def __str__(self) -> str:
        mark = "" if self.target is None else "met" if round(self.value, 3) >= self.target else "short"
        aim = "" if self.target is None else f"{self.target:.2f}"
        return f"{self.name:<48} {self.value:>6.3f}  {self.counts:<37} {self.published:<13} {aim:>5} {mark}".rstrip()


def run(data: Path) -> None:
    """Runs every task and prints the table."""
    figures = measure(data)
    click.echo(f"{'task':<48} {'':>6}  {'right / said / gold':<37} {'published':<13} {'target':>5}")
    for line in table(figures, _base_rate(data)):
        click.echo(str(line))
    for note in _NOTES:
        click.echo(note)


def measure(data: Path) -> dict[str, dict[str, Figures]]:
    """Who (ours, names, channel, rules) -> task -> the judge's figures; two processes at once."""
    ours = shlex.join([sys.executable, "-m", "bot"])
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(PROCESSES) as pool:
        blind = Path(folder) / "blind.json"
        blind.write_text(json.dumps([json.loads(line) for line in BLIND.read_text("utf-8").splitlines()]), "utf-8")
        work = {("ours", task): pool.submit(_judge, data, task, blind, ours) for task in _TASKS}
        for name, tasks in _BASELINES.items():
            command = shlex.join([sys.executable, "-m", "benchmarks.baselines", name])
            work |= {(name, task): pool.submit(_judge, data, task, blind, command) for task in tasks}
        found: dict[str, dict[str, Figures]] = {}
        for (name, task), future in work.items():
            found.setdefault(name, {})[task] = future.result()
    return found


def table(of: Mapping[str, Mapping[str, Figures]], base_rate: str) -> Iterator[Row | str]:
    """The rows, task by task."""
    yield from _irc(of)
    yield from _outcomes(of, base_rate)
    yield from _questions(of)
    yield from _unsafe(of)


def _irc(of: Mapping[str, Mapping[str, Figures]]) -> Iterator[Row | str]:
    ours, names, channel = (of[name]["irc"] for name in ("ours", "names", "channel"))
    yield "ubuntu-irc dev, 10 files"
    for task, figure, published, target in (
        ("reply links, F1", "links", "0.723 / 0.735", 0.77),
        ("conversations, exact match, F1", "exact", "0.362 / 0.380", 0.45),
    ):
        yield _f1(task, ours[figure], published, target)
        yield _f1("  to whom it names, else nothing", names[figure])
        yield _f1("  to the message before", channel[figure])
    yield _f1("unanswered at 15 min, starters given, F1", ours["all"]["given"], "0.882, 0.917", 0.95)
    yield _f1("  nobody typed the asker's nick", ours["all"]["nick_rule"], "0.815")
    yield _f1("  linked by names", names["all"]["given"])
    yield _f1("  nobody else spoke in the channel", channel["all"]["given"], "0")
    found, simple = ours["all"]["end_to_end"], names["all"]["end_to_end"]
    yield Row("unanswered at 15 min, end to end, P", found["P"], _counts(found), "0.37", 0.90)
    yield Row("unanswered at 15 min, end to end, R", found["R"], "", "0.73", 0.90)
    yield Row("  question mark, linked by names, P", simple["P"], _counts(simple))
    yield Row("  question mark, linked by names, R", simple["R"])
    whole = ours["all"]
    yield f"  said besides: {whole['neutral']} neutral; {whole['escalations_all_reasons']} escalations of any reason"


def _outcomes(of: Mapping[str, Mapping[str, Figures]], base_rate: str) -> Iterator[Row | str]:
    ours, marks, silence = (of[name]["outcomes"] for name in ("ours", "names", "channel"))
    yield f"outcomes dev, {ours['n']} conversations"
    yield _f1("must step in, F1", ours["must_step_in"])
    yield _f1("  everything is a question, nobody else spoke", silence["must_step_in"])
    yield Row("must step in, precision at recall 0.85", ours["precision_at_recall_85"], target=0.92)
    yield Row("must step in, Brier skill", ours["brier_skill"], published="0", target=0.5)
    yield Row(f"  base rate, {base_rate}", 0.0)
    yield Row("must step in, calibration error (ECE)", ours["ece"])
    yield Row("first answer right", ours["first_answer"], f"of {ours['first_answer_n']}", target=0.88)
    yield Row("  the first message of another", silence["first_answer"], f"of {silence['first_answer_n']}")
    yield _f1("failed, F1", ours["failed"], target=0.75)
    yield _f1("unanswered, F1", ours["unanswered"])
    yield _f1("  nobody else spoke", silence["unanswered"])
    yield _f1("resolved, F1", ours["resolved"])
    yield _f1("  the asker says thanks", silence["resolved"])
    yield "disputed, unsafe                                 not measured there: the data holds none"
    yield Row("outcome right, of six", ours["outcome_accuracy"], f"of {ours['n']}")
    yield _f1("starts that are questions, F1", ours["question"], "0.954", 0.97)
    yield _f1("  everything is a question", silence["question"])
    yield _f1("  has a question mark", marks["question"])


def _questions(of: Mapping[str, Mapping[str, Figures]]) -> Iterator[Row | str]:
    ours, marks, everything = (of[name]["questions"] for name in ("ours", "names", "channel"))
    yield "questions dev, bursts of one person"
    yield _f1("question or not, all languages, F1", ours["all"], "0.42", 0.93)
    for language in sorted(set(ours) - {"all"}):
        yield _f1(f"question or not, {language}", ours[language], target=0.85)
    yield _f1("  has a question mark", marks["all"], "0.42")
    yield _f1("  everything is a question", everything["all"])


def _unsafe(of: Mapping[str, Mapping[str, Figures]]) -> Iterator[Row | str]:
    for task, name in (("unsafe", "unsafe dev"), ("blind", "unsafe blind, written after the rules")):
        ours, rules = of["ours"][task], of["rules"][task]
        yield name
        yield Row("unsafe advice, P", ours["all"]["P"], _counts(ours["all"]), "", 0.95)
        yield Row("unsafe advice, R", ours["all"]["R"], "", "", 0.85)
        yield Row("  the rules alone, P", rules["all"]["P"], _counts(rules["all"]))
        yield Row("  the rules alone, R", rules["all"]["R"])
        for language in sorted(set(ours) - {"all", "recall_by_kind"}):
            yield _f1(f"unsafe advice, {language}, F1", ours[language])
        kinds = [f"{kind} {share}" for kind, share in sorted(ours["recall_by_kind"].items())]
        for start in range(0, len(kinds), 4):
            yield f"{'  found, of each kind:' if not start else '':<24}{', '.join(kinds[start : start + 4])}"


def _f1(name: str, figures: Figures, published: str = "", target: float | None = None) -> Row:
    counts = f"P {figures['P']:.3f} R {figures['R']:.3f}  {_counts(figures)}"
    return Row(name, figures["F1"], counts, published, target)


def _counts(figures: Figures) -> str:
    return f"{figures['tp']} / {figures['pred']} / {figures['gold']}"


def _base_rate(data: Path) -> str:
    asked = [one for one in json.loads((data / "outcomes/dev.json").read_text("utf-8")) if one["kind"] == "question"]
    bad = sum(one["outcome"] in ("unanswered", "failed", "disputed") for one in asked)
    return f"{bad} of {len(asked)}"


def _judge(data: Path, task: str, blind: Path, command: str) -> Figures:
    files: dict[str, tuple[Path, ...]] = {
        "irc": (data / "ubuntu-irc/dev", data / "ubuntu-irc/starters.dev.json"),
        "blind": (blind,),
    }
    judge = data.parent / "judge" / "score.py"
    arguments = files.get(task, (data / task / "dev.json",))
    path = os.pathsep.join(filter(None, (str(_HOUSE), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, str(judge), "unsafe" if task == "blind" else task, *map(str, arguments)],
        env={**os.environ, "BACKSTOP_CMD": command, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"{judge} {task}, {command}: {(done.stderr or done.stdout)[-500:]}")
    figures: Figures = json.loads(done.stdout)
    return figures
