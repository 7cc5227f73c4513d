"""The log of changes: it is read without a look at every thing there is, and lacks nothing for that."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from msgspec import Struct

from server.domain.changes import Change, ChangeQuery
from server.domain.paging import PageQuery
from server.storage.changes import LOOK_SECONDS, NUMBERS_LOOKED_AT, UNDER_WAY_SECONDS, Arrivals, MongoChanges
from server.storage.mongo import Sequences
from server.storage.table import Table
from tests.clock import NOON


class Area(Struct, frozen=True, kw_only=True):
    id: int
    revision: int = 1


def change_of(area: Area) -> Change:
    return Change(noun="tests.areas", thing_id=str(area.id), verb="add", user_id=1, at=NOON, before=None, after=None)


def test_numbers_tell_when_everything_is_to_be_looked_at() -> None:
    arrivals = Arrivals()
    assert arrivals.list_open(3) == [1, 2, 3]
    assert not arrivals.take(3, [], 1.0)  # the log has every entry that there ever was
    assert arrivals.list_open(5) == [4, 5]
    assert not arrivals.take(5, [], 2.0)
    assert arrivals.take(7, [6], 3.0)  # left behind, or under way
    arrivals.note_look(3.0)
    assert arrivals.list_open(8) == [6, 8]
    assert arrivals.take(8, [6], 3.0 + UNDER_WAY_SECONDS - 1)
    assert not arrivals.take(8, [6], 3.0 + UNDER_WAY_SECONDS)  # that change was never made
    assert arrivals.list_open(8) == []
    assert arrivals.take(8, [], 3.0 + LOOK_SECONDS)
    arrivals.note_look(100.0)
    newest = 9 + NUMBERS_LOOKED_AT
    assert arrivals.list_open(newest) == list(range(10, newest + 1))
    assert arrivals.take(newest, [], 101.0)  # of what became of 9 nobody asks


def test_a_process_that_starts_looks_at_everything_unless_it_asked_about_every_number() -> None:
    assert not Arrivals().take(NUMBERS_LOOKED_AT, [], 0.0)
    assert Arrivals().take(NUMBERS_LOOKED_AT, [7], 0.0)
    arrivals = Arrivals()
    assert arrivals.take(NUMBERS_LOOKED_AT + 1, [], 0.0)  # nobody knows what became of the first
    assert arrivals.take(NUMBERS_LOOKED_AT + 1, [], 1.0)  # that look failed
    arrivals.note_look(1.0)
    assert not arrivals.take(NUMBERS_LOOKED_AT + 1, [], 2.0)


async def test_things_are_looked_at_only_while_an_entry_is_lacking(mongo: AsyncIOMotorDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    areas, changes = Table(mongo, "groupbuy_areas", Area), MongoChanges(mongo)
    looked: list[str] = []
    fetch = MongoChanges._fetch_from

    async def counted(self: MongoChanges, things: AsyncIOMotorCollection) -> None:
        looked.append(things.name)
        await fetch(self, things)

    async def read() -> tuple[list[int], int]:
        """The entries, and how many collections were asked for them."""
        looked.clear()
        page = await changes.page_changes(ChangeQuery(last_at=NOON + timedelta(days=1)), PageQuery(1, 10))
        return [one.id for one in page.items], len(looked)

    monkeypatch.setattr(MongoChanges, "_fetch_from", counted)
    assert await read() == ([], 0)
    await areas.add(Area(id=1), change_of(Area(id=1)))
    assert await read() == ([1], 0)

    async def died(*_: Any, **__: Any) -> None:
        """Before it told the log."""

    with monkeypatch.context() as patched:
        patched.setattr("server.storage.table.deliver", died)
        await areas.add(Area(id=2), change_of(Area(id=2)))
    found, asked = await read()
    assert found == [2, 1] and asked > 50
    assert await read() == ([2, 1], 0)
    await Sequences(mongo).next_number("changes")  # of a change that is under way, or was refused
    await areas.add(Area(id=3), change_of(Area(id=3)))
    assert await read() == ([4, 2, 1], asked)
