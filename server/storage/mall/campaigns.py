"""Bargains and groups in MongoDB."""
from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.mall.campaigns.bargains import Bargain, Help, Run
from server.domain.mall.campaigns.groups import BuyerGroup, Counts, GroupOffer, GroupQuery, GroupState
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import find_any, store, to_document, to_struct
from server.storage.table import PRESENT, Table
from server.storage.transactions import session_of

EACH_AT_ONCE = 200
SEEN = [GroupState.RUNNING.value, GroupState.COMPLETE.value, GroupState.FAILED.value, GroupState.ENDING.value]


@store
class MongoBargains(Table[Bargain]):
    """Implements BargainStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_bargains", Bargain, grows=("held", "sold"))
        self._bargains = database.mall_bargains

    async def find_bargain(self, bargain_id: int, within: Transaction | None = None) -> Bargain | None:
        found = await self._bargains.find_one({**PRESENT, "_id": bargain_id}, session=session_of(within))
        return None if found is None else to_struct(found, Bargain)

    async def list_of_goods(self, goods_ids: Sequence[int]) -> list[Bargain]:
        found = [to_struct(one, Bargain) async for one in find_any(self._bargains, "goods_id", goods_ids, **PRESENT, is_open=True)]
        return sorted(found, key=lambda one: -one.id)

    async def count_pieces(self, bargain_id: int, *, held: int = 0, sold: int = 0, within: Transaction) -> None:
        await self._bargains.update_one({"_id": bargain_id}, {"$inc": {"held": held, "sold": sold}}, session=session_of(within))

    async def each_bargain(self) -> AsyncIterator[Bargain]:
        async for document in self._bargains.find(PRESENT, batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Bargain)


@store
class MongoRuns(Table[Run]):
    """Implements RunStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_bargain_runs", Run)
        self._runs = database.mall_bargain_runs
        self._helps = database.mall_bargain_helps

    async def next_run_id(self) -> int:
        return await self.next_id()

    async def find_run(self, slot: str, within: Transaction | None = None) -> Run | None:
        found = await self._runs.find_one({"slot": slot}, session=session_of(within))
        return None if found is None else to_struct(found, Run)

    async def find_run_by_id(self, run_id: int, within: Transaction | None = None) -> Run | None:
        found = await self._runs.find_one({"_id": run_id}, session=session_of(within))
        return None if found is None else to_struct(found, Run)

    async def add_run(self, run: Run) -> Run:
        try:
            await self._runs.insert_one(to_document(run))
            return run
        except DuplicateKeyError:
            kept = await self.find_run(run.slot)
            return run if kept is None else kept

    async def save_run(self, before: Run, after: Run, within: Transaction) -> bool:
        return await self.save(before, after, None, within)

    async def find_help(self, id: str, within: Transaction | None = None) -> Help | None:
        found = await self._helps.find_one({"_id": id}, session=session_of(within))
        return None if found is None else to_struct(found, Help)

    async def add_help(self, help: Help, within: Transaction) -> None:
        await self._helps.insert_one(to_document(help), session=session_of(within))

    async def list_helps(self, run_id: int, most: int) -> list[Help]:
        cursor = self._helps.find({"run_id": run_id}).sort([("run_id", DESCENDING), ("at", DESCENDING)]).limit(most)
        return [to_struct(document, Help) async for document in cursor]

    async def each_run(self) -> AsyncIterator[Run]:
        async for document in self._runs.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Run)

    async def sum_helps(self, run_id: int) -> tuple[int, int]:
        """How many there are, and what they took off together."""
        cuts = [document["cut"] async for document in self._helps.find({"run_id": run_id}, {"cut": 1})]
        return len(cuts), sum(cuts)


@store
class MongoGroupOffers(Table[GroupOffer]):
    """Implements OfferStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_group_offers", GroupOffer)
        self._offers = database.mall_group_offers

    async def list_of_goods(self, goods_ids: Sequence[int]) -> list[GroupOffer]:
        found = [to_struct(one, GroupOffer) async for one in find_any(self._offers, "goods_id", goods_ids, **PRESENT, is_open=True)]
        return sorted(found, key=lambda one: -one.id)

    async def find_offer(self, offer_id: int) -> GroupOffer | None:
        return await self.find(offer_id)


@store
class MongoGroups(Table[BuyerGroup]):
    """Implements GroupStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_buyer_groups", BuyerGroup)
        self._groups = database.mall_buyer_groups

    async def next_group_id(self) -> int:
        return await self.next_id()

    async def add_group(self, group: BuyerGroup) -> None:
        await self.add(group)

    async def find_group(self, group_id: int, within: Transaction | None = None) -> BuyerGroup | None:
        found = await self._groups.find_one({"_id": group_id}, session=session_of(within))
        return None if found is None else to_struct(found, BuyerGroup)

    async def find_unpaid(self, offer_id: int, leader_id: int) -> BuyerGroup | None:
        asked = {"leader_id": leader_id, "offer_id": offer_id, "state": GroupState.UNPAID.value, "seats": []}
        found = await self._groups.find_one(asked)
        return None if found is None else to_struct(found, BuyerGroup)

    async def save_group(self, before: BuyerGroup, after: BuyerGroup, within: Transaction | None = None) -> bool:
        return await self.save(before, after, None, within)

    async def page_groups(self, query: GroupQuery, page: PageQuery) -> Page[BuyerGroup]:
        asked = _question(query)
        cursor = self._groups.find(asked).sort([("_id", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, BuyerGroup) async for document in cursor]
        return Page(page.number, found, await self._groups.count_documents(asked))

    async def count_groups(self, offer_ids: Sequence[int]) -> dict[int, Counts]:
        states = (GroupState.RUNNING.value, GroupState.COMPLETE.value)
        return {
            offer_id: Counts(*[await self._groups.count_documents({"offer_id": offer_id, "state": state}) for state in states])
            for offer_id in offer_ids
        }

    async def list_expired(self, now: datetime, most: int) -> list[int]:
        return await self._ids({"state": GroupState.RUNNING.value, "expires_at": {"$lte": now}}, most)

    async def list_ending(self, most: int) -> list[int]:
        return await self._ids({"state": GroupState.ENDING.value}, most)

    async def each_group(self) -> AsyncIterator[BuyerGroup]:
        async for document in self._groups.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, BuyerGroup)

    async def find_groups(self, ids: Iterable[int]) -> dict[int, BuyerGroup]:
        return {found.id: found for found in await self.find_by_ids(ids)}

    async def _ids(self, question: dict[str, Any], most: int) -> list[int]:
        return [document["_id"] async for document in self._groups.find(question, {"_id": 1}).limit(most)]


def _question(query: GroupQuery) -> dict[str, Any]:
    wanted = {
        "goods_id": query.goods_id,
        "offer_id": query.offer_id,
        "_id": query.group_id,
        "state": None if query.state is None else query.state.value,
        "seats": None if query.member_id is None else {"$elemMatch": {"user_id": query.member_id, "is_paid": True}},
        "seats.order_id": query.order_id,
    }
    asked = {name: value for name, value in wanted.items() if value is not None}
    return {"state": {"$in": SEEN}, **asked}
