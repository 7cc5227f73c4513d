"""Reading by moments: window by window, and the same as sorting everything."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from motor.motor_asyncio import AsyncIOMotorDatabase
from tornado.ioloop import IOLoop

from server.storage.indexes import INDEXES
from server.storage.mongo import Mongo, list_after, list_latest

# Around now, where windows are narrow, and far from it on both sides.
offsets = st.one_of(st.integers(-5000, 5000), st.integers(-(10**10), 10**10))


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_the_first_after_a_moment_and_the_last_of_all_are_found(io_loop: IOLoop, mongo: AsyncIOMotorDatabase, limit: int) -> None:
    io_loop.run_sync(lambda: mongo.moments.create_index([("who", 1), ("at", 1)]))

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(offsets, st.integers(1, 2)), max_size=20), offsets)
    def check(moments: list[tuple[int, int]], after: int) -> None:
        now = datetime.now(timezone.utc).replace(microsecond=0)
        documents: list[dict[str, Any]] = [
            {"_id": number, "at": now + timedelta(milliseconds=offset), "who": who} for number, (offset, who) in enumerate(moments)
        ]
        since = now + timedelta(milliseconds=after)

        async def ask() -> None:
            await mongo.moments.delete_many({})
            if documents:
                await mongo.moments.insert_many(documents)
            ordered = sorted(documents, key=lambda one: (one["at"], one["_id"]))
            mine = [one for one in ordered if one["who"] == 1 and one["at"] > since]
            assert await list_after(mongo.moments, "at", since, limit, who=1) == mine[:limit]
            assert await list_latest(mongo.moments, "at", limit) == ordered[::-1][:limit]

        io_loop.run_sync(ask)

    check()


async def test_a_partial_index_of_an_earlier_version_is_replaced(mongo: AsyncIOMotorDatabase, config) -> None:
    opened = Mongo(config.mongodb_url, config.mongodb_database)
    keys, _ = INDEXES["bids"][0]
    await mongo.bids.drop_indexes()
    await mongo.bids.create_index(keys, partialFilterExpression={"outbid_user_id": {"$exists": True}})
    for _ in range(2):
        await opened.create_indexes()
    opened.close()
    indexes = await mongo.bids.index_information()
    assert [tuple(one["key"]) for one in indexes.values() if "partialFilterExpression" in one] == []
    assert "outbid_user_id_1_delivered_at_1" in indexes
