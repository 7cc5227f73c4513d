"""Tests of server/storage/auctions/participations.py: the newest bid's, in whatever order and however often they come."""
from __future__ import annotations

import asyncio
import itertools

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.auctions.participations import Participation
from server.storage.auctions.participations import MongoParticipations
from server.storage.mongo import Sequences


def participation(seq: int, price: int, *, id: int = 1) -> Participation:
    return Participation(id=id, user_id=id + 10, group_id=7, goods_id=145, price=price, seq=seq)


async def test_the_newest_is_kept_also_where_a_void_has_made_it_the_lower_one(mongo: AsyncIOMotorDatabase) -> None:
    stored = MongoParticipations(mongo, Sequences(mongo))
    high, void, lower = participation(3, 900), participation(4, 1000), participation(6, 700)
    for order in itertools.permutations((high, void, lower)):
        for one in order:
            await stored.save_newest([one, participation(1, 100, id=2)])
        assert await stored.list_by_goods(145) == [lower, participation(1, 100, id=2)]
        await mongo.participations.delete_many({})


async def test_first_ones_of_several_processes_at_once_end_as_the_newest(mongo: AsyncIOMotorDatabase) -> None:
    stored = MongoParticipations(mongo, Sequences(mongo))
    ones = [participation(seq, 1000 - seq) for seq in range(1, 20)]
    await asyncio.gather(*(stored.add_first([one]) if one.seq % 2 else stored.save_newest([one]) for one in ones))
    assert await stored.list_by_goods(145) == [ones[-1]]
