"""Holds what the fake says against Discord's own OpenAPI document.

The document contradicts Discord's documentation in places; there the documentation wins (`_mend`).
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

HOUSE = Path(__file__).parents[3]
_NAME = "urn:discord"
_EVENTS = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "CHANNEL_CREATE": "GuildChannelResponse",
    "CHANNEL_UPDATE": "GuildChannelResponse",
    "CHANNEL_DELETE": "GuildChannelResponse",
    "THREAD_CREATE": "ThreadResponse",
    "THREAD_UPDATE": "ThreadResponse",
    "GUILD_CREATE": "GuildWithCountsResponse",
    "GUILD_MEMBER_ADD": "GuildMemberResponse",
    "GUILD_MEMBER_UPDATE": "GuildMemberResponse",
}
"""Gateway events whose data is an object that REST knows too."""
_INSIDE: dict[str, list[tuple[str, str]]] = {
    "GUILD_CREATE": [("channels", "GuildChannelResponse"), ("threads", "ThreadResponse"),
                     ("members", "GuildMemberResponse")],
    "THREAD_LIST_SYNC": [("threads", "ThreadResponse"), ("members", "ThreadMemberResponse")],
    "GUILD_ROLE_CREATE": [("role", "GuildRoleResponse")],
    "GUILD_ROLE_UPDATE": [("role", "GuildRoleResponse")],
    "GUILD_MEMBER_REMOVE": [("user", "UserResponse")],
    "MESSAGE_REACTION_ADD": [("member", "GuildMemberResponse")],
    "INTERACTION_CREATE": [("message", "MessageResponse"), ("member", "GuildMemberResponse")],
    "THREAD_MEMBERS_UPDATE": [("added_members", "ThreadMemberResponse")],
}  # fmt: skip


def where() -> Path:
    """The document lies beside the labelled data."""
    data = os.environ.get("BACKSTOP_DATA")
    return (Path(data) if data else HOUSE / "../shared/data") / "../discord/openapi.json"


class _Document:
    """Read once a process: the validators find their references slowly the first time."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text("utf-8"))
        _mend(document)
        self.paths: dict[str, Any] = document["paths"]
        self.registry = Registry().with_resource(_NAME, DRAFT202012.create_resource(document))
        self._validators: dict[str, Draft202012Validator] = {}

    @staticmethod
    @functools.cache
    def read(path: Path) -> _Document:
        return _Document(path)

    def validator(self, pointer: str) -> Draft202012Validator:
        if pointer not in self._validators:
            self._validators[pointer] = Draft202012Validator({"$ref": f"{_NAME}#{pointer}"}, registry=self.registry)
        return self._validators[pointer]


class OpenApi:
    """`violations` names what did not fit; nothing is raised where it happens, for that would change what happens."""

    def __init__(self, path: Path) -> None:
        self._document = _Document.read(path.resolve())
        self.paths = self._document.paths
        self.violations: list[str] = []
        self.checked = 0

    @classmethod
    def found(cls) -> OpenApi | None:
        """None where the document is not there, but for CI, where it must be."""
        if where().is_file() or os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            return cls(where())
        return None

    def check_reply(self, method: str, template: str, status: int, body: Any) -> None:
        """An answer, against what the document has for its operation and status."""
        operation = self.paths.get(template, {}).get(method.lower())
        if operation is None:
            self.violations.append(f"{method} {template} is not in the document")
            return
        key = next((one for one in (str(status), f"{status // 100}XX") if one in operation["responses"]), None)
        if key is None:
            self.violations.append(f"{method} {template} never answers {status}")
            return
        if "content" not in self._response(operation, key):
            if body is not None:
                self.violations.append(f"{method} {template} answers {status} without a body")
            return
        pointer = f"/paths/{_escaped(template)}/{method.lower()}/responses/{key}"
        reference = operation["responses"][key].get("$ref")
        if reference is not None:
            pointer = reference.removeprefix("#")
        self._check(f"{method} {template} {status}", pointer + "/content/application~1json/schema", body)

    def _response(self, operation: Any, key: str) -> Any:
        found = operation["responses"][key]
        if "$ref" not in found:
            return found
        return self._document.registry.resolver(_NAME).lookup(found["$ref"]).contents

    def check_event(self, name: str, data: Any) -> None:
        """The objects of REST that a gateway event carries."""
        if name in _EVENTS:
            self._check(name, f"/components/schemas/{_EVENTS[name]}", data)
        for key, schema in _INSIDE.get(name, ()):
            found = data.get(key)
            for one in found if isinstance(found, list) else [] if found is None else [found]:
                self._check(f"{name} {key}", f"/components/schemas/{schema}", one)

    def _check(self, what: str, pointer: str, body: Any) -> None:
        self.checked += 1
        validator = self._document.validator(pointer)
        if not validator.is_valid(body):
            self.violations.append(f"{what}: {_best(validator.iter_errors(body))}")


def _best(errors: Iterable[ValidationError]) -> str:
    """The innermost complaint, with its place."""
    error = next(iter(errors))
    while error.context:
        error = max(error.context, key=lambda each: len(each.absolute_path))
    place = "/".join(map(str, error.absolute_path))
    return f"{place}: {error.message[:300]}"


def _escaped(template: str) -> str:
    return template.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _mend(document: Any) -> None:
    """Where the document says less than the documentation."""
    schemas = document["components"]["schemas"]
    # A forward is a reference of type 1 (resources/message#message-reference-types).
    schemas["MessageReferenceType"]["oneOf"].append({"title": "FORWARD", "const": 1})
    # The errors inside a 50035 have words as codes (reference#error-messages); only the outer one is a number.
    inner = schemas["Error"] | {"properties": schemas["Error"]["properties"] | {"code": {"type": "string"}}}
    schemas["InnerErrors"]["properties"]["_errors"]["items"] = inner
