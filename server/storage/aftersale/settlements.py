"""Settlements and the rows of sold lots in MongoDB."""
from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace
from pymongo import ASCENDING, DESCENDING

from server.domain.aftersale.settlements import Settlement, SoldLot
from server.domain.auctions.groups import Group
from server.domain.changes import Change
from server.domain.paging import ListQuery, Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.documents import Documents
from server.storage.mongo import IN_AT_ONCE, store, to_document, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of

EACH_AT_ONCE = 200
KEPT_AS = {"contact_name": "place.contact_name", "contact_phone": "place.contact_phone", "lots": "lots.sn"}


@store
class MongoSettlements(Table[Settlement]):
    """Implements SettlementStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "settlements", Settlement)
        self._settlements = database.settlements

    async def next_settlement_id(self) -> int:
        return await self.next_id()

    async def add_settlement(self, settlement: Settlement, within: Transaction) -> None:
        # A key that another transaction took makes this one run again.
        await self._settlements.insert_one(to_document(settlement), session=session_of(within))

    async def find_settlement(self, settlement_id: int, within: Transaction | None = None) -> Settlement | None:
        found = await self._settlements.find_one({"_id": settlement_id}, session=session_of(within))
        return None if found is None else to_struct(found, Settlement)

    async def find_by_key(self, key: str, within: Transaction | None = None) -> Settlement | None:
        found = await self._settlements.find_one({"key": key}, session=session_of(within))
        return None if found is None else to_struct(found, Settlement)

    async def save_settlement(self, before: Settlement, after: Settlement, change: Change | None, within: Transaction) -> bool:
        return await self.save(before, after, change, within)

    async def page_of_user(self, user_id: int, page: PageQuery) -> Page[Settlement]:
        return await self._documents.find_page({"user_id": user_id}, [("user_id", DESCENDING), ("_id", DESCENDING)], page)

    async def list_of_group(self, group_id: int) -> list[Settlement]:
        return await self._documents.find_all({"group_id": group_id}, [("group_id", ASCENDING), ("_id", ASCENDING)])

    def _question(self, query: ListQuery) -> dict[str, Any]:
        return super()._question(replace(query, searched=tuple(KEPT_AS.get(name, name) for name in query.searched)))

    async def each_settlement(self) -> AsyncIterator[Settlement]:
        async for document in self._settlements.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Settlement)


@store
class MongoSoldLots(Table[SoldLot]):
    """Implements SoldLotStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "sold_lots", SoldLot)
        self._sold = database.sold_lots

    async def add_sold(self, rows: list[SoldLot], within: Transaction) -> None:
        await self.add_many(rows, None, within)

    async def find_sold(self, goods_id: int, within: Transaction | None = None) -> SoldLot | None:
        found = await self._sold.find_one({"_id": goods_id}, session=session_of(within))
        return None if found is None else to_struct(found, SoldLot)

    async def list_sold(self, goods_ids: Sequence[int], within: Transaction | None = None) -> list[SoldLot]:
        found: list[SoldLot] = []
        wanted = sorted(set(goods_ids))
        for start in range(0, len(wanted), IN_AT_ONCE):
            asked = {"_id": {"$in": wanted[start : start + IN_AT_ONCE]}}
            found += [to_struct(one, SoldLot) async for one in self._sold.find(asked, session=session_of(within))]
        return found

    async def list_sold_of_group(self, group_id: int, within: Transaction | None = None) -> list[SoldLot]:
        cursor = self._sold.find({"group_id": group_id}, session=session_of(within)).sort("_id", ASCENDING)
        return [to_struct(document, SoldLot) async for document in cursor]

    async def save_sold(self, before: SoldLot, after: SoldLot, change: Change | None, within: Transaction) -> bool:
        return await self.save(before, after, change, within)

    async def each_sold(self) -> AsyncIterator[SoldLot]:
        async for document in self._sold.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, SoldLot)


@store
class MongoFinishedGroups:
    """Implements FinishedGroups."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._groups = database.groups
        self._documents = Documents(self._groups, Group)

    async def list_unsettled(self, most: int) -> list[Group]:
        asked = {"opening_until": None, "settled_at": None, "ended_at": {"$ne": None}}
        return await self._documents.find_all(asked, [("ended_at", ASCENDING)], limit=most)

    async def note_settled(self, group_id: int, at: datetime) -> None:
        await self._groups.update_one({"_id": group_id, "settled_at": None}, {"$set": {"settled_at": at}})

    async def list_settled_ids(self) -> list[int]:
        """Groups all of whose settlements were made."""
        return [found["_id"] async for found in self._groups.find({"settled_at": {"$ne": None}}, {"_id": 1})]

    async def count_unsettled(self) -> int:
        return await self._groups.count_documents({"opening_until": None, "settled_at": None, "ended_at": {"$ne": None}})
