"""The MongoDB client, numbers given out in sequence, and what stores ask in more than one place."""
from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import msgspec
from bson.codec_options import CodecOptions
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.monitoring import CommandListener

from server.domain.errors import Unavailable
from server.storage.indexes import INDEXES, Index

log = logging.getLogger(__name__)

OPERATION_TIMEOUT_MS = 2500  # a bid is answered within 3 s even when the database is away
DUPLICATE_KEY = 11000
# What is refused for what it is, whatever state the server is in: nothing of it was written.
FAULTS = frozenset(
    (
        DUPLICATE_KEY,
        *(2, 4, 9, 14, 15, 16, 20, 22, 59, 72),  # BadValue, NoSuchKey, FailedToParse, TypeMismatch and their like
        *(28, 40, 52, 53, 54, 55, 56, 57, 66, 121),  # of fields and the changes to them
        *(26, 27, 48, 67, 73, 85, 86, 197),  # of names and indexes
        *(10334, 17419, 17420),  # larger than a document may be
    )
)
IN_AT_ONCE = 50  # values of one $in
FIRST_WINDOW, WINDOW_GROWS, LAST_WINDOW = timedelta(seconds=0.5), 8, timedelta(days=30)

TRANSIENT = "TransientTransactionError"


def open_client(url: str, *listeners: CommandListener) -> AsyncIOMotorClient:
    """A client whose every operation ends within OPERATION_TIMEOUT_MS; connects when first used."""
    return AsyncIOMotorClient(
        url,
        event_listeners=listeners,
        timeoutMS=OPERATION_TIMEOUT_MS,
        serverSelectionTimeoutMS=OPERATION_TIMEOUT_MS,
        connectTimeoutMS=1000,
        maxPoolSize=32,
        appname="auction",
    )


class _Database(AsyncIOMotorDatabase):
    """Makes the object of a collection once: a hundred stores ask for the same few again and again."""

    def __init__(self, client: AsyncIOMotorClient, name: str, **options: Any):
        super().__init__(client, name, **options)
        self._collections: dict[str, AsyncIOMotorCollection] = {}

    def __getitem__(self, name: str) -> AsyncIOMotorCollection:
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = super().__getitem__(name)
        return found


def open_database(client: AsyncIOMotorClient, name: str) -> AsyncIOMotorDatabase:
    """The database with dates as UTC-aware datetimes and every write journalled (by the majority on a replica set)."""
    # The standard library's UTC: moments that share their zone are compared ten times faster.
    options: CodecOptions = CodecOptions(tz_aware=True, tzinfo=timezone.utc)
    return _Database(client, name, codec_options=options, write_concern=WriteConcern(w="majority", j=True))


class Sequences:
    """Positive whole numbers, each given out once; numbers taken in blocks and not used are left out."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._counters = database.counters
        self._blocks: dict[str, Iterator[int]] = {}
        self._fetches: dict[str, asyncio.Task[None]] = {}

    async def next_number(self, name: str, *, block: int = 1) -> int:
        """The next number of that sequence; `block` of them are fetched at once."""
        if block == 1:
            return await self._reserve(name, 1)
        while (number := next(self._blocks.get(name, iter(())), None)) is None:
            if name not in self._fetches:  # many ask at the same moment: one fetches for all
                self._fetches[name] = asyncio.get_running_loop().create_task(self._fetch(name, block))
            await asyncio.shield(self._fetches[name])
        return number

    async def next_numbers(self, name: str, count: int) -> list[int]:
        """So many at once, one after the other."""
        last = await self._reserve(name, count)
        return list(range(last - count + 1, last + 1))

    async def last_number(self, name: str) -> int:
        """The last one that was given out, to whomever; 0 if none was."""
        counter = await self._counters.find_one({"_id": name})
        return 0 if counter is None else int(counter["last"])

    async def raise_to(self, name: str, number: int) -> None:
        """Makes sure that numbers up to this one are not given out again."""
        await self._counters.update_one({"_id": name}, {"$max": {"last": number}}, upsert=True)
        self._blocks.pop(name, None)

    async def _fetch(self, name: str, block: int) -> None:
        try:
            last = await self._reserve(name, block)
            self._blocks[name] = iter(range(last - block + 1, last + 1))
        finally:
            # Here, and not once it is done: who has its turn between would wait for what is over, again and again, and nobody else run.
            del self._fetches[name]

    async def _reserve(self, name: str, count: int) -> int:
        """The last of so many numbers that are this caller's now."""
        while True:
            counter = await self._counters.find_one_and_update(
                {"_id": name}, {"$inc": {"last": count}}, return_document=ReturnDocument.AFTER
            )
            if counter is not None:
                return counter["last"]
            # Upserts race; of two inserts one fails, and both then find the counter.
            with contextlib.suppress(DuplicateKeyError):
                await self._counters.insert_one({"_id": name, "last": 0})


class Mongo:
    """One database and the connection to it."""

    def __init__(self, url: str, name: str, *listeners: CommandListener):
        self._client = open_client(url, *listeners)
        self.database = open_database(self._client, name)
        self.sequences = Sequences(self.database)

    async def create_indexes(self) -> None:
        """Makes the indexes that are missing; safe to call at every start. Raises Unavailable."""
        try:
            there = set(await self.database.list_collection_names())
            for name, indexes in INDEXES.items():
                collection = self.database[name]
                if name in there:
                    indexes = await _missing(collection, indexes)
                if indexes:
                    await collection.create_indexes([IndexModel(keys, **options) for keys, options in indexes])
        except PyMongoError as error:
            if is_away(error):
                raise Unavailable("database") from error
            raise

    async def is_replica_set(self) -> bool:
        """Whether it makes what is told in a transaction last by itself. Raises Unavailable."""
        try:
            return is_replica_set(await self.database.command("hello"))
        except PyMongoError as error:
            if is_away(error):
                raise Unavailable("database") from error
            raise

    async def ping(self) -> bool:
        """Whether the database answers."""
        try:
            await self.database.command("ping")
            return True
        except PyMongoError:
            return False

    def close(self) -> None:
        self._client.close()


def is_replica_set(hello: Mapping[str, Any]) -> bool:
    """By what a server says of itself; a router of shards stands before replica sets."""
    return "setName" in hello or hello.get("msg") == "isdbgrid"


async def _missing(collection: AsyncIOMotorCollection, wanted: list[Index]) -> list[Index]:
    """Those that are not there. One that is there and partial, as in databases of earlier versions, is dropped and missing."""
    there = await collection.index_information()
    missing = []
    for keys, options in wanted:
        name = "_".join(f"{field}_{direction}" for field, direction in keys)
        found = there.get(name)
        if found is not None and "partialFilterExpression" in found:
            await collection.drop_index(name)
        elif found is not None and options.items() <= found.items():
            continue
        missing.append((keys, options))
    return missing


async def list_after(
    collection: AsyncIOMotorCollection, field: str, after: datetime, limit: int, **question: Any
) -> list[dict[str, Any]]:
    """So many documents whose moment is after that one, the oldest first.

    Asked for window by window: the embedded server sorts all that match before it keeps the first.
    """
    order = [(field, ASCENDING), ("_id", ASCENDING)]
    window, now = FIRST_WINDOW, datetime.now(timezone.utc)
    found: list[dict[str, Any]] = []
    while len(found) < limit:
        moments = {"$gt": after, "$lte": after + window} if after < now else {"$gt": after}
        some = await collection.find({**question, field: moments}).sort(order).limit(limit - len(found)).to_list(None)
        found += some
        if after >= now:
            break
        after += window
        window *= 1 if len(some) > IN_AT_ONCE else WINDOW_GROWS
    return found


async def list_latest(collection: AsyncIOMotorCollection, field: str, limit: int) -> list[dict[str, Any]]:
    """The last so many documents by that moment, the newest first; as `list_after` asks."""
    order = [(field, DESCENDING), ("_id", DESCENDING)]
    window, now = FIRST_WINDOW, datetime.now(timezone.utc)
    while window < LAST_WINDOW:
        found = await collection.find({field: {"$gt": now - window}}).sort(order).limit(limit).to_list(None)
        if len(found) == limit:
            return found
        window *= WINDOW_GROWS
    return await collection.find().sort(order).limit(limit).to_list(None)


async def find_any(
    collection: AsyncIOMotorCollection,
    field: str,
    values: Iterable[Any],
    projection: dict[str, Any] | None = None,
    *,
    session: AsyncIOMotorClientSession | None = None,
    **question: Any,
) -> AsyncIterator[dict[str, Any]]:
    """Documents whose field has any of the values, asked for in portions: the embedded server's time grows with their square."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), IN_AT_ONCE):
        asked = {**question, field: {"$in": wanted[start : start + IN_AT_ONCE]}}
        async for document in collection.find(asked, projection, session=session):
            yield document


def any_of(values: Sequence[Any]) -> Any:
    """What a field is asked for that has any of these few values: where it is one, as if that alone were asked for."""
    return values[0] if len(values) == 1 else {"$in": list(values)}


async def keep_first(collection: AsyncIOMotorCollection, document: dict[str, Any]) -> dict[str, Any]:
    """The document that has its _id: this one, unless another is there already."""
    while True:
        found = await collection.find_one({"_id": document["_id"]})
        if found is not None:
            return found
        # Of several at once one is inserted; the others may not see it at once.
        with contextlib.suppress(DuplicateKeyError):
            await collection.insert_one(document)
            return document


async def insert_missing(collection: AsyncIOMotorCollection, documents: list[dict[str, Any]], *, may_be_there: bool) -> None:
    """Inserts in order those whose _id is not there yet. Several processes may do it at once: what is visible is a prefix.

    `may_be_there` looks first, which is cheaper than failing where another process is known to insert the same.
    """
    rest = documents
    while rest:
        if may_be_there:
            wanted = [document["_id"] for document in rest]
            there = {found["_id"] async for found in find_any(collection, "_id", wanted, {"_id": 1})}
            rest = [document for document in rest if document["_id"] not in there]
            if not rest:
                return
        try:
            await collection.insert_many(rest, ordered=True)
            return
        except BulkWriteError as error:
            [taken] = indexes_of_duplicates(error)
            rest = rest[taken + 1 :]
            may_be_there = True


def indexes_of_duplicates(error: BulkWriteError) -> list[int]:
    """Which of the writes were refused because their key is there already. Raises the error if that is not all that went wrong."""
    details = error.details or {}
    failures = details.get("writeErrors", [])
    # Without its write concern a write that seems to have succeeded may be gone after a crash.
    if details.get("writeConcernErrors") or any(failed["code"] != DUPLICATE_KEY for failed in failures):
        raise error
    return [failed["index"] for failed in failures]


Made = TypeVar("Made")


def to_document(struct: msgspec.Struct) -> dict[str, Any]:
    """The struct as MongoDB keeps it: `id` becomes `_id`, times stay datetimes."""
    document = msgspec.to_builtins(struct, builtin_types=(datetime,))
    if "id" in document:
        document["_id"] = document.pop("id")
    return document


def to_struct(document: dict[str, Any], kind: type[Made]) -> Made:
    """The domain struct of a document; fields the struct does not know are left out."""
    if "_id" in document:
        document["id"] = document.pop("_id")
    return msgspec.convert(document, kind)


Store = TypeVar("Store", bound=type)


def store(cls: Store) -> Store:
    """Class decorator: every coroutine method and asynchronous generator raises Unavailable when the database does not answer,
    or cannot do its work.
    """
    for name, method in vars(cls).items():
        if inspect.iscoroutinefunction(method):
            setattr(cls, name, _raising_unavailable(method))
        elif inspect.isasyncgenfunction(method):
            setattr(cls, name, _raising_unavailable_between(method))
    return cls


def _raising_unavailable(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(method)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        with _as_unavailable():
            return await method(*args, **kwargs)

    return guarded


def _raising_unavailable_between(method: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    @functools.wraps(method)
    async def guarded(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with _as_unavailable():
            async for one in method(*args, **kwargs):
                yield one

    return guarded


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        # A transaction that met another is run again by who runs it (server/storage/transactions.py).
        if is_away(error) and not error.has_error_label(TRANSIENT):
            if isinstance(error, OperationFailure):
                log.warning("the database answers and does not do its work", extra={"reason": str(error), "code": error.code})
            raise Unavailable("database") from error
        raise


def is_away(error: PyMongoError) -> bool:
    """Whether it is the database's state that fails, and not what it was asked for. A write may have happened or not.

    So is every answer that is not known to be a fault of the question: a full or read-only store, one that has panicked, no
    primary, a shutdown, no time left, a write concern that is not met, a code that a later version invents.
    """
    if error.timeout or isinstance(error, (ConnectionFailure, WriteConcernError)):
        return True
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        return bool(details.get("writeConcernErrors")) or any(failed["code"] not in FAULTS for failed in details.get("writeErrors", ()))
    return isinstance(error, OperationFailure) and error.code not in FAULTS
