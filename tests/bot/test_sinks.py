"""Mail and webhooks through the real delivery, store and servers: crashes, retries, refusals, settled questions."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from escalation.question import State
from escalation.store import Database
from escalation.store.outbox import Stage
from tests.bot.sink_world import ANA, SinkWorld
from tests.delivery.world import ANSWER
from tests.fakes.hook import Answer, Receiver, receiver
from tests.fakes.notifier import Crash
from tests.fakes.smtp import Post, post_office


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with post_office() as one:
        yield one


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiver() as one:
        yield one


@pytest.fixture
def mail(sqlite_database: Database, post: Post) -> SinkWorld:
    return SinkWorld(sqlite_database, post=post)


@pytest.fixture
def web(sqlite_database: Database, hook: Receiver) -> SinkWorld:
    return SinkWorld(sqlite_database, hook=hook)


async def dies(world: SinkWorld) -> None:
    world.sink.armed = True
    with pytest.raises(Crash):
        await world.deliver()
    world.restart()


# -- mail


async def test_a_mail_whose_sender_died_goes_out_again_under_the_same_id(mail: SinkWorld, post: Post) -> None:
    await mail.due()
    await dies(mail)
    await mail.deliver(minutes=1)
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"] == (await mail.row()).sent_message_id
    assert (await mail.row()).state is Stage.SENT


async def test_a_mail_whose_answer_was_lost_is_not_held_for_ever(mail: SinkWorld, post: Post) -> None:
    post.answers.append("")
    await mail.due()
    await mail.deliver()
    assert (await mail.row()).state is Stage.PENDING
    await mail.deliver(seconds=2)
    assert len({one["Message-ID"] for one in post.mails}) == 1
    assert ((await mail.row()).state, len(post.raw)) == (Stage.SENT, 2)


async def test_a_greylisted_mail_goes_out_once_and_the_next_step_counts_from_then(mail: SinkWorld, post: Post) -> None:
    post.answers.extend(["451 4.7.1 greylisted", "451 4.7.1 greylisted"])
    key = await mail.due()
    await mail.deliver()
    await mail.deliver(seconds=2)
    assert post.raw == []
    assert (await mail.question(key)).due_at is None
    await mail.deliver(minutes=5)
    assert len(post.raw) == 1
    await mail.run(9)
    assert mail.notifier.cards == []
    await mail.run(1)
    assert mail.card().place == "leads"


async def test_a_mailbox_that_refuses_is_told_to_the_moderators_with_what_to_do(mail: SinkWorld, post: Post) -> None:
    post.refuses[ANA] = "550 5.1.1 no such user"
    await mail.due()
    await mail.deliver()
    (alarm,) = [card for card in mail.notifier.cards if card.place == "mods"]
    assert f"mail:{ANA} for support: localhost:{post.port}: 550" in alarm.page.why[-1]
    assert f"check that the address {ANA} exists and takes mail" in alarm.page.why[-1]
    assert (await mail.row()).state is Stage.FAILED


async def test_a_question_that_was_settled_before_the_retry_is_not_mailed(mail: SinkWorld, post: Post) -> None:
    post.answers.append("451 later")
    key = await mail.due()
    await mail.deliver()
    assert await mail.claim(key)
    await mail.deliver(minutes=30)
    assert (post.raw, (await mail.row()).state) == ([], Stage.CANCELLED)


async def test_a_question_that_is_claimed_while_its_mail_is_taken_gets_its_news_at_once(
    mail: SinkWorld, post: Post
) -> None:
    key = await mail.due()

    async def claims() -> None:
        post.taken = None
        assert await mail.claim(key, "ben")

    post.taken = claims
    await mail.deliver()
    page, news = post.mails
    assert news["In-Reply-To"] == page["Message-ID"]
    assert "claimed by ben" in post.raw[1].decode()


async def test_only_news_that_settle_are_mailed_and_to_each_address_once(mail: SinkWorld, post: Post) -> None:
    mail.teams["leads"] = mail.teams["support"]
    key = await mail.due()
    await mail.run(11)
    assert len(post.raw) == 2, "both steps reach the same mailbox"
    await mail.say("a1", ANSWER, to="q1")
    await mail.tick(seconds=1)
    assert len(post.raw) == 2, "an answer that may be wrong settles nothing"
    await mail.claim(key, "ben")
    await mail.tick(seconds=1)
    assert [one["Subject"][:4] for one in post.mails] == ["unan", "unan", "Re: "]
    await mail.desk.resolve("acme", key, "ben", mail.clock.now)
    await mail.tick(seconds=1)
    assert len(post.raw) == 4
    assert len({one["Message-ID"] for one in post.mails}) == 4
    assert len({one["References"].split()[0] for one in post.mails}) == 1


async def test_a_deleted_question_is_told_without_its_words(mail: SinkWorld, post: Post) -> None:
    await mail.due()
    await mail.deliver()
    await mail.delete("q1")
    await mail.tick(seconds=1)
    assert post.mails[1]["Subject"] == "Re: unanswered: (deleted)"
    assert b"password" not in post.raw[1]


# -- webhooks


async def test_a_message_whose_sender_died_comes_again_under_the_same_id(web: SinkWorld, hook: Receiver) -> None:
    await web.due()
    await dies(web)
    await web.deliver(minutes=1)
    assert (len(hook.got), len(hook.pages)) == (2, 1)
    assert hook.got[0].raw == hook.got[1].raw
    assert (await web.row()).sent_message_id == hook.got[0].id


async def test_a_message_whose_answer_was_lost_comes_again_under_the_same_id(web: SinkWorld, hook: Receiver) -> None:
    hook.answers.append(Answer(lost=True))
    await web.due()
    await web.deliver()
    await web.deliver(seconds=2)
    assert (len(hook.got), len(hook.pages)) == (2, 1)
    assert (await web.row()).state is Stage.SENT


async def test_a_receiver_gets_the_patience_it_asks_for(web: SinkWorld, hook: Receiver) -> None:
    hook.answers.append(Answer(429, headers={"Retry-After": "120"}))
    await web.due()
    await web.deliver()
    await web.deliver(seconds=119)
    assert len(hook.requests) == 1
    await web.deliver(seconds=1)
    assert len(hook.pages) == 1


async def test_a_webhook_that_is_gone_is_told_to_the_moderators(web: SinkWorld, hook: Receiver) -> None:
    hook.always = Answer(410)
    await web.due()
    await web.deliver()
    (alarm,) = [card for card in web.notifier.cards if card.place == "mods"]
    assert "webhook crm: answers 410: it is gone for good" in alarm.page.why[-1]


async def test_a_receiver_that_is_down_gets_nothing_of_a_settled_question(web: SinkWorld, hook: Receiver) -> None:
    hook.always = Answer(502)
    key = await web.due()
    await web.deliver()
    assert await web.claim(key)
    hook.always = Answer()
    await web.deliver(minutes=30)
    assert (hook.got, (await web.row()).state) == ([], Stage.CANCELLED)


async def test_an_answer_claims_and_the_update_says_so_at_once(web: SinkWorld, hook: Receiver) -> None:
    hook.always = Answer(200, b'{"claim": "Ana"}')
    key = await web.due()
    await web.deliver()
    question = await web.question(key)
    assert (question.state, question.assignee) == (State.ACKNOWLEDGED, "Ana")
    assert (await web.row()).state is Stage.SENT
    (update,) = hook.updates
    assert (update.data["id"], update.data["status"], update.data["state"]) == (
        hook.pages[0].id, "claimed by Ana", "acknowledged",
    )  # fmt: skip
    await web.run(30)
    assert web.notifier.cards == [], "a claimed question climbs no further"


async def test_a_claim_survives_a_crash_before_the_record(web: SinkWorld, hook: Receiver) -> None:
    hook.always = Answer(200, b'{"claim": "Ana"}')
    key = await web.due()
    await dies(web)
    assert (await web.question(key)).assignee == "Ana"
    await web.deliver(minutes=1)
    assert (len(hook.got), (await web.row()).state) == (1, Stage.CANCELLED)


async def test_a_claim_whose_answer_was_lost_comes_with_the_repetition(web: SinkWorld, hook: Receiver) -> None:
    hook.answers.append(Answer(lost=True))
    hook.always = Answer(200, b'{"claim": "Ana"}')
    key = await web.due()
    await web.deliver()
    assert (await web.question(key)).state is State.ESCALATED
    await web.deliver(seconds=2)
    assert ((await web.question(key)).assignee, len(hook.pages)) == ("Ana", 1)


async def test_an_answer_that_comes_too_late_claims_nothing(web: SinkWorld, hook: Receiver) -> None:
    key = await web.due()

    async def somebody_is_faster(_message: object) -> None:
        hook.taken = None
        assert await web.claim(key, "ben")

    hook.taken = somebody_is_faster
    hook.always = Answer(200, b'{"claim": "Ana"}')
    await web.deliver()
    assert (await web.question(key)).assignee == "ben"
    assert [one.data["status"] for one in hook.updates] == ["claimed by ben"]


async def test_every_change_of_a_card_is_an_update_with_an_id_of_its_own(web: SinkWorld, hook: Receiver) -> None:
    key = await web.due()
    await web.deliver()
    await web.say("a1", ANSWER, to="q1")
    await web.tick(seconds=1)
    await web.claim(key, "ben")
    await web.tick(seconds=1)
    await web.delete("q1")
    await web.tick(seconds=1)
    told = [one.data for one in hook.updates]
    assert [one["state"] for one in told] == ["escalated", "acknowledged", "closed"]
    assert told[-1]["question"] is None
    assert len({one.id for one in hook.got}) == 4
    assert {one["id"] for one in told} == {hook.pages[0].id}


async def test_an_update_that_was_refused_for_now_is_repeated_under_its_id(web: SinkWorld, hook: Receiver) -> None:
    key = await web.due()
    await web.deliver()
    await web.claim(key, "ben")
    hook.answers.append(Answer(lost=True))
    await web.deliver()
    await web.deliver(seconds=2)
    first, second = hook.updates
    assert (first.id, first.raw) == (second.id, second.raw)
