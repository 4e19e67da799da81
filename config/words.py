"""The kinds of values that settings are written in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from escalation.errors import InputError
from escalation.hours import Week, parse_hours
from escalation.rotation import Unit, parse_clock, parse_every, parse_weekday
from escalation.routing import SYMBOLIC, parse_address
from escalation.timing import LONGEST, Millis, millis, parse_duration
from escalation.zones import find_zone

_T = TypeVar("_T")


class Part(BaseModel):
    """A table of settings: frozen, and nothing in it that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def told(read: Callable[[Any], _T], given: Any) -> _T:
    """What `read` answers. Raises ValueError where it raises InputError: so pydantic says which setting it was."""
    try:
        return read(given)
    except InputError as error:
        raise ValueError(str(error)) from error


def text(read: Callable[[str], object], what: str) -> Any:
    """Reads a setting that is given as a text."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError(f"must be {what}")
        return told(read, value)

    return BeforeValidator(validate, json_schema_input_type=str)


def duration(least: Millis, most: Millis = LONGEST) -> Any:
    """Milliseconds, given like "2h30m"."""
    return text(
        lambda value: parse_duration(value, least=least, most=most), 'a duration in quotes, e.g. "45m" or "2h30m"'
    )


def _kept(read: Callable[[str], object]) -> Callable[[str], str]:
    def check(value: str) -> str:
        read(value)
        return value

    return check


def _target(value: str) -> str:
    kind, _, name = value.partition(":")
    if not (kind in SYMBOLIC and name):
        parse_address(value)
    return value


def _community(value: object) -> str:
    if not isinstance(value, str) or value.count("/") != 1 or not all(value.split("/")):
        raise ValueError('must be platform/community in quotes, e.g. "discord/1184" or "reddit/gadgets"')
    return value


def _hours(value: object) -> Week:
    if not isinstance(value, dict):
        raise ValueError('must be a table of weekdays, e.g. { "mon-fri" = ["09:00-17:00"] }')
    return told(parse_hours, value)


def _moment(value: object) -> Millis:
    if not isinstance(value, datetime):
        raise ValueError("must be a time without quotes, e.g. 2026-12-24T09:00:00+01:00")
    return told(millis, value)


_PLACE = 'a place in quotes, e.g. "pages:support"'
PlaceOfPages = Annotated[str, text(_kept(parse_address), _PLACE)]
Target = Annotated[str, text(_target, _PLACE)]
Community = Annotated[str, BeforeValidator(_community)]
Zone = Annotated[str, text(_kept(find_zone), 'a zone in quotes, e.g. "Europe/Berlin"')]
Turn = Annotated[tuple[int, Unit], text(parse_every, 'the length of a turn in quotes, e.g. "1w"')]
Clock = Annotated[Millis, text(parse_clock, 'a time of day in quotes, e.g. "09:00"')]
Weekday = Annotated[int, text(parse_weekday, 'a weekday in quotes, e.g. "mon"')]
Hours = Annotated[Week, BeforeValidator(_hours)]
Instant = Annotated[Millis, BeforeValidator(_moment)]
