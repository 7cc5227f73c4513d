"""Payments, and what was told of them, in MongoDB."""
from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.mall.payments.payment import Notice, NoticeRefused, Payment, PaymentStatus, PurposeState
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_document, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of

EACH_AT_ONCE = 200


@store
class MongoPayments(Table[Payment]):
    """Implements PaymentStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_payments", Payment)
        self._payments = database.mall_payments
        self._notices = database.mall_payment_notices
        self._nonces = database.mall_payment_nonces

    async def next_payment_id(self) -> int:
        return await self.next_id()

    async def add_payment(self, payment: Payment) -> None:
        await self.add(payment)

    async def find_payment(self, number: str, within: Transaction | None = None) -> Payment | None:
        found = await self._payments.find_one({"number": number}, session=session_of(within))
        return None if found is None else to_struct(found, Payment)

    async def save_payment(self, before: Payment, after: Payment, within: Transaction | None = None) -> bool:
        return await self.save(before, after, None, within)

    async def page_payments(self, user_id: int, number: str | None, page: PageQuery) -> Page[Payment]:
        asked: dict[str, Any] = {"user_id": user_id, **({"number": number} if number is not None else {})}
        cursor = self._payments.find(asked).sort([("user_id", DESCENDING), ("_id", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, Payment) async for document in cursor]
        return Page(page.number, found, await self._payments.count_documents(asked))

    def each_payment(self) -> AsyncIterator[Payment]:
        return self.each_numbered()

    async def each_notice(self) -> AsyncIterator[Notice]:
        async for document in self._notices.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Notice)

    async def list_looked_for(self, now: datetime, most: int) -> list[Payment]:
        question = {"status": PaymentStatus.ASKED.value, "look_at": {"$lte": now}}
        cursor = self._payments.find(question).sort([("status", ASCENDING), ("look_at", ASCENDING)]).limit(most)
        return [to_struct(document, Payment) async for document in cursor]

    async def list_waiting(self, most: int) -> list[Payment]:
        cursor = self._payments.find({"purpose_state": PurposeState.WAITING.value}).limit(most)
        return [to_struct(document, Payment) async for document in cursor]

    async def keep_notice(self, notice: Notice) -> None:
        try:
            await self._nonces.insert_one({"_id": notice.nonce, "at": notice.received_at})
        except DuplicateKeyError:
            raise NoticeRefused() from None
        try:
            await self._notices.insert_one(to_document(notice))
        except DuplicateKeyError:
            return  # told again
