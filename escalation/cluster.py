"""The same question asked by many: one page, one claim, a counter and all links. Pure functions over frozen records.

A cluster stands once enough different people ask the same within a short time; before, alike questions page singly.
Whoever asks the same within hours joins it. It is compared by its first members only, so that it cannot drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from escalation.bounds import check_number, check_time
from escalation.errors import InputError
from escalation.events import ChannelKey, MessageKey
from escalation.likeness import Asked, Ground, by_text, likeness, speak_of_outage
from escalation.timing import DAY, HOUR, MINUTE, Millis


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """When alike questions become one. Probabilities are 0 to 1, times milliseconds."""

    min_askers: int = 3
    """Different people, within `found_within`, before a cluster stands. 2 to 100."""
    found_within: Millis = 30 * MINUTE
    """1 minute to 1 day."""
    cluster_hours: Millis = 6 * HOUR
    """How long after its first question latecomers still join. At least `found_within`, at most 7 days."""
    found_at: float = 0.80
    """Mean probability within a group that founds a cluster."""
    join_at: float = 0.50
    """Probability at which a question joins a standing cluster."""
    pair_at: float = 0.70
    """Probability at which a question is told to be like another one; both still page singly."""
    core: int = 8
    """First members of each language that newcomers are compared with. 1 to 64."""
    recent: int = 500
    """Newest lone questions that are kept for comparison. 10 to 10,000."""

    def __post_init__(self) -> None:
        """Raises InputError that names the setting, what was given and the bounds."""
        check_number("min_askers", self.min_askers, 2, 100)
        check_number("core", self.core, 1, 64)
        check_number("recent", self.recent, 10, 10_000)
        for name in ("found_at", "join_at", "pair_at"):
            check_number(name, getattr(self, name), 0.05, 1)
        check_time("found_within", self.found_within, MINUTE, DAY)
        check_time("cluster_hours", self.cluster_hours, self.found_within, 7 * DAY)


DEFAULTS: Final = ClusterSettings()
_LOOKED_AT: Final = 50
"""Lone questions that are compared in full: the nearest by their texts."""


@dataclass(frozen=True, slots=True)
class Member:
    """A link of a cluster, and how sure it is that it belongs."""

    key: MessageKey
    community: str
    channel: ChannelKey
    asker: str
    language: str
    asked_at: Millis
    probability: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """Members in the order in which they came. Its key is its first question's, and stays if that one leaves."""

    key: MessageKey
    tenant: str
    opened_at: Millis
    """When its first question was asked."""
    members: tuple[Member, ...]
    core: tuple[Asked, ...]

    @property
    def askers(self) -> int:
        """The counter: different people, however often each asked."""
        return len({member.asker for member in self.members})

    @property
    def outage(self) -> bool:
        """Whether its first members speak of an outage."""
        return speak_of_outage(self.core)

    @property
    def links(self) -> tuple[MessageKey, ...]:
        """All questions in it: its resolution is offered in each one's thread."""
        return tuple(member.key for member in self.members)


@dataclass(frozen=True, slots=True)
class Clusters:
    """One tenant's: clusters by age until they are closed, and the lone questions of the last hours by age."""

    tenant: str
    standing: tuple[Cluster, ...] = ()
    recent: tuple[Asked, ...] = ()

    def of(self, key: MessageKey) -> Cluster | None:
        """The cluster that the question `key` is in, or None."""
        return next((one for one in self.standing if key in one.links), None)


class Kind(StrEnum):
    """How a question stands to the others."""

    JOINS = "joins"
    FOUNDS = "founds"
    """It makes a cluster out of lone questions."""
    PAIRS = "pairs"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a question belongs. `other`: the cluster's key, or the question that it is like."""

    kind: Kind
    other: MessageKey | None
    probability: float
    reason: str
    also: tuple[MessageKey, ...] = ()
    """Lone questions that come into the cluster with it."""


def add(asked: Asked, clusters: Clusters, settings: ClusterSettings = DEFAULTS) -> tuple[Clusters, Placement]:
    """Places a new or edited question: the clusters after it, and what was decided.

    A member that is added again changes nothing. Raises InputError for another tenant's question.
    """
    if asked.tenant != clusters.tenant:
        raise InputError(f"question {asked.key} is of {asked.tenant!r}, these clusters are of {clusters.tenant!r}")
    known = clusters.of(asked.key)
    if known is not None:
        return clusters, Placement(Kind.JOINS, known.key, 1.0, "is in the cluster already")
    clusters = _aged(without(clusters, asked.key), asked.asked_at, settings)
    joined = _join(asked, clusters, settings)
    if joined is not None:
        return joined
    return _found(asked, clusters, settings) or _stand_alone(asked, clusters, settings)


def without(clusters: Clusters, key: MessageKey) -> Clusters:
    """The clusters without a question that ended on its own or was deleted. An emptied cluster goes."""
    known = clusters.of(key)
    if known is None:
        return replace(clusters, recent=tuple(one for one in clusters.recent if one.key != key))
    members = tuple(one for one in known.members if one.key != key)
    core = tuple(one for one in known.core if one.key != key) or known.core  # what it is about outlives its founders
    return _exchange(clusters, known, replace(known, members=members, core=core) if members else None)


def close(clusters: Clusters, key: MessageKey) -> tuple[Clusters, tuple[MessageKey, ...]]:
    """Ends the cluster `key`: the rest, and all its questions, to each of which the resolution is offered."""
    cluster = next((one for one in clusters.standing if one.key == key), None)
    if cluster is None:
        return clusters, ()
    return _exchange(clusters, cluster, None), cluster.links


# -- joining


def _join(asked: Asked, clusters: Clusters, settings: ClusterSettings) -> tuple[Clusters, Placement] | None:
    best: tuple[float, Cluster, str] | None = None
    ground = Ground(clusters.recent)
    for cluster in clusters.standing:
        if abs(asked.asked_at - cluster.opened_at) <= settings.cluster_hours:
            goes_on = abs(asked.asked_at - cluster.members[-1].asked_at) <= settings.found_within
            like = likeness(asked, cluster.core, ground, symptoms=goes_on)
            if like.probability >= settings.join_at and (best is None or like.probability > best[0]):
                best = like.probability, cluster, like.reason
    if best is None:
        return None
    probability, cluster, reason = best
    grown = _with(cluster, asked, probability, settings)
    clusters = _exchange(clusters, cluster, grown)
    clusters, also = _adopt(clusters, grown, settings)
    return clusters, Placement(Kind.JOINS, cluster.key, probability, reason, also)


def _with(cluster: Cluster, asked: Asked, probability: float, settings: ClusterSettings) -> Cluster:
    members = (*cluster.members, _member(asked, probability))
    alike = sum(one.language == asked.language for one in cluster.core)
    known = any(one.asker == asked.asker for one in cluster.core)  # one person's view counts once
    core = cluster.core if alike >= settings.core or known else (*cluster.core, asked)
    return replace(cluster, members=members, core=core)


def _adopt(clusters: Clusters, cluster: Cluster, settings: ClusterSettings) -> tuple[Clusters, tuple[MessageKey, ...]]:
    """Lone questions that the cluster, as it is now, is seen to be about as well; its core is not widened by them."""
    also: list[MessageKey] = []
    ground = Ground(clusters.recent)
    grown = cluster
    for one in clusters.recent:
        if abs(one.asked_at - cluster.opened_at) <= settings.found_within:
            like = likeness(one, cluster.core, ground, symptoms=True)
            if like.probability >= settings.join_at:
                grown = replace(grown, members=(*grown.members, _member(one, like.probability)))
                also.append(one.key)
    rest = tuple(one for one in clusters.recent if one.key not in also)
    return replace(_exchange(clusters, cluster, grown), recent=rest), tuple(also)


# -- founding


def _found(asked: Asked, clusters: Clusters, settings: ClusterSettings) -> tuple[Clusters, Placement] | None:
    near = [one for one in _others(asked, clusters) if abs(asked.asked_at - one.asked_at) <= settings.found_within]
    ground = Ground(clusters.recent)
    group = _group(asked, near, ground, settings)
    if len({one.asker for one in group}) < settings.min_askers:
        return None
    ordered = sorted(group, key=lambda one: (one.asked_at, one.key))
    like = likeness(asked, [one for one in group if one.key != asked.key], ground)
    first = ordered[0]
    members = tuple(_member(one, 1.0 if one is first else like.probability) for one in ordered)
    cluster = Cluster(first.key, first.tenant, first.asked_at, members, tuple(ordered[: settings.core]))
    taken = set(cluster.links)
    rest = tuple(one for one in clusters.recent if one.key not in taken)
    clusters = replace(clusters, standing=(*clusters.standing, cluster), recent=rest)
    clusters, also = _adopt(clusters, cluster, settings)
    came = (*(key for key in cluster.links if key != asked.key), *also)
    return clusters, Placement(Kind.FOUNDS, cluster.key, like.probability, like.reason, came)


def _group(asked: Asked, near: Sequence[Asked], ground: Ground, settings: ClusterSettings) -> list[Asked]:
    """`asked` and those who ask the same: each new one has to be like all that are in already, on average.

    Either all of them speak of an outage, or the texts themselves are alike.
    """
    if asked.outage:
        group = [asked, *(one for one in near if one.outage)]
        if len({one.asker for one in group}) >= settings.min_askers:
            return group
    ranked = sorted(near, key=lambda one: (-by_text(asked, [one], ground).probability, one.asked_at, one.key))
    group = [asked]
    for one in ranked:
        askers = {other.asker for other in group}
        if one.asker not in askers and by_text(one, group, ground).probability >= settings.found_at:
            group.append(one)
    return group


# -- standing alone


def _stand_alone(asked: Asked, clusters: Clusters, settings: ClusterSettings) -> tuple[Clusters, Placement]:
    ground = Ground(clusters.recent)
    likes = [(likeness(asked, [one], ground), one) for one in _others(asked, clusters)]
    recent = sorted((*clusters.recent, asked), key=lambda one: (one.asked_at, one.key))[-settings.recent :]
    after = replace(clusters, recent=tuple(recent))
    best = max(likes, key=lambda pair: pair[0].probability, default=None)
    if best is None or best[0].probability < settings.pair_at:
        chance = best[0].probability if best else 0.0
        return after, Placement(Kind.ALONE, None, chance, "nobody else asked the same in the last hours")
    return after, Placement(Kind.PAIRS, best[1].key, best[0].probability, best[0].reason)


def _others(asked: Asked, clusters: Clusters) -> list[Asked]:
    """Lone questions of other people that may be like it: one who repeats a question is no crowd."""
    others = [one for one in clusters.recent if one.asker != asked.asker]
    ranked = sorted(others, key=lambda one: (-float(one.vector @ asked.vector), one.asked_at, one.key))
    return [*ranked[:_LOOKED_AT], *(one for one in ranked[_LOOKED_AT:] if asked.outage and one.outage)]


# -- housekeeping


def _aged(clusters: Clusters, now: Millis, settings: ClusterSettings) -> Clusters:
    """Without lone questions that nobody can pair with any more. Clusters stand until they are closed."""
    oldest = now - settings.cluster_hours
    return replace(clusters, recent=tuple(one for one in clusters.recent if one.asked_at >= oldest))


def _exchange(clusters: Clusters, old: Cluster, new: Cluster | None) -> Clusters:
    kept = (new if one.key == old.key else one for one in clusters.standing)
    return replace(clusters, standing=tuple(one for one in kept if one is not None))


def _member(asked: Asked, probability: float) -> Member:
    return Member(asked.key, asked.community, asked.channel, asked.asker, asked.language, asked.asked_at, probability)
