"""Which language a text is in, as ISO 639-1 codes: by its script, or by the little words it uses. Pure.

Knows seven languages in Latin letters (en, de, es, fr, pt, it, nl) and those whose letters give them away. Abstains
where the words are too few, too evenly shared, or too rare for any of them: a wrong language is worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Final

LOOKED_AT: Final = 2_000
"""Characters of a text that are looked at."""
_LEAST = 1.5
"""Evidence that a guess needs: a word of one language alone counts 1, one that n share 1/n."""
_CLEARLY = 1.4
"""The best must have this many times the evidence of the second."""
_SHARE = 0.18
"""And its words must be this share of all: else it is a language that we do not know."""

_NOISE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|[@#]\S+|<[^>\s]*>", re.S)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")

_STOPWORDS: Final[Mapping[str, str]] = {
    "en": "the and is are was were to of in it its it's for that this with on you your i i'm my me we they have "
    "has had not don't doesn't can't can does did how what why when where which who there any anyone just "
    "but or if from after be been get got would could should will about do am an a as at by so no than "
    "then them these hi hello please thanks still now up out into only also because work works working "
    "isn't won't i've",
    "de": "der die das und ist nicht ich du er sie es wir ihr ein eine einen einem einer mit auf für von zu zum "
    "zur den dem des im in an am bei nach aus wie was warum wann wo wer kann kannst hat habe hab haben "
    "sind war wird werden auch aber oder wenn dass noch nur schon mal jemand bitte danke hallo moin kein "
    "keine mein meine meinem meinen geht gibt seit über vom doch mir mich dir man so da hier immer wieder "
    "weiß ja nein beim ihn als um jetzt muss",
    "es": "el la los las de del y en que es un una por para con no se lo le les su mi me te al como qué cómo "
    "cuándo dónde está están tengo tiene hay pero o si ya muy más esto esta este eso algo alguien hola "
    "gracias porque desde cuando sin sobre ha he puedo puede hace nada también son soy fue era ser hacer "
    "sale ni yo tú nos a todo mismo",
    "fr": "le la les de des du et est un une en dans que qui ne pas je tu il elle nous vous ils on ce cette ces "
    "ça c'est j'ai pour avec sur au aux par plus mais ou où si mon ma mes ton votre quand comment "
    "pourquoi quelqu'un bonjour salut merci suis sont ai as a avez fait faire peut y se sa son leur très "
    "tout rien depuis même être était après n'est n'ai d'un d'une qu'il sans toujours quel quelle là",
    "pt": "o a os as de do da dos das e é em no na nos nas um uma que não por para pra com se eu você ele ela "
    "meu minha mais mas ou como quando onde porque qual quem está estou tem tenho isso esse essa este "
    "esta alguém olá oi obrigado obrigada já só também ao à pelo pela foi ser fazer muito sem até depois "
    "vocês aqui nada consigo tá aparece sei",
    "it": "il lo la i gli le di del della dei delle e è in nel nella che un una per con non si mi ti ci ho hai "
    "ha abbiamo sono sei come quando dove perché chi cosa questo questa ma o se anche più già qualcuno "
    "ciao grazie da dal dalla al alla mio mia tutto niente ancora dopo posso può fare c'è su sul sulla ne "
    "molto stato solo io lui quello",
    "nl": "de het een en is van in op te dat die niet ik je jij hij zij we wij met voor aan er maar om als bij "
    "ook naar heb heeft hebben kan kun wat hoe waarom wanneer waar wie mijn mij zijn was wordt worden nog "
    "wel geen dan dit deze iemand hallo bedankt uit over door al meer doet moet na sinds hem u zo of weer "
    "krijg even dus",
}
_HINTS: Final[Mapping[str, str]] = {
    "ß": "de",
    "¿": "es",
    "¡": "es",
    "ñ": "es",
    "ã": "pt",
    "õ": "pt",
    "œ": "fr",
}
"""Letters that only one of our languages writes."""
_STRANGE: Final = frozenset("øåłşğıěřőűțąężđ")
"""Latin letters that none of them writes."""

_SCRIPTS: Final[Mapping[str, str]] = {
    "GREEK": "el",
    "HEBREW": "he",
    "ARABIC": "ar",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "THAI": "th",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
_LETTERS: Final[tuple[tuple[str, str, str], ...]] = (
    ("CYRILLIC", "їєґі", "uk"),
    ("CYRILLIC", "ђћџљњјѓќ", ""),
    ("CYRILLIC", "ыэё", "ru"),
    ("ARABIC", "پچژگ", "fa"),
    ("ARABIC", "ٹڈڑے", "ur"),
)
"""Letters that give another language of the same script away; "" one that we do not know."""


_RUSSIAN: Final = frozenset(
    "что как это или если когда где нет есть мне меня вас привет спасибо почему кто "
    "все уже еще при после только".split()
)
"""For the many Russian texts without a letter of their own."""


def _owners() -> Mapping[str, tuple[str, ...]]:
    owners: dict[str, list[str]] = {}
    for language, words in _STOPWORDS.items():
        for word in dict.fromkeys(words.split()):
            owners.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in owners.items()}


_OWNERS: Final = _owners()


def guess_language(text: str) -> str | None:
    """The language's code, e.g. "de"; None: can't tell. Code, links and names that are called do not count."""
    text = unicodedata.normalize("NFC", _NOISE.sub(" ", text[:LOOKED_AT])).casefold()
    scripts = Counter(script for letter in text if (script := _script(letter)))
    if not scripts:
        return None
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > scripts["CJK"] // 10 + scripts.total() // 10:
        return "ja"
    script, letters = scripts.most_common(1)[0]
    if letters * 2 < scripts.total():
        return None
    return _by_words(text) if script == "LATIN" else _by_letters(text, script)


def _by_letters(text: str, script: str) -> str | None:
    for name, letters, language in _LETTERS:
        if name == script and any(letter in text for letter in letters):
            return language or None
    if script == "CYRILLIC":
        return "ru" if not _RUSSIAN.isdisjoint(_WORD.findall(text)) else None
    return _SCRIPTS.get(script)


def _by_words(text: str) -> str | None:
    words = _WORD.findall(text.replace("\u2019", "'"))
    if not words or not _STRANGE.isdisjoint(text):
        return None
    evidence = dict.fromkeys(_STOPWORDS, 0.0)
    for letter, language in _HINTS.items():
        evidence[language] += letter in text
    used: Counter[str] = Counter()
    for word in words:
        languages = _OWNERS.get(word, ())
        for language in languages:
            evidence[language] += 1 / len(languages)
            used[language] += 1
    best, next_best = sorted(evidence, key=lambda language: -evidence[language])[:2]
    most, second = evidence[best], evidence[next_best]
    if most < _LEAST or most < _CLEARLY * second or used[best] < _SHARE * len(words):
        return None
    return best


def _script(letter: str) -> str:
    if letter.isascii():
        return "LATIN" if letter.isalpha() else ""
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""
