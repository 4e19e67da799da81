"""Is the Reddit key good, and does it have the scopes that watching needs?"""

from __future__ import annotations

import asyncio
from typing import Any

import praw
import prawcore

from bot import __version__
from bot.checks import Finding, bad, good, note

HOW = (
    "ask Reddit for API access, create a 'script' app at https://www.reddit.com/prefs/apps, then set "
    "reddit.client_id and reddit.username, BACKSTOP_REDDIT_CLIENT_SECRET and BACKSTOP_REDDIT_PASSWORD"
)
SCOPES = frozenset({"identity", "read", "flair", "modconfig", "modmail", "wikiread", "submit"})


async def check(client_id: str, username: str, secret: str, password: str, **where: Any) -> list[Finding]:
    """Logs in and reads the key's scopes. `where` may name another server: reddit_url, oauth_url."""
    return await asyncio.to_thread(_check, client_id, username, secret, password, where)


def _check(client_id: str, username: str, secret: str, password: str, where: dict[str, Any]) -> list[Finding]:
    agent = f"server:backstop:{__version__} (by /u/{username})"
    reddit = praw.Reddit(client_id=client_id, client_secret=secret, username=username, password=password,
                         user_agent=agent, check_for_updates=False, timeout=15, **where)  # fmt: skip
    try:
        user = reddit.user.me()
        scopes = reddit.auth.scopes()
    except (prawcore.exceptions.OAuthException, prawcore.exceptions.Forbidden, praw.exceptions.PRAWException) as error:
        return [bad("reddit key", f"Reddit refuses it ({type(error).__name__})", HOW)]
    except (prawcore.exceptions.PrawcoreException, OSError) as error:
        if isinstance(error, prawcore.exceptions.ResponseException) and error.response.status_code in (400, 401):
            return [bad("reddit key", f"Reddit refuses it ({error.response.status_code})", HOW)]
        return [note("reddit key", f"could not be checked: {type(error).__name__}", "try again; is Reddit up?")]
    missing = set() if "*" in scopes else SCOPES - scopes
    found = [good("reddit key", f"belongs to u/{user}")]
    if missing:
        found.append(bad("reddit scopes", f"missing: {', '.join(sorted(missing))}", "give the key these scopes"))
    return found
