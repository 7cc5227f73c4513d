"""Offers in MongoDB. Lists are made in memory, by domain/groupbuy/shelves.py: here offers are found by id and by revision."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import fields
from pymongo import WriteConcern

from server.domain.groupbuy.offers import Offer, OfferMissing
from server.domain.groupbuy.questions import Entry
from server.storage.mongo import Sequences, find_any, store, to_document, to_struct

PARTS = {"import_id": 1, **{field.name: 1 for field in fields(Entry)}}  # of an offer, as the shelves want it
COUNTERS = ("views", "buyer_count", "buy_quantity")  # grow by themselves, whoever saves the offer meanwhile


@store
class MongoOffers:
    """Implements OfferStore, EntryStore and NewOfferStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._offers = database.groupbuy_offers
        # A view more or less after a power cut is no loss.
        self._views = self._offers.with_options(write_concern=WriteConcern(w=1))
        self._imports = database.groupbuy_imports
        self._sequences = sequences

    async def get_offer(self, offer_id: int) -> Offer:
        document = await self._offers.find_one({"_id": offer_id})
        if document is None or document.get("removed_at") is not None:
            raise OfferMissing()
        return to_struct(document, Offer)

    async def list_offers_by_id(self, offer_ids: list[int]) -> list[Offer]:
        found = {document["_id"]: document async for document in find_any(self._offers, "_id", offer_ids)}
        return [to_struct(found[offer_id], Offer) for offer_id in offer_ids if offer_id in found]

    async def count_view(self, offer_id: int) -> None:
        await self._views.update_one({"_id": offer_id}, {"$inc": {"views": 1}})

    async def next_id(self) -> int:
        return await self._sequences.next_number("groupbuy_offers")

    async def add_offer(self, offer: Offer) -> None:
        await self._offers.insert_one(to_document(offer))

    async def save_offer(self, before: Offer, after: Offer) -> bool:
        changes = {name: value for name, value in to_document(after).items() if name not in ("_id", *COUNTERS)}
        result = await self._offers.update_one({"_id": before.id, "revision": before.revision}, {"$set": changes})
        return result.matched_count == 1

    async def list_entries(self) -> list[Entry]:
        # Finished imports first: one that finishes in between is found by its revision.
        finished = {one["_id"] async for one in self._imports.find({"revision": {"$ne": None}}, {"_id": 1})}
        documents = await self._offers.find({"removed_at": None}, PARTS).to_list(None)
        return [to_struct(one, Entry) for one in documents if one.get("import_id") is None or one["import_id"] in finished]

    async def list_changed_entries(self, revisions: list[int]) -> tuple[list[Entry], set[int]]:
        changed = [document async for document in find_any(self._offers, "revision", revisions, PARTS)]
        finished = {one["_id"]: one["revision"] async for one in find_any(self._imports, "revision", revisions)}
        for import_id in finished:
            changed += await self._offers.find({"import_id": import_id}, PARTS).to_list(None)
        found = {document["revision"] for document in changed} | set(finished.values())
        return [to_struct(document, Entry) for document in changed], found

    # ---- imports: rows first, then one document that makes all of them visible

    async def begin_import(self, now: datetime) -> int:
        import_id = await self._sequences.next_number("groupbuy_imports")
        await self._imports.insert_one({"_id": import_id, "begun_at": now, "revision": None})
        return import_id

    async def add_imported(self, offers: list[Offer]) -> None:
        await self._offers.insert_many([to_document(offer) for offer in offers])

    async def finish_import(self, import_id: int, revision: int) -> None:
        await self._imports.update_one({"_id": import_id}, {"$set": {"revision": revision}})

    async def remove_import(self, import_id: int) -> None:
        await self._offers.delete_many({"import_id": import_id})
        await self._imports.delete_one({"_id": import_id})

    async def list_abandoned_imports(self, begun_before: datetime) -> list[int]:
        cursor = self._imports.find({"revision": None, "begun_at": {"$lt": begun_before}}, {"_id": 1})
        return [document["_id"] async for document in cursor]

    async def next_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers("groupbuy_offers", count)
