"""What a text shows to the linker: a small vector of signs, its words, and whom it addresses. Pure and cached."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from escalation.detection.features import STOPWORDS, look

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_AT = re.compile(r"@([^\W_]+(?:['’\-][^\W_]+)*)")
_SMILE = re.compile(r"[:;=]-?[)DPp(/]|\bx[dD]\b|[\U0001f600-\U0001f64f]")
_HEAD = 40
"""Characters at the beginning in which an address like `Name:` or `Name,` may end."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Small closed classes, several languages: function words and what people say to each other, no topics.
_ASK_FIRST = _words(
    "how what why where when which who whats what's is are does do did can could would should has have any anyone "
    "anybody somebody someone wie was warum wieso wo wann welche kann hat gibt weiß cómo como qué que dónde puede "
    "alguien hay comment pourquoi où est-ce quelqu'un qui alguém onde tem"
)
_ASK_ANY = _words("how what why where which anyone anybody someone wie warum jemand cómo alguien comment quelqu'un")
_GREET = _words("hi hello hey hallo hola bonjour salut oi olá yo greetings morning evening moin re")
_THANKS = _words("thanks thank thx ty thanx tnx cheers danke gracias merci obrigado obrigada")
_YES_NO = _words(
    "yes no yep nope yeah yea ya nah yup ok okay ah oh k sure right correct exactly true indeed ja nein doch sí si oui "
    "non sim não"
)
_JOIN = _words("and but or so because cause then also well und aber oder weil dann y pero o et mais ou donc e mas")
_ME = _words("i i'm im i've ive i'd i'll my me mine we our ich mein meine mir yo mi je j'ai mon eu meu minha")
_YOU = _words("you your you're youre u ur yours you'll you'd du dein dir tu te vous votre você")
_LAUGH = _words("lol haha hehe heh lmao rofl hahaha jaja kkkk mdr xd hah")
_THAT = _words("that it this that's it's thats its those these they them das es eso lo ça isso")

SIGNS: Final = (
    "words", "question", "ask_first", "ask_any", "greet", "thanks", "yes_no", "join", "me", "you", "laugh", "that",
    "link", "marks", "head", "command", "corrects",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signs:
    """One text, looked at once by the linker."""

    vector: tuple[float, ...]
    """One number for each of SIGNS."""
    words: tuple[str, ...]
    place: dict[str, int]
    """Where each word stands last."""
    content: frozenset[str]
    head: int
    """Words before a `:` or `,` near the beginning; 0: none."""
    called: frozenset[str]
    """Words that follow an @ directly."""


@lru_cache(maxsize=2048)
def signs(text: str) -> Signs:
    """Looks at a text of any content; never fails."""
    text_ = look(text)
    words = text_.words
    start = text[:_HEAD].lstrip()
    head = _head(start)
    held = frozenset(words)
    lead = words[head] if head < len(words) and head <= 2 else (words[0] if words else "")
    first = words[0] if words else ""
    smile = "laugh" if held & _LAUGH or _SMILE.search(text[:2000]) else ""
    vector = (
        math.log1p(len(words)),
        float(min(text_.question_marks, 2)),
        float(lead in _ASK_FIRST or first in _ASK_FIRST),
        float(not _ASK_ANY.isdisjoint(held)),
        float(first in _GREET or lead in _GREET),
        float(not _THANKS.isdisjoint(held)),
        float(lead in _YES_NO or first in _YES_NO),
        float(lead in _JOIN or first in _JOIN),
        float(not _ME.isdisjoint(held)),
        float(not _YOU.isdisjoint(held)),
        float(bool(smile)),
        float(not _THAT.isdisjoint(held)),
        float(text_.has_link or text_.has_code),
        float("!" in start or "!" in text[-3:]),
        float(head),
        float(start[:1] in ("!", "/", ".", "$") and start[1:2].isalpha()),
        float(start[:1] == "*" or start[:2] == "s/" or start[:1] == "^"),
    )
    return Signs(
        vector,
        words,
        {word: at for at, word in enumerate(words)},
        frozenset(word for word in held if word not in STOPWORDS and len(word) > 1),
        head,
        frozenset(_AT.findall(text[:2000].lower())) if "@" in text else frozenset(),
    )


def _head(start: str) -> int:
    for at, letter in enumerate(start):
        if letter in ":,":
            if start[at + 1 : at + 2] not in ("", " "):
                return 0
            count = len(_TOKEN.findall(start[:at]))
            return count if count <= 4 else 0
    return 0


@lru_cache(maxsize=2048)
def name_words(name: str) -> tuple[str, ...]:
    """A name as words of a text would show it; empty: it cannot be recognised."""
    return tuple(_TOKEN.findall(name[:64].lower()))


def addressed(text: Signs, name: tuple[str, ...]) -> float:
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


def abbreviates(text: Signs, name: tuple[str, ...]) -> bool:
    """Whether the text begins with `Nam:`, a shortened or lengthened form of the name."""
    if not 1 <= text.head <= 2 or not name:
        return False
    head, whole = "".join(text.words[: text.head]), "".join(name)
    short, long = sorted((_bare(head), _bare(whole)), key=len)
    return len(short) >= 3 and long.startswith(short)


def _bare(name: str) -> str:
    return name.replace("'", "").replace("’", "").replace("-", "")
