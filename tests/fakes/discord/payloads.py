"""How people, channels and guilds look on the wire."""

from __future__ import annotations

from tests.fakes.discord.clock import iso, iso_or_none
from tests.fakes.discord.kinds import OBFUSCATED, Kind
from tests.fakes.discord.permissions import P, in_channel
from tests.fakes.discord.state import Channel, Guild, Json, Member, Role, Tag, User, Webhook, World

NO_HASH: str | None = None


def user(one: User) -> Json:
    shown: Json = {
        "id": str(one.id),
        "username": one.name,
        "global_name": one.global_name,
        "discriminator": "0",
        "avatar": NO_HASH,
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }
    return shown | {"bot": True} if one.bot else shown


def me(bot: User) -> Json:
    return user(bot) | {
        "mfa_enabled": True,
        "locale": "en-US",
        "premium_type": 0,
        "email": None,
        "verified": True,
    }


def member_alone(one: Member) -> Json:
    """A member without its user, as in messages."""
    return {
        "avatar": NO_HASH,
        "avatar_decoration_data": None,
        "banner": None,
        "collectibles": None,
        "communication_disabled_until": iso_or_none(one.timeout_until),
        "flags": 0,
        "joined_at": iso(one.joined_at),
        "nick": one.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(role) for role in sorted(one.roles)],
        "mute": False,
        "deaf": False,
    }


def member(one: Member) -> Json:
    return member_alone(one) | {"user": user(one.user)}


def role(one: Role) -> Json:
    shown: Json = {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.managed,
        "mentionable": one.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return shown if one.bot_id is None else shown | {"tags": {"bot_id": str(one.bot_id)}}


def tag(one: Tag) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "moderated": one.moderated,
        "emoji_id": None,
        "emoji_name": one.emoji_name,
    }


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


def channel(world: World, one: Channel) -> Json:
    """A channel of any kind, as the bot sees it."""
    if one.kind is Kind.DM:
        recipients = [user(one.recipient)] if one.recipient else []
        last = _id(one.last_message_id)
        return {"id": str(one.id), "type": 1, "flags": 0, "last_message_id": last, "recipients": recipients}
    return _thread(world, one) if one.thread is not None else _guild_channel(one)


def hidden(shown: Json) -> Json:
    """A channel that the bot does not see, as the gateway names it since November 2026: it is there, and no more."""
    everyone = {"id": shown["guild_id"], "type": 0, "allow": "0", "deny": str(int(P.VIEW_CHANNEL))}
    veiled = shown | {"name": "___hidden___", "permission_overwrites": [everyone], "flags": OBFUSCATED}
    nothing: Json = {"topic": None, "last_message_id": None, "rate_limit_per_user": 0, "available_tags": []}
    return veiled | {key: value for key, value in nothing.items() if key in shown}


def _guild_channel(one: Channel) -> Json:
    shown: Json = {
        "id": str(one.id),
        "type": int(one.kind),
        "guild_id": str(one.the_guild.id),
        "name": one.name,
        "position": one.position,
        "flags": one.flags,
        "parent_id": _id(one.parent.id if one.parent else None),
        "permission_overwrites": [
            {"id": str(each.id), "type": each.type, "allow": str(each.allow), "deny": str(each.deny)}
            for each in one.overwrites.values()
        ],
        "nsfw": False,
    }
    if one.kind is Kind.CATEGORY:
        return shown
    shown |= {
        "topic": one.topic,
        "rate_limit_per_user": one.slowmode,
        "last_message_id": _id(one.last_message_id),
        "default_auto_archive_duration": 1440,
    }
    if one.kind is Kind.FORUM:
        shown |= {
            "available_tags": [tag(each) for each in one.tags],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
            "default_thread_rate_limit_per_user": 0,
        }
    return shown


def _thread(world: World, one: Channel) -> Json:
    thread = one.the_thread
    metadata: Json = {
        "archived": thread.archived,
        "archive_timestamp": iso(thread.archive_at),
        "auto_archive_duration": thread.auto_archive,
        "locked": thread.locked,
        "create_timestamp": iso(thread.created_at),
    }
    if one.kind is Kind.PRIVATE_THREAD:
        metadata["invitable"] = thread.invitable
    shown: Json = {
        "id": str(one.id),
        "type": int(one.kind),
        "guild_id": str(one.the_guild.id),
        "name": one.name,
        "flags": one.flags,
        "parent_id": _id(one.parent.id if one.parent else None),
        "owner_id": str(thread.owner_id),
        "last_message_id": _id(one.last_message_id),
        "rate_limit_per_user": one.slowmode,
        "message_count": thread.sent,
        "total_message_sent": thread.sent,
        "member_count": min(len(thread.members), 50),
        "thread_metadata": metadata,
    }
    if one.parent is not None and one.parent.kind is Kind.FORUM:
        shown["applied_tags"] = [str(each) for each in thread.applied_tags]
    if world.bot.id in thread.members:
        shown["member"] = thread_member(one, world.bot.id)
    return shown


def thread_member(one: Channel, user_id: int, *, with_member: bool = False) -> Json:
    joined = one.the_thread.members[user_id]
    shown: Json = {"id": str(one.id), "user_id": str(user_id), "join_timestamp": iso(joined), "flags": 0}
    in_guild = one.the_guild.members.get(user_id)
    return shown | {"member": member(in_guild)} if with_member and in_guild else shown


def partial_channel(world: World, one: Channel, who: Member | None) -> Json:
    """As an interaction carries it, with the permissions of who did it."""
    return channel(world, one) | ({} if who is None else {"permissions": str(in_channel(one, who))})


def webhook(world: World, one: Webhook) -> Json:
    return {
        "id": str(one.id),
        "type": 1,
        "application_id": _id(world.application_id if one.user is world.bot else None),
        "avatar": NO_HASH,
        "channel_id": str(one.channel.id),
        "guild_id": str(one.channel.the_guild.id),
        "name": one.name,
        "user": user(one.user),
        "token": one.token,
    }


def guild(world: World, one: Guild) -> Json:
    """As REST answers it, with counts."""
    nothing = dict.fromkeys(
        ("icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
         "afk_channel_id", "system_channel_id", "widget_channel_id", "max_presences", "vanity_url_code",
         "rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data")
    )  # fmt: skip
    return nothing | {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner_id),
        "region": "deprecated",
        "features": ["COMMUNITY", "NEWS"],
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 1,
        "roles": [role(each) for each in one.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 2,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": one.locale,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "approximate_member_count": len(one.members),
        "approximate_presence_count": len(one.members),
    }


def application(world: World) -> Json:
    owner = User(1, "owner")
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": NO_HASH,
        "description": "",
        "type": None,
        "bot": user(world.bot),
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": world.application_flags,
        "flags_new": str(world.application_flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(owner),
        "approximate_guild_count": sum(world.bot_in(guild) for guild in world.guilds.values()),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }
