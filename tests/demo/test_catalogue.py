"""Tests of server/demo/catalogue.py."""
from __future__ import annotations

from msgspec.structs import replace

from handlers.pages import STATIC
from server.bootstrap import Application
from server.demo.catalogue import fill_catalogue
from server.domain.groupbuy.catalogue import Search
from server.domain.groupbuy.offers import Kind, Phase, State
from server.domain.paging import ListQuery, PageQuery
from tests.catalogue import make_offer
from tests.clock import HandClock


async def count(application: Application, **filters: object) -> int:
    return (await application.services.groupbuy.offers.page(ListQuery(filters=filters), PageQuery(1, 1))).total


async def found(application: Application, search: Search) -> int:
    return (await application.services.groupbuy.catalogue.list_offers(search)).offers.total


async def found_at_any_time(application: Application, search: Search) -> int:
    return sum([await found(application, replace(search, phase=phase)) for phase in Phase])


async def test_every_filter_of_the_page_finds_something(application: Application) -> None:
    await fill_catalogue(application)
    for kind in Kind:
        for phase in Phase:
            assert await found(application, Search(kind=kind, phase=phase)) > 0
        for price_range in await application.services.groupbuy.price_ranges.list_all():
            assert await found(application, Search(kind=kind, price_range_id=price_range.id)) > 0
    for category in await application.services.groupbuy.categories.list_all():
        assert await found_at_any_time(application, Search(kind=category.kind, category_id=category.id)) > 0
    for area in await application.services.groupbuy.areas.list_all():
        assert await found_at_any_time(application, Search(kind=Kind.VIRTUAL, area_id=area.id)) > 0
    assert await count(application, state=State.AWAITING_REVIEW) > 0


async def test_every_picture_is_there(application: Application) -> None:
    await fill_catalogue(application)
    offers = await application.services.groupbuy.offers.page(ListQuery(), PageQuery(1, 100))
    assert {offer.image for offer in offers.items} == {
        f"/static/images/groupbuy/{path.name}" for path in (STATIC / "images" / "groupbuy").glob("*.svg")
    }


async def test_a_catalogue_with_something_on_sale_is_left_alone(application: Application) -> None:
    await make_offer(application)
    await fill_catalogue(application)
    assert await count(application) == 1


async def test_when_all_is_over_new_offers_come_and_nothing_else_twice(application: Application, clock: HandClock) -> None:
    await fill_catalogue(application)
    before = await count(application)
    furniture = [await listing(application) for listing in (categories, shops)]
    clock.advance(days=60)
    await fill_catalogue(application)
    assert await count(application) == 2 * before
    assert [await listing(application) for listing in (categories, shops)] == furniture


async def categories(application: Application) -> object:
    return await application.services.groupbuy.categories.list_all()


async def shops(application: Application) -> object:
    return await application.services.groupbuy.shops.list_all()
