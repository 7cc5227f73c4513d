"""How people may be reached, in MongoDB."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.reminders.quiet import QuietHours
from server.domain.reminders.reach import MOST_GRANTS, REPORTS_REMEMBERED, Grants, Reach
from server.domain.reminders.reminders import Kind
from server.storage.documents import Documents
from server.storage.mongo import store, to_document

GRANTED = {"granted_at": 1}


@store
class MongoReaches:
    """Implements ReachStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._reaches = database.reaches
        self._documents = Documents(self._reaches, Reach)
        self._granting = Documents(self._reaches, Reach, fields=GRANTED)

    async def find_reach(self, user_id: int) -> Reach | None:
        return await self._documents.find_one({"_id": user_id})

    async def find_reaches(self, user_ids: Sequence[int]) -> dict[int, Reach]:
        return await self._documents.find_by_ids(user_ids)

    async def add_grants(self, user_id: int, granted: Mapping[Kind, int], key: str, at: datetime) -> None:
        grown = {f"grants.{kind.value}": count for kind, count in granted.items()}
        change = {
            "$inc": grown,
            "$push": {"reports": {"$each": [key], "$slice": -REPORTS_REMEMBERED}},
            "$min": {f"granted_at.{kind.value}": at for kind in granted},
            "$set": {"changed_at": at},
        }
        try:
            await self._reaches.update_one({"_id": user_id, "reports": {"$ne": key}}, change, upsert=True)
        except DuplicateKeyError:
            # That report was counted, or another of this moment made the document.
            await self._reaches.update_one({"_id": user_id, "reports": {"$ne": key}}, change)
        for kind in granted:
            name = f"grants.{kind.value}"
            await self._reaches.update_one({"_id": user_id, name: {"$gt": MOST_GRANTS}}, {"$set": {name: MOST_GRANTS}})

    async def take_grant(self, user_id: int, kind: Kind) -> bool:
        name = f"grants.{kind.value}"
        return (await self._reaches.update_one({"_id": user_id, name: {"$gt": 0}}, {"$inc": {name: -1}})).matched_count == 1

    async def give_back_grant(self, user_id: int, kind: Kind) -> None:
        await self._reaches.update_one({"_id": user_id}, {"$inc": {f"grants.{kind.value}": 1}})

    async def drop_grants(self, user_id: int, kind: Kind) -> None:
        await self._reaches.update_one({"_id": user_id}, {"$set": {f"grants.{kind.value}": 0}})

    async def set_quiet(self, user_id: int, quiet: QuietHours | None) -> None:
        kept = None if quiet is None else to_document(quiet)
        await self._reaches.update_one({"_id": user_id}, {"$set": {"quiet": kept}}, upsert=True)

    async def list_granting(self, granted_after: datetime | None) -> dict[int, Grants]:
        question = {"changed_at": {"$ne": None} if granted_after is None else {"$gt": granted_after}}
        return {one.id: one.granted_at for one in await self._granting.find_all(question)}
