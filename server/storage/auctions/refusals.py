"""Refused offers in MongoDB."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, WriteConcern

from server.domain.events import BidWasRefused
from server.storage.mongo import insert_missing, store, to_document, to_struct


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
        question = {"written_at": {"$gt": written_after}}
        cursor = self._refusals.find(question).sort([("written_at", ASCENDING), ("number", ASCENDING)]).limit(limit)
        return [(to_struct(document, BidWasRefused), document["written_at"]) async for document in cursor]
