"""What an audit reads in MongoDB: everything as it lies there, in batches."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import pymongo
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.auctions.audit.findings import Entry
from server.domain.auctions.audit.portions import LotPlace, Unreadable
from server.domain.auctions.audit.watch import AuditStanding
from server.domain.auctions.goods import Lot
from server.domain.auctions.keys import KeyClaim
from server.domain.auctions.participations import Participation
from server.domain.auctions.record import MaximumSet
from server.storage.auctions.goods import to_lot
from server.storage.auctions.keys import MongoKeys
from server.storage.auctions.record import SEQ_BITS, bid_id, to_bid
from server.storage.documents import Documents
from server.storage.mongo import find_any, store, to_document, to_struct

STANDING = {"_id": "audit"}
SEQ_MASK = (1 << SEQ_BITS) - 1
BY_GOODS_AND_USER = [("goods_id", ASCENDING), ("user_id", ASCENDING)]
WHOLE_COLLECTION_SECONDS = 600  # a count or a list of ids of millions


@store
class MongoAudit:
    """Implements AuditStore, LotLister and StandingStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._lots = database.lots
        self._settings = database.settings
        self._bids = database.bids
        self._maxima = Documents(database.maxima, MaximumSet)
        self._participations = database.participations
        self._keys = MongoKeys(database)

    async def list_lot_places(self, group_id: int | None) -> list[LotPlace]:
        question = {} if group_id is None else {"group_id": group_id}
        with pymongo.timeout(WHOLE_COLLECTION_SECONDS):
            found = await self._lots.find(question, {"group_id": 1, "seq": 1}).to_list(None)
        return sorted((_to_place(document) for document in found), key=lambda place: place.goods_id)

    async def list_lot_places_after(self, goods_id: int, limit: int) -> list[LotPlace]:
        cursor = self._lots.find({"_id": {"$gt": goods_id}}, {"group_id": 1, "seq": 1}).sort("_id", ASCENDING).limit(limit)
        return [_to_place(document) async for document in cursor]

    async def read_standing(self) -> AuditStanding | None:
        document = await self._settings.find_one(STANDING)
        return None if document is None else to_struct(document, AuditStanding)

    async def save_standing(self, before: AuditStanding | None, after: AuditStanding) -> bool:
        try:
            guard = STANDING if before is None else {**STANDING, "walker": before.walker, "until": before.until}
            kept = await self._settings.update_one(guard, {"$set": to_document(after)}, upsert=before is None)
        except DuplicateKeyError:
            return False
        return before is None or kept.matched_count == 1

    async def read_lots(self, goods_ids: Collection[int]) -> dict[int, Lot | Unreadable]:
        return {document["_id"]: _to_lot(document) async for document in find_any(self._lots, "_id", goods_ids)}

    async def list_entries(self, places: Sequence[tuple[int, int]]) -> dict[int, list[Entry]]:
        # Each by its id: the embedded server answers a range of ids by reading the whole collection.
        wanted = [bid_id(goods_id, seq) for goods_id, seq in places]
        found = {document["_id"]: document async for document in find_any(self._bids, "_id", wanted)}
        entries: defaultdict[int, list[Entry]] = defaultdict(list)
        for place in sorted(found):
            entries[place >> SEQ_BITS].append(_to_entry(found[place]))
        return entries

    async def list_maxima(self, goods_ids: Collection[int]) -> list[MaximumSet]:
        return await self._maxima.find_any("goods_id", goods_ids)

    async def count_bids(self) -> int:
        with pymongo.timeout(WHOLE_COLLECTION_SECONDS):
            return await self._bids.count_documents({})

    async def count_participations(self) -> int:
        with pymongo.timeout(WHOLE_COLLECTION_SECONDS):
            return await self._participations.count_documents({})

    async def list_participations(self, goods_ids: Sequence[int], *, after_user_id: int, limit: int) -> list[Participation]:
        question: dict[str, Any] = {"goods_id": {"$in": [*goods_ids]}}
        if after_user_id:
            question = {"goods_id": goods_ids[0], "user_id": {"$gt": after_user_id}}
        return await Documents(self._participations, Participation).find_all(question, BY_GOODS_AND_USER, limit=limit)

    async def find_claims(self, keys: list[tuple[int, str]]) -> dict[tuple[int, str], KeyClaim]:
        return await self._keys.find_claims(keys)


def _to_place(document: dict[str, Any]) -> LotPlace:
    seq = document.get("seq")
    return LotPlace(document["_id"], document["group_id"], seq if isinstance(seq, int) else 0)


def _to_lot(document: dict[str, Any]) -> Lot | Unreadable:
    try:
        return to_lot(dict(document))
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        return Unreadable(str(error))


def _to_entry(document: dict[str, Any]) -> Entry:
    seq = document["_id"] & SEQ_MASK
    try:
        return Entry(seq, to_bid(document))
    except msgspec.ValidationError:
        return Entry(seq, None)
