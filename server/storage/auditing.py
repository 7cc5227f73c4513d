"""What the continuous audit of books has found, in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.auditing.books import BookStandings
from server.storage.mongo import store, to_document, to_struct

STANDINGS = {"_id": "audit-books"}


@store
class MongoBookStandings:
    """Implements BookStandingStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._settings = database.settings

    async def read_book_standings(self) -> BookStandings | None:
        document = await self._settings.find_one(STANDINGS)
        return None if document is None else to_struct(document, BookStandings)

    async def save_book_standings(self, standings: BookStandings) -> None:
        await self._settings.update_one(STANDINGS, {"$set": to_document(standings)}, upsert=True)
