"""Finds buttons and selects in a message, and fills modals, as a client does."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord.forms import LABEL, ROW, SELECTS, TEXT, TEXT_INPUT, walk
from tests.fakes.discord.state import Channel, Json, Member, Message, Role, User


def component(message: Message, which: str, kinds: tuple[int, ...]) -> Json:
    """The one control of these kinds that `which` names; raises if it is not there, not alone or disabled."""
    found = [one for one in walk(message.components) if one["type"] in kinds and which in _names(one)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} controls are called {which!r} in {shown(message)}")
    if found[0].get("disabled"):
        raise PermissionError(f"{which!r} is disabled")
    if "custom_id" not in found[0]:
        raise LookupError(f"{which!r} is a link")
    return found[0]


def shown(message: Message) -> list[str]:
    """The labels (or custom_ids) of all controls of a message."""
    kinds = (2, *SELECTS)
    found = [one for one in walk(message.components) if one["type"] in kinds]
    return [one.get("label") or one.get("placeholder") or one.get("custom_id") or "" for one in found]


def _names(one: Json) -> tuple[str | None, ...]:
    return (one.get("custom_id"), one.get("label"), one.get("placeholder"), (one.get("emoji") or {}).get("name"))


def picked(select: Json, values: tuple[Any, ...]) -> tuple[list[str], list[Any]]:
    """The values as they are sent, and the things that they point at."""
    if not select.get("min_values", 1) <= len(values) <= select.get("max_values", 1):
        raise ValueError(f"{len(values)} values do not fit {select.get('custom_id')}")
    if select["type"] == 3:
        by_name = {one["label"]: one["value"] for one in select["options"]}
        allowed = {one["value"] for one in select["options"]}
        chosen = [str(by_name.get(value, value)) for value in values]
        if unknown := set(chosen) - allowed:
            raise LookupError(f"no such options: {sorted(unknown)}")
        return chosen, []
    wanted = {5: (User, Member), 6: (Role,), 7: (User, Member, Role), 8: (Channel,)}[select["type"]]
    things = [getattr(value, "user", value) for value in values]
    if not all(isinstance(one, wanted) for one in things):
        raise ValueError(f"a select of type {select['type']} cannot take {values!r}")
    return [str(one.id) for one in things], things


def filled_modal(modal: Json, values: dict[str, Any], *, checked: bool) -> tuple[Json, list[Any]]:
    """A modal's data as it is submitted (`values` by custom_id or label), and the things that its selects point at."""
    filler = _Filler(dict(values), checked)
    shown = [filler.row(one) for one in modal["components"]]
    if filler.left and checked:
        raise LookupError(f"no such fields: {sorted(filler.left)}")
    return {"custom_id": modal["custom_id"], "components": shown}, filler.things


class _Filler:
    def __init__(self, left: dict[str, Any], checked: bool) -> None:
        self.left = left
        self.checked = checked
        self.things: list[Any] = []

    def row(self, one: Json) -> Json:
        number = one.get("id", 1)
        if one["type"] == TEXT:
            return {"type": TEXT, "id": number}
        if one["type"] == LABEL:
            return {"type": LABEL, "id": number, "component": self._field(one["component"], one.get("label"))}
        return {
            "type": ROW,
            "id": number,
            "components": [self._field(each, each.get("label")) for each in one["components"]],
        }

    def _field(self, one: Json, label: str | None) -> Json:
        name = one["custom_id"]
        value = self.left.pop(name if name in self.left else label or name, None)
        sent: Json = {"type": one["type"], "id": one.get("id", 1), "custom_id": name}
        if one["type"] == TEXT_INPUT:
            text = str(one.get("value") or "") if value is None else str(value)
            if self.checked:
                _check_text(one, text)
            return sent | {"value": text}
        if one["type"] in SELECTS:
            return sent | {"values": self._chosen(one, value)}
        return sent | {"value": value}

    def _chosen(self, one: Json, value: Any) -> list[str]:
        listed = tuple(value) if isinstance(value, (list, tuple)) else () if value is None else (value,)
        if not listed and not one.get("required", True):
            return []
        if not self.checked:
            return [str(each) for each in listed]
        chosen, things = picked(one, listed)
        self.things += things
        return chosen


def _check_text(one: Json, text: str) -> None:
    if not text:
        if one.get("required", True):
            raise ValueError(f"{one['custom_id']} is required")
        return
    if not (one.get("min_length") or 0) <= len(text) <= (one.get("max_length") or 4000):
        raise ValueError(f"{one['custom_id']}: {text!r} is too short or too long")
