"""What people were told after the sale, in MongoDB."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.events import SaleNews
from server.domain.transactions import Transaction
from server.storage.documents import Documents
from server.storage.mongo import store, to_document
from server.storage.transactions import session_of


@store
class MongoNews:
    """Implements NewsStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._news = database.sale_news
        self._documents = Documents(self._news, SaleNews)

    async def add_news(self, news: SaleNews, within: Transaction) -> None:
        await self._news.insert_one(to_document(news), session=session_of(within))

    async def list_news(self, user_id: int, told_after: datetime, most: int) -> list[SaleNews]:
        asked = {"user_id": user_id, "at": {"$gt": told_after}}
        return await self._documents.find_all(asked, [("user_id", ASCENDING), ("at", ASCENDING)], limit=most)

    async def find_news(self, news_id: str) -> SaleNews | None:
        return await self._documents.find_one({"_id": news_id})
