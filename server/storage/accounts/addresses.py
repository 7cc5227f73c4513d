"""Addresses in MongoDB. Every question names their user."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.accounts.addresses import Address
from server.domain.errors import NotFound
from server.storage.mongo import Sequences, store, to_document, to_struct


@store
class MongoAddresses:
    """Implements AddressStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._addresses = database.addresses
        self._sequences = sequences

    async def list_addresses(self, user_id: int) -> list[Address]:
        cursor = self._addresses.find({"user_id": user_id}).sort("_id", ASCENDING)
        return [to_struct(document, Address) async for document in cursor]

    async def count_addresses(self, user_id: int) -> int:
        return await self._addresses.count_documents({"user_id": user_id})

    async def add_address(self, address: Address) -> None:
        await self._addresses.insert_one(to_document(address))

    async def change_address(self, user_id: int, address_id: int, parts: dict[str, str], now: datetime) -> Address:
        question = {"_id": address_id, "user_id": user_id}
        if parts:
            await self._addresses.update_one(question, {"$set": {**parts, "updated_at": now}})
        document = await self._addresses.find_one(question)
        if document is None:
            raise NotFound("address")
        return to_struct(document, Address)

    async def remove_address(self, user_id: int, address_id: int) -> None:
        result = await self._addresses.delete_one({"_id": address_id, "user_id": user_id})
        if result.deleted_count == 0:
            raise NotFound("address")

    async def remove_all(self, user_id: int) -> None:
        await self._addresses.delete_many({"user_id": user_id})

    async def next_id(self) -> int:
        return await self._sequences.next_number("addresses")
