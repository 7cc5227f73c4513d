"""Participations in MongoDB."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from server.domain.auctions.participations import Participation
from server.domain.paging import Page, PageQuery
from server.storage.documents import Documents
from server.storage.mongo import Sequences, any_of, indexes_of_duplicates, store, to_document

IDS_AT_ONCE = 50  # most are used within one lot's first minute


@store
class MongoParticipations:
    """Implements ParticipationStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._participations = database.participations
        self._documents = Documents(self._participations, Participation)
        self._sequences = sequences

    async def list_by_user_and_group(self, user_id: int, group_id: int) -> list[Participation]:
        return await self._documents.find_all({"user_id": user_id, "group_id": group_id}, [("_id", ASCENDING)])

    async def page_by_users(self, user_ids: Sequence[int], page: PageQuery) -> Page[Participation]:
        order = [("group_id", DESCENDING), ("_id", ASCENDING)]
        return await self._documents.find_page({"user_id": any_of(user_ids)}, order, page)

    async def add_first(self, participations: list[Participation]) -> None:
        # An insert costs a quarter of an upsert.
        try:
            await self._participations.insert_many([to_document(one) for one in participations], ordered=False)
        except BulkWriteError as error:
            await self.save_newest([participations[index] for index in indexes_of_duplicates(error)])

    async def save_newest(self, participations: Iterable[Participation]) -> None:
        writes = []
        for one in participations:
            # By its number: after a void a newer bid may be lower.
            older = {"_id": one.id, "seq": {"$lt": one.seq}}
            constant = {"user_id": one.user_id, "group_id": one.group_id, "goods_id": one.goods_id, "settled_at": None}
            change = {"$set": {"price": one.price, "seq": one.seq}, "$setOnInsert": constant}
            writes.append((older, change))
        try:
            await self._participations.bulk_write([UpdateOne(*write, upsert=True) for write in writes], ordered=False)
        except BulkWriteError as error:
            # Of those it is stored already: a newer one, or the other of two upserts at once made it.
            there = indexes_of_duplicates(error)
            await self._participations.bulk_write([UpdateOne(*writes[index]) for index in there], ordered=False)

    async def list_by_goods(self, goods_id: int) -> list[Participation]:
        return await self._documents.find_all({"goods_id": goods_id}, [("_id", ASCENDING)])

    async def list_settled(self, user_id: int, settled_after: datetime) -> list[Participation]:
        question = {"user_id": user_id, "settled_at": {"$gt": settled_after}}
        return await self._documents.find_all(question, [("settled_at", ASCENDING), ("_id", ASCENDING)])

    async def settle(self, goods_id: int, at: datetime) -> None:
        await self._participations.update_many({"goods_id": goods_id, "settled_at": None}, {"$set": {"settled_at": at}})

    async def next_id(self) -> int:
        return await self._sequences.next_number("participations", block=IDS_AT_ONCE)
