"""Samples of who watched in MongoDB."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, WriteConcern
from pymongo.errors import DuplicateKeyError

from server.domain.auctions.audience import WatchSample
from server.storage.documents import Documents
from server.storage.mongo import store, to_document

TURN = {"_id": "watch_sampler"}


@store
class MongoAudience:
    """Implements WatchStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._settings = database.settings
        # No money hangs on them: not journalled.
        self._samples = database.get_collection("watch_samples", write_concern=WriteConcern(w=1))
        self._documents = Documents(self._samples, WatchSample)

    async def take_turn(self, worker: str, now: datetime, until: datetime) -> bool:
        free = {**TURN, "$or": [{"worker": worker}, {"until": {"$lte": now}}]}
        try:
            taken = await self._settings.update_one(free, {"$set": {"worker": worker, "until": until}}, upsert=True)
        except DuplicateKeyError:
            return False  # it is there, and another's
        return taken.matched_count == 1 or taken.upserted_id is not None

    async def add_samples(self, samples: Sequence[WatchSample]) -> None:
        await self._samples.insert_many([to_document(one) for one in samples], ordered=False)

    async def list_samples(self, goods_id: int) -> list[WatchSample]:
        return await self._documents.find_all({"goods_id": goods_id}, [("at", ASCENDING)])
