"""Is it a question? Texts that are not in any training data, and what may never happen."""

from __future__ import annotations

import time

import pytest

from escalation.detection.questions import Scene, asks
from escalation.detection.verdicts import Link
from escalation.detection.window import Seen
from escalation.events import MessageKey

NOW = 3_600_000


def alone(**more: object) -> Scene:
    """Nothing was said before."""
    return Scene("ann", NOW, [], **more)  # type: ignore[arg-type]


ASKED = [
    ("en", "how do i move my playlists to the new phone"),
    ("en", "checkout keeps failing with error 502 since the update"),
    ("en", "kettle wont switch on anymore, tried two sockets"),
    ("de", "wie kann ich meine adresse ändern"),
    ("de", "Seit heute früh kann ich mich nicht mehr einloggen, Fehler 403"),
    ("es", "cómo puedo cancelar la suscripción?"),
    ("es", "la pantalla no enciende desde ayer"),
    ("fr", "comment changer la langue ?"),
    ("fr", "l'application plante au démarrage depuis ce matin"),
    ("pt", "como faço para mudar o plano?"),
    ("pt", "o aplicativo não abre desde ontem"),
    ("it", "come faccio a cambiare la password?"),
    ("ru", "не могу войти, ошибка"),
]
NOT_ASKED = [
    ("en", "anyone here?"),
    ("en", "hi"),
    ("en", "quick question"),
    ("en", "thanks, that worked!"),
    ("en", "just got mine, love it"),
    ("en", "selling my old one, 40 quid, pickup only"),
    ("en", "heads up: maintenance tonight at 22:00 utc"),
    ("de", "danke, hat geklappt"),
    ("de", "moin zusammen"),
    ("es", "buenos días a todos"),
    ("fr", "merci, ça marche"),
    ("pt", "bom dia pessoal"),
]


@pytest.mark.parametrize(("lang", "text"), ASKED)
def test_asks(lang: str, text: str) -> None:
    assert asks(text, alone()), text


@pytest.mark.parametrize(("lang", "text"), NOT_ASKED)
def test_does_not_ask(lang: str, text: str) -> None:
    assert not asks(text, alone()), text


def test_a_burst_is_read_as_one() -> None:
    by_itself = asks("it wasnt like that yesterday", alone()).probability
    assert asks("it wasnt like that yesterday", alone(), ["[screenshot]", "what is this error"]).probability > by_itself


def test_circumstances_count() -> None:
    text = "which version do you have?"
    asked = Seen(MessageKey("p/c/h/1"), "bob", "bob", NOW - 30_000, "the app crashes on start, any idea?", asks=True)
    link = Link(asked.key, 0.97)
    inside = Scene("ann", NOW, [asked], link, asked, 0.01, belongs=True)
    assert asks(text, inside).probability < asks(text, alone()).probability
    assert not asks(text, inside)
    assert (
        asks("config for the new cluster", alone(thread="opens")).probability
        > asks("config for the new cluster", alone(thread="other")).probability
    )


def test_says_why() -> None:
    verdict = asks("the app crashes on start, how do i fix it?", alone())
    assert "it has a question mark" in verdict.reasons
    assert any(reason.startswith("it reports a problem: 'crashes'") for reason in verdict.reasons)


@pytest.mark.parametrize("piece", ["a ", "@", '"', "`", "[<-", "http://", "x.", "\u0301", "w: ", "\ud7ff", "?", "\n"])
def test_no_text_is_slow_or_breaks(piece: str) -> None:
    started = time.perf_counter()
    assert 0 <= asks(piece * 20_000, alone()).probability <= 1
    assert time.perf_counter() - started < 0.5
