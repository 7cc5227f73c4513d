"""The log of changes in MongoDB, and how an entry gets there from the thing that was changed."""
from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError, PyMongoError

from server.domain.changes import Change, ChangeQuery
from server.domain.clock import EPOCH
from server.domain.paging import Page, PageQuery
from server.storage.mongo import CARRIED, CARRYING, INDEXES, Sequences, store, to_document, to_struct

REMOVED = "is_removed"  # of what is gone, and only there until the log has its entry


async def deliver(
    things: AsyncIOMotorCollection, log: AsyncIOMotorCollection, id: Any, carrying: dict[str, Any], *, must: bool = False
) -> None:
    """Puts the entry that a thing carries into the log, then takes it off the thing; as often as wanted, the log has it once.

    Unless it `must`, a database that is away now leaves it for later: what was changed is changed.
    """
    entry = carrying.get(CARRIED)
    if entry is None:
        return
    with contextlib.suppress(*() if must else (PyMongoError,)):
        with contextlib.suppress(DuplicateKeyError):  # of two who deliver it at once, one finds it there
            await log.update_one({"_id": entry["_id"]}, {"$setOnInsert": entry}, upsert=True)
        done = {"_id": id, f"{CARRIED}._id": entry["_id"]}
        if (await things.delete_one({**done, REMOVED: True})).deleted_count == 0:
            await things.update_one(done, {"$unset": {CARRIED: True}})


@store
class MongoChanges:
    """Implements ChangeStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._log = database.changes
        self._sequences = Sequences(database)
        self._logged = [database[name] for name, indexes in INDEXES.items() if CARRYING in indexes]

    async def add_change(self, change: Change) -> None:
        number = await self._sequences.next_number("changes")
        await self._log.insert_one({**to_document(change), "_id": number})

    async def page_changes(self, query: ChangeQuery, page: PageQuery) -> Page[Change]:
        await self._fetch_left_behind()
        return await self.read_log(query, page)

    async def read_log(self, query: ChangeQuery, page: PageQuery) -> Page[Change]:
        """As the log is, whatever has not been put there yet."""
        asked: dict[str, Any] = {"noun": query.noun, "thing_id": query.thing_id, "user_id": query.user_id}
        asked = {name: value for name, value in asked.items() if value is not None}
        moments = {"$gte": query.first_at, "$lte": query.last_at}
        asked |= {"at": bounds} if (bounds := {name: moment for name, moment in moments.items() if moment is not None}) else {}
        cursor = self._log.find(asked).sort("_id", DESCENDING).skip(page.offset).limit(page.size)
        found = [to_struct(_plain(document), Change) async for document in cursor]
        return Page(page.number, found, await self._log.count_documents(asked))

    async def _fetch_left_behind(self) -> None:
        await asyncio.gather(*(self._fetch_from(things) for things in self._logged))

    async def _fetch_from(self, things: AsyncIOMotorCollection) -> None:
        async for thing in things.find({f"{CARRIED}.at": {"$gte": EPOCH}}, {CARRIED: 1}):
            await deliver(things, self._log, thing["_id"], thing, must=True)


def _plain(value: Any) -> Any:
    """With the language's own whole numbers: the driver's for large ones are of a kind that is no part of any struct here."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, Int64) else value
