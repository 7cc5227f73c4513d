"""Tests of server/storage/accounts/users.py."""
from __future__ import annotations

import asyncio
from functools import partial

import pytest
from msgspec.structs import replace
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.users import Role, User
from server.domain.errors import NotFound
from server.storage.accounts.users import MongoUsers
from server.storage.mongo import Sequences
from tests.clock import NOON

ALICE = User(
    id=1,
    nickname="alice",
    avatar="https://avatars/1",
    identities=("wechat:o-1", "sandbox:alice"),
    roles=(Role.ADMIN,),
    token_generation=3,
    kept_login_id="kept",
    created_at=NOON,
)


@pytest.fixture
def users(mongo) -> MongoUsers:
    return MongoUsers(mongo, Sequences(mongo))


async def test_a_user_is_found_as_they_were_stored(users):
    assert await users.add_or_find(ALICE) == ALICE
    assert await users.get_user(1) == ALICE
    assert await users.find_users([1, 2]) == {1: ALICE}
    assert await users.find_users([]) == {}
    for identity in ALICE.identities:
        assert await users.find_user_by_identity(identity) == ALICE
    assert await users.find_user_by_identity("sandbox:bob") is None
    with pytest.raises(NotFound):
        await users.get_user(2)


async def test_of_users_with_one_identity_the_first_is_kept(users):
    answers = await asyncio.gather(*(users.add_or_find(replace(ALICE, id=number)) for number in range(1, 21)))
    assert len({answer.id for answer in answers}) == 1
    assert list(await users.find_users(range(1, 21))) == [answers[0].id]
    assert await users.add_or_find(replace(ALICE, id=99, identities=("wechat:o-2", "sandbox:alice"))) == answers[0]


async def test_a_number_that_is_taken_is_an_error_and_no_user_found(users):
    await users.add_or_find(ALICE)
    with pytest.raises(DuplicateKeyError):
        await users.add_or_find(replace(ALICE, identities=("sandbox:bob",)))


async def test_numbers_are_positive_and_differ(users):
    numbers = await asyncio.gather(*(users.next_id() for _ in range(20)))
    assert len(set(numbers)) == 20 and min(numbers) > 0


async def test_a_user_is_renamed_only_from_the_name_that_was_theirs(users):
    await users.add_or_find(ALICE)
    await users.rename(1, ALICE.nickname, "alice the second")
    await users.rename(1, ALICE.nickname, "alice the third")
    assert await users.get_user(1) == replace(ALICE, nickname="alice the second")


async def test_ending_tokens_begins_a_generation_and_names_the_one_to_keep(users):
    await users.add_or_find(ALICE)
    await users.end_tokens(1, keep_login_id="mine")
    assert await users.get_user(1) == replace(ALICE, token_generation=4, kept_login_id="mine")
    await users.end_tokens(1)
    assert await users.get_user(1) == replace(ALICE, token_generation=5, kept_login_id=None)


async def test_a_ban_ends_every_token_and_lifting_it_brings_none_back(users):
    await users.add_or_find(ALICE)
    await users.ban_user(1)
    assert await users.get_user(1) == replace(ALICE, token_generation=4, kept_login_id=None, is_banned=True)
    await users.unban_user(1)
    assert await users.get_user(1) == replace(ALICE, token_generation=4, kept_login_id=None)


async def test_resetting_an_operator_keeps_their_other_roles(users):
    await users.add_or_find(replace(ALICE, is_banned=True))
    expected = replace(ALICE, token_generation=4, kept_login_id=None, roles=(Role.ADMIN, Role.OPERATOR))
    assert await users.reset_operator(1, Role.OPERATOR) == expected
    assert await users.reset_operator(1, Role.OPERATOR) == replace(expected, token_generation=5)


async def test_who_does_not_exist_cannot_be_changed(users):
    for change in (users.end_tokens, users.ban_user, users.unban_user, partial(users.reset_operator, role=Role.OPERATOR)):
        with pytest.raises(NotFound):
            await change(404)
