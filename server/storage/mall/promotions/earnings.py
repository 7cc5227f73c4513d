"""What orders have brought their buyers, in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.mall.promotions.earnings import OrderEarning
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of


@store
class MongoEarnings(Table[OrderEarning]):
    """Implements EarningStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_order_earnings", OrderEarning)
        self._earnings = database.mall_order_earnings

    async def find_earning(self, order_id: int, within: Transaction) -> OrderEarning | None:
        found = await self._earnings.find_one({"_id": order_id}, session=session_of(within))
        return None if found is None else to_struct(found, OrderEarning)

    async def list_owing(self, user_id: int, within: Transaction) -> list[OrderEarning]:
        cursor = self._earnings.find({"user_id": user_id, "owes": True}, session=session_of(within))
        return sorted([to_struct(document, OrderEarning) async for document in cursor], key=lambda one: one.id)
