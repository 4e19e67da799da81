"""The model of meaning that topics are told apart with."""

from __future__ import annotations

import numpy as np

from bot.meaning import classifier_of, embed
from escalation.routes import Routing
from escalation.topics import Topic

LOGIN = (
    "I can't sign in any more",
    "the password reset mail never arrives",
    "it says my account is locked",
    "two factor code is not accepted at login",
    "how do I change my password",
)
BILLING = (
    "I was charged twice this month",
    "where do I find my invoice",
    "can I get a refund for last month",
    "my credit card was declined",
    "how do I cancel my subscription",
)


def cosine(one: str, other: str) -> float:
    left, right = embed(one), embed(other)
    return float(left @ right / np.sqrt((left @ left) * (right @ right)))


def test_texts_about_the_same_are_nearer_than_others() -> None:
    asked = "forgot my password, can't log in"
    assert cosine(asked, "how do I change my password") > cosine(asked, "my credit card was declined") + 0.2


def test_an_empty_text_has_no_direction() -> None:
    assert not embed("").any()


def test_a_tenants_topics_are_told_apart_and_other_questions_are_left_alone() -> None:
    known = classifier_of(Routing(topics=(Topic("login", (), LOGIN), Topic("billing", (), BILLING))))
    asked = {
        "I forgot my password and can't log in": "login",
        "why was my card charged two times": "billing",
        "which pizza do you like best": None,
    }
    assert {text: known.classify(text).topic for text in asked} == asked
