"""Encoder and heads in numpy beside the slow, straightforward way to say the same."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.detection.encoder import LONGEST, SIZE, WEIGHTS, Encoder, buckets, gist, looked_at, meaning, word_vector
from escalation.detection.head import ACTS, HEADS, Head, acts, head

encoder = Encoder.load(WEIGHTS / "encoder.npz")


def slowly(words: list[str]) -> np.ndarray:  # type: ignore[type-arg]
    """Word by word, unit by unit, as the module's text says it."""
    units, k = len(encoder.bias), encoder.hashed.shape[1]
    projected = [word_vector(word).astype(float) @ encoder.project.astype(float) for word in words]
    before, itself, behind = (encoder.convolve[:, at * units : (at + 1) * units].astype(float) for at in range(3))
    hashed = np.zeros(k)
    best = np.full(units, -np.inf) if words else encoder.bias.astype(float)
    for at, word in enumerate(words):
        rows = buckets(word)
        hashed += sum(encoder.hashed[row].astype(float) for row in rows) * 2 / math.sqrt(len(rows))
        total = encoder.bias + projected[at] @ itself
        if at > 0:
            total = total + projected[at - 1] @ before
        if at + 1 < len(words):
            total = total + projected[at + 1] @ behind
        best = np.maximum(best, total)
    return np.concatenate((hashed / math.sqrt(max(1, len(words))), np.maximum(best, 0)))


@pytest.mark.parametrize("text", ["", "why", "why not", "the router is dead since the update ?", "ñandú ルーター 😀 x"])
def test_the_encoder_says_what_the_slow_way_says(text: str) -> None:
    words = text.split()
    for _ in range(2):  # learnt, then remembered
        assert np.allclose(encoder(words), slowly(words), atol=1e-3)


def test_what_was_said_before_changes_nothing() -> None:
    fresh = Encoder.load(WEIGHTS / "encoder.npz")
    encoder("other words were said here".split())
    assert (encoder("my router is dead".split()) == fresh("my router is dead".split())).all()


def test_of_a_long_text_the_beginning_and_the_end_are_looked_at() -> None:
    words = [str(number) for number in range(1_000)]
    seen = looked_at(words)
    assert len(seen) == LONGEST
    assert (seen[0], seen[-1]) == ("0", "999")
    assert list(seen) == sorted(seen, key=int)
    assert looked_at(words[:LONGEST]) == words[:LONGEST]


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=120))
def test_every_text_has_a_gist(text: str) -> None:
    seen = gist(text)
    assert np.isfinite(seen.said).all()
    assert seen.meaning.shape == (SIZE,)
    length = float(np.linalg.norm(seen.meaning))
    assert length == pytest.approx(1, abs=1e-3) or length == 0


@pytest.mark.parametrize("text", ["\ud800", "hi \udfff there", "a\x00b", "﷽" * 900, "e" + "\u0301" * 5_000])
def test_broken_text_has_one_too(text: str) -> None:
    assert np.isfinite(gist(text).said).all()
    assert np.isfinite(meaning(text)).all()


def test_a_head_beside_one_that_is_counted_by_hand() -> None:
    seen = gist("nobody said these very words before")
    units = len(seen.said)
    said = np.zeros((units, 3), dtype=np.float32)
    said[0] = (1, 2, 3)
    turn = np.zeros((SIZE, 1), dtype=np.float32)
    turn[5] = 4
    own = seen.text.names[0]
    by_hand = Head(
        "by hand", ("yes", "no"), {own: 0, "near": 1},
        named=np.array([[1, 0, 0.5], [0, 2, -1]], dtype=np.float32),
        said=said, meaning=turn, bias=np.array([0.1, 0.2, 0.3], dtype=np.float32),
        out=np.array([[2, -2]], dtype=np.float32),
    )  # fmt: skip
    first, fifth = float(seen.said[0]), float(seen.meaning[5])
    for near in (0.0, 0.5, 2.0):
        hidden = max(0.0, 0.3 + 3 * first + 0.5 - near + 4 * fifth)
        yes, no = 0.1 + first + 1 + 2 * hidden, 0.2 + 2 * first + 2 * near - 2 * hidden
        found = by_hand.probabilities(seen, {"near": near, "unknown": 7.0})
        assert found["yes"] == pytest.approx(1 / (1 + math.exp(no - yes)), abs=1e-4)
        assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", HEADS)
def test_the_shipped_heads_fit_the_encoder(name: str) -> None:
    found = head(name).probabilities(gist("how do i reset it?"), {})
    assert sum(found.values()) == pytest.approx(1)
    assert head(name).said.shape[0] == len(gist("x").said)


def test_acts_are_told_in_their_order() -> None:
    assert len(acts(gist("how do i reset it?"))) == len(ACTS)
    assert set(head("act").classes) == set(ACTS)


def test_all_weights_together_are_small() -> None:
    files = [path for path in Path(WEIGHTS).rglob("*") if path.is_file()]
    assert {f"{name}.npz" for name in (*HEADS, "encoder", "links", "outlook")} <= {path.name for path in files}
    assert sum(path.stat().st_size for path in files) < 5_000_000
