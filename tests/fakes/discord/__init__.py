"""A fake Discord on loopback: REST and gateway websocket, for a real client to live on.

    async with FakeDiscord() as fake:
        guild = fake.add_guild("Community")
        staff = fake.add_role(guild, "Staff", mentionable=True)
        help_ = fake.add_channel(guild, "help")
        ann, sam = fake.add_member(guild, "ann"), fake.add_member(guild, "sam", staff)
        with pointed_at(fake):                                  # tests.fakes.discord.pointing: for discord.py
            ...  start the bot with fake.token; a plain client uses fake.url and fake.gateway.url
        question = ann.post(help_, "How do I ...?")             # also reply, edit, delete, react, start_thread,
        page = fake.by_bot(help_)[-1]                           # forum_post, ask_poll, attach, forward, dm
        assert fake.pinged(page) == {"sam"}                     # who is really pinged, by any version of it
        answer = await sam.press(page, "Claim")                 # custom_id, label or emoji; choose, slash,
        answer.content, answer.ephemeral, answer.failed         # type_in, message_menu, user_menu, submit
        form = await sam.press(page, "Note")
        await (await sam.submit(form, {"Why": "..."})).settled()    # settled: a deferred answer is there
        await fake.forge(Did.COMPONENT, sam.user, help_, {...})     # what no client would send (or forged=True)

Time: `FakeDiscord(clock=Clock.standing(at))` and `fake.clock.move(minutes=20)` decide ids, nonces (300 s), the 3 s
and 15 min of interactions, the Date header; `fake.archive_the_quiet()` archives threads by it. Rate limits and
heartbeats run on the real clock.
Limits: wide open by default; `limits=Limits.real()`, or `fake.limits.exhaust("POST /channels/*/messages")` for 429s.
Faults: `fake.faults.fail("POST /channels/*/messages", 502, after=True)`, `drop`, `delay`, `hold`. Gateway:
`fake.gateway.drop(resumable=...)`, `close(code)`, `reconnect()`, `invalidate(...)`, `lose(n)`, `duplicate(n)`,
`reorder(n)`, `pause()`, `unpause()`. Outside: `fake.kick_bot`, `invite_bot`, `set_bot_permissions`, `set_available`,
`reset_token`.
Looking: `fake.messages(channel)`, `threads(channel)`, `message.versions`, `ephemeral_for(user)`, `fake.rest.asked`,
`fake.rest.counts`, `fake.html()`, and `fake.page_url` in a browser.
`await fake.until(lambda: page.content == "Claimed")` waits for what comes later.
All that is said is held against Discord's OpenAPI document if it lies beside the data; what does not fit, and what
was asked for and is not known here, is raised on exit (`fake.violations`). `validate=False` for load.
The world tells events when things happen, in order, before the REST answer that caused them.
"""

from tests.fakes.discord.clock import Clock
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.fake import FakeDiscord
from tests.fakes.discord.hands import Answer
from tests.fakes.discord.intents import Intent
from tests.fakes.discord.interactions import Did, Reply
from tests.fakes.discord.kinds import Kind
from tests.fakes.discord.limits import Limits
from tests.fakes.discord.people import Person
from tests.fakes.discord.permissions import BOT, MEMBER, P
from tests.fakes.discord.state import Channel, Guild, Message, Role, User, Webhook

__all__ = [
    "BOT",
    "MEMBER",
    "Answer",
    "ApiError",
    "Channel",
    "Clock",
    "Did",
    "FakeDiscord",
    "Guild",
    "Intent",
    "Kind",
    "Limits",
    "Message",
    "P",
    "Person",
    "Reply",
    "Role",
    "User",
    "Webhook",
]
