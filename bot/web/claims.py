"""The page behind a mail's link: says what the question is, and claims it only when a person presses the button.

Mail scanners and previews open links, so GET changes nothing. No cookie and no session exists: the signed token in
the form is the right to claim, which another site can neither guess nor make a browser send.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from html import escape

from aiohttp import web

from bot.web.links import PATH, Link, LinkExpired, LinkForged, Links
from escalation.desk import Claim
from escalation.errors import InputError, StoreError
from escalation.events import MessageKey, place_of
from escalation.pages import Case, status
from escalation.question import LIFE, Happening, Question, State

Look = Callable[[str, MessageKey], Awaitable[Case | None]]

_STYLE = (
    ":root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:0 auto;"
    "padding:1.5rem}h1{font-size:1.4rem}blockquote{margin:1rem 0;padding:.5rem 1rem;border-left:.3rem solid;"
    "white-space:pre-wrap;overflow-wrap:anywhere}button{font:inherit;min-height:2.75rem;padding:.5rem 1.25rem}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


class Claims:
    """GET shows, POST claims."""

    def __init__(self, links: Links, look: Look, claim: Claim, now: Callable[[], datetime]) -> None:
        self._links = links
        self._look = look
        self._claim = claim
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        path = PATH + "{token}"
        return [web.get(path, self._guarded(self._show)), web.post(path, self._guarded(self._press))]

    def _guarded(
        self, work: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Every way that a link can be no good, and a store that is down, in words."""

        async def guarded(request: web.Request) -> web.Response:
            try:
                return await work(request)
            except LinkForged:
                return _say(403, "This link is not valid", "It was cut or changed on its way. Open it from the mail.")
            except LinkExpired:
                return _say(410, "This link has expired", "Claim the question where your team sees its pages.")
            except InputError:
                return _gone()
            except StoreError:
                return _say(503, "Not now", "Nothing was changed. Please try again in a minute.")

        return guarded

    async def _show(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        link = self._links.read(token, self._now())
        case = await self._look(link.tenant, link.subject)
        if case is None:
            return _gone()
        if LIFE[Happening.CLAIM, case.question.state].goes_to is None:
            return _standing(link, case.question, _quote(case))
        form = (
            f'<form method="post"><input type="hidden" name="token" value="{escape(token)}">'
            f"<button>Claim as {escape(link.address)}</button></form>"
        )
        return _say(200, "Do you take this question?", "Nobody has it yet.", _quote(case) + form)

    async def _press(self, request: web.Request) -> web.Response:
        form = await _form(request)
        link = self._links.read(form, self._now())
        decision = await self._claim(link.tenant, link.subject, link.address)
        if decision.done:
            return _say(200, "It is yours", "Everybody who was told about it now sees that you have it.")
        return _standing(link, decision.question)


async def _form(request: web.Request) -> str:
    """The token in the form: the one in the address alone must not claim."""
    try:
        value = (await request.post()).get("token")
    except (ValueError, LookupError) as error:
        raise LinkForged("not our form") from error
    if not isinstance(value, str):
        raise LinkForged("not our form")
    return value


def _standing(link: Link, question: Question, more: str = "") -> web.Response:
    """Why there is nothing to claim."""
    if question.state is not State.ACKNOWLEDGED:
        return _say(410, "Nothing left to do", f"This question is settled: {status(question)}.", more)
    if question.assignee == link.address:
        return _say(200, "You have it already", "Nothing else to do here.", more)
    return _say(409, f"{question.assignee} has it", "Somebody was faster. Nothing was changed.", more)


def _gone() -> web.Response:
    return _say(410, "This question is no longer here", "It was deleted, or is older than what is kept.")


def _quote(case: Case) -> str:
    place = place_of(case.question.key)
    text = case.asked.text if case.asked else "(deleted)"
    who = f"{case.asker_name} in {place.platform} {place.community} #{place.channel}:"
    return f"<p>{escape(who)}</p><blockquote>{escape(text)}</blockquote>"


def _say(code: int, title: str, text: str, more: str = "") -> web.Response:
    """A whole page; `title` and `text` are escaped here, `more` is HTML already."""
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p>{more}</main></body></html>"
    )
    return web.Response(text=page, status=code, content_type="text/html", charset="utf-8", headers=HEADERS)
