"""What a message means for the question it belongs to: who speaks, what happens, what is remembered. Pure."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from escalation.detection import AnswerRole
from escalation.events import MessageKey
from escalation.question import Happening, Question
from escalation.timing import Millis


class Speaker(StrEnum):
    ASKER = "asker"
    PEER = "peer"
    STAFF = "staff"
    BOT = "bot"


_ASKER: Final = {
    AnswerRole.CONFIRMATION: Happening.ASKER_CONFIRMS,
    AnswerRole.FAILURE: Happening.FAILURE,
}
_PEER: Final = {
    AnswerRole.ANSWER: Happening.PEER_ANSWERS,
    AnswerRole.CLARIFICATION: Happening.PEER_ASKS_BACK,
    AnswerRole.DISPUTE: Happening.DISPUTE,
    AnswerRole.UNSAFE: Happening.UNSAFE,
}
_STAFF: Final = {
    AnswerRole.CLARIFICATION: Happening.STAFF_ASKS_BACK,
    AnswerRole.ME_TOO: Happening.NOISE,
    AnswerRole.OTHER: Happening.NOISE,
}
_RESPONSES: Final = frozenset({AnswerRole.ANSWER, AnswerRole.CLARIFICATION})


def speaker(author: str, asker: str, *, bot: bool, staff: bool) -> Speaker:
    """In what capacity `author` speaks to a question of `asker`."""
    if bot:
        return Speaker.BOT
    if author == asker:
        return Speaker.ASKER
    return Speaker.STAFF if staff else Speaker.PEER


def happening(role: AnswerRole, who: Speaker) -> Happening:
    """The row of the table of life for a message of `who` in `role`."""
    if who is Speaker.BOT:
        return Happening.NOISE
    if who is Speaker.ASKER:
        return _ASKER.get(role, Happening.ASKER_ADDS)
    if who is Speaker.STAFF:
        return _STAFF.get(role, Happening.STAFF_ANSWERS)
    return _PEER.get(role, Happening.NOISE)


def remember(question: Question, role: AnswerRole, who: Speaker, message: MessageKey, at: Millis) -> Question:
    """The question with the facts that the message adds: voices, first answer, failure, ..."""
    if who is Speaker.BOT:
        return question
    if who is Speaker.ASKER:
        if role is AnswerRole.CONFIRMATION:
            return replace(question, confirmed=question.confirmed or message)
        return replace(question, failure=message) if role is AnswerRole.FAILURE else question
    after = replace(question, voices=question.voices + 1)
    if role in _RESPONSES and question.first_response_at is None:
        after = replace(after, first_response_at=at)
    if role is AnswerRole.CLARIFICATION:
        return replace(after, asked_back=True)
    if role is AnswerRole.DISPUTE:
        after = replace(after, dispute=after.dispute or message)
    elif role is AnswerRole.UNSAFE:
        after = replace(after, unsafe=message)
    if role is AnswerRole.ANSWER:
        peer = who is Speaker.PEER
        first = after.first_answer or message
        after = replace(after, first_answer=first, answers=after.answers + peer)
    return after


def withdraw(question: Question, role: AnswerRole, who: Speaker, message: MessageKey) -> tuple[Question, bool]:
    """The question without a withdrawn message, and whether what it stood on is gone with it."""
    heard = who in (Speaker.PEER, Speaker.STAFF)
    after = replace(question, voices=max(0, question.voices - heard))
    if who is not Speaker.PEER:
        role = AnswerRole.OTHER  # only peers' answers are counted
    if role is AnswerRole.ANSWER:
        after = replace(after, answers=max(0, after.answers - 1))
    after = replace(
        after,
        first_answer=None if after.first_answer == message else after.first_answer,
        confirmed=None if after.confirmed == message else after.confirmed,
        failure=None if after.failure == message else after.failure,
        dispute=None if after.dispute == message else after.dispute,
        unsafe=None if after.unsafe == message else after.unsafe,
    )
    return after, role in (AnswerRole.ANSWER, AnswerRole.UNSAFE) and after.answers == 0
