"""Webhooks against a real receiver on loopback: signatures, addresses, limits, answers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Any

import pytest

from bot.checks import Health
from bot.webhook import check as checking
from bot.webhook import post as posting
from bot.webhook.address import Pinned, is_public, resolve
from bot.webhook.notifier import Webhooks, claimant
from bot.webhook.post import Target
from config.sinks import WebhookSettings
from escalation.errors import InputError, NoHistory, NotifierError, RetryLater, StoreUnavailable, Undeliverable
from escalation.notify import Page, Quote
from escalation.routing import Address
from tests.bot.helpers import START
from tests.fakes.certificate import Certificate, made_in
from tests.fakes.hook import KEY, Answer, Receiver, receiver

TO = Address("webhook", "crm")
PAGE = Page(
    key="acme:q1:1:0:0:webhook:crm:ping", tenant="acme", subject="discord/acme/help/q1", kind="ping",
    address=str(TO), ping="@oncall", place="discord acme #help", asker="Ann", asked_at=1_773_219_000_000,
    question=Quote("Ann", "how do I reset it? \u202e<b>", "other", 1_773_219_000_000), reason="unanswered",
    why=("nobody spoke to Ann",), evidence=(), helpers=("Bob",), status="waiting", episode=1, round=0, step=0,
    next_step_after=90_000, state="escalated",
)  # fmt: skip


def now() -> datetime:
    return START


class Claims:
    """Who claimed what; `fault` is raised instead."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, str]] = []
        self.fault: Exception | None = None

    async def __call__(self, tenant: str, subject: str, actor: str) -> Any:
        if self.fault is not None:
            raise self.fault
        self.made.append((tenant, subject, actor))


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiver() as one:
        yield one


@pytest.fixture
def claims() -> Claims:
    return Claims()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return made_in(tmp_path_factory.mktemp("tls"))


def target(hook: Receiver, **changed: Any) -> Target:
    return replace(Target("crm", hook.url, KEY, private=True, plain_http=True), **changed)


def webhooks(one: Target, claims: Claims | None = None) -> Webhooks:
    return Webhooks({"crm": one}, now, claims or Claims())


# -- what is sent


async def test_a_page_comes_signed_with_all_that_people_need(hook: Receiver) -> None:
    sent = await webhooks(target(hook)).send(PAGE, TO)
    (got,) = hook.got
    assert (got.id, got.type, got.at, sent) == (PAGE.nonce, "page.created", int(START.timestamp()), PAGE.nonce)
    assert got.data == {
        "id": PAGE.nonce, "tenant": "acme", "subject": PAGE.subject, "kind": "ping", "ping": "@oncall",
        "place": "discord acme #help", "asker": "Ann", "asked_at": "2026-03-11T08:50:00+00:00",
        "question": {"author": "Ann", "text": "how do I reset it? \u202e<b>", "role": "other",
                     "at": "2026-03-11T08:50:00+00:00"},
        "reason": "unanswered", "why": ["nobody spoke to Ann"], "evidence": [], "helpers": ["Bob"],
        "state": "escalated", "status": "waiting", "episode": 1, "round": 0, "step": 0,
        "next_step_after_seconds": 90.0,
    }  # fmt: skip


async def test_a_retry_has_the_same_id_and_the_same_bytes(hook: Receiver) -> None:
    some = webhooks(target(hook))
    for _ in range(2):
        await some.send(PAGE, TO)
        await some.update(replace(PAGE, status="claimed by Ben"), TO, PAGE.nonce)
    created, updated = hook.got[::2], hook.got[1::2]
    assert [one.id for one in created] == [PAGE.nonce] * 2
    assert len({one.raw for one in created}) == len({one.raw for one in updated}) == 1
    assert len({one.id for one in updated}) == 1


async def test_each_piece_of_news_has_an_id_of_its_own_and_names_its_page(hook: Receiver) -> None:
    some = webhooks(target(hook))
    for status in ("claimed by Ben", "waiting"):
        await some.update(replace(PAGE, status=status), TO, PAGE.nonce)
    assert len({PAGE.nonce, *(one.id for one in hook.got)}) == 3
    assert {one.data["id"] for one in hook.updates} == {PAGE.nonce}
    assert [one.data["status"] for one in hook.updates] == ["claimed by Ben", "waiting"]


async def test_a_receiver_with_another_secret_is_told_to_the_moderators(hook: Receiver) -> None:
    with pytest.raises(Undeliverable, match="answers 401: check its url, and that it has the same secret"):
        await webhooks(target(hook, key=b"x" * 32)).send(PAGE, TO)
    assert (hook.refused, hook.got) == (1, [])


async def test_nobody_can_ask_a_webhook_what_it_has(hook: Receiver) -> None:
    with pytest.raises(NoHistory):
        await webhooks(target(hook)).find(PAGE, TO, START)


async def test_a_name_that_nothing_is_configured_for_says_what_to_set() -> None:
    with pytest.raises(Undeliverable, match=r"set webhooks\.crm\.url and BACKSTOP_WEBHOOK_CRM_SECRET"):
        await Webhooks({}, now, Claims()).send(PAGE, TO)


# -- what the answer means


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_is_a_yes(hook: Receiver, status: int) -> None:
    hook.always = Answer(status)
    assert await webhooks(target(hook)).send(PAGE, TO) == PAGE.nonce


@pytest.mark.parametrize(
    ("status", "fault", "told"),
    [
        (301, Undeliverable, "answers 301, a redirect, which is never followed"),
        (302, Undeliverable, "redirect"),
        (307, Undeliverable, "redirect"),
        (400, Undeliverable, "answers 400"),
        (404, Undeliverable, "check its url"),
        (408, RetryLater, "answers 408"),
        (410, Undeliverable, "gone for good; take it out of the settings"),
        (425, RetryLater, "answers 425"),
        (429, RetryLater, "answers 429"),
        (500, RetryLater, "answers 500"),
        (502, RetryLater, "answers 502"),
        (503, RetryLater, "answers 503"),
    ],
)
async def test_every_other_status_has_its_meaning(
    hook: Receiver, status: int, fault: type[NotifierError], told: str
) -> None:
    hook.always = Answer(status, headers={"Location": hook.url + "/elsewhere"} if status < 400 else {})
    with pytest.raises(fault, match=re.escape(told)) as caught:
        await webhooks(target(hook)).send(PAGE, TO)
    assert type(caught.value) is fault
    assert str(caught.value).startswith("webhook crm: ")
    assert hook.requests == ["POST /hook"]
    assert "/hook" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "text", "wait"),
    [
        (429, "7", timedelta(seconds=7)),
        (503, format_datetime(START + timedelta(seconds=90), usegmt=False), timedelta(seconds=90)),
        (503, format_datetime(START, usegmt=True), timedelta()),
        (429, "99999999999999999999", timedelta(hours=1)),
        (429, "Wed, 11 Mar 2099 09:00:00 GMT", timedelta(hours=1)),
        (503, "Wed, 11 Mar 1999 09:00:00 -0000", timedelta()),
        (429, "soon", None),
        (429, "-5", None),
        (429, "\u0667", None),
        (500, "7", None),
    ],
)
async def test_a_receiver_may_ask_for_patience(hook: Receiver, status: int, text: str, wait: timedelta | None) -> None:
    hook.always = Answer(status, headers={"Retry-After": text})
    with pytest.raises(RetryLater) as caught:
        await webhooks(target(hook)).send(PAGE, TO)
    assert caught.value.retry_after == wait


async def test_a_receiver_that_hangs_up_or_is_not_there_is_tried_again(hook: Receiver) -> None:
    hook.always = Answer(lost=True)
    with pytest.raises(RetryLater, match="webhook crm: ServerDisconnected"):
        await webhooks(target(hook)).send(PAGE, TO)
    with pytest.raises(RetryLater, match="webhook crm: ClientConnector"):
        await webhooks(target(hook, url="http://localhost:1/hook")).send(PAGE, TO)


async def test_a_receiver_that_never_ends_is_tried_again(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "PATIENCE", 0.3)
    hook.taken = lambda _: asyncio.sleep(5)
    with pytest.raises(RetryLater, match=r"no answer within 0\.3 s"):
        await webhooks(target(hook)).send(PAGE, TO)


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
async def test_a_huge_answer_is_not_read_to_its_end_and_counts_as_taken(
    hook: Receiver, claims: Claims, headers: dict[str, str]
) -> None:
    body = b'{"claim": "Ana"' + b" " * posting.MOST + b"}"
    hook.always = Answer(200, body, headers)
    assert await webhooks(target(hook), claims).send(PAGE, TO) == PAGE.nonce
    assert claims.made == []


# -- an answer that claims


async def test_an_answer_can_claim(hook: Receiver, claims: Claims) -> None:
    hook.always = Answer(200, b'{"claim": "Ana"}')
    await webhooks(target(hook), claims).send(PAGE, TO)
    assert claims.made == [("acme", PAGE.subject, "Ana")]
    await webhooks(target(hook), claims).update(PAGE, TO, PAGE.nonce)
    assert len(claims.made) == 1


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"claim": "  Ana\\n Lopez "}', "Ana Lopez"),
        (b'{"claim": "A\\u0000\\u202eB"}', "AB"),
        (json.dumps({"claim": "x" * 5000}).encode(), "x" * 100),
        (b'{"claim": ""}', None),
        (b'{"claim": "\\u200b"}', None),
        (b'{"claim": null}', None),
        (b'{"claim": ["Ana"]}', None),
        (b'["claim"]', None),
        (b'"claim"', None),
        (b"ok", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"[" * 10_000, None),
    ],
)
def test_only_a_name_claims(body: bytes, name: str | None) -> None:
    assert claimant(body) == name


async def test_a_claim_that_could_not_be_stored_is_asked_for_again(hook: Receiver, claims: Claims) -> None:
    hook.always, claims.fault = Answer(200, b'{"claim": "Ana"}'), StoreUnavailable("locked")
    with pytest.raises(RetryLater, match="its claim could not be stored: locked"):
        await webhooks(target(hook), claims).send(PAGE, TO)
    claims.fault = InputError("no such question")
    assert await webhooks(target(hook), claims).send(PAGE, TO) == PAGE.nonce


# -- where it may go

PRIVATE = (
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "2001:db8::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:1234::80ff:fffe", "::7f00:1", "fe80::1%lo",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
async def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))

    async def lookup(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14", address]

    with pytest.raises(Undeliverable, match="which is not public: allow it with private = true"):
        await resolve("hook.example", 443, private=False, lookup=lookup)
    assert address in await resolve("hook.example", 443, private=True, lookup=lookup)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_public_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "017700000001", "localhost", "[::1]"]
)
async def test_no_spelling_of_loopback_gets_a_connection(hook: Receiver, host: str) -> None:
    port = hook.url.split(":")[2].split("/")[0]
    with pytest.raises(NotifierError, match=r"which is not public|can't be looked up"):
        await webhooks(target(hook, url=f"http://{host}:{port}/hook", private=False)).send(PAGE, TO)
    assert hook.requests == []


async def test_plain_http_needs_a_word_for_that_host(hook: Receiver) -> None:
    with pytest.raises(Undeliverable, match="only https:// is allowed"):
        await webhooks(target(hook, plain_http=False)).send(PAGE, TO)
    assert hook.requests == []


@pytest.mark.parametrize(
    ("fault", "expected", "told"),
    [
        (OSError(-2, "Name or service not known"), RetryLater, "can't be looked up: Name or service not known"),
        (UnicodeError("label too long"), Undeliverable, "not a host's name"),
        (None, RetryLater, "has no address"),
    ],
)
async def test_a_host_that_cant_be_looked_up(fault: Exception | None, expected: type[NotifierError], told: str) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        if fault is not None:
            raise fault
        return []

    with pytest.raises(expected, match=told):
        await resolve("hook.example", 443, private=False, lookup=lookup)


async def test_the_address_that_was_looked_at_is_the_one_that_is_used(certificate: Certificate) -> None:
    """The name is looked up once, by us; the certificate is still asked for the name."""
    looked: list[str] = []

    async def lookup(host: str, port: int) -> Sequence[str]:
        looked.append(host)
        return ["127.0.0.1"]

    async with receiver(certificate.server()) as hook:
        url = hook.url.replace("localhost", "hook.example")
        one = Target("crm", url, KEY, private=True, tls=certificate.trusting(), lookup=lookup)
        await webhooks(one).send(PAGE, TO)
        assert (looked, len(hook.got)) == (["hook.example"], 1)
        wrong = replace(one, url=hook.url.replace("localhost", "other.example"))
        with pytest.raises(Undeliverable, match=r"certificate of other\.example is not trusted"):
            await webhooks(wrong).send(PAGE, TO)
        with pytest.raises(Undeliverable, match="is not trusted"):
            await webhooks(replace(one, tls=None)).send(PAGE, TO)
        assert len(hook.got) == 1


async def test_a_pinned_resolver_knows_no_other_host() -> None:
    pinned = Pinned("hook.example", ["93.184.215.14", "2606:4700::1111"])
    assert [one["host"] for one in await pinned.resolve("hook.example", 443)] == ["93.184.215.14", "2606:4700::1111"]
    with pytest.raises(OSError, match="never looked at"):
        await pinned.resolve("elsewhere.example", 443)


# -- the doctor


@pytest.mark.parametrize(
    ("addresses", "secret", "healths"),
    [
        (["93.184.215.14"], True, [Health.GOOD]),
        (["93.184.215.14"], False, [Health.BAD, Health.GOOD]),
        (["10.0.0.1"], True, [Health.BAD]),
        ([], True, [Health.BAD]),
    ],
)
async def test_the_doctor_looks_at_secret_and_host(addresses: list[str], secret: bool, healths: list[Health]) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return addresses

    settings = WebhookSettings(url="https://hook.example/planted-path")
    found = await checking.check("crm", settings, has_secret=secret, lookup=lookup)
    assert [one.health for one in found] == healths
    assert all(one.mend for one in found if one.health is Health.BAD)
    assert "planted" not in "".join(map(str, found))
