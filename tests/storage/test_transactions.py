"""Tests of server/storage/transactions.py."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.errors import Conflict
from server.domain.transactions import Transaction
from server.storage.transactions import MongoTransactions, session_of


async def counted(mongo: AsyncIOMotorDatabase, name: str = "counter") -> int:
    found = await mongo.things.find_one({"_id": name})
    return 0 if found is None else found["count"]


async def add_one(mongo: AsyncIOMotorDatabase, within: Transaction, name: str = "counter") -> int:
    """Read, then written: only a transaction makes this right."""
    session = session_of(within)
    found = await mongo.things.find_one({"_id": name}, session=session) or {"count": 0}
    await mongo.things.replace_one({"_id": name}, {"count": found["count"] + 1}, upsert=True, session=session)
    return found["count"] + 1


async def test_all_writes_of_a_transaction_happen(mongo: AsyncIOMotorDatabase) -> None:
    async def work(within: Transaction) -> str:
        await add_one(mongo, within, "one")
        await add_one(mongo, within, "other")
        return "done"

    assert await MongoTransactions(mongo, "tests").run(work) == "done"
    assert (await counted(mongo, "one"), await counted(mongo, "other")) == (1, 1)


async def test_none_happens_when_the_work_fails(mongo: AsyncIOMotorDatabase) -> None:
    async def work(within: Transaction) -> None:
        await add_one(mongo, within)
        raise Conflict()

    with pytest.raises(Conflict):
        await MongoTransactions(mongo, "tests").run(work)
    assert await counted(mongo) == 0


async def test_what_is_not_committed_is_seen_by_nobody(mongo: AsyncIOMotorDatabase) -> None:
    seen: list[int] = []

    async def work(within: Transaction) -> None:
        seen.append(await add_one(mongo, within))
        seen.append(await counted(mongo))

    await MongoTransactions(mongo, "tests").run(work)
    assert seen == [1, 0]


async def test_those_who_meet_are_run_again(mongo: AsyncIOMotorDatabase) -> None:
    transactions = [MongoTransactions(mongo, f"process {number}") for number in range(3)]
    tries = 0

    async def work(within: Transaction) -> int:
        nonlocal tries
        tries += 1
        return await add_one(mongo, within)

    results = await asyncio.gather(*(transactions[number % 3].run(work) for number in range(24)))
    assert sorted(results) == list(range(1, 25))
    assert await counted(mongo) == 24
    assert tries > 24


async def test_a_key_that_another_took_meanwhile_is_found_by_the_next_try(mongo: AsyncIOMotorDatabase) -> None:
    await mongo.things.create_index("key", unique=True)
    transactions = MongoTransactions(mongo, "tests")

    async def work(within: Transaction) -> Any:
        session = session_of(within)
        found = await mongo.things.find_one({"key": "mine"}, session=session)
        if found is None:
            found = {"key": "mine"}
            await mongo.things.insert_one(found, session=session)
        return found["_id"]

    assert len(set(await asyncio.gather(*(transactions.run(work) for _ in range(8))))) == 1


async def test_a_commit_lasts_before_it_is_told(mongo: AsyncIOMotorDatabase) -> None:
    """The embedded server syncs no commit by itself: a journalled write follows each."""
    transactions = MongoTransactions(mongo, "tests")
    for _ in range(3):
        await transactions.run(lambda within: add_one(mongo, within))
    synced = await mongo.transactions_synced.find_one({"_id": "tests"})
    assert synced is not None and synced["commits"] == 3
