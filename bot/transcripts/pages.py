"""A page as plain text, and a file as the place where pages arrive."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import orjson

from escalation.errors import CannotLook, RetryLater
from escalation.notify import Page
from escalation.routing import Address
from escalation.timing import about


def render(page: Page, now: int | None = None) -> Iterator[str]:
    """The lines of a page, readable in five seconds: what, why, who tried, when the next step comes."""
    waited = f", {about(now - page.asked_at)} ago" if now is not None else ""
    yield one_line(f"{page.asker} in {page.place}{waited}: {page.status}")
    yield "  " + (one_line(page.question.text) if page.question else "(deleted)")
    for line in page.why:
        yield f"  why: {one_line(line)}"
    for quote in page.evidence:
        yield f"    {quote.role}: {one_line(quote.author)}: {one_line(quote.text)}"
    if page.helpers:
        yield f"  tried to help: {one_line(', '.join(page.helpers))}"
    if page.next_step_after is not None:
        yield f"  step {page.step + 1}, round {page.round + 1}; next in {about(page.next_step_after)} unless claimed"


def one_line(text: str) -> str:
    """`text` on one line, with nothing in it that is not to be seen."""
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """`text` without what could drive a terminal: control, direction and format characters, line separators."""
    return "".join(" " if char in "\n\r\t\u2028\u2029" else char for char in text if _harmless(char))


def _harmless(char: str) -> bool:
    return char in "\n\r\t\u2028\u2029" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _is_page(line: bytes, mark: str) -> bool:
    """Whether a whole line says that this page was sent; a crash may have torn one."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(record, dict) and record.get("id") == mark and "page" in record


class PagesFile:
    """A notifier that appends pages to a file, one JSON object a line; the file is its history."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = asyncio.Lock()

    async def send(self, page: Page, to: Address) -> str:
        """Appends the page; its mark is its id."""
        await self._append({"id": page.nonce, "to": str(to), "ping": to.ping, "page": self._body(page)})
        return page.nonce

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        """Appends what the page of this id says from now on."""
        await self._append({"id": message_id, "to": str(to), "update": self._body(page)})

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        """Looks for the page's mark in the whole file: it has no times to trust."""
        try:
            return await asyncio.to_thread(self._search, page.nonce)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CannotLook(f"{self._path}: can't be read: {error.strerror}") from error

    @staticmethod
    def _body(page: Page) -> dict[str, object]:
        return {"kind": page.kind, "subject": page.subject, "reason": page.reason, "status": page.status,
                "text": "\n".join(render(page))}  # fmt: skip

    def _search(self, mark: str) -> str | None:
        with self._path.open("rb") as file:
            for line in file:
                if mark.encode() in line and _is_page(line, mark):
                    return mark
        return None

    async def _append(self, record: dict[str, object]) -> None:
        async with self._writing:
            try:
                await asyncio.to_thread(self._write, orjson.dumps(record) + b"\n")
            except OSError as error:
                raise RetryLater(f"{self._path}: can't be written: {error.strerror}") from error

    def _write(self, line: bytes) -> None:
        with self._path.open("a+b") as file:
            end = file.seek(0, 2)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    line = b"\n" + line  # a torn last line stays what it is
            file.write(line)
            file.flush()
