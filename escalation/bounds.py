"""Settings have bounds: errors that name the setting, what was given and what is allowed. Pure."""

from __future__ import annotations

from escalation.errors import InputError
from escalation.timing import Millis, format_duration


def check_number(name: str, value: float, least: float, most: float) -> None:
    """Raises InputError unless `least <= value <= most`."""
    if not least <= value <= most:
        raise InputError(f"{name} {value}: must be {least} to {most}")


def check_time(name: str, value: Millis, least: Millis, most: Millis) -> None:
    """The same for a duration in milliseconds, shown as people write it."""
    if not least <= value <= most:
        given = format_duration(value) if value >= 0 else f"{value}ms"
        raise InputError(f"{name} {given}: must be {format_duration(least)} to {format_duration(most)}")
