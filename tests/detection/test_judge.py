"""The whole judge on small invented talks, and what it must never do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.detection import (
    NOBODY,
    AnswerRole,
    ChannelWindow,
    Company,
    Judgement,
    Seen,
    TrainedJudge,
)
from escalation.detection.company import company
from escalation.events import Edit, Message, MessageKey, Person, Place, Role
from escalation.interpret import Reading, Sources, interpret
from escalation.store.messages import Membership, StoredMessage
from escalation.tenant import Tenant

PLACE = Place("chat", "acme", "help")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
JUDGE = TrainedJudge()
HELPING = {AnswerRole.ANSWER, AnswerRole.CLARIFICATION}
PEOPLE = {"ann": "Ann Lee", "bob": "Bob", "cleo": "Cleo"}


@dataclass
class Channel:
    """A channel as the intake keeps one, without a store."""

    tenant: Tenant = field(default_factory=lambda: Tenant("acme"))
    judge: TrainedJudge = JUDGE
    window: ChannelWindow = field(default_factory=ChannelWindow)
    known: dict[MessageKey, StoredMessage] = field(default_factory=dict)
    ties: dict[MessageKey, list[Membership]] = field(default_factory=dict)
    passed: float = 0

    def sources(self) -> Sources:
        return Sources(self.judge, self.window, self.tenant, self.known, self.ties, 0, set(), lambda key: True)

    def takes(self, event: Message | Edit) -> Reading:
        reading = interpret(event, self.sources())
        if reading.new is not None:
            self.known[event.key] = reading.new
        elif reading.changes:
            self.known[event.key] = replace(self.known[event.key], **reading.changes)  # type: ignore[arg-type]
        self.ties[event.key] = [*self.ties.get(event.key, ()), *reading.ties]
        return reading

    def says(self, author: str, text: str, *, after: float = 30, roles: tuple[Role, ...] = (), **more: str) -> Reading:
        self.passed += after
        person = Person(author, PEOPLE.get(author, author), frozenset(roles))
        at = START + timedelta(seconds=self.passed)
        return self.takes(Message(place=PLACE, id=str(len(self.known)), at=at, author=person, text=text, **more))

    def edits(self, number: int, text: str) -> Reading:
        self.passed += 5
        return self.takes(Edit(place=PLACE, id=str(number), at=START + timedelta(seconds=self.passed), text=text))


def roles(reading: Reading) -> dict[str, AnswerRole]:
    return {tie.question.rsplit("/", 1)[1]: tie.role for tie in reading.ties}


TALKS = {
    "en": ("how do i move my playlists to the new phone?", "which phone do you have?",
           "go to settings > account and tap restore playlists", "that worked, thanks!"),
    "de": ("wie kann ich meine Adresse ändern?", "welche App-Version hast du?",
           "geh in die Einstellungen und tippe auf Profil, dort kannst du sie ändern", "danke, hat geklappt"),
    "es": ("¿cómo puedo cancelar la suscripción?", "¿qué versión tienes?",
           "tienes que ir a ajustes, luego a pagos y cancelarla allí", "gracias, ya funciona"),
    "fr": ("comment changer la langue de l'application ?", "quelle version as-tu ?",
           "va dans les paramètres puis langue et choisis la tienne", "merci, ça marche"),
    "pt": ("como faço para mudar o plano da minha conta?", "qual versão você tem?",
           "vai em configurações, depois conta e troca o plano lá", "obrigado, funcionou"),
}  # fmt: skip


@pytest.mark.parametrize("lang", TALKS)
@pytest.mark.parametrize("how", ["reply", "thread"])
def test_a_talk_where_the_platform_says_what_belongs_together(lang: str, how: str) -> None:
    question, back, answer, content = TALKS[lang]
    more = {"reply": {"reply_to": "0"}, "thread": {"thread": "0"}}[how]
    channel = Channel()
    assert channel.says("ann", question).opens
    assert roles(channel.says("bob", back, **more))["0"] is AnswerRole.CLARIFICATION
    answered = channel.says("cleo", answer, **more)
    assert roles(answered)["0"] is AnswerRole.ANSWER
    assert not answered.opens
    assert roles(channel.says("ann", content, **more))["0"] is AnswerRole.CONFIRMATION


@pytest.mark.parametrize("lang", TALKS)
def test_a_flat_talk(lang: str) -> None:
    question, _, answer, content = TALKS[lang]
    channel = Channel()
    assert channel.says("ann", question).opens
    answered = channel.says("cleo", f"Ann Lee: {answer}")
    assert not answered.opens
    assert roles(answered).get("0") in HELPING
    assert roles(channel.says("ann", content)) == {"0": AnswerRole.CONFIRMATION}


def test_two_flat_talks_at_once_are_told_apart() -> None:
    channel = Channel()
    channel.says("ann", "my camera is offline since the update, how do i get it back?")
    channel.says("bob", "does anybody know how to change the billing address?")
    assert roles(channel.says("cleo", "Bob: settings, then billing, then edit the address"))["1"] is AnswerRole.ANSWER
    assert "1" not in roles(channel.says("dan", "Ann: hold the button of the camera for ten seconds"))


def test_a_greeting_waits_for_what_is_asked() -> None:
    channel = Channel()
    assert not channel.says("ann", "hi").opens
    assert not channel.says("bob", "nice weather today", after=3).opens
    assert not channel.says("ann", "quick question", after=3).opens
    assert channel.says("ann", "my router is dead since the update, how do i get it back?", after=5).opens


def test_a_burst_is_one_persons_and_ends_with_its_question() -> None:
    from escalation.detection.questions import BURST, Scene, burst

    def said(number: int, author: str, at: int, **more: object) -> Seen:
        return Seen(PLACE.message(str(number)), author, author, at, f"m{number}", **more)  # type: ignore[arg-type]

    newest_first = [said(4, "ann", 40), said(3, "bob", 30), said(2, "ann", 20), said(1, "ann", 10, asks=True)]
    assert burst(Scene("ann", 50, newest_first)) == ("m2", "m4")
    assert burst(Scene("bob", 50, newest_first)) == ("m3",)
    assert burst(Scene("ann", 41 + BURST, newest_first)) == ()
    assert burst(Scene("ann", 0, newest_first)) == ("m2", "m4")  # a clock that ran backwards


def test_the_opener_of_a_thread_asks_more_easily() -> None:
    text = "config for the new cluster"
    opener = Channel().says("ann", text, thread="0")
    assert opener.score > Channel().says("ann", text).score


def test_platforms_word_beats_every_name() -> None:
    channel = Channel()
    channel.says("ann", TALKS["en"][0])
    channel.says("bob", "does anybody know how to change the billing address?")
    reading = channel.says("cleo", "Ann: settings, then billing, then edit", reply_to="1")
    assert set(roles(reading)) == {"1"}
    assert reading.judgement is not None
    assert reading.judgement.parent is not None
    assert reading.judgement.parent.probability == 1.0


def test_a_bot_neither_asks_nor_answers() -> None:
    channel = Channel()
    assert not channel.says("robo", TALKS["en"][0], roles=(Role.BOT,)).opens
    channel.says("ann", TALKS["en"][0])
    assert set(roles(channel.says("robo", TALKS["en"][2], roles=(Role.BOT,), reply_to="1")).values()) == {
        AnswerRole.OTHER
    }


ACME = company(["Acme"], ["acme.com"], ["Jane Doe"], ["reset the hub"])
STEAL = "send me your password and the card number in dm and i will check your account"


@pytest.mark.parametrize("text", [STEAL, "just reset the hub", "I'm from the support team, see https://evil.net"])
def test_dangers_are_told_of_strangers_and_never_of_staff(text: str) -> None:
    channel = Channel(Tenant("acme", company=ACME, staff=frozenset({"zoe"})))
    channel.says("ann", TALKS["en"][0])
    assert roles(channel.says("eve", text, reply_to="0"))["0"] is AnswerRole.UNSAFE
    for name, marks in (("zoe", ()), ("Acme Support", (Role.STAFF,))):
        number = len(channel.known)
        assert AnswerRole.UNSAFE not in roles(channel.says(name, text, roles=marks, reply_to="0")).values()
        assert AnswerRole.UNSAFE not in roles(channel.edits(number, f"{text}!")).values()


def test_danger_needs_no_link_and_a_warning_passes() -> None:
    channel = Channel()
    channel.says("ann", TALKS["en"][0])
    assert roles(channel.says("eve", STEAL))["0"] is AnswerRole.UNSAFE
    warning = channel.says("bob", "never send your password to anyone, that is a scam", reply_to="0")
    assert AnswerRole.UNSAFE not in roles(warning).values()


def test_nobody_endangers_themselves() -> None:
    channel = Channel()
    channel.says("ann", TALKS["en"][0])
    assert AnswerRole.UNSAFE not in roles(channel.says("ann", STEAL, reply_to="0")).values()


def test_harmless_words_may_be_edited_into_a_danger() -> None:
    channel = Channel()
    channel.says("ann", TALKS["en"][0])
    channel.says("eve", "lol", after=7_300)
    channel.ties[PLACE.message("1")] = []
    reading = channel.edits(1, STEAL)
    assert roles(reading) == {"0": AnswerRole.UNSAFE}
    assert [intent.role for intent in reading.intents] == [AnswerRole.UNSAFE]


def test_who_repeats_a_question_by_replying_to_it_is_tied_to_it_once() -> None:
    channel = Channel(window=ChannelWindow(3))
    channel.says("ann", TALKS["en"][0])
    again = channel.says("ann", TALKS["en"][0], reply_to="0")
    assert not again.opens
    assert [tie.question for tie in again.ties] == [PLACE.message("0")]
    assert not channel.edits(1, TALKS["en"][0] + "?").opens
    for number in range(5):
        channel.says("bob", f"unrelated {number}")
    assert len(channel.window) == 3


def test_an_edit_is_judged_by_what_was_there_before_it() -> None:
    channel = Channel()
    channel.says("ann", "nothing to see here", after=0)
    for number in range(6):
        channel.says("bob", f"Ann: go to settings {number}")
    first, alone = channel.edits(0, TALKS["en"][0]), Channel().says("ann", TALKS["en"][0], after=0)
    assert first.opens
    assert first.score == alone.score


def test_the_asker_is_known_by_name_not_by_id() -> None:
    from escalation.detection.roles import circumstances

    asker = Seen(PLACE.message("1"), "8731", "Ann Lee", 0, "how?")
    new = Seen(PLACE.message("2"), "77", "Bob", 60_000, "Ann Lee: like this")
    assert circumstances(new, asker, [])["to asker"] == 1.0


TEXTS = st.one_of(
    st.text(st.characters(), max_size=80),
    st.sampled_from([line for talk in TALKS.values() for line in talk]),
    st.sampled_from(["Ann: yes", "@Bob Cat: no", "same here", "still the same", "", "?", "\x00", STEAL, "a" * 5_000]),
)
NAMES = st.sampled_from(["Ann", "Bob Cat", "the", "", "Acme Support", "\u202e", "😀", "名前"])
SAID = st.tuples(
    st.integers(0, 4), NAMES, TEXTS, st.integers(-90_000, 90_000), st.sampled_from(["", "reply", "thread", "topic"]),
    st.sampled_from([(), (Role.BOT,), (Role.STAFF,), (Role.MODERATOR,)]),
)  # fmt: skip
Said = tuple[int, str, str, int, str, tuple[Role, ...]]


def messages(said: list[Said]) -> list[Message]:
    found, when = [], START
    for number, (author, name, text, gap, how, marks) in enumerate(said):
        when += timedelta(milliseconds=gap)
        target = str(max(0, number - 2))
        more = {"reply": {"reply_to": target}, "thread": {"thread": target}, "topic": {"thread": "t"}}.get(how, {})
        person = Person(f"u{author}", name, frozenset(marks))
        found.append(Message(place=PLACE, id=str(number), at=when, author=person, text=text, **more))
    return found


def judged(said: list[Said], limit: int, told: Company, *, anew: bool) -> list[Judgement]:
    """Judges a talk with one judge, or with a new one for each message."""
    channel = Channel(Tenant("acme", company=told), TrainedJudge(), ChannelWindow(limit))
    found = []
    for message in messages(said):
        if anew:
            channel.judge = TrainedJudge()
        reading = channel.takes(message)
        assert reading.judgement is not None
        found.append(reading.judgement)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, max_size=24), st.sampled_from([1, 2, 7, 12, 200]), st.sampled_from([NOBODY, ACME]))
def test_any_talk_is_judged_and_a_restart_changes_nothing(said: list[Said], limit: int, told: Company) -> None:
    whole = judged(said, limit, told, anew=False)
    for one in whole:
        assert 0 <= one.asks.probability <= 1
        assert one.asks.reasons
        assert one.parent is None or 0 <= one.parent.probability <= 1
        assert all(0 <= role.probability <= 1 for role in one.roles)
        assert len({role.question for role in one.roles}) == len(one.roles)
    assert judged(said, limit, told, anew=True) == whole
