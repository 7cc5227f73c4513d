"""What every store reads: documents of one collection, as structs of one kind."""
from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Generic, TypeAlias, TypeVar

from motor.motor_asyncio import AsyncIOMotorCollection
from msgspec import Struct

from server.domain.paging import Page, PageQuery
from server.storage.mongo import find_any, to_struct

Made = TypeVar("Made", bound=Struct)

ANSWER_DOCUMENTS = 500  # in one answer of the database, however many are asked for: others have their turn between it and the next

Question: TypeAlias = dict[str, Any]
Order: TypeAlias = list[tuple[str, int]]


class Documents(Generic[Made]):
    """Answers a store's questions. `fields` chooses what is read of each document; without it all that the kind knows.

    `make` makes the struct of a document, where that is not kept as the struct has it.
    """

    def __init__(
        self,
        collection: AsyncIOMotorCollection,
        kind: type[Made],
        *,
        fields: dict[str, Any] | None = None,
        make: Callable[[dict[str, Any]], Made] | None = None,
    ):
        self._collection = collection
        self._fields = fields
        self._make = make or (lambda document: to_struct(document, kind))

    async def find_one(self, question: Question, order: Order | None = None) -> Made | None:
        """The first in that order."""
        document = await self._collection.find_one(question, self._fields, sort=order)
        return None if document is None else self._make(document)

    async def find_all(self, question: Question, order: Order | None = None, *, limit: int = 0) -> list[Made]:
        cursor = self._collection.find(question, self._fields, sort=order, limit=limit, batch_size=ANSWER_DOCUMENTS)
        return [self._make(document) async for document in cursor]

    async def find_page(self, question: Question, order: Order, page: PageQuery, *, counted: Question | None = None) -> Page[Made]:
        """With the number of all; `counted` asks for as many, and is answered sooner."""
        cursor = self._collection.find(question, self._fields, sort=order, skip=page.offset, limit=page.size)
        found = [self._make(document) async for document in cursor]
        return Page(page.number, found, await self._collection.count_documents(question if counted is None else counted))

    async def each(self, question: Question, order: Order, *, at_once: int) -> AsyncIterator[Made]:
        """All of them, so many in memory."""
        async for document in self._collection.find(question, self._fields, sort=order, batch_size=at_once):
            yield self._make(document)

    async def find_any(self, field: str, values: Iterable[Any], **question: Any) -> list[Made]:
        """Those whose field has any of the values."""
        found = find_any(self._collection, field, values, self._fields, **question)
        return [self._make(document) async for document in found]

    async def find_by_ids(self, ids: Iterable[Any], **question: Any) -> dict[Any, Made]:
        """Those that exist, by their ids."""
        found = find_any(self._collection, "_id", ids, self._fields, **question)
        return {document["_id"]: self._make(document) async for document in found}
