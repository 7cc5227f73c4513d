"""The catalogue's marks in MongoDB: two of the counters."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.groupbuy.marks import Marks
from server.storage.mongo import Sequences, store

REVISION = "groupbuy_revision"
FURNITURE = "groupbuy_furniture"


@store
class MongoMarks:
    """Implements MarkStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._counters = database.counters
        self._sequences = sequences

    async def read_marks(self) -> Marks:
        cursor = self._counters.find({"_id": {"$in": [REVISION, FURNITURE]}})
        last = {counter["_id"]: counter["last"] async for counter in cursor}
        return Marks(last.get(REVISION, 0), last.get(FURNITURE, 0))

    async def next_revision(self) -> int:
        return await self._sequences.next_number(REVISION)

    async def note_furniture_changed(self) -> None:
        await self._sequences.next_number(FURNITURE)
