"""Reddit's ways to say no."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that is not the one asked for: status, JSON body, headers."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


REASONS = {302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
           429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable"}  # fmt: skip


def plain(status: int, reason: str | None = None, headers: dict[str, str] | None = None) -> Refusal:
    """{"message": ..., "error": ...}, with a reason where Reddit tells one ("private", "banned")."""
    body: dict[str, Any] = {"message": REASONS[status], "error": status}
    return Refusal(status, body | {"reason": reason} if reason else body, headers)


def explained(status: int, reason: str, explanation: str, field: str | None = None) -> Refusal:
    """The newer routes' form, which PRAW turns into a RedditAPIException when the status is 400."""
    body: dict[str, Any] = {"reason": reason, "message": REASONS[status], "explanation": explanation}
    return Refusal(status, body | {"fields": [field]} if field else body)


def api(code: str, message: str, field: str | None = None) -> Refusal:
    """200 with json.errors: how the old routes refuse."""
    return Refusal(200, {"json": {"errors": [[code, message, field]]}})


def unauthorized() -> Refusal:
    return plain(401, headers={"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'})


def insufficient_scope() -> Refusal:
    return plain(403, headers={"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'})


def not_a_moderator() -> Refusal:
    return explained(403, "MOD_REQUIRED", "You must be a moderator to do that.")
