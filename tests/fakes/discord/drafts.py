"""Reads what the bot sends as a message, over any route, and refuses what Discord refuses."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord import forms
from tests.fakes.discord.acts_messages import Draft
from tests.fakes.discord.acts_reactions import new_poll
from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.kinds import Flag
from tests.fakes.discord.mentions import Allowed
from tests.fakes.discord.state import Channel, Json, Message, World

MAY_SET = Flag.SUPPRESS_EMBEDS | Flag.EPHEMERAL | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2


def read(world: World, channel: Channel, body: Json, files: list[Json]) -> Draft:
    """A new message."""
    flags = int(body.get("flags") or 0) & MAY_SET
    Allowed.read(body.get("allowed_mentions"))
    draft = Draft(
        forms.content(body.get("content")),
        forms.embeds(body.get("embeds") or ([body["embed"]] if body.get("embed") else [])),
        forms.components(body.get("components"), flags),
        attachments(world, channel, body.get("attachments"), files),
        poll=new_poll(world, body.get("poll")),
        allowed=body.get("allowed_mentions"),
        nonce=_nonce(body.get("nonce")),
        flags=flags,
        tts=bool(body.get("tts")),
    )
    _refer(world, channel, draft, body.get("message_reference"))
    if flags & Flag.COMPONENTS_V2 and (draft.content or draft.embeds or draft.poll):
        message = "The 'content' and 'embeds' fields cannot be used with MessageFlags.IS_COMPONENTS_V2"
        raise invalid("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    if draft.empty:
        raise ApiError(50006)
    return draft


def read_changes(world: World, message: Message, body: Json, files: list[Json]) -> Json:
    """What an edit names; null empties, what is left out stays."""
    flags = message.flags
    changes: Json = {}
    if "flags" in body:
        keeps = MAY_SET & ~Flag.SUPPRESS_EMBEDS & ~Flag.COMPONENTS_V2
        flags = flags & ~Flag.SUPPRESS_EMBEDS | int(body["flags"] or 0) & MAY_SET & ~keeps
        changes["flags"] = flags
    if "content" in body:
        changes["content"] = forms.content(body["content"])
    if "embeds" in body or "embed" in body:
        changes["embeds"] = forms.embeds(body.get("embeds") or ([body["embed"]] if body.get("embed") else []))
    if "components" in body:
        changes["components"] = forms.components(body["components"], flags)
    if "attachments" in body or files:
        kept = {str(one["id"]) for one in body.get("attachments") or []}
        old = [one for one in message.attachments if "attachments" not in body or one["id"] in kept]
        fresh = [one for one in body.get("attachments") or [] if one["id"] not in {each["id"] for each in old}]
        changes["attachments"] = old + attachments(world, message.channel, fresh, files)
    after = {name: changes.get(name, getattr(message, name)) for name in ("content", "embeds", "components")}
    if not any(after.values()) and not (changes.get("attachments", message.attachments) or message.poll):
        raise ApiError(50006)
    return changes


def attachments(world: World, channel: Channel, described: list[Json] | None, files: list[Json]) -> list[Json]:
    """The uploaded files as attachments of a message."""
    about = {str(one.get("id")): one for one in described or []}
    shown = []
    for at, file in enumerate(files):
        number = world.ids.new()
        name = about.get(str(at), {}).get("filename") or file["filename"]
        url = f"https://cdn.discordapp.com/attachments/{channel.id}/{number}/{name}"
        shown.append({"id": str(number), "filename": name, "size": file["size"], "url": url, "proxy_url": url})
    return shown


def _nonce(sent: Any) -> str | int | None:
    if isinstance(sent, str) and len(sent) > 25:
        raise invalid("nonce", "NONCE_TYPE_TOO_LONG", "Nonce must be 25 or fewer in length.")
    return sent if isinstance(sent, (str, int)) else None


def _refer(world: World, channel: Channel, draft: Draft, sent: Json | None) -> None:
    if not sent:
        return
    where = world.channels.get(int(sent.get("channel_id") or channel.id))
    found = where.messages.get(int(sent["message_id"])) if where is not None else None
    if sent.get("type") == 1:
        draft.forward = found
    elif found is not None and found.channel is channel:
        draft.reply_to = found
    elif sent.get("fail_if_not_exists", True):
        raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
