"""Lots in MongoDB: one document each, with its whole auction state."""
from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, ReturnDocument, UpdateOne
from pymongo.errors import PyMongoError

from server.domain.auctions.goods import ExtendedBy, Lot, LotMark, LotStatus, Projected
from server.domain.auctions.record import Bid, MaximumSet
from server.domain.clock import EPOCH, Stamp
from server.domain.errors import NotFound
from server.domain.paging import Page, PageQuery
from server.storage.auctions.groups import OPENED
from server.storage.documents import Documents
from server.storage.mongo import Sequences, find_any, is_away, store, to_document, to_struct

WITHOUT_OUTBOX = {"outbox": 0, "maxima": 0}
MARKED = {"group_id": 1, "revision": 1, "projected_seq": 1, "announced_at": 1}
IN_ORDER = [("position", ASCENDING), ("_id", ASCENDING)]

# What a commit changes; the rest belongs to delivery or never changes.
COMMITTED = (
    *("revision", "seq", "price", "leader_id", "leader_nickname", "leader_participation_id", "ceiling", "head", "maxima_count"),
    *("status", "end_at", "settled_at", "changed_at", "changed_era", "maximum_changed_at"),
)
INTERVENED = ("start_at", "latest_end_at", "paused_at", "said", "instructions", "voids")  # by an operator: seldom


@store
class MongoLots:
    """Implements LotStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._lots = database.lots
        self._listed = Documents(self._lots, Lot, fields=WITHOUT_OUTBOX)
        self._marks = Documents(self._lots, LotMark, fields=MARKED)
        self._groups = database.groups
        self._sequences = sequences
        self._opened_groups: set[int] = set()  # once opened, a group stays

    async def get_lot(self, goods_id: int) -> Lot:
        document = await self._lots.find_one({"_id": goods_id})
        if document is None or not await self._is_opened(document["group_id"]):
            raise NotFound("goods")
        return to_lot(document)

    async def list_whole_lots(self, goods_ids: Sequence[int]) -> list[Lot]:
        found = [document async for document in find_any(self._lots, "_id", goods_ids)]
        return [to_lot(document) for document in found if await self._is_opened(document["group_id"])]

    async def find_newer_lot(self, goods_id: int, revision: int) -> Lot | None:
        document = await self._lots.find_one({"_id": goods_id, "revision": {"$ne": revision}})
        return None if document is None else to_lot(document)

    async def commit_lot(self, before: Lot, after: Lot) -> bool:
        return (await self._lots.update_one(*_commit(before, after))).matched_count == 1

    async def commit_lots(self, changes: Sequence[tuple[Lot, Lot]]) -> Sequence[bool | BaseException | None]:
        writes = [UpdateOne(*_commit(*change)) for change in changes]
        try:
            if (await self._lots.bulk_write(writes, ordered=False)).matched_count == len(changes):
                return [True] * len(changes)
        except Exception as error:  # whatever is wrong with one lot keeps no other's waiting
            if isinstance(error, PyMongoError) and is_away(error):
                raise
        # Which of them did not match, the answer does not say.
        return await asyncio.gather(*(self._find_out(*change) for change in changes), return_exceptions=True)

    async def claim_turn(self, goods_id: int) -> Lot:
        document = await self._lots.find_one_and_update(
            {"_id": goods_id}, {"$inc": {"revision": 1}}, return_document=ReturnDocument.AFTER
        )
        if document is None:
            raise NotFound("goods")
        return to_lot(document)

    async def list_lots(self, group_id: int) -> list[Lot]:
        if not await self._is_opened(group_id):
            return []
        return await self._listed.find_all({"group_id": group_id}, IN_ORDER)

    async def list_lots_by_id(self, goods_ids: list[int]) -> list[Lot]:
        return await self._listed.find_any("_id", goods_ids)

    async def page_lots(self, group_id: int, category: str | None, page: PageQuery) -> Page[Lot]:
        question: dict[str, Any] = {"group_id": group_id}
        if category is not None:
            question["category"] = category
        return await self._listed.find_page(question, IN_ORDER, page)

    async def list_marks_changed_since(self, group_ids: list[int], since: datetime) -> list[LotMark]:
        if since == EPOCH:
            return await self._marks.find_all({"group_id": {"$in": group_ids}})
        # Each by an index of its own: the embedded server reads all lots of a group for both together.
        changed = await self._marks.find_all({"changed_at": {"$gte": since}})
        maxima = await self._marks.find_all({"maximum_changed_at": {"$gte": since}})
        newest = {mark.id: mark for mark in sorted((*changed, *maxima), key=lambda mark: mark.revision)}
        return [mark for mark in newest.values() if mark.group_id in group_ids]

    async def note_projected(self, projected: Sequence[Projected]) -> None:
        writes = [_projection(one, empties=one.arrived_revision is not None) for one in projected]
        if (await self._lots.bulk_write(writes, ordered=False)).matched_count == len(projected):
            return
        # A commit came to some of those whose outbox was to be emptied.
        rest = [_projection(one, empties=False) for one in projected if one.arrived_revision is not None]
        if rest:
            await self._lots.bulk_write(rest, ordered=False)

    async def note_announced(self, goods_id: int, at: datetime) -> None:
        await self._lots.update_one({"_id": goods_id, "announced_at": None}, {"$set": {"announced_at": at}})

    async def extend_for_outage(self, lost: Sequence[tuple[Lot, timedelta]], outage_id: int, stamp: Stamp) -> bool:
        writes = [_extension(before, by, outage_id, stamp) for before, by in lost]
        return (await self._lots.bulk_write(writes, ordered=False)).matched_count == len(writes)

    async def add_lots(self, lots: list[Lot]) -> None:
        await self._lots.insert_many([{**to_document(lot), "outbox": to_texts(lot.outbox), "maxima": to_texts(lot.maxima)} for lot in lots])

    async def remove_lots(self, group_id: int) -> None:
        await self._lots.delete_many({"group_id": group_id})

    async def next_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers("goods", count)

    async def _find_out(self, before: Lot, after: Lot) -> bool | None:
        """What became of a commit beside which others missed or failed. Raises what the database has against it."""
        found = await self._lots.find_one({"_id": after.id}, {"revision": 1, "head": 1})
        if found is None or found["revision"] < after.revision:
            return await self.commit_lot(before, after)
        return found["head"] == after.head if found["revision"] == after.revision else None

    async def _is_opened(self, group_id: int) -> bool:
        if group_id not in self._opened_groups:
            if await self._groups.find_one({"_id": group_id, **OPENED}, {"_id": 1}) is None:
                return False
            self._opened_groups.add(group_id)
        return True


def _commit(before: Lot, after: Lot) -> tuple[dict[str, Any], dict[str, Any]]:
    """The lot as it must be, and what it becomes."""
    guards = {"_id": before.id, "revision": before.revision, "seq": before.seq, "status": LotStatus.OPEN.value}
    change: dict[str, Any] = {field: getattr(after, field) for field in COMMITTED}
    change["status"] = after.status.value
    change["extended_by"] = after.extended_by.value if after.extended_by else None
    change |= {field: _plain(value) for field in INTERVENED if (value := getattr(after, field)) != getattr(before, field)}
    change["outbox"] = to_texts(after.outbox)
    change["maxima"] = to_texts(after.maxima)
    return guards, {"$set": change}


def _projection(one: Projected, *, empties: bool) -> UpdateOne:
    projected = {"$max": {"projected_seq": one.up_to_seq}}
    if not empties:
        return UpdateOne({"_id": one.goods_id}, projected)
    return UpdateOne({"_id": one.goods_id, "revision": one.arrived_revision}, {**projected, "$set": {"outbox": [], "maxima": []}})


def _extension(before: Lot, by: timedelta, outage_id: int, stamp: Stamp) -> UpdateOne:
    guards = {"_id": before.id, "revision": before.revision, "status": LotStatus.OPEN.value, "outages": {"$ne": outage_id}}
    ends = {"end_at": before.end_at + by, "latest_end_at": before.latest_end_at + by}
    changed = {"revision": before.revision + 1, "changed_at": stamp.at, "changed_era": stamp.era}
    change = {**ends, "extended_by": ExtendedBy.OUTAGE.value, **changed}
    return UpdateOne(guards, {"$set": change, "$push": {"outages": outage_id}})


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, builtin_types=(datetime,))


_decode_bid = msgspec.json.Decoder(Bid).decode
_decode_maximum = msgspec.json.Decoder(MaximumSet).decode


def to_lot(document: dict[str, Any]) -> Lot:
    """The lot of a document that was read with its outbox."""
    document["outbox"] = [_decode_bid(bid) for bid in document["outbox"]]
    document["maxima"] = [_decode_maximum(one) for one in document.get("maxima", ())]
    return to_struct(document, Lot)


def to_texts(entries: Iterable[Bid | MaximumSet]) -> list[str]:
    """Entries as a lot's document carries them: JSON texts, which cost a commit a third of what documents in a document do."""
    return [msgspec.json.encode(entry).decode() for entry in entries]
