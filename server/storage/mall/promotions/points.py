"""Vouchers, sign-ins and shares in MongoDB."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING

from server.domain.mall.promotions.points import Voucher
from server.domain.mall.promotions.shares import Share
from server.domain.mall.promotions.signs import Sign
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of


@store
class MongoVouchers(Table[Voucher]):
    """Implements VoucherStore and ExchangeNumbers."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_points_vouchers", Voucher)
        self._vouchers = database.mall_points_vouchers

    async def find_voucher(self, number: str, within: Transaction | None = None) -> Voucher | None:
        found = await self._vouchers.find_one({"number": number}, session=session_of(within))
        return None if found is None else to_struct(found, Voucher)

    async def next_exchange_id(self) -> int:
        return await self._sequences.next_number("mall_growth_exchanges")


@store
class MongoSigns(Table[Sign]):
    """Implements SignStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_signs", Sign)
        self._signs = database.mall_signs

    async def next_sign_id(self) -> int:
        return await self.next_id()

    async def find_last_sign(self, user_id: int, within: Transaction | None = None) -> Sign | None:
        order = [("user_id", DESCENDING), ("day", DESCENDING)]
        found = await self._signs.find_one({"user_id": user_id}, sort=order, session=session_of(within))
        return None if found is None else to_struct(found, Sign)

    async def add_sign(self, sign: Sign, within: Transaction) -> None:
        await self.add(sign, None, within)

    async def page_signs(self, user_id: int, first_at: datetime | None, last_at: datetime | None, page: PageQuery) -> Page[Sign]:
        asked: dict[str, Any] = {"user_id": user_id}
        bounds = {operator: moment for operator, moment in (("$gte", first_at), ("$lte", last_at)) if moment is not None}
        if bounds:
            asked["at"] = bounds
        cursor = self._signs.find(asked).sort([("user_id", DESCENDING), ("day", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, Sign) async for document in cursor]
        return Page(page.number, found, await self._signs.count_documents(asked))


@store
class MongoShares(Table[Share]):
    """Implements ShareStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_shares", Share)
        self._shares = database.mall_shares

    async def next_share_id(self) -> int:
        return await self.next_id()

    async def list_shares(self, user_id: int, day: str, within: Transaction) -> list[Share]:
        cursor = self._shares.find({"user_id": user_id, "day": day}, session=session_of(within))
        return [to_struct(document, Share) async for document in cursor]

    async def add_share(self, share: Share, within: Transaction) -> None:
        await self.add(share, None, within)
