"""Message text as HTML, safely: escaped first, then the few marks that matter for reading."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape

from tests.fakes.discord.state import Guild, World

_CODE = re.compile(r"```(?:[a-zA-Z0-9_+-]*\n)?(?P<block>.*?)```|(?P<ticks>`{1,2})(?P<inline>[^`].*?)(?P=ticks)", re.S)
_MARKS = [
    (re.compile(r"\*\*(.+?)\*\*", re.S), r"<b>\1</b>"),
    (re.compile(r"__(.+?)__", re.S), r"<u>\1</u>"),
    (re.compile(r"~~(.+?)~~", re.S), r"<s>\1</s>"),
    (re.compile(r"(?<![\w*])\*(?![\s*])([^*\n]+)\*"), r"<i>\1</i>"),
    (re.compile(r"^-# (.+)$", re.M), r"<small>\1</small>"),
    (re.compile(r"^#{1,3} (.+)$", re.M), r"<b>\1</b>"),
    (re.compile(r"^&gt; (.*)$", re.M), r'<span class="said">\1</span>'),
]
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((?:&lt;)?(https?://[^\s()<>\"'\0]+?)(?:&gt;)?\)")
_KEPT = re.compile("\0(\\d+)\0")
_MENTION = re.compile(r"&lt;(@!?|@&amp;|#)(\d{1,20})&gt;")
_TIME = re.compile(r"&lt;t:(-?\d{1,11})(?::\w)?&gt;")


def html(world: World, guild: Guild | None, text: str) -> str:
    """Mentions become names, times become times; code stays as it is."""
    parts, at = [], 0
    for found in _CODE.finditer(text):
        parts.append(_marked(world, guild, text[at : found.start()]))
        block, inline = found["block"], found["inline"]
        parts.append(f"<code>{escape(inline)}</code>" if block is None else f"<pre>{escape(block)}</pre>")
        at = found.end()
    return "".join([*parts, _marked(world, guild, text[at:])])


def _marked(world: World, guild: Guild | None, text: str) -> str:
    links: list[str] = []

    def keep(found: re.Match[str]) -> str:  # no other mark may get into an address
        links.append(found[2])
        return f"\0{len(links) - 1}\0{found[1]}</a>"

    shown = _LINK.sub(keep, escape(text.replace("\0", "")))
    for pattern, how in _MARKS:
        shown = pattern.sub(how, shown)
    shown = _MENTION.sub(lambda found: _name(world, guild, found), shown)
    shown = _TIME.sub(_time, shown)
    return _KEPT.sub(lambda found: f'<a rel="noreferrer" href="{links[int(found[1])]}">', shown)


def _name(world: World, guild: Guild | None, found: re.Match[str]) -> str:
    kind, number = found[1], int(found[2])
    if kind == "#":
        channel = world.channels.get(number)
        name = f"#{channel.name}" if channel else "#unknown"
    elif kind == "@&amp;":
        role = guild.roles.get(number) if guild else None
        name = f"@{role.name}" if role else "@unknown-role"
    else:
        user = world.users.get(number)
        name = f"@{user.global_name or user.name}" if user else "@unknown-user"
    return f'<span class="mention">{escape(name)}</span>'


def _time(found: re.Match[str]) -> str:
    try:
        return f"<time>{datetime.fromtimestamp(int(found[1]), UTC):%Y-%m-%d %H:%M} UTC</time>"
    except (OverflowError, ValueError, OSError):
        return found[0]
