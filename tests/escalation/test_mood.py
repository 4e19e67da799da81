"""How an asker sounds, in five languages; what is denied, meant in another way or told with a laugh."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.mood import LOOKED_AT, Mood, MoodKind, asks_how, read_mood


def kinds(*texts: str) -> set[str]:
    return {cue.kind.value for cue in read_mood(texts).cues}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("safety", "The charger is smoking, what do I do?"),
        ("safety", "Der Akku brennt!!"),
        ("safety", "Sale humo del adaptador y huele a quemado"),
        ("safety", "Le chargeur a pris feu cette nuit"),
        ("safety", "O carregador pegou fogo e eu me queimei"),
        ("safety", "o meu filho está no hospital por causa disto"),
        ("legal", "You'll hear from my lawyer."),
        ("legal", "Dann geht das eben an meinen Anwalt"),
        ("legal", "Voy a poner una denuncia en consumo"),
        ("legal", "Je vais porter plainte"),
        ("legal", "Vou reclamar no Procon amanhã"),
        ("leaving", "If this isn't fixed I'm switching to a competitor"),
        ("leaving", "Dann kündige ich"),
        ("leaving", "me doy de baja hoy mismo"),
        ("leaving", "Je veux résilier"),
        ("leaving", "vou cancelar e migrar para outra"),
        ("anger", "This is absolutely unacceptable"),
        ("anger", "Das ist eine Frechheit"),
        ("anger", "Estoy harto, nadie responde"),
        ("anger", "J'en ai marre de votre service"),
        ("anger", "que vergonha, ninguém responde"),
        ("anger", "WHY DOES NOBODY ANSWER ME HERE"),
        ("deadline", "I need this by tomorrow"),
        ("deadline", "Das muss heute noch raus"),
        ("deadline", "la entrega es para mañana"),
        ("deadline", "il me le faut avant ce soir"),
        ("deadline", "preciso disso até amanhã"),
        ("outage", "Is it down for everyone?"),
        ("outage", "Ist die Seite bei euch auch nicht erreichbar?"),
        ("outage", "¿Se ha caído el servicio?"),
        ("outage", "Le site est en panne ?"),
        ("outage", "o site caiu?"),
        ("trouble", "I can't log in any more"),
        ("trouble", "Ich komm nicht rein"),
    ],
)
def test_words_of_each_kind_are_heard_in_each_language(kind: str, text: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "There is no danger at all, just asking",
        "It isn't dangerous, is it",
        "Es brennt nicht, es blinkt nur",
        "keine Gefahr, nur neugierig",
        "no hay peligro",
        "ce n'est pas dangereux",
        "não é perigoso",
        "I never needed a lawyer for this",
        "The service is not down",
    ],
)
def test_what_is_denied_does_not_count(text: str) -> None:
    assert kinds(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Is there a crash course for beginners?",
        "How do I fire up the dev server?",
        "Scroll down and open the drop down",
        "Does offline mode keep my notes?",
        "Which brand of mouse do you use?",
        "Wo finde ich den Rauchmelder in der App?",
        "¿Cómo configuro una alerta de caída de precio?",
        "Quando chega o meu pedido?",
        "Where can I download the courtyard picture?",
    ],
)
def test_other_meanings_do_not_count(text: str) -> None:
    assert kinds(text) == set()


def test_a_denial_ends_with_its_clause() -> None:
    assert "outage" in kinds("No, it's down again")
    assert "safety" in kinds("not dangerous, but the battery is smoking")


def test_a_negation_of_its_own_does_not_deny_an_outage() -> None:
    assert "outage" in kinds("it does not open is it down")


@pytest.mark.parametrize("laugh", ["lol", "jaja", "mdr", "kkkk", "\U0001f602", "just kidding", ";)"])
def test_what_is_told_with_a_laugh_is_marked(laugh: str) -> None:
    cue = read_mood([f"my laptop is on fire {laugh}"]).cue(MoodKind.SAFETY)
    assert cue is not None
    assert cue.joking


def test_a_laugh_in_another_sentence_does_not_reach_a_danger() -> None:
    cue = read_mood(["Haha, thanks for that. Now the battery is smoking."]).cue(MoodKind.SAFETY)
    assert cue is not None
    assert not cue.joking


def test_said_in_earnest_beats_said_in_jest_whichever_came_first() -> None:
    for texts in (("it is on fire lol", "no really, smoke everywhere"), ("smoke everywhere", "it is on fire lol")):
        cue = read_mood(texts).cue(MoodKind.SAFETY)
        assert cue is not None
        assert not cue.joking


@pytest.mark.parametrize(
    "text",
    [
        "> my lawyer will call you\nhow do I quote like this?",
        "```\nraise Danger('explosion')\n```",
        "see `lawyer` in the docs",
        "https://example.org/lawyer/danger",
    ],
)
def test_quotes_code_and_links_are_not_the_askers_words(text: str) -> None:
    assert kinds(text) == set()


@pytest.mark.parametrize("text", ["HTTP 404 ON GET", "OK", "USB-C HDMI", "Where is the API KEY?"])
def test_names_and_codes_in_capitals_are_no_shouting(text: str) -> None:
    assert "anger" not in kinds(text)


def test_cues_quote_their_sentence_shortly() -> None:
    cue = read_mood(["Hello there. My lawyer " + "says " * 50]).cues[0]
    assert cue.quote.startswith("My lawyer says")
    assert len(cue.quote) <= 80


@given(st.lists(st.text(max_size=300), max_size=4))
def test_any_text_is_read(texts: list[str]) -> None:
    mood = read_mood(texts)
    assert isinstance(mood, Mood)
    assert [cue.kind for cue in mood.cues] == [kind for kind in MoodKind if mood.speaks_of(kind)]


def test_a_long_text_is_read_at_its_beginning_only() -> None:
    assert kinds("a " * LOOKED_AT + "lawyer") == set()
    assert kinds("lawyer " + "a " * LOOKED_AT) == {"legal"}


@pytest.mark.parametrize(
    "text",
    [
        "How do I export a list?",
        "Wie kann ich das Format ändern?",
        "¿Cómo cambio el idioma?",
        "Peut-on payer par carte ?",
        "Como faço para trocar a senha?",
        "I get an error when I import an old list",
    ],
)
def test_how_to_and_own_doing_are_known(text: str) -> None:
    assert asks_how(text)
    assert not {"outage", "trouble"} & kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "nobody in our office can connect",
        "alle Kollegen fliegen raus",
        "nadie puede entrar",
        "plus personne ne peut entrer",
    ],
)
def test_what_many_suffer_is_an_outage_in_other_words_too(text: str) -> None:
    assert "outage" in kinds(text)
    assert not asks_how(text)
