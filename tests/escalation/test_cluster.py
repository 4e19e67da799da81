"""The same question asked by many: when a cluster stands, who joins it, and who never does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.cluster import Clusters, ClusterSettings, Kind, Placement, add, close, without
from escalation.errors import InputError
from escalation.events import Place
from escalation.likeness import Asked, Ground, by_text, likeness
from escalation.timing import DAY, HOUR, MINUTE

T = 100 * DAY
ROOM = Place("discord", "acme", "help")
TOPICS = 16


def question(number: int, topic: int = 0, *, at: int | None = None, **more: Any) -> Asked:
    """A question of its own asker, a minute after the one before; equal topics are texts of one meaning."""
    vector = np.zeros(2 * TOPICS, dtype=np.float32)
    vector[topic] = 1.0
    vector[TOPICS + number % TOPICS] = 0.3  # no two people use the same words
    facts: dict[str, Any] = {"asker": f"asker {number}", "language": "en", "vector": vector, **more}
    return Asked(
        key=ROOM.message(str(number)),
        tenant="acme",
        community=ROOM.community_key,
        channel=ROOM.key,
        asked_at=T + number * MINUTE if at is None else at,
        **facts,
    )


def play(questions: list[Asked], settings: ClusterSettings | None = None) -> tuple[Clusters, list[Placement]]:
    clusters, placements = Clusters("acme"), []
    for one in questions:
        clusters, placement = add(one, clusters, settings or ClusterSettings())
        placements.append(placement)
    return clusters, placements


def kinds(placements: list[Placement]) -> list[str]:
    return [one.kind.value for one in placements]


# -- founding


def test_two_alike_questions_still_page_singly_and_the_third_founds() -> None:
    clusters, placements = play([question(1), question(2), question(3), question(4)])
    assert kinds(placements) == ["alone", "pairs", "founds", "joins"]
    assert placements[1].other == question(1).key
    assert placements[2].also == (question(1).key, question(2).key)
    (cluster,) = clusters.standing
    assert cluster.key == question(1).key
    assert cluster.links == tuple(question(number).key for number in (1, 2, 3, 4))
    assert cluster.askers == 4
    assert clusters.recent == ()


def test_different_questions_stay_alone() -> None:
    clusters, placements = play([question(number, number) for number in range(12)])
    assert set(kinds(placements)) == {"alone"}
    assert clusters.standing == ()


def test_one_person_who_repeats_a_question_is_no_crowd() -> None:
    clusters, placements = play([question(number, asker="same") for number in range(6)])
    assert set(kinds(placements)) == {"alone"}
    assert clusters.standing == ()


def test_two_people_are_no_cluster_however_often_they_ask() -> None:
    clusters, _ = play([question(number, asker=f"asker {number % 2}") for number in range(10)])
    assert clusters.standing == ()


def test_the_same_question_over_days_is_no_cluster() -> None:
    clusters, placements = play([question(number, at=T + number * HOUR) for number in range(8)])
    assert clusters.standing == ()
    assert Kind.FOUNDS not in {one.kind for one in placements}


def test_the_size_is_tunable() -> None:
    clusters, placements = play([question(number) for number in range(5)], ClusterSettings(min_askers=5))
    assert kinds(placements)[-1] == "founds"
    assert clusters.standing[0].askers == 5


# -- joining


def test_latecomers_join_for_hours_and_not_for_ever() -> None:
    clusters, _ = play([question(1), question(2), question(3)])
    _, late = add(question(4, at=T + 5 * HOUR), clusters)
    _, too_late = add(question(5, at=T + 7 * HOUR), clusters)
    assert late.kind is Kind.JOINS
    assert too_late.kind is Kind.ALONE


def test_a_member_that_asks_again_joins_without_raising_the_counter() -> None:
    clusters, _ = play([question(1), question(2), question(3), question(9, asker="asker 1")])
    assert clusters.standing[0].askers == 3
    assert len(clusters.standing[0].links) == 4


def test_adding_a_member_again_changes_nothing() -> None:
    clusters, _ = play([question(1), question(2), question(3)])
    again, placement = add(question(2), clusters)
    assert again is clusters
    assert (placement.kind, placement.other) == (Kind.JOINS, question(1).key)


def test_an_edited_lone_question_is_compared_anew() -> None:
    clusters, _ = play([question(1), question(2), question(3), question(4, topic=5)])
    after, placement = add(question(4), clusters)
    assert placement.kind is Kind.JOINS
    assert after.recent == ()


def test_a_cluster_does_not_drift_from_its_first_members() -> None:
    """Each newcomer is a little further from where it began; a chain would follow them all the way round."""

    def turned(number: int) -> Asked:
        angle = max(0, number - 3) * np.pi / 40
        vector = np.zeros(4, dtype=np.float32)
        vector[:2] = np.cos(angle), np.sin(angle)
        return question(number, vector=vector, at=T + number * MINUTE)

    clusters, _ = play([turned(number) for number in range(40)], ClusterSettings(core=4))
    first = clusters.standing[0]
    furthest = max(int(key.rsplit("/", 1)[1]) for key in first.links)
    assert 4 < furthest < 20


def test_two_topics_at_once_are_two_clusters() -> None:
    clusters, _ = play([question(number, number % 2) for number in range(12)])
    assert [cluster.askers for cluster in clusters.standing] == [6, 6]
    assert not set(clusters.standing[0].links) & set(clusters.standing[1].links)


# -- outages


def outage(number: int, language: str, **more: Any) -> Asked:
    return question(number, number, language=language, outage=True, **more)


def test_an_outage_in_three_languages_is_one_cluster() -> None:
    clusters, placements = play([outage(1, "en"), outage(2, "de"), outage(3, "es"), outage(4, "fr")])
    assert kinds(placements) == ["alone", "pairs", "founds", "joins"]
    assert clusters.standing[0].outage
    assert "outage" in placements[3].reason


def test_symptoms_join_while_the_outage_goes_on_but_found_none() -> None:
    symptom = question(9, 9, trouble=True, at=T + 9 * MINUTE)
    alone, placements = play([replace(symptom, key=ROOM.message(str(n)), asker=str(n)) for n in (20, 21)])
    assert alone.standing == ()
    clusters, _ = play([outage(1, "en"), outage(2, "de"), outage(3, "es")])
    assert add(symptom, clusters)[1].kind is Kind.JOINS
    assert add(replace(symptom, asked_at=T + 2 * HOUR), clusters)[1].kind is Kind.ALONE
    assert placements[0].kind is Kind.ALONE


def test_symptoms_from_before_the_cluster_stood_come_into_it() -> None:
    symptom = question(0, 9, trouble=True)
    clusters, placements = play([symptom, outage(1, "en"), outage(2, "de"), outage(3, "es")])
    assert symptom.key in placements[3].also
    assert clusters.standing[0].links[-1] == symptom.key
    assert clusters.recent == ()


def test_about_the_same_thing_joins_unless_it_asks_how() -> None:
    words = frozenset({"check", "card"})
    clusters, _ = play([outage(number, "en", words=words) for number in (1, 2, 3)])
    newcomer = question(9, 9, words=frozenset({"check", "queue"}))
    assert add(newcomer, clusters)[1].kind is Kind.JOINS
    assert add(replace(newcomer, own=True), clusters)[1].kind is Kind.ALONE


def test_other_questions_are_not_swallowed_by_an_outage() -> None:
    others = [question(number, 4 + number % 12, own=True) for number in range(100, 112)]
    clusters, placements = play([outage(1, "en"), outage(2, "de"), outage(3, "es"), *others])
    assert {one.kind for one in placements[3:]} == {Kind.ALONE}
    assert clusters.standing[0].askers == 3


# -- ending


def test_a_resolution_is_offered_to_every_member() -> None:
    clusters, _ = play([question(1), question(2), question(3), question(4, topic=7)])
    after, offered = close(clusters, question(1).key)
    assert offered == (question(1).key, question(2).key, question(3).key)
    assert after.standing == ()
    assert [one.key for one in after.recent] == [question(4).key]
    assert close(after, question(1).key) == (after, ())


def test_a_long_open_cluster_can_still_be_closed() -> None:
    clusters, _ = play([question(1), question(2), question(3), question(4, topic=7, at=T + 3 * DAY)])
    assert len(close(clusters, question(1).key)[1]) == 3


def test_the_key_stays_when_its_first_question_leaves() -> None:
    clusters, _ = play([question(1), question(2), question(3)])
    clusters = without(clusters, question(1).key)
    assert clusters.standing[0].key == question(1).key
    assert clusters.standing[0].askers == 2
    assert add(question(4), clusters)[1].other == question(1).key


def test_an_emptied_cluster_goes_and_a_lone_question_can_leave() -> None:
    clusters, _ = play([question(1), question(2), question(3), question(4, topic=7)])
    for number in (1, 2, 3, 4):
        clusters = without(clusters, question(number).key)
    assert clusters == Clusters("acme")


# -- likeness


def test_texts_of_one_language_are_not_alike_for_that_alone() -> None:
    """All texts share a direction, as those of one language do: it is taken off what the lone ones show."""

    def biased(number: int) -> Asked:
        vector = np.zeros(65, dtype=np.float32)
        vector[0], vector[1 + number] = 1.0, 0.8
        return question(number, vector=vector, language="es")

    lone = [biased(number) for number in range(60)]
    measured = by_text(lone[0], [lone[1]], Ground(lone)).probability
    assert measured < 0.1 < by_text(lone[0], [lone[1]], Ground([])).probability


def test_a_question_is_most_like_itself_and_shared_words_help() -> None:
    one, other = question(1), question(2)
    none = Ground([])
    assert likeness(one, [one], none).probability > likeness(one, [other], none).probability
    words = frozenset({"e1006"})
    with_words = likeness(replace(one, words=words), [replace(other, words=words)], none)
    assert with_words.probability > likeness(one, [other], none).probability
    assert "e1006" in with_words.reason


def test_an_empty_text_is_like_nothing() -> None:
    empty = question(1, vector=np.zeros(32, dtype=np.float32))
    clusters, placements = play([empty, replace(empty, key=ROOM.message("2"), asker="b"), question(3)])
    assert set(kinds(placements)) == {"alone"}
    assert clusters.standing == ()


@pytest.mark.parametrize("vector", [np.zeros((2, 2)), np.array([1.0, np.nan]), np.array([np.inf, 0.0])])
def test_a_vector_that_is_none_is_refused(vector: Any) -> None:
    with pytest.raises(InputError, match="vector must be one list of finite numbers"):
        question(1, vector=vector)


# -- settings and hypothesis


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_askers", 1),
        ("min_askers", 101),
        ("found_within", 10),
        ("found_within", 2 * DAY),
        ("cluster_hours", MINUTE),
        ("cluster_hours", 8 * DAY),
        ("found_at", 0.0),
        ("join_at", 1.5),
        ("pair_at", -1),
        ("core", 0),
        ("recent", 9),
    ],
)
def test_settings_out_of_bounds_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{name} .*must be"):
        ClusterSettings(**{name: value})  # type: ignore[arg-type]


def test_another_tenants_question_is_refused() -> None:
    with pytest.raises(InputError, match="is of 'other'"):
        add(replace(question(1), tenant="other"), Clusters("acme"))


streams = st.lists(
    st.builds(
        lambda number, topic, minutes, asker, outage, trouble, language: question(
            number, topic, at=T + minutes * MINUTE, asker=asker, outage=outage, trouble=trouble, language=language
        ),
        st.integers(0, 200),
        st.integers(0, 4),
        st.integers(0, 600),
        st.sampled_from("abcdefgh"),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["en", "de", ""]),
    ),
    max_size=40,
    unique_by=lambda one: one.key,
)
many_settings = st.builds(
    ClusterSettings,
    min_askers=st.integers(2, 5),
    found_within=st.integers(MINUTE, 2 * HOUR),
    cluster_hours=st.integers(2 * HOUR, 9 * HOUR),
    core=st.integers(1, 8),
    recent=st.integers(10, 50),
)


@given(streams, many_settings)
def test_every_question_is_in_one_place_and_every_cluster_is_one(
    stream: list[Asked], settings: ClusterSettings
) -> None:
    clusters = Clusters("acme")
    for one in stream:
        before = clusters
        clusters, placement = add(one, clusters, settings)
        assert 0 <= placement.probability <= 1
        assert placement.reason
        known = clusters.of(one.key)
        if placement.kind in (Kind.JOINS, Kind.FOUNDS):
            assert known is not None
            assert placement.other == known.key
            assert set(placement.also) <= set(known.links)
        else:
            assert known is None
        for key in (old.key for old in before.standing):
            assert any(new.key == key for new in clusters.standing)
    inside = [key for cluster in clusters.standing for key in cluster.links]
    lone = [one.key for one in clusters.recent]
    assert len({*inside, *lone}) == len(inside) + len(lone)
    assert all(cluster.askers >= settings.min_askers for cluster in clusters.standing)
    assert len(lone) <= settings.recent


@given(streams, many_settings)
def test_the_same_stream_gives_the_same_clusters(stream: list[Asked], settings: ClusterSettings) -> None:
    assert play(stream, settings) == play(stream, settings)
