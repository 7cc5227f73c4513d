"""Imports of offers: all rows or none."""
from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.bootstrap import Application
from server.domain.auctions.imports import GoodsRefused, Problem, Row
from server.domain.changes import Cause
from server.domain.groupbuy.catalogue import Search
from server.domain.groupbuy.imports import OfferImports
from server.domain.groupbuy.offers import Kind, Offer, State
from server.domain.paging import ListQuery, PageQuery
from tests.catalogue import make_furniture, make_offer
from tests.clock import HandClock

ROW = {
    "groupbuy_name": "护币袋",
    "groupbuy_type": "1",
    "groupbuy_starttime": "2036-06-01 11:00",
    "groupbuy_endtime": "2036-06-02 12:00:30",
    "goods_name": "护币袋一百枚",
    "shop_id": "1",
    "goods_price": "59.9",
    "groupbuy_price": " 19.95 ",
    "groupbuy_cat_id": "12",
}


def rows(*about: dict[str, str]) -> list[Row]:
    """From line 2 on, each like ROW but for what is told."""
    columns = {name: "" for one in about for name in one}
    return [Row(line, {**columns, **ROW, **one}) for line, one in enumerate(about, start=2)]


def imports_of(application: Application) -> OfferImports:
    return application.services.groupbuy.imports


async def stored(application: Application) -> list[Offer]:
    found = await application.services.groupbuy.offers.page(ListQuery(), PageQuery(1, 100))
    return sorted(found.items, key=lambda offer: offer.id)


async def visible(application: Application) -> int:
    return (await application.services.groupbuy.catalogue.list_offers(Search(kind=Kind.PHYSICAL))).offers.total


async def problems(application: Application, *about: dict[str, str]) -> list[Problem]:
    with pytest.raises(GoodsRefused) as raised:
        await imports_of(application).import_offers(rows(*about))
    assert await stored(application) == []
    return list(raised.value.found)


async def test_a_row_becomes_an_offer(application: Application, clock: HandClock) -> None:
    await make_furniture(application)
    more = {
        "groupbuy_type": "虚拟商品",
        "groupbuy_cat_id": "24",
        "groupbuy_area_id": "25",
        "goods_id": "177",
        "common_id": "96",
        "groupbuy_upper_limit": "2",
        "groupbuy_virtual_quantity": "300",
        "groupbuy_recommend": "是",
        "groupbuy_state": "1",
        "groupbuy_image": "https://pictures.example/1.png",
        "groupbuy_image_rec": "https://pictures.example/2.png",
        "groupbuy_remark": "两小时欢唱",
        "groupbuy_intro": "<p>周末不加价</p>",
    }
    assert await imports_of(application).import_offers(rows({}, more)) == 2
    plain, full = await stored(application)
    now = clock.now()
    assert (plain.kind, plain.state, plain.goods_price, plain.price, plain.shop_name) == (1, State.APPROVED, 5990, 1995, "集藏社")
    assert (plain.start_at, plain.end_at) == (now - timedelta(hours=1), now + timedelta(days=1, seconds=30))
    assert (full.kind, full.state, full.category_id, full.city_id, full.area_id) == (2, State.AWAITING_REVIEW, 24, 15, 25)
    assert (full.goods_id, full.common_id, full.upper_limit, full.virtual_quantity, full.is_recommended) == (177, 96, 2, 300, True)
    assert (full.image, full.image_rec) == ("https://pictures.example/1.png", "https://pictures.example/2.png")
    assert (full.remark, full.intro) == ("两小时欢唱", "<p>周末不加价</p>")
    assert await visible(application) == 1


async def test_times_may_be_written_as_excel_writes_them(application: Application, clock: HandClock) -> None:
    await make_furniture(application)
    assert await imports_of(application).import_offers(rows({"groupbuy_starttime": "2036/6/1 9:05"})) == 1
    (offer,) = await stored(application)
    assert offer.start_at == clock.now() - timedelta(hours=2, minutes=55)


@pytest.mark.parametrize(
    "column, text, reason",
    [
        ("groupbuy_name", "", "required"),
        ("groupbuy_name", "长" * 101, "too_long:100"),
        ("groupbuy_type", "3", "not_among:1|2|实物|虚拟商品"),
        ("groupbuy_starttime", "2036-06-01", "not_a_time"),
        ("groupbuy_starttime", "2036-02-30 12:00", "not_a_time"),
        ("groupbuy_starttime", "2036-6-1 12:0", "not_a_time"),
        ("groupbuy_starttime", "0001-01-01 00:00", "at_least:2000-01-01"),
        ("groupbuy_endtime", "9999-12-31 23:59", "at_most:2199-12-31"),
        ("groupbuy_endtime", "2036-06-01 11:00", "not_after_start"),
        ("goods_price", "1.999", "not_yuan"),
        ("goods_price", "-1", "not_yuan"),
        ("goods_price", "0.00", "at_least:0.01"),
        ("goods_price", "9999999999", "at_most:1000000000"),
        ("groupbuy_price", "59.91", "above_goods_price"),
        ("shop_id", "1.5", "not_whole"),
        ("shop_id", "99", "unknown_id"),
        ("groupbuy_cat_id", "0", "at_least:1"),
        ("groupbuy_cat_id", "24", "unknown_id"),
        ("groupbuy_scat_id", "99", "unknown_id"),
        ("groupbuy_city_id", "99", "unknown_id"),
        ("groupbuy_area_id", "99", "unknown_id"),
        ("goods_id", "99999999999", "at_most:2147483647"),
        ("groupbuy_recommend", "yes", "not_among:0|1|否|是"),
        ("groupbuy_state", "3", "not_among:1|2"),
        ("groupbuy_price_", "1", "unknown"),
    ],
)
async def test_a_bad_cell_is_named_by_line_and_column(application: Application, column: str, text: str, reason: str) -> None:
    await make_furniture(application)
    assert await problems(application, {}, {column: text}, {}) == [Problem(3, column, reason, text)]


async def test_all_bad_cells_are_named(application: Application) -> None:
    await make_furniture(application)
    found = await problems(application, {"shop_id": "x", "groupbuy_type": ""}, {}, {"groupbuy_cat_id": "99", "shop_id": "99"})
    assert [(problem.line, problem.column) for problem in found] == [
        (2, "shop_id"),
        (2, "groupbuy_type"),
        (4, "groupbuy_cat_id"),
        (4, "shop_id"),
    ]


async def test_missing_columns_are_named_once(application: Application) -> None:
    cut = [Row(line, {name: text for name, text in ROW.items() if name != "shop_id"}) for line in (2, 3)]
    with pytest.raises(GoodsRefused) as raised:
        await imports_of(application).import_offers(cut)
    assert raised.value.found == (Problem(2, "shop_id", "missing"),)


async def test_a_sheet_without_rows_is_refused(application: Application) -> None:
    with pytest.raises(GoodsRefused):
        await imports_of(application).import_offers([])


async def test_checking_writes_nothing(application: Application) -> None:
    await make_furniture(application)
    assert len(await imports_of(application).check_offers(rows({}, {}))) == 2
    assert await stored(application) == []


async def test_nobody_sees_an_import_before_all_of_it_is_there(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_furniture(application)
    await make_offer(application)
    seen: list[int] = []
    store = type(application.stores.groupbuy.offers)
    add = store.add_imported

    async def add_and_look(self: Any, offers: list[Offer]) -> None:
        await add(self, offers)
        seen.append(await visible(application))

    monkeypatch.setattr(store, "add_imported", add_and_look)
    assert await imports_of(application).import_offers(rows(*[{}] * 250)) == 250
    assert seen == [1, 1, 1]
    assert await visible(application) == 251


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_an_import_that_breaks_leaves_nothing(
    application: Application, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    await make_furniture(application)
    store = type(application.stores.groupbuy.offers)
    add = store.add_imported

    async def break_off(self: Any, offers: list[Offer]) -> None:
        await add(self, offers)
        raise error

    monkeypatch.setattr(store, "add_imported", break_off)
    with pytest.raises(error):
        await imports_of(application).import_offers(rows({}))
    assert await application.mongo.database.groupbuy_offers.count_documents({}) == 0
    assert await application.mongo.database.groupbuy_imports.count_documents({}) == 0


async def test_what_a_killed_import_left_is_never_seen_and_goes_with_a_later_one(
    application: Application, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_furniture(application)
    store = type(application.stores.groupbuy.offers)

    async def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "finish_import", die)
        with pytest.raises(KeyboardInterrupt):
            await imports_of(application).import_offers(rows({}))
    assert await stored(application) == []
    clock.advance(minutes=61)
    await imports_of(application).import_offers(rows({"groupbuy_name": "新"}))
    assert [offer.name for offer in await stored(application)] == ["新"]
    assert await application.mongo.database.groupbuy_offers.count_documents({}) == 1


async def test_an_imported_offer_is_changed_like_any_other(application: Application) -> None:
    await make_furniture(application)
    await imports_of(application).import_offers(rows({}, {}))
    await application.services.groupbuy.offers.close_offer(1, Cause(reason="商家申请"))
    assert await visible(application) == 1
