"""Topics: keywords are whole words, examples are likeness, and little likeness is no guess."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.errors import InputError
from escalation.keywords import found, plain
from escalation.topics import NEVER, By, Calibration, Classifier, Topic, calibrate


def bag(text: str) -> npt.NDArray[np.float32]:
    """Words as random directions, summed: enough of a meaning to compare by, and not of length 1."""
    words = text.casefold().split()
    rows = [np.random.default_rng(zlib.crc32(word.encode())).normal(size=64) for word in words]
    return np.asarray(np.sum(rows, axis=0) if rows else np.zeros(64), dtype=np.float32)


BILLING = Topic(
    "billing", ("invoice", "credit card"), ("refund my payment", "the payment failed", "payment charged twice")
)
LOGIN = Topic("login", ("password", "2fa"), ("cannot sign in", "sign in fails again", "i cannot sign up"))
SHIPPING = Topic("shipping", ("parcel",), ("where is my order", "order not arrived", "my order is late"))
TOPICS = (BILLING, LOGIN, SHIPPING)
ANYTHING = Calibration(0.0, 0.0)


def classifier(limits: Calibration = ANYTHING) -> Classifier:
    return Classifier(TOPICS, bag, limits)


# -- keywords


@pytest.mark.parametrize(
    ("keyword", "text", "stands"),
    [
        ("card", "My CARD, please", True),
        ("card", "cardboard", False),
        ("card", "discard", False),
        ("card", "discard the card", True),
        ("card", "card_holder", False),
        ("credit card", "a credit\n  card", True),
        ("credit card", "credit cards", False),
        ("c++", "is c++ better", True),
        ("c++", "c++20", True),
        ("c", "c++", True),
        (".*", "anything", False),
        (".*", "use .* there", True),
        ("straße", "STRASSE 5", True),
        ("café", "cafe\u0301", True),
        ("cafe", "cafe\u0301", False),
        ("退款", "我要退款吗", True),
        ("カード", "このカードは", True),
        ("card", "このcardは", False),
        ("", "anything", False),
    ],
)
def test_a_keyword_is_a_literal_whole_word(keyword: str, text: str, stands: bool) -> None:
    assert found([plain(keyword)], plain(text)) == ([plain(keyword)] if stands else [])


@given(st.text(min_size=1).filter(lambda text: bool(plain(text))), st.text(), st.text())
def test_a_keyword_between_blanks_is_always_found(keyword: str, before: str, after: str) -> None:
    assert found([plain(keyword)], f"{plain(before)} {plain(keyword)} {plain(after)}")


# -- guesses


def test_a_keyword_decides() -> None:
    guess = classifier().classify("sign in: where is my INVOICE?")
    assert (guess.topic, guess.by, guess.keyword) == ("billing", By.KEYWORD, "invoice")


def test_more_keywords_win_and_a_tie_is_left_to_the_examples() -> None:
    assert classifier().classify("parcel, invoice, credit card").topic == "billing"
    tied = classifier().classify("the parcel or the invoice: order not arrived")
    assert (tied.topic, tied.by) == ("shipping", By.EXAMPLES)


def test_likeness_to_the_examples_decides_where_no_keyword_stands() -> None:
    guess = classifier().classify("payment charged again")
    assert (guess.topic, guess.by, guess.keyword) == ("billing", By.EXAMPLES, None)
    assert guess.similarity > 0.5


@pytest.mark.parametrize("limits", [Calibration(0.9, 0.0), Calibration(0.0, 3.0), Calibration(NEVER, 0.0)])
def test_too_little_likeness_or_lead_is_no_guess_and_says_what_was_nearest(limits: Calibration) -> None:
    guess = classifier(limits).classify("payment charged again")
    assert (guess.topic, guess.by, guess.nearest) == (None, By.NOTHING, "billing")


def test_a_text_that_says_nothing_is_no_guess() -> None:
    assert classifier().classify("  ").topic is None


def test_topics_may_have_keywords_only_or_be_none() -> None:
    only_words = Classifier([Topic("billing", ("invoice",))], bag, calibrate([Topic("billing", ("invoice",))], bag))
    assert only_words.classify("an invoice").topic == "billing"
    assert only_words.classify("payment").topic is None
    assert Classifier((), bag, calibrate((), bag)).classify("payment").topic is None


def test_one_topic_alone_is_told_from_other_questions_by_likeness() -> None:
    alone = Classifier([BILLING], bag, Calibration(0.6, 0.1))
    assert alone.classify("the payment failed").topic == "billing"
    assert alone.classify("my cat is cute").topic is None


def test_an_empty_word_or_example_is_refused() -> None:
    for wrong in ({"name": ""}, {"keywords": (" ",)}, {"examples": ("",)}):
        with pytest.raises(InputError, match="is empty"):
            Topic(**{"name": "billing", **wrong})  # type: ignore[arg-type]


# -- calibration


def crowd(topics: int, own: int, shared: int, examples: int = 10) -> list[Topic]:
    """Topics whose examples draw words of their own and words of all: the more shared, the harder."""
    chance = np.random.default_rng(5)
    made = []
    for topic in range(topics):
        lines = [
            [f"t{topic}w{word}" for word in chance.integers(0, 8, own)]
            + [f"w{w}" for w in chance.integers(0, 40, shared)]
            for _ in range(examples)
        ]
        made.append(Topic(f"t{topic}", (), tuple(" ".join(line) for line in lines)))
    return made


@pytest.mark.parametrize("target", [0.5, 0.8, 0.9, 0.95, 1.0])
def test_the_limits_keep_the_wanted_precision_on_the_examples(target: float) -> None:
    limits = calibrate(crowd(8, 1, 4), bag, target)
    assert limits.said == 0 or limits.precision >= target
    assert limits.right <= limits.said <= limits.asked == 80


def test_a_higher_precision_costs_answers() -> None:
    loose, strict = (calibrate(crowd(8, 1, 4), bag, target) for target in (0.6, 0.97))
    assert loose.said > strict.said
    assert 0 < loose.abstained < strict.abstained < 1


def test_easy_topics_are_nearly_always_told() -> None:
    topics = crowd(5, 6, 1)
    limits = calibrate(topics, bag)
    assert (limits.precision, limits.said >= 40) == (1.0, True)
    known = Classifier(topics, bag, limits)
    assert known.classify("t3w1 t3w2 t3w5 t3w7 w1").topic == "t3"
    assert known.classify("something else entirely").topic is None


def test_examples_without_any_order_are_abstained_on() -> None:
    hopeless = [Topic(f"t{topic}", (), (f"same words {topic}", f"same words {topic + 1}")) for topic in range(2)]
    limits = calibrate([*hopeless, Topic("alone", (), ("one",))], bag, 1.0)
    assert limits.asked == 4
    assert limits.said == 0 or limits.precision == 1.0


def test_one_example_a_topic_takes_nearly_the_same_words() -> None:
    topics = [Topic("a", (), ("reset my router",)), Topic("b", (), ("cancel my plan",))]
    known = Classifier(topics, bag, calibrate(topics, bag))
    assert known.classify("reset my router").topic == "a"
    assert known.classify("reset something").topic is None


@given(st.permutations(range(6)))
def test_the_order_of_examples_does_not_matter(order: list[int]) -> None:
    (first, second) = crowd(2, 2, 3, 6)
    shuffled = [Topic(one.name, (), tuple(one.examples[place] for place in order)) for one in (first, second)]
    plain_, other = calibrate([first, second], bag), calibrate(shuffled, bag)
    assert (plain_.right, plain_.said) == (other.right, other.said)
    assert other.threshold == pytest.approx(plain_.threshold, abs=1e-5)
