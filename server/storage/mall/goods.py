"""Goods in MongoDB, and where their pieces are counted."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import fields, replace

from server.domain.changes import Change
from server.domain.mall.goods.counts import Count, Tally
from server.domain.mall.goods.goods import Goods
from server.domain.mall.goods.intakes import Intake
from server.domain.mall.goods.shelf import ShelfRow
from server.domain.paging import ListQuery, Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import Sequences, find_any, store, to_document, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of

GOODS = "mall_goods"
INTAKES = "mall_intakes"
REVISIONS = "mall_goods_revisions"  # the sequence
ROW = {field.name: 1 for field in fields(ShelfRow)}
AT_ONCE = 2000


def _intake(before: Count, step: int, change: Change) -> Intake:
    return Intake(
        id=f"{before.id}:{before.intakes + 1}",
        count_id=before.id,
        goods_id=before.goods_id,
        seq=before.intakes + 1,
        number=step,
        came_in=before.came_in + step,
        verb=change.verb,
        user_id=change.user_id,
        reason=change.reason,
        at=change.at,
    )


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

    async def next_ids(self, count: int) -> list[int]:
        return await self._numbers.next_numbers(GOODS, count)

    async def find_known(self, name: str, values: Sequence[str]) -> set[str]:
        """Which of the values goods that are there have in that field."""
        return {found[name] async for found in find_any(self._goods, name, values, removed_at=None)}

    async def has_any(self, **values: Any) -> bool:
        return await self._goods.find_one({**values, "removed_at": None}, {"_id": 1}) is not None

    async def list_rows(self, after: int) -> list[ShelfRow]:
        """Of goods with a later revision, removed ones too."""
        last, width, rows = await self._numbers.last_number(REVISIONS), AT_ONCE, list[ShelfRow]()
        # In portions: the embedded server reads all that it finds before it answers, and has no more time than any question.
        while after < last:
            found = self._goods.find({"revision": {"$gt": after, "$lte": after + width}}, ROW)
            portion = [to_struct(document, ShelfRow) async for document in found]
            rows += portion
            after += width
            width = width * 2 if len(portion) < AT_ONCE // 4 else AT_ONCE
        return rows


@store
class MongoCounts(Table[Count]):
    """Implements CountStore and SoldStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_stock", Count)
        self._counts = database.mall_stock
        self._intakes = database[INTAKES]
        self._tallies = database.mall_goods_tallies

    async def find_counts(self, goods_ids: Iterable[int]) -> dict[str, Count]:
        found = find_any(self._counts, "goods_id", goods_ids, is_counted=True)
        counts = [to_struct(document, Count) async for document in found]
        return {one.id: one for one in counts}

    async def move(self, count_id: str, number: int, away: str, to: str, within: Transaction) -> bool:
        guard = {"_id": count_id, away: {"$gte": number}}
        change = {"$inc": {away: -number, to: number}}
        return (await self._counts.update_one(guard, change, session=session_of(within))).matched_count == 1

    async def set_came_in(self, goods_id: int, came_in: Mapping[str, int], change: Change, within: Transaction) -> str | None:
        session = session_of(within)
        cursor = self._counts.find({"goods_id": goods_id}, session=session)
        known = {document["_id"]: to_struct(document, Count) async for document in cursor}
        for count_id, number in came_in.items():
            before = known.pop(count_id, Count(id=count_id, goods_id=goods_id))
            step = number - before.came_in
            if before.free + step < 0:
                return count_id
            seq = before.intakes + (1 if step else 0)
            steps = {"$inc": {"free": step, "came_in": step}, "$set": {"goods_id": goods_id, "is_counted": True, "intakes": seq}}
            # A transaction: nobody has written since it was read, or this one is run again.
            await self._counts.update_one({"_id": count_id}, steps, upsert=True, session=session)
            if step:
                await self._intakes.insert_one(to_document(_intake(before, step, change)), session=session)
        for left in known.values():  # what orders hold or have bought goes on being counted
            await self._counts.update_one({"_id": left.id}, {"$set": {"is_counted": False}}, session=session)
        return None

    async def begin(self, came_in: Mapping[int, Mapping[str, int]], changes: Iterable[Change], within: Transaction) -> None:
        counts, intakes = [], []
        for (goods_id, numbers), change in zip(came_in.items(), changes, strict=True):
            for count_id, number in numbers.items():
                empty = Count(id=count_id, goods_id=goods_id)
                counts.append(to_document(replace(empty, free=number, came_in=number, intakes=1 if number else 0)))
                if number:
                    intakes.append(to_document(_intake(empty, number, change)))
        await self._counts.insert_many(counts, session=session_of(within))
        if intakes:
            await self._intakes.insert_many(intakes, session=session_of(within))

    async def tell(self, goods_id: int, within: Transaction | None = None, **steps: int) -> None:
        await self._tallies.update_one({"_id": goods_id}, {"$inc": steps}, upsert=True, session=session_of(within))

    async def find_order_numbers(self) -> dict[int, int]:
        cursor = self._tallies.find({"orders": {"$gt": 0}}, {"orders": 1})
        return {document["_id"]: document["orders"] async for document in cursor}

    async def find_tallies(self, goods_ids: Iterable[int]) -> dict[int, Tally]:
        wanted = list(goods_ids)
        found = [to_struct(document, Tally) async for document in find_any(self._tallies, "_id", wanted)]
        return {goods_id: Tally(id=goods_id) for goods_id in wanted} | {one.id: one for one in found}
