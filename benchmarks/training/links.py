"""Trains the reply-link model.

Rows come from the very code that judges (escalation.detection.linking.pairs). Two halves of the files teach each
other first: each half's history is linked by a model of the other half, since the links a message meets at
run time are predicted ones, not gold.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.transcripts.irc import IrcReader
from escalation.detection.linking.linker import choose
from escalation.detection.linking.net import Array, Net
from escalation.detection.linking.pairs import features
from escalation.detection.linking.talk import Talk
from escalation.detection.window import ChannelWindow, Seen
from escalation.errors import InputError
from escalation.events import Message, MessageKey
from escalation.timing import MINUTE

FIRST = 1_000
"""Annotated from here on; WARM messages before it fill the window."""
WARM = 200
HIDDEN, INNER, THRESHOLDS = 64, 32, 12
EPOCHS, RATE, BATCH, DROP, DECAY = 10, 2e-3, 256, 0.1, 1e-3
SLOW = 5
"""Every fourth file is heard this many times slower, so that little is learnt from the clock alone."""
QUIET = 0.3
_ADDRESS = re.compile(r"@?([^\s:,]{2,32})[:,]\s+")
Gold = dict[int, set[int]]
Decision = tuple[Array, Array, bool]
"""Rows of the candidates, which of them are right, and whether a hasty annotator said so."""


@dataclass(frozen=True)
class Log:
    """One excerpt: its messages by line number, and the annotated replies."""

    path: Path
    messages: list[tuple[int, Message]]
    gold: Gold
    slow: int = 1

    @property
    def hasty(self) -> bool:
        """Annotated by one person in a hurry (`train-c`): a sixth of all messages start something new there,
        an eighth where several people agreed, as in dev. The network is told, and asked for the latter."""
        return ".train-c." in self.path.name


def read(path: Path, slow: int = 1) -> Log:
    """Reads an excerpt and its annotation."""
    gold: Gold = defaultdict(set)
    for line in path.with_name(path.name.replace(".ascii.", ".annotation.")).read_text().splitlines():
        numbers = [int(word) for word in line.split() if word != "-"]
        if numbers and max(numbers) >= FIRST:
            gold[max(numbers)].add(min(numbers))
    reader = IrcReader(path)
    messages = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines()):
        try:
            message = reader.parse(number, line)
        except InputError:
            continue
        if message is not None and FIRST - WARM <= number <= max(gold):
            messages.append((number, message))
    return Log(path, messages, dict(gold), slow)


def quiet(log: Log, random: np.random.Generator) -> Log:
    """The same channel with a third of its conversations, nothing before them, at another pace, and, in every
    second log, nobody's name typed at the beginning: what most communities look like beside a busy IRC channel.
    """
    said = {number: message for number, message in log.messages if number >= FIRST}
    talks: dict[int, int] = {}
    for number in said:
        talks[number] = min((talks.get(parent, parent) for parent in log.gold.get(number, ())), default=number)
    kept = {talk for talk in sorted(set(talks.values())) if random.random() < QUIET}
    names = {message.author.name.lower() for message in said.values()} if random.random() < 0.5 else set()
    messages = [
        (number, replace(message, text=_unaddressed(message.text, names)))
        for number, message in said.items()
        if talks[number] in kept
    ]
    there = {number for number, _ in messages}
    gold = {number: parents & there for number, parents in log.gold.items() if number in there and parents & there}
    return Log(log.path, messages, gold, int(random.choice([1, SLOW, 12 * SLOW])))


def _unaddressed(text: str, names: set[str]) -> str:
    address = _ADDRESS.match(text)
    return text[address.end() :] if address and address[1].lower() in names else text


def play(log: Log, net: Net | None) -> tuple[list[Decision], int]:
    """Every annotated message's decision, in a history linked by `net` (None: by gold); how many it got right."""
    talk, window, decisions, right = Talk(), ChannelWindow(), [], 0
    for number, message in log.messages:
        talk.follow(window.recent())
        author, when = message.author, message.when // MINUTE * log.slow * MINUTE
        new = talk.entry(message.key, author.id, author.name, when, message.text, bot=author.bot)
        found, rows = features(new, talk)
        keys = [one.key for one in found]
        gold = {message.place.message(str(parent)) for parent in log.gold.get(number, ())}
        own = [*keys, message.key]
        if gold:
            decisions.append((rows, np.array([key in gold for key in own], dtype=np.float32), log.hasty))
        if net is None:
            known = [key for key in keys if key in gold]
            parent = known[0] if known else None
        else:
            each = net.probabilities(rows)
            best, _ = choose(found, each)
            parent = keys[best] if best < len(keys) else None
        right += (parent or message.key) in gold
        window.add(_seen(message, when, parent, window))
    return decisions, right


def _seen(message: Message, when: int, parent: MessageKey | None, window: ChannelWindow) -> Seen:
    author = message.author
    above = window.get(parent)
    root = (above.root if above else parent) or message.key
    return Seen(message.key, author.id, author.name, when, message.text, bot=author.bot, parent=parent, root=root)


class Trainer:
    """Adam on the likelihood of the right rows, rows of one decision against each other."""

    def __init__(self, decisions: Sequence[Decision], seed: int) -> None:
        kept = [one for one in decisions if one[1].any()]
        self.sizes = np.array([len(rows) for rows, _, _ in kept])
        self.rows = np.concatenate([rows for rows, _, _ in kept])
        self.right = np.concatenate([right for _, right, _ in kept])
        self.hasty = np.array([hasty for _, _, hasty in kept])
        self.random = np.random.default_rng(seed)
        self.column, self.threshold = _thresholds(self.rows, self.random)
        wide = len(self.column) + 1
        shapes = ((wide, HIDDEN), (HIDDEN,), (HIDDEN, INNER), (HIDDEN, INNER), (INNER,), (INNER,))
        scales = ((2 / wide) ** 0.5, 0, (2 / HIDDEN) ** 0.5, 0.3 * (2 / HIDDEN) ** 0.5, 0, 0.5 * (2 / INNER) ** 0.5)
        self.weights: list[Array] = [
            (self.random.normal(0, 1, shape) * scale).astype(np.float32)
            for shape, scale in zip(shapes, scales, strict=True)
        ]

    def train(self) -> Net:
        """Some epochs, with a rate that falls like a cosine."""
        first = [np.zeros_like(weight) for weight in self.weights]
        second = [np.zeros_like(weight) for weight in self.weights]
        starts = np.concatenate([[0], np.cumsum(self.sizes)])
        count = len(self.sizes)
        steps, step = EPOCHS * -(-count // BATCH), 0
        for _ in range(EPOCHS):
            order = self.random.permutation(count)
            for at in range(0, count, BATCH):
                chosen = np.sort(order[at : at + BATCH])
                gradients = self._gradients(chosen, starts)
                step += 1
                rate = RATE * min(1, step / 200) * (0.5 * (1 + np.cos(np.pi * step / steps)) + 0.01)
                for at_, gradient in enumerate(gradients):
                    first[at_] += 0.1 * (gradient - first[at_])
                    second[at_] += 0.01 * (gradient * gradient - second[at_])
                    move = (first[at_] / (1 - 0.9**step)) / (np.sqrt(second[at_] / (1 - 0.99**step)) + 1e-7)
                    decay = DECAY * self.weights[at_] if gradient.ndim > 1 else 0
                    self.weights[at_] -= (rate * (move + decay)).astype(np.float32)
        into, into_bias, inner, rivals, inner_bias, out = self.weights
        return Net(self.column, self.threshold, into[:-1], into_bias, inner, rivals, inner_bias, out)

    def _gradients(self, chosen: npt.NDArray[np.intp], starts: npt.NDArray[np.intp]) -> list[Array]:
        rows = np.concatenate([np.arange(starts[one], starts[one + 1]) for one in chosen])
        sizes = self.sizes[chosen]
        begin = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        whose = np.repeat(np.arange(len(sizes)), sizes)
        per = sizes[:, None].astype(np.float32)
        above = (self.rows[rows][:, self.column] > self.threshold).astype(np.float32)
        above *= (self.random.random(above.shape[1]) > DROP).astype(np.float32) / (1 - DROP)
        above = np.column_stack([above, self.hasty[chosen][whose].astype(np.float32)])
        into, into_bias, inner, rivals, inner_bias, out = self.weights
        hidden = np.maximum(above @ into + into_bias, 0)
        mean = np.add.reduceat(hidden, begin, axis=0) / per
        deep = np.maximum(hidden @ inner + (mean @ rivals + inner_bias)[whose], 0)
        share = _softmax(deep @ out, begin, whose)
        wanted = share * self.right[rows]
        wanted /= np.maximum(np.add.reduceat(wanted, begin), 1e-12)[whose]
        wrong = ((share - wanted) / len(sizes)).astype(np.float32)
        at_deep = np.outer(wrong, out) * (deep > 0)
        at_mean = np.add.reduceat(at_deep, begin, axis=0)
        at_hidden = (at_deep @ inner.T + ((at_mean @ rivals.T) / per)[whose]) * (hidden > 0)
        return [above.T @ at_hidden, at_hidden.sum(0), hidden.T @ at_deep, mean.T @ at_mean, at_deep.sum(0),
                deep.T @ wrong]  # fmt: skip


def _softmax(scores: Array, begin: npt.NDArray[np.intp], whose: npt.NDArray[np.intp]) -> Array:
    weights = np.exp(scores - np.maximum.reduceat(scores, begin)[whose])
    return np.asarray(weights / np.add.reduceat(weights, begin)[whose])


def _thresholds(rows: Array, random: np.random.Generator) -> tuple[npt.NDArray[np.intp], Array]:
    """Up to THRESHOLDS values of each feature, between those that occur."""
    some = rows[random.choice(len(rows), min(len(rows), 60_000), replace=False)]
    found: list[tuple[int, float]] = []
    for column in range(rows.shape[1]):
        values = np.unique(some[:, column])
        middle = (values[1:] + values[:-1]) / 2
        if len(middle) > THRESHOLDS:
            cuts = np.quantile(some[:, column], np.linspace(0, 1, THRESHOLDS + 2)[1:-1])
            middle = np.unique(middle[np.minimum(np.searchsorted(values, cuts), len(middle) - 1)])
        found += [(column, float(cut)) for cut in middle]
    return np.array([column for column, _ in found]), np.array([cut for _, cut in found], dtype=np.float32)


def _train(logs: Sequence[Log], nets: Sequence[Net | None], seed: int) -> Net:
    decisions = [one for log, net in zip(logs, nets, strict=True) for one in play(log, net)[0]]
    return Trainer(decisions, seed).train()


def fit(logs: Sequence[Log], jobs: int) -> Net:
    """The model of some logs, by way of a model of each half."""
    random = np.random.default_rng(4)
    both = [[log, quiet(log, random)] for log in logs]
    halves = [[log for pair in both[at::2] for log in pair] for at in (0, 1)]
    with ProcessPoolExecutor(jobs) as pool:
        first, second = pool.map(_train, halves, [[None] * len(half) for half in halves], [1, 2])
        taught: list[Net | None] = [*[second] * len(halves[0]), *[first] * len(halves[1])]
        return pool.submit(_train, halves[0] + halves[1], taught, 3).result()


def f1(logs: Sequence[Log], net: Net) -> float:
    """F1 of the links, as the judge counts them; system lines are messages that link to themselves."""
    right = predicted = gold = 0
    for log in logs:
        said = {number for number, _ in log.messages}
        right += play(log, net)[1] + sum(number not in said and number in some for number, some in log.gold.items())
        predicted += len(log.gold)
        gold += sum(map(len, log.gold.values()))
    return 2 * right / (predicted + gold)


def logs_of(data: Path, hold_out: Sequence[str] = ()) -> tuple[list[Log], list[Path]]:
    """The logs to learn from, and the files of the years that are held out."""
    paths = sorted((data / "ubuntu-irc/train").glob("*.ascii.txt"))
    held = [path for path in paths if re.match("|".join(hold_out) or "$", path.name)]
    return [read(path, SLOW if at % 4 == 3 else 1) for at, path in enumerate(paths) if path not in held], held


def measure(name: str, paths: Sequence[Path], net: Net) -> str:
    """F1 on some files as they are, and made quiet."""
    busy = [read(path) for path in paths]
    calm = [quiet(log, np.random.default_rng(at)) for at, log in enumerate(busy)]
    return f"{name}: links F1 {f1(busy, net):.4f}, quiet {f1(calm, net):.4f} ({len(paths)} files)"
