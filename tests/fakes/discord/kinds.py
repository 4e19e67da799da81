"""Discord's numbers: channel types, message types and flags."""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """Channel types."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


class Type(IntEnum):
    """Message types."""

    DEFAULT = 0
    PIN = 6
    JOIN = 7
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT = 20
    THREAD_STARTER = 21
    CONTEXT_MENU = 23


class Flag:
    """Message flags."""

    CROSSPOSTED = 1
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    HAS_SNAPSHOT = 1 << 14
    COMPONENTS_V2 = 1 << 15


PINNED_POST = 1 << 1
REQUIRE_TAG = 1 << 4
OBFUSCATED = 1 << 17
"""Channel flags."""
