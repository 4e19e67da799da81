"""What a replay would have meant, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.transcripts.replay import Result
from escalation.pages import Case, excerpt, why
from escalation.policy import Escalation
from escalation.timing import DAY, moment

SHOWN = 20
"""Escalations that are shown in words."""


def summarise(result: Result) -> Iterator[str]:
    """The lines of the summary."""
    outcomes = Counter(one[3]["outcome"] for one in result.records if one[3]["record"] == "outcome")
    first = [
        (escalation, case) for escalation, case in result.escalated if (escalation.round, escalation.step) == (0, 0)
    ]
    pages = sum(one[3]["record"] == "page" for one in result.records)
    times = [one[0] for one in result.records]
    days = max(1.0, (max(times) - min(times)) / DAY) if times else 1.0
    yield f"Questions: {len(result.questions)}"
    yield "  " + ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common()) if outcomes else "  none"
    yield f"Escalated: {len(first)} questions, {pages} pages ({pages / days:.1f} a day)"
    reasons = Counter(escalation.reason.value for escalation, _ in first)
    if reasons:
        yield "  " + ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    for escalation, case in first[:SHOWN]:
        yield ""
        yield from _escalation(escalation, case)
    if len(first) > SHOWN:
        yield f"\n... and {len(first) - SHOWN} more; --out FILE writes them all"


def _escalation(escalation: Escalation, case: Case) -> Iterator[str]:
    at = moment(escalation.at).strftime("%Y-%m-%d %H:%M")
    yield f"{at}  {escalation.reason.value}  {escalation.question.key}"
    if case.asked:
        yield f"    {case.asker_name}: {' '.join(excerpt(case.asked.text, 160).split())}"
    for line in why(case, escalation.at):
        yield f"    because {line}"
    for said in case.said[-3:]:
        yield f"      {said.role.value}: {said.name}: {' '.join(excerpt(said.text, 120).split())}"
