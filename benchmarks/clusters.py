"""Clusters: bursts of one intent between other questions; an outage in three languages. Chosen and told on halves."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Final

import click

from escalation.cluster import DEFAULTS, Clusters, ClusterSettings, add
from escalation.detection.encoder import meaning
from escalation.detection.text import read
from escalation.events import MessageKey, Place, message_id
from escalation.likeness import Asked, Vector
from escalation.mood import Mood, MoodKind, asks_how, read_mood
from escalation.timing import HOUR, MINUTE, Millis

OUTAGE_TEXTS: Final = Path(__file__).with_name("data") / "outage.jsonl"
TUNED: Final = ("tune", "tune2", "tune3")
"""Outage texts that were looked at while choosing."""
_ROOM: Final = Place("bench", "acme", "help")
_STREAMS: Final = 40
_BURSTS: Final = 3
_BURST_ASKERS: Final = (6, 15)
_BURST_LENGTH: Final[Millis] = 20 * MINUTE
_STREAM_LENGTH: Final[Millis] = 3 * HOUR
_OUTAGE_RUNS: Final = 40
STOPWORDS: Final = frozenset(
    "about after again also any anyone are back been before being but can could does doing dont down from get getting "
    "have here how into is isnt just know like more need now only our please right same should since some still than "
    "that the their them then there they this time today until very want was were what whats when where which while "
    "will with work working works would you your cant wont every everyone anybody somebody nobody "
    "aber alle alles auch auf aus bei beim bekomme dann das dass dem den der des die dies diese doch ein eine einen "
    "einer eines euch euer eure eurer fuer gar gerade geht gibt grade habe haben habt hat heute hier ich ihr immer ist "
    "jemand jede jeder jetzt kann kein keine kommt mehr mein meine meinem mich mir mit nach nicht nichts noch nur oder "
    "schon sehr seid seit sich sie sind uber und uns warum was weiss wenn wer wie wieder wird wisst wurde zum "
    "algo alguien ahora antes aqui como con cual cuando desde donde ella esta estaba estan este esto hace hasta hay "
    "los las mas mis muy nada nos otra otro para pasa pero por porque puede puedo que quien sale ser sin sobre solo "
    "son tambien tengo tiene todo todos una uno vosotros "
    "alors apres aucun aussi avec avez avoir cela ces cest chez comment dans depuis des elle encore entre est etait "
    "etes etre fait faut ici jai leur mais meme mes moi mon nous pas personne peut peux plus pour pourquoi quand que "
    "quel quelle quelquun qui rien sans ses son sont sur tous tout toute toutes tres une vers votre vous "
    "ainda agora alguem aqui com como dele depois ela ele eles esta estao estou eu fica foi isso mais meu minha muito "
    "nao nas nos nossa numa onde para pela pelo por porque pra quando que quem sao sem ser seu sistema so sua tambem "
    "tem tenho toda todas todos uma vai vao voces".split()
)


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a stream: when, by whom, in which language, and which burst it belongs to ("": none)."""

    at: Millis
    asker: str
    language: str
    text: str
    burst: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one or more streams: pairs put together rightly, put together, to put together; strangers put in."""

    right: int = 0
    said: int = 0
    gold: int = 0
    swallowed: int = 0
    others: int = 0

    def __add__(self, more: Figures) -> Figures:
        return Figures(
            self.right + more.right,
            self.said + more.said,
            self.gold + more.gold,
            self.swallowed + more.swallowed,
            self.others + more.others,
        )

    def __str__(self) -> str:
        precision, recall = self.right / max(1, self.said), self.right / max(1, self.gold)
        counts = f"{self.right} / {self.said} / {self.gold}"
        return f"P {precision:.3f}  R {recall:.3f}  ({counts})  swallowed {self.swallowed} of {self.others}"


def run(data: Path) -> None:
    """Prints the figures of every half: all but "report" are what weights, thresholds and phrases were chosen on."""
    for half in ("tune", "report"):
        click.echo(f"banking77, {_STREAMS} streams, {half:<6}  {banking(data, half)}")
    for half in (*TUNED, "report"):
        runs = [outage(half, seed) for seed in range(_OUTAGE_RUNS)]
        pages = sorted(sum(counts.values()) for counts, _ in runs)
        most = max(max(counts.values()) for counts, _ in runs)
        swallowed = [count for _, count in runs]
        click.echo(
            f"outage, {_OUTAGE_RUNS} orders, {half:<6}  pages {pages[len(pages) // 2]} (median), {pages[-1]} (most); "
            f"of one language at most {most}; others swallowed {sum(swallowed) / len(runs):.2f} an order, "
            f"{max(swallowed)} at most"
        )


def cluster(lines: Sequence[Line], settings: ClusterSettings = DEFAULTS) -> dict[int, str]:
    """Line number -> key of its cluster, after the whole stream; lone lines are missing."""
    clusters = Clusters("acme")
    for number, line in enumerate(lines):
        clusters, _ = add(_asked(number, line), clusters, settings)
    numbers = {_key(number): number for number in range(len(lines))}
    return {numbers[key]: one.key for one in clusters.standing for key in one.links}


# -- bursts of an intent


def banking(data: Path, half: str, settings: ClusterSettings = DEFAULTS) -> Figures:
    """Pairwise figures over streams made of one half of the intents."""
    with (data / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    intents = sorted({row["category"] for row in rows})
    random.Random(77).shuffle(intents)
    mine = intents[int(half == "report") :: 2]
    texts = {name: [row["text"] for row in rows if row["category"] == name] for name in mine}
    streams = (_stream(texts, random.Random(seed)) for seed in range(_STREAMS))
    return sum((score(lines, cluster(lines, settings)) for lines in streams), Figures())


def _stream(texts: dict[str, list[str]], rng: random.Random) -> list[Line]:
    """Three bursts of one intent each, and one question of every other intent between them."""
    names = rng.sample(sorted(texts), len(texts))
    lines: list[Line] = []
    for name in names[:_BURSTS]:
        start = rng.randrange(_STREAM_LENGTH - _BURST_LENGTH)
        for text in rng.sample(texts[name], rng.randint(*_BURST_ASKERS)):
            lines.append(Line(start + rng.randrange(_BURST_LENGTH), f"{name} {len(lines)}", "en", text, name))
    others = names[_BURSTS:]
    lines += [Line(rng.randrange(_STREAM_LENGTH), name, "en", rng.choice(texts[name]), "") for name in others]
    return sorted(lines, key=lambda line: line.at)


def score(lines: Sequence[Line], found: dict[int, str]) -> Figures:
    """Pairs within bursts against pairs within clusters, and lines of no burst that a cluster swallowed."""
    said = _pairs((number, key) for number, key in found.items())
    gold = _pairs((number, line.burst) for number, line in enumerate(lines) if line.burst)
    strangers = [number for number, line in enumerate(lines) if not line.burst]
    swallowed = sum(number in found for number in strangers)
    return Figures(len(said & gold), len(said), len(gold), swallowed, len(strangers))


def _pairs(grouped: Iterable[tuple[int, str]]) -> set[tuple[int, int]]:
    groups: dict[str, list[int]] = {}
    for number, group in grouped:
        groups.setdefault(group, []).append(number)
    return {pair for members in groups.values() for pair in combinations(sorted(members), 2)}


# -- an outage


def outage(half: str, seed: int, settings: ClusterSettings = DEFAULTS) -> tuple[Counter[str], int]:
    """One order of the outage: its pages by language, and how many others it swallowed.

    A page is a cluster (in the language of its first question) or a question of the outage that stands alone.
    """
    lines = _outage_lines(half, random.Random(seed))
    found = cluster(lines, settings)
    pages = Counter(lines[int(message_id(MessageKey(key)))].language for key in set(found.values()))
    pages.update(line.language for number, line in enumerate(lines) if line.burst and number not in found)
    return pages, sum(number in found for number, line in enumerate(lines) if not line.burst)


def _outage_lines(half: str, rng: random.Random) -> list[Line]:
    lines: list[Line] = []
    for number, text in enumerate(OUTAGE_TEXTS.read_text("utf-8").splitlines()):
        row = json.loads(text)
        if row["half"] == half:
            burst = "outage" if row["kind"] == "outage" else ""
            at = rng.randrange(_BURST_LENGTH)
            lines.append(Line(at, f"person {number}", row["language"], row["text"], burst))
    return sorted(lines, key=lambda line: line.at)


# -- what the composition root will make of a message


def _asked(number: int, line: Line) -> Asked:
    vector, words, mood, own = _read(line.text)
    return Asked(
        key=_key(number),
        tenant="acme",
        community=_ROOM.community_key,
        channel=_ROOM.key,
        asker=line.asker,
        language=line.language,
        asked_at=line.at,
        vector=vector,
        words=words,
        outage=mood.speaks_of(MoodKind.OUTAGE),
        trouble=mood.speaks_of(MoodKind.TROUBLE),
        own=own,
    )


def _key(number: int) -> MessageKey:
    return _ROOM.message(str(number))


@cache
def _read(text: str) -> tuple[Vector, frozenset[str], Mood, bool]:
    words = frozenset(word[:5] for word in set(read(text).words) - STOPWORDS if len(word) > 3)
    return meaning(text), words, read_mood([text]), asks_how(text)
