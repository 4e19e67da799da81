"""Right topic at a wanted precision, and the share abstained on: banking77, a few examples a topic.

Each seed draws other examples from train.csv and asks some of the rest; limits are chosen on the examples alone.
The baseline is the nearest single example, with limits chosen in the same way. Strangers are questions of topics
that were left out altogether.
"""

from __future__ import annotations

import csv
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from bot.meaning import embed
from escalation.language import guess_language
from escalation.topics import Classifier, Topic, calibrate

EXAMPLES = 10
ASKED = 2_000
STRANGERS = 1_000
Asked = list[tuple[str, str]]
"""Text and topic."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Counts of one run."""

    right: int
    said: int
    asked: int

    def __str__(self) -> str:
        said, abstained = max(self.said, 1), self.asked - self.said
        return (
            f"P {self.right / said:.3f} ({self.right} / {self.said}), "
            f"abstains {abstained / max(self.asked, 1):.3f} ({abstained} / {self.asked})"
        )


def run(data: Path, seeds: Sequence[int] = (1, 2, 3, 4, 5), precision: float = 0.9) -> None:
    """Prints a line for each seed, the sum, and how often strangers are taken for a topic."""
    texts = _texts(data)
    click.echo(f"banking77: {len(texts)} topics, {EXAMPLES} examples each, wanted precision {precision}")
    ours, nearest = [], []
    for seed in seeds:
        topics, questions, _ = _drawn(texts, sorted(texts), seed)
        start = time.perf_counter()
        limits = calibrate(topics, embed, precision)
        took = time.perf_counter() - start
        ours.append(_asked(Classifier(topics, embed, limits), questions))
        nearest.append(_one_neighbour(topics, questions, precision))
        click.echo(f"  seed {seed}: {ours[-1]}; 1-NN: {nearest[-1]}; limits chosen in {took:.1f} s")
    click.echo(f"  all:    {_sum(ours)}; 1-NN: {_sum(nearest)}")
    for count in (5, 10, 40):
        _few(texts, count, seeds, precision)
    click.echo(f"languages of short questions: {_languages(data)}")


def _few(texts: dict[str, list[str]], count: int, seeds: Sequence[int], precision: float) -> None:
    seen, strange = [], []
    for seed in seeds:
        names = random.Random(seed).sample(sorted(texts), count)
        topics, questions, strangers = _drawn(texts, names, seed)
        known = Classifier(topics, embed, calibrate(topics, embed, precision))
        seen.append(_asked(known, questions))
        strange.append(_asked(known, strangers))
    taken = _sum(strange)
    click.echo(f"  {count} topics only: {_sum(seen)}; strangers taken for one of them {taken.said} / {taken.asked}")


def _languages(data: Path) -> Seen:
    """Guesses on the labelled questions; "other" stands there for several languages, and is left out."""
    given = json.loads((data / "questions" / "dev.json").read_text("utf-8"))
    texts = [(" ".join(one["text"] for one in case["messages"]), case["lang"]) for case in given]
    guesses = [(guess_language(text), language) for text, language in texts if language != "other"]
    said = [(guess, language) for guess, language in guesses if guess is not None]
    return Seen(sum(guess == language for guess, language in said), len(said), len(guesses))


def _texts(data: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    with (data / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["category"]].append(row["text"])
    return dict(found)


def _drawn(texts: dict[str, list[str]], names: Sequence[str], seed: int) -> tuple[list[Topic], Asked, Asked]:
    """Topics with their examples, questions about them, and questions about none of them."""
    chance = random.Random(seed)
    topics: list[Topic] = []
    questions: Asked = []
    strangers: Asked = []
    for name in sorted(texts):
        mixed = chance.sample(texts[name], len(texts[name]))
        if name in names:
            topics.append(Topic(name, examples=tuple(mixed[:EXAMPLES])))
            questions += [(text, name) for text in mixed[EXAMPLES:]]
        else:
            strangers += [(text, name) for text in mixed]
    return topics, _some(questions, ASKED, chance), _some(strangers, STRANGERS, chance)


def _some(asked: Asked, most: int, chance: random.Random) -> Asked:
    return chance.sample(asked, min(most, len(asked)))


def _asked(known: Classifier, questions: Asked) -> Seen:
    guesses = [(known.classify(text).topic, name) for text, name in questions]
    said = [(guess, name) for guess, name in guesses if guess is not None]
    return Seen(sum(guess == name for guess, name in said), len(said), len(guesses))


def _one_neighbour(topics: Sequence[Topic], questions: Asked, precision: float) -> Seen:
    """The topic of the nearest example, from the similarity on that keeps the precision among the examples."""
    pairs = [(example, topic.name) for topic in topics for example in topic.examples]
    known, names = _unit([text for text, _ in pairs]), np.array([name for _, name in pairs])
    among = known @ known.T
    np.fill_diagonal(among, -1)
    likeness, right = among.max(axis=1), names[among.argmax(axis=1)] == names
    order = np.argsort(-likeness)
    enough = np.nonzero(np.cumsum(right[order]) >= precision * np.arange(1, len(order) + 1))[0]
    limit = likeness[order[enough[-1]]] if enough.size else 2.0
    asked = _unit([text for text, _ in questions]) @ known.T
    said = asked.max(axis=1) >= limit
    hits = names[asked.argmax(axis=1)] == np.array([name for _, name in questions])
    return Seen(int((said & hits).sum()), int(said.sum()), len(questions))


def _unit(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    rows = np.array([embed(text) for text in texts])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def _sum(seen: Sequence[Seen]) -> Seen:
    return Seen(sum(one.right for one in seen), sum(one.said for one in seen), sum(one.asked for one in seen))
