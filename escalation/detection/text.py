"""What one text shows, read once for everybody: its words, marks, cues, whom it addresses. Pure, cached, linear."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from escalation.detection.phrases import SCRIPT_WITHOUT_BLANKS, WORD, cue_pack, plain

LOOKED_AT: Final = 4_000
"""Characters of a text that are looked at: what somebody asks stands at the beginning."""
_WORDS_LOOKED_AT = 220
_LONGEST_WORD = 24
_STARTS_WITHIN = 3
"""A phrase among the first words says what the whole message is."""
_HEAD = 40
"""Characters at the beginning in which an address like `Name:` or `Name,` may end."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`|\[<-(?:CODE|ISSUE)->\]", re.S)
_LINK = re.compile(r"https?://\S+|\bwww\.\S+|\[<-LINK->\]")
_QUOTED = re.compile(r"^>.*$|[\"“„«][^\"“”„«»\n]{6,300}[\"”“»]", re.M)
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"\s*(?:@[\w.\-]{2,32}[:,]?|[\w.\-]{2,32}:)\s")
_CALLED = re.compile(r"@([^\W_]+)")
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[?!.:;(),>\[\]]")
_SMILE = re.compile(r"[:;=]-?[)DPp(/]|\bx[dD]\b|[\U0001f600-\U0001f64f]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Small closed classes, several languages: function words and what people say to each other, no topics.
STOPWORDS: Final = _words(
    "a an and are as at be but by can do for from has have how i if in is it its me my no not of on or so that the "
    "then there this to was what when with you your any anyone still does please hi hello der die das und ist ein "
    "eine nicht ich el la los las un una es en de que y le les des et est je o os um uma e nao im dont"
)
_ASK_FIRST = _words(
    "how what why where when which who whats is are does do did can could would should has have any anyone "
    "anybody somebody someone wie was warum wieso wo wann welche kann hat gibt weiss como que donde puede "
    "alguien hay comment pourquoi ou est quelquun qui alguem onde tem"
)
_ASK_ANY = _words("how what why where which anyone anybody someone wie warum jemand como alguien comment quelquun")
_GREET = _words("hi hello hey hallo hola bonjour salut oi ola yo greetings morning evening moin re")
_THANKS = _words("thanks thank thx ty thanx tnx cheers danke gracias merci obrigado obrigada")
_YES_NO = _words(
    "yes no yep nope yeah yea ya nah yup ok okay ah oh k sure right correct exactly true indeed ja nein doch si oui "
    "non sim nao"
)
_JOIN = _words("and but or so because cause then also well und aber oder weil dann y pero o et mais ou donc e mas")
_ME = _words("i im ive id ill my me mine we our ich mein meine mir yo mi je jai mon eu meu minha")
_YOU = _words("you your youre u ur yours youll youd du dein dir tu te vous votre voce")
_LAUGH = _words("lol haha hehe heh lmao rofl hahaha jaja kkkk mdr xd hah")
_THAT = _words("that it this thats its those these they them das es eso lo ca isso")

SIGNS: Final = (
    "words", "question", "ask_first", "ask_any", "greet", "thanks", "yes_no", "join", "me", "you", "laugh", "that",
    "link", "marks", "head", "command", "corrects",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """One text, looked at once. `found`: group of cues -> the first phrase of it, as it was matched."""

    words: tuple[str, ...]
    """Lower case without accents, code, links and quotations."""
    tokens: tuple[str, ...]
    """Words as they are written, in lower case, and marks between them; without whom it addresses first."""
    place: Mapping[str, int]
    """Where each word stands last."""
    content: frozenset[str]
    """Words that carry meaning."""
    found: Mapping[str, str]
    starts: frozenset[str]
    """Groups of cues among the first words."""
    names: tuple[str, ...]
    """All that is known of it as names of features."""
    signs: tuple[float, ...]
    """One number for each of SIGNS."""
    question_marks: int
    asks_at_end: bool
    has_code: bool
    has_link: bool
    head: int
    """Words before a `:` or `,` near the beginning; 0: none."""
    called: frozenset[str]
    """Words that follow an @ directly."""

    def has(self, *groups: str) -> str | None:
        """The first phrase found of any of these groups."""
        return next((self.found[group] for group in groups if group in self.found), None)


@lru_cache(maxsize=1024)
def read(text: str) -> Text:
    """Reads a text of any length and content; never fails."""
    head = text[:LOOKED_AT]
    prose = _CODE.sub(" ", head) if "`" in head or "[<-" in head else head
    has_code = len(prose) != len(head)
    unlinked = _LINK.sub(" ", prose) if "http" in prose or "www." in prose or "[<-" in prose else prose
    has_link = len(unlinked) != len(prose)
    said = _QUOTED.sub(" ", unlinked) if _has_quotes(unlinked) else unlinked
    words = tuple([word[:_LONGEST_WORD] for word in WORD.findall(plain(said))[:_WORDS_LOOKED_AT]])
    addressed = _ADDRESS.match(said) is not None
    found, starts, many = _cues(said, words, _STARTS_WITHIN + addressed)
    marks = said.count("?") + said.count("\u00bf") + said.count("\uff1f") + said.count("\u061f") + said.count("\u037e")
    asks_at_end = said.rstrip(" .!\n)\u200d\ufe0f").endswith(("?", "\uff1f", "\u061f"))
    start = head[:_HEAD].lstrip()
    named = _head(start)
    held = frozenset(words)
    tokens = _tokens(said, named)
    names = _facts(said, words, marks, asks_at_end, has_code, has_link, len(said) != len(unlinked), addressed)
    names += [f"has {group}" for group in found]
    names += [f"starts {group}" for group in starts]
    names += [f"many {group}" for group in many]
    return Text(
        words, tokens, {word: at for at, word in enumerate(words)},
        frozenset([word for word in held if len(word) > 1 and word not in STOPWORDS]),
        found, frozenset(starts), tuple(names), _signs(start, head, words, held, named, marks, has_link or has_code),
        marks, asks_at_end, has_code, has_link, named,
        frozenset(_CALLED.findall(plain(head[:2000]))) if "@" in head else frozenset(),
    )  # fmt: skip


def overlap(one: Text, other: Text) -> float:
    """0..1: shared meaning-carrying words, of the smaller of the two texts."""
    left, right = one.content, other.content
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0


def _facts(
    said: str, words: tuple[str, ...], marks: int, asks_at_end: bool, code: bool, link: bool, quotes: bool, named: bool
) -> list[str]:
    facts = (
        (marks > 0, "marks"),
        (marks > 1, "marks2"),
        (asks_at_end, "asks at end"),
        (code, "code"),
        (link, "link"),
        (link and len(words) < 4, "bare link"),
        (quotes, "quotes"),
        (named, "addressed"),
        (_DIGIT.search(said) is not None, "digits"),
        ("!" in said, "exclaims"),
        (not said.isascii() and max(said) > "\U0001f000", "emoji"),
        ("\n" in said.strip(), "lines"),
        (said[:1].isupper(), "capital"),
        ("[" in said, "attached"),
    )
    return [_length(len(words)), *[name for holds, name in facts if holds]]


def _tokens(said: str, head: int) -> tuple[str, ...]:
    found = [token[:_LONGEST_WORD] for token in _TOKEN.findall(said.lower())[: 2 * _WORDS_LOOKED_AT]]
    if head:
        for at, token in enumerate(found[:8]):
            if token in (":", ","):
                return tuple(found[at + 1 :])
    return tuple(found)


def _has_quotes(text: str) -> bool:
    return '"' in text or ">" in text or "\u00ab" in text or "\u201c" in text or "\u201e" in text


def _length(words: int) -> str:
    for bound in (0, 1, 2, 4, 7, 12, 20, 35, 60):
        if words <= bound:
            return f"up to {bound} words"
    return "very long"


def _cues(said: str, words: tuple[str, ...], start: int) -> tuple[dict[str, str], Sequence[str], Sequence[str]]:
    """Groups found -> phrase; those among the first words; those found more than once. In the text's order."""
    found: dict[str, str] = {}
    starts: dict[str, None] = {}
    many: dict[str, None] = {}
    book = cue_pack()
    for group, position, phrase in book.find(words):
        if group in found:
            if phrase != found[group]:
                many[group] = None
        else:
            found[group] = phrase
        if position < start:
            starts[group] = None
    if not said.isascii() and SCRIPT_WITHOUT_BLANKS.search(said):
        lowered = plain(said)
        for phrase, group in book.unspaced:
            if phrase in lowered:
                found.setdefault(group, phrase)
    return found, [*starts], [*many]


def _signs(
    start: str, text: str, words: tuple[str, ...], held: frozenset[str], head: int, marks: int, shows: bool
) -> tuple[float, ...]:
    first = words[0] if words else ""
    lead = words[head] if head < len(words) and head <= 2 else first
    return (
        math.log1p(len(words)),
        float(min(marks, 2)),
        float(lead in _ASK_FIRST or first in _ASK_FIRST),
        float(not _ASK_ANY.isdisjoint(held)),
        float(first in _GREET or lead in _GREET),
        float(not _THANKS.isdisjoint(held)),
        float(lead in _YES_NO or first in _YES_NO),
        float(lead in _JOIN or first in _JOIN),
        float(not _ME.isdisjoint(held)),
        float(not _YOU.isdisjoint(held)),
        float(not _LAUGH.isdisjoint(held) or _SMILE.search(text, 0, 2000) is not None),
        float(not _THAT.isdisjoint(held)),
        float(shows),
        float("!" in start or "!" in text[-3:]),
        float(head),
        float(start[:1] in ("!", "/", ".", "$") and start[1:2].isalpha()),
        float(start[:1] == "*" or start[:2] == "s/" or start[:1] == "^"),
    )


def _head(start: str) -> int:
    for at, letter in enumerate(start):
        if letter in ":,":
            if start[at + 1 : at + 2] not in ("", " "):
                return 0
            count = len(WORD.findall(start[:at]))
            return count if count <= 4 else 0
    return 0


@lru_cache(maxsize=4096)
def name_words(name: str) -> tuple[str, ...]:
    """A name as words of a text would show it; empty: it cannot be recognised."""
    return tuple(WORD.findall(plain(name[:64])))


def addressed(text: Text, name: tuple[str, ...]) -> float:
    """How plainly a text names somebody: 4 `Name:` or `@Name`, 3 at the start, 2 at the end, 1 inside, 0 not.

    Half a point less if only the first of the name's words is used.
    """
    if not name or (at := text.place.get(name[0])) is None:
        return 0.0
    words, size = text.words, len(name)
    whole = size == 1 or any(words[i : i + size] == name for i in (0, at))
    used = size if whole else 1
    minus = 0.0 if whole else 0.5
    if name[0] in text.called or (text.head == used and words[0] == name[0]):
        return 4.0 - minus
    if sum(map(len, name[:used])) < 3 or (used == 1 and name[0] in STOPWORDS):
        return 0.0
    if words[0] == name[0]:
        return 3.0 - minus
    return (2.0 if at + used == len(words) else 1.0) - minus


def abbreviates(text: Text, name: tuple[str, ...]) -> bool:
    """Whether the text begins with `Nam:`, a shortened or lengthened form of the name."""
    if not 1 <= text.head <= 2 or not name or not text.words:
        return False
    short, long = sorted(("".join(text.words[: text.head]), "".join(name)), key=len)
    return len(short) >= 3 and long.startswith(short)
