"""The log of changes in MongoDB, and how an entry gets there from the thing that was changed."""
from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Iterable
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError, PyMongoError

from server.domain.changes import Change, ChangeQuery
from server.domain.clock import EPOCH
from server.domain.paging import Page, PageQuery
from server.storage.indexes import CARRIED, CARRYING, INDEXES
from server.storage.mongo import Sequences, find_any, store, to_document, to_struct

REMOVED = "is_removed"  # of what is gone, and only there until the log has its entry
NUMBERS_LOOKED_AT = 200  # back from the newest one
UNDER_WAY_SECONDS = 30.0  # a write that has a number of the log has happened by then, or failed
LOOK_SECONDS = 60.0  # a process may have been asleep for longer than that


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


class Arrivals:
    """Knows by numbers alone whether the log may lack entries: each change has its number before it is written. Pure.

    A number that is not in the log is of an entry that was left behind, of a change that is under way, or of one that failed.
    """

    def __init__(self) -> None:
        self._known = 0  # what became of the numbers up to it is known, but for those that are lacking
        self._lacking: dict[int, float] = {}  # number → since when, as time.monotonic() tells it
        self._looked_at = -math.inf

    def list_open(self, given: int) -> list[int]:
        """Those of which to ask whether the log has them; `given` is the last that was given out."""
        return [*self._lacking, *range(max(self._known, given - NUMBERS_LOOKED_AT) + 1, given + 1)]

    def take(self, given: int, lacking: Iterable[int], now: float) -> bool:
        """Whether to look for entries among all things: the log lacks some, or lacked none for long."""
        if given - self._known > NUMBERS_LOOKED_AT:
            self._looked_at = -math.inf
        elif self._known == 0 and self._looked_at == -math.inf:
            self._looked_at = now  # of each number that was ever given it is known what became of it
        since = ((number, self._lacking.get(number, now)) for number in lacking)
        self._lacking = {number: moment for number, moment in since if now - moment < UNDER_WAY_SECONDS}
        self._known = given
        return bool(self._lacking) or now - self._looked_at >= LOOK_SECONDS

    def note_look(self, now: float) -> None:
        """All things were looked at."""
        self._looked_at = now


@store
class MongoChanges:
    """Implements ChangeStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._log = database.changes
        self._sequences = Sequences(database)
        self._logged = [database[name] for name, indexes in INDEXES.items() if CARRYING in indexes]
        self._arrivals = Arrivals()

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
        """Asks a hundred collections, and so only where numbers tell that something may be there."""
        given, now = await self._sequences.last_number("changes"), time.monotonic()
        asked = self._arrivals.list_open(given)
        there = {document["_id"] async for document in find_any(self._log, "_id", asked, {"_id": True})}
        if self._arrivals.take(given, (number for number in asked if number not in there), now):
            await asyncio.gather(*(self._fetch_from(things) for things in self._logged))
            self._arrivals.note_look(now)

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
