"""Reviews of goods, and favourites, in MongoDB."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.mall.goods.favourites import Favourite
from server.domain.mall.goods.reviews import Review
from server.domain.paging import Page, PageQuery
from server.storage.mongo import Sequences, store, to_document, to_struct
from server.storage.table import Table


@store
class MongoReviews(Table[Review]):
    """Implements ReviewStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_reviews", Review)
        self._reviews = database.mall_reviews

    async def page_shown(self, goods_id: int, page: PageQuery) -> Page[Review]:
        asked = {"goods_id": goods_id, "is_shown": True}
        cursor = self._reviews.find(asked).sort([("_id", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, Review) async for document in cursor]
        return Page(page.number, found, await self._reviews.count_documents(asked))


@store
class MongoFavourites:
    """Implements FavouriteStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._favourites = database.mall_favourites
        self._sequences = sequences

    async def add_favourite(self, user_id: int, goods_id: int, now: datetime) -> bool:
        if await self.find_favourite(user_id, goods_id) is not None:
            return False
        number = await self._sequences.next_number("mall_favourites")
        try:
            await self._favourites.insert_one(to_document(Favourite(id=number, user_id=user_id, goods_id=goods_id, added_at=now)))
        except DuplicateKeyError:
            return False
        return True

    async def find_favourite(self, user_id: int, goods_id: int) -> Favourite | None:
        found = await self._favourites.find_one({"user_id": user_id, "goods_id": goods_id})
        return None if found is None else to_struct(found, Favourite)

    async def remove_favourite(self, user_id: int, *, favourite_id: int | None = None, goods_id: int | None = None) -> Favourite | None:
        asked: dict[str, Any] = {"user_id": user_id}
        asked |= {"goods_id": goods_id} if favourite_id is None else {"_id": favourite_id}
        found = await self._favourites.find_one_and_delete(asked)
        return None if found is None else to_struct(found, Favourite)

    async def list_favourites(self, user_id: int) -> list[Favourite]:
        cursor = self._favourites.find({"user_id": user_id}).sort([("user_id", DESCENDING), ("_id", DESCENDING)])
        return [to_struct(document, Favourite) async for document in cursor]
