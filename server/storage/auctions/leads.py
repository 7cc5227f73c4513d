"""Lead books in MongoDB: one document for a bidder in a group."""
from __future__ import annotations

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.auctions.gate import LeadBook
from server.storage.mongo import store, to_document, to_struct


@store
class MongoLeadBooks:
    """Implements LeadStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._books = database.lead_books

    async def get_book(self, group_id: int, user_id: int) -> LeadBook:
        document = await self._books.find_one({"_id": _key(group_id, user_id)}, {"_id": 0})
        return LeadBook(group_id=group_id, user_id=user_id) if document is None else to_struct(document, LeadBook)

    async def save_book(self, before: LeadBook, after: LeadBook) -> bool:
        key, kept = _key(after.group_id, after.user_id), to_document(after)
        if before.revision == 0:
            try:
                await self._books.insert_one({**kept, "_id": key})
            except DuplicateKeyError:
                return False
            return True
        return (await self._books.replace_one({"_id": key, "revision": before.revision}, kept)).matched_count == 1

    async def drop_claims(self, group_id: int, user_id: int, claim_ids: list[str]) -> None:
        dropped: dict[str, Any] = {"$pull": {"claims": {"id": {"$in": claim_ids}}}, "$inc": {"revision": 1}}
        await self._books.update_one({"_id": _key(group_id, user_id)}, dropped)


def _key(group_id: int, user_id: int) -> str:
    return f"{group_id}:{user_id}"
