"""Shops of the group-buy catalogue in MongoDB, each with its contracts in one document."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.groupbuy.shops import Shop
from server.storage.mongo import Sequences, store, to_document, to_struct


@store
class MongoShops:
    """Implements ShopStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._shops = database.groupbuy_shops
        self._sequences = sequences

    async def find_shop(self, shop_id: int) -> Shop | None:
        document = await self._shops.find_one({"_id": shop_id})
        return None if document is None else to_struct(document, Shop)

    async def list_shops(self) -> list[Shop]:
        return [to_struct(document, Shop) async for document in self._shops.find().sort("_id", ASCENDING)]

    async def save_shop(self, shop: Shop) -> None:
        await self._shops.replace_one({"_id": shop.id}, to_document(shop), upsert=True)

    async def remove_shop(self, shop_id: int) -> None:
        await self._shops.delete_one({"_id": shop_id})

    async def next_id(self) -> int:
        return await self._sequences.next_number("groupbuy_shops")

    async def next_contract_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers("groupbuy_contracts", count) if count else []
