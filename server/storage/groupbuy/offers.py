"""Offers in MongoDB. Visitors' lists are made in memory, by domain/groupbuy/shelves.py: for them offers are found by id and by revision."""
from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import fields, replace
from pymongo import WriteConcern

from server.domain.groupbuy.offers import Offer, OfferMissing, Phase, State
from server.domain.groupbuy.questions import Entry, PhaseAt
from server.domain.paging import ListQuery, Page, PageQuery
from server.storage.mongo import IN_AT_ONCE, Sequences, find_any, store, to_struct
from server.storage.table import Table

IDS = "groupbuy_offers"  # the sequence
PARTS = {"import_id": 1, **{field.name: 1 for field in fields(Entry)}}  # of an offer, as the shelves want it
COUNTERS = ("views", "buyer_count", "buy_quantity")  # grow by themselves, whoever saves the offer meanwhile


@store
class MongoOffers(Table[Offer]):
    """Implements OfferStore, EntryStore and NewOfferStore. What was removed stays, as a change that every process has to see."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        super().__init__(database, IDS, Offer, grows=COUNTERS)
        self._offers = database.groupbuy_offers
        # A view more or less after a power cut is no loss.
        self._views = self._offers.with_options(write_concern=WriteConcern(w=1))
        self._imports = database.groupbuy_imports
        self._counters = database.counters
        self._sequences = sequences

    async def get_offer(self, offer_id: int) -> Offer:
        found = await super().find(offer_id)
        if found is None or found.removed_at is not None:
            raise OfferMissing()
        return found

    async def count_view(self, offer_id: int) -> None:
        await self._views.update_one({"_id": offer_id}, {"$inc": {"views": 1}})

    # ---- operators' questions: for what is in the catalogue

    async def find(self, id: Any) -> Offer | None:
        found = await super().find(id)
        if found is None or found.removed_at is not None:
            return None
        is_hidden = found.import_id is not None and found.import_id in await self._unfinished_imports()
        return None if is_hidden else found

    async def page(self, query: ListQuery, page: PageQuery) -> Page[Offer]:
        return await super().page(await self._in_catalogue(query), page)

    async def each(self, query: ListQuery) -> AsyncIterator[Offer]:
        async for offer in super().each(await self._in_catalogue(query)):
            yield offer

    async def _in_catalogue(self, query: ListQuery) -> ListQuery:
        return replace(query, filters={**query.filters, "removed_at": None, "unfinished": await self._unfinished_imports()})

    async def _unfinished_imports(self) -> list[int]:
        return [one["_id"] async for one in self._imports.find({"revision": None}, {"_id": 1})]

    def _condition(self, name: str, value: Any) -> dict[str, Any]:
        if name == "unfinished":
            return {"import_id": {"$nin": value}}
        if name in ("category_id", "area_id"):
            levels = ("category_id", "subcategory_id") if name == "category_id" else ("city_id", "area_id")
            return {"$or": [{level: value} for level in levels]}
        if isinstance(value, PhaseAt):
            return _phase_condition(value)
        return super()._condition(name, value)

    # ---- what the shelves are stocked from

    async def list_entries(self) -> list[Entry]:
        # Finished imports first: one that finishes in between is found by its revision.
        finished = {None, *[one["_id"] async for one in self._imports.find({"revision": {"$ne": None}}, {"_id": 1})]}
        counter = await self._counters.find_one({"_id": IDS}) or {"last": 0}
        found = [one async for one in self._parts(range(1, counter["last"] + 1))]
        return [to_struct(one, Entry) for one in found if one.get("removed_at") is None and one.get("import_id") in finished]

    async def list_changed_entries(self, revisions: list[int]) -> tuple[list[Entry], set[int]]:
        changed = [document async for document in find_any(self._offers, "revision", revisions, PARTS)]
        finished = [one async for one in find_any(self._imports, "revision", revisions)]
        for one in finished:
            changed += [document async for document in self._parts(_ids(one))]
        found = {document["revision"] for document in [*changed, *finished]}
        return [to_struct(document, Entry) for document in changed], found

    # ---- imports: rows first, then one document that makes all of them visible

    async def begin_import(self, now: datetime, count: int) -> tuple[int, list[int]]:
        import_id = await self._sequences.next_number("groupbuy_imports")
        ids = await self._sequences.next_numbers(IDS, count)
        about = {"begun_at": now, "first_id": ids[0], "last_id": ids[-1], "revision": None}
        await self._imports.insert_one({"_id": import_id, **about})
        return import_id, ids

    async def add_imported(self, offers: list[Offer]) -> None:
        await self.add_many(offers)

    async def finish_import(self, import_id: int, revision: int) -> None:
        await self._imports.update_one({"_id": import_id}, {"$set": {"revision": revision}})

    async def remove_import(self, import_id: int) -> None:
        begun = await self._imports.find_one({"_id": import_id})
        if begun is not None:
            ids = list(_ids(begun))
            for start in range(0, len(ids), IN_AT_ONCE):
                await self._offers.delete_many({"_id": {"$in": ids[start : start + IN_AT_ONCE]}})
        await self._imports.delete_one({"_id": import_id})

    async def list_abandoned_imports(self, begun_before: datetime) -> list[int]:
        cursor = self._imports.find({"revision": None, "begun_at": {"$lt": begun_before}}, {"_id": 1})
        return [document["_id"] async for document in cursor]

    def _parts(self, ids: Iterable[int]) -> AsyncIterator[dict[str, Any]]:
        """In portions: one answer with the whole catalogue could take longer than the database is given."""
        return find_any(self._offers, "_id", ids, PARTS)


def _ids(begun: dict[str, Any]) -> Iterable[int]:
    return range(begun["first_id"], begun["last_id"] + 1)


def _phase_condition(asked: PhaseAt) -> dict[str, Any]:
    approved, now = {"state": State.APPROVED.value}, asked.now
    if asked.phase is Phase.COMING:
        return {**approved, "start_at": {"$gt": now}, "end_at": {"$gt": now}}
    if asked.phase is Phase.RUNNING:
        return {**approved, "start_at": {"$lte": now}, "end_at": {"$gt": now}}
    return {"$or": [{"state": State.ENDED.value}, {**approved, "end_at": {"$lte": now}}]}
