"""Shops of the group-buy catalogue in MongoDB, each with its contracts in one document."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.groupbuy.shops import Shop
from server.storage.mongo import store
from server.storage.table import Table


@store
class MongoShops(Table[Shop]):
    """Implements ShopStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "groupbuy_shops", Shop)

    async def next_contract_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers("groupbuy_contracts", count) if count else []
