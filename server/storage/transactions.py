"""Transactions in MongoDB: run again when they meet others, and made to last.

The embedded server's commit is whole and isolated, but not synced whatever its write concern says: a kill may lose the last ones.
One journalled write after the commit makes everything before it last. A replica set needs none: there the commit waits for the
journals of the majority.
"""
from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from weakref import WeakValueDictionary

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import WriteConcern
from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError

from server.domain.errors import Unavailable
from server.domain.transactions import Contended, Transaction
from server.storage.mongo import TRANSIENT, is_replica_set, store

T = TypeVar("T")

MOST_SECONDS = 5  # of tries; a client gives up later
MOST_COMMITS = 5
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.002, 0.1
SYNCED = "transactions_synced"  # the collection of the journalled write; one document a process
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"


@dataclass(frozen=True)
class MongoTransaction:
    """Implements Transaction."""

    session: AsyncIOMotorClientSession


def session_of(within: Transaction | None) -> AsyncIOMotorClientSession | None:
    """What a store hands to the driver."""
    if within is None:
        return None
    assert isinstance(within, MongoTransaction)
    return within.session


@store
class MongoTransactions:
    """Implements Transactions. `process` is unique among those that share the database."""

    def __init__(self, database: AsyncIOMotorDatabase, process: str):
        self._client = database.client
        self._hello = database
        self._synced = database[SYNCED]
        self._process = process
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._random = random.Random()  # its own: others in the process may rely on what theirs gives next
        self._has_majority: bool | None = None  # set once the server has been asked

    async def run(self, work: Callable[[Transaction], Awaitable[T]], about: Iterable[str] = ()) -> T:
        # In one order for all, so that no two wait for each other.
        turns = [self._turns.setdefault(name, asyncio.Lock()) for name in sorted(set(about))]
        async with contextlib.AsyncExitStack() as stack:
            for turn in turns:
                await stack.enter_async_context(turn)
            return await self._run(work)

    async def _run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        pause, deadline = FIRST_PAUSE_SECONDS, time.monotonic() + MOST_SECONDS
        while True:
            try:
                result = await self._try(work)
                break
            except (OperationFailure, ConnectionFailure) as error:
                # A key that somebody else has just taken: the next try reads it.
                if not (error.has_error_label(TRANSIENT) or isinstance(error, DuplicateKeyError)):
                    raise
                if time.monotonic() > deadline:
                    if isinstance(error, ConnectionFailure):
                        raise Unavailable("database") from error
                    raise Contended() from error
            # The more tries meet, the further apart the next ones are.
            await asyncio.sleep(self._random.uniform(0, pause))
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        await self._make_lasting()
        return result

    async def _try(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async with await self._client.start_session() as session:
            session.start_transaction(write_concern=WriteConcern(w="majority", j=True))
            try:
                result = await work(MongoTransaction(session))
            except BaseException:
                if session.delegate.in_transaction:
                    await session.abort_transaction()
                raise
            await _commit(session)
            return result

    async def _make_lasting(self) -> None:
        if self._has_majority is None:
            self._has_majority = is_replica_set(await self._hello.command("hello"))
        if not self._has_majority:
            await self._synced.update_one({"_id": self._process}, {"$inc": {"commits": 1}}, upsert=True)


async def _commit(session: AsyncIOMotorClientSession) -> None:
    for tries_left in reversed(range(MOST_COMMITS)):
        try:
            return await session.commit_transaction()
        except PyMongoError as error:
            # Committing again what is committed changes nothing.
            if not error.has_error_label(UNKNOWN_COMMIT) or not tries_left:
                raise
