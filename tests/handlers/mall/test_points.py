"""积分, over HTTP: signing in, paying with points, vouchers, growth, and sharing to groups."""
from __future__ import annotations

import asyncio
import json

from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import act, goods, hire, place
from tests.handlers.mall.promotions import assert_clean, points_of, quote
from tests.handlers.mall.test_payments import balance_of
from tests.handlers.mall.test_window import put
from tests.mall import Shopper, data_of, sign_in
from tests.shelf import Shelf


async def test_signing_in_day_after_day(api: Api, clock: HandClock) -> None:
    """Days are those of Shanghai; a clock that is put back gives no day twice."""
    alice, operator = await sign_in(api), await hire(api)
    for days, points in ((1, 5), (2, 10), (4, 20)):
        await put(api, operator, "sign-rules", days=days, points=points)
    assert [(row["continuous"], row["score"]) for row in data_of(await alice.get("/score/sign/rules"))] == [(1, 5), (2, 10), (4, 20)]
    assert (await alice.get("/score/today-signed"))["code"] == (await alice.post("/score/sign/logs"))["code"] == 700
    codes = [answer["code"] for answer in await asyncio.gather(*(alice.post("/score/sign") for _ in range(10)))]
    assert sorted(codes) == [0] + [10000] * 9
    assert (data_of(await alice.get("/score/today-signed"))["continuous"], await points_of(alice)) == (1, 5)
    clock.advance(hours=11, minutes=59)  # one minute before midnight
    assert (await alice.post("/score/sign"))["code"] == 10000
    clock.advance(minutes=2)
    assert (await alice.post("/score/sign"))["code"] == 0
    clock.advance(minutes=-5)  # the day before again
    assert (await alice.post("/score/sign"))["code"] == 10000
    assert data_of(await alice.get("/score/today-signed"))["continuous"] == 2
    for _ in range(2):
        clock.advance(days=1)
        clock.advance(minutes=5)
        await alice.post("/score/sign")
    assert await points_of(alice) == 5 + 10 + 10 + 20
    clock.advance(days=2)
    await alice.post("/score/sign")
    rows = data_of(await alice.post("/score/sign/logs"))["result"]
    assert [row["continuous"] for row in rows] == [1, 4, 3, 2, 1]
    assert data_of(await alice.post("/score/sign/logs", dateAddEnd="2036-06-02"))["totalRow"] == 2
    await assert_clean(api)


async def test_points_pay_some_of_an_order_and_come_back(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=3000, freight_id=1)
    alice, operator = await sign_in(api), await hire(api)
    assert (await alice.get("/score/deduction/rules"))["code"] == 700
    await put(api, operator, "points-deductions", points=100, worth=100)
    await put(api, operator, "points-deductions", kind=1, points=10, worth=3)
    rules = data_of(await alice.get("/score/deduction/rules", type=0))
    assert [(rule["type"], rule["score"], rule["money"]) for rule in rules] == [(0, 100, 1)]
    await alice.give(points=305, balance=10_000)
    to_me = {"peisongType": "zq"}
    asked = await quote(alice, deductionScore=300, **to_me)
    assert (asked["deductionScore"], asked["deductionMoney"], asked["amountReal"], asked["amountTotle"]) == (300, 3, 27, 27)
    assert [rule["score"] for rule in asked["scoreDeductionRules"]] == [100]
    # What is more than whole rules, or than the goods cost, is not spent.
    assert (await quote(alice, deductionScore=299, **to_me))["deductionScore"] == 200
    await shelf.put(2, price=150)
    assert (await quote(alice, {"goodsId": 2}, deductionScore=300))["deductionMoney"] == 1
    for calculate in ("true", "false"):
        short = await alice.post("/order/create", calculate=calculate, goodsJsonStr=goods({"goodsId": 1}), deductionScore=400, **to_me)
        assert short["code"] == 70001
    order = await place(alice, deductionScore=300, **to_me)
    assert (order["amountReal"], order["scoreDeduction"], await points_of(alice)) == (27, 300, 5)
    await assert_clean(api)
    await alice.post("/order/close", orderId=order["id"])
    assert await points_of(alice) == 305
    # Of two at once that want them all, one has them.
    wanted = [alice.post("/order/create", goodsJsonStr=goods({"goodsId": 1}), deductionScore=300, **to_me) for _ in range(2)]
    assert sorted(answer["code"] for answer in await asyncio.gather(*wanted)) in ([0, 20003], [0, 70001])
    [order] = data_of(await alice.post("/order/list", status=0))["orderList"]
    await alice.post("/order/pay", orderId=order["id"])
    assert (await points_of(alice), await balance_of(alice)) == (5, 73)
    await assert_clean(api)
    await act(api, operator, "orders", order["id"], "refund", reason="缺货")
    assert (await points_of(alice), await balance_of(alice)) == (305, 100)
    await assert_clean(api)
    words = [row["typeStr"] for row in data_of(await alice.post("/score/logs"))["result"]]
    assert words == ["退款", "积分抵扣", "退款", "积分抵扣", "管理员调整"]


async def test_of_several_shops_at_one_checkout_the_first_has_the_points(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=3000, shop_id=3)
    await shelf.put(2, price=2000)
    alice, operator = await sign_in(api), await hire(api)
    await put(api, operator, "points-deductions", points=100, worth=100)
    await alice.give(points=1000)
    rows = ({"goodsId": 1}, {"goodsId": 2})
    asked = [(await quote(alice, *rows, filterShopId=shop, deductionScore=300))["amountReal"] for shop in (0, 3)]
    placed = [(await place(alice, *rows, filterShopId=shop, deductionScore=300))["amountReal"] for shop in (0, 3)]
    assert (asked, placed, await points_of(alice)) == ([17, 30], [17, 30], 700)


async def test_a_voucher_is_exchanged_once(api: Api) -> None:
    alice, bob, operator = await sign_in(api, "alice"), await sign_in(api, "bob"), await hire(api)
    voucher, lost = await put(api, operator, "points-vouchers", points=300), await put(api, operator, "points-vouchers", points=5)
    assert (await alice.post("/score/exchange", number="nonsense"))["code"] == 700
    both = [who.post("/score/exchange", number=voucher["number"].lower()) for who in (alice, bob) for _ in range(5)]
    answers = await asyncio.gather(*both)
    assert sorted(answer["code"] for answer in answers) == [0] + [20000] * 9
    assert [answer["data"] for answer in answers if answer["code"] == 0] == [{"score": 300}]
    assert all(answer["data"] == {"msg": answer["msg"]} for answer in answers if answer["code"])
    assert await points_of(alice) + await points_of(bob) == 300
    await act(api, operator, "points-vouchers", lost["id"], "void", reason="遗失")
    assert (await alice.post("/score/exchange", number=lost["number"]))["code"] == 20000
    guest = await Shopper(api).post("/score/exchange", number=voucher["number"])
    assert (guest["code"], guest["data"]) == (2000, {"msg": guest["msg"]})
    await assert_clean(api)


async def test_points_become_growth(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(points=25)
    assert (await alice.post("/growthLog/exchange", deductionScore=20))["code"] == 20000
    await put(api, operator, "points-deductions", kind=1, points=10, worth=3)
    assert (await alice.post("/growthLog/exchange", deductionScore=26))["code"] == 20003
    assert data_of(await alice.post("/growthLog/exchange", deductionScore=25)) == 6
    assert await points_of(alice) == 5
    [row] = data_of(await alice.post("/growthLog/logs"))["result"]
    assert (row["growth"], row["growthLeft"], row["behavior"], row["typeStr"]) == (6, 6, 0, "积分兑换")
    await assert_clean(api)


async def test_a_good_review_brings_points(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    await put(api, operator, "points-gifts", code="goodReputation", points=2)
    [gift] = data_of(await alice.post("/score/send/rule", code="goodReputation"))
    assert (gift["score"], (await alice.post("/score/send/rule", code="other"))["code"]) == (2, 700)
    await alice.give(balance=10_000)
    for rating, points in ((0, 0), (2, 2)):
        order = await place(alice)
        await alice.post("/order/pay", orderId=order["id"])
        await act(api, operator, "orders", order["id"], "ship", carrier="顺丰速运", tracking="SF1")
        await alice.post("/order/delivery", orderId=order["id"])
        [line] = data_of(await alice.get("/order/detail", id=order["id"]))["goods"]
        said = {"token": alice.token, "orderId": order["id"], "reputations": [{"id": line["id"], "reputation": rating, "remark": "好"}]}
        assert (await alice.post("/order/reputation", postJsonString=json.dumps(said)))["code"] == 0
        assert await points_of(alice) == points
    await assert_clean(api)


async def test_who_shares_to_a_group_is_given_points_once_a_day_and_group(api: Api, clock: HandClock) -> None:
    alice, operator, guest = await sign_in(api), await hire(api), Shopper(api)
    await put(api, operator, "points-gifts", code="shareWxaGroup", points=3, daily=2)

    async def opened(group: str, referrer: int = alice.uid, **about: str) -> int:
        answer = await guest.post("/score/share/wxa/group", referrer=referrer, encryptedData=group, iv="iv", **{"code": "bob", **about})
        return answer["code"]

    assert [await opened("g1"), await opened("g1"), await opened("g2"), await opened("g3")] == [0, 10004, 0, 10005]
    assert [await opened("g4", referrer=999), await opened("g4", code="")] == [10000, 10002]
    clock.advance(days=1)
    assert [await opened("g1"), await points_of(alice)] == [0, 9]
    await assert_clean(api)
