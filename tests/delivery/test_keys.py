"""The names of pages: stable, short, and one for each page."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.notify import token
from tests.delivery.world import World

KEY = "acme:fake/acme/help/q1:1:0:0:pages:support for support:ping"


@settings(database=None)
@given(st.text(st.characters(codec="utf-8"), max_size=2000))
def test_a_token_is_short_and_safe_in_any_field(key: str) -> None:
    assert len(token(key)) == 25
    assert set(token(key)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert token(key) == token(key)


def test_a_token_is_the_same_in_every_process_and_release() -> None:
    command = f"from escalation.notify import token; print(token({KEY!r}))"
    told = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == token(KEY) == "RBQRB5RUGSIU4Z75EBIBGWK5M"


def test_different_keys_have_different_tokens() -> None:
    assert len({token(f"{KEY}{n}") for n in range(10_000)}) == 10_000


async def test_a_page_is_named_by_tenant_subject_episode_round_step_target_and_kind(world: World) -> None:
    await world.due()
    await world.deliver()
    assert (await world.row()).key == KEY
    assert world.card().nonce == token(KEY)


async def test_another_step_round_or_episode_is_another_page(world: World) -> None:
    key = await world.due()
    await world.deliver()
    await world.tick(minutes=10)
    await world.desk.snooze("acme", key, "ana", world.clock.now, world.clock.now + timedelta(minutes=30))
    await world.tick(minutes=30)
    await world.desk.resolve("acme", key, "ana", world.clock.now)
    await world.desk.reopen("acme", key, "ana", world.clock.now)
    await world.tick(minutes=10)
    sent = [(row.episode, row.round, row.step) for row in await world.rows() if row.kind == "ping"]
    assert sorted(sent) == [(1, 0, 0), (1, 0, 1), (1, 1, 0), (2, 0, 0)]
    assert len({card.nonce for card in world.notifier.cards}) == 4
