"""Tests of server/storage/accounts/passwords.py."""
from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.passwords import Credentials
from server.domain.accounts.usernames import UsernameTaken, username_identity
from server.domain.accounts.users import User
from server.storage.accounts.passwords import MongoPasswords
from server.storage.accounts.users import MongoUsers
from server.storage.mongo import Sequences
from tests.clock import NOON

IDENTITY = username_identity("alice")
ALICE = User(id=1, nickname="Alice", username="alice", identities=(IDENTITY,), token_generation=3, created_at=NOON)


@pytest.fixture
def passwords(mongo) -> MongoPasswords:
    return MongoPasswords(mongo)


@pytest.fixture
def users(mongo) -> MongoUsers:
    return MongoUsers(mongo, Sequences(mongo))


async def test_a_user_is_found_with_the_hash_and_without_it_elsewhere(passwords, users):
    await passwords.add_user(ALICE, "hash")
    assert await passwords.find_credentials(IDENTITY) == Credentials(ALICE, "hash")
    assert await users.get_user(1) == ALICE
    assert await passwords.find_credentials(username_identity("bob")) is None


async def test_who_has_no_password_has_no_credentials(passwords, users):
    await users.add_or_find(ALICE)
    assert await passwords.find_credentials(IDENTITY) is None


async def test_of_users_with_one_identity_the_first_is_kept(passwords):
    answers = await asyncio.gather(*(passwords.add_user(replace(ALICE, id=number), "") for number in range(1, 11)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["UsernameTaken"] * 9
    with pytest.raises(UsernameTaken):
        await passwords.add_user(replace(ALICE, id=99), "")


async def test_a_number_that_is_taken_is_an_error_of_its_own(passwords):
    await passwords.add_user(ALICE, "hash")
    with pytest.raises(DuplicateKeyError):
        await passwords.add_user(replace(ALICE, identities=(username_identity("bob"),)), "hash")


async def test_a_hash_is_replaced_only_while_it_is_the_old_one(passwords):
    await passwords.add_user(ALICE, "old")
    await passwords.replace_hash(1, "another", "new")
    assert await passwords.find_credentials(IDENTITY) == Credentials(ALICE, "old")
    await passwords.replace_hash(1, "old", "new")
    assert await passwords.find_credentials(IDENTITY) == Credentials(ALICE, "new")


async def test_a_change_begins_a_generation_of_tokens_and_is_made_once(passwords):
    await passwords.add_user(ALICE, "old")
    changes = (passwords.change_password(1, "old", f"new {number}", keep_login_id="mine") for number in range(5))
    assert sorted(await asyncio.gather(*changes)) == [False] * 4 + [True]
    kept = await passwords.find_credentials(IDENTITY)
    assert kept.user == replace(ALICE, token_generation=4, kept_login_id="mine")
    assert kept.password_hash.startswith("new")
