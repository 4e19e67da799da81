"""Keys: applications, the tokens they get, and what these allow."""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.reddit import errors
from tests.fakes.reddit.model import User
from tests.fakes.reddit.world import World

TOKEN_SECONDS = 86_400
EVERYTHING = "*"

SCOPES = {
    "edit": "Edit and delete my comments and submissions.",
    "flair": "Select my subreddit flair. Change link flair on my submissions.",
    "history": "Access my voting history and comments or submissions I've saved or hidden.",
    "identity": "Access my reddit username and signup date.",
    "modconfig": "Manage the configuration, sidebar, and CSS of subreddits I moderate.",
    "modcontributors": "Add/remove users to approved user lists and ban/unban or mute/unmute users.",
    "modflair": "Manage and assign flair in subreddits I moderate.",
    "modlog": "Access the moderation log in subreddits I moderate.",
    "modmail": "Access and manage modmail via mod.reddit.com.",
    "modnote": "Access mod notes for subreddits I moderate.",
    "modposts": "Approve, remove, mark nsfw, and distinguish content in subreddits I moderate.",
    "modwiki": "Change editors and visibility of wiki pages in subreddits I moderate.",
    "mysubreddits": "Access the list of subreddits I moderate, contribute to, and subscribe to.",
    "privatemessages": "Access my inbox and send private messages to other users.",
    "read": "Access posts and comments through my account.",
    "report": "Report content for rules violations.",
    "submit": "Submit links and comments from my account.",
    "wikiedit": "Edit wiki pages on my behalf",
    "wikiread": "Read wiki pages through my account",
}


@dataclass
class App:
    """An API key. `scopes` is what its tokens get: "*", or names divided by spaces."""

    client_id: str
    secret: str
    scopes: str = EVERYTHING
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    """Of web applications: token and the name of the account that agreed."""


@dataclass(frozen=True)
class Token:
    client_id: str
    user: User | None
    scopes: frozenset[str]
    until: float

    def allows(self, scope: str | None) -> bool:
        return scope is None or EVERYTHING in self.scopes or scope in self.scopes


class Access:
    def __init__(self, world: World) -> None:
        self._world = world
        self._count = itertools.count(1)
        self.apps: dict[str, App] = {}
        self.tokens: dict[str, Token] = {}

    def grant(self, authorization: str, form: dict[str, str]) -> dict[str, Any]:
        """What POST /api/v1/access_token answers. A wrong password is a 200 with an error inside."""
        app = self._app(authorization)
        kind = form.get("grant_type")
        if kind == "password":
            user = self._world.known_user(form.get("username", ""))
            if user is None or user.password is None or user.password != form.get("password"):
                raise errors.Refusal(200, {"error": "invalid_grant"})
            return self._issue(app, user, form.get("scope"))
        if kind == "refresh_token":
            name = app.refresh_tokens.get(form.get("refresh_token", ""))
            if name is None:
                raise errors.plain(400)
            return self._issue(app, self._world.user(name), None) | {"refresh_token": form["refresh_token"]}
        if kind in ("client_credentials", "https://oauth.reddit.com/grants/installed_client"):
            return self._issue(app, None, form.get("scope"))
        raise errors.Refusal(200, {"error": "unsupported_grant_type"})

    def revoke(self, authorization: str, form: dict[str, str]) -> None:
        app = self._app(authorization)
        self.tokens.pop(form.get("token", ""), None)
        app.refresh_tokens.pop(form.get("token", ""), None)

    def check(self, authorization: str) -> Token:
        """The token that a request brings; 401 if it is unknown, revoked or too old."""
        kind, _, value = authorization.partition(" ")
        token = self.tokens.get(value)
        if kind.lower() != "bearer" or token is None or token.until <= self._world.now:
            raise errors.unauthorized()
        if token.user and token.user.state == "deleted":
            raise errors.unauthorized()
        return token

    def revoke_all(self) -> None:
        """Every access token dies; new ones are given to who asks."""
        self.tokens.clear()

    def _app(self, authorization: str) -> App:
        try:
            client_id, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            raise errors.plain(401) from None
        app = self.apps.get(client_id)
        if app is None or app.secret != secret:
            raise errors.plain(401)
        return app

    def _issue(self, app: App, user: User | None, wanted: str | None) -> dict[str, Any]:
        scopes = app.scopes if wanted in (None, "", EVERYTHING) else wanted
        value = f"token-{next(self._count)}"
        now = self._world.now
        self.tokens[value] = Token(app.client_id, user, frozenset(str(scopes).split()), now + TOKEN_SECONDS)
        return {"access_token": value, "token_type": "bearer", "expires_in": TOKEN_SECONDS, "scope": scopes}
