"""Looks at what is sent as a message: sizes, embeds, components. `resources/message`, `components/reference`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from tests.fakes.discord.errors import invalid, too_long
from tests.fakes.discord.kinds import Flag
from tests.fakes.discord.state import Json

CONTENT = 2000
_EMBED = {"title": 256, "description": 4096}
ROW, BUTTON, SELECT, TEXT_INPUT, TEXT, SECTION, CONTAINER, LABEL = 1, 2, 3, 4, 10, 9, 17, 18
SELECTS = (3, 5, 6, 7, 8)
_TOP = {ROW}
_TOP_V2 = {ROW, SECTION, TEXT, 12, 13, 14, CONTAINER}


def content(sent: Any) -> str:
    text = "" if sent is None else str(sent)
    if len(text) > CONTENT:
        raise too_long("content", CONTENT)
    return text.strip()


def embeds(sent: list[Json] | None) -> list[Json]:
    """The embeds as they come back; raises where one is too large, or all are."""
    listed = sent or []
    if len(listed) > 10:
        raise too_long("embeds", 10)
    shown = [_embed(one, f"embeds.{at}") for at, one in enumerate(listed)]
    if sum(_letters(one) for one in shown) > 6000:
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    return shown


def _embed(sent: Json, path: str) -> Json:
    for key, most in _EMBED.items():
        if len(sent.get(key) or "") > most:
            raise too_long(f"{path}.{key}", most)
    fields = sent.get("fields") or []
    if len(fields) > 25:
        raise too_long(f"{path}.fields", 25)
    for at, field in enumerate(fields):
        _between(f"{path}.fields.{at}.name", field.get("name"), 1, 256)
        _between(f"{path}.fields.{at}.value", field.get("value"), 1, 1024)
    if len((sent.get("footer") or {}).get("text") or "") > 2048:
        raise too_long(f"{path}.footer.text", 2048)
    if len((sent.get("author") or {}).get("name") or "") > 256:
        raise too_long(f"{path}.author.name", 256)
    shown = {key: value for key, value in sent.items() if value is not None}
    if fields:
        shown["fields"] = [{"inline": False} | field for field in fields]
    return shown | {"type": "rich"}


def _letters(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text"),
             (embed.get("author") or {}).get("name")]  # fmt: skip
    texts += [text for field in embed.get("fields", []) for text in (field["name"], field["value"])]
    return sum(len(text) for text in texts if text)


def _between(path: str, value: Any, least: int, most: int) -> None:
    if not isinstance(value, str) or not least <= len(value.strip()):
        raise invalid(path, "BASE_TYPE_REQUIRED", "This field is required")
    if len(value) > most:
        raise invalid(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def walk(listed: list[Json]) -> Iterator[Json]:
    """All components, parents before what is in them."""
    for one in listed:
        yield one
        inner = [*one.get("components", []), *(one[key] for key in ("accessory", "component") if key in one)]
        yield from walk(inner)


def components(sent: list[Json] | None, flags: int) -> list[Json]:
    """The components as they come back, with ids; raises where Discord would refuse them."""
    listed = sent or []
    v2 = bool(flags & Flag.COMPONENTS_V2)
    top = _TOP_V2 if v2 else _TOP
    for at, one in enumerate(listed):
        if one.get("type") not in top:
            raise invalid(f"components.{at}.type", "BASE_TYPE_CHOICES", f"Value of field must be one of {sorted(top)}")
    everything = list(walk(listed))
    if not v2 and len(listed) > 5:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    if v2 and len(everything) > 40:
        raise invalid("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "Maximum of 40 components")
    if sum(len(one.get("content", "")) for one in everything if one["type"] == TEXT) > 4000:
        raise invalid("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Text exceeds 4000")
    for one in everything:
        _check(one)
    _unique([one["custom_id"] for one in everything if one.get("custom_id")])
    numbers = itertools.count(1)
    return [_shown(one, numbers) for one in listed]


def _unique(custom_ids: list[str]) -> None:
    if len(set(custom_ids)) < len(custom_ids):
        raise invalid("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")


def _check(one: Json) -> None:
    if one["type"] == ROW:
        inner = one.get("components") or []
        wide = any(each["type"] in SELECTS for each in inner)
        if not 1 <= len(inner) <= (1 if wide else 5):
            raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    elif one["type"] == BUTTON:
        _check_button(one)
    elif one["type"] in SELECTS:
        _between("components.custom_id", one.get("custom_id"), 1, 100)
        options = one.get("options") or []
        if one["type"] == SELECT and not 1 <= len(options) <= 25:
            raise invalid("components.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
        for option in options:
            _between("components.options.label", option.get("label"), 1, 100)
            _between("components.options.value", option.get("value"), 1, 100)


def _check_button(one: Json) -> None:
    if len(one.get("label") or "") > 80:
        raise too_long("components.label", 80)
    if one.get("style") == 5:
        _between("components.url", one.get("url"), 1, 512)
    else:
        _between("components.custom_id", one.get("custom_id"), 1, 100)
    if not one.get("label") and not one.get("emoji"):
        raise invalid("components", "BUTTON_COMPONENT_INVALID_LABEL", "A label or an emoji is required")


def _shown(sent: Json, numbers: Iterator[int]) -> Json:
    """A component as it comes back: with its id, and with what may be left out."""
    shown: Json = {"id": sent.get("id") or next(numbers)}
    shown |= {key: value for key, value in sent.items() if value is not None and key != "id"}
    for key in ("components",):
        if key in sent:
            shown[key] = [_shown(one, numbers) for one in sent[key]]
    if "accessory" in sent:
        shown["accessory"] = _shown(sent["accessory"], numbers)
    if sent["type"] in SELECTS:
        shown = {"min_values": 1, "max_values": 1} | shown
    if sent["type"] == CONTAINER:
        shown = {"accent_color": None, "spoiler": False} | shown
    if sent["type"] == 14:
        shown = {"spacing": 1, "divider": True} | shown
    if isinstance(shown.get("emoji"), dict):
        shown["emoji"] = {key: value for key, value in shown["emoji"].items() if value is not None}
    return shown


def text_of(listed: list[Json]) -> str:
    """The words of text displays, which ping as content does."""
    return "\n".join(one["content"] for one in walk(listed) if one["type"] == TEXT)


def modal(sent: Json) -> Json:
    """A modal as the client opens it; raises where Discord would refuse it."""
    _between("data.title", sent.get("title"), 1, 45)
    _between("data.custom_id", sent.get("custom_id"), 1, 100)
    listed = sent.get("components") or []
    if not 1 <= len(listed) <= 5:
        raise invalid("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for one in listed:
        if one.get("type") not in (ROW, TEXT, LABEL):
            raise invalid("data.components", "BASE_TYPE_CHOICES", "Value of field must be one of (1, 10, 18)")
        if one["type"] == LABEL:
            _between("data.components.label", one.get("label"), 1, 45)
    for one in walk(listed):
        if one["type"] == TEXT_INPUT and one.get("label") is not None:
            _between("data.components.label", one["label"], 1, 45)
        if one["type"] == SELECT and not 1 <= len(one.get("options") or []) <= 25:
            raise invalid("data.components.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    _unique([one["custom_id"] for one in walk(listed) if one.get("custom_id") and one["type"] != LABEL])
    return sent
