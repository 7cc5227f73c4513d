"""What stores repeat: things of one kind in one collection, found, listed, paged, saved and removed.

A change goes into the log in the same write: the thing carries its entry until the log has it. So neither is ever without the
other, whatever dies in between; who reads the log fetches first what was left behind (server/storage/changes.py). In a transaction
both are written as they are.
"""
from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec import NODEFAULT, Struct, to_builtins
from msgspec.structs import fields
from pymongo import ASCENDING, DESCENDING

from server.domain.changes import Change
from server.domain.clock import EPOCH
from server.domain.paging import AnyOf, Between, ListQuery, Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.changes import REMOVED, deliver
from server.storage.documents import Documents
from server.storage.indexes import CARRIED, CARRYING, INDEXES
from server.storage.mongo import IN_AT_ONCE, Sequences, store, to_document
from server.storage.transactions import session_of

Made = TypeVar("Made", bound=Struct)

PRESENT: dict[str, Any] = {REMOVED: None}
EACH_AT_ONCE = 200


@cache
def _defaults_of(kind: type[Struct]) -> Mapping[str, Any]:
    return {field.name: field.default for field in fields(kind) if field.default is not NODEFAULT}


@store
class Table(Generic[Made]):
    """Things of one kind, told apart by their `id`.

    `revision`, where the kind has one, guards a save: it succeeds only on what it was decided on. `grows` names fields that no save
    touches, because they are counted up beside it. `beside` is what new ones have that the kind does not know.
    """

    def __init__(
        self,
        database: AsyncIOMotorDatabase,
        name: str,
        kind: type[Made],
        *,
        grows: Iterable[str] = (),
        beside: Mapping[str, Any] = MappingProxyType({}),
    ):
        self.name = name
        self._collection = database[name]
        self._kind = kind
        self._documents = Documents(self._collection, kind)
        self._changes = database.changes
        self._grows = frozenset(grows)
        self._beside = dict(beside)
        self._sequences = Sequences(database)
        # What older documents lack has its default.
        self._defaults = _defaults_of(kind)

    async def find(self, id: Any) -> Made | None:
        return await self._documents.find_one({**PRESENT, "_id": id})

    async def find_by_ids(self, ids: Iterable[Any]) -> list[Made]:
        """Those that exist, in the order of the ids."""
        wanted = list(ids)
        found = await self._documents.find_by_ids(wanted, **PRESENT)
        return [found[id] for id in dict.fromkeys(wanted) if id in found]

    async def list_all(self, *order: str, **values: Any) -> list[Made]:
        """Those with these values, in that order; by id if there is none."""
        return await self._documents.find_all(self._filter(values), _sort(order))

    async def count(self, **values: Any) -> int:
        return await self._collection.count_documents(await self._countable(self._filter(values)))

    async def page(self, query: ListQuery, page: PageQuery) -> Page[Made]:
        question = self._question(query)
        return await self._documents.find_page(question, _sort(query.order), page, counted=await self._countable(question))

    async def each(self, query: ListQuery) -> AsyncIterator[Made]:
        """All that match, few at a time."""
        async for one in self._documents.each(self._question(query), _sort(query.order), at_once=EACH_AT_ONCE):
            yield one

    async def each_numbered(self) -> AsyncIterator[Made]:
        """All whose ids `next_id` has given, and those that follow closely; in order.

        By their ids, a few at a time: a list of the whole collection the embedded server makes while everybody else waits.
        """
        last, first = await self._sequences.last_number(self.name), 1
        while True:
            wanted = range(first, first + IN_AT_ONCE)
            found = await self._documents.find_by_ids(wanted)  # also what was removed
            for id in wanted:
                if id in found:
                    yield found[id]
            first += IN_AT_ONCE
            if not found and first > last:
                return

    async def next_id(self) -> int:
        return await self._sequences.next_number(self.name)

    # ---- changes

    async def add(self, made: Made, change: Change | None = None, within: Transaction | None = None) -> None:
        await self.add_many([made], [] if change is None else [change], within)

    async def add_many(self, made: list[Made], changes: list[Change] | None = None, within: Transaction | None = None) -> None:
        """With a change for each, or none."""
        documents = [{**self._beside, **to_document(one)} for one in made]
        carried = await self._carried(*changes) if changes else [{}] * len(made)
        if within is not None:
            await self._collection.insert_many(documents, session=session_of(within))
            await self._log_within(within, *(entry[CARRIED] for entry in carried if entry))
            return
        documents = [{**one, **entry} for one, entry in zip(documents, carried, strict=True)]
        await self._collection.insert_many(documents)
        await asyncio.gather(*(deliver(self._collection, self._changes, one["_id"], one) for one in documents))

    async def save(self, before: Made, after: Made, change: Change | None = None, within: Transaction | None = None) -> bool:
        """Replaces one by the other, if nobody changed it since `before` was read."""
        kept = {name: value for name, value in to_document(after).items() if name != "_id" and name not in self._grows}
        if within is not None:
            return await self._write_within(within, before, kept, change)
        return await self._write(before, kept, change)

    async def remove(self, before: Made, change: Change | None = None) -> bool:
        """If nobody changed it since it was read."""
        if change is None:
            return (await self._collection.delete_one(self._guard(before))).deleted_count == 1
        return await self._write(before, {REMOVED: True}, change)

    async def _write(self, before: Made, values: dict[str, Any], change: Change | None) -> bool:
        entry = {} if change is None else (await self._carried(change))[0]
        guard = self._guard(before)
        written = await self._collection.update_one(guard, {"$set": {**values, **entry}})
        while written.matched_count == 0:
            # What it still carries of a process that died is delivered first.
            left = await self._collection.find_one({"_id": guard["_id"], CARRIED: {"$ne": None}}, {CARRIED: 1})
            if left is None:
                return False
            await deliver(self._collection, self._changes, left["_id"], left, must=True)
            written = await self._collection.update_one(guard, {"$set": {**values, **entry}})
        await deliver(self._collection, self._changes, guard["_id"], entry)
        return True

    async def _write_within(self, within: Transaction, before: Made, values: dict[str, Any], change: Change | None) -> bool:
        """In a transaction nothing has to be carried, and what was goes along."""
        session, guard = session_of(within), self._guard(before)
        del guard[CARRIED]
        there = await self._collection.find_one(guard, {CARRIED: 1}, session=session)
        if there is None:
            return False
        entries = [there[CARRIED]] if there.get(CARRIED) else []
        entries += [] if change is None else [entry[CARRIED] for entry in await self._carried(change)]
        await self._log_within(within, *entries)
        await self._collection.update_one(guard, {"$set": values, "$unset": {CARRIED: True}}, session=session)
        return True

    async def _log_within(self, within: Transaction, *entries: dict[str, Any]) -> None:
        for entry in entries:
            await self._changes.update_one({"_id": entry["_id"]}, {"$setOnInsert": entry}, upsert=True, session=session_of(within))

    async def _carried(self, *changes: Change) -> list[dict[str, Any]]:
        numbers = await self._sequences.next_numbers("changes", len(changes))
        return [{CARRIED: {**to_document(change), "_id": number}} for change, number in zip(changes, numbers)]

    def _guard(self, before: Made) -> dict[str, Any]:
        document = to_document(before)
        guard = {**PRESENT, CARRIED: None, "_id": document["_id"]}
        return {**guard, "revision": self._ask("revision", document["revision"])} if "revision" in document else guard

    # ---- questions

    def _question(self, query: ListQuery) -> dict[str, Any]:
        asked = self._filter(query.filters)
        if query.text:
            # A pattern may not hold the character 0 itself.
            found = {"$regex": re.escape(query.text).replace("\0", r"\x00"), "$options": "i"}
            asked["$or"] = [{_key(name): found} for name in query.searched]
        return asked

    async def _countable(self, question: dict[str, Any]) -> dict[str, Any]:
        """What an index may count: whether a thing was removed, none has. Those that were are there while they carry their entry."""
        if CARRYING in INDEXES.get(self.name, ()):
            carrying = {f"{CARRIED}.at": {"$gte": EPOCH}}
            if await self._collection.count_documents(carrying, limit=1):
                return question
        return {name: asked for name, asked in question.items() if name not in PRESENT}

    def _filter(self, values: dict[str, Any]) -> dict[str, Any]:
        parts = [self._condition(name, value) for name, value in values.items()]
        return {**PRESENT, **({"$and": parts} if parts else {})}

    def _condition(self, name: str, value: Any) -> dict[str, Any]:
        """What the database is asked for one filter; a store whose filter is no field of its own says what it means."""
        return {_key(name): self._ask(name, value)}

    def _ask(self, name: str, value: Any) -> Any:
        if isinstance(value, Between):
            bounds = {"$gte": value.first, "$lte": value.last}
            return {operator: to_plain(bound) for operator, bound in bounds.items() if bound is not None}
        if isinstance(value, AnyOf):
            return {"$in": [to_plain(one) for one in value.values]}
        plain = to_plain(value)
        has_default = name in self._defaults and to_plain(self._defaults[name]) == plain
        return {"$in": [plain, None]} if has_default and plain is not None else plain


def to_plain(value: Any) -> Any:
    """A value as documents have it."""
    return to_builtins(value, builtin_types=(datetime,))


def _key(name: str) -> str:
    return "_id" if name == "id" else name


def _sort(order: Iterable[str]) -> list[tuple[str, int]]:
    keys = [(_key(name.removeprefix("-")), DESCENDING if name.startswith("-") else ASCENDING) for name in order]
    # Equal ones stand by id, so that pages neither repeat nor leave out.
    return keys if any(key == "_id" for key, _ in keys) else [*keys, ("_id", ASCENDING)]
