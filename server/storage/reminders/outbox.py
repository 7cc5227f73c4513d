"""The outbox of reminders in MongoDB, and what was won."""
from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import BulkWriteError

from server.domain.auctions.goods import Lot, LotStatus
from server.domain.reminders.reminders import Because, Reminder, State
from server.storage.auctions.goods import to_lot
from server.storage.mongo import find_any, indexes_of_duplicates, store, to_document
from server.storage.table import Table


@store
class MongoReminders(Table[Reminder]):
    """Implements ReminderStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "reminders", Reminder)

    async def add_new(self, reminders: list[Reminder]) -> list[Reminder]:
        if not reminders:
            return []
        try:
            await self._collection.insert_many([to_document(one) for one in reminders], ordered=False)
        except BulkWriteError as error:
            there = set(indexes_of_duplicates(error))
            return [one for index, one in enumerate(reminders) if index not in there]
        return reminders

    async def list_unknown(self, ids: Collection[str]) -> list[str]:
        there = {found["_id"] async for found in find_any(self._collection, "_id", ids, {"_id": 1})}
        return sorted(set(ids) - there)

    async def replace_older(self, reminder: Reminder) -> None:
        same = {"goods_id": reminder.goods_id, "user_id": reminder.user_id, "kind": reminder.kind.value}
        older = {**same, "state": State.WAITING.value, "seq": {"$lt": reminder.seq}}
        over = {"state": State.NOT_SENT.value, "because": Because.BID_AGAIN.value}
        await self._collection.update_many(older, {"$set": over, "$inc": {"revision": 1}})

    async def list_due(self, now: datetime, limit: int) -> list[Reminder]:
        due = {"state": State.WAITING.value, "due_at": {"$lte": now}}
        return await self._documents.find_all(due, [("due_at", ASCENDING)], limit=limit)

    async def list_handed_over(self, before: datetime) -> list[Reminder]:
        return await self._documents.find_all({"state": State.SENDING.value, "sent_at": {"$lt": before}})


@store
class MongoWonLots:
    """Implements WonLotStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._groups = database.groups
        self._lots = database.lots

    async def list_won(self, ended_after: datetime) -> list[Lot]:
        groups = [found["_id"] async for found in self._groups.find({"ended_at": {"$gt": ended_after}}, {"_id": 1})]
        won = find_any(self._lots, "group_id", groups, status=LotStatus.WON.value)
        return [to_lot(document) async for document in won]
