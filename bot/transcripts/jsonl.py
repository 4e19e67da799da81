"""One line of the native format (docs/transcripts.md) -> one event of the domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from escalation.errors import InputError
from escalation.events import (
    Deletion,
    Edit,
    Event,
    Lock,
    Message,
    Person,
    Place,
    Reaction,
    Restoration,
    Role,
    Score,
    Tags,
)

Fields = Mapping[str, Any]


def parse_line(line: str | bytes) -> Event:
    """The event on one line. Raises InputError that names the field, what was given and what is allowed."""
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error}") from None
    if not isinstance(fields, dict):
        raise InputError(f"must be an object {{...}}, not {type(fields).__name__}")
    kind = "message" if fields.get("kind") is None else fields["kind"]
    build = _KINDS.get(kind) if isinstance(kind, str) else None
    if build is None:
        raise InputError(f"kind: given {_shown(kind)}; allowed: {', '.join(_KINDS)}")
    return build(fields, _common(fields))


def _common(fields: Fields) -> dict[str, Any]:
    place = Place(_id(fields, "platform"), _id(fields, "community"), _id(fields, "channel"))
    return {"place": place, "id": _id(fields, "id"), "at": _time(fields)}


def _message(fields: Fields, common: dict[str, Any]) -> Event:
    return Message(
        **common,
        author=_author(fields),
        text=_text(fields, "text"),
        thread=_optional_id(fields, "thread"),
        reply_to=_optional_id(fields, "reply_to"),
        title=_text(fields, "title"),
        tags=_texts(fields, "tags"),
        attachments=_texts(fields, "attachments"),
    )


def _edit(fields: Fields, common: dict[str, Any]) -> Event:
    if fields.get("text") is None:
        raise InputError("text: is missing; an edit carries the whole new text")
    return Edit(**common, text=_text(fields, "text"), title=_text(fields, "title"))


def _delete(_fields: Fields, common: dict[str, Any]) -> Event:
    return Deletion(**common)


def _restore(fields: Fields, common: dict[str, Any]) -> Event:
    return Restoration(**common, text=_text(fields, "text"))


def _reaction(fields: Fields, common: dict[str, Any]) -> Event:
    emoji = _text(fields, "emoji")
    if not emoji:
        raise InputError("emoji: is missing")
    return Reaction(**common, author=_author(fields), emoji=emoji, removed=_flag(fields, "removed", False))


def _score(fields: Fields, common: dict[str, Any]) -> Event:
    score = fields.get("score")
    if isinstance(score, bool) or not isinstance(score, int):
        raise InputError(f"score: given {_shown(score)}; must be a whole number")
    return Score(**common, score=score)


def _lock(fields: Fields, common: dict[str, Any]) -> Event:
    return Lock(**common, locked=_flag(fields, "locked", True))


def _tags(fields: Fields, common: dict[str, Any]) -> Event:
    return Tags(**common, tags=_texts(fields, "tags"))


_KINDS: dict[str, Callable[[Fields, dict[str, Any]], Event]] = {
    "message": _message,
    "edit": _edit,
    "delete": _delete,
    "restore": _restore,
    "reaction": _reaction,
    "score": _score,
    "lock": _lock,
    "tags": _tags,
}


def _author(fields: Fields) -> Person:
    id_ = _id(fields, "author")
    roles = _texts(fields, "roles")
    try:
        held = frozenset(Role(role) for role in roles)
    except ValueError:
        raise InputError(f"roles: given {_shown(list(roles))}; allowed: {', '.join(Role)}") from None
    return Person(id_, _text(fields, "author_name") or id_, held)


def _id(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise InputError(f"{name}: given {_shown(value)}; must be a non-empty string")
    return value


def _optional_id(fields: Fields, name: str) -> str | None:
    return None if fields.get(name) is None else _id(fields, name)


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{name}: given {_shown(value)}; must be a string")
    return value


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"{name}: given {_shown(value)}; must be a list of strings")
    return tuple(value)


def _flag(fields: Fields, name: str, default: bool) -> bool:
    value = default if fields.get(name) is None else fields[name]
    if not isinstance(value, bool):
        raise InputError(f"{name}: given {_shown(value)}; must be true or false")
    return value


def _time(fields: Fields) -> datetime:
    value = fields.get("at")
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1970 <= at.year <= 9000:
        raise InputError(f"at: given {_shown(value)}; must be a time with an offset, e.g. 2026-03-11T09:15:00+00:00")
    return at


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
