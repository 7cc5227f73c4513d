"""Refused tokens in MongoDB: the `denied_tokens` collection, whose entries go when their tokens could not be used anyway."""
from __future__ import annotations

from collections.abc import Collection

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.claims import Claims, Refusal
from server.storage.mongo import store, to_document, to_struct


@store
class MongoTokens:
    """Implements TokenStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._refused = database.denied_tokens

    async def find_refused(self, token_ids: Collection[str]) -> set[str]:
        cursor = self._refused.find({"_id": {"$in": sorted(token_ids)}}, {"_id": 1})
        return {document["_id"] async for document in cursor}

    async def refuse(self, refusal: Refusal) -> Refusal:
        try:
            await self._refused.insert_one(to_document(refusal))
            return refusal
        except DuplicateKeyError:
            kept = await self._refused.find_one({"_id": refusal.id})
            if kept is None:
                raise  # a refusal outlives its token by far
            return to_struct(kept, Refusal)

    async def end(self, refusal: Refusal) -> Claims | None:
        kept = await self.refuse(refusal)
        if kept.successor is not None:
            await self._refused.update_one({"_id": refusal.id}, {"$set": {"successor": None}})
        return kept.successor
