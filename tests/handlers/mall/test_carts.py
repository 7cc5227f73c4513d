"""购物车, over HTTP."""
from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from server.domain.mall.wares import Option
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import goods
from tests.mall import data_of, sign_in
from tests.shelf import Shelf

EMPTY = {
    "code": 700,
    "msg": "暂无数据",
    "data": {"number": 0, "price": 0, "score": 0, "items": [], "shopList": [], "goodsStatus": []},
}


async def test_an_empty_cart_is_700_with_lists_that_can_be_read(api: Api) -> None:
    alice = await sign_in(api)
    assert await alice.get("/shopping-cart/info") == EMPTY


async def test_a_cart_as_its_page_reads_it(api: Api, shelf: Shelf) -> None:
    shelf.shops[3] = "西湖店"
    await shelf.put(7, left=5, price=1990, shop_id=3, category_id=2, freight_id=4, weight_grams=350, points=2)
    alice = await sign_in(api)
    cart = data_of(await alice.post("/shopping-cart/add", goodsId=7, number=2, sku="", addition="", type=""))
    key = cart["items"][0]["key"]
    item = {
        "key": key, "goodsId": 7, "number": 2, "price": 19.9, "score": 2, "pic": "https://pictures.example/1.png", "name": "白瓷杯7",
        "selected": True, "stores": 5, "status": 0, "statusStr": "上架", "minBuyNumber": 1, "categoryId": 2, "shopId": 3,
        "logisticsId": 4, "weight": 0.35,
    }
    assert cart == {
        "number": 2,
        "price": 39.8,
        "score": 4,
        "items": [item],
        "shopList": [{"id": 3, "name": "西湖店", "serviceDistance": 99999999.0}],
        "goodsStatus": [{"id": 7, "stores": 5, "status": 0, "statusStr": "上架"}],
    }
    assert data_of(await alice.get("/shopping-cart/info")) == cart


async def test_the_same_goods_is_one_row_however_often_it_is_added(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, left=100)
    alice = await sign_in(api)
    await asyncio.gather(*(alice.post("/shopping-cart/add", goodsId=1, number=2) for _ in range(5)))
    cart = data_of(await alice.get("/shopping-cart/info"))
    assert ([item["number"] for item in cart["items"]], cart["number"], cart["shopList"][0]["name"]) == ([10], 10, "其他")


async def test_another_choice_of_the_same_goods_is_another_row(api: Api, shelf: Shelf, clock: HandClock) -> None:
    tea = (Option(group_id=1, id=2, group_name="加料", name="珍珠", price=250),)
    await shelf.put(1, spec_names=(("颜色", "红"), ("尺码", "M")), options=tea)
    alice = await sign_in(api)
    red = [{"optionId": 5, "optionValueId": 6}, {"optionId": 3, "optionValueId": 4}]
    for sku in (red, red[::-1], [{"optionId": "3", "optionValueId": "5"}, red[0]]):
        clock.advance(seconds=1)
        form = {"goodsId": 1, "number": 1, "sku": json.dumps(sku), "addition": json.dumps([{"pid": 1, "id": 2}])}
        assert (await alice.post("/shopping-cart/add", **form))["code"] == 0
    cart = data_of(await alice.get("/shopping-cart/info"))
    assert [item["number"] for item in cart["items"]] == [2, 1]
    assert cart["items"][0]["sku"] == [
        {"optionId": 3, "optionName": "颜色", "optionValueId": 4, "optionValueName": "红"},
        {"optionId": 5, "optionName": "尺码", "optionValueId": 6, "optionValueName": "M"},
    ]
    assert cart["items"][0]["additions"] == [{"id": 2, "name": "珍珠", "pid": 1, "pname": "加料", "price": 2.5}]
    assert (cart["items"][0]["price"], cart["price"]) == (22.4, 67.2)


async def test_fewer_than_are_sold_at_once_become_so_many(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, minimum=3)
    alice = await sign_in(api)
    cart = data_of(await alice.post("/shopping-cart/add", goodsId=1, number=1))
    assert cart["items"][0]["number"] == 3
    key = cart["items"][0]["key"]
    assert data_of(await alice.post("/shopping-cart/modifyNumber", key=key, number=1))["items"][0]["number"] == 3
    assert data_of(await alice.post("/shopping-cart/modifyNumber", key=key, number=7))["items"][0]["number"] == 7


async def test_of_goods_with_choices_a_row_has_what_was_chosen_and_the_order_counts_them_together(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, minimum=2, spec_names=(("颜色", "红"),))
    alice = await sign_in(api)
    for value in (4, 5):
        sku = json.dumps([{"optionId": 3, "optionValueId": value}])
        cart = data_of(await alice.post("/shopping-cart/add", goodsId=1, number=1, sku=sku))
    assert [item["number"] for item in cart["items"]] == [1, 1]
    red, blue = {"goodsId": 1, "propertyChildIds": "3:4,"}, {"goodsId": 1, "propertyChildIds": "3:5,"}
    for calculate in ("true", ""):
        alone = await alice.post("/order/create", goodsJsonStr=goods(red), calculate=calculate)
        assert alone == {"code": 20000, "msg": "商品“白瓷杯1”最少购买 2 件"}
    assert data_of(await alice.post("/order/create", goodsJsonStr=goods(red, blue)))["goodsNumber"] == 2


async def test_a_row_that_is_not_selected_counts_for_nothing(api: Api, shelf: Shelf, clock: HandClock) -> None:
    await shelf.put(1, price=1000)
    await shelf.put(2, price=3000)
    alice = await sign_in(api)
    await alice.post("/shopping-cart/add", goodsId=1, number=2)
    clock.advance(seconds=1)
    cart = data_of(await alice.post("/shopping-cart/add", goodsId=2, number=1))
    keys = [item["key"] for item in cart["items"]]
    cart = data_of(await alice.post("/shopping-cart/select", key=keys[1], selected="false"))
    assert ([item["selected"] for item in cart["items"]], cart["price"], cart["number"]) == ([True, False], 20.0, 3)
    cart = data_of(await alice.post("/shopping-cart/select", key=keys[1], selected="true"))
    assert cart["price"] == 50.0


@pytest.mark.parametrize("about, status", [({"left": 0}, 0), ({"is_on_sale": False}, 1)])
async def test_what_cannot_be_bought_any_more_is_not_selected(api: Api, shelf: Shelf, about: dict[str, Any], status: int) -> None:
    await shelf.put(1)
    alice = await sign_in(api)
    await alice.post("/shopping-cart/add", goodsId=1, number=1)
    await shelf.put(1, **about)
    cart = data_of(await alice.get("/shopping-cart/info"))
    [item] = cart["items"]
    assert (item["selected"], item["status"], cart["price"]) == (False, status, 0)
    del shelf.wares[1]
    assert await alice.get("/shopping-cart/info") == EMPTY


async def test_what_cannot_be_bought_is_not_put_in(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, left=2)
    await shelf.put(2, spec_names=(("颜色", "红"),))
    await shelf.put(3, is_on_sale=False)
    alice = await sign_in(api)
    for form, code in (({"goodsId": 9}, 404), ({"goodsId": 2}, 30002), ({"goodsId": 3}, 20001), ({"goodsId": 1, "number": 3}, 20001)):
        assert (await alice.post("/shopping-cart/add", **{"number": 1, **form}))["code"] == code
    assert await alice.get("/shopping-cart/info") == EMPTY


@pytest.mark.parametrize("number", ["0", "-1", "1.5", str(2**31), "x", "1e3"])
async def test_a_number_that_is_none_is_refused(api: Api, shelf: Shelf, number: str) -> None:
    await shelf.put(1)
    alice = await sign_in(api)
    key = data_of(await alice.post("/shopping-cart/add", goodsId=1, number=1))["items"][0]["key"]
    assert (await alice.post("/shopping-cart/add", goodsId=1, number=number))["code"] == 601
    assert (await alice.post("/shopping-cart/modifyNumber", key=key, number=number))["code"] == 601
    assert data_of(await alice.get("/shopping-cart/info"))["number"] == 1


@pytest.mark.parametrize("sku", ["{}", "[1]", '[{"optionId":1}]', "[[", '[{"optionId":"x","optionValueId":1}]', "[" * 5000])
async def test_specs_that_cannot_be_read_are_refused(api: Api, shelf: Shelf, sku: str) -> None:
    await shelf.put(1)
    alice = await sign_in(api)
    assert (await alice.post("/shopping-cart/add", goodsId=1, number=1, sku=sku))["code"] == 601


async def test_rows_are_removed_several_at_once(api: Api, shelf: Shelf) -> None:
    alice = await sign_in(api)
    for goods_id in (1, 2, 3):
        await shelf.put(goods_id)
        await alice.post("/shopping-cart/add", goodsId=goods_id, number=1)
    keys = [item["key"] for item in data_of(await alice.get("/shopping-cart/info"))["items"]]
    assert data_of(await alice.post("/shopping-cart/remove", key=",".join(keys[:2])))["number"] == 1
    assert await alice.post("/shopping-cart/remove", key=keys[2]) == EMPTY
    assert (await alice.post("/shopping-cart/remove", key=keys[2]))["code"] == 700


async def test_carts_of_another_type_are_others(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice = await sign_in(api)
    await alice.post("/shopping-cart/add", goodsId=1, number=1, type="gift")
    assert await alice.get("/shopping-cart/info") == EMPTY
    assert data_of(await alice.get("/shopping-cart/info", type="gift"))["number"] == 1


async def test_another_user_s_cart_is_out_of_reach(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    cart = data_of(await alice.post("/shopping-cart/add", goodsId=1, number=1))
    key = cart["items"][0]["key"]
    assert await bob.get("/shopping-cart/info") == EMPTY
    for path, more in (("modifyNumber", {"number": 5}), ("select", {"selected": "false"}), ("remove", {})):
        assert (await bob.post(f"/shopping-cart/{path}", key=key, **more))["code"] == 700
    assert data_of(await alice.get("/shopping-cart/info")) == cart
