"""Tests of server/storage/accounts/tokens.py."""
from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from server.domain.accounts.claims import Claims, EndedLogin, Refusal
from server.domain.accounts.users import User
from server.storage.accounts.tokens import MongoTokens
from tests.clock import NOON

ALICE = User(id=7, nickname="alice", created_at=NOON)
OLD = Claims.of(ALICE, NOON)


def refreshed() -> Refusal:
    """The old token, refreshed to a new one."""
    return Refusal.of(OLD, NOON, followed_by=Claims.of(ALICE, NOON, after=OLD))


@pytest.fixture
def tokens(mongo) -> MongoTokens:
    return MongoTokens(mongo)


async def test_refused_tokens_are_found_among_others(tokens):
    refusal = await tokens.refuse(refreshed())
    assert await tokens.find_refusals([OLD.id, "another"]) == {OLD.id: refusal}
    assert await tokens.find_refusals([]) == {}


async def test_the_first_refusal_is_kept_with_its_successor(tokens):
    first = refreshed()
    assert await tokens.refuse(first) == first
    assert await tokens.refuse(refreshed()) == first


async def test_of_refusals_at_once_all_see_the_same(tokens, mongo):
    kept = await asyncio.gather(*(MongoTokens(mongo).refuse(refreshed()) for _ in range(40)))
    assert all(one == kept[0] for one in kept)
    assert await mongo.denied_tokens.count_documents({}) == 1


async def test_ended_logins_are_found_among_others_however_often_they_end(tokens, mongo):
    await asyncio.gather(*(MongoTokens(mongo).end_login(EndedLogin.of(OLD)) for _ in range(20)))
    assert await tokens.find_ended([OLD.login_id, "another"]) == {OLD.login_id}
    assert await tokens.find_ended([]) == set()
    assert await mongo.ended_logins.count_documents({}) == 1


async def test_the_database_may_forget_a_refusal_only_when_the_token_is_of_no_use(tokens, mongo):
    late = Claims.of(ALICE, NOON + timedelta(days=13, hours=23, minutes=30), after=OLD)
    for claims in (OLD, late):
        await tokens.refuse(Refusal.of(claims, NOON, followed_by=Claims.of(ALICE, NOON, after=claims)))
        await tokens.end_login(EndedLogin.of(claims))
        for collection, key in ((mongo.denied_tokens, claims.id), (mongo.ended_logins, claims.login_id)):
            kept_until = (await collection.find_one({"_id": key}))["kept_until"]
            # The last token of a login may be made at the end of the span, and lives an hour.
            assert kept_until >= claims.refreshable_until + timedelta(hours=2)
    for collection in (mongo.denied_tokens, mongo.ended_logins):
        indexes = await collection.index_information()
        assert [index["expireAfterSeconds"] for index in indexes.values() if index["key"] == [("kept_until", 1)]] == [0]


async def test_nothing_stored_is_enough_to_make_a_token_of(tokens, mongo):
    await tokens.refuse(refreshed())
    document = await mongo.denied_tokens.find_one({"_id": OLD.id})
    assert set(document) == {"_id", "user_id", "refused_at", "kept_until", "followed_by"}
    claims = {"id", "login_id", "user_id", "generation", "login_at", "issued_at", "expires_at", "has_second_factor"}
    assert set(document["followed_by"]) == claims
