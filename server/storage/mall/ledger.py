"""Entries and wallets in MongoDB."""
from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.mall.ledger import Entry, EntryQuery, Purse, Wallet
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import find_any, store, to_document, to_struct
from server.storage.transactions import session_of

EACH_AT_ONCE = 500


@store
class MongoLedger:
    """Implements LedgerStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._entries = database.mall_entries
        self._wallets = database.mall_wallets

    async def find_wallet(self, user_id: int, within: Transaction | None = None) -> Wallet | None:
        found = await self._wallets.find_one({"_id": user_id}, session=session_of(within))
        return None if found is None else to_struct(found, Wallet)

    async def find_wallets(self, user_ids: list[int]) -> dict[int, Wallet]:
        return {found["_id"]: to_struct(found, Wallet) async for found in find_any(self._wallets, "_id", user_ids)}

    async def find_entry(self, key: str, within: Transaction | None = None) -> Entry | None:
        found = await self._entries.find_one({"key": key}, session=session_of(within))
        return None if found is None else to_struct(found, Entry)

    async def find_entries(self, keys: Sequence[str]) -> dict[str, Entry]:
        return {found["key"]: to_struct(found, Entry) async for found in find_any(self._entries, "key", keys)}

    async def count_entries(self) -> int:
        return await self._entries.count_documents({})

    async def add_entry(self, entry: Entry, wallet: Wallet, within: Transaction) -> None:
        session = session_of(within)
        # Both are there once: the number and the key by their indexes, the wallet because two who write it conflict.
        await self._entries.insert_one({**to_document(entry), "purses": _purses(entry)}, session=session)
        await self._wallets.replace_one({"_id": wallet.id}, to_document(wallet), upsert=True, session=session)

    async def page_entries(self, query: EntryQuery, page: PageQuery) -> Page[Entry]:
        asked = _question(query)
        cursor = self._entries.find(asked).sort([("user_id", DESCENDING), ("seq", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, Entry) async for document in cursor]
        return Page(page.number, found, await self._entries.count_documents(asked))

    async def list_grown(self, growth: int, skip: int, most: int) -> list[int]:
        order = [("sums.growth", ASCENDING), ("_id", ASCENDING)]
        cursor = self._wallets.find({"sums.growth": {"$gte": growth}}, {"_id": 1}).sort(order).skip(skip).limit(most)
        return [document["_id"] async for document in cursor]

    async def each_wallet(self) -> AsyncIterator[Wallet]:
        async for document in self._wallets.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Wallet)

    async def each_entry(self, user_id: int) -> AsyncIterator[Entry]:
        cursor = self._entries.find({"user_id": user_id}, batch_size=EACH_AT_ONCE).sort([("user_id", ASCENDING), ("seq", ASCENDING)])
        async for document in cursor:
            yield to_struct(document, Entry)


def _purses(entry: Entry) -> list[str]:
    """Which lists an entry stands in, for questions."""
    change = entry.change
    changed = {Purse.MONEY: change.balance or change.frozen, Purse.POINTS: change.points, Purse.GROWTH: change.growth}
    return [purse.value for purse, amount in changed.items() if amount]


# purse → the part of a change that tells what came in from what went out
_SIDES = {Purse.MONEY: "change.balance", Purse.POINTS: "change.points", Purse.GROWTH: "change.growth"}


def _question(query: EntryQuery) -> dict[str, Any]:
    asked: dict[str, Any] = {"user_id": query.user_id, "purses": query.purse.value}
    if query.is_income is not None:
        asked[_SIDES[query.purse]] = {"$gt": 0} if query.is_income else {"$lte": 0}
    if query.causes is not None:
        asked["cause"] = {"$in": [cause.value for cause in query.causes]}
    if query.order_id is not None:
        asked["order_id"] = query.order_id
    if query.remark_part:
        # A pattern may not hold the character 0 itself.
        asked["remark"] = {"$regex": re.escape(query.remark_part).replace("\0", r"\x00"), "$options": "i"}
    moments = {"$gte": query.first_at, "$lte": query.last_at}
    bounds = {name: moment for name, moment in moments.items() if moment is not None}
    return {**asked, **({"at": bounds} if bounds else {})}
