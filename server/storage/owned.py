"""Things that belong to one member each, beside what every table answers."""
from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct
from pymongo import DESCENDING

from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of

Made = TypeVar("Made", bound=Struct)

NEWEST = [("_id", DESCENDING)]


@store
class OwnedTable(Table[Made]):
    """Implements OwnedStore."""

    async def find(self, id: Any, within: Transaction | None = None) -> Made | None:
        return await self.find_first(within, id=id)

    async def find_first(self, within: Transaction | None = None, **values: Any) -> Made | None:
        found = await self._collection.find_one(self._filter(values), sort=NEWEST, session=session_of(within))
        return None if found is None else to_struct(found, self._kind)

    async def page_with(self, page: PageQuery, **values: Any) -> Page[Made]:
        return await self._documents.find_page(self._filter(values), NEWEST, page)

    async def count_with(self, within: Transaction | None = None, **values: Any) -> int:
        return await self._collection.count_documents(self._filter(values), session=session_of(within))
