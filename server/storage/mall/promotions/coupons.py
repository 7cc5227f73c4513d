"""Coupons in MongoDB, and how many there are of each rule."""
from __future__ import annotations

from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING

from server.domain.mall.promotions.coupon_papers import CouponCode
from server.domain.mall.promotions.coupon_rules import CouponTally
from server.domain.mall.promotions.coupons import Coupon, CouponSource, CouponState
from server.domain.transactions import Transaction
from server.storage.mongo import find_any, store, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of

OF_A_PERSON = [CouponSource.TAKEN.value, CouponSource.BOUGHT.value]  # what counts where a person may have so many


@store
class MongoCoupons(Table[Coupon]):
    """Implements CouponStore and AuditedCoupons."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_coupons", Coupon)
        self._coupons = database.mall_coupons
        self._codes = database.mall_coupon_codes
        self._tallies = database.mall_coupon_tallies

    async def find_coupon(self, coupon_id: int, within: Transaction | None = None) -> Coupon | None:
        found = await self._coupons.find_one({"_id": coupon_id}, session=session_of(within))
        return None if found is None else to_struct(found, Coupon)

    async def next_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers(self.name, count)

    async def list_of(self, user_id: int, most: int) -> list[Coupon]:
        cursor = self._coupons.find({"user_id": user_id}).sort([("user_id", DESCENDING), ("_id", DESCENDING)]).limit(most)
        return [to_struct(document, Coupon) async for document in cursor]

    async def count_taken(self, rule_id: int, taker_id: int, within: Transaction | None = None) -> int:
        question = {"rule_id": rule_id, "taker_id": taker_id, "source": {"$in": OF_A_PERSON}}
        return await self._coupons.count_documents(question, session=session_of(within))

    async def find_last_taken(self, rule_id: int, taker_id: int, within: Transaction) -> Coupon | None:
        question = {"rule_id": rule_id, "taker_id": taker_id, "source": CouponSource.TAKEN.value}
        found = await self._coupons.find_one(question, sort=[("_id", DESCENDING)], session=session_of(within))
        return None if found is None else to_struct(found, Coupon)

    async def find_tallies(self, rule_ids: Sequence[int]) -> dict[int, CouponTally]:
        found = {one["_id"]: to_struct(one, CouponTally) async for one in find_any(self._tallies, "_id", list(rule_ids))}
        return {rule_id: found.get(rule_id, CouponTally(id=rule_id)) for rule_id in rule_ids}

    async def give(self, rule_id: int, number: int, most: int, within: Transaction) -> bool:
        session = session_of(within)
        known = await self._tallies.find_one({"_id": rule_id}, session=session) or {"given": 0}
        if known["given"] + number > most:
            return False
        # Whoever gives one at the same moment writes the same document: one of them is run again, and reads what the other has written.
        await self._tallies.update_one({"_id": rule_id}, {"$inc": {"given": number}}, upsert=True, session=session)
        return True

    async def note_used(self, rule_id: int, number: int, within: Transaction) -> None:
        await self._tallies.update_one({"_id": rule_id}, {"$inc": {"used": number}}, upsert=True, session=session_of(within))

    # ---- for the audit

    async def count_made(self, rule_id: int) -> CouponTally:
        """As the coupons themselves and the printed numbers tell it."""
        made = await self._coupons.count_documents({"rule_id": rule_id, "source": {"$ne": CouponSource.EXCHANGED.value}})
        printed = await self._codes.count_documents({"rule_id": rule_id})
        used = await self._coupons.count_documents({"rule_id": rule_id, "state": CouponState.USED.value})
        return CouponTally(id=rule_id, given=made + printed, used=used)


@store
class MongoCouponCodes(Table[CouponCode]):
    """Implements CouponCodeStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_coupon_codes", CouponCode)
        self._codes = database.mall_coupon_codes

    async def find_code(self, number: str, within: Transaction | None = None) -> CouponCode | None:
        found = await self._codes.find_one({"number": number}, session=session_of(within))
        return None if found is None else to_struct(found, CouponCode)

    async def next_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers(self.name, count)
