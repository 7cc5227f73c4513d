"""团购商品详情."""
from __future__ import annotations

import asyncio

import pytest

from server.domain.groupbuy.offers import Kind, State
from server.domain.groupbuy.shops import Contract, Shop
from tests.api import Api
from tests.catalogue import furnish, make_furniture, make_offer
from tests.clock import HandClock
from tests.handlers.groupbuy.asking import ask, names, refusal


async def test_every_look_counts(api: Api) -> None:
    offer = await make_offer(api.application)
    views = [(await ask(api, "detail", id=offer.id))["groupbuy_detail"]["groupbuy_views"] for _ in range(3)]
    assert views == [1, 2, 3]
    await asyncio.gather(*(ask(api, "detail", id=offer.id) for _ in range(20)))
    (item,) = (await ask(api, "groupBuyList"))["groupbuy_goods"]["items"]
    assert item["groupbuy_views"] == 23


async def test_the_way_to_the_category_is_told_from_the_top(api: Api) -> None:
    await make_furniture(api.application)
    offer = await make_offer(api.application, subcategory_id=33)
    assert (await ask(api, "detail", id=offer.id))["cat"] == {"1": {"id": 12, "name": "收藏用品"}, "2": {"id": 33, "name": "护币袋"}}


async def test_five_that_sell_best_are_hot_whatever_their_kind(api: Api) -> None:
    for sold in (3, 5, 1, 6, 2, 4):
        kind = Kind.PHYSICAL if sold % 2 else Kind.VIRTUAL
        await make_offer(api.application, name=f"{sold}", kind=kind, buy_quantity=sold)
    await make_offer(api.application, name="未开始", starts_in=60, buy_quantity=99)
    hot = (await ask(api, "detail", id=1))["hot_groupbuy"]
    assert {**hot, "items": names(hot)} == {
        "page": 0,
        "total": 2,
        "totalsize": 6,
        "records": 6,
        "items": ["6", "5", "4", "3", "2"],
    }


async def test_a_contract_that_the_shop_does_not_keep_is_not_promised(api: Api) -> None:
    promises = (
        Contract(id=1, type_id=1, type_name="七天退货"),
        Contract(id=2, type_id=2, type_name="极速物流", state=0),
        Contract(id=3, type_id=3, type_name="破损寄补", use_state=0),
        Contract(id=4, type_id=4, type_name="品质承诺", cash=50050),
    )
    await furnish(api.application, Shop(id=1, name="集藏社", contracts=promises))
    offer = await make_offer(api.application)
    contracts = (await ask(api, "detail", id=offer.id))["shop"]["constract"]
    assert {number: (one["contract_type_name"], one["contract_cash"]) for number, one in contracts.items()} == {
        "1": ("七天退货", 0),
        "4": ("品质承诺", 500.5),
    }


async def test_an_offer_of_a_shop_that_is_gone_is_shown_without_contracts(api: Api) -> None:
    offer = await make_offer(api.application)
    assert (await ask(api, "detail", id=offer.id))["shop"] == {"constract": {}}


async def test_before_its_time_and_after_it_an_offer_is_shown_with_its_state(api: Api, clock: HandClock) -> None:
    offer = await make_offer(api.application, starts_in=60, closes_in=120)
    seen = []
    for _ in range(3):
        detail = (await ask(api, "detail", id=offer.id))["groupbuy_detail"]
        seen.append((detail["groupbuy_state"], detail["groupbuy_state_label"]))
        clock.advance(seconds=60)
    assert seen == [(2, "即将开始"), (2, "正常"), (3, "结束")]


async def test_what_was_closed_is_shown_as_closed(api: Api) -> None:
    offer = await make_offer(api.application, state=State.CLOSED)
    detail = (await ask(api, "detail", id=offer.id))["groupbuy_detail"]
    assert (detail["groupbuy_state"], detail["groupbuy_state_label"]) == (5, "管理员关闭")


@pytest.mark.parametrize("state", [State.AWAITING_REVIEW, State.REFUSED])
async def test_what_never_was_on_sale_is_shown_to_nobody(api: Api, state: State) -> None:
    offer = await make_offer(api.application, state=state)
    assert await refusal(api, "detail", id=offer.id) == "团购商品不存在"


async def test_an_unknown_offer_is_not_there(api: Api) -> None:
    assert await refusal(api, "detail", id=404) == "团购商品不存在"
