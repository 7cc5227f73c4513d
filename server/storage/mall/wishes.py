"""Who waits for which goods, in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.mall.goods.wishes import RestockWish
from server.storage.mongo import store
from server.storage.table import Table


@store
class MongoWishes(Table[RestockWish]):
    """Implements WishStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_restock_wishes", RestockWish)
        self._wishes = database.mall_restock_wishes

    async def keep_wish(self, wish: RestockWish) -> None:
        question = {"user_id": wish.user_id, "goods_id": wish.goods_id}
        change = {"$set": {"takes_message": wish.takes_message, "asked_at": wish.asked_at}, "$inc": {"revision": 1}}
        try:
            await self._wishes.update_one(question, {**change, "$setOnInsert": {"_id": wish.id}}, upsert=True)
        except DuplicateKeyError:  # of two at once, one finds it there
            await self._wishes.update_one(question, change)
