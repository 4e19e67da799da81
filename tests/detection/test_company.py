"""Who poses as the company, what it forbids, and who may not be suspected."""

from __future__ import annotations

import pytest

from escalation.detection.company import bare, company
from escalation.detection.unsafe import judge

ACME = company(
    names=["Acme", "Ring", "Blue Kettle"],
    domains=["acme.com", "https://www.kettle.example/", "*.acme.help"],
    people=["Jane Doe"],
    forbidden=["reset the hub", "bypass valve; twice", "ルーターを分解"],
)
PLAIN = "look under settings, there is a switch"


def kind(name: str, text: str = PLAIN) -> str | None:
    found = judge(text, name, ACME)
    return found.kind if found else None


@pytest.mark.parametrize(
    "name",
    [
        "Acme Support", "acmesupport", "ACME_Helpdesk", "Ąçme Süpport", "Аcme Support", "Αcme support", "Acme 5upp0rt",
        "OfficiaI Acme", "Ring Team", "Blue Kettle Support", "blue-kettle-official", "bluekettle support",
        "Soporte Acme", "Acme Kundendienst", "Jane Doe", "jane.doe", "J4ne D0e", "JANE  DOE",
    ],
)  # fmt: skip
def test_names_that_pose_as_the_company(name: str) -> None:
    assert kind(name) == "impostor"


@pytest.mark.parametrize(
    "name", ["ann", "acme_fan", "springer", "Springer Team", "kettle", "Jane", "Doe Jane", "", "😀"]
)
def test_names_that_do_not(name: str) -> None:
    assert kind(name) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I'm from the support team, see https://acme.com/help.html", None),
        ("I'm from the support team, see https://docs.acme.com/a", None),
        ("I'm from the support team, see acme.com or kettle.example", None),
        ("I'm from the support team, edit config.yaml and node.js", None),
        ("I'm from the support team, see https://eu.acme.help", None),
        ("I'm from the support team, see https://notacme.com", "impostor"),
        ("I'm from the support team, see https://acme.com.evil.net", "impostor"),
        ("I'm from the support team, see https://acme.com@evil.net/x", "impostor"),
        ("I'm from the support team, see http://a.b.c.acme.com.d.evil.net", "impostor"),
        ("I'm from the support team, see аcme.com", "impostor"),
    ],
)
def test_strangers_who_claim_to_be_the_company_may_link_to_its_domains_only(text: str, wanted: str | None) -> None:
    assert kind("bob", text) == wanted


def test_a_member_called_after_a_product_may_link_to_anything_that_is_no_look_alike() -> None:
    assert kind("acme_fan", "look at https://github.com/some/thing") is None
    assert kind("acme_fan", "look at https://acme-login.com/some") == "impostor"


def test_forbidden_advice_counts_as_whole_words_in_any_script_and_accents() -> None:
    assert kind("bob", "just Reset  the HUB, done") == "forbidden"
    assert kind("bob", "resetting the hub") is None
    assert kind("bob", "まずルーターを分解してください") == "forbidden"
    assert kind("bob", "open the bypass valve twice") == "forbidden"


@pytest.mark.parametrize("text", ["never reset the hub", "Please dont reset the hub.", "vorsicht, nie reset the hub"])
def test_who_warns_of_forbidden_advice_is_let_pass(text: str) -> None:
    assert kind("bob", text) is None


def test_a_company_without_settings_suspects_nobody_for_a_name() -> None:
    assert judge(PLAIN, "Acme Support", company()) is None


def test_names_as_the_eye_reads_them() -> None:
    assert bare("Jane  D0e!") == bare("jane_doe")
    assert bare("OfficiaI") == bare("0ff1cial") == bare("official")
    assert bare("") == ""
