"""Refused tokens and ended logins in MongoDB, whose entries go when no token of theirs could be used anyway."""
from __future__ import annotations

from collections.abc import Collection

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.claims import EndedLogin, Refusal
from server.storage.documents import Documents
from server.storage.mongo import store, to_document


@store
class MongoTokens:
    """Implements TokenStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._refused = database.denied_tokens
        self._refusals = Documents(self._refused, Refusal)
        self._ended = database.ended_logins

    async def find_refusals(self, token_ids: Collection[str]) -> dict[str, Refusal]:
        return await self._refusals.find_by_ids(token_ids)

    async def find_ended(self, login_ids: Collection[str]) -> set[str]:
        cursor = self._ended.find({"_id": {"$in": sorted(login_ids)}}, {"_id": 1})
        return {document["_id"] async for document in cursor}

    async def refuse(self, refusal: Refusal) -> Refusal:
        try:
            await self._refused.insert_one(to_document(refusal))
            return refusal
        except DuplicateKeyError:
            kept = await self._refusals.find_one({"_id": refusal.id})
            if kept is None:
                raise  # a refusal outlives its token by far
            return kept

    async def end_login(self, ended: EndedLogin) -> None:
        about = to_document(ended)
        question = {"_id": about.pop("_id")}
        # By the database's clock, the same for all who look for it.
        change = {"$setOnInsert": about, "$currentDate": {"ended_at": True}}
        try:
            await self._ended.update_one(question, change, upsert=True)
        except DuplicateKeyError:
            return  # another ended it at the same moment
