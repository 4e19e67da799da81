"""The channels as a plain page: for people who want to see what the tests see."""

from __future__ import annotations

from html import escape

from tests.fakes.discord import markdown
from tests.fakes.discord.kinds import Flag, Kind
from tests.fakes.discord.state import Channel, Guild, Json, Message, World

_STYLE = """
body{font:15px/1.4 system-ui,sans-serif;background:#313338;color:#dbdee1;margin:1rem auto;max-width:60rem;
padding:0 1rem}
h1,h2,h3{color:#f2f3f5;margin:1.2rem 0 .4rem} h3{font-size:1rem}
.message{padding:.35rem .6rem;border-radius:4px;overflow-wrap:anywhere} .message:hover{background:#2e3035}
.head{font-weight:600;color:#f2f3f5} .head small,.note{color:#949ba4;font-weight:400;font-size:.8rem}
.text{white-space:pre-wrap;unicode-bidi:isolate} .quote{color:#949ba4;font-size:.85rem}
.embed{border-left:4px solid #5865f2;background:#2b2d31;border-radius:4px;
padding:.5rem .8rem;margin:.3rem 0;max-width:36rem}
.button{display:inline-block;background:#4e5058;color:#fff;border-radius:3px;padding:.2rem .8rem;margin:.3rem .3rem 0 0}
.mention{background:#3c4270;color:#c9cdfb;border-radius:3px;padding:0 .15rem}
pre,code{background:#2b2d31;border-radius:4px;padding:.1rem .3rem;font-family:monospace;white-space:pre-wrap}
pre{padding:.4rem .6rem;margin:.2rem 0} .said{border-left:4px solid #4e5058;padding-left:.6rem;display:inline-block}
a{color:#00a8fc}
.s1{background:#5865f2}.s3{background:#248046}.s4{background:#da373c}.off{opacity:.5}
.reaction{display:inline-block;background:#2b2d31;border-radius:8px;padding:0 .5rem;margin:.2rem .3rem 0 0}
.pinged{color:#f0b232;font-size:.85rem} .only{border:1px dashed #5865f2} .bot{background:#5865f2;border-radius:3px;
padding:0 .3rem;font-size:.7rem;color:#fff} .thread{margin-left:2rem;border-left:2px solid #4e5058;padding-left:.8rem}
"""


LAST = 100
"""So many messages of each channel are shown."""


def page(world: World, *, refresh: int | None = None) -> str:
    """`refresh`: seconds after which a browser loads it anew."""
    guilds = "".join(_guild(world, guild) for guild in world.guilds.values())
    anew = f'<meta http-equiv="refresh" content="{int(refresh)}">' if refresh else ""
    dms = "".join(_channel(world, one, "h3") for one in world.channels.values() if one.kind is Kind.DM)
    told = f"<h2>Direct messages</h2>{dms}" if dms else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Fake Discord</title>'
        f"{anew}<style>{_STYLE}</style></head><body>{guilds}{told}</body></html>"
    )


def _guild(world: World, guild: Guild) -> str:
    places = [one for one in guild.channels.values() if one.thread is None and one.kind is not Kind.CATEGORY]
    return f"<h1>{escape(guild.name)}</h1>" + "".join(_channel(world, one, "h2") for one in places)


def _channel(world: World, channel: Channel, tag: str) -> str:
    sign = "💬" if channel.kind is Kind.FORUM else "@" if channel.kind is Kind.DM else "#"
    posts = [one for one in channel.guild.threads() if one.parent is channel] if channel.guild else []
    shown = {one.thread for one in channel.messages}
    inside = "".join(_message(world, one) for one in _all(world, channel))
    return (
        f"<section><{tag}>{sign} {escape(channel.name)}</{tag}>{inside}"
        + "".join(_thread(world, one) for one in posts if one not in shown)
        + "</section>"
    )


def _all(world: World, channel: Channel) -> list[Message]:
    """With the ephemeral messages, which only one person sees."""
    hidden = [one for one in world.unseen if one.channel is channel and not one.gone]
    return sorted([*channel.messages.last(LAST), *hidden[-LAST:]], key=lambda one: one.id)


def _thread(world: World, thread: Channel) -> str:
    state = thread.the_thread
    tags = {tag.id: tag.name for tag in thread.parent.tags} if thread.parent else {}
    marks = [tags[one] for one in state.applied_tags if one in tags]
    marks += ["archived"] * state.archived + ["locked"] * state.locked
    note = f' <span class="note">{escape(" · ".join(marks))}</span>' if marks else ""
    inside = "".join(_message(world, one) for one in _all(world, thread))
    return f'<div class="thread"><h3>🧵 {escape(thread.name)}{note}</h3>{inside}</div>'


def _message(world: World, one: Message) -> str:
    bot = ' <span class="bot">APP</span>' if one.author.bot else ""
    edited = " (edited)" if one.edited_at else ""
    only = ' <span class="note">only for one person</span>' if one.ephemeral else ""
    head = (
        f'<div class="head">{escape(one.author.global_name or one.author.name)}{bot} '
        f"<small>{one.at:%Y-%m-%d %H:%M}{edited}</small>{only}</div>"
    )
    thinking = '<div class="note">is thinking…</div>' if one.flags & Flag.LOADING else ""
    parts = [
        _quoted(one),
        head,
        thinking,
        _text(world, one.channel.guild, one.content),
        *(f'<div class="note">📎 {escape(file["filename"])}</div>' for file in one.attachments),
        *(f'<div class="note">sticker: {escape(sticker["name"])}</div>' for sticker in one.stickers),
        *(f'<div class="embed">{escape(str(each["message"]["content"]))}</div>' for each in one.snapshots),
        *(_embed(world, one.channel.guild, embed) for embed in one.embeds if not one.flags & Flag.SUPPRESS_EMBEDS),
        *(_component(world, one.channel.guild, each) for each in one.components),
        _poll(one),
        *(f'<span class="reaction">{escape(key)} {len(each.users)}</span>' for key, each in one.reactions.items()),
        _pinged(world, one),
    ]
    inside = "".join(parts) + (_thread(world, one.thread) if one.thread is not None and not one.thread.gone else "")
    return f'<div class="message{" only" if one.ephemeral else ""}">{inside}</div>'


def _quoted(one: Message) -> str:
    if one.replied_to is None:
        return ""
    return f'<div class="quote">↪ {escape(one.replied_to.author.name)}: {escape(one.replied_to.content[:80])}</div>'


def _pinged(world: World, one: Message) -> str:
    names = sorted(world.users[user].name for user in one.pinged)
    return f'<div class="pinged">🔔 {escape(", ".join(names))}</div>' if names else ""


def _text(world: World, guild: Guild | None, text: str) -> str:
    return f'<div class="text">{markdown.html(world, guild, text)}</div>' if text else ""


def _embed(world: World, guild: Guild | None, embed: Json) -> str:
    parts = [
        f"<b>{escape(str(embed['title']))}</b>" if embed.get("title") else "",
        _text(world, guild, str(embed.get("description") or "")),
        *(
            f"<div><b>{escape(field['name'])}</b>{_text(world, guild, field['value'])}</div>"
            for field in embed.get("fields", [])
        ),
        f'<div class="note">{escape(embed["footer"]["text"])}</div>' if embed.get("footer") else "",
    ]
    return f'<div class="embed">{"".join(parts)}</div>'


def _component(world: World, guild: Guild | None, one: Json) -> str:
    inner = "".join(_component(world, guild, each) for each in one.get("components", []))
    if one["type"] == 2:
        label = f"{(one.get('emoji') or {}).get('name') or ''} {one.get('label') or ''}".strip()
        return f'<span class="button s{int(one["style"])}{" off" * bool(one.get("disabled"))}">{escape(label)}</span>'
    if one["type"] in (3, 5, 6, 7, 8):
        return f'<span class="button">{escape(one.get("placeholder") or "Choose")} ▾</span>'
    if one["type"] == 10:
        return _text(world, guild, one["content"])
    beside = _component(world, guild, one["accessory"]) if "accessory" in one else ""
    return f'<div class="{"embed" if one["type"] == 17 else "row"}">{inner}{beside}</div>'


def _poll(one: Message) -> str:
    if one.poll is None:
        return ""
    answers = "".join(
        f"<li>{escape(each['poll_media'].get('text') or '')} ({len(one.votes.get(each['answer_id'], {}))})</li>"
        for each in one.poll["answers"]
    )
    return f'<div class="embed"><b>{escape(one.poll["question"]["text"])}</b><ul>{answers}</ul></div>'
