"""What an audit reads of the stock in MongoDB."""
from __future__ import annotations

from collections.abc import AsyncIterator

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.mall.goods.counts import Count
from server.domain.mall.goods.intakes import Intake
from server.domain.mall.goods.stock_audit import Books, Stocked
from server.domain.mall.orders.order import Order, OrderStatus
from server.storage.mongo import store, to_struct

EACH_AT_ONCE = 500
BY_COUNT = [("count_id", ASCENDING), ("seq", ASCENDING)]
STOCKED = {"stock": 1, "skus": 1, "days": 1, "slots": 1, "removed_at": 1}


@store
class MongoStockBooks:
    """Implements AuditedStock."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._client = database.client
        self._counts = database.mall_stock
        self._intakes = database.mall_intakes
        self._orders = database.mall_orders
        self._goods = database.mall_goods

    async def each_count(self) -> AsyncIterator[Count]:
        async for document in self._counts.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Count)

    async def each_intake(self) -> AsyncIterator[Intake]:
        async for document in self._intakes.find(batch_size=EACH_AT_ONCE).sort(BY_COUNT):
            yield to_struct(document, Intake)

    async def each_stocked(self) -> AsyncIterator[Stocked]:
        async for document in self._goods.find({}, STOCKED, batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Stocked)

    async def read_books(self, goods_id: int) -> Books:
        """In one transaction, which sees one moment."""
        by_goods = {"goods_id": goods_id}
        living = {"lines.choice.goods_id": goods_id, "status": {"$ne": OrderStatus.CLOSED.value}}
        async with await self._client.start_session() as session:
            async with session.start_transaction():
                goods = await self._goods.find_one({"_id": goods_id}, STOCKED, session=session)
                counts = [to_struct(one, Count) async for one in self._counts.find(by_goods, session=session)]
                intakes = [to_struct(one, Intake) async for one in self._intakes.find(by_goods, session=session)]
                orders = [to_struct(one, Order) async for one in self._orders.find(living, session=session)]
                await session.abort_transaction()
        return Books(goods_id, None if goods is None else to_struct(goods, Stocked), counts, intakes, orders)
