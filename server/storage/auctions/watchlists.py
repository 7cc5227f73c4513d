"""Watch lists in MongoDB: one document a user."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.mongo import store


@store
class MongoWatchlists:
    """Implements WatchlistStore. `count` is the length of `goods`, so that one write decides whether there is room."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._watchlists = database.watchlists

    async def list_watched(self, user_id: int) -> list[int]:
        document = await self._watchlists.find_one({"_id": user_id})
        return document["goods"] if document is not None else []

    async def add_watched(self, user_id: int, goods_id: int, most: int) -> bool:
        await self._watchlists.update_one({"_id": user_id}, {"$setOnInsert": {"goods": [], "count": 0}}, upsert=True)
        has_room = {"_id": user_id, "goods": {"$ne": goods_id}, "count": {"$lt": most}}
        added = await self._watchlists.update_one(has_room, {"$push": {"goods": goods_id}, "$inc": {"count": 1}})
        return added.matched_count == 1 or goods_id in await self.list_watched(user_id)

    async def remove_watched(self, user_id: int, goods_id: int) -> None:
        change = {"$pull": {"goods": goods_id}, "$inc": {"count": -1}}
        await self._watchlists.update_one({"_id": user_id, "goods": goods_id}, change)
