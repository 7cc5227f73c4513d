"""Tables whose things are counted up in transactions, beside what the staff changes of them."""
from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec import Struct
from pymongo import ASCENDING

from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_struct
from server.storage.table import PRESENT, Table
from server.storage.transactions import session_of

Made = TypeVar("Made", bound=Struct)

EACH_AT_ONCE = 200


@store
class CountedTable(Table[Made]):
    """A Table that is read and counted up in transactions. A save leaves the counts as they are."""

    def __init__(self, database: AsyncIOMotorDatabase, name: str, kind: type[Made], *, counts: tuple[str, ...] = ()):
        super().__init__(database, name, kind, grows=counts)
        self._kind = kind

    async def find_within(self, id: int, within: Transaction) -> Made | None:
        found = await self._collection.find_one({**PRESENT, "_id": id}, session=session_of(within))
        return None if found is None else to_struct(found, self._kind)

    async def each_one(self) -> AsyncIterator[Made]:
        """All, by their numbers."""
        async for document in self._collection.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, self._kind)

    async def _count_up(self, before: Made, within: Transaction, **more: int) -> bool:
        """Unless one of the counts, or what the staff decides, is another than it was."""
        known: dict[str, Any] = {name: getattr(before, name) for name in (*more, "revision") if hasattr(before, name)}
        guard = {"_id": getattr(before, "id"), **known}
        written = await self._collection.update_one(guard, {"$inc": more}, session=session_of(within))
        return written.matched_count == 1

    async def _page(self, question: dict[str, Any], order: list[tuple[str, int]], page: PageQuery) -> Page[Made]:
        return await self._documents.find_page(question, order, page)
