"""Failed sign-ins in MongoDB, so that neither a restart nor an empty Redis gives a guesser new tries."""
from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.attempts import Attempts
from server.storage.documents import Documents
from server.storage.mongo import store, to_document


@store
class MongoAttempts:
    """Implements AttemptStore: the `login_attempts` collection, whose entries go when they are forgotten anyway."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._attempts = database.login_attempts
        self._documents = Documents(self._attempts, Attempts)

    async def find_attempts(self, key: str) -> Attempts | None:
        return await self._documents.find_one({"_id": key})

    async def save_attempts(self, before: Attempts | None, after: Attempts) -> bool:
        if before is None:
            try:
                await self._attempts.insert_one(to_document(after))
                return True
            except DuplicateKeyError:
                return False
        result = await self._attempts.replace_one(_still(before), to_document(after))
        return result.matched_count == 1

    async def take_back(self, before: Attempts | None, after: Attempts) -> None:
        if before is None:
            undone = (await self._attempts.delete_one(_still(after))).deleted_count
        else:
            undone = (await self._attempts.replace_one(_still(after), to_document(before))).matched_count
        if not undone:
            await self._attempts.update_one({"_id": after.id, "failures": {"$gt": 0}}, {"$inc": {"failures": -1}})

    async def forget(self, key: str) -> None:
        await self._attempts.delete_one({"_id": key})

    async def forget_everywhere(self, key: str) -> None:
        await self._attempts.delete_many({"_id": {"$regex": f"^{re.escape(key)}(@|$)"}})

    async def is_known(self, place: str, now: datetime) -> bool:
        return await self._attempts.find_one({"_id": f"known:{place}", "kept_until": {"$gt": now}}) is not None

    async def note_known(self, place: str, until: datetime) -> None:
        known = {"_id": f"known:{place}", "kept_until": until}
        if (await self._attempts.replace_one({"_id": known["_id"]}, known)).matched_count == 0:
            with suppress(DuplicateKeyError):  # two sign-ins at once
                await self._attempts.insert_one(known)


def _still(attempts: Attempts) -> dict[str, Any]:
    """Matches if nothing was counted since."""
    return {"_id": attempts.id, "failures": attempts.failures, "tried_at": attempts.tried_at}
