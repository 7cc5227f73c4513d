"""Tests of server/storage/auctions/keys.py."""
from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from server.domain.auctions.keys import KeyClaim
from server.storage.auctions.keys import CLOCKS_DIFFER, REPEATED_WITHIN, MongoKeys
from tests.clock import NOON

NEW_MONTH = datetime(2036, 7, 1, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


def claim(at: datetime = NOON, *, user_id: int = 1, key: str = "k", goods_id: int = 1) -> KeyClaim:
    return KeyClaim(user_id=user_id, key=key, goods_id=goods_id, fingerprint="f", after_seq=0, claimed_at=at)


@pytest.fixture
def keys(mongo) -> MongoKeys:
    return MongoKeys(mongo)


async def names(mongo) -> list[str]:
    """Of the collections that hold keys."""
    return sorted(name for name in await mongo.list_collection_names() if name.startswith("bid_keys"))


async def test_a_key_belongs_to_the_first_who_brings_it(keys):
    assert await keys.claim_keys([claim(), claim(key="other"), claim(user_id=2)]) == [None, None, None]
    assert await keys.claim_keys([claim(goods_id=2), claim(key="new")]) == [claim(), None]


async def test_of_a_key_twice_in_one_batch_the_first_has_it(keys):
    assert await keys.claim_keys([claim(), claim()]) == [None, claim()]


async def test_of_many_at_once_one_is_the_first(mongo):
    answers = await asyncio.gather(*(MongoKeys(mongo).claim_keys([claim(goods_id=number)]) for number in range(8)))
    [first] = [number for number, answer in enumerate(answers) if answer == [None]]
    assert all(answer == [claim(goods_id=first)] for number, answer in enumerate(answers) if number != first)


@pytest.mark.parametrize("later", [SECOND, REPEATED_WITHIN - SECOND])
async def test_a_key_is_known_after_the_end_of_the_month(keys, later):
    before = claim(NEW_MONTH - SECOND)
    await keys.claim_keys([before])
    assert await keys.claim_keys([claim(before.claimed_at + later)]) == [before]


async def test_a_process_whose_clock_is_behind_sees_what_another_claimed_in_the_new_month(keys):
    after = claim(NEW_MONTH)
    await keys.claim_keys([after])
    assert await keys.claim_keys([claim(NEW_MONTH - CLOCKS_DIFFER)]) == [after]


async def test_a_batch_across_midnight_is_claimed_on_both_sides(keys):
    both = [claim(NEW_MONTH - SECOND, key="a"), claim(NEW_MONTH, key="b")]
    assert await keys.claim_keys(both) == [None, None]
    assert await keys.claim_keys(both) == both
    assert await keys.find_claims([(1, "a"), (1, "b"), (1, "c")]) == {(one.user_id, one.key): one for one in both}


async def test_this_month_and_the_one_before_are_kept(keys, mongo):
    for month in (4, 5, 6):
        await MongoKeys(mongo).claim_keys([claim(datetime(2036, month, 15, tzinfo=timezone.utc))])
    await keys.claim_keys([claim(NOON + REPEATED_WITHIN)])
    async with asyncio.timeout(10):
        while len(await names(mongo)) > 2:
            await asyncio.sleep(0.01)
    assert await names(mongo) == ["bid_keys_2036_05", "bid_keys_2036_06"]
