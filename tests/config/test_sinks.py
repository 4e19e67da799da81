"""Settings of mail, links and webhooks: what can't work is told at once, and no secret with it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from config.sinks import is_mailbox, signing_key
from tests.config.test_settings import loaded, problems

KEY = base64.b64encode(bytes(range(32))).decode()
HOOK = '[webhooks.crm]\nurl = "https://crm.example.com/in"\n'
MAIL = '[mail]\nhost = "smtp.example.com"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[mail]\nport = "x"', "mail.port: given 'x'"),
        ('[mail]\nsecurity = "ssl"', "mail.security: given 'ssl'; input should be 'tls', 'starttls' or 'none'"),
        ('[mail]\nsender = "nobody"', "mail.sender: given 'nobody'; must be a mail address"),
        ('[mail]\nsender = "A <a@x.org>\\nBcc: b@x.org"', "mail.sender: given 'A <a@x.org>\\nBcc"),
        ('[web]\npublic_url = "backstop.example.com"', "web.public_url: given 'backstop.example.com'; must be an"),
        ('[web]\npublic_url = "https://x.org/?a=b"', "web.public_url: given"),
        ('[web]\npublic_url = "javascript:alert(1)"', "web.public_url: given"),
        ('[web]\nlinks_last = "5s"', "web.links_last: given '5s'"),
        ('[webhooks.crm]\nurl = "crm"', "webhooks.crm.url: given 'crm'; must be an address"),
        ('[webhooks.crm]\nurl = "ftp://x.org"', "webhooks.crm.url: given"),
        ('[webhooks.crm]\nurl = "https://u:p@x.org"', "webhooks.crm.url: given"),
        ('[webhooks.crm]\nurl = "https://x.org:port/"', "webhooks.crm.url: given"),
        ('[webhooks.crm]\nurl = "http://x.org"', "webhooks.crm: given"),
        ("[webhooks.crm]\nprivate = true", "webhooks.crm.url: is missing"),
        (HOOK + 'secret = "x"', "webhooks.crm.secret: there is no such setting"),
        ('[webhooks.a__b]\nurl = "https://x.org"', "webhooks.a__b: a name has small letters"),
        ('[webhooks.A]\nurl = "https://x.org"', "webhooks.A: a name has small letters"),
        (
            HOOK + '[teams.a]\naddresses = ["webhook:cmr"]',
            "teams.a.addresses: given 'webhook:cmr'; known webhooks: crm",
        ),
        ('[teams.a]\naddresses = ["mail:a@x.org"]', "teams.a.addresses: given 'mail:a@x.org'; set mail.host first"),
        (MAIL + '[unowned]\nmoderators = "mail:ana"', "unowned.moderators: given 'mail:ana'; must be mail: and"),
        (MAIL + '[tenants.t.teams.a]\naddresses = ["mail:a b@x.org"]', "tenants.t.teams.a.addresses: given"),
        (
            "[[policies.p.steps]]\nafter = '1m'\ntargets = ['webhook:x']",
            "policies.p.steps.0.targets: given 'webhook:x'",
        ),
    ],
)
def test_what_cant_work_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    (line,) = problems(tmp_path, text)
    assert told in line


def test_a_short_link_secret_is_refused_by_its_variables_name(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, "", {"BACKSTOP_LINK_SECRET": "short-secret"})
    assert line.startswith("BACKSTOP_LINK_SECRET: secrets.link_secret: given (hidden); ")
    assert "32" in line
    assert "short-secret" not in line


@pytest.mark.parametrize("secret", ["plain", KEY, "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", f"whsec_{KEY * 3}"])
def test_a_webhook_secret_in_another_form_is_refused_and_not_shown(tmp_path: Path, secret: str) -> None:
    (line,) = problems(tmp_path, HOOK, {"BACKSTOP_WEBHOOK_CRM_SECRET": secret})
    assert line.startswith("BACKSTOP_WEBHOOK_CRM_SECRET: given (hidden); must be whsec_ and base64")
    assert secret == "whsec_" or secret not in line


def test_secrets_are_all_known_to_who_must_hide_them(tmp_path: Path) -> None:
    given = {"BACKSTOP_WEBHOOK_CRM_SECRET": f"whsec_{KEY}", "BACKSTOP_SMTP_PASSWORD": "pw-1", "BACKSTOP_OTHER": "x"}
    settings = loaded(tmp_path, HOOK, given)
    assert set(settings.secrets.all()) == {f"whsec_{KEY}", "pw-1"}
    assert signing_key(settings.secrets.webhooks["crm"].get_secret_value()) == bytes(range(32))
    assert KEY not in f"{settings!r} {settings.model_dump_json()}"


def test_a_public_address_loses_the_slash_at_its_end(tmp_path: Path) -> None:
    assert loaded(tmp_path, '[web]\npublic_url = "https://x.org/bot/"').web.public_url == "https://x.org/bot"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("ana@example.com", True), ("a.b+c_d@mail.example.co", True), ("root@localhost", True),
        ("ana", False), ("@example.com", False), ("ana@", False), ("ana@ex ample.com", False),
        ("ana@example.com\n", False), ("ana@example.com,bob@example.com", False), ("<ana@example.com>", False),
        ("ana@example..com", False), ("ana@-x", False), ("änä@example.com", False),
        ("a@x.org> RCPT TO:<b@x.org", False),
    ],
)  # fmt: skip
def test_only_plain_addresses_are_mailboxes(text: str, good: bool) -> None:
    assert is_mailbox(text) is good
