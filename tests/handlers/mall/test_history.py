"""购买记录 over HTTP: what was bought, and what people wait for."""
from __future__ import annotations

import asyncio
from typing import Any

from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, goods, hire
from tests.handlers.mall.test_window import EMPTY, PICTURE, put, put_goods
from tests.mall import Shopper, data_of, sign_in


async def buy(shopper: Shopper, *goods_ids: int) -> int:
    """The order's number."""
    order = data_of(await shopper.post("/order/create", goodsJsonStr=goods(*({"goodsId": one} for one in goods_ids))))
    assert (await shopper.post("/order/pay", orderId=order["id"]))["code"] == 0
    return order["id"]


async def names(shopper: Shopper, **asked: Any) -> list[str]:
    answer = await shopper.post("/shop/goods/his/list", **asked)
    return [] if answer == EMPTY else [row["goodsName"] for row in data_of(answer)["result"]]


async def test_what_was_bought_is_listed_once_the_last_first(api: Api, clock: HandClock) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    top = (await put(api, operator, "categories", name="杯具"))["id"]
    below = (await put(api, operator, "categories", name="马克杯", parent_id=top))["id"]
    mug = (await put_goods(api, operator, name="马克杯", category_id=below))["id"]
    cup, pot = [(await put_goods(api, operator, name=name))["id"] for name in ("白瓷杯", "茶壶")]
    await alice.give(balance=100_000)
    assert await names(alice) == []
    await buy(alice, mug, cup)
    clock.advance(days=1)
    again = await buy(alice, mug)
    data_of(await alice.post("/order/create", goodsJsonStr=goods({"goodsId": pot})))  # not paid for
    page = data_of(await alice.post("/shop/goods/his/list", pageSize=1))
    assert page == {
        "result": [
            {
                "goodsId": mug,
                "goodsName": "马克杯",
                "pic": PICTURE,
                "minPrice": 19.9,
                "numberSells": 2,
                "dateAdd": "2036-06-02 12:00:00",
            }
        ],
        "totalRow": 2,
        "totalPage": 2,
    }
    assert await names(alice) == ["马克杯", "白瓷杯"]
    assert await names(alice, nameLike="瓷") == await names(alice, dateBuyEnd="2036-06-01", categoryId="0", nameLike="白") == ["白瓷杯"]
    assert await names(alice, categoryId=top) == await names(alice, dateBuyBegin="2036-06-02") == ["马克杯"]
    assert await names(alice, dateBuyBegin="2036-06-03") == await names(bob) == await names(alice, page=2) == []
    await alice.post("/order/delete", orderId=again)  # what is hidden is not told any more
    assert await names(alice, dateBuyBegin="2036-06-02") == []
    await api.delete(f"{OPS}/goods/{cup}", as_user=operator)
    assert await names(alice) == ["马克杯"]
    assert (await Shopper(api).post("/shop/goods/his/list"))["code"] == 2000


async def test_the_latest_sales_are_told_to_everybody_with_short_names(api: Api, clock: HandClock) -> None:
    operator, alice, bob, guest = await hire(api), await sign_in(api, "阿里巴巴"), await sign_in(api, "bo"), Shopper(api)
    cup, pot = [(await put_goods(api, operator, name=name))["id"] for name in ("白瓷杯", "茶壶")]
    assert await guest.get("/site/goods/dynamic/v2", type=0) == EMPTY
    for buyer in (alice, bob):
        await buyer.give(balance=100_000)
    await alice.post("/user/modify", avatarUrl="https://pictures.example/alice.png")
    await buy(alice, cup)
    clock.advance(seconds=1)
    returned = await buy(alice, pot)
    clock.advance(seconds=1)
    await buy(bob, pot)
    answer = await api.post(f"{OPS}/orders/{returned}/refund", as_user=operator, json={"reason": "缺货"})
    assert answer.status == 200, answer.body
    told = data_of(await guest.get("/site/goods/dynamic/v2", type=0))
    assert told["totalRow"] == 2
    assert told["result"] == [
        {"goodsId": pot, "goodsName": "茶壶", "nick": "b**"},
        {"goodsId": cup, "goodsName": "白瓷杯", "nick": "阿**巴", "avatarUrl": "https://pictures.example/alice.png"},
    ]
    assert await guest.get("/site/goods/dynamic/v2", page=2) == EMPTY


async def test_who_waits_for_goods_is_on_the_staff_s_list_until_they_are_told(api: Api, clock: HandClock) -> None:
    operator, alice = await hire(api), await sign_in(api)
    made = await put_goods(api, operator, stock=0)
    path = "/shop/goods/outofstockRegistration"
    assert (await Shopper(api).post(path, goodsId=made["id"]))["code"] == 2000
    assert (await alice.post(path, goodsId=9999))["code"] == 404
    answers = await asyncio.gather(*(alice.post(path, goodsId=made["id"], wxaSubscribeMessage="true") for _ in range(4)))
    assert answers == [{"code": 0, "msg": "success"}] * 4
    clock.advance(days=1)
    await alice.post(path, goodsId=made["id"], wxaSubscribeMessage="undefined")
    wishes = f"{OPS}/restock-wishes"
    [wish] = (await api.get(f"{wishes}?goods_id={made['id']}", as_user=operator)).data["list"]
    assert (wish["user_id"], wish["takes_message"], wish["asked_at"]) == (alice.uid, False, "2036-06-02 12:00:00")
    assert (await api.delete(f"{wishes}/{wish['id']}", as_user=operator)).status == 200
    assert (await api.get(wishes, as_user=operator)).data["total"] == 0
    assert (await alice.post(path, goodsId=made["id"]))["code"] == 0
    assert (await api.get(wishes, as_user=operator)).data["total"] == 1
