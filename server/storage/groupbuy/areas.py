"""Areas of the group-buy catalogue in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.groupbuy.areas import Area
from server.storage.mongo import Sequences, store, to_document, to_struct


@store
class MongoAreas:
    """Implements AreaStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._areas = database.groupbuy_areas
        self._sequences = sequences

    async def list_areas(self) -> list[Area]:
        cursor = self._areas.find()
        return [to_struct(document, Area) async for document in cursor]

    async def save_area(self, area: Area) -> None:
        await self._areas.replace_one({"_id": area.id}, to_document(area), upsert=True)

    async def remove_area(self, area_id: int) -> None:
        await self._areas.delete_one({"_id": area_id})

    async def next_id(self) -> int:
        return await self._sequences.next_number("groupbuy_areas")
