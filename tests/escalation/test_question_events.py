"""What happens to questions as time passes: behaviour, told as stories. story.py says how to read them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from escalation.errors import InputError, StoreUnavailable
from escalation.events import (
    Deletion,
    Edit,
    Event,
    Lock,
    Message,
    MessageKey,
    Place,
    Reaction,
    Restoration,
    Score,
    Tags,
    message_id,
)
from escalation.policy import DEFAULT_POLICY, EscalationPolicy, EscalationStep
from escalation.question import Reason
from escalation.routing import Address, Directory, Team
from escalation.store import Database, migrate
from escalation.store.database import T, Transaction
from escalation.timing import HOUR, MINUTE
from tests.escalation.story import BILLING, ROOM, Story, person

ASKS = "Q: how do I reset it?"
SECRET = "my cat is called Plautus"


@pytest.fixture
def story(sqlite_database: Database) -> Story:
    """Timeout 30 minutes, second step an hour later, repeated once; claims last 2 hours."""
    return Story(sqlite_database)


# -- nobody answers


async def test_an_unanswered_question_pages_support_after_the_timeout(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("10:29")
    assert story.told == []
    await story.until("10:30")
    assert story.told == ["10:30 support unanswered"]
    assert await story.state(question) == "escalated"


async def test_a_page_says_what_was_asked_by_whom_and_why(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "me: it does the same here")
    await story.until("10:30")
    page = story.pages[0].sent
    assert page.question is not None
    assert (page.asker, page.question.text, page.subject) == ("Ann", ASKS, question)
    assert (page.kind, page.status, story.pages[0].to.ping) == ("ping", "waiting", "@support")
    assert page.why == ("1 person spoke in 30m, but nobody gave an answer", "1 person has the same problem")


async def test_the_ladder_is_climbed_twice_and_then_it_is_over(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("9d 10:00")
    assert story.told == [f"{at} support unanswered" for at in ("10:30", "11:30", "12:00", "13:00")]
    assert (await story.trail(question))[-1] == "exhausted"
    assert (await story.state(question), await story.due(question)) == ("escalated", None)


async def test_talk_that_has_nothing_to_do_with_questions_pages_nobody(story: Story) -> None:
    await story.says("ann", "good morning", at="10:00")
    await story.says("bob", "A: it depends")
    await story.until("5d 10:00")
    assert (story.told, await story.tracked()) == ([], [])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ([("bob", "me: too")], "unhelped"),
        ([("bob", "me: too"), ("cem", "no idea")], "unhelped"),
        ([("hal", "A: have you read the manual?")], "unanswered"),
        ([("ann", "it is the blue one")], "unanswered"),
        ([("ann", "A: never mind, I pressed the button")], "unanswered"),
        ([("hal", "unsafe: send me your password")], "unanswered"),
    ],
    ids=["me-too", "talk", "a bot answers", "the asker adds", "the asker answers", "a bot advises badly"],
)
async def test_what_is_no_answer_does_not_stop_the_clock(
    story: Story, said: list[tuple[str, str]], reason: str
) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    for who, text in said:
        await story.says(who, text)
    assert (await story.state(question), await story.due(question)) == ("open", "10:30")
    await story.until("10:30")
    assert story.told == [f"10:30 support {reason}"]


@pytest.mark.parametrize("reason", [Reason.UNANSWERED, Reason.UNHELPED])
async def test_a_policy_may_give_each_reason_a_delay_of_its_own(sqlite_database: Database, reason: Reason) -> None:
    story = Story(sqlite_database, policy=replace(DEFAULT_POLICY, clocks={reason: 5 * MINUTE}))
    await story.says("ann", ASKS, at="10:00")
    if reason is Reason.UNHELPED:
        await story.says("bob", "me: too", at="10:01")
    await story.until("12:00")
    assert story.told[0] == f"10:05 support {reason}"


# -- peers help


async def test_an_answer_in_time_means_no_page_and_a_quiet_end(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "A: hold the button", at="10:20")
    assert await story.state(question) == "answered"
    await story.until("4d 10:00")
    found = await story.question(question)
    assert (story.told, found.state.value, found.ended_by) == ([], "closed", "quiet")
    assert (found.answers, found.first_answer) == (1, ROOM.message("m2"))


async def test_asking_back_stops_the_clock_until_it_is_abandoned(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "?: which model is it", at="10:10")
    await story.until("3d 10:09")
    assert (story.told, await story.state(question)) == ([], "engaged")
    await story.until("3d 10:10")
    found = await story.question(question)
    assert (story.told, found.state.value, found.ended_by) == ([], "closed", "abandoned")


async def test_an_asker_who_replies_to_a_question_back_starts_the_clock_anew(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "?: which model is it", at="10:10")
    await story.says("ann", "the blue one", at="15:00")
    assert (await story.state(question), await story.due(question)) == ("open", "15:30")
    await story.until("15:30")
    assert story.told == ["15:30 support stalled"]


@pytest.mark.parametrize(
    ("who", "text", "told"),
    [
        ("ann", "no: it still blinks", "10:35 support answer_failed"),
        ("cem", "wrong: that wipes it", "10:35 support answer_disputed"),
        ("cem", "unsafe: send me your password", "10:20 support unsafe_answer"),
    ],
)
async def test_an_answer_that_is_wrong_brings_the_company(story: Story, who: str, text: str, told: str) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "A: hold the button", at="10:10")
    await story.says(who, text, at="10:20")
    assert await story.state(question) == "contested"
    await story.until("10:40")
    assert story.told == [told]
    assert text in [quote.text for quote in story.pages[0].sent.evidence]


async def test_another_answer_settles_a_doubt(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "A: hold the button", at="10:10")
    await story.says("ann", "no: it still blinks", at="10:20")
    await story.says("cem", "A: the other button", at="10:30")
    await story.until("11:00")
    assert (story.told, await story.state(question)) == ([], "answered")


async def test_unsafe_advice_pages_at_once_under_every_policy(sqlite_database: Database) -> None:
    story = Story(sqlite_database, policy=EscalationPolicy("plain", (EscalationStep(HOUR, ("team:support",)),)))
    await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "unsafe: send me your password", at="10:10")
    await story.until("12:00")
    assert story.told[0] == "10:10 support unsafe_answer"


async def test_the_asker_confirms(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "A: hold the button", at="10:10")
    await story.says("ann", "thx: that did it", at="10:20")
    await story.until("5d 10:00")
    assert (story.told, await story.state(question)) == ([], "resolved")


async def test_thanks_of_somebody_else_confirm_nothing(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "thx: good question", at="10:10")
    assert await story.state(question) == "open"


async def test_a_second_member_asking_in_the_same_room_has_a_question_of_his_own(story: Story) -> None:
    first = await story.says("ann", ASKS, at="10:00")
    second = await story.says("bob", "Q: why is it red?", at="10:05")
    await story.says("cem", "A: hold the button", at="10:10", to=first)
    await story.until("10:35")
    assert [card.sent.subject for card in story.pages] == [second]


# -- the same person repeats the question


async def test_repeats_by_the_same_person_are_one_question(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    again = await story.says("ann", ASKS.upper(), at="10:20")
    await story.until("10:59")
    assert await story.tracked() == [question]
    assert story.told == ["10:30 support unanswered"]
    await story.says("bob", "A: hold the button", at="11:00", to=again)
    assert (await story.question(question)).answers == 1


async def test_the_same_words_of_another_person_are_another_question(story: Story) -> None:
    first = await story.says("ann", ASKS, at="10:00")
    second = await story.says("bob", ASKS, at="10:05")
    assert await story.tracked() == [first, second]


async def test_a_repeat_after_the_end_is_a_new_question(story: Story) -> None:
    first = await story.says("ann", ASKS, at="10:00")
    await story.says("ann", "thx: found it", at="10:10", to=first)
    second = await story.says("ann", ASKS, at="11:00")
    assert await story.tracked() == [first, second]


# -- staff, moderators, bots


async def test_an_answer_of_staff_closes_the_question(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("sam", "A: hold the button", at="10:10")
    await story.until("5d 10:00")
    found = await story.question(question)
    assert (story.told, found.state.value, found.ended_by) == ([], "closed", "staff")


async def test_staff_asking_back_stops_the_clock(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("sam", "?: which model is it", at="10:10")
    await story.until("11:00")
    assert (story.told, await story.state(question)) == ([], "engaged")


async def test_staff_asking_back_after_the_page_has_claimed_it(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("sam", "?: which model is it", at="10:40")
    await story.until("11:40")
    found = await story.question(question)
    assert (found.state.value, found.assignee) == ("acknowledged", "sam")
    assert story.told == ["10:30 support unanswered"]
    assert story.pages[0].page.status == "claimed by sam"


async def test_staff_has_no_questions_that_page_staff(story: Story) -> None:
    await story.says("sam", ASKS, at="10:00")
    await story.says("hal", ASKS, at="10:01")
    assert await story.tracked() == []


@pytest.mark.parametrize(("are_staff", "state"), [(False, "answered"), (True, "closed")])
async def test_moderators_are_peers_unless_settings_say_otherwise(
    sqlite_database: Database, are_staff: bool, state: str
) -> None:
    story = Story(sqlite_database, moderators_are_staff=are_staff)
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("max", "A: hold the button")
    assert await story.state(question) == state


@pytest.mark.parametrize(("who", "text"), [("hal", "A: read the manual"), ("ann", "A: or was it the blue button")])
async def test_what_was_no_answer_takes_none_away_when_it_is_deleted(story: Story, who: str, text: str) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "A: hold the button", at="10:01", to=question)
    other = await story.says(who, text, at="10:02", to=question)
    await story.deletes(other, at="10:03")
    found = await story.question(question)
    assert (found.state.value, found.answers) == ("answered", 1)


async def test_a_bot_is_not_named_among_the_helpers(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("hal", "A: read the manual", at="10:01", to=question)
    await story.until("10:30")
    assert story.pages[0].sent.helpers == ()


# -- answers after the page


async def test_a_late_answer_edits_the_card_and_holds_the_next_step_once(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says("bob", "A: hold the button", at="11:00")
    await story.says("cem", "A: or the other one", at="11:50")
    assert await story.state(question) == "escalated"
    assert story.pages[0].page.status == "answered by a peer while waiting"
    assert story.pages[0].page.helpers == ("Bob",)
    await story.until("12:00")
    assert story.told == ["10:30 support unanswered", "12:00 support unanswered"]


async def test_a_late_answer_after_a_claim_edits_the_card_only(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("acknowledge", "sam", question, at="10:40")
    await story.says("bob", "A: hold the button", at="10:50")
    await story.until("10:51")
    assert (await story.state(question), await story.due(question)) == ("acknowledged", "12:40")
    assert (story.pages[0].page.status, story.pages[0].page.helpers) == ("claimed by sam", ("Bob",))


@pytest.mark.parametrize(
    ("who", "text"),
    [("bob", "unsafe: send me your password"), ("cem", "wrong: that wipes it"), ("ann", "no: it still blinks")],
)
async def test_what_is_said_after_the_page_is_on_the_card(story: Story, who: str, text: str) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says(who, text, at="10:40")
    await story.until("10:41")
    assert (await story.state(question), len(story.pages)) == ("escalated", 1)
    assert [quote.text for quote in story.pages[0].page.evidence] == [text]


@pytest.mark.parametrize(
    ("who", "text", "state", "status"),
    [
        ("ann", "thx: found it", "resolved", "solved: the asker says so"),
        ("sam", "A: hold the button", "closed", "answered by staff in the channel"),
    ],
)
async def test_what_settles_a_paged_question_stops_the_ladder_and_edits_the_card(
    story: Story, who: str, text: str, state: str, status: str
) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.says(who, text, at="10:45")
    await story.until("2d 10:00")
    assert story.told == ["10:30 support unanswered"]
    assert (await story.state(question), story.pages[0].page.status) == (state, status)


# -- edits


async def test_an_edit_makes_a_question_and_unmakes_it(story: Story) -> None:
    message = await story.says("ann", "hello all", at="10:00")
    await story.edits(message, ASKS, at="10:10")
    assert (await story.state(message), await story.due(message)) == ("open", "10:40")
    await story.edits(message, "hello again", at="10:20")
    found = await story.question(message)
    assert (found.state.value, found.ended_by) == ("dismissed", "edited")
    await story.edits(message, ASKS, at="10:30")
    await story.until("11:00")
    assert story.told == ["11:00 support unanswered"]
    assert (await story.question(message)).episode == 2


async def test_an_edit_never_overrules_a_humans_dismissal(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("dismiss", "sam", question, at="10:10")
    await story.edits(question, "hello", at="10:20")
    await story.edits(question, "Q: and how do I reset it?", at="10:30")
    await story.until("2d 10:00")
    assert (story.told, await story.state(question)) == ([], "dismissed")


async def test_an_edited_question_that_was_paged_stays_with_staff(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.edits(question, "hello", at="10:40")
    assert await story.state(question) == "escalated"


@pytest.mark.parametrize("text", ["hm, no", "Q: or how do you do it?"], ids=["talk", "a question of its own"])
async def test_an_answer_edited_into_something_else_is_withdrawn(story: Story, text: str) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10", to=question)
    await story.edits(answer, text, at="10:20")
    assert (await story.state(question), await story.due(question)) == ("open", "10:50")
    await story.until("10:50")
    assert story.told[0].startswith("10:50 support")


async def test_talk_edited_into_an_answer_is_one(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    message = await story.says("bob", "hm, wait", at="10:10", to=question)
    await story.edits(message, "A: hold the button", at="10:20")
    await story.until("11:00")
    assert (story.told, await story.state(question)) == ([], "answered")


async def test_of_two_edits_the_newer_one_stands_in_whatever_order_they_come(story: Story) -> None:
    message = await story.says("ann", "hello", at="10:00")
    newer, older = (
        Edit(place=ROOM, id=message_id(message), at=story.time(at), text=text)
        for at, text in (("10:10", "hello all"), ("10:05", ASKS))
    )
    await story.hears(newer)
    assert (await story.hears(older)).ignored == "older than what is known"
    assert await story.tracked() == []


# -- deletions


async def test_deletion_closes_the_question_and_nobody_is_told(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.deletes(question, at="10:20")
    await story.until("2d 10:00")
    found = await story.question(question)
    assert (story.told, found.state.value, found.ended_by) == ([], "closed", "deleted")


async def test_deletion_erases_the_words_everywhere_and_from_the_card(story: Story) -> None:
    question = await story.says("ann", f"Q: {SECRET}?", at="10:00", title=SECRET, attachments=(SECRET,))
    await story.until("10:35")
    assert {"messages.text", "outbox.payload"} <= set(await story.holding(SECRET))
    await story.deletes(question, at="10:40")
    await story.until("10:40")
    assert await story.holding(SECRET) == []
    assert story.pages[0].page.question is None
    assert story.pages[0].page.status == "deleted by its author or a moderator"


async def test_a_deleted_answer_is_erased_from_the_evidence(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", f"A: {SECRET}", at="10:05", to=question)
    await story.says("ann", "no: it still blinks", at="10:06")
    await story.until("10:25")
    assert {"memberships.reasons", "messages.text", "outbox.payload"} <= set(await story.holding(SECRET))
    await story.deletes(answer, at="10:30")
    await story.until("10:30")
    assert await story.holding(SECRET) == []
    assert [quote.text for quote in story.pages[0].page.evidence] == ["no: it still blinks"]


async def test_a_page_that_waits_to_be_sent_dies_with_its_message(story: Story) -> None:
    story.pager.down = {"support"}
    question = await story.says("ann", f"Q: {SECRET}?", at="10:00")
    await story.until("10:31")
    await story.deletes(question, at="10:40")
    assert await story.holding(SECRET) == []
    story.pager.down.clear()
    await story.until("12:00")
    assert story.told == []


async def test_words_deleted_while_the_page_is_being_sent_are_erased_after_it(story: Story) -> None:
    question = await story.says("ann", f"Q: {SECRET}?", at="10:00")
    story.pager.meanwhile = lambda: story.desk.observe(_deletion(story, question))
    await story.until("10:31")
    assert story.pages[0].page.question is None
    assert await story.holding(SECRET) == []


async def test_an_answer_deleted_while_the_page_is_being_sent_is_erased_after_it(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", f"A: {SECRET}", at="10:05", to=question)
    await story.says("ann", "no: it still blinks", at="10:06")
    story.pager.meanwhile = lambda: story.desk.observe(_deletion(story, answer))
    await story.until("10:22")
    assert SECRET not in str(story.pages[0].page)
    assert await story.holding(SECRET) == []


async def test_a_page_of_unknown_fate_does_not_bring_deleted_words_back(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", f"A: {SECRET}", at="10:05", to=question)
    await story.says("ann", "no: it still blinks", at="10:06")
    story.pager.mute = story.pager.blind = True
    await story.until("10:21")
    await story.deletes(answer, at="10:22")
    story.pager.mute = story.pager.blind = False
    await story.until("10:30")
    assert len(story.pages) == 1
    assert SECRET not in str(story.pages[0].page)
    assert await story.holding(SECRET) == []


async def test_deleted_words_vanish_from_the_moderators_alarm_too(story: Story) -> None:
    story.pager.refuses = {"support"}
    question = await story.says("ann", f"Q: {SECRET}?", at="10:00")
    await story.until("10:30")
    assert [card.to.place for card in story.pages] == ["moderators"]
    await story.deletes(question, at="10:40")
    await story.until("10:41")
    assert story.pages[0].page.question is None


async def test_deleted_words_vanish_from_the_quarantine_too(story: Story) -> None:
    message = await story.says("ann", f"boom: {SECRET}", at="10:00")
    assert await story.holding(SECRET) == ["quarantine.event"]
    await story.deletes(message, at="10:10")
    assert await story.holding(SECRET) == []


async def test_a_restored_question_waits_again(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.deletes(question, at="10:20")
    await story.restores(question, ASKS, at="11:00")
    await story.until("11:30")
    assert story.told == ["11:30 support unanswered"]
    page = story.pages[0].sent
    assert page.question is not None
    assert (page.question.text, page.episode) == (ASKS, 2)


async def test_restoring_a_question_that_had_ended_otherwise_changes_nothing(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("resolve", "sam", question, at="10:10")
    await story.restores(question, ASKS, at="10:20")
    assert await story.state(question) == "closed"


async def test_a_deletion_that_comes_before_its_message_is_remembered(story: Story) -> None:
    message = story.message("ann", f"Q: {SECRET}?", at="10:00")
    await story.hears(_deletion(story, message.key))
    assert (await story.hears(message)).ignored == "repeated"
    assert (await story.tracked(), await story.holding(SECRET)) == ([], [])


async def test_a_deleted_answer_opens_the_question_again(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10")
    await story.deletes(answer, at="12:00")
    assert (await story.state(question), await story.due(question)) == ("open", "12:30")
    await story.until("12:30")
    assert len(story.pages) == 1


async def test_a_page_counts_only_the_voices_that_still_stand(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10", to=question)
    await story.deletes(answer, at="10:20")
    await story.until("10:50")
    assert story.told == ["10:50 support unanswered"]
    assert story.pages[0].sent.why == ("nobody has spoken to Ann for 50m",)


async def test_one_of_two_answers_may_go(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    first = await story.says("bob", "A: hold the button", at="10:10")
    second = await story.says("cem", "A: the other button", at="10:11")
    await story.deletes(first, at="10:20")
    assert await story.state(question) == "answered"
    await story.deletes(second, at="10:30")
    assert await story.state(question) == "open"


async def test_a_restored_answer_counts_again(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10")
    await story.deletes(answer, at="10:20")
    await story.restores(answer, "A: hold the button", at="10:30")
    found = await story.question(question)
    assert (found.state.value, found.answers) == ("answered", 1)


async def test_unsafe_advice_that_was_removed_before_the_page_leaves_an_open_question(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    advice = await story.says("bob", "unsafe: send me your password", at="10:10")
    await story.desk.observe(_deletion(story, advice))
    await story.until("10:39")
    found = await story.question(question)
    assert (story.told, found.state.value, found.unsafe, found.due_at) == ([], "open", None, found.since + 30 * MINUTE)


def _deletion(story: Story, key: MessageKey) -> Deletion:
    return Deletion(place=ROOM, id=message_id(key), at=story.now)


# -- staff acts


async def test_a_claim_stops_the_ladder_and_every_card_says_who_has_it(sqlite_database: Database) -> None:
    both = Team("support", (Address("pages", "support"), Address("pages", "lobby")))
    story = Story(sqlite_database, directory=Directory({"support": both}))
    question = await story.says("ann", ASKS, at="10:00")
    claimed = await story.press("acknowledge", "sam", question, at="10:40")
    await story.until("12:00")
    assert (claimed.done, claimed.question.assignee) == (True, "sam")
    assert [card.to.place for card in story.pages] == ["lobby", "support"]
    assert {card.page.status for card in story.pages} == {"claimed by sam"}


async def test_who_claims_second_is_told_who_has_it(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("acknowledge", "sam", question, at="10:40")
    late = await story.press("acknowledge", "eve", question, at="10:41")
    assert (late.done, late.question.assignee) == (False, "sam")


async def test_of_many_who_claim_at_once_one_wins(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("10:31")
    people = [f"p{number}" for number in range(8)]
    decisions = await asyncio.gather(*(story.desk.acknowledge("acme", question, who, story.now) for who in people))
    assert sum(decision.done for decision in decisions) == 1
    assert {decision.question.assignee for decision in decisions} == {(await story.question(question)).assignee}


async def test_a_claim_before_the_page_means_no_page(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("acknowledge", "sam", question, at="10:20")
    await story.until("12:19")
    assert story.told == []


async def test_a_claim_cancels_the_pages_that_wait(story: Story) -> None:
    """One that was tried is looked for first: it may have arrived although nobody said so."""
    story.pager.down = {"support"}
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("acknowledge", "sam", question, at="10:40")
    story.pager.down = set()
    await story.until("11:00")
    rows = (await story.dump("outbox"))["outbox"]
    assert [(row["target"], row["state"]) for row in rows if row["state"] != "expanded"] == [
        ("pages:support for support", "cancelled")
    ]
    assert story.pages == []


async def test_a_claim_while_the_page_is_being_sent_edits_the_card(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    story.pager.meanwhile = lambda: story.desk.acknowledge("acme", question, "sam", story.now)
    await story.until("10:31")
    assert [card.page.status for card in story.pages] == ["claimed by sam"]
    assert await story.due(question) == "12:30"


async def test_giving_a_claim_back_pages_again_at_once(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("acknowledge", "sam", question, at="10:40")
    await story.press("unclaim", "sam", question, at="10:50")
    await story.until("10:50")
    assert story.told == ["10:30 support unanswered", "10:50 support unanswered"]
    assert (await story.question(question)).assignee is None


async def test_a_forgotten_claim_goes_back_to_the_ladder_and_pages_again(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("acknowledge", "sam", question, at="10:40")
    await story.until("13:40")
    assert story.told == [f"{at} support unanswered" for at in ("10:30", "12:40", "13:40")]
    assert len({card.sent.key for card in story.pages}) == 3


async def test_a_snooze_is_silent_and_ends(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("snooze", "sam", question, at="10:40", until=story.time("1d 09:00"))
    await story.until("1d 08:59")
    assert len(story.told) == 1
    assert (await story.state(question), story.pages[0].page.status) == ("snoozed", "snoozed")
    await story.until("1d 09:00")
    assert story.told[1:] == ["1d 09:00 support unanswered"]


async def test_an_asker_who_adds_something_ends_the_snooze(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("snooze", "sam", question, at="10:40", until=story.time("1d 09:00"))
    await story.says("ann", "it burns", at="11:00", to=question)
    await story.until("11:00")
    assert story.told[1:] == ["11:00 support unanswered"]


@pytest.mark.parametrize("button", ["acknowledge", "snooze"])
async def test_a_page_claims_no_round_that_was_not(story: Story, button: str) -> None:
    """Somebody held it before any page went out, so nobody has passed over one."""
    question = await story.says("ann", ASKS, at="10:00")
    more = {"until": story.time("11:00")} if button == "snooze" else {}
    await story.press(button, "sam", question, at="10:10", **more)
    await story.until("12:10")
    assert not [line for line in story.pages[0].sent.why if "nobody took it before" in line]


@pytest.mark.parametrize("minutes", [0, -5])
async def test_a_snooze_into_the_past_is_refused(story: Story, minutes: int) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    with pytest.raises(InputError, match="that is not after"):
        await story.press("snooze", "sam", question, at="10:40", until=story.time("10:40") + timedelta(minutes=minutes))
    assert await story.state(question) == "escalated"


async def test_a_snooze_until_a_naive_time_is_refused(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    with pytest.raises(InputError, match="has no offset"):
        await story.press("snooze", "sam", question, at="10:40", until=story.time("11:00").replace(tzinfo=None))


async def test_wrong_team_pages_the_other_team_from_the_first_step_on(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("reroute", "sam", question, at="10:40", team="billing")
    await story.until("11:40")
    assert story.told[1:] == ["10:40 billing unanswered", "11:40 billing unanswered"]


async def test_an_unknown_team_is_refused_with_the_known_ones(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    with pytest.raises(InputError, match="team 'sales' is not known; there are: billing, support"):
        await story.press("reroute", "sam", question, at="10:40", team="sales")


@pytest.mark.parametrize(
    ("button", "state", "status"), [("resolve", "closed", "closed"), ("dismiss", "dismissed", "not a question")]
)
async def test_resolve_and_dismiss_end_it_and_edit_the_card(story: Story, button: str, state: str, status: str) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    assert (await story.press(button, "sam", question, at="10:40")).done
    assert not (await story.press(button, "eve", question, at="10:41")).done
    await story.until("2d 10:00")
    assert len(story.told) == 1
    assert (await story.state(question), story.pages[0].page.status) == (state, status)


async def test_a_reopened_question_is_a_new_episode_and_pages_again_under_a_new_key(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("resolve", "sam", question, at="10:40")
    await story.press("reopen", "sam", question, at="11:00")
    await story.until("11:15")
    assert story.told == ["10:30 support unanswered", "11:15 support answer_failed"]
    first, second = (card.sent for card in story.pages)
    assert (first.episode, second.episode) == (1, 2)
    assert first.key != second.key
    assert first.nonce != second.nonce


async def test_the_card_of_an_earlier_episode_stays_true(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("resolve", "sam", question, at="10:40")
    await story.press("reopen", "sam", question, at="11:00")
    await story.says("ann", "thx: that did it", at="11:05")
    await story.until("11:10")
    assert [card.page.status for card in story.pages] == ["solved: the asker says so"]


@pytest.mark.parametrize("tenant", ["umbrella", "discord/acme"])
async def test_nobody_acts_on_a_question_of_another_company(story: Story, tenant: str) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    with pytest.raises(InputError, match=f"no question {question} in {tenant}"):
        await story.desk.resolve(tenant, question, "eve", story.now)
    assert await story.state(question) == "open"


async def test_questions_of_a_room_that_is_no_longer_watched_close(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.desk.unwatch("acme", [question], story.time("10:10"))
    await story.until("2d 10:00")
    assert (story.told, (await story.question(question)).ended_by) == ([], "unwatched")


async def test_an_ignored_channel_is_not_read(sqlite_database: Database) -> None:
    story = Story(sqlite_database, ignored_channels=frozenset({"help"}))
    assert (await story.hears(story.message("ann", ASKS, at="10:00"))).ignored == "unwatched"
    assert (await story.dump("messages", "questions")) == {"messages": [], "questions": []}


# -- marks and tags


@pytest.mark.parametrize(
    ("emoji", "state", "told"),
    [
        ("✅", "resolved", []),
        ("✔️", "resolved", []),
        ("❌", "contested", ["10:35 support answer_failed"]),
        ("🎉", "answered", []),
    ],
)
async def test_the_askers_mark_on_an_answer_counts(story: Story, emoji: str, state: str, told: list[str]) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10")
    await story.reacts("ann", answer, emoji, at="10:20")
    assert await story.state(question) == state
    await story.until("11:00")
    assert story.told == told


@pytest.mark.parametrize("who", ["bob", "cem", "hal"])
async def test_marks_of_others_do_not_count(story: Story, who: str) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10")
    await story.reacts(who, answer, "✅", at="10:20")
    await story.reacts(who, question, "✅", at="10:21")
    assert await story.state(question) == "answered"


async def test_a_mark_that_is_taken_back_reopens_what_it_closed(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10")
    await story.reacts("ann", answer, "✅", at="10:20")
    await story.reacts("ann", answer, "✅", at="10:30", removed=True)
    assert await story.state(question) == "contested"
    await story.until("10:45")
    assert story.told == ["10:45 support answer_failed"]


async def test_marks_may_be_taken_back_more_than_once(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    first = await story.says("bob", "A: hold the button", at="10:10")
    second = await story.says("cem", "A: the other button", at="10:11")
    for answer, marked, taken in ((first, "10:20", "10:21"), (second, "10:22", "10:23")):
        await story.reacts("ann", answer, "✅", at=marked)
        assert await story.state(question) == "resolved"
        await story.reacts("ann", answer, "✅", at=taken, removed=True)
        assert await story.state(question) == "contested"


async def test_a_mark_taken_back_reopens_nothing_that_words_had_closed(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10")
    await story.says("ann", "thx: that did it", at="10:20")
    await story.reacts("ann", answer, "✅", at="10:30", removed=True)
    assert await story.state(question) == "resolved"


async def test_the_askers_mark_on_the_question_solves_it(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.reacts("ann", question, "✅", at="10:05")
    assert await story.state(question) == "resolved"


@pytest.mark.parametrize(("tags", "state"), [(("Solved",), "resolved"), (("urgent",), "open"), ((), "open")])
async def test_a_solved_tag_solves_it(story: Story, tags: tuple[str, ...], state: str) -> None:
    question = await story.says("ann", ASKS, at="10:00", tags=("new",))
    await story.tags(question, *tags, at="10:05")
    assert await story.state(question) == state


# -- pages that can't be delivered


async def test_a_place_that_takes_no_pages_alarms_the_moderators_and_the_ladder_goes_on(story: Story) -> None:
    story.pager.refuses = {"support"}
    await story.says("ann", ASKS, at="10:00")
    await story.until("11:30")
    assert story.told == ["10:30 moderators unanswered", "11:30 moderators unanswered"]
    assert {(card.sent.kind, card.to.ping) for card in story.pages} == {("alarm", "")}


async def test_an_unreachable_step_makes_the_next_one_due_at_once(sqlite_database: Database) -> None:
    policy = EscalationPolicy(
        "two", (EscalationStep(30 * MINUTE, ("team:support",)), EscalationStep(HOUR, ("team:billing",)))
    )
    story = Story(sqlite_database, policy=policy, moderators=None)
    story.pager.refuses = {"support"}
    await story.says("ann", ASKS, at="10:00")
    await story.until("10:31")
    assert story.told == ["10:30 billing unanswered"]


async def test_places_that_fail_one_after_the_other_do_not_end_the_ladder(sqlite_database: Database) -> None:
    both = Team("support", (Address("pages", "support"), Address("pages", "lobby")))
    policy = EscalationPolicy(
        "two", (EscalationStep(30 * MINUTE, ("team:support",)), EscalationStep(HOUR, ("team:billing",)))
    )
    story = Story(sqlite_database, policy=policy, directory=Directory({"support": both, "billing": BILLING}))
    story.pager.refuses, story.pager.down = {"support", "moderators"}, {"lobby"}
    await story.says("ann", ASKS, at="10:00")
    await story.until("10:35")
    story.pager.refuses, story.pager.down = {"support", "moderators", "lobby"}, set()
    await story.until("11:00")
    assert [card.to.place for card in story.pages] == ["billing"]


async def test_teams_that_share_a_place_ping_their_own_people(sqlite_database: Database) -> None:
    teams = {name: Team(name, (Address("pages", "lobby", f"@{name}"),)) for name in ("support", "billing")}
    policy = EscalationPolicy("odd", (EscalationStep(30 * MINUTE, ("team:billing",)),))
    story = Story(sqlite_database, policy=policy, directory=Directory(teams))
    await story.says("ann", ASKS, at="10:00")
    await story.until("10:30")
    assert [(card.to.place, card.to.ping) for card in story.pages] == [("lobby", "@billing")]


@pytest.mark.parametrize("target", ["team:support", "team:sales", "nonsense"])
async def test_where_nobody_can_be_reached_the_moderators_are_told(sqlite_database: Database, target: str) -> None:
    policy = EscalationPolicy("odd", (EscalationStep(30 * MINUTE, (target,)),))
    story = Story(sqlite_database, policy=policy, directory=Directory())
    await story.says("ann", ASKS, at="10:00")
    await story.until("10:31")
    assert story.told == ["10:30 moderators unanswered"]
    assert story.pages[0].sent.kind == "alarm"


async def test_where_there_are_no_moderators_either_the_outbox_says_what_to_mend(sqlite_database: Database) -> None:
    story = Story(sqlite_database, directory=Directory(), moderators=None)
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("1d 10:00")
    troubles = {row["trouble"] for row in (await story.dump("outbox"))["outbox"]}
    assert troubles == {
        "nobody can be reached for team:support: give the team an address, or the tenant a moderators' place"
    }
    assert (story.told, await story.state(question)) == ([], "escalated")


async def test_an_unknown_team_falls_back_to_the_fallback_team(sqlite_database: Database) -> None:
    policy = EscalationPolicy("odd", (EscalationStep(30 * MINUTE, ("team:night",)),))
    story = Story(sqlite_database, policy=policy)
    await story.says("ann", ASKS, at="10:00")
    await story.until("10:30")
    assert story.told == ["10:30 support unanswered"]


async def test_shadow_mode_logs_for_the_moderators_and_pings_nobody(sqlite_database: Database) -> None:
    story = Story(sqlite_database, shadow=True)
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("10:30")
    assert story.told == ["10:30 moderators unanswered"]
    assert (story.pages[0].sent.kind, story.pages[0].to.ping) == ("shadow", "")
    await story.press("acknowledge", "sam", question, at="10:40")
    await story.until("10:41")
    assert story.pages[0].page.status == "claimed by sam"


async def test_shadow_mode_holds_for_places_that_a_step_names_itself(sqlite_database: Database) -> None:
    policy = EscalationPolicy("odd", (EscalationStep(30 * MINUTE, ("pages:boss",)),))
    story = Story(sqlite_database, shadow=True, policy=policy)
    await story.says("ann", ASKS, at="10:00")
    await story.until("10:30")
    assert [(card.to.place, card.sent.kind) for card in story.pages] == [("moderators", "shadow")]


async def test_teams_are_read_when_the_page_is_sent(story: Story) -> None:
    await story.says("ann", ASKS, at="10:00")
    story.restart(directory=Directory({"support": replace(BILLING, name="support")}))
    await story.until("10:30")
    assert story.told == ["10:30 billing unanswered"]


# -- the step's clock


async def test_a_place_that_is_down_for_an_hour_does_not_climb_the_ladder(story: Story) -> None:
    story.pager.down = {"support"}
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("11:40")
    assert (await story.question(question)).step == 1
    story.pager.down.clear()
    await story.until("12:00")
    assert len(story.pages) == 1
    assert (story.pages[0].sent.round, story.pages[0].sent.step) == (0, 0)
    sent = story.pages[0].at
    await story.until("14:00")
    assert story.pages[1].at - sent == timedelta(hours=1)


async def test_after_a_hold_a_place_gets_the_current_step_only(sqlite_database: Database) -> None:
    both = Team("support", (Address("pages", "support"), Address("pages", "lobby")))
    story = Story(sqlite_database, directory=Directory({"support": both}))
    story.pager.down = {"lobby"}
    await story.says("ann", ASKS, at="10:00")
    await story.until("11:31")
    story.pager.down.clear()
    await story.until("11:50")
    steps = [(card.to.place, card.sent.step) for card in story.pages]
    assert steps == [("support", 0), ("support", 1), ("lobby", 1)]


async def test_a_late_copy_of_the_last_page_does_not_start_an_exhausted_ladder_again(sqlite_database: Database) -> None:
    both = Team("support", (Address("pages", "support"), Address("pages", "lobby")))
    policy = EscalationPolicy("short", (EscalationStep(30 * MINUTE, ("team:support",)),), repeat=0)
    story = Story(sqlite_database, policy=policy, directory=Directory({"support": both}))
    story.pager.down = {"lobby"}
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("12:00")
    story.pager.down.clear()
    await story.until("1d 10:00")
    assert (await story.trail(question)).count("exhausted") == 1


async def test_a_page_whose_answer_was_lost_is_found_and_not_sent_again(story: Story) -> None:
    story.pager.mute = True
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("10:30")
    story.pager.mute = False
    await story.until("11:00")
    assert len(story.pages) == 1
    assert (await story.due(question)) == "11:30:02"


async def test_a_page_of_unknown_fate_is_held_while_nobody_can_look(story: Story) -> None:
    story.pager.mute = story.pager.blind = True
    await story.says("ann", ASKS, at="10:00")
    await story.until("12:00")
    assert len(story.pages) == 1


async def test_a_card_that_changes_again_is_not_overdue(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.press("acknowledge", "sam", question, at="10:40")
    await story.until("11:40")
    await story.press("resolve", "sam", question, at="12:00")
    found = await story.engine.audit(story.now)
    assert (found.overdue_questions, found.overdue_pages, found.oldest) == (0, (), 0)


async def test_the_watchdog_sees_a_page_that_does_not_go_out(story: Story) -> None:
    story.pager.down = {"support"}
    question = await story.says("ann", ASKS, at="10:00")
    await story.until("10:45")
    found = await story.engine.audit(story.now)
    assert [(row.subject, row.trouble) for row in found.overdue_pages] == [(question, "support is down")]
    assert found.oldest == 15 * MINUTE


# -- once, whatever comes how often

Repeat = Callable[[Story, MessageKey, MessageKey], Awaitable[object]]


async def test_everything_heard_twice_changes_nothing_twice(story: Story) -> None:
    question = story.message("ann", ASKS, at="10:00")
    answer = story.message("bob", "A: hold the button", at="10:05", to=question.key)
    other = story.message("cem", "wrong: it was the blue one", at="10:07", to=question.key)
    events = [
        question,
        answer,
        other,
        Edit(place=ROOM, id=question.id, at=story.time("10:08"), text="Q: how do I reset the thing?"),
        Edit(place=ROOM, id=other.id, at=story.time("10:09"), text="me: it is blue"),
        Deletion(place=ROOM, id=answer.id, at=story.time("10:10")),
        Reaction(place=ROOM, id=other.id, at=story.time("10:11"), author=person("ann"), emoji="🎉"),
        Tags(place=ROOM, id=question.id, at=story.time("10:12"), tags=("urgent",)),
    ]
    for event in events:
        await story.hears(event)
    before = await story.dump()
    await story.desk.observe_many(events)
    for event in reversed(events):
        await story.desk.observe(event)
    story.restart()
    await story.desk.observe_many(events)
    assert await story.dump() == before


@pytest.mark.parametrize(
    "repeat",
    [
        lambda story, question, answer: story.reacts("ann", answer, "✅", at="10:20"),
        lambda story, question, answer: story.tags(question, "solved", at="10:20"),
    ],
    ids=["a mark", "a tag"],
)
async def test_a_repeated_mark_does_not_solve_again_what_was_reopened(story: Story, repeat: Repeat) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    answer = await story.says("bob", "A: hold the button", at="10:10")
    await repeat(story, question, answer)
    await story.press("reopen", "sam", question, at="10:30")
    await repeat(story, question, answer)
    assert await story.state(question) == "contested"


async def test_a_repeated_deletion_does_not_undo_a_restoration(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.deletes(question, at="10:10")
    await story.restores(question, ASKS, at="10:20")
    await story.deletes(question, at="10:10")
    assert await story.state(question) == "open"


async def test_a_message_that_comes_again_with_other_words_was_edited(story: Story) -> None:
    message = story.message("ann", "hello", at="10:00")
    await story.hears(message)
    await story.hears(replace(message, text=ASKS))
    assert await story.state(message.key) == "open"


@pytest.mark.parametrize("event", [Edit, Deletion, Restoration])
async def test_events_about_unknown_messages_are_harmless(story: Story, event: type[Edit]) -> None:
    more = {"text": ASKS} if event is not Deletion else {}
    seen = await story.hears(event(place=ROOM, id="m404", at=story.time("10:00"), **more))
    assert seen.ignored == "unknown message"
    assert await story.tracked() == []


async def test_votes_and_locks_are_taken_in(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.hears(Score(place=ROOM, id=message_id(question), at=story.time("10:01"), score=7))
    await story.hears(Lock(place=ROOM, id=message_id(question), at=story.time("10:02")))
    assert [row["score"] for row in (await story.dump("messages"))["messages"]] == [7]
    assert await story.due(question) == "10:30"


async def test_a_restart_forgets_nothing(story: Story) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    story.restart()
    await story.says("bob", "A: hold the button", at="10:10")
    assert await story.state(question) == "answered"
    story.restart()
    await story.says("ann", "no: it still blinks", at="10:20")
    story.restart()
    await story.until("10:35")
    assert story.told == ["10:35 support answer_failed"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_answer_finds_its_question_behind_a_flood_of_talk(story: Story, restarted: bool) -> None:
    question = await story.says("ann", ASKS, at="10:00")
    await story.desk.observe_many([story.message("bob", f"hm {number}", at="10:05") for number in range(250)])
    if restarted:
        story.restart()
    answer = await story.says("cem", "A: hold the button", at="10:10", to=question)
    assert await story.state(question) == "answered"
    await story.reacts("ann", answer, "✅", at="10:11")
    assert await story.state(question) == "resolved"


async def test_a_question_keeps_the_policy_it_was_asked_under(story: Story) -> None:
    await story.says("ann", ASKS, at="10:00")
    story.restart(policy=DEFAULT_POLICY.with_timeout(5 * MINUTE))
    await story.says("bob", "Q: why is it red?", at="10:10")
    await story.until("10:31")
    assert [(story.told_at(card.at), card.sent.asker) for card in story.pages] == [("10:15", "Bob"), ("10:30", "Ann")]


# -- the first watch, and faults


async def test_messages_older_than_the_watch_never_page(story: Story) -> None:
    await story.desk.watch(ROOM, story.time("10:00"))
    old = await story.says("ann", ASKS, at="09:30")
    await story.edits(old, "Q: how do I reset it, please?", at="10:05")
    new = await story.says("bob", "Q: why is it red?", at="10:00")
    await story.until("2d 10:00")
    assert await story.tracked() == [new]
    assert {card.sent.subject for card in story.pages} == {new}


async def test_a_known_channel_keeps_the_start_of_its_watch(story: Story) -> None:
    await story.desk.watch(ROOM, story.time("10:00"))
    story.restart()
    await story.desk.watch(ROOM, story.time("11:00"))
    question = await story.says("ann", ASKS, at="10:30")
    assert await story.tracked() == [question]


async def test_each_channel_has_a_watch_of_its_own(story: Story) -> None:
    await story.desk.watch(ROOM, story.time("10:00"))
    lobby = Place("discord", "acme", "lobby")
    await story.desk.watch(lobby, story.time("12:00"))
    await story.hears(story.message("ann", ASKS, at="11:00", place=lobby))
    assert await story.tracked() == []


async def test_an_event_that_trips_a_fault_is_set_aside_and_the_others_are_stored(story: Story) -> None:
    first = story.message("ann", ASKS, at="10:00")
    bad = story.message("bob", "boom: the judge falls over", at="10:01")
    last = story.message("cem", "Q: why is it red?", at="10:02")
    seen = await story.desk.observe_many([first, bad, last])
    assert [one.ignored for one in seen] == [None, "set aside: RuntimeError: the judge fell over", None]
    assert await story.tracked() == [first.key, last.key]
    aside = (await story.dump("quarantine"))["quarantine"]
    assert [(row["tenant"], row["message"]) for row in aside] == [("acme", bad.key)]


async def test_a_fault_holds_up_nobody_who_waits_for_the_same_commit(story: Story) -> None:
    events = [story.message("ann", f"Q: number {n}?" if n != 3 else "boom: now", at="10:00") for n in range(6)]
    seen = await asyncio.gather(*(story.desk.observe(event) for event in events))
    assert [one.ignored is None for one in seen] == [True, True, True, False, True, True]
    assert len(await story.tracked()) == 5


class FullDisk(Database):
    """A database whose next commits fail after everything was written."""

    failures = 0

    async def write(self, transaction: Transaction[T]) -> T:
        def run(connection: sa.Connection) -> T:
            result = transaction(connection)
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable("the disk is full")
            return result

        return await super().write(run)


async def test_a_failed_commit_leaves_no_trace_and_the_same_call_may_be_made_again(tmp_path: Path) -> None:
    database = FullDisk(str(tmp_path / "test.sqlite3"))
    await migrate.upgrade(database)
    story = Story(database)
    question = story.message("ann", ASKS, at="10:00")
    answer = story.message("bob", "A: hold the button", at="10:05")
    for event in (question, answer, Deletion(place=ROOM, id=answer.id, at=story.time("10:10"))):
        before, database.failures = await story.dump(), 1
        with pytest.raises(StoreUnavailable):
            await story.desk.observe(event)
        assert await story.dump() == before
        assert (await story.desk.observe(event)).ignored is None
    await story.until("10:40")
    assert [told.split()[0] for told in story.told] == ["10:40"]
    await database.close()


# -- any story at all

SAYINGS = {
    "ann": ["Q: one?", "Q: two?", "no: it blinks", "thx: it did", "more"],
    "bob": ["Q: three?", "A: x", "?: y", "me: too", "wrong: w", "unsafe: u", "hm"],
    "cem": ["A: z", "?: q", "wrong: v", "hm"],
    "sam": ["A: s", "?: s", "hm"],
}
happenings = st.tuples(
    st.sampled_from(["says", "says", "says", "edits", "deletes", "restores", "marks", "unmarks"]),
    st.sampled_from([(who, text) for who, texts in SAYINGS.items() for text in texts]),
    st.integers(0, 20),
    st.integers(0, 20),
)


def told(story: Story, script: list[tuple[str, tuple[str, str], int, int]]) -> list[Event]:
    """A script's events, a minute apart. Its numbers choose the message meant, and what it replies to."""
    events: list[Event] = []
    said: list[Message] = []
    for minute, (what, (who, text), which, number) in enumerate(script):
        at = story.now + timedelta(minutes=minute)
        if what == "says" or not said:
            parent = said[number % len(said)].key if said and number % 3 else None
            said.append(replace(story.message(who, text, to=parent), at=at))
            events.append(said[-1])
        else:
            events.append(befalls(said[which % len(said)], what, number, at))
    return events


def befalls(message: Message, what: str, number: int, at: datetime) -> Event:
    """What happens to a message later on."""
    about: dict[str, Any] = {"place": ROOM, "id": message.id, "at": at}
    if what == "edits":
        sayings = SAYINGS[message.author.id]
        return Edit(text=sayings[number % len(sayings)], **about)
    if what == "deletes":
        return Deletion(**about)
    if what == "restores":
        return Restoration(text=message.text, **about)
    emoji = "✅" if number % 2 else "❌"
    return Reaction(author=person("ann"), emoji=emoji, removed=what == "unmarks", **about)


async def lived(script: list[tuple[str, tuple[str, str], int, int]], together: bool) -> dict[str, list[Any]]:
    database = Database(":memory:")
    await migrate.upgrade(database)
    story = Story(database)
    events = told(story, script)
    if together:
        await story.desk.observe_many(events)
    else:
        for event in events:
            await story.desk.observe(event)
    found = await story.dump("messages", "questions", "memberships", "reactions", "quarantine")
    await database.close()
    return {table: list(rows) for table, rows in found.items()}


ASKED_SOLVED_ASKED_AGAIN = [
    ("says", ("ann", "Q: one?"), 0, 0),
    ("marks", ("ann", "Q: one?"), 0, 1),
    ("says", ("ann", "Q: one?"), 0, 0),
]


ANSWER_EDITED_AFTER_ITS_QUESTION_WENT = [
    ("says", ("ann", "Q: one?"), 3, 20),
    ("says", ("bob", "A: x"), 0, 19),
    ("deletes", ("bob", "A: x"), 2, 2),
    ("edits", ("cem", "A: z"), 1, 10),
]


@settings(max_examples=25)
@example(ASKED_SOLVED_ASKED_AGAIN)
@example(ANSWER_EDITED_AFTER_ITS_QUESTION_WENT)
@given(st.lists(happenings, min_size=2, max_size=14))
def test_any_story_ends_the_same_in_one_commit_and_in_many_and_its_books_are_right(script: list[Any]) -> None:
    one_by_one, together = (asyncio.run(lived(script, together)) for together in (False, True))
    assert one_by_one == together
    assert together["quarantine"] == []
    authors = {row["key"]: row["author"] for row in together["messages"]}
    for question in together["questions"]:
        standing = [
            tie
            for tie in together["memberships"]
            if tie["question"] == question["key"] and tie["role"] == "answer" and not tie["withdrawn"]
            if authors[tie["message"]] not in (question["asker"], "sam")
        ]
        assert question["answers"] == len(standing)
        assert (question["due_at"] is None) == (question["state"] in ("resolved", "closed", "dismissed"))
        assert standing or question["state"] != "answered"


# -- whatever places and people do

PLACES = ("support", "lobby", "billing", "moderators")
turns = st.one_of(
    st.tuples(st.just("says"), st.sampled_from([(who, text) for who in SAYINGS for text in SAYINGS[who]])),
    st.tuples(
        st.just("press"),
        st.sampled_from(["acknowledge", "unclaim", "resolve", "snooze", "reroute", "dismiss", "reopen"]),
    ),
    st.tuples(st.sampled_from(["down", "refuses"]), st.sets(st.sampled_from(PLACES))),
    st.tuples(st.sampled_from(["mute", "blind"]), st.booleans()),
    st.tuples(st.just("waits"), st.sampled_from([1, 10, 31, 61, 200])),
)


async def take_turn(story: Story, question: MessageKey, what: str, value: Any) -> None:
    if what == "says":
        await story.says(*value, to=question)
    elif what == "waits":
        await story.until(story.told_at(story.now + timedelta(minutes=value)))
    elif what == "press":
        later = {"until": story.now + timedelta(minutes=45)}
        more = {"snooze": later, "reroute": {"team": "billing"}}.get(value, {})
        await getattr(story.desk, value)("acme", question, "sam", story.now, **more)
    else:
        setattr(story.pager, what, value)


async def assert_nothing_is_forgotten(story: Story) -> None:
    """A question that staff has to see has a clock, a page on its way, or a ladder that came to its end."""
    on_the_way = {
        row["subject"]
        for row in (await story.dump("outbox"))["outbox"]
        if row["state"] in ("pending", "sending") and row["kind"] != "edit"
    }
    for key in await story.tracked():
        found = await story.question(key)
        if not found.ended and found.due_at is None and key not in on_the_way:
            assert "exhausted" in await story.trail(key)


async def live_through(script: list[tuple[str, Any]], **tenant: Any) -> None:
    database = Database(":memory:")
    await migrate.upgrade(database)
    both = Team("support", (Address("pages", "support"), Address("pages", "lobby")))
    policy = replace(
        DEFAULT_POLICY,
        steps=(EscalationStep(30 * MINUTE, ("team:support", "pages:lobby")), EscalationStep(HOUR, ("team:billing",))),
    )
    story = Story(database, policy=policy, directory=Directory({"support": both, "billing": BILLING}), **tenant)
    question = await story.says("ann", ASKS, at="10:00")
    for what, value in script:
        await take_turn(story, question, what, value)
        await assert_nothing_is_forgotten(story)
    story.pager.down, story.pager.refuses, story.pager.mute, story.pager.blind = set(), set(), False, False
    await story.until("20d 10:00")
    waiting = [row for row in (await story.dump("outbox"))["outbox"] if row["state"] in ("pending", "sending")]
    assert waiting == []
    nonces = [card.sent.nonce for card in story.pages]
    assert len(nonces) == len(set(nonces)), "a page came twice"
    await database.close()


@settings(max_examples=20, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(turns, max_size=12), st.booleans(), st.sampled_from([None, "pages:moderators"]))
def test_no_question_is_forgotten_and_no_page_comes_twice(
    script: list[tuple[str, Any]], shadow: bool, moderators: str | None
) -> None:
    asyncio.run(live_through(script, shadow=shadow, moderators=moderators))
