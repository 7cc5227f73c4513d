"""What a bookkeeper's day is made of, and the bills of those who take the money, in MongoDB."""
from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.mall.bookkeeping.wechat_bill import Bill, BillRow
from server.domain.mall.ledger import Entry, Wallet
from server.domain.mall.orders.order import Order
from server.domain.mall.payments.payment import Payment, PaymentStatus
from server.domain.mall.payments.repayments import Repayment
from server.storage.mongo import find_any, store, to_document, to_struct

EACH_AT_ONCE = 500
ROWS_AT_ONCE = 1000  # of a bill in one document: far below what a document may hold


@store
class MongoDayBooks:
    """Implements DayStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._entries = database.mall_entries
        self._wallets = database.mall_wallets
        self._orders = database.mall_orders
        self._payments = database.mall_payments
        self._repayments = database.mall_repayments
        self._bills = database.mall_wechat_bills

    async def each_entry_between(self, first: datetime, end: datetime | None) -> AsyncIterator[Entry]:
        moments = {"$gte": first} if end is None else {"$gte": first, "$lt": end}
        async for document in self._entries.find({"at": moments}, batch_size=EACH_AT_ONCE):
            yield to_struct(document, Entry)

    async def each_order_paid(self, first: datetime, end: datetime) -> AsyncIterator[Order]:
        async for document in self._orders.find({"paid_at": {"$gte": first, "$lt": end}}, batch_size=EACH_AT_ONCE):
            yield to_struct(document, Order)

    async def list_payments_made(self, first: datetime, end: datetime) -> list[Payment]:
        asked = {"paid_at": {"$gte": first, "$lt": end}, "status": PaymentStatus.PAID.value}
        return [to_struct(document, Payment) async for document in self._payments.find(asked).sort("_id", ASCENDING)]

    async def find_payments(self, numbers: Iterable[str]) -> dict[str, Payment]:
        return {found["number"]: to_struct(found, Payment) async for found in find_any(self._payments, "number", numbers)}

    async def list_repayments_asked(self, first: datetime, end: datetime) -> list[Repayment]:
        found = self._repayments.find({"asked_at": {"$gte": first, "$lt": end}}).sort("asked_at", ASCENDING)
        return [to_struct(document, Repayment) async for document in found]

    async def find_repayments(self, numbers: Iterable[str]) -> dict[str, Repayment]:
        return {found["number"]: to_struct(found, Repayment) async for found in find_any(self._repayments, "number", numbers)}

    async def each_wallet(self) -> AsyncIterator[Wallet]:
        async for document in self._wallets.find(batch_size=EACH_AT_ONCE):
            yield to_struct(document, Wallet)

    async def keep_bill(self, bill: Bill) -> None:
        # The parts of the newest import count: they are there before it is said which those are.
        stamp = secrets.token_hex(8)
        parts = [bill.rows[start : start + ROWS_AT_ONCE] for start in range(0, len(bill.rows), ROWS_AT_ONCE)]
        documents: list[dict[str, Any]] = [
            {"_id": f"{bill.day}:{stamp}:{number:05}", "day": str(bill.day), "import": stamp, "rows": [to_document(row) for row in part]}
            for number, part in enumerate(parts)
        ]
        await self._bills.insert_many(documents)
        await self._bills.replace_one({"_id": str(bill.day)}, {"import": stamp}, upsert=True)
        await self._bills.delete_many({"day": str(bill.day), "import": {"$ne": stamp}})

    async def find_bill(self, day: date) -> Bill | None:
        head = await self._bills.find_one({"_id": str(day)})
        if head is None:
            return None
        found = self._bills.find({"day": str(day), "import": head["import"]}).sort("_id", ASCENDING)
        return Bill(day=day, rows=[to_struct(row, BillRow) async for document in found for row in document["rows"]])
