"""Mail over SMTP, against a real server on loopback: what is in it, and what each answer of the server means."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.checks import Health
from bot.mail import check as checking
from bot.mail import smtp
from bot.mail.notifier import Mail
from bot.mail.smtp import Server
from bot.web.links import Links
from escalation.errors import NoHistory, NotifierError, RetryLater, Undeliverable
from escalation.notify import Page, Quote
from escalation.routing import Address
from escalation.timing import HOUR
from tests.bot.helpers import START
from tests.fakes.certificate import Certificate, made_in
from tests.fakes.smtp import PASSWORD, USER, Post, post_office

ANA = "ana@example.com"
TO = Address("mail", ANA)
SENDER = "Backstop <backstop@acme.example>"
LINKS = Links("s" * 32, "https://backstop.example", HOUR)
PAGE = Page(
    key="acme:q1:1:0:0:mail:ana@example.com:ping", tenant="acme", subject="discord/acme/help/q1", kind="ping",
    address=str(TO), ping="", place="discord acme #help", asker="Ann", asked_at=1_773_219_000_000,
    question=Quote("Ann", "how do\nI reset  it?", "other", 0), reason="answer_failed", why=("nobody spoke to Ann",),
    evidence=(Quote("Bob", "no idea", "answer", 0),), helpers=("Bob",), status="waiting", episode=1, round=0, step=0,
    next_step_after=3_600_000, state="escalated",
)  # fmt: skip


def now() -> datetime:
    return START


def mailer(post: Post, *, links: Links | None = LINKS) -> Mail:
    return Mail(Server("localhost", post.port, "none"), SENDER, now, links)


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with post_office() as one:
        yield one


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return made_in(tmp_path_factory.mktemp("tls"))


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Tags(HTMLParser):
    """All elements of a text with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


# -- what is in a mail


async def test_a_mail_says_the_reason_the_question_and_the_evidence_in_text_and_html(post: Post) -> None:
    sent = await mailer(post).send(PAGE, TO)
    (mail,) = post.mails
    assert post.recipients == [ANA]
    assert mail["Subject"] == "answer failed: how do I reset it?"
    assert (mail["To"], mail["From"], mail["Message-ID"]) == (ANA, SENDER, sent)
    assert sent == f"<{PAGE.nonce}@acme.example>"
    assert (mail["Auto-Submitted"], mail["Date"].datetime) == ("auto-generated", START)
    html = Tags(part(mail, "html"))
    for text in (part(mail, "plain"), html.text):
        for words in ("Ann in discord acme #help", "how do I reset it?", "nobody spoke to Ann", "no idea", "Bob"):
            assert words in text
    link = re.search(r"https://\S+", part(mail, "plain"))
    assert link is not None
    assert [attrs["href"] for tag, attrs in html.found if tag == "a"] == [link[0]]
    read = LINKS.read(link[0].rpartition("/")[2], START)
    assert (read.tenant, read.subject, read.address) == ("acme", PAGE.subject, ANA)


async def test_without_links_a_mail_has_none(post: Post) -> None:
    await mailer(post, links=None).send(PAGE, TO)
    assert "http" not in post.raw[0].decode()
    assert not [tag for tag, _ in Tags(part(post.mails[0], "html")).found if tag == "a"]


@pytest.mark.parametrize(
    "hostile",
    [
        "hi\r\nBcc: eve@example.com\r\n\r\nbody",
        "hi\nBcc: eve@example.com",
        "a\u2028Bcc: eve@example.com",
        "x\r\n.\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<eve@example.com>\r\nDATA\r\n",
        ".\n..\n.",
        "=?utf-8?q?a=0D=0ABcc:_eve@example.com?=",
        "<script>alert(1)</script><img src=x onerror=alert(1)><a href='https://evil.example'>Claim it</a>",
        "\" onmouseover='x' </blockquote></body>",
        "\u202egnp.exe\u202c \u200b\ufeff",
        "\N{SNOWMAN}" * 300,
        "x" * 3000,
        "\x00\x07\x1b[31m",
    ],
)
async def test_a_members_text_is_neither_header_nor_markup_nor_command(post: Post, hostile: str) -> None:
    page = replace(PAGE, question=Quote(hostile, hostile, "other", 0), asker=hostile, place=hostile, why=(hostile,),
                   evidence=(Quote(hostile, hostile, "answer", 0),), helpers=(hostile,), status=hostile)  # fmt: skip
    mail = mailer(post)
    await mail.send(page, TO)
    await mail.update(replace(page, state="acknowledged"), TO, "<first@acme.example>")
    assert post.recipients == [ANA, ANA]
    plain = Tags(part(post.mails[0], "html")).found
    for one in post.mails:
        assert [name for name in one if name.lower() in ("bcc", "cc")] == []
        assert len(one.get_all("Subject", [])) == 1
        assert not [char for char in one["Subject"] if char in "\r\n\u202e\u200b\x1b"]
        assert one.defects == []
        allowed = {"html", "head", "meta", "title", "body", "h1", "p", "blockquote", "a"}
        tags = Tags(part(one, "html")).found
        assert {tag for tag, _ in tags} <= allowed
        assert {name for _, attrs in tags for name in attrs} <= {"lang", "charset", "style", "href"}
    assert [attrs["href"] for tag, attrs in plain if tag == "a" and "evil" in str(attrs["href"])] == []
    for raw in post.raw:
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998


async def test_a_deleted_question_leaves_none_of_its_words(post: Post) -> None:
    await mailer(post).send(replace(PAGE, question=None), TO)
    assert post.mails[0]["Subject"] == "answer failed: (deleted)"
    assert "(deleted)" in part(post.mails[0], "plain")


async def test_a_retry_has_the_same_id_also_from_a_long_domain(post: Post) -> None:
    sender = f"b@{'d' * 60}.{'e' * 60}.example"
    for _ in range(2):
        await Mail(Server("localhost", post.port, "none"), sender, now).send(PAGE, TO)
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"] == f"<{PAGE.nonce}@{sender[2:]}>"
    assert f"Message-ID: {first['Message-ID']}\r\n".encode() in post.raw[0]


# -- how it went on


@pytest.mark.parametrize("state", ["acknowledged", "resolved", "closed", "dismissed"])
async def test_a_settled_question_is_told_as_an_answer_to_its_mail(post: Post, state: str) -> None:
    mail = mailer(post)
    sent = await mail.send(PAGE, TO)
    await mail.update(replace(PAGE, state=state, status="claimed by Ben"), TO, sent)
    first, second = post.mails
    assert second["Subject"] == f"Re: {first['Subject']}"
    assert second["In-Reply-To"] == sent
    assert first["References"] in second["References"]
    assert sent in second["References"]
    assert second["Message-ID"] not in (sent, first["References"])
    assert "claimed by Ben" in part(second, "plain")
    assert "claimed by Ben" in part(second, "html")


@pytest.mark.parametrize("state", ["escalated", "snoozed", "open", ""])
async def test_what_settles_nothing_is_not_worth_a_mail(post: Post, state: str) -> None:
    await mailer(post).update(replace(PAGE, state=state, status="answered by a peer"), TO, "<x@acme.example>")
    assert post.connections == 0


async def test_an_address_hears_the_same_news_of_several_pages_once(post: Post) -> None:
    mail = mailer(post)
    claimed = replace(PAGE, state="acknowledged", status="claimed by Ben")
    for key in ("first", "second"):
        await mail.update(replace(claimed, key=key), TO, f"<{key}@acme.example>")
    assert len(post.raw) == 1
    await mail.update(replace(claimed, status="claimed by Eve"), TO, "<first@acme.example>")
    await mail.update(replace(claimed, round=1), TO, "<first@acme.example>")
    assert len(post.raw) == 3


async def test_news_that_did_not_go_out_are_told_by_the_next_try(post: Post) -> None:
    mail, claimed = mailer(post), replace(PAGE, state="acknowledged", status="claimed by Ben")
    post.answers.append("451 later")
    with pytest.raises(RetryLater):
        await mail.update(claimed, TO, "<x@acme.example>")
    await mail.update(claimed, TO, "<x@acme.example>")
    assert len(post.raw) == 1


async def test_nobody_can_look_into_a_mailbox(post: Post) -> None:
    with pytest.raises(NoHistory):
        await mailer(post).find(PAGE, TO, START)


# -- what the server says


@pytest.mark.parametrize(
    ("answer", "fault", "told"),
    [
        ("421 closing", RetryLater, "421"),
        ("451 4.7.1 greylisted, try again", RetryLater, "451 4.7.1 greylisted"),
        ("452 full", RetryLater, "452"),
        ("552 too big", Undeliverable, "552 too big: the server refuses the mail itself"),
        ("554 spam", Undeliverable, "ask who runs it"),
        ("", RetryLater, "Disconnected"),
    ],
)
async def test_the_answer_to_a_mail_decides(post: Post, answer: str, fault: type[NotifierError], told: str) -> None:
    post.answers.append(answer)
    with pytest.raises(fault, match=re.escape(told)) as caught:
        await mailer(post).send(PAGE, TO)
    assert type(caught.value) is fault


@pytest.mark.parametrize(
    ("who", "answer", "fault", "told"),
    [
        (ANA, "550 5.1.1 no such user", Undeliverable, "check that the address ana@example.com exists"),
        (ANA, "450 mailbox busy", RetryLater, "450 mailbox busy"),
        ("backstop@acme.example", "553 not yours", Undeliverable, "set mail.sender"),
        ("backstop@acme.example", "451 wait", RetryLater, "451 wait"),
    ],
)
async def test_the_answer_to_an_address_decides(
    post: Post, who: str, answer: str, fault: type[NotifierError], told: str
) -> None:
    post.refuses[who] = answer
    with pytest.raises(fault, match=re.escape(told)):
        await mailer(post).send(PAGE, TO)
    assert post.raw == []


@pytest.mark.parametrize("place", ["ana", "ana@example.com\r\nRCPT TO:<eve@example.com>", "a@b.org,eve@b.org", ""])
async def test_a_place_that_is_no_mailbox_never_reaches_the_server(post: Post, place: str) -> None:
    with pytest.raises(Undeliverable, match="not a mail address"):
        await mailer(post).send(PAGE, Address("mail", place))
    assert post.connections == 0


async def test_a_server_that_is_not_there_is_tried_again(post: Post) -> None:
    with pytest.raises(RetryLater, match="localhost:1: "):
        await Mail(Server("localhost", 1, "none"), SENDER, now).send(PAGE, TO)


async def test_a_server_that_does_not_answer_is_tried_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr(smtp, "PATIENCE", 0.3)
    post.taken = lambda: asyncio.sleep(1)
    with pytest.raises(RetryLater, match=r"no answer within 0\.3 s"):
        await mailer(post).send(PAGE, TO)


# -- encryption and login


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_mail_travels_encrypted_and_logged_in(certificate: Certificate, security: str) -> None:
    async with post_office(context=certificate.server(), implicit=security == "tls", login=True) as post:
        server = Server("localhost", post.port, security, USER, PASSWORD, certificate.trusting())
        await Mail(server, SENDER, now).send(PAGE, TO)
        assert (post.encrypted, post.logins) == ([True], 1)
        assert [one.health for one in await checking.check(server)] == [Health.GOOD]
        assert (post.logins, len(post.raw)) == (2, 1)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_server_that_nobody_vouches_for_gets_nothing(certificate: Certificate, security: str) -> None:
    async with post_office(context=certificate.server(), implicit=security == "tls", login=True) as post:
        server = Server("localhost", post.port, security, USER, PASSWORD)
        with pytest.raises(Undeliverable, match="its certificate is not trusted"):
            await Mail(server, SENDER, now).send(PAGE, TO)
        assert (post.raw, post.logins) == ([], 0)


async def test_a_server_that_does_not_encrypt_gets_neither_mail_nor_password(post: Post) -> None:
    server = Server("localhost", post.port, "starttls", USER, PASSWORD)
    with pytest.raises(Undeliverable, match=r"check mail\.security"):
        await Mail(server, SENDER, now).send(PAGE, TO)
    assert (post.raw, post.logins) == ([], 0)


async def test_a_refused_login_is_told_with_its_mend_and_without_the_password(tmp_path: Path) -> None:
    async with post_office(login=True) as post:
        server = Server("localhost", post.port, "none", USER, "wrong-planted-pw")
        with pytest.raises(Undeliverable, match=r"535 .*: check mail\.user and BACKSTOP_SMTP_PASSWORD") as caught:
            await Mail(server, SENDER, now).send(PAGE, TO)
        assert "planted" not in str(caught.value)
        (found,) = await checking.check(server)
        assert (found.health, found.mend) == (Health.BAD, "check mail.user and BACKSTOP_SMTP_PASSWORD")


async def test_the_doctor_says_that_a_server_is_down_and_that_a_password_travels_open() -> None:
    (found,) = await checking.check(Server("localhost", 1, "none"))
    assert (found.health, "could not be checked" in found.told) == (Health.NOTE, True)
    async with post_office(login=True) as post:
        found = (await checking.check(Server("localhost", post.port, "none", USER, PASSWORD)))[-1]
    assert (found.what, found.health) == ("mail password", Health.NOTE)
