"""Orders in MongoDB, each with its lines and its log in one document."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.mall.goods.history import Bought, Sale
from server.domain.mall.orders.life import OrderQuery
from server.domain.mall.orders.order import Order, OrderStatus
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import Sequences, store, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of

LINES = "mall_order_lines"  # the sequence
BOUGHT = {"$gte": OrderStatus.PAID.value}  # statuses of orders that were paid for, and not closed since


@store
class MongoOrders(Table[Order]):
    """Implements OrderStore, PlacingStore, Purchases and SaleStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        super().__init__(database, "mall_orders", Order)
        self._orders = database.mall_orders
        self._buyers = database.mall_buyers
        self._sequences = sequences

    async def next_order_id(self) -> int:
        return await self.next_id()

    async def next_line_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers(LINES, count)

    async def add_order(self, order: Order, within: Transaction) -> None:
        await self.add(order, None, within)

    async def take_turn(self, user_id: int, within: Transaction) -> None:
        await self._buyers.update_one({"_id": user_id}, {"$inc": {"turns": 1}}, upsert=True, session=session_of(within))

    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None:
        found = await self._orders.find_one({"_id": order_id}, session=session_of(within))
        return None if found is None else to_struct(found, Order)

    async def find_by_code(self, code: str) -> Order | None:
        found = await self._orders.find_one({"code": code})
        return None if found is None else to_struct(found, Order)

    async def save_order(self, before: Order, after: Order, within: Transaction) -> bool:
        return await self.save(before, after, None, within)

    async def page_orders(self, query: OrderQuery, page: PageQuery) -> Page[Order]:
        asked = _question(query)
        cursor = self._orders.find(asked).sort([("user_id", DESCENDING), ("_id", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, Order) async for document in cursor]
        return Page(page.number, found, await self._orders.count_documents(asked))

    def each_order(self) -> AsyncIterator[Order]:
        return self.each_numbered()

    async def count_by_status(self, user_id: int) -> dict[OrderStatus, int]:
        asked = {"user_id": user_id, "is_hidden": False}
        counts = (self._orders.count_documents({**asked, "status": status.value}) for status in OrderStatus)
        return dict(zip(OrderStatus, await asyncio.gather(*counts)))

    async def count_pieces(self, buyer_id: int, goods_id: int, since: datetime | None, within: Transaction | None = None) -> int:
        asked: dict[str, Any] = {"user_id": buyer_id, "status": {"$ne": OrderStatus.CLOSED.value}, "lines.choice.goods_id": goods_id}
        if since is not None:
            asked["placed_at"] = {"$gt": since}
        cursor = self._orders.find(asked, {"lines.choice.goods_id": 1, "lines.number": 1}, session=session_of(within))
        lines = [line async for document in cursor for line in document["lines"]]
        return sum(line["number"] for line in lines if line["choice"]["goods_id"] == goods_id)

    async def list_bought(self, buyer_id: int, first_at: datetime | None, last_at: datetime | None) -> list[Bought]:
        asked = {"user_id": buyer_id, "is_hidden": False, "status": BOUGHT, **_between("paid_at", first_at, last_at)}
        newest: dict[int, datetime] = {}
        async for document in self._orders.find(asked, {"lines.choice.goods_id": 1, "paid_at": 1}):
            for line in document["lines"]:
                goods_id, paid_at = line["choice"]["goods_id"], document["paid_at"]
                newest[goods_id] = max(paid_at, newest.get(goods_id, paid_at))
        return [Bought(goods_id, newest[goods_id]) for goods_id in sorted(newest, key=lambda one: (newest[one], one), reverse=True)]

    async def list_sales(self, most: int) -> list[Sale]:
        shown = {"user_id": 1, "lines.choice.goods_id": 1, "lines.name": 1}
        cursor = self._orders.find({"status": BOUGHT}, shown).sort([("paid_at", DESCENDING)]).limit(most)
        return [
            Sale(document["user_id"], line["choice"]["goods_id"], line["name"]) async for document in cursor for line in document["lines"]
        ]

    async def list_overdue(self, now: datetime, most: int) -> list[int]:
        question = {"status": OrderStatus.UNPAID.value, "closes_at": {"$lte": now}}
        cursor = self._orders.find(question, {"_id": 1}).sort([("status", ASCENDING), ("closes_at", ASCENDING)]).limit(most)
        return [document["_id"] async for document in cursor]


def _question(query: OrderQuery) -> dict[str, Any]:
    asked: dict[str, Any] = {"user_id": query.user_id, "is_hidden": False}
    if query.statuses is not None:
        asked["status"] = {"$in": [status.value for status in query.statuses]}
    if query.number is not None:
        asked["number"] = query.number
    if query.is_refunded is not None:
        asked |= {"$or": [{"is_refunded": True}, {"lines.was_claimed": True}]} if query.is_refunded else {"is_refunded": False}
    return {**asked, **_between("placed_at", query.first_at, query.last_at)}


def _between(name: str, first: datetime | None, last: datetime | None) -> dict[str, Any]:
    bounds = {operator: moment for operator, moment in (("$gte", first), ("$lte", last)) if moment is not None}
    return {name: bounds} if bounds else {}
