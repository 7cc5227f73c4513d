"""Refused offers in MongoDB."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING, WriteConcern

from server.domain.events import BidWasRefused
from server.storage.mongo import any_of, insert_missing, list_after, store, to_document, to_struct


@store
class MongoRefusals:
    """Implements RefusalStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        # No money hangs on them: not journalled.
        self._refusals = database.get_collection("refusals", write_concern=WriteConcern(w=1))

    async def add_refusals(self, refusals: list[BidWasRefused], written_at: datetime) -> None:
        documents = [
            {"_id": f"{one.worker}:{one.number}", "written_at": written_at, **to_document(one)} for one in refusals
        ]
        await insert_missing(self._refusals, documents, may_be_there=False)

    async def list_refusals(self, written_after: datetime, limit: int) -> list[tuple[BidWasRefused, datetime]]:
        found = await list_after(self._refusals, "written_at", written_after, limit)
        return [(to_struct(document, BidWasRefused), document["written_at"]) for document in found]

    async def list_of_users(self, user_ids: Sequence[int], limit: int) -> list[BidWasRefused]:
        return await self._list_newest({"user_id": any_of(user_ids)}, limit)

    async def list_of_lot(self, goods_id: int, limit: int) -> list[BidWasRefused]:
        return await self._list_newest({"goods_id": goods_id}, limit)

    async def _list_newest(self, question: dict[str, Any], limit: int) -> list[BidWasRefused]:
        cursor = self._refusals.find(question).sort("written_at", DESCENDING).limit(limit)
        return [to_struct(document, BidWasRefused) async for document in cursor]
