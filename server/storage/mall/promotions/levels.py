"""Memberships of levels and what was paid for them, in MongoDB."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.mall.promotions.levels import LevelPurchase
from server.domain.mall.promotions.standings import LevelGift, Membership
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of


@store
class MongoMemberships(Table[Membership]):
    """Implements MembershipStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_memberships", Membership)
        self._memberships = database.mall_memberships

    async def find_membership(self, user_id: int, within: Transaction | None = None) -> Membership | None:
        found = await self._memberships.find_one({"_id": user_id}, session=session_of(within))
        return None if found is None else to_struct(found, Membership)

    async def list_ended(self, since: datetime, now: datetime, most: int) -> list[int]:
        return await self._users({"renews": True, "ends_at": {"$gt": since, "$lte": now}}, most)

    async def list_ungifted(self, month: str, now: datetime, most: int) -> list[int]:
        return await self._users({"gifted": {"$lt": month}, "ends_at": {"$gt": now}}, most)

    async def _users(self, question: dict[str, Any], most: int) -> list[int]:
        cursor = self._memberships.find(question, {"_id": 1}).sort([("ends_at", ASCENDING)]).limit(most)
        return [document["_id"] async for document in cursor]


@store
class MongoLevelGifts(Table[LevelGift]):
    """Implements LevelGiftStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_level_gifts", LevelGift)
        self._gifts = database.mall_level_gifts

    async def find_gift(self, user_id: int, within: Transaction | None = None) -> LevelGift | None:
        found = await self._gifts.find_one({"_id": user_id}, session=session_of(within))
        return None if found is None else to_struct(found, LevelGift)


@store
class MongoPurchases(Table[LevelPurchase]):
    """Implements PurchaseStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_level_purchases", LevelPurchase)
        self._purchases = database.mall_level_purchases

    async def find_last(self, user_id: int, within: Transaction) -> LevelPurchase | None:
        order = [("user_id", DESCENDING), ("_id", DESCENDING)]
        found = await self._purchases.find_one({"user_id": user_id}, sort=order, session=session_of(within))
        return None if found is None else to_struct(found, LevelPurchase)

    async def page_of(self, user_id: int, page: PageQuery) -> Page[LevelPurchase]:
        asked = {"user_id": user_id}
        cursor = self._purchases.find(asked).sort([("user_id", DESCENDING), ("_id", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, LevelPurchase) async for document in cursor]
        return Page(page.number, found, await self._purchases.count_documents(asked))
