"""Ends of sessions in MongoDB: of one login, and of all tokens of a user."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.accounts.endings import EARLIEST, Ending
from server.storage.mongo import store


@store
class MongoEndings:
    """Implements EndingStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._logins = database.ended_logins
        self._users = database.users

    async def find_newest(self) -> Ending | None:
        newest = [
            *await _list(self._logins, "ended_at", "user_id", {"$gte": EARLIEST}, DESCENDING, 1),
            *await _list(self._users, "tokens_ended_at", "_id", {"$gte": EARLIEST}, DESCENDING, 1),
        ]
        return max(newest, default=None)

    async def list_ended(self, since: datetime, most: int) -> list[Ending]:
        ended = [
            *await _list(self._logins, "ended_at", "user_id", {"$gte": since}, ASCENDING, most),
            *await _list(self._users, "tokens_ended_at", "_id", {"$gte": since}, ASCENDING, most),
        ]
        return sorted(ended)[:most]


async def _list(
    collection: AsyncIOMotorCollection, moment: str, user_id: str, question: Any, order: int, most: int
) -> list[Ending]:
    cursor = collection.find({moment: question}, {moment: 1, user_id: 1}).sort(moment, order).limit(most)
    return [Ending(document[moment], document[user_id]) async for document in cursor]
