"""Stocking: every process shows what any process changed, on one real database."""
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.composition.groupbuy import build_groupbuy
from server.domain.changes import Cause
from server.domain.errors import Unavailable
from server.domain.groupbuy import stocking
from server.domain.groupbuy.catalogue import CatalogueService, Search
from server.domain.groupbuy.categories import CategoryTerms
from server.domain.groupbuy.offers import Kind, State
from server.services import GroupbuyServices
from server.storage.groupbuy import GroupbuyStores
from server.storage.mongo import Mongo
from tests.catalogue import make_furniture, make_offer, offer

PHYSICAL = Search(kind=Kind.PHYSICAL)


@pytest.fixture
def other(io_loop: IOLoop, application: Application) -> Iterator[GroupbuyServices]:
    """The catalogue of another process."""
    assert application.config.mongodb_url is not None
    mongo = Mongo(application.config.mongodb_url, application.config.mongodb_database)
    yield build_groupbuy(GroupbuyStores.of(mongo.database, mongo.sequences), application.clock)
    mongo.close()


async def names(catalogue: CatalogueService) -> list[str]:
    return [one.name for one in (await catalogue.list_offers(PHYSICAL)).offers.items]


async def test_a_change_is_seen_by_every_process_at_once(application: Application, other: GroupbuyServices) -> None:
    assert await names(other.catalogue) == []
    made = await make_offer(application, state=State.AWAITING_REVIEW)
    assert await names(other.catalogue) == []
    await application.services.groupbuy.offers.approve_offer(made.id)
    assert await names(other.catalogue) == ["护币袋"]
    await other.offers.close_offer(made.id, Cause(reason="商家申请"))
    assert await names(application.services.groupbuy.catalogue) == []


async def test_what_stands_around_offers_is_seen_by_every_process(application: Application, other: GroupbuyServices) -> None:
    assert list((await other.catalogue.list_offers(PHYSICAL)).categories) == []
    added = await application.services.groupbuy.categories.add(CategoryTerms(name="工具", kind=Kind.PHYSICAL))
    assert list((await other.catalogue.list_offers(PHYSICAL)).categories) == [added]


async def test_a_process_that_starts_later_sees_everything(application: Application, other: GroupbuyServices) -> None:
    await make_furniture(application)
    kept, removed = await make_offer(application, name="留下"), await make_offer(application, name="删除", state=State.CLOSED)
    await application.services.groupbuy.offers.remove(removed.id)
    found = await other.catalogue.list_offers(PHYSICAL)
    assert [one.id for one in found.offers.items] == [kept.id]
    assert len(list(found.categories)) == 2


async def test_a_change_that_is_written_late_is_not_missed(application: Application, other: GroupbuyServices) -> None:
    """A revision is taken before its change is written; meanwhile others are taken, written and read."""
    stores = application.stores.groupbuy
    early = await stores.marks.next_revision()
    await make_offer(application, name="后")
    assert await names(other.catalogue) == ["后"]
    late = offer(application, id=await stores.offers.next_id(), name="前", revision=early)
    await stores.offers.add(late)
    assert await names(other.catalogue) == ["前", "后"]


async def test_a_revision_without_a_change_is_not_awaited_for_ever(
    application: Application, other: GroupbuyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[int]] = []
    store = type(application.stores.groupbuy.offers)
    ask = store.list_changed_entries

    async def count(self: Any, revisions: list[int]) -> Any:
        asked.append(revisions)
        return await ask(self, revisions)

    monkeypatch.setattr(store, "list_changed_entries", count)
    monkeypatch.setattr(stocking, "AWAITED_SECONDS", 0.0)
    await names(other.catalogue)
    await application.stores.groupbuy.marks.next_revision()
    for _ in range(3):
        await names(other.catalogue)
    assert asked == [[1]]


async def test_many_changes_at_once_are_read_by_reading_all(
    application: Application, other: GroupbuyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stocking, "MOST_REVISIONS", 3)
    assert await names(other.catalogue) == []
    for number in range(1, 6):
        await make_offer(application, name=f"{number}")
    assert await names(other.catalogue) == ["5", "4", "3", "2", "1"]


async def test_questions_at_once_are_answered_alike(application: Application, other: GroupbuyServices) -> None:
    await make_offer(application)
    assert await asyncio.gather(*(names(other.catalogue) for _ in range(20))) == [["护币袋"]] * 20
    await make_offer(application, name="新")
    assert await asyncio.gather(*(names(other.catalogue) for _ in range(20))) == [["新", "护币袋"]] * 20


async def test_what_could_not_be_read_is_read_the_next_time(
    application: Application, other: GroupbuyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: Any, revisions: list[int]) -> Any:
        raise Unavailable("database")

    assert await names(other.catalogue) == []
    with monkeypatch.context() as patch:
        patch.setattr(type(application.stores.groupbuy.offers), "list_changed_entries", fail)
        await make_offer(application)
        with pytest.raises(Unavailable):
            await names(other.catalogue)
    assert await names(other.catalogue) == ["护币袋"]


async def test_furniture_is_read_again_after_a_while(
    application: Application, other: GroupbuyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that changed it may have died before it could tell."""
    await make_furniture(application)
    before = (await other.catalogue.list_offers(PHYSICAL)).price_ranges
    stores = application.stores.groupbuy
    assert await stores.price_ranges.save(before[0], replace(before[0], name="新名"))
    assert (await other.catalogue.list_offers(PHYSICAL)).price_ranges == before
    monkeypatch.setattr(stocking, "FURNITURE_SECONDS", 0.0)
    assert (await other.catalogue.list_offers(PHYSICAL)).price_ranges[0].name == "新名"
