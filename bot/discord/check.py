"""Is the Discord token good, and are the intents on that reading messages needs?"""

from __future__ import annotations

import asyncio

import aiohttp
import discord

from bot.checks import Finding, bad, good, note

HOW = (
    "create a bot at https://discord.com/developers/applications, copy its token (Bot > Reset Token) "
    "and set BACKSTOP_DISCORD_TOKEN"
)
PATIENCE = 15.0


async def check(token: str) -> list[Finding]:
    """Logs in with the token, without a gateway connection, and looks at what the application may do."""
    token = token.strip()
    if not (token.isascii() and token.isprintable()):
        return [bad("discord token", "holds characters that no token has", HOW)]
    client = discord.Client(intents=discord.Intents.none())
    try:
        async with asyncio.timeout(PATIENCE):
            await client.login(token)
            application = await client.application_info()
    except discord.LoginFailure:
        return [bad("discord token", "Discord refuses it", HOW)]
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
        return [note("discord token", f"could not be checked: {type(error).__name__}", "try again; is Discord up?")]
    finally:
        await client.close()
    flags = application.flags
    return [
        good("discord token", f"belongs to {application.name} ({application.id})"),
        _intent("message content", flags.gateway_message_content or flags.gateway_message_content_limited),
        _intent("server members", flags.gateway_guild_members or flags.gateway_guild_members_limited),
    ]


def _intent(name: str, on: bool) -> Finding:
    what = f"discord {name} intent"
    if on:
        return good(what, "is on")
    return bad(what, "is off", f"switch on '{name.title()} Intent' under Bot > Privileged Gateway Intents")
