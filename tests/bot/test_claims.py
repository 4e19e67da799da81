"""The page behind a mail's link, over HTTP: GET changes nothing, POST claims, every bad link is told in words."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp import web

from bot.web.claims import Claims
from bot.web.links import PATH, Link, LinkExpired, LinkForged, Links
from escalation.delivery import load_case
from escalation.desk import Decision
from escalation.errors import StoreUnavailable
from escalation.events import Message, MessageKey, Person
from escalation.pages import Case
from escalation.question import State
from escalation.store import questions
from escalation.timing import HOUR, millis
from tests.bot.helpers import START
from tests.delivery.conftest import quick_world
from tests.delivery.world import PLACE, QUESTION, World

__all__ = ["quick_world"]

ANA = "ana@example.com"
SECRET = "s" * 32
HOSTILE = "<script>alert('x')</script> how do I reset my \"password\" & <b>router</b>?"


@dataclass
class Site:
    """The claiming page of a world, served on loopback."""

    world: World
    url: str = ""
    down: bool = False

    def __post_init__(self) -> None:
        self.links = Links(SECRET, self.url, HOUR)

    async def look(self, tenant: str, key: MessageKey) -> Case | None:
        def run(connection: sa.Connection) -> Case | None:
            found = questions.load(connection, tenant, [key]).get(key)
            return load_case(connection, found) if found else None

        self._store()
        return await self.world.database.read(run)

    async def claim(self, tenant: str, key: MessageKey, actor: str) -> Decision:
        self._store()
        return await self.world.desk.acknowledge(tenant, key, actor, self.world.clock.now)

    def _store(self) -> None:
        if self.down:
            raise StoreUnavailable("test.sqlite3: database is locked")

    def link(self, key: MessageKey, who: str = ANA) -> str:
        return self.url + self.links.claim("acme", key, who, self.world.clock.now)

    async def get(self, link: str, method: str = "GET") -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.request(method, link) as answer:
            check_headers(answer)
            return answer.status, await answer.text()

    async def press(self, link: str, **form: str) -> tuple[int, str]:
        """As a browser: the form's own fields, to the address the page came from."""
        form = form or {"token": link.rpartition("/")[2]}
        async with aiohttp.ClientSession() as session, session.post(link, data=form) as answer:
            check_headers(answer)
            return answer.status, await answer.text()


def check_headers(answer: aiohttp.ClientResponse) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Set-Cookie" not in answer.headers


@pytest.fixture
async def site(quick_world: World) -> AsyncIterator[Site]:
    one = Site(quick_world)
    app = web.Application()
    app.add_routes(Claims(one.links, one.look, one.claim, lambda: quick_world.clock.now).routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


async def state(site: Site, key: MessageKey) -> tuple[State, str | None]:
    question = await site.world.question(key)
    return question.state, question.assignee


async def test_opening_a_link_shows_the_question_and_claims_nothing(site: Site) -> None:
    key = await site.world.due()
    for method in ("GET", "HEAD", "GET"):
        status, page = await site.get(site.link(key), method)
        assert status == 200
    assert QUESTION in page
    assert f"<button>Claim as {ANA}</button>" in page
    assert await state(site, key) == (State.ESCALATED, None)


async def test_pressing_the_button_claims_and_pressing_it_twice_does_no_harm(site: Site) -> None:
    key = await site.world.due()
    link = site.link(key)
    _, page = await site.get(link)
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    assert (await site.press(link, token=token[1]))[0] == 200
    assert await state(site, key) == (State.ACKNOWLEDGED, ANA)
    status, page = await site.press(link, token=token[1])
    assert (status, "You have it already" in page) == (200, True)
    status, page = await site.get(link)
    assert (status, "You have it already" in page, "<form" in page) == (200, True, False)


async def test_who_was_slower_is_told_who_has_it(site: Site) -> None:
    key = await site.world.due()
    ana, ben = site.link(key), site.link(key, "ben<i>@example.com")
    await site.press(ben)
    for status, page in (await site.get(ana), await site.press(ana)):
        assert (status, "ben&lt;i&gt;@example.com has it" in page, "<form" in page) == (409, True, False)
    assert (await state(site, key))[1] == "ben<i>@example.com"


async def test_a_question_that_is_settled_says_how(site: Site) -> None:
    key = await site.world.due()
    await site.world.desk.resolve("acme", key, "ben", site.world.clock.now)
    for status, page in (await site.get(site.link(key)), await site.press(site.link(key))):
        assert (status, "This question is settled: closed" in page) == (410, True)
    await site.world.delete("q1")
    assert QUESTION not in (await site.get(site.link(key)))[1]


async def test_a_question_that_is_no_longer_here_is_said_to_be_gone(site: Site) -> None:
    link = site.link(PLACE.message("nothing"))
    for status, page in (await site.get(link), await site.press(link)):
        assert (status, "no longer here" in page) == (410, True)


async def test_an_expired_link_claims_nothing(site: Site) -> None:
    key = await site.world.due()
    link = site.link(key)
    site.world.clock.move(hours=1)
    for status, page in (await site.get(link), await site.press(link)):
        assert (status, "expired" in page, QUESTION in page) == (410, True, False)
    assert (await state(site, key))[0] is State.ESCALATED


async def test_a_forged_link_shows_and_claims_nothing(site: Site) -> None:
    key = await site.world.due()
    good = site.link(key).rpartition("/")[2]
    body, _, mac = good.partition(".")
    other = Links("t" * 32, "", HOUR).claim("acme", key, ANA, site.world.clock.now).rpartition("/")[2]
    forged = [body, f"{body}.", f".{mac}", f"{body}x.{mac}", f"{body}.{mac[:-1]}", f"{good}.{mac}", other, "x",
              "%00", "%C3%A4.%C3%A4", "a" * 5000, "..%2F..%2Fhealthz"]  # fmt: skip
    for token in forged:
        status, page = await site.get(site.url + PATH + token)
        assert (status, QUESTION in page) == (403, False), token
        assert (await site.press(site.link(key), token=token))[0] == 403
    assert (await state(site, key))[0] is State.ESCALATED


async def test_the_address_alone_does_not_claim(site: Site) -> None:
    """Another site can make a browser post to an address it guessed, but not with the token in the form."""
    key = await site.world.due()
    assert (await site.press(site.link(key), other="x"))[0] == 403
    async with aiohttp.ClientSession() as session:
        for body, kind in ((b"", "text/plain"), (b"token=x", "application/x-www-form-urlencoded; charset=none"),
                           (b"--", "multipart/form-data"), (b"{}", "application/json")):  # fmt: skip
            async with session.post(site.link(key), data=body, headers={"Content-Type": kind}) as answer:
                assert answer.status in (400, 403), kind
    assert (await state(site, key))[0] is State.ESCALATED


async def test_a_members_text_is_only_text(site: Site) -> None:
    world = site.world
    asked = await world.desk.observe(
        Message(place=PLACE, id="q9", at=world.clock.now, author=Person("u", "<i>Ann</i>"), text=HOSTILE)
    )
    assert asked.opened is not None
    _, page = await site.get(site.link(asked.opened.key))
    assert escape(HOSTILE) in page
    assert "&lt;i&gt;Ann&lt;/i&gt;" in page
    assert not re.search(r"<(script|b|i)>", page)


async def test_a_store_that_is_down_is_said_to_pass(site: Site) -> None:
    key = await site.world.due()
    site.down = True
    for status, page in (await site.get(site.link(key)), await site.press(site.link(key))):
        assert (status, "try again in a minute" in page, "sqlite" in page) == (503, True, False)


def test_a_link_says_what_it_was_made_for_until_it_expires() -> None:
    links = Links(SECRET, "https://x.example/bot", HOUR)
    made = links.claim("ac/me", MessageKey("d/a/h/ü.1"), ANA, START)
    assert made.startswith("https://x.example/bot/claim/")
    token = made.rpartition("/")[2]
    assert re.fullmatch(r"[\w-]+\.[\w-]+", token, re.ASCII)
    link = Link("ac/me", MessageKey("d/a/h/ü.1"), "claim", ANA, millis(START) + HOUR)
    assert links.read(token, START) == link
    assert links.read(token, START + timedelta(minutes=59, seconds=59)) == link
    with pytest.raises(LinkExpired):
        links.read(token, START + timedelta(hours=1))


@pytest.mark.parametrize(
    "changed", [{"tenant": "b"}, {"subject": "q2"}, {"address": "eve@example.com"}, {"expires": 9**15}]
)
def test_no_part_of_a_link_can_be_changed(changed: dict[str, Any]) -> None:
    links = Links(SECRET, "", HOUR)
    link = Link("a", MessageKey("q1"), "claim", ANA, millis(START) + HOUR)
    mac = links.sign(link).partition(".")[2]
    body = links.sign(replace(link, **changed)).partition(".")[0]
    with pytest.raises(LinkForged):
        links.read(f"{body}.{mac}", START)


def test_a_link_for_another_action_does_not_claim() -> None:
    links = Links(SECRET, "", HOUR)
    with pytest.raises(LinkForged):
        links.read(links.sign(Link("a", MessageKey("q1"), "resolve", ANA, millis(START) + HOUR)), START)
