"""Small things that clients ask the mall for, in MongoDB."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.mall.gate.merchants import Merchant
from server.domain.mall.gate.messages import MessageTemplate
from server.domain.mall.tools.bar_codes import Product
from server.domain.mall.tools.json_rows import JsonRow, JsonRowQuestion
from server.domain.mall.tools.short_links import LinkHost, ShortLink
from server.domain.paging import Page, PageQuery
from server.storage.documents import Order, Question
from server.storage.mongo import keep_first, store, to_document, to_struct
from server.storage.table import PRESENT, Table

BY_ADDING: Order = [("is_top", DESCENDING), ("_id", DESCENDING)]
BY_CHANGE: Order = [("is_top", DESCENDING), ("changed_at", DESCENDING), ("_id", DESCENDING)]


@store
class MongoJsonRows(Table[JsonRow]):
    """Implements JsonRowStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_json_rows", JsonRow)
        self._rows = database.mall_json_rows

    async def change_row(self, user_id: int, row_id: int, values: Mapping[str, Any]) -> bool:
        change = {"$set": dict(values), "$inc": {"revision": 1}} if values else {"$inc": {"revision": 1}}
        return (await self._rows.update_one({**PRESENT, "_id": row_id, "user_id": user_id}, change)).matched_count == 1

    async def remove_row(self, user_id: int, row_id: int) -> bool:
        return (await self._rows.delete_one({**PRESENT, "_id": row_id, "user_id": user_id})).deleted_count == 1

    async def page_rows(self, user_id: int, question: JsonRowQuestion, page: PageQuery) -> Page[JsonRow]:
        wanted = {"_id": question.id, "kind": question.kind, "ref_id": question.ref_id}
        asked: Question = {**PRESENT, "user_id": user_id, **{name: value for name, value in wanted.items() if value is not None}}
        return await self._documents.find_page(asked, BY_CHANGE if question.is_by_change else BY_ADDING, page)


@store
class MongoUniqueIds:
    """Implements UniqueIdStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._last = database.mall_unique_ids

    async def take_next(self, kind: str) -> int | None:
        found = await self._last.find_one_and_update({"_id": kind}, {"$inc": {"last": 1}}, return_document=ReturnDocument.AFTER)
        return None if found is None else found["last"]

    async def begin(self, kind: str, most: int) -> bool:
        if await self._last.estimated_document_count() >= most:
            return False
        try:
            await self._last.insert_one({"_id": kind, "last": 0})
        except DuplicateKeyError:  # of two at once, one finds it there
            pass
        return True


@store
class MongoShortLinks(Table[ShortLink]):
    """Implements ShortLinkStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_short_links", ShortLink)
        self._links = database.mall_short_links

    async def keep_link(self, link: ShortLink) -> ShortLink:
        return to_struct(await keep_first(self._links, to_document(link)), ShortLink)


@dataclass(frozen=True)
class ToolStores:
    """All of it of one database."""

    json_rows: MongoJsonRows
    unique_ids: MongoUniqueIds
    link_hosts: Table[LinkHost]
    short_links: MongoShortLinks
    products: Table[Product]
    merchants: Table[Merchant]
    message_templates: Table[MessageTemplate]

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> ToolStores:
        return cls(
            json_rows=MongoJsonRows(database),
            unique_ids=MongoUniqueIds(database),
            link_hosts=Table(database, "mall_link_hosts", LinkHost),
            short_links=MongoShortLinks(database),
            products=Table(database, "mall_bar_codes", Product),
            merchants=Table(database, "mall_gate_merchants", Merchant),
            message_templates=Table(database, "mall_sms_templates", MessageTemplate),
        )
