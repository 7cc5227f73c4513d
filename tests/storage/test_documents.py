"""Tests of server/storage/documents.py, on a real database."""
from __future__ import annotations

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from msgspec import Struct
from pymongo import ASCENDING, DESCENDING

from server.config import Config
from server.domain.paging import PageQuery
from server.storage.documents import ANSWER_DOCUMENTS, Documents
from server.storage.mongo import IN_AT_ONCE
from tests.storage.answers import Answers

MANY = IN_AT_ONCE * 2 + 1


class Note(Struct):
    id: int
    author: str
    text: str = "not read"


@pytest.fixture
def notes(io_loop, mongo: AsyncIOMotorDatabase) -> Documents[Note]:
    written = [{"_id": number, "author": "ab"[number % 2], "text": str(number), "beside": 1} for number in range(1, MANY + 1)]
    io_loop.run_sync(lambda: mongo.notes.insert_many(written))
    return Documents(mongo.notes, Note)


async def test_one_is_the_first_in_the_order_that_is_asked_for(notes):
    assert await notes.find_one({"author": "a"}, [("_id", DESCENDING)]) == Note(100, "a", "100")
    assert await notes.find_one({"author": "nobody"}) is None


async def test_a_page_has_the_number_of_all_that_match(notes):
    page = await notes.find_page({"author": "b"}, [("_id", ASCENDING)], PageQuery(2, 3))
    assert (page.number, [note.id for note in page.items], page.total) == (2, [7, 9, 11], 51)


async def test_all_are_listed_in_order_or_so_many_of_them(notes):
    assert [note.id for note in await notes.find_all({"author": "a"}, [("_id", DESCENDING)], limit=2)] == [100, 98]
    assert len(await notes.find_all({})) == MANY
    assert [note.id async for note in notes.each({}, [("_id", ASCENDING)], at_once=7)] == [*range(1, MANY + 1)]


async def test_any_number_of_values_may_be_asked_for(notes):
    asked = range(MANY * 2)
    assert sorted(note.id for note in await notes.find_any("_id", asked, author="b")) == [*range(1, MANY + 1, 2)]
    assert (await notes.find_by_ids(asked)).keys() == {*range(1, MANY + 1)}


async def test_only_the_fields_that_are_wanted_are_read(notes, mongo):
    listed = Documents(mongo.notes, Note, fields={"text": 0})
    assert await listed.find_one({"_id": 1}) == Note(1, "b")
    assert (await listed.find_by_ids([1]))[1].text == "not read"


async def test_all_come_in_portions_between_which_others_have_their_turn(config: Config, mongo: AsyncIOMotorDatabase) -> None:
    answers = Answers()
    client: AsyncIOMotorClient = AsyncIOMotorClient(config.mongodb_url, event_listeners=[answers])
    notes = Documents(client[mongo.name].notes, Note)
    many = [{"_id": number, "author": "a"} for number in range(ANSWER_DOCUMENTS * 2 + 1)]
    await mongo.notes.insert_many(many)
    assert [note.id for note in await notes.find_all({}, [("_id", ASCENDING)])] == [one["_id"] for one in many]
    assert answers.lengths == [ANSWER_DOCUMENTS, ANSWER_DOCUMENTS, 1]
    client.close()
