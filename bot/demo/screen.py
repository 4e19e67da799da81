"""The demo's screen: the chat flowing by, timers, pages, claims; plain text where there is no colour."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import click

from bot.demo.staff import Act
from bot.transcripts.pages import printable, render
from escalation.desk import Decision
from escalation.events import (
    Deletion,
    Edit,
    Event,
    Message,
    MessageKey,
    Person,
    Reaction,
    Restoration,
    Role,
    Score,
    Tags,
    message_id,
)
from escalation.intake import Observation
from escalation.notify import Page
from escalation.pages import excerpt
from escalation.question import Question, State, Transition
from escalation.timing import millis, moment

TEXT = 78
"""Columns of a message's text."""
_MARGIN = " " * 33
_NEWS = {
    State.ENGAGED: "somebody asked back: the clock stands",
    State.ANSWERED: "answered, timer off",
    State.CONTESTED: "the answer is in doubt",
    State.RESOLVED: "solved",
    State.CLOSED: "closed",
    State.DISMISSED: "not a question after all",
}


class Screen:
    """Prints what happens and keeps count for the end."""

    def __init__(self) -> None:
        self.asked: dict[MessageKey, Question] = {}
        self.paged: dict[MessageKey, str] = {}
        self.pages = 0
        self.messages = 0
        self.acts: Counter[str] = Counter()

    def event(self, seen: Observation, now: datetime) -> None:
        """One line of chat, and what it changed."""
        self.messages += isinstance(seen.event, Message)
        line = _chat(seen.event)
        if line is not None:
            click.echo(f"{_time(now)} {line}")
        if seen.opened is not None:
            self._tracks(seen.opened)
        for change in seen.transitions:
            self._changed(change)

    def page(self, page: Page, now: datetime) -> None:
        """A page as staff get it."""
        self.pages += 1
        self.paged.setdefault(MessageKey(page.subject), page.reason)
        label = {"ping": "PAGE", "shadow": "SHADOW PAGE", "alarm": "ALARM"}.get(page.kind, page.kind)
        head = f" {label} to {page.address.partition(':')[2]}: {page.reason.replace('_', ' ')} "
        click.secho(f"{_time(now)} ┏━{head:━<98}", fg="red", bold=True)
        for line in render(page, millis(now)):
            click.echo(f"      {click.style('┃', fg='red')} {line}")
        click.secho(f"      ┗{'━' * 99}", fg="red")

    def edited(self, page: Page, now: datetime) -> None:
        """A card that was sent says something new."""
        click.secho(
            f"{_time(now)} {_MARGIN[6:]}└ card of {printable(page.asker)}'s question: {printable(page.status)}",
            fg="magenta",
        )

    def act(self, act: Act, page: Page, decision: Decision, now: datetime) -> None:
        """Somebody pressed a button."""
        if decision.done:
            self.acts[act.do] += 1
            told = f"{printable(act.by)} presses {act.do.capitalize()} on {printable(page.asker)}'s question"
        else:
            holder = decision.question.assignee
            has_it = holder or decision.question.state
            told = f"{printable(act.by)} presses {act.do.capitalize()}, too late: {has_it} has it"
        click.secho(f"{_time(now)} {'*** ' + told}", fg="cyan", bold=True)

    def _tracks(self, question: Question) -> None:
        self.asked[question.key] = question
        due = f"timer until {_time(moment(question.due_at))}" if question.due_at is not None else "tracked"
        click.secho(f"{_MARGIN}└ question #{len(self.asked)}, {due}", fg="yellow")

    def _changed(self, change: Transition) -> None:
        before, after = change.before, change.after
        self.asked[after.key] = after
        news = _NEWS.get(after.state) if change.changed_state else None
        if after.state is State.OPEN and change.changed_state:
            news = "open again"
        if news is None:
            return
        ring = after.due_at if after.state in (State.OPEN, State.CONTESTED) else None
        until = f", timer until {_time(moment(ring))}" if ring is not None and ring != before.due_at else ""
        click.secho(f"{_MARGIN}└ question #{self._number(after.key)}: {news}{until}", fg="green")

    def _number(self, key: MessageKey) -> int:
        return list(self.asked).index(key) + 1


def _time(at: datetime) -> str:
    return at.strftime("%H:%M")


def _chat(event: Event) -> str | None:
    where = printable(f"#{event.place.channel}")[:9]
    if isinstance(event, Message):
        text = f"{event.title}: {event.text}" if event.title else event.text
        return f"{_fit(where, 9)} {_fit(_name(event.author), 16)} {printable(excerpt(text, TEXT))}"
    told = _told(event)
    return None if told is None else f"{_fit(where, 9)} {_fit('', 16)} {click.style(told, dim=True)}"


def _told(event: Event) -> str | None:
    which = f"({message_id(event.key)[-6:]})"
    if isinstance(event, Edit):
        return f"edited {which}: {printable(excerpt(event.text, TEXT - 20))}"
    if isinstance(event, Deletion):
        return f"a message was deleted {which}"
    if isinstance(event, Restoration):
        return f"a message is back {which}"
    if isinstance(event, Reaction):
        does = "takes back" if event.removed else "reacts"
        return f"{printable(event.author.name)} {does} {printable(event.emoji)} {which}"
    if isinstance(event, Tags):
        return f"tags are now {printable(', '.join(event.tags))} {which}"
    return None if isinstance(event, Score) else f"{type(event).__name__.lower()} {which}"


def _name(person: Person) -> str:
    mark = "bot " if person.bot else "★ " if Role.STAFF in person.roles else ""
    return mark + printable(person.name)


def _fit(text: str, width: int) -> str:
    """Cut or padded to `width` columns; wide characters count twice."""
    result, used = "", 0
    for char in text:
        size = 2 if unicodedata.east_asian_width(char) in "WF" else 0 if unicodedata.combining(char) else 1
        if used + size > width:
            break
        result, used = result + char, used + size
    return result + " " * (width - used)


def summary(screen: Screen, final: list[Question]) -> Iterator[str]:
    """The end: what the day was, and what it would have been."""
    helped = [one for one in final if one.key not in screen.paged and one.state in (State.ANSWERED, State.RESOLVED)]
    reasons = Counter(reason.replace("_", " ") for reason in screen.paged.values())
    acts = ", ".join(f"{count} x {act}" for act, count in screen.acts.most_common())
    yield f"{screen.messages} messages, {len(final)} questions."
    yield f"  {len(helped)} were helped by other members, and the team heard nothing of them."
    yield f"  {len(screen.paged)} were brought to the team with {screen.pages} pages:"
    yield "    " + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    if acts:
        yield f"  The team pressed: {acts}."
