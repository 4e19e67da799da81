"""Who may do what on the fake Discord: `topics/permissions#permission-hierarchy` of its documentation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.fakes.discord import MEMBER, Channel, FakeDiscord, Guild, P, Person, Role
from tests.fakes.discord.permissions import ALL, in_channel, sees


@dataclass
class Stage:
    fake: FakeDiscord
    guild: Guild
    first: Role
    second: Role
    channel: Channel
    ann: Person

    def set(self, target: Role | Person | Guild, *, allow: int = 0, deny: int = 0) -> None:
        what = target.user if isinstance(target, Person) else target
        self.fake.owner_of(self.guild).permit(self.channel, what, allow=allow, deny=deny)

    @property
    def may(self) -> int:
        return in_channel(self.channel, self.ann.member)


@pytest.fixture
def stage() -> Stage:
    fake = FakeDiscord(validate=False)
    guild = fake.add_guild()
    first, second = fake.add_role(guild, "first"), fake.add_role(guild, "second")
    return Stage(fake, guild, first, second, fake.add_channel(guild, "c"), fake.add_member(guild, "ann", first, second))


def test_roles_add_up(stage: Stage) -> None:
    assert stage.may == MEMBER
    stage.ann.change_role(stage.first, permissions=int(P.MANAGE_MESSAGES))
    stage.ann.change_role(stage.second, permissions=int(P.MANAGE_THREADS))
    assert stage.may == MEMBER | P.MANAGE_MESSAGES | P.MANAGE_THREADS


def test_the_owner_and_administrators_may_everything_everywhere(stage: Stage) -> None:
    stage.set(stage.guild, deny=ALL)
    assert in_channel(stage.channel, stage.fake.owner_of(stage.guild).member) == ALL
    stage.ann.change_role(stage.first, permissions=int(P.ADMINISTRATOR))
    assert stage.may == ALL


def test_everyone_then_roles_then_the_member(stage: Stage) -> None:
    stage.set(stage.guild, deny=P.ADD_REACTIONS)
    assert not stage.may & P.ADD_REACTIONS
    stage.set(stage.first, allow=P.ADD_REACTIONS)
    stage.set(stage.second, deny=P.ADD_REACTIONS)
    assert stage.may & P.ADD_REACTIONS
    stage.set(stage.ann, deny=P.ADD_REACTIONS)
    assert not stage.may & P.ADD_REACTIONS


def test_without_a_view_there_is_nothing_and_without_a_voice_no_embeds(stage: Stage) -> None:
    stage.set(stage.guild, deny=P.SEND_MESSAGES)
    assert stage.may & (P.EMBED_LINKS | P.ATTACH_FILES | P.SEND_MESSAGES) == 0
    stage.set(stage.guild, deny=P.VIEW_CHANNEL)
    assert stage.may == 0


def test_a_thread_has_its_channels_permissions_and_a_private_one_its_own_people(stage: Stage) -> None:
    owner = stage.fake.owner_of(stage.guild)
    public, private = owner.start_thread(stage.channel, "a"), owner.start_thread(stage.channel, "b", private=True)
    assert sees(public, stage.ann.member)
    assert not sees(private, stage.ann.member)
    owner.add_to_thread(private, stage.ann.user)
    assert sees(private, stage.ann.member)
    stage.set(stage.guild, deny=P.VIEW_CHANNEL)
    assert not sees(public, stage.ann.member)
    assert not sees(private, stage.ann.member)


def test_a_timed_out_member_may_only_read(stage: Stage) -> None:
    now = stage.fake.clock.now()
    stage.fake.owner_of(stage.guild).time_out(stage.ann, now + timedelta(minutes=1))
    assert in_channel(stage.channel, stage.ann.member, now) == P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY
    assert in_channel(stage.channel, stage.ann.member, now + timedelta(minutes=2)) == MEMBER


def test_a_deleted_role_leaves_no_trace(stage: Stage) -> None:
    stage.set(stage.first, deny=P.VIEW_CHANNEL)
    assert stage.may == 0
    stage.ann.delete_role(stage.first)
    assert stage.may == MEMBER
    assert stage.ann.member.roles == {stage.second.id}
