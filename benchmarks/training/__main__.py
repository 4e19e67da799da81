"""python -m benchmarks.training [texts|links|questions|outlook ...]: trains the weights, in this order. Seeded.

Needs the group "train" of pyproject.toml (PyTorch). `--check` writes nothing and prints cross-validated figures;
`--hold-out 2007 2013` keeps years of the chat out of the links, and measures on them.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Final

import torch

from benchmarks.training import links, outlooks, report, scenes, texts
from benchmarks.training.network import Task, fit, load_encoder
from escalation.detection.encoder import WEIGHTS
from escalation.detection.linking.net import Net

STEPS: Final = ("texts", "links", "questions", "outlook")
EPOCHS_OF_SCENES: Final = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("steps", nargs="*", default=STEPS, choices=(*STEPS, "roles"))
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--hold-out", nargs="*", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    data = Path(os.environ.get("BACKSTOP_DATA", "../shared/data"))
    torch.set_num_threads(given.jobs)
    if given.check:
        report.cross_validated(data)
        return
    steps = {"texts": _texts, "roles": _roles, "links": _links, "questions": _questions, "outlook": _outlook}
    for step, work in steps.items():
        if step in given.steps:
            work(data, given)


def _texts(data: Path, given: argparse.Namespace) -> None:
    fit(texts.tasks(data)).save(given.out)


def _roles(data: Path, given: argparse.Namespace) -> None:
    """The heads of roles and dangers alone, on the encoder as it is."""
    tasks = {name: task for name, task in texts.tasks(data).items() if name in ("peer", "asker", "unsafe")}
    fit(tasks, encoder=load_encoder(given.out / "encoder.npz")).save(given.out, encoder=False)


def _links(data: Path, given: argparse.Namespace) -> None:
    logs, held = links.logs_of(data, given.hold_out)
    net = links.fit(logs, given.jobs)
    net.save(given.out / "links.npz")
    net = Net.load(given.out / "links.npz")
    print(links.measure("dev", sorted((data / "ubuntu-irc/dev").glob("*.ascii.txt")), net))
    if held:
        print(links.measure("held out", held, net))


def _questions(data: Path, given: argparse.Namespace) -> None:
    """On the encoder as it is: only the head learns where a message stands."""
    found = scenes.examples(data, Net.load(given.out / "links.npz"))
    tasks = {"question": Task(texts.YES_NO, found)}
    fit(tasks, encoder=load_encoder(given.out / "encoder.npz"), epochs=EPOCHS_OF_SCENES).save(given.out, encoder=False)


def _outlook(data: Path, given: argparse.Namespace) -> None:
    cases = [
        outlooks.judged(talk, outlooks.weigher(trained))
        for talks, trained in outlooks.folds(data, texts.tasks(data))
        for talk in talks
    ]
    report.outcomes(cases)
    outlooks.save(given.out, *outlooks.fit_outlook(cases))


if __name__ == "__main__":
    main()
