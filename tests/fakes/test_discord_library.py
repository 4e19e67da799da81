"""The real discord.py lives on the fake Discord."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord import BOT, FakeDiscord, Kind, P
from tests.fakes.discord.pointing import pointed_at

with warnings.catch_warnings():  # as in pointing: whoever imports it first is warned
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord
    from discord import app_commands


class Claim(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Claim", custom_id="claim")
    async def claim(self, interaction: discord.Interaction, _: discord.ui.Button[Claim]) -> None:
        await interaction.response.edit_message(content=f"claimed by {interaction.user.name}", view=None)

    @discord.ui.button(label="Note", custom_id="note")
    async def note(self, interaction: discord.Interaction, _: discord.ui.Button[Claim]) -> None:
        await interaction.response.send_modal(Note())


class Note(discord.ui.Modal, title="Note"):
    words: discord.ui.TextInput[Note] = discord.ui.TextInput(label="Words")
    team: discord.ui.Label[Note] = discord.ui.Label(
        text="Team", component=discord.ui.Select(options=[discord.SelectOption(label="Billing", value="b")])
    )
    role: discord.ui.Label[Note] = discord.ui.Label(text="Role", component=discord.ui.RoleSelect(required=False))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        chosen = [*self.team.component.values, *(one.name for one in self.role.component.values)]  # type: ignore
        await interaction.response.send_message(f"noted {self.words.value} {chosen}", ephemeral=True)


class Bot(discord.Client):
    """Says what it hears; its commands are below."""

    def __init__(self, **options: Any) -> None:
        intents = discord.Intents.default()
        intents.message_content = intents.members = True
        super().__init__(intents=intents, guild_ready_timeout=0.1, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    async def setup_hook(self) -> None:
        self.tree.add_command(ping)
        self.tree.add_command(slow)
        self.tree.add_command(escalate)
        self.add_view(Claim())
        await self.tree.sync()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        if not event.startswith("socket"):
            self.heard.put_nowait((event, args[0] if args else None))

    async def hears(self, event: str) -> Any:
        async with asyncio.timeout(10):
            while True:
                name, what = await self.heard.get()
                if name == event:
                    return what


@app_commands.command(description="Pings")
@app_commands.describe(word="what to say")
async def ping(interaction: discord.Interaction, word: str, channel: discord.TextChannel | None = None) -> None:
    place = channel.name if channel else "nowhere"
    await interaction.response.send_message(f"{word} {place} {interaction.locale}", ephemeral=True)


@ping.autocomplete("word")
async def words(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=one, value=one) for one in ("pong", "ping") if one.startswith(current)]


@app_commands.command(description="Thinks first")
async def slow(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send("thought")
    await interaction.edit_original_response(content="thought better")


@app_commands.context_menu(name="Escalate this")
async def escalate(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"about: {message.content}", ephemeral=True)


@asynccontextmanager
async def living(fake: FakeDiscord) -> AsyncIterator[Bot]:
    with pointed_at(fake):
        bot = Bot()
        life = asyncio.create_task(bot.start(fake.token))
        try:
            async with asyncio.timeout(10):
                await asyncio.wait([life, asyncio.create_task(bot.hears("ready"))], return_when="FIRST_COMPLETED")
            if life.done():
                await life
            yield bot
        finally:
            await bot.close()
            await asyncio.gather(life, return_exceptions=True)


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


async def test_it_reads_answers_and_pages_through_history(fake: FakeDiscord) -> None:
    guild = fake.add_guild()
    staff = fake.add_role(guild, "Staff", mentionable=True)
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann")
    fake.add_member(guild, "sam", staff)
    old = [ann.post(channel, str(number)) for number in range(250)]
    async with living(fake) as bot:
        assert {one.name for one in bot.guilds[0].members} == {"ann", "sam", "backstop", "owner of Community"}
        question = ann.post(channel, "How?")
        heard = await bot.hears("message")
        assert (heard.content, heard.author.name, heard.guild.name) == ("How?", "ann", "Community")
        read = [one.content async for one in heard.channel.history(after=discord.Object(old[9].id), limit=None)]
        assert read == [*(str(number) for number in range(10, 250)), "How?"]
        only = discord.AllowedMentions(
            everyone=False, users=False, roles=[discord.Object(staff.id)], replied_user=False
        )
        await heard.reply(f"<@&{staff.id}> {ann.mention} @everyone", allowed_mentions=only, nonce="n1")
        page = fake.by_bot(channel)[0]
        assert fake.pinged(page) == {"sam"}
        await heard.add_reaction("✅")
        assert list(question.reactions) == ["✅"]
        thread = await heard.create_thread(name="more")
        await thread.send("here")
        assert [one.content for one in fake.messages(fake.world.channels[thread.id])] == ["", "here"]
        assert [one.name for one in await bot.guilds[0].active_threads()] == ["more"]
        await thread.edit(archived=True)
        assert [one.id async for one in heard.channel.archived_threads()] == [thread.id]
        with pytest.raises(discord.NotFound):
            await heard.channel.fetch_message(1)


async def test_buttons_modals_and_commands(fake: FakeDiscord) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann", locale="fr")
    async with living(fake) as bot:
        await bot.get_channel(channel.id).send("A page", view=Claim())  # type: ignore[union-attr]
        page = fake.by_bot(channel)[0]
        form = await ann.press(page, "Note")
        noted = await ann.submit(form, {"Words": "hello", "Team": "Billing"})
        assert (noted.content, noted.ephemeral) == ("noted hello ['b']", True)
        form = await ann.press(page, "Note")
        noted = await ann.submit(form, {"Words": "hi", "Team": "b", "Role": fake.add_role(guild, "Staff")})
        assert noted.content == "noted hi ['b', 'Staff']"
        await ann.press(page, "Claim")
        assert (page.content, page.components) == ("claimed by ann", [])
        said = await ann.slash(channel, "ping", {"word": "pong", "channel": channel})
        assert said.content == "pong help fr"
        assert await ann.type_in(channel, "ping", "word", "po") == [{"name": "pong", "value": "pong"}]
        listed = {one.name: one.id for one in await bot.tree.fetch_commands()}
        assert listed == {one.name: one.id for one in await bot.tree.sync()}
        thought = await (await ann.slash(channel, "slow")).settled()
        await fake.until(lambda: thought.content == "thought better")
        assert thought.ephemeral
        about = await ann.message_menu(ann.post(channel, "How?"), "Escalate this")
        assert about.content == "about: How?"


async def test_it_resumes_after_a_broken_connection_and_starts_anew_without_a_session(fake: FakeDiscord) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    ann = fake.add_member(guild, "ann")
    async with living(fake) as bot:
        fake.gateway.drop()
        ann.post(channel, "missed")
        assert (await bot.hears("message")).content == "missed"
        assert (fake.gateway.resumed, fake.gateway.identified) == (1, 1)
        await fake.gateway.reconnect()
        await bot.hears("resumed")
        ann.post(channel, "between")
        assert (await bot.hears("message")).content == "between"
        await fake.gateway.invalidate(resumable=False)
        await bot.hears("ready")
        assert fake.gateway.identified == 2
        ann.post(channel, "after")
        assert (await bot.hears("message")).content == "after"


async def test_it_hears_what_happens_to_what_it_never_saw(fake: FakeDiscord) -> None:
    guild = fake.add_guild()
    channel = fake.add_channel(guild, "help")
    forum = fake.add_channel(guild, "forum", Kind.FORUM, tags=["bug"])
    ann, owner = fake.add_member(guild, "ann"), fake.owner_of(guild)
    first, second, third = (ann.post(channel, str(number)) for number in range(3))
    async with living(fake) as bot:
        ann.edit(first, "changed")
        assert (await bot.hears("raw_message_edit")).message.content == "changed"
        ann.react(first, "👍")
        assert (await bot.hears("raw_reaction_add")).member.name == "ann"
        owner.delete(first)
        assert (await bot.hears("raw_message_delete")).message_id == first.id
        owner.delete(second, third)
        assert (await bot.hears("raw_bulk_message_delete")).message_ids == {second.id, third.id}
        ann.ask_poll(channel, "Tea?", "yes")
        assert (await bot.hears("message")).poll.question == "Tea?"
        post = ann.forum_post(forum, "It broke", "Help!", tags=["bug"])
        created = await bot.hears("thread_create")
        assert (created.id, [tag.name for tag in created.applied_tags]) == (post.id, ["bug"])
        assert (await bot.hears("message")).channel == created
        owner.change_thread(post.channel, archived=True)
        assert (await bot.hears("thread_update")).id == post.id
        fake.add_webhook(channel, "news")
        ann.dm("psst")
        assert isinstance((await bot.hears("message")).channel, discord.DMChannel)
        fake.add_member(guild, "bob")
        assert (await bot.hears("member_join")).name == "bob"
        fake.set_bot_permissions(guild, BOT & ~P.SEND_MESSAGES)
        await bot.hears("guild_role_update")
        owner.delete_channel(channel)
        assert (await bot.hears("guild_channel_delete")).name == "help"
        fake.kick_bot(guild)
        await bot.hears("guild_remove")
        fake.invite_bot(guild)
        assert (await bot.hears("guild_join")).name == "Community"


async def test_it_waits_for_a_limit_and_tries_a_failure_again(fake: FakeDiscord) -> None:
    channel = fake.add_channel(fake.add_guild(), "help")
    async with living(fake) as bot:
        place: Any = bot.get_channel(channel.id)
        fake.limits.exhaust("POST /channels/*/messages", retry_after=0.05)
        await place.send("after a wait")
        fake.faults.fail("POST /channels/*/messages", 502, after=True)
        await place.send("once", nonce="n1")
        assert [one.content for one in fake.messages(channel)] == ["after a wait", "once"]
        fake.faults.fail("POST /channels/*/messages", 403, code=50013)
        with pytest.raises(discord.Forbidden):
            await place.send("no")
        fake.faults.drop("POST /channels/*/messages")
        with pytest.raises(aiohttp.ClientError):
            await place.send("lost")


async def test_privileges_are_asked_for(fake: FakeDiscord) -> None:
    fake.allow(0)  # type: ignore[arg-type]
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with living(fake):
            pass
