"""Price ranges of the group-buy catalogue in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.groupbuy.price_ranges import PriceRange
from server.storage.mongo import Sequences, store, to_document, to_struct


@store
class MongoPriceRanges:
    """Implements PriceRangeStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._price_ranges = database.groupbuy_price_ranges
        self._sequences = sequences

    async def list_price_ranges(self) -> list[PriceRange]:
        cursor = self._price_ranges.find().sort([("start", ASCENDING), ("_id", ASCENDING)])
        return [to_struct(document, PriceRange) async for document in cursor]

    async def save_price_range(self, price_range: PriceRange) -> None:
        await self._price_ranges.replace_one({"_id": price_range.id}, to_document(price_range), upsert=True)

    async def remove_price_range(self, range_id: int) -> None:
        await self._price_ranges.delete_one({"_id": range_id})

    async def next_id(self) -> int:
        return await self._sequences.next_number("groupbuy_price_ranges")
