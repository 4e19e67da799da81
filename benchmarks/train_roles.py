"""Trains the weights of question, peer, asker and outlook: `python -m benchmarks.train_roles [--check]`.

Reads the labelled data in BACKSTOP_DATA (outcomes, questions, banking77) and benchmarks/data/*.tsv (invented), uses
the features of escalation.detection itself, and writes escalation/detection/weights/*.npz. Needs scikit-learn. Seeded:
the same data give the same weights. `--check` writes nothing and prints cross-validated figures.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from escalation.detection import linear, outlook
from escalation.detection.linear import LinearModel
from escalation.detection.questions import question_names
from escalation.detection.roles import Talk, asker_names, peer_names
from escalation.detection.signs import BUCKETS, grams, pair_buckets, read
from escalation.detection.window import AnswerRole, Seen
from escalation.events import MessageKey

DATA = Path(os.environ.get("BACKSTOP_DATA", "../shared/data"))
OWN = Path(__file__).with_name("data")
SEED = 7
IRC_WEIGHT = 0.02
"""A message of an old chat about one system counts for little."""
HELD_OUT = 3
"""Every third invented line is left out of all tuning; only the shipped weights learn from it."""


@dataclass(frozen=True, slots=True)
class Example:
    """One text with its features, its class, its weight and the group it may not be tested within."""

    text: str
    names: tuple[str, ...]
    label: str
    weight: float = 1.0
    group: str = ""
    held_out: bool = False


# -- fitting ------------------------------------------------------------------------------------------------------


def matrix(examples: Sequence[Example], known: dict[str, int], *, word: float, two: float) -> Any:
    """Signs, then hashed words, then hashed pairs; `word` and `two` scale the hashed ones (less scale, less weight)."""
    rows, columns, values = [], [], []
    for row, example in enumerate(examples):
        parts = [(known[name], 1.0) for name in example.names if name in known]
        words = read(example.text).words
        share = 1 / np.sqrt(max(1, len(words)))
        base = len(known)
        for one in words if word else ():
            buckets = grams(one)
            parts += [(base + bucket, word * share / np.sqrt(len(buckets))) for bucket in buckets]
        parts += [(base + BUCKETS + bucket, two * share) for bucket in (pair_buckets(words) if two else ())]
        for column, value in parts:
            rows.append(row)
            columns.append(column)
            values.append(value)
    return sp.csr_matrix((values, (rows, columns)), shape=(len(examples), len(known) + 2 * BUCKETS))


def fit(examples: Sequence[Example], classes: tuple[str, ...], *, c: float, word: float, two: float) -> LinearModel:
    """A model of `classes`; two of them make one score, for the second."""
    known = {name: at for at, name in enumerate(sorted({name for one in examples for name in one.names}))}
    data = matrix(examples, known, word=word, two=two)
    weights = [one.weight for one in examples]
    heads = classes if len(classes) > 2 else classes[1:]
    scores, bias = [], []
    for head in heads:
        learner = LogisticRegression(C=c, max_iter=500, solver="liblinear", random_state=SEED)
        learner.fit(data, [one.label == head for one in examples], sample_weight=weights)
        scores.append(np.asarray(learner.coef_[0]))
        bias.append(float(learner.intercept_[0]))
    table = np.round(np.stack(scores).astype(np.float16).astype(float), 4)
    names = {name: tuple(table[:, at].tolist()) for name, at in known.items()}
    words = linear.by_bucket(table[:, len(known) : len(known) + BUCKETS] * word) if word else None
    pairs = linear.by_bucket(table[:, len(known) + BUCKETS :] * two) if two else None
    return LinearModel(heads, names, tuple(bias), words, pairs)


def save(name: str, model: LinearModel) -> None:
    """Writes the model where `linear.load` finds it."""
    names = sorted(model.names)
    arrays: dict[str, Any] = {
        "classes": np.array(model.classes),
        "names": np.array(names),
        "weights": np.array([model.names[one] for one in names], dtype=np.float16),
        "bias": np.array(model.bias, dtype=np.float32),
    }
    for part in ("grams", "pairs"):
        if getattr(model, part) is not None:
            arrays[part] = np.array(getattr(model, part), dtype=np.float16).T
    linear.WEIGHTS.mkdir(exist_ok=True)
    np.savez_compressed(linear.WEIGHTS / f"{name}.npz", **arrays)


# -- examples -----------------------------------------------------------------------------------------------------


def own_lines(name: str) -> Iterable[tuple[int, list[str]]]:
    lines = (OWN / name).read_text("utf-8").splitlines()
    yield from enumerate(line.split("\t") for line in lines if line and not line.startswith("#"))


def question_example(text: str, *, replies: bool, label: bool, **rest: Any) -> Example:
    names = tuple(question_names(read(text), replies=replies))
    return Example(text, names, "yes" if label else "no", **rest)


def question_examples() -> list[Example]:
    found = []
    for at, (lang, label, context, burst) in own_lines("questions.tsv"):
        text = burst.replace(" // ", "\n").replace("\\n", "\n")
        held = at % HELD_OUT == HELD_OUT - 1
        found.append(
            question_example(text, replies=context != "-", label=label == "1", group=f"own {lang}", held_out=held)
        )
    for item in json.loads((DATA / "questions/dev.json").read_text("utf-8")):
        text = "\n".join(one["text"] for one in item["messages"])
        found.append(question_example(text, replies=bool(item["context"]), label=item["question"], group="dev"))
    with (DATA / "banking77/train.csv").open(encoding="utf-8") as file:
        bank = sorted(row["text"] for row in csv.DictReader(file))
    some = random.Random(SEED).sample(bank, 600)
    found += [question_example(text, replies=False, label=True, weight=0.05, group="bank") for text in some]
    return found + list(chatter_examples()) + list(irc_examples())


def chatter_examples() -> Iterable[Example]:
    """What people say in the labelled conversations once the question stands: it opens none."""
    for item in outcomes():
        asker = item["messages"][0]["author"]
        for message in item["messages"][1:]:
            if item["kind"] == "question" and (message["author"] != asker or message["i"] > 2):
                yield question_example(message["text"], replies=True, label=False, weight=0.02, group=item["source"])


_IRC = re.compile(r"^\[\d\d:\d\d\]\s+<([^>]*)>\s?(.*)$")


def irc_examples() -> Iterable[Example]:
    """Starters that look like questions, starters that do not, and what is said inside a conversation."""
    kinds: dict[str, list[Example]] = {"question": [], "starter": [], "inside": []}
    for name, about in sorted(json.loads((DATA / "ubuntu-irc/starters.train.json").read_text("utf-8")).items()):
        starters = {one["i"]: one["question_like"] for one in about["starters"]}
        lines = (DATA / "ubuntu-irc/train" / name).read_text("utf-8", errors="replace").split("\n")
        for at, line in enumerate(lines[1000 : max(starters)], 1000):
            if found := _IRC.match(line):
                kind = {True: "question", False: "starter", None: "inside"}[starters.get(at)]
                example = question_example(
                    found[2], replies=kind == "inside", label=kind == "question", weight=IRC_WEIGHT, group="irc"
                )
                kinds[kind].append(example)
    for some in kinds.values():
        yield from random.Random(SEED).sample(some, min(1500, len(some)))


PEER = ("answer", "clarification", "dispute", "me_too", "other")
ASKER = ("confirmation", "failure", "other")


def reply_examples() -> tuple[list[Example], list[Example]]:
    """Of peers and of askers."""
    peers, askers = [], []
    for at, (lang, who, role, text) in own_lines("replies.tsv"):
        rest: dict[str, Any] = {"group": f"own {lang}", "held_out": at % HELD_OUT == HELD_OUT - 1}
        if who == "peer":
            peers.append(Example(text, tuple(peer_names(read(text), text, Talk(""))), role, **rest))
        else:
            names = tuple(asker_names(read(text), Talk("", answered=True)))
            askers.append(Example(text, names, role, **rest))
    for item in outcomes():
        if item["kind"] == "question":
            mine, others = conversation_examples(item)
            askers += mine
            peers += others
    return peers, askers


def outcomes() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / "outcomes/dev.json").read_text("utf-8"))
    return found


def conversation_examples(item: dict[str, Any]) -> tuple[list[Example], list[Example]]:
    """What the indices of a labelled conversation say about its messages; what they leave open is left out."""
    first, confirmed, failure = item["first_answer"], item["confirmed"], item["failure"]
    unsure = set(item.get("readers_differ", ()))
    asker, question = item["messages"][0]["author"], item["messages"][0]["text"]
    mine, others, previous, opening = [], [], item["messages"][0], True
    for message in item["messages"][1:]:
        at, text, signs = message["i"], message["text"], read(message["text"])
        answered = first is not None and at > first
        goes_on = previous["author"] == message["author"]
        after_asker = previous["author"] == asker
        if message["author"] == asker:
            label = _label_of_asker(at, confirmed, failure)
            names = tuple(asker_names(signs, Talk(question, answered=answered, goes_on=goes_on)))
            if label and "confirmed" not in unsure and "failure" not in unsure:
                weight = 0.5 if label == "other" else 1.0
                mine.append(Example(text, names, label, weight, item["source"]))
        else:
            talk = Talk(question, goes_on=goes_on, after_asker=after_asker, opening=opening)
            names = tuple(peer_names(signs, text, talk))
            if not answered and "first_answer" not in unsure:
                label = "answer" if at == first else _no_answer(signs)
                others.append(Example(text, names, label, group=item["source"]))
            opening = False
        previous = message
    return mine, others


def _label_of_asker(at: int, confirmed: int | None, failure: int | None) -> str | None:
    if at == confirmed:
        return "confirmation"
    if at == failure:
        return "failure"
    if (confirmed is not None and at > confirmed) or (failure is not None and at < failure):
        return None
    return "other"


def _no_answer(signs: Any) -> str:
    if signs.question_marks or "asks_back" in signs.starts:
        return "clarification"
    return "me_too" if "me_too" in signs.starts else "other"


# -- the outlook --------------------------------------------------------------------------------------------------

FIT_QUESTION = {"c": 1.0, "word": 2.0, "two": 1.0}
FIT_REPLY = {"c": 0.4, "word": 1.0, "two": 0.0}


def outlook_examples(peer: LinearModel, asker: LinearModel, items: Iterable[dict[str, Any]]) -> list[Any]:
    """(facts, sizes, must the company step in, outcome found, first answer found, item) of each conversation."""
    found = []
    with _OtherWeights(peer=peer, asker=asker):
        for item in items:
            starter, members = simulate(item)
            run = outlook.course(starter, members)
            names, values = outlook.facts(starter, members, run)
            bad = item["outcome"] in ("unanswered", "failed", "disputed")
            found.append((names, values, bad, run, item))
    return found


def simulate(item: dict[str, Any]) -> tuple[Seen, list[tuple[Seen, AnswerRole]]]:
    """The members of a conversation as the live judge would find them, message by message."""
    from escalation.detection.judge import talk_at
    from escalation.detection.roles import role

    seen = [
        Seen(MessageKey(f"a/b/c/{one['i']}"), one["author"], one["author"], one["i"] * 1000, one["text"])
        for one in item["messages"]
    ]
    starter, members = seen[0], list[tuple[Seen, AnswerRole]]()
    for one in seen[1:]:
        found, _, _ = role(one, starter.author, talk_at(one, starter, members))
        members.append((one, found))
    return starter, members


class _OtherWeights:
    """Other weights than the stored ones for a while."""

    def __init__(self, **models: LinearModel) -> None:
        self._OtherWeights = models

    def __enter__(self) -> None:
        from escalation.detection import roles

        self._real: Callable[[str], LinearModel] = linear.load
        given = self._OtherWeights
        roles.load = outlook.load = lambda name: given[name]  # type: ignore[assignment,attr-defined]

    def __exit__(self, *_: object) -> None:
        from escalation.detection import roles

        roles.load = outlook.load = self._real  # type: ignore[assignment,attr-defined]


def outlook_matrix(examples: Sequence[Any], known: Sequence[str]) -> Any:
    table = np.zeros((len(examples), len(known)))
    for row, (names, values, *_) in enumerate(examples):
        for at, name in enumerate(known):
            table[row, at] = values.get(name, float(name in names))
    return table


def fit_outlook(examples: Sequence[Any], c: float = 0.5) -> LinearModel:
    known = sorted({name for names, values, *_ in examples for name in (*names, *values)})
    learner = LogisticRegression(C=c, max_iter=500, random_state=SEED)
    learner.fit(outlook_matrix(examples, known), [bad for _, _, bad, *_ in examples])
    names = {name: (float(weight),) for name, weight in zip(known, learner.coef_[0], strict=True)}
    return LinearModel(("must step in",), names, (float(learner.intercept_[0]),))


def out_of_sample(peers: Sequence[Example], askers: Sequence[Example]) -> list[Any]:
    """Outlook examples of each community by role models that never saw it."""
    found = []
    items = [one for one in outcomes() if one["kind"] == "question"]
    for source in sorted({one["source"] for one in items}):
        peer = fit([one for one in peers if one.group != source], PEER, **FIT_REPLY)
        asker = fit([one for one in askers if one.group != source], ASKER, **FIT_REPLY)
        found += outlook_examples(peer, asker, [one for one in items if one["source"] == source])
    return found


# -- commands -----------------------------------------------------------------------------------------------------


def train() -> None:
    """Fits on everything and writes the weights."""
    peers, askers = reply_examples()
    save("question", fit(question_examples(), ("no", "yes"), **FIT_QUESTION))
    save("peer", fit(peers, PEER, **FIT_REPLY))
    save("asker", fit(askers, ASKER, **FIT_REPLY))
    save("outlook", fit_outlook(out_of_sample(peers, askers)))


def check() -> None:
    """Prints figures on what was left out: questions in five parts, outcomes one community at a time."""
    print("questions", check_questions([one for one in question_examples() if not one.held_out], question_examples()))
    peers, askers = ([one for one in some if not one.held_out] for some in reply_examples())
    check_replies(peers, askers)
    check_outcomes(out_of_sample(peers, askers))


def check_questions(examples: list[Example], everything: list[Example]) -> dict[str, float]:
    dev = [at for at, one in enumerate(examples) if one.group == "dev"]
    random.Random(SEED).shuffle(dev)
    pairs = []
    for part in range(5):
        test = set(dev[part::5])
        model = fit([one for at, one in enumerate(examples) if at not in test], ("no", "yes"), **FIT_QUESTION)
        pairs += [_told(model, examples[at]) for at in sorted(test)]
    model = fit(examples, ("no", "yes"), **FIT_QUESTION)
    held = [_told(model, one) for one in everything if one.held_out]
    return {"dev F1": f1(pairs), "held out F1": f1(held)}


def _told(model: LinearModel, example: Example) -> tuple[bool, bool]:
    return model.scores(read(example.text), example.names)[0] > 0, example.label == "yes"


def f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    hits = sum(told and true for told, true in pairs)
    return round(2 * hits / max(1, sum(told + true for told, true in pairs)), 3)


def check_replies(peers: Sequence[Example], askers: Sequence[Example]) -> None:
    all_peers, all_askers = reply_examples()
    for name, classes, examples, everything in (
        ("peer", PEER, peers, all_peers),
        ("asker", ASKER, askers, all_askers),
    ):
        model = fit(examples, classes, **FIT_REPLY)
        held = [(model.probabilities(read(one.text), one.names), one.label) for one in everything if one.held_out]
        right = sum(max(told, key=lambda role: told[role]) == true for told, true in held)
        print(name, "held out accuracy", round(right / len(held), 3), "of", len(held))


def check_outcomes(examples: list[Any]) -> None:
    sources = sorted({item["source"] for *_, item in examples})
    chances: list[tuple[float, bool]] = []
    for source in sources:
        model = fit_outlook([one for one in examples if one[-1]["source"] != source])
        known = sorted(model.names)
        for one in (one for one in examples if one[-1]["source"] == source):
            score = float(outlook_matrix([one], known)[0] @ [model.names[name][0] for name in known])
            chances.append((linear.sigmoid(score + model.bias[0]), one[2]))
    base = sum(bad for _, bad in chances) / len(chances)
    skill = 1 - sum((p - bad) ** 2 for p, bad in chances) / sum((base - bad) ** 2 for _, bad in chances)
    step_in = [(one[3].outcome.value in ("unanswered", "failed", "disputed"), one[2]) for one in examples]
    failed = [(one[3].outcome.value == "failed", one[4]["outcome"] == "failed") for one in examples]
    sure = [one for one in examples if "first_answer" not in one[4].get("readers_differ", ())]
    first = [_index(one[3].first) == one[4]["first_answer"] for one in sure]
    exact = sum(one[3].outcome.value == one[4]["outcome"] for one in examples) / len(examples)
    print("one community left out:", {"n": len(examples), "outcome": round(exact, 3), "first": f"{np.mean(first):.3f}"})
    print(
        {"must step in F1": f1(step_in), "failed F1": f1(failed), "Brier skill": round(skill, 3), **at_recall(chances)}
    )


def _index(seen: Seen | None) -> int | None:
    return None if seen is None else int(seen.key.rsplit("/", 1)[1])


def at_recall(chances: Sequence[tuple[float, bool]], recall: float = 0.85) -> dict[str, float]:
    total, hits = sum(bad for _, bad in chances), 0
    for count, (_, bad) in enumerate(sorted(chances, key=lambda one: -one[0]), 1):
        hits += bad
        if hits >= recall * total:
            return {"precision at recall 0.85": round(hits / count, 3)}
    return {}


if __name__ == "__main__":
    check() if "--check" in sys.argv[1:] else train()
