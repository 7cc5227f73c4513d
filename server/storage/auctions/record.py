"""The record in MongoDB: the collections `bids` and `maxima`, to which is only added."""
from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.auctions.record import Bid, MaximumSet
from server.storage.documents import Documents
from server.storage.mongo import (
    IN_AT_ONCE,
    find_any,
    insert_missing,
    list_after,
    list_latest,
    store,
    to_document,
    to_struct,
)

SEQ_BITS = 32
COMMITTED_AT = "committed_at"  # beside what a bid says: known to the process that took it alone


def bid_id(goods_id: int, seq: int) -> int:
    """Lot and seq in one 64-bit number: a bid has one place in the record."""
    return goods_id << SEQ_BITS | seq


@store
class MongoRecord:
    """Implements RecordStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._bids = database.bids
        self._maxima = database.maxima
        self._bid_documents, self._maximum_documents = Documents(self._bids, Bid, make=to_bid), Documents(self._maxima, MaximumSet)

    async def add_bids(
        self,
        bids: list[Bid],
        delivered_at: datetime,
        *,
        may_be_there: bool,
        committed_at: Mapping[tuple[int, int], datetime] | None = None,
    ) -> None:
        known = committed_at or {}
        documents = [_to_record(bid, delivered_at, known.get((bid.goods_id, bid.seq))) for bid in bids]
        await insert_missing(self._bids, documents, may_be_there=may_be_there)

    async def list_commits(self, goods_id: int, up_to_seq: int) -> dict[int, datetime]:
        wanted = [bid_id(goods_id, seq) for seq in range(1, up_to_seq + 1)]
        found = find_any(self._bids, "_id", wanted, {"seq": 1, COMMITTED_AT: 1})
        return {document["seq"]: document[COMMITTED_AT] async for document in found if COMMITTED_AT in document}

    async def list_bids(self, goods_id: int, *, after_seq: int = 0, limit: int = 0) -> list[Bid]:
        bids: list[Bid] = []
        async for portion in self._read_on(goods_id, after_seq, min(limit or IN_AT_ONCE, IN_AT_ONCE)):
            bids += portion
            if 0 < limit <= len(bids):
                return bids[:limit]
        return bids

    async def list_numbered(self, goods_id: int, seqs: Iterable[int]) -> list[Bid]:
        # By single ids: the embedded server answers a range of them by reading the whole collection.
        wanted = [bid_id(goods_id, seq) for seq in seqs]
        return sorted(await self._bid_documents.find_any("_id", wanted), key=lambda bid: bid.seq)

    async def list_newest_bids(self, goods_id: int, up_to_seq: int, limit: int) -> list[Bid]:
        newest = await self.list_numbered(goods_id, range(max(1, up_to_seq - limit + 1), up_to_seq + 1))
        return newest[::-1]

    async def find_bid(self, goods_id: int, seq: int) -> Bid | None:
        return await self._bid_documents.find_one({"_id": bid_id(goods_id, seq)})

    async def find_bid_by_key(self, goods_id: int, user_id: int, key: str, after_seq: int) -> Bid | None:
        async for portion in self._read_on(goods_id, after_seq):
            for bid in portion:
                if bid.key == key and bid.user_id == user_id:
                    return bid
        return None

    async def list_delivered(self, delivered_after: datetime, limit: int) -> list[tuple[Bid, datetime]]:
        found = await list_after(self._bids, "delivered_at", delivered_after, limit)
        return [(to_bid(document), document["delivered_at"]) for document in found]

    async def list_newest(self, limit: int) -> list[Bid]:
        return [to_bid(document) for document in await list_latest(self._bids, "delivered_at", limit)]

    async def list_outbid(self, user_id: int, delivered_after: datetime, limit: int) -> list[tuple[Bid, datetime]]:
        found = await list_after(self._bids, "delivered_at", delivered_after, limit, outbid_user_id=user_id)
        return [(to_bid(document), document["delivered_at"]) for document in found]

    async def add_maxima(self, maxima: list[MaximumSet]) -> None:
        documents = [{**to_document(one), "_id": bid_id(one.goods_id, one.number)} for one in maxima]
        await insert_missing(self._maxima, documents, may_be_there=True)

    async def list_maxima(self, goods_id: int) -> list[MaximumSet]:
        return await self._maximum_documents.find_all({"goods_id": goods_id}, [("number", ASCENDING)])

    async def find_maximum(self, goods_id: int, number: int) -> MaximumSet | None:
        return await self._maximum_documents.find_one({"_id": bid_id(goods_id, number)})

    async def find_maximum_by_key(self, goods_id: int, user_id: int, key: str) -> MaximumSet | None:
        return await self._maximum_documents.find_one({"goods_id": goods_id, "user_id": user_id, "key": key})

    async def _read_on(self, goods_id: int, after_seq: int, at_once: int = IN_AT_ONCE) -> AsyncIterator[list[Bid]]:
        """The lot's bids from there on, in order, in portions; the record has no gap, so a short portion is the last."""
        while True:
            portion = await self.list_numbered(goods_id, range(after_seq + 1, after_seq + at_once + 1))
            yield portion
            if len(portion) < at_once:
                return
            after_seq += at_once


def to_bid(document: dict[str, Any]) -> Bid:
    """The bid of a document of the record."""
    if document.get("intervention") is not None:
        document.pop("outbid_user_id", None)
    return to_struct(document, Bid)


def _to_record(bid: Bid, delivered_at: datetime, committed_at: datetime | None) -> dict[str, Any]:
    document = to_document(bid)
    document["_id"] = bid_id(bid.goods_id, bid.seq)
    document["delivered_at"] = delivered_at
    if committed_at is not None:
        document[COMMITTED_AT] = committed_at
    if bid.intervention is not None and bid.intervention.concerned:
        # Who is told of it is found as who was outbid.
        document["outbid_user_id"] = list(bid.intervention.concerned)
    elif document["outbid_user_id"] is None:
        del document["outbid_user_id"]
    if bid.intervention is None:
        del document["intervention"]
    return document
