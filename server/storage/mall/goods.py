"""Goods in MongoDB, and where their pieces are counted."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import fields, replace

from server.domain.mall.goods.counts import Count, Tally
from server.domain.mall.goods.goods import Goods
from server.domain.mall.goods.shelf import ShelfRow
from server.domain.paging import ListQuery, Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import Sequences, find_any, store, to_document, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of

GOODS = "mall_goods"
REVISIONS = "mall_goods_revisions"  # the sequence
ROW = {field.name: 1 for field in fields(ShelfRow)}
AT_ONCE = 2000


@store
class MongoGoods(Table[Goods]):
    """Implements GoodsStore and ShelfStore. Goods that were removed stay, and are found by their id alone."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        super().__init__(database, GOODS, Goods)
        self._goods = database[GOODS]
        self._numbers = sequences

    async def next_revision(self) -> int:
        return await self._numbers.next_number(REVISIONS)

    async def next_part_ids(self, count: int) -> list[int]:
        return await self._numbers.next_numbers("mall_goods_parts", count) if count else []

    async def find(self, id: Any) -> Goods | None:
        found = await super().find(id)
        return None if found is None or found.removed_at is not None else found

    async def page(self, query: ListQuery, page: PageQuery) -> Page[Goods]:
        return await super().page(replace(query, filters={**query.filters, "removed_at": None}), page)

    async def has_any(self, **values: Any) -> bool:
        return await self._goods.find_one({**values, "removed_at": None}, {"_id": 1}) is not None

    async def list_rows(self, after: int) -> list[ShelfRow]:
        """Of goods with a later revision, removed ones too."""
        cursor = self._goods.find({"revision": {"$gt": after}}, ROW).batch_size(AT_ONCE)
        return [to_struct(document, ShelfRow) async for document in cursor]


@store
class MongoCounts(Table[Count]):
    """Implements CountStore and SoldStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_stock", Count)
        self._counts = database.mall_stock
        self._tallies = database.mall_goods_tallies

    async def find_counts(self, goods_ids: Iterable[int]) -> dict[str, Count]:
        found = find_any(self._counts, "goods_id", goods_ids, is_counted=True)
        counts = [to_struct(document, Count) async for document in found]
        return {one.id: one for one in counts}

    async def move(self, count_id: str, number: int, away: str, to: str, within: Transaction) -> bool:
        guard = {"_id": count_id, away: {"$gte": number}}
        change = {"$inc": {away: -number, to: number}}
        return (await self._counts.update_one(guard, change, session=session_of(within))).matched_count == 1

    async def set_came_in(self, goods_id: int, came_in: Mapping[str, int], within: Transaction) -> str | None:
        session = session_of(within)
        cursor = self._counts.find({"goods_id": goods_id}, session=session)
        known = {document["_id"]: to_struct(document, Count) async for document in cursor}
        for count_id, number in came_in.items():
            before = known.pop(count_id, None)
            if before is None:
                made = Count(id=count_id, goods_id=goods_id, free=number, came_in=number)
                await self._counts.insert_one(to_document(made), session=session)
                continue
            step = number - before.came_in
            if before.free + step < 0:
                return count_id
            change = {"$inc": {"free": step, "came_in": step}, "$set": {"is_counted": True}}
            guard = {"_id": count_id, "free": before.free, "came_in": before.came_in}
            if (await self._counts.update_one(guard, change, session=session)).matched_count == 0:
                return count_id
        for left in known.values():  # what orders hold or have bought goes on being counted
            await self._counts.update_one({"_id": left.id}, {"$set": {"is_counted": False}}, session=session)
        return None

    async def tell(self, goods_id: int, within: Transaction | None = None, **steps: int) -> None:
        await self._tallies.update_one({"_id": goods_id}, {"$inc": steps}, upsert=True, session=session_of(within))

    async def find_order_numbers(self) -> dict[int, int]:
        cursor = self._tallies.find({"orders": {"$gt": 0}}, {"orders": 1})
        return {document["_id"]: document["orders"] async for document in cursor}

    async def find_tallies(self, goods_ids: Iterable[int]) -> dict[int, Tally]:
        wanted = list(goods_ids)
        found = [to_struct(document, Tally) async for document in find_any(self._tallies, "_id", wanted)]
        return {goods_id: Tally(id=goods_id) for goods_id in wanted} | {one.id: one for one in found}
