"""What is simpler than Backstop, as programs that speak the replay contract: the judge scores them as it does us.

python -m benchmarks.baselines NAME replay FILE --out FILE. In a thread all belongs to the starter; else NAME says:
  names    links to the last message of whom it names; what names nobody and has a question mark is a question
  channel  all that is said in a channel is one conversation, and everything that starts something is a question
  rules    Backstop itself, its network for unsafe advice left out: the pack of rules alone
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

Said = dict[str, Any]
Line = dict[str, Any]
Parents = list[int | None]
"""For each message the number of the one it replies to; None: it starts something."""
TIMEOUT: Final = timedelta(minutes=15)
_WORD = re.compile(r"[\w\-\[\]`^{}|\\]+")
_THANKS = re.compile(r"(?i)\b(?:thanks|thank you|thx|works now|solved)\b")


def by_names(messages: Sequence[Said]) -> Parents:
    """To the last message of the person whose name a message starts with, else of one it contains, else to nothing."""
    last: dict[str, int] = {}
    parents: Parents = []
    for at, said in enumerate(messages):
        words = [word.lower() for word in _WORD.findall(said["text"])]
        me = said["author_name"].lower()
        parents.append(next((last[word] for word in words if word in last and word != me), None))
        last[me] = at
    return parents


def by_channel(messages: Sequence[Said]) -> Parents:
    """To the message before it."""
    return [at - 1 if at else None for at in range(len(messages))]


def has_question_mark(said: Said) -> bool:
    return "?" in said["text"]


def anything(_: Said) -> bool:
    return True


LINKS: Final[Mapping[str, Callable[[Sequence[Said]], Parents]]] = {"names": by_names, "channel": by_channel}
ASKS: Final[Mapping[str, Callable[[Said], bool]]] = {"names": has_question_mark, "channel": anything}


def decide(name: str, messages: Sequence[Said]) -> Iterator[Line]:
    """All records of a transcript, channel by channel and thread by thread, in the order of their time."""
    flows: dict[tuple[str, str | None], list[Said]] = defaultdict(list)
    for said in messages:
        flows[said["community"] + "/" + said["channel"], said["thread"]].append(said)
    found: list[Line] = []
    for (_, thread), flow in flows.items():
        parents = LINKS[name](flow) if thread is None else [0 if at else None for at in range(len(flow))]
        found += _records(flow, parents, ASKS[name], threaded=thread is not None)
    found.sort(key=lambda line: str(line["at"]))
    return iter(found)


def _records(flow: Sequence[Said], parents: Parents, asks: Callable[[Said], bool], *, threaded: bool) -> Iterator[Line]:
    members = _conversations(parents)
    for at, said in enumerate(flow):
        up = parents[at]
        parent = None if up is None else flow[up]["id"]
        yield {"record": "link", "at": said["at"], "message": said["id"], "parent": parent, "score": 1.0}
        if (threaded and at) or not asks(said) or (up is not None and asks is not anything):
            continue
        others = [flow[one] for one in members[at] if flow[one]["author"] != said["author"]]
        others = [one for one in others if "bot" not in one["roles"]]
        yield {"record": "question", "at": said["at"], "question": said["id"], "asked_at": said["at"], "score": 1.0}
        due = datetime.fromisoformat(said["at"]) + TIMEOUT
        told = {"at": due.isoformat(timespec="milliseconds"), "question": said["id"]}
        if not others or datetime.fromisoformat(others[0]["at"]) > due:
            yield told | {"record": "escalation", "reason": "unanswered", "step": 0, "team": "", "evidence": []}
        thanked = any(_THANKS.search(flow[one]["text"]) for one in members[at] if flow[one]["author"] == said["author"])
        outcome = "unanswered" if not others else "resolved" if thanked else "answered"
        first = others[0]["id"] if others else None
        yield told | {"record": "outcome", "outcome": outcome, "first_answer": first, "must_step_in": None}


def _conversations(parents: Parents) -> list[list[int]]:
    """For each message those that come after it in its conversation."""
    roots: list[int] = []
    later: dict[int, list[int]] = defaultdict(list)
    for at, parent in enumerate(parents):
        root = at if parent is None else roots[parent]
        roots.append(root)
        later[root].append(at)
    return [[one for one in later[root] if one > at] for at, root in enumerate(roots)]


class _Silent:
    """In the place of the network for unsafe advice: it finds nothing, so that the rules alone decide."""

    def probabilities(self, *_: object) -> dict[str, float]:
        return {"yes": 0.0, "no": 1.0}


def _rules_alone(arguments: list[str]) -> None:
    from bot.cli import main as backstop
    from escalation.detection import unsafe

    for name, value in (("head", lambda _: _Silent()), ("WITH_RULE", 0.0)):
        setattr(unsafe, name, value)
    backstop(arguments)


def main() -> None:
    name, *arguments = sys.argv[1:]
    if name == "rules":
        _rules_alone(arguments)
        return
    source, target = Path(arguments[1]), Path(arguments[arguments.index("--out") + 1])
    messages = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    with target.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in decide(name, messages))


if __name__ == "__main__":
    main()
