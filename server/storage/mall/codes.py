"""Codes that wait for their answer, and how many were sent, in MongoDB; neither is lost with a restart."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.mall.verification import WaitingCode
from server.storage.mongo import store, to_document, to_struct


@store
class MongoCodes:
    """Implements CodeStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._codes = database.mall_codes
        self._counts = database.mall_code_counts

    async def keep_code(self, code: WaitingCode) -> None:
        question, document = {"_id": code.id}, to_document(code)
        try:
            await self._codes.replace_one(question, document, upsert=True)
        except DuplicateKeyError:  # of two at once, one finds it there
            await self._codes.replace_one(question, document)

    async def take_try(self, code_id: str, now: datetime) -> WaitingCode | None:
        question = {"_id": code_id, "tries_left": {"$gt": 0}, "kept_until": {"$gt": now}}
        found = await self._codes.find_one_and_update(question, {"$inc": {"tries_left": -1}})
        return None if found is None else to_struct(found, WaitingCode)

    async def spend_code(self, code: WaitingCode) -> bool:
        result = await self._codes.delete_one({"_id": code.id, "code": code.code, "sent_at": code.sent_at})
        return result.deleted_count == 1

    async def forget_code(self, code_id: str) -> None:
        await self._codes.delete_one({"_id": code_id})

    async def list_codes(self, now: datetime, most: int) -> list[WaitingCode]:
        cursor = self._codes.find({"kept_until": {"$gt": now}}).sort([("sent_at", DESCENDING), ("_id", DESCENDING)]).limit(most)
        return [to_struct(document, WaitingCode) async for document in cursor]

    async def take_turn(self, name: str, now: datetime, until: datetime) -> bool:
        try:
            await self._counts.update_one({"_id": name, "kept_until": {"$lte": now}}, {"$set": {"kept_until": until}}, upsert=True)
        except DuplicateKeyError:  # somebody has it
            return False
        return True

    async def give_up_turn(self, name: str) -> None:
        await self._counts.delete_one({"_id": name})

    async def count_up(self, name: str, most: int, until: datetime) -> bool:
        question, change = {"_id": name, "count": {"$lt": most}}, {"$inc": {"count": 1}, "$set": {"kept_until": until}}
        try:
            await self._counts.update_one(question, change, upsert=True)
        except DuplicateKeyError:  # there are as many, or another has just counted the first
            return (await self._counts.update_one(question, change)).matched_count == 1
        return True
