"""Claims, refunds and repayments in MongoDB."""
from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.mall.claims.claims import Claim
from server.domain.mall.orders.refunds import Refund
from server.domain.mall.payments.payment import RepaymentState
from server.domain.mall.payments.repayments import Repayment
from server.domain.transactions import Transaction
from server.storage.mongo import find_any, store, to_struct
from server.storage.table import EACH_AT_ONCE, Table
from server.storage.transactions import session_of

CLAIMS = "mall_claims"
REPAYMENTS = "mall_repayments"


@store
class MongoClaims(Table[Claim]):
    """Implements ClaimStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, CLAIMS, Claim)
        self._claims = database[CLAIMS]

    async def next_claim_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers(CLAIMS, count)

    async def add_claim(self, claim: Claim, within: Transaction) -> None:
        await self.add(claim, None, within)

    async def find_claim(self, claim_id: int, within: Transaction | None = None) -> Claim | None:
        found = await self._claims.find_one({"_id": claim_id}, session=session_of(within))
        return None if found is None else to_struct(found, Claim)

    async def save_claim(self, before: Claim, after: Claim, within: Transaction | None = None) -> bool:
        return await self.save(before, after, None, within)

    async def list_claims(self, order_id: int) -> list[Claim]:
        cursor = self._claims.find({"order_id": order_id}).sort([("order_id", DESCENDING), ("_id", DESCENDING)])
        return [to_struct(document, Claim) async for document in cursor]

    async def each_claim(self) -> AsyncIterator[Claim]:
        async for document in self._claims.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Claim)


@store
class MongoRefunds(Table[Refund]):
    """Implements RefundStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_refunds", Refund)
        self._refunds = database.mall_refunds

    async def next_refund_id(self) -> int:
        return await self.next_id()

    async def add_refund(self, refund: Refund, within: Transaction) -> None:
        await self.add(refund, None, within)

    async def list_refunds(self, order_id: int) -> list[Refund]:
        cursor = self._refunds.find({"order_id": order_id}).sort([("order_id", DESCENDING), ("_id", DESCENDING)])
        return [to_struct(document, Refund) async for document in cursor]

    async def find_of_orders(self, order_ids: Iterable[int]) -> list[Refund]:
        return [to_struct(document, Refund) async for document in find_any(self._refunds, "order_id", order_ids)]

    async def each_refund(self) -> AsyncIterator[Refund]:
        async for document in self._refunds.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Refund)


@store
class MongoRepayments(Table[Repayment]):
    """Implements RepaymentStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, REPAYMENTS, Repayment)
        self._repayments = database[REPAYMENTS]

    async def next_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers(REPAYMENTS, count)

    async def add_repayment(self, repayment: Repayment, within: Transaction) -> None:
        await self.add(repayment, None, within)

    async def find_repayment(self, number: str, within: Transaction | None = None) -> Repayment | None:
        found = await self._repayments.find_one({"number": number}, session=session_of(within))
        return None if found is None else to_struct(found, Repayment)

    async def save_repayment(self, before: Repayment, after: Repayment, within: Transaction | None = None) -> bool:
        return await self.save(before, after, None, within)

    async def list_due(self, now: datetime, most: int) -> list[Repayment]:
        question = {"state": RepaymentState.WAITING.value, "look_at": {"$lte": now}}
        cursor = self._repayments.find(question).sort([("state", ASCENDING), ("look_at", ASCENDING)]).limit(most)
        return [to_struct(document, Repayment) async for document in cursor]

    async def each_repayment(self) -> AsyncIterator[Repayment]:
        async for document in self._repayments.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Repayment)

    async def sum_repaid(self, payment_id: int) -> int:
        """What of a payment went back, or is on its way."""
        asked = {"payment_id": payment_id, "state": {"$ne": RepaymentState.FAILED.value}}
        return sum([document["amount"] async for document in self._repayments.find(asked, {"amount": 1})])
