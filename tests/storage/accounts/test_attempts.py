"""Tests of server/storage/accounts/attempts.py."""
from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from server.domain.accounts.attempts import ACCOUNT_PACE, Attempts
from server.storage.accounts.attempts import MongoAttempts
from tests.clock import NOON

FIRST = Attempts.with_another(None, "account:alice", ACCOUNT_PACE, NOON)
SECOND = Attempts.with_another(FIRST, "account:alice", ACCOUNT_PACE, NOON + timedelta(seconds=1))


@pytest.fixture
def attempts(mongo) -> MongoAttempts:
    return MongoAttempts(mongo)


async def test_failures_are_found_as_they_were_saved(attempts):
    assert await attempts.find_attempts("account:alice") is None
    assert await attempts.save_attempts(None, FIRST)
    assert await attempts.find_attempts("account:alice") == FIRST
    assert await attempts.save_attempts(FIRST, SECOND)
    assert await attempts.find_attempts("account:alice") == SECOND


async def test_of_many_who_count_from_the_same_state_one_does(attempts):
    for before, after in ((None, FIRST), (FIRST, SECOND)):
        assert sorted(await asyncio.gather(*(attempts.save_attempts(before, after) for _ in range(8)))) == [False] * 7 + [True]


async def test_what_was_taken_back_is_as_before(attempts):
    await attempts.save_attempts(None, FIRST)
    await attempts.save_attempts(FIRST, SECOND)
    await attempts.take_back(FIRST, SECOND)
    assert await attempts.find_attempts("account:alice") == FIRST
    await attempts.take_back(None, FIRST)
    assert await attempts.find_attempts("account:alice") is None
    await attempts.take_back(None, FIRST)


async def test_taking_back_leaves_what_was_counted_since(attempts):
    await attempts.save_attempts(None, FIRST)
    await attempts.save_attempts(FIRST, SECOND)
    await attempts.take_back(None, FIRST)
    assert await attempts.find_attempts("account:alice") == replace(SECOND, failures=1)


async def test_a_place_is_known_until_its_time_is_over(attempts):
    until = NOON + timedelta(days=1)
    assert not await attempts.is_known("alice@here", NOON)
    await asyncio.gather(*(attempts.note_known("alice@here", until) for _ in range(5)))
    assert await attempts.is_known("alice@here", NOON)
    assert not await attempts.is_known("alice@there", NOON)
    assert not await attempts.is_known("alice@here", until)
    await attempts.note_known("alice@here", until + timedelta(days=1))
    assert await attempts.is_known("alice@here", until)


async def test_failures_are_forgotten_everywhere_and_those_of_others_are_not(attempts):
    own = [replace(FIRST, id=key) for key in ("account:alice", "account:alice@here", "account:alice@::1")]
    others = [replace(FIRST, id=key) for key in ("account:alice2", "account:alic", "address:alice", "account:a.ice@here")]
    for one in own + others:
        await attempts.save_attempts(None, one)
    await attempts.note_known("alice@here", NOON + timedelta(days=1))
    await attempts.forget_everywhere("account:alice")
    assert [await attempts.find_attempts(one.id) for one in own] == [None] * 3
    assert [await attempts.find_attempts(one.id) for one in others] == others
    assert await attempts.is_known("alice@here", NOON)


async def test_failures_are_forgotten_on_demand_and_by_the_database(attempts, mongo):
    await attempts.save_attempts(None, FIRST)
    await attempts.forget("account:alice")
    assert await attempts.find_attempts("account:alice") is None
    indexes = await mongo.login_attempts.index_information()
    assert indexes["kept_until_1"]["expireAfterSeconds"] == 0
