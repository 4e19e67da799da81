"""What the desk keeps in memory: recent texts and immutable revisions. All of it can be dropped at any time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import sqlalchemy as sa

from escalation.detection import ChannelWindow
from escalation.events import ChannelKey
from escalation.policy import EscalationPolicy
from escalation.store import messages, questions
from escalation.tenant import Tenant
from escalation.timing import Millis

CHANNELS = 1_000
"""Channels whose windows are kept; the one that was quiet longest is dropped first."""
WINDOW = 200
"""Messages of a channel that the judge may look back on."""


class Memory:
    """A cache of the store. After a failed transaction `forget` everything it touched."""

    def __init__(self) -> None:
        self._windows: OrderedDict[ChannelKey, ChannelWindow] = OrderedDict()
        self._policies: dict[int, EscalationPolicy] = {}
        self._in_force: dict[str, tuple[EscalationPolicy, int]] = {}
        self._watched: dict[ChannelKey, Millis] = {}

    def window(self, connection: sa.Connection, channel: ChannelKey) -> ChannelWindow:
        """The channel's recent messages, read from the store where memory does not have them."""
        window = self._windows.get(channel)
        if window is None:
            window = ChannelWindow(WINDOW)
            for seen in messages.recent(connection, channel, WINDOW):
                window.add(seen)
            self._windows[channel] = window
            if len(self._windows) > CHANNELS:
                self._windows.popitem(last=False)
        self._windows.move_to_end(channel)
        return window

    def watched(
        self, connection: sa.Connection, wanted: dict[ChannelKey, tuple[str, Millis]]
    ) -> dict[ChannelKey, Millis]:
        """Since when each channel in `wanted` (tenant, time if new) is watched."""
        missing = {key: value for key, value in wanted.items() if key not in self._watched}
        if missing:
            self._watched.update(messages.watched_since(connection, missing))
        return {key: self._watched[key] for key in wanted}

    def revision(self, connection: sa.Connection, tenant: Tenant, at: Millis) -> int:
        """The revision under which a question asked now is tracked."""
        known = self._in_force.get(tenant.name)
        if known is None or known[0] is not tenant.policy:
            number = questions.policy_revision(connection, tenant.name, tenant.policy, "settings", at)
            self._in_force[tenant.name] = known = (tenant.policy, number)
            self._policies[number] = tenant.policy
        return known[1]

    def policies(self, connection: sa.Connection, revisions: Iterable[int]) -> dict[int, EscalationPolicy]:
        """The policies of some revisions, which never change once written."""
        missing = {number for number in revisions if number not in self._policies}
        if missing:
            self._policies.update(questions.policies(connection, missing))
        return self._policies

    def forget(self) -> None:
        """Drops all: what a failed transaction left here may not be true."""
        self._windows.clear()
        self._policies.clear()
        self._in_force.clear()
        self._watched.clear()
