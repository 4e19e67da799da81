"""What an operator wants to know, in Prometheus' words. No texts, no names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from escalation.delivery import Delivered
from escalation.engine import Audit
from escalation.intake import Observation
from escalation.policy import Escalation
from escalation.timing import SECOND


class Metrics:
    """All metrics of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter("backstop_events", "Events taken in", ["kind"], registry=self.registry)
        self._ignored = Counter("backstop_events_ignored", "Events that changed nothing", registry=self.registry)
        self._lag = Gauge("backstop_event_lag_seconds", "Age of the newest event when it was stored",
                          registry=self.registry)  # fmt: skip
        self._escalations = Counter("backstop_escalations", "Steps that fired", ["reason"], registry=self.registry)
        self._pages = Counter("backstop_pages", "Pages sent", ["kind"], registry=self.registry)
        self._delay = Histogram("backstop_page_delay_seconds", "From due to sent", registry=self.registry,
                                buckets=(0.1, 0.25, 0.5, 1, 2, 5, 15, 30, 60, 300, 1800))  # fmt: skip
        self._troubles = Counter("backstop_page_troubles", "Tries that failed", registry=self.registry)
        self._store = Counter("backstop_store_failures", "Transactions that failed", registry=self.registry)
        self._overdue = Gauge("backstop_oldest_overdue_seconds", "Age of the oldest overdue page; 0: none",
                              registry=self.registry)  # fmt: skip
        self._outbox = Gauge("backstop_outbox", "Rows of the outbox", ["state"], registry=self.registry)
        self._questions = Gauge("backstop_questions", "Questions", ["state"], registry=self.registry)
        self._quarantined = Gauge("backstop_quarantined", "Events set aside", registry=self.registry)

    def took(self, observations: Sequence[Observation], now: datetime) -> None:
        for seen in observations:
            self._events.labels(type(seen.event).__name__.lower()).inc()
            if seen.ignored:
                self._ignored.inc()
        if observations:
            newest = max(seen.event.at for seen in observations)
            self._lag.set(max(0.0, (now - newest).total_seconds()))

    def escalated(self, escalations: Sequence[Escalation]) -> None:
        for one in escalations:
            self._escalations.labels(one.reason.value).inc()

    def delivered(self, delivered: Delivered) -> None:
        for row in delivered.sent:
            self._pages.labels(row.kind.value).inc()
            if row.sent_at is not None:
                self._delay.observe(max(0, row.sent_at - row.created_at) / SECOND)
        self._troubles.inc(len(delivered.troubled))

    def store_failed(self) -> None:
        self._store.inc()

    def looked(self, audit: Audit, outbox: dict[str, int], questions: dict[str, int], quarantined: int) -> None:
        """Takes over what the store says now."""
        self._overdue.set(audit.oldest / SECOND)
        for gauge, counts in ((self._outbox, outbox), (self._questions, questions)):
            gauge.clear()
            for state, count in counts.items():
                gauge.labels(state).set(count)
        self._quarantined.set(quarantined)

    def text(self) -> bytes:
        """All metrics in Prometheus' text form."""
        return generate_latest(self.registry)
