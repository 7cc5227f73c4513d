"""线上团列表, 虚拟团列表: filters, orders and pages."""
from __future__ import annotations

from typing import Any

import pytest

from server.domain.groupbuy.offers import Kind, State
from tests.api import Api
from tests.catalogue import make_furniture, make_offer
from tests.clock import HandClock
from tests.handlers.groupbuy.asking import ask, names, refusal


async def physical(api: Api, **parameters: Any) -> list[str]:
    return names((await ask(api, "groupBuyList", **parameters))["groupbuy_goods"])


async def virtual(api: Api, **parameters: Any) -> list[str]:
    return names((await ask(api, "vrGroupBuyList", **parameters))["groupbuy_goods"])


async def make_virtual(api: Api, name: str, **about: Any) -> None:
    await make_offer(api.application, name=name, kind=Kind.VIRTUAL, category_id=24, **about)


# ---- state


async def test_a_list_goes_by_the_clock(api: Api, clock: HandClock) -> None:
    await make_offer(api.application, starts_in=60, closes_in=120)
    seen = []
    for _ in range(3):
        seen.append([len(await physical(api, **state)) for state in ({}, {"state": "underway"}, {"state": "history"})])
        clock.advance(seconds=60)
    assert seen == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


async def test_an_offer_begins_and_ends_with_the_first_moment(api: Api, clock: HandClock) -> None:
    await make_offer(api.application, starts_in=1, closes_in=2)
    clock.advance(seconds=0.999)
    assert await physical(api) == []
    clock.advance(seconds=0.001)
    assert await physical(api) == ["护币袋"]
    clock.advance(seconds=0.999)
    assert await physical(api) == ["护币袋"]
    clock.advance(seconds=0.001)
    assert await physical(api) == []


async def test_states_and_labels_go_by_the_clock(api: Api, clock: HandClock) -> None:
    await make_offer(api.application, starts_in=60, closes_in=120)
    seen = []
    for state in ("underway", "", "history"):
        (item,) = (await ask(api, "groupBuyList", state=state))["groupbuy_goods"]["items"]
        seen.append((item["groupbuy_state"], item["groupbuy_state_label"]))
        clock.advance(seconds=60)
    assert seen == [(2, "即将开始"), (2, "正常"), (3, "结束")]


async def test_what_is_not_approved_is_in_no_list(api: Api) -> None:
    for state in (State.AWAITING_REVIEW, State.REFUSED, State.CLOSED):
        await make_offer(api.application, state=state)
        await make_offer(api.application, state=state, starts_in=60)
        await make_offer(api.application, state=state, closes_in=-60)
    for asked in ({}, {"state": "underway"}, {"state": "history"}):
        assert await physical(api, **asked) == []


# ---- filters


async def test_a_category_brings_those_under_it(api: Api) -> None:
    await make_furniture(api.application)
    await make_offer(api.application, name="放大镜", subcategory_id=0)
    await make_offer(api.application, name="护币袋", subcategory_id=33)
    assert await physical(api, cat_id=12) == ["护币袋", "放大镜"]
    assert await physical(api, cat_id=12, scat_id=33) == ["护币袋"]
    assert await physical(api, scat_id=33) == ["护币袋"]
    assert await physical(api, cat_id=33) == ["护币袋"]  # as the PHP application's own pages ask
    assert await physical(api, cat_id=0, scat_id="") == ["护币袋", "放大镜"]


async def test_a_city_brings_its_areas(api: Api) -> None:
    await make_furniture(api.application)
    await make_virtual(api, "全市通用", city_id=15)
    await make_virtual(api, "浦东", city_id=15, area_id=25)
    await make_virtual(api, "浦东而已", area_id=25)
    await make_virtual(api, "海淀", city_id=16, area_id=26)
    await make_virtual(api, "到处")
    assert await virtual(api) == ["到处", "海淀", "浦东而已", "浦东", "全市通用"]
    assert await virtual(api, city_id=0) == ["到处", "海淀", "浦东而已", "浦东", "全市通用"]
    assert await virtual(api, city_id=15) == ["浦东而已", "浦东", "全市通用"]
    assert await virtual(api, city_id=15, area_id=25) == ["浦东而已", "浦东"]
    assert await virtual(api, area_id=26) == ["海淀"]


async def test_the_place_is_told_with_its_areas(api: Api) -> None:
    await make_furniture(api.application)
    seen = {}
    for place in ({}, {"city_id": 15}, {"area_id": 26}):
        data = await ask(api, "vrGroupBuyList", **place)
        seen[data["location"]] = list(data["child_area"])
    assert seen == {"全国": [], "上海": ["25"], "北京": ["26"]}


async def test_a_price_range_holds_both_its_ends(api: Api) -> None:
    await make_furniture(api.application)
    for price in (1, 4999, 5000, 5001, 10000, 10001):
        await make_offer(api.application, name=f"{price}", price=price, goods_price=20000)
    assert await physical(api, price=4, orderby="priceasc") == ["1", "4999", "5000"]
    assert await physical(api, price=5, orderby="priceasc") == ["5000", "5001", "10000"]
    assert len(await physical(api, price=0)) == 6


async def test_filters_add_up(api: Api) -> None:
    await make_furniture(api.application)
    await make_virtual(api, "便宜", city_id=15, area_id=25, price=100)
    await make_virtual(api, "贵", city_id=15, area_id=25, price=9000)
    await make_virtual(api, "别处", city_id=16, area_id=26, price=100)
    assert await virtual(api, cat_id=24, city_id=15, price=4) == ["便宜"]


async def test_each_list_has_its_kind_alone(api: Api) -> None:
    await make_furniture(api.application)
    await make_offer(api.application, name="实物")
    await make_virtual(api, "虚拟")
    assert (await physical(api), await virtual(api)) == (["实物"], ["虚拟"])
    assert list((await ask(api, "groupBuyList"))["groupbuy_cat"]) == ["12"]
    assert list((await ask(api, "vrGroupBuyList"))["groupbuy_cat"]) == ["24"]


@pytest.mark.parametrize(
    "met, parameters, message",
    [
        ("groupBuyList", {"cat_id": 99}, "团购分类不存在"),
        ("groupBuyList", {"cat_id": 24}, "团购分类不存在"),
        ("groupBuyList", {"scat_id": 99}, "团购分类不存在"),
        ("vrGroupBuyList", {"cat_id": 24, "scat_id": 33}, "团购分类不存在"),
        ("vrGroupBuyList", {"cat_id": 12}, "团购分类不存在"),
        ("vrGroupBuyList", {"city_id": 99}, "团购地区不存在"),
        ("vrGroupBuyList", {"city_id": 15, "area_id": 26}, "团购地区不存在"),
        ("groupBuyList", {"price": 99}, "价格区间不存在"),
    ],
)
async def test_what_does_not_exist_is_told(api: Api, met: str, parameters: dict[str, int], message: str) -> None:
    await make_furniture(api.application)
    assert await refusal(api, met, **parameters) == message


# ---- orders


@pytest.mark.parametrize(
    "order, expected",
    [
        ("default", ["d", "c", "b", "a"]),
        ("priceasc", ["a", "b", "d", "c"]),
        ("pricedesc", ["c", "b", "d", "a"]),
        ("ratease", ["c", "a", "b", "d"]),
        ("rateasc", ["c", "a", "b", "d"]),
        ("ratedesc", ["b", "d", "a", "c"]),
        ("saleasc", ["b", "c", "a", "d"]),
        ("saledesc", ["d", "a", "b", "c"]),
    ],
)
async def test_orders(api: Api, order: str, expected: list[str]) -> None:
    """Equal ones stand by their age: b and d cost the same at the same rate, b and c were sold as often."""
    about = (("a", 1000, 5000, 5), ("b", 2000, 4000, 1), ("c", 3000, 100_000, 1), ("d", 2000, 4000, 9))
    for name, price, goods_price, sold in about:
        await make_offer(api.application, name=name, price=price, goods_price=goods_price, buy_quantity=sold)
    assert await physical(api, orderby=order) == expected


async def test_recommended_ones_come_first_unless_another_order_is_asked_for(api: Api) -> None:
    await make_offer(api.application, name="推荐", is_recommended=True, price=9000)
    await make_offer(api.application, name="新", price=1000)
    assert await physical(api) == ["推荐", "新"]
    assert await physical(api, orderby="priceasc") == ["新", "推荐"]


# ---- pages


@pytest.mark.parametrize("rows", [1, 3, 7, 8, 100])
async def test_pages_add_up(api: Api, rows: int) -> None:
    for price in (3, 1, 2, 2, 2, 1, 3):
        await make_offer(api.application, price=price)
    found: list[int] = []
    for page in range(1, -(-7 // rows) + 1):
        goods = (await ask(api, "groupBuyList", firstRow=(page - 1) * rows, listRows=rows, orderby="priceasc"))["groupbuy_goods"]
        assert {**goods, "items": ...} == {"page": page, "total": -(-7 // rows), "totalsize": 7, "records": 7, "items": ...}
        assert len(goods["items"]) == min(rows, 7 - len(found))
        found += [item["id"] for item in goods["items"]]
    assert found == [2, 6, 3, 4, 5, 1, 7]


async def test_twelve_come_at_once_unless_asked_otherwise(api: Api) -> None:
    for _ in range(13):
        await make_offer(api.application)
    for asked in ({}, {"listRows": ""}, {"listRows": 0}):
        goods = (await ask(api, "groupBuyList", **asked))["groupbuy_goods"]
        assert (len(goods["items"]), goods["total"], goods["totalsize"]) == (12, 2, 13)


async def test_beyond_the_last_page_there_is_nothing(api: Api) -> None:
    await make_offer(api.application)
    goods = (await ask(api, "groupBuyList", firstRow=12))["groupbuy_goods"]
    assert goods == {"page": 2, "total": 1, "totalsize": 1, "records": 1, "items": []}


async def test_a_page_may_begin_anywhere(api: Api) -> None:
    for name in ("a", "b", "c"):
        await make_offer(api.application, name=name)
    assert await physical(api, firstRow=1, listRows=12) == ["b", "a"]
