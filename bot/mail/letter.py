"""A page as a mail: plain text and HTML, with member text that can be neither a header nor markup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

from bot.transcripts.pages import one_line, render
from escalation.notify import Page, token
from escalation.pages import excerpt
from escalation.timing import about, millis

SUBJECT = 70
"""Characters of a question that a subject quotes: what a phone shows."""
_POLICY = SMTP.clone(max_line_length=500)
"""A Message-ID that is folded or encoded is another one; mail servers take lines of up to 998."""
_KINDS = {"alarm": "[not delivered] ", "shadow": "[shadow] "}
_BUTTON = "display:inline-block;padding:12px 20px;background:#1f4e8c;color:#ffffff;text-decoration:none"
_QUOTE = "margin:12px 0;padding:4px 12px;border-left:4px solid #767676"


def message_id(page: Page, sender: str) -> str:
    """The same for every try of the same page."""
    return f"<{page.nonce}@{_domain(sender)}>"


def news_id(page: Page, sender: str) -> str:
    """One for each piece of news about a question to an address, however many of its pages went there."""
    news = ":".join((page.tenant, page.subject, str(page.episode), str(page.round), page.status, page.address))
    return f"<{token(news)}.news@{_domain(sender)}>"


def letter(page: Page, to: str, sender: str, now: datetime, link: str | None) -> EmailMessage:
    """The mail that tells people of a question; `link` leads to where it can be claimed."""
    mail = _envelope(to, sender, now)
    mail["Subject"] = subject(page)
    mail["Message-ID"] = message_id(page, sender)
    mail["References"] = _thread(page, sender)
    head, *rest = render(page, millis(now))
    take = ["", f"Claim it (a page opens that asks first): {link}", ""] if link else []
    mail.set_content("\n".join([head, *take, *rest]) + "\n")
    mail.add_alternative(_html(head, _body(page, link)), subtype="html")
    return mail


def news(page: Page, to: str, sender: str, now: datetime, sent_as: str) -> EmailMessage:
    """The short mail that says how it went on, as an answer to the mail `sent_as`."""
    mail = _envelope(to, sender, now)
    mail["Subject"] = f"Re: {subject(page)}"
    mail["Message-ID"] = news_id(page, sender)
    mail["In-Reply-To"] = sent_as
    mail["References"] = f"{_thread(page, sender)} {sent_as}"
    head = f"{one_line(page.asker)} in {one_line(page.place)}: {one_line(page.status)}"
    mail.set_content(f"{head}\n\nYou need not do anything.\n")
    mail.add_alternative(_html(head, ["<p>You need not do anything.</p>"]), subtype="html")
    return mail


def subject(page: Page) -> str:
    """The reason and the first words, on one line."""
    words = excerpt(one_line(page.question.text), SUBJECT) if page.question else "(deleted)"
    reason = page.reason.replace("_", " ") or "a question"
    # A member's "=?utf-8?..." would be decoded by the reader's program: broken up, it is text.
    return one_line(f"{_KINDS.get(page.kind, '')}{reason}: {words}").replace("=?", "= ?")


def _envelope(to: str, sender: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = to
    mail["Date"] = format_datetime(now)
    # RFC 3834: no out-of-office answers, please.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    return mail


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]


def _thread(page: Page, sender: str) -> str:
    """No mail has this id: mail programs show together what refers to it, so all mails of one question."""
    return f"<{token(f'{page.tenant}:{page.subject}:{page.episode}')}.thread@{_domain(sender)}>"


def _html(head: str, body: list[str]) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(head)}</title></head>'
        f'<body style="font:16px/1.5 sans-serif"><h1 style="font-size:18px">{escape(head)}</h1>{"".join(body)}'
        "</body></html>\n"
    )


def _body(page: Page, link: str | None) -> list[str]:
    """Our own link first, so that nothing a member wrote can stand in its place."""
    button = f'<p><a href="{escape(link)}" style="{_BUTTON}">Claim it</a></p>' if link else ""
    return [button, *_quotes(page), *(f"<p>{escape(line)}</p>" for line in _footer(page))]


def _quotes(page: Page) -> Iterator[str]:
    text = one_line(page.question.text) if page.question else "(deleted)"
    yield f'<blockquote style="{_QUOTE}">{escape(text)}</blockquote>'
    for line in page.why:
        yield f"<p>Why: {escape(one_line(line))}</p>"
    for quote in page.evidence:
        said = escape(f"{quote.role}: {one_line(quote.author)}: {one_line(quote.text)}")
        yield f'<blockquote style="{_QUOTE}">{said}</blockquote>'


def _footer(page: Page) -> Iterator[str]:
    if page.helpers:
        yield f"Tried to help: {one_line(', '.join(page.helpers))}"
    if page.next_step_after is not None:
        yield f"Step {page.step + 1}, round {page.round + 1}; next in {about(page.next_step_after)} unless claimed"
