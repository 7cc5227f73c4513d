"""Addresses in MongoDB. Every question names their user."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.accounts.addresses import Address
from server.domain.errors import NotFound
from server.storage.mongo import store
from server.storage.table import Table


@store
class MongoAddresses(Table[Address]):
    """Implements AddressStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "addresses", Address)

    async def change_address(self, user_id: int, address_id: int, parts: dict[str, str], now: datetime) -> Address:
        question = {"_id": address_id, "user_id": user_id}
        if parts:
            await self._collection.update_one(question, {"$set": {**parts, "updated_at": now}})
        address = await self._documents.find_one(question)
        if address is None:
            raise NotFound("address")
        return address

    async def remove_address(self, user_id: int, address_id: int) -> None:
        result = await self._collection.delete_one({"_id": address_id, "user_id": user_id})
        if result.deleted_count == 0:
            raise NotFound("address")

    async def remove_all(self, user_id: int) -> None:
        await self._collection.delete_many({"user_id": user_id})
