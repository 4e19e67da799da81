"""Judgement: is it a question, what does it reply to, what does it do for the question.

The desk knows only this module. `Judge` is what it asks; `RuleJudge` is the small rule-based judge of
this version, `judge.py` says how it decides. Every decision carries a probability and its reasons.
"""

from escalation.detection.judge import RuleJudge
from escalation.detection.verdicts import Judge, Judgement, Link, Outcome, Outlook, RoleVerdict, Verdict
from escalation.detection.window import AnswerRole, ChannelWindow, Seen

__all__ = [
    "AnswerRole",
    "ChannelWindow",
    "Judge",
    "Judgement",
    "Link",
    "Outcome",
    "Outlook",
    "RoleVerdict",
    "RuleJudge",
    "Seen",
    "Verdict",
]
