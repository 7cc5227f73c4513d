"""What every store has of Table, on a real database."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec import Struct
from msgspec.structs import replace

from server.domain.changes import Change, ChangeQuery
from server.domain.errors import Conflict, Unavailable
from server.domain.paging import Between, ListQuery, PageQuery
from server.domain.transactions import Transaction
from server.storage.changes import REMOVED, MongoChanges
from server.storage.indexes import CARRIED, CARRYING, INDEXES
from server.storage.mongo import Mongo, Sequences, to_document
from server.storage.table import Table
from server.storage.transactions import MongoTransactions
from tests.clock import NOON


class Thing(Struct, frozen=True, kw_only=True):
    id: int
    name: str = ""
    price: int = 0
    seen: int = 0
    at: datetime = NOON
    revision: int = 0


def change_of(thing: Thing, verb: str) -> Change:
    return Change(noun="tests.things", thing_id=str(thing.id), verb=verb, user_id=1, at=NOON, before=None, after=None)


@pytest.fixture
def things(mongo: AsyncIOMotorDatabase, monkeypatch: pytest.MonkeyPatch) -> Table[Thing]:
    monkeypatch.setitem(INDEXES, "things", [CARRYING])  # as of all whose changes are logged
    return Table(mongo, "things", Thing, grows=["seen"])


async def ids(things: Table[Thing], **query: Any) -> list[int]:
    """The list's, which the page and its total and the walk through all of them must agree with."""
    asked = ListQuery(**query)
    page = await things.page(asked, PageQuery(1, 100))
    found = [thing.id for thing in page.items]
    assert (page.total, [thing.id async for thing in things.each(asked)]) == (len(found), found)
    return found


async def test_things_are_found_by_id_whatever_their_number(things: Table[Thing]) -> None:
    await things.add_many([Thing(id=number) for number in range(1, 121)])
    wanted = [*range(120, 0, -1), 404]
    assert [thing.id for thing in await things.find_by_ids(wanted)] == wanted[:-1]
    assert await things.find(404) is None and await things.find_by_ids([]) == []


async def test_all_are_walked_through_by_their_numbers_wherever_these_lie(things: Table[Thing], mongo: AsyncIOMotorDatabase) -> None:
    numbers = [*range(1, 121), 400, 999]  # some were given out and not used
    await things.add_many([Thing(id=number) for number in numbers])
    await Sequences(mongo).raise_to("things", 999)
    assert [thing.id async for thing in things.each_numbered()] == numbers
    # Those that came after the walk began, or whose number the sequence has lost, are met as they follow.
    await things.add_many([Thing(id=number) for number in range(1000, 1101)])
    assert [thing.id async for thing in things.each_numbered()] == [*numbers, *range(1000, 1101)]


async def test_what_is_removed_and_not_in_the_log_yet_is_neither_listed_nor_counted(
    things: Table[Thing], mongo: AsyncIOMotorDatabase
) -> None:
    await things.add_many([Thing(id=number, price=number % 2) for number in range(1, 5)])
    await mongo.things.update_one({"_id": 3}, {"$set": {REMOVED: True, CARRIED: {"_id": 1, "at": NOON}}})  # and the process died
    assert (await ids(things), await ids(things, filters={"price": 1})) == ([1, 2, 4], [1])
    assert (await things.count(), await things.count(price=1), await things.count(price=0)) == (3, 1, 2)


async def test_a_list_is_filtered_searched_and_sorted(things: Table[Thing]) -> None:
    for number, (name, price) in enumerate([("甲", 5), ("乙", 3), ("甲乙", 5), ("a.b", 9)], start=1):
        await things.add(Thing(id=number, name=name, price=price, at=NOON + timedelta(hours=number)))
    assert await ids(things) == [1, 2, 3, 4]
    assert await ids(things, order=("-price", "-id")) == [4, 3, 1, 2]
    assert await ids(things, order=("price",)) == [2, 1, 3, 4]
    assert await ids(things, text="乙", searched=("name",)) == [2, 3]
    assert await ids(things, text="A.B", searched=("name",)) == [4]
    assert await ids(things, filters={"price": Between(4, 5)}, text="甲", searched=("name",)) == [1, 3]
    assert await ids(things, filters={"at": Between(NOON + timedelta(hours=3))}) == [3, 4]
    assert [thing.id for thing in await things.list_all("-id", price=5)] == [3, 1]
    assert await things.count(price=5) == 2


async def test_what_older_documents_lack_has_its_default(things: Table[Thing], mongo: AsyncIOMotorDatabase) -> None:
    await mongo.things.insert_one({"_id": 1, "name": "old"})
    old = await things.find(1)
    assert old == Thing(id=1, name="old")
    assert await ids(things, filters={"price": 0}) == [1] and await ids(things, filters={"price": 1}) == []
    assert await things.save(old, replace(old, name="new", revision=1))
    assert await things.find(1) == Thing(id=1, name="new", revision=1)


async def test_only_what_was_read_is_saved_and_removed(things: Table[Thing], mongo: AsyncIOMotorDatabase) -> None:
    first = Thing(id=1, revision=1)
    await things.add(first)
    await mongo.things.update_one({"_id": 1}, {"$inc": {"seen": 7}})
    second = replace(first, name="second", revision=2)
    assert await things.save(first, second)
    assert not await things.save(first, replace(first, name="late", revision=2))
    assert not await things.remove(first) and not await things.remove(first, change_of(first, "remove"))
    assert await things.find(1) == replace(second, seen=7)
    assert await things.remove(second)
    assert await things.find(1) is None and not await things.save(second, second)


async def test_numbers_are_given_out_once(things: Table[Thing]) -> None:
    assert [await things.next_id() for _ in range(3)] == [1, 2, 3]


@pytest.mark.usefixtures("servers_patience")
async def test_a_database_that_is_away_loses_no_answer_and_no_entry(
    mongo: AsyncIOMotorDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes after the change is written: the change is done, and the log gets it when it is read."""
    areas: Table[Thing] = Table(mongo, "groupbuy_areas", Thing)
    away = Mongo("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=1&connectTimeoutMS=1", "nowhere")
    with pytest.raises(Unavailable):
        await Table(away.database, "things", Thing).find(1)
    with pytest.raises(Unavailable):
        [thing async for thing in Table(away.database, "things", Thing).each(ListQuery())]
    monkeypatch.setattr(areas, "_changes", away.database.changes)
    await areas.add(Thing(id=1), change_of(Thing(id=1), "add"))
    assert await mongo.changes.count_documents({}) == 0
    found = await MongoChanges(mongo).page_changes(ChangeQuery(), PageQuery())
    assert [(one.id, one.verb) for one in found.items] == [(1, "add")]
    assert await mongo.groupbuy_areas.count_documents({"unlogged": {"$ne": None}}) == 0
    away.close()


# ---- in a transaction


async def log_of(mongo: AsyncIOMotorDatabase, thing: Thing) -> list[str]:
    """The verbs of its entries, the first one first."""
    query = ChangeQuery(noun="tests.things", thing_id=str(thing.id))
    return [change.verb for change in reversed((await MongoChanges(mongo).page_changes(query, PageQuery(1, 10))).items)]


async def test_a_change_in_a_transaction_and_its_entry_happen_together(things: Table[Thing], mongo: AsyncIOMotorDatabase) -> None:
    before = Thing(id=1, revision=1)
    after = replace(before, name="named", revision=2)
    transactions = MongoTransactions(mongo, "tests")
    await transactions.run(lambda within: things.add(before, change_of(before, "add"), within))
    assert await transactions.run(lambda within: things.save(before, after, change_of(after, "name"), within))
    assert not await transactions.run(lambda within: things.save(before, after, change_of(after, "late"), within))
    assert await things.find(1) == after
    assert await log_of(mongo, after) == ["add", "name"]


async def test_nothing_of_a_transaction_that_fails_is_logged(things: Table[Thing], mongo: AsyncIOMotorDatabase) -> None:
    before = Thing(id=1, revision=1)
    await things.add(before, change_of(before, "add"))

    async def work(within: Transaction) -> None:
        await things.save(before, replace(before, revision=2), change_of(before, "lost"), within)
        await things.add(Thing(id=2), change_of(Thing(id=2), "lost"), within)
        raise Conflict()

    with pytest.raises(Conflict):
        await MongoTransactions(mongo, "tests").run(work)
    assert (await things.find(1), await things.find(2)) == (before, None)
    assert await log_of(mongo, before) == ["add"]


async def test_an_entry_that_was_left_behind_goes_along_with_a_transaction(things: Table[Thing], mongo: AsyncIOMotorDatabase) -> None:
    before = Thing(id=1, revision=1)
    await things.add(before)
    left = {**to_document(change_of(before, "left")), "_id": 1}
    await mongo.things.update_one({"_id": 1}, {"$set": {"unlogged": left}})
    await mongo.counters.insert_one({"_id": "changes", "last": 1})
    after = replace(before, revision=2)
    assert await MongoTransactions(mongo, "tests").run(lambda within: things.save(before, after, change_of(after, "next"), within))
    assert await log_of(mongo, after) == ["left", "next"]
    assert await mongo.things.count_documents({"unlogged": {"$ne": None}}) == 0
