"""What an audit reads in MongoDB: everything as it lies there, in batches."""
from __future__ import annotations

from typing import Any

import msgspec
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.auctions.audit import Entry
from server.domain.auctions.keys import KeyClaim
from server.domain.auctions.participations import Participation
from server.domain.auctions.record import Bid
from server.storage.auctions.record import SEQ_BITS, bid_id
from server.storage.mongo import store, to_struct

SEQ_MASK = (1 << SEQ_BITS) - 1


@store
class MongoAudit:
    """Implements AuditStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._lots = database.lots
        self._bids = database.bids
        self._participations = database.participations
        self._keys = database.bid_keys

    async def count_lots(self, group_id: int | None) -> int:
        return await self._lots.count_documents(_of_group(group_id))

    async def list_lot_places(self, group_id: int | None, *, after_id: int, limit: int) -> list[tuple[int, int]]:
        question = {"_id": {"$gt": after_id}, **_of_group(group_id)}
        found = await self._lots.find(question, {"group_id": 1}).sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [(document["_id"], document["group_id"]) for document in found]

    async def list_entries(self, goods_id: int, *, after_seq: int, limit: int) -> list[Entry]:
        found = await self._bids.find(_record(goods_id, after_seq)).sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [_to_entry(document) for document in found]

    async def find_newest_seq(self, goods_id: int) -> int:
        newest = await self._bids.find_one(_record(goods_id, 0), {"_id": 1}, sort=[("_id", DESCENDING)])
        return newest["_id"] & SEQ_MASK if newest is not None else 0

    async def list_participations(self, goods_id: int, *, after_user_id: int, limit: int) -> list[Participation]:
        question = {"goods_id": goods_id, "user_id": {"$gt": after_user_id}}
        found = await self._participations.find(question).sort("user_id", ASCENDING).limit(limit).to_list(limit)
        return [to_struct(document, Participation) for document in found]

    async def find_claims(self, keys: list[tuple[int, str]]) -> dict[tuple[int, str], KeyClaim]:
        question = {"_id": {"$in": [f"{user_id}:{key}" for user_id, key in keys]}}  # as MongoKeys names them
        claims = [to_struct(document, KeyClaim) for document in await self._keys.find(question).to_list(None)]
        return {(claim.user_id, claim.key): claim for claim in claims}

    async def find_next_goods_with_bids(self, after_id: int) -> int | None:
        found = await self._bids.find_one({"_id": {"$gte": bid_id(after_id + 1, 0)}}, {"_id": 1}, sort=[("_id", ASCENDING)])
        return found["_id"] >> SEQ_BITS if found is not None else None

    async def find_next_goods_with_participations(self, after_id: int) -> int | None:
        question = {"goods_id": {"$gt": after_id}}
        found = await self._participations.find_one(question, {"goods_id": 1}, sort=[("goods_id", ASCENDING)])
        return found["goods_id"] if found is not None else None


def _of_group(group_id: int | None) -> dict[str, Any]:
    return {} if group_id is None else {"group_id": group_id}


def _record(goods_id: int, after_seq: int) -> dict[str, Any]:
    return {"_id": {"$gt": bid_id(goods_id, after_seq), "$lt": bid_id(goods_id + 1, 0)}}


def _to_entry(document: dict[str, Any]) -> Entry:
    seq = document["_id"] & SEQ_MASK
    try:
        return Entry(seq, to_struct(document, Bid))
    except msgspec.ValidationError:
        return Entry(seq, None)
