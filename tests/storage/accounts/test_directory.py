"""Tests of server/storage/accounts/directory.py and profiles.py."""
from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from server.domain.accounts.profiles import Changed, ProfileChange
from server.domain.accounts.usernames import username_identity
from server.domain.accounts.users import Role, User
from server.domain.errors import NotFound
from server.domain.paging import PageQuery
from server.storage.accounts.directory import MongoDirectory
from server.storage.accounts.erasure import MongoErasures
from server.storage.accounts.profiles import MongoProfiles
from server.storage.accounts.users import MongoUsers
from server.storage.mongo import Sequences
from tests.clock import NOON

ALICE = User(id=1, nickname="Alice", username="Alice", identities=(username_identity("alice"),), token_generation=3, created_at=NOON)


@pytest.fixture
def directory(mongo) -> MongoDirectory:
    return MongoDirectory(mongo)


@pytest.fixture
def profiles(mongo) -> MongoProfiles:
    return MongoProfiles(mongo)


@pytest.fixture
def users(mongo) -> MongoUsers:
    return MongoUsers(mongo, Sequences(mongo))


async def test_a_deleted_user_is_found_in_no_way(directory, profiles, users, mongo):
    await users.add_or_find(ALICE)
    assert await directory.find_by_identity(username_identity("alice")) == await directory.find_by_id(1) == ALICE
    await MongoErasures(mongo).empty_user(1, "gone", NOON)
    assert await directory.find_by_identity(username_identity("alice")) is None
    assert await directory.find_by_id(1) is None
    page = await directory.page_users("", PageQuery())
    assert (page.items, page.total) == ([], 0)
    for change in (directory.change_role(1, Role.ADMIN, has_role=True), profiles.change_profile(1, ProfileChange(name="x"))):
        with pytest.raises(NotFound):
            await change


async def test_a_role_is_given_once_and_taken_and_each_time_the_tokens_end(directory, users):
    await users.add_or_find(replace(ALICE, roles=(Role.OPERATOR,), kept_login_id="kept"))
    both = replace(ALICE, roles=(Role.OPERATOR, Role.ADMIN), token_generation=4)
    assert await directory.change_role(1, Role.ADMIN, has_role=True) == both
    assert await directory.change_role(1, Role.ADMIN, has_role=True) == replace(both, token_generation=5)
    one = replace(both, roles=(Role.OPERATOR,), token_generation=6)
    assert await directory.change_role(1, Role.ADMIN, has_role=False) == one


async def test_a_change_tells_what_was_before_and_changes_only_what_is_given(profiles, users):
    await users.add_or_find(ALICE)
    named = replace(ALICE, real_name="A", email="a@mail.example")
    assert await profiles.change_profile(1, ProfileChange(name="A", email="a@mail.example")) == Changed(ALICE, named)
    assert await profiles.change_profile(1, ProfileChange()) == Changed(named, named)
    assert await users.get_user(1) == named


async def test_of_changes_at_once_each_follows_another(profiles, users):
    await users.add_or_find(ALICE)
    changes = await asyncio.gather(*(profiles.change_profile(1, ProfileChange(avatar=f"https://a/{n}")) for n in range(8)))
    befores = {changed.before.avatar for changed in changes}
    afters = {changed.after.avatar for changed in changes}
    last = (await users.get_user(1)).avatar
    assert len(befores) == len(afters) == 8
    assert befores == afters - {last} | {""}
