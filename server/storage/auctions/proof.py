"""What was published for those who check: keys, heads and roots of groups. Only added to."""
from __future__ import annotations

from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.auctions.proof.heads import PublishedGroup, PublishedHead
from server.domain.auctions.proof.keys import PublishedKey
from server.storage.documents import Documents
from server.storage.mongo import insert_missing, store, to_document


@store
class MongoProof:
    """Implements KeyStore and HeadStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._keys = database.receipt_keys
        self._heads = database.published_heads
        self._groups = database.published_groups
        self._head_documents = Documents(self._heads, PublishedHead)
        self._group_documents = Documents(self._groups, PublishedGroup)

    async def add_keys(self, keys: Sequence[PublishedKey]) -> None:
        await insert_missing(self._keys, [to_document(key) for key in keys], may_be_there=True)

    async def list_keys(self) -> list[PublishedKey]:
        return await Documents(self._keys, PublishedKey).find_all({}, [("published_at", ASCENDING), ("_id", ASCENDING)])

    async def add_head(self, head: PublishedHead) -> None:
        await insert_missing(self._heads, [to_document(head)], may_be_there=True)

    async def add_group(self, group: PublishedGroup) -> None:
        await insert_missing(self._groups, [to_document(group)], may_be_there=True)

    async def find_head(self, goods_id: int) -> PublishedHead | None:
        return await self._head_documents.find_one({"_id": goods_id})

    async def list_heads(self, group_id: int) -> list[PublishedHead]:
        return await self._head_documents.find_all({"group_id": group_id}, [("_id", ASCENDING)])

    async def find_group(self, group_id: int) -> PublishedGroup | None:
        return await self._group_documents.find_one({"_id": group_id})

    async def list_heads_after(self, goods_id: int, limit: int) -> list[PublishedHead]:
        return await self._head_documents.find_all({"_id": {"$gt": goods_id}}, [("_id", ASCENDING)], limit=limit)

    async def list_groups(self) -> list[PublishedGroup]:
        return await self._group_documents.find_all({}, [("_id", ASCENDING)])
