"""The doctor's look at tokens: what each kind of answer means, said in words that help; no token in any of them."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from bot.checks import Finding, Health
from bot.discord import check as discord
from bot.reddit import check as reddit
from tests.fakes import discord_login
from tests.fakes.discord_login import CONTENT, CONTENT_LIMITED, MEMBERS, MEMBERS_LIMITED, DiscordLogin
from tests.fakes.reddit_login import ALL, CLIENT, PASSWORD, SECRET, USER, RedditLogin


def healths(findings: Sequence[Finding]) -> dict[str, Health]:
    return {one.what: one.health for one in findings}


def told(findings: Sequence[Finding]) -> str:
    text = "\n".join(map(str, findings))
    for secret in (discord_login.GOOD, SECRET, PASSWORD):
        assert secret not in text
    assert all(one.mend for one in findings if one.health is Health.BAD)
    return text


@pytest.mark.parametrize(
    ("flags", "content", "members"),
    [
        (CONTENT | MEMBERS, Health.GOOD, Health.GOOD),
        (CONTENT_LIMITED | MEMBERS_LIMITED, Health.GOOD, Health.GOOD),
        (MEMBERS, Health.BAD, Health.GOOD),
        (CONTENT, Health.GOOD, Health.BAD),
        (0, Health.BAD, Health.BAD),
    ],
)
async def test_a_good_discord_token_is_told_with_its_intents(flags: int, content: Health, members: Health) -> None:
    with DiscordLogin(flags=flags) as fake:
        found = await discord.check(discord_login.GOOD)
    assert healths(found) == {
        "discord token": Health.GOOD,
        "discord message content intent": content,
        "discord server members intent": members,
    }
    assert "belongs to Backstop (198622483471925248)" in told(found)
    assert set(fake.requests) == {"GET /users/@me", "GET /oauth2/applications/@me"}
    for one in found:
        if one.health is Health.BAD:
            assert "Privileged Gateway Intents" in one.mend


@pytest.mark.parametrize("token", ["wrong", discord_login.GOOD[:-1]])
async def test_a_bad_discord_token_is_told_with_the_way_to_a_good_one(token: str) -> None:
    with DiscordLogin():
        found = await discord.check(token)
    assert healths(found) == {"discord token": Health.BAD}
    assert "Discord refuses it -> create a bot at https://discord.com/developers" in told(found)


async def test_a_token_with_blanks_around_it_is_good() -> None:
    with DiscordLogin(flags=CONTENT | MEMBERS):
        found = await discord.check(f" {discord_login.GOOD}\n")
    assert set(healths(found).values()) == {Health.GOOD}


@pytest.mark.parametrize("token", ["two\nlines", "a\r\nHost: x", "nul\0"])
async def test_a_token_that_no_header_can_carry_is_told_as_a_bad_one(token: str) -> None:
    with DiscordLogin():
        found = await discord.check(token)
    assert healths(found) == {"discord token": Health.BAD}
    assert token not in told(found)


@pytest.mark.parametrize("status", [403, 418, 503])
async def test_a_discord_that_fails_says_nothing_about_the_token(status: int) -> None:
    with DiscordLogin(fails=status):
        found = await discord.check(discord_login.GOOD)
    assert healths(found) == {"discord token": Health.NOTE}
    assert "could not be checked" in told(found)


async def test_a_discord_that_is_out_of_reach_says_nothing_about_the_token() -> None:
    with DiscordLogin() as fake:
        pass
    import discord.http

    real, discord.http.Route.BASE = discord.http.Route.BASE, fake.url
    try:
        from bot.discord.check import check

        found = await check(discord_login.GOOD)
    finally:
        discord.http.Route.BASE = real
    assert healths(found) == {"discord token": Health.NOTE}
    assert "could not be checked" in told(found)


async def asked(fake: RedditLogin, *, secret: str = SECRET, password: str = PASSWORD) -> list[Finding]:
    return await reddit.check(CLIENT, USER, secret, password, **fake.where)


@pytest.mark.parametrize("scope", ["*", ALL])
async def test_a_good_reddit_key_is_told_with_its_owner(scope: str) -> None:
    with RedditLogin(scope=scope) as fake:
        found = await asked(fake)
    assert healths(found) == {"reddit key": Health.GOOD}
    assert f"belongs to u/{USER}" in told(found)
    assert fake.requests == ["POST /api/v1/access_token", "GET /api/v1/me"]


async def test_missing_scopes_are_named() -> None:
    with RedditLogin(scope="identity read submit") as fake:
        found = await asked(fake)
    assert healths(found) == {"reddit key": Health.GOOD, "reddit scopes": Health.BAD}
    assert "missing: flair, modconfig, modmail, wikiread" in told(found)


@pytest.mark.parametrize(("secret", "password"), [("wrong", PASSWORD), (SECRET, "wrong"), ("", "")])
async def test_a_key_that_reddit_refuses_is_told_with_the_way_to_a_good_one(secret: str, password: str) -> None:
    with RedditLogin() as fake:
        found = await asked(fake, secret=secret, password=password)
    assert healths(found) == {"reddit key": Health.BAD}
    assert "Reddit refuses it" in told(found)
    assert "BACKSTOP_REDDIT_CLIENT_SECRET" in told(found)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_reddit_that_fails_says_nothing_about_the_key(status: int) -> None:
    with RedditLogin(fails=status) as fake:
        found = await asked(fake)
    assert healths(found) == {"reddit key": Health.NOTE}
    assert "could not be checked" in told(found)


async def test_a_page_that_is_not_reddits_says_nothing_about_the_key() -> None:
    with RedditLogin(page="<html>Please log in to the hotel's network</html>") as fake:
        found = await asked(fake)
    assert healths(found) == {"reddit key": Health.NOTE}


async def test_a_reddit_that_is_out_of_reach_says_nothing_about_the_key() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    found = await reddit.check(CLIENT, USER, SECRET, PASSWORD, reddit_url=url, oauth_url=url)
    assert healths(found) == {"reddit key": Health.NOTE}
    assert "could not be checked" in told(found)
