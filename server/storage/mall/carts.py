"""Rows of carts in MongoDB."""
from __future__ import annotations

from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.mall.carts import CartRow
from server.storage.mongo import store, to_document, to_struct


@store
class MongoCarts:
    """Implements CartStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._rows = database.mall_cart_rows

    async def list_rows(self, user_id: int, kind: str) -> list[CartRow]:
        cursor = self._rows.find({"user_id": user_id, "kind": kind}).sort([("added_at", ASCENDING), ("_id", ASCENDING)])
        return [to_struct(document, CartRow) async for document in cursor]

    async def find_row(self, user_id: int, key: str) -> CartRow | None:
        found = await self._rows.find_one({"_id": f"{user_id}:{key}"})
        return None if found is None else to_struct(found, CartRow)

    async def count_rows(self, user_id: int) -> int:
        return await self._rows.count_documents({"user_id": user_id})

    async def add_pieces(self, row: CartRow, number: int, *, least: int, most: int) -> None:
        question = {"_id": row.id}
        made = {name: value for name, value in to_document(row).items() if name not in ("_id", "number", "is_selected")}
        change = {"$inc": {"number": number}, "$set": {"is_selected": True}, "$setOnInsert": made}
        try:
            await self._rows.update_one(question, change, upsert=True)
        except DuplicateKeyError:  # of two who make it at once, one finds it there
            await self._rows.update_one(question, change)
        await self._rows.update_one({**question, "number": {"$lt": least}}, {"$set": {"number": least}})
        await self._rows.update_one({**question, "number": {"$gt": most}}, {"$set": {"number": most}})

    async def set_number(self, user_id: int, key: str, number: int) -> None:
        await self._rows.update_one({"_id": f"{user_id}:{key}"}, {"$set": {"number": number}})

    async def select_row(self, user_id: int, key: str, *, is_selected: bool) -> None:
        await self._rows.update_one({"_id": f"{user_id}:{key}"}, {"$set": {"is_selected": is_selected}})

    async def remove_rows(self, user_id: int, keys: Sequence[str]) -> int:
        result = await self._rows.delete_many({"_id": {"$in": [f"{user_id}:{key}" for key in keys]}})
        return result.deleted_count
