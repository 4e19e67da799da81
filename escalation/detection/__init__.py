"""Judgement: is it a question, what does it reply to, what does it do for the question.

The desk knows only this module. `Judge` is what it asks; `TrainedJudge` is what answers,
`judge.py` says how it decides. Every decision carries a probability and its reasons.
"""

from escalation.detection.company import NOBODY, Company
from escalation.detection.judge import TrainedJudge
from escalation.detection.verdicts import Judge, Judgement, Link, Outcome, Outlook, RoleVerdict, Verdict
from escalation.detection.window import AnswerRole, ChannelWindow, Seen

__all__ = [
    "NOBODY",
    "AnswerRole",
    "ChannelWindow",
    "Company",
    "Judge",
    "Judgement",
    "Link",
    "Outcome",
    "Outlook",
    "RoleVerdict",
    "Seen",
    "TrainedJudge",
    "Verdict",
]
