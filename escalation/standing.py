"""Where a question stands, read from the store: about the conversation, not the timer."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from escalation.detection import Judge, Outcome, Outlook
from escalation.question import Question, State
from escalation.store import messages


def standing(connection: sa.Connection, judge: Judge, question: Question) -> Outlook:
    """The question's outlook, with what was said by other means than words (a mark, a tag, a human's word)."""
    starter = messages.load(connection, [question.key])[question.key]
    members = [(one.seen(), tie.role) for one, tie in messages.members_of(connection, question.tenant, question.key)]
    found = judge.outlook(starter.seen(), members)
    if question.state is State.DISMISSED:
        return replace(found, outcome=Outcome.DISMISSED, must_step_in=0.0)
    if question.state is State.RESOLVED and found.outcome is not Outcome.RESOLVED:
        return replace(found, outcome=Outcome.RESOLVED, confirmed=found.confirmed or question.confirmed)
    return found
