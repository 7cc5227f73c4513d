"""Categories of the group-buy catalogue in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.groupbuy.categories import Category
from server.storage.mongo import Sequences, store, to_document, to_struct


@store
class MongoCategories:
    """Implements CategoryStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._categories = database.groupbuy_categories
        self._sequences = sequences

    async def list_categories(self) -> list[Category]:
        cursor = self._categories.find()
        return [to_struct(document, Category) async for document in cursor]

    async def save_category(self, category: Category) -> None:
        await self._categories.replace_one({"_id": category.id}, to_document(category), upsert=True)

    async def remove_category(self, category_id: int) -> None:
        await self._categories.delete_one({"_id": category_id})

    async def next_id(self) -> int:
        return await self._sequences.next_number("groupbuy_categories")
