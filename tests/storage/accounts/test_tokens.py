"""Tests of server/storage/accounts/tokens.py."""
from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from server.domain.accounts.claims import Claims, Refusal
from server.domain.accounts.users import User
from server.storage.accounts.tokens import MongoTokens
from tests.clock import NOON

ALICE = User(id=7, nickname="alice", created_at=NOON)
OLD = Claims.of(ALICE, NOON)


def refreshed() -> Refusal:
    """The old token, refreshed to a new one."""
    return Refusal.of(OLD, NOON, successor=Claims.of(ALICE, NOON, login_at=OLD.login_at))


@pytest.fixture
def tokens(mongo) -> MongoTokens:
    return MongoTokens(mongo)


async def test_refused_tokens_are_found_among_others(tokens):
    await tokens.refuse(Refusal.of(OLD, NOON))
    assert await tokens.find_refused([OLD.id, "another"]) == {OLD.id}
    assert await tokens.find_refused([]) == set()


async def test_the_first_refusal_is_kept_with_its_successor(tokens):
    first = refreshed()
    assert await tokens.refuse(first) == first
    for later in (refreshed(), Refusal.of(OLD, NOON)):
        assert await tokens.refuse(later) == first


async def test_of_refusals_at_once_all_see_the_same(tokens, mongo):
    kept = await asyncio.gather(*(MongoTokens(mongo).refuse(refreshed()) for _ in range(40)))
    assert all(one == kept[0] for one in kept)
    assert await mongo.denied_tokens.count_documents({}) == 1


async def test_ending_takes_the_successor_away_and_gives_it_once(tokens):
    first = refreshed()
    await tokens.refuse(first)
    assert await tokens.end(Refusal.of(OLD, NOON)) == first.successor
    assert await tokens.end(Refusal.of(OLD, NOON)) is None
    assert await tokens.refuse(refreshed()) == replace(first, successor=None)
    assert await tokens.find_refused([OLD.id]) == {OLD.id}


async def test_a_token_that_was_not_refreshed_is_ended(tokens):
    assert await tokens.end(Refusal.of(OLD, NOON)) is None
    assert await tokens.find_refused([OLD.id]) == {OLD.id}


async def test_the_database_may_forget_a_refusal_only_when_the_token_is_of_no_use(tokens, mongo):
    late = Claims.of(ALICE, NOON + timedelta(days=13, hours=23, minutes=30), login_at=NOON)
    for claims in (OLD, late):
        await tokens.refuse(Refusal.of(claims, NOON))
        kept_until = (await mongo.denied_tokens.find_one({"_id": claims.id}))["kept_until"]
        assert kept_until >= max(claims.expires_at, claims.refreshable_until) + timedelta(hours=1)
    indexes = await mongo.denied_tokens.index_information()
    assert [index["expireAfterSeconds"] for index in indexes.values() if index["key"] == [("kept_until", 1)]] == [0]


async def test_nothing_stored_is_enough_to_make_a_token_of(tokens, mongo):
    await tokens.refuse(refreshed())
    document = await mongo.denied_tokens.find_one({"_id": OLD.id})
    assert set(document) == {"_id", "user_id", "refused_at", "kept_until", "successor"}
    assert set(document["successor"]) == {"id", "user_id", "generation", "login_at", "issued_at", "expires_at"}
