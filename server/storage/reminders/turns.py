"""Whose turn it is to see to reminders, in MongoDB."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.storage.mongo import store

THE_POST = "post"


@store
class MongoTurns:
    """Implements TurnStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._turns = database.reminder_turns

    async def take_turn(self, worker: str, now: datetime, until: datetime) -> bool:
        # One that ends later than any does was taken by a clock that was ahead.
        free = {"_id": THE_POST, "$or": [{"worker": worker}, {"until": {"$lte": now}}, {"until": {"$gt": until + (until - now)}}]}
        try:
            await self._turns.update_one(free, {"$set": {"worker": worker, "until": until}}, upsert=True)
            return True
        except DuplicateKeyError:
            return False  # it is another's

    async def give_up_turn(self, worker: str) -> None:
        await self._turns.delete_one({"_id": THE_POST, "worker": worker})
