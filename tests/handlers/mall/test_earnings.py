"""消费返, over HTTP: points and growth for what was bought, once it is with its buyer, and back with what goes back."""
from __future__ import annotations

from typing import Any

from server.domain.accounts.users import User
from tests.api import Api
from tests.handlers.mall.ordering import OPS, act, hire, pay, place
from tests.handlers.mall.promotions import assert_clean, findings, points_of
from tests.handlers.mall.test_distribution import receive
from tests.handlers.mall.test_levels import level_of
from tests.handlers.mall.test_window import put, put_goods
from tests.mall import Shopper, data_of, sign_in


async def brought_to(shopper: Shopper) -> tuple[int, int]:
    """Points and growth that somebody has."""
    amount = data_of(await shopper.get("/user/amount"))
    return amount["score"], amount["growth"]


async def give_back(api: Api, operator: User, buyer: Shopper, order: dict[str, Any], line: int, number: int) -> None:
    """So many pieces of one line, as the buyer asks and the staff approves."""
    rows = data_of(await buyer.get("/order/detail", id=order["id"]))["goods"]
    asked = {"orderId": order["id"], "orderGoodsId": rows[line]["id"], "number": number, "amount": 9999, "type": 0, "logisticsStatus": 1}
    assert (await buyer.post("/order/refundApply/apply", **asked, reason="不想要了"))["code"] == 0
    [claim, *_] = data_of(await buyer.get("/order/refundApply/info", orderId=order["id"]))
    assert (await act(api, operator, "claims", claim["baseInfo"]["id"], "approve")).status == 200


async def test_what_is_bought_brings_points_and_growth_that_go_back_with_it(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    await put(api, operator, "levels", name="银卡", rank=1, percent=95, growth=100)
    cup = await put_goods(api, operator, name="青花瓷杯", price=3333, given=7, after_sale=[0])
    pot = await put_goods(api, operator, name="白瓷壶", price=5000, given=10, given_by=1, after_sale=[0])
    told = [data_of(await alice.get("/shop/goods/detail", id=one["id"]))["basicInfo"] for one in (cup, pot)]
    assert [(one["gotScore"], one["gotScoreType"]) for one in told] == [(7, 0), (10, 1)]
    await alice.give(balance=100_000)
    order = await place(alice, {"goodsId": cup["id"], "number": 3}, {"goodsId": pot["id"]})
    await pay(alice, order)
    assert await brought_to(alice) == (0, 0)  # it is not here yet
    await receive(api, operator, alice, order)
    assert (await alice.post("/order/delivery", orderId=order["id"]))["code"] != 0
    assert await brought_to(alice) == (3 * 7 + 5, 99 + 50) and await level_of(alice) == "银卡"
    [log] = data_of(await alice.post("/score/logs"))["result"]
    assert (log["typeStr"], log["score"], log["behavior"]) == ("消费返", 26, 0)
    [log] = data_of(await alice.post("/growthLog/logs"))["result"]
    assert (log["typeStr"], log["growth"]) == ("消费返", 149)
    [shown] = (await api.get(f"{OPS}/order-earnings", as_user=operator, query={"user_id": alice.uid})).data["list"]
    assert (shown["points"], shown["growth"], shown["owes"]) == (26, 149, False)
    await assert_clean(api)
    await give_back(api, operator, alice, order, 0, 1)
    assert await brought_to(alice) == (2 * 7 + 5, 66 + 50)
    await give_back(api, operator, alice, order, 1, 1)
    assert await brought_to(alice) == (2 * 7, 66) and await level_of(alice) is None
    await assert_clean(api)
    await give_back(api, operator, alice, order, 0, 2)
    assert await brought_to(alice) == (0, 0)
    await assert_clean(api)
    # Whoever tampers is found.
    await api.application.mongo.database.mall_order_earnings.update_one({"_id": order["id"]}, {"$set": {"points": 3}})
    assert [problem for problem in await findings(api) if problem.startswith(f"earning of order {order['id']} ")]
    await api.application.mongo.database.mall_orders.update_one({"_id": order["id"]}, {"$set": {"lines.0.returned": 0}})
    await api.application.mongo.database.mall_order_earnings.delete_many({})
    assert any("has brought its buyer nothing" in problem for problem in await findings(api))


async def test_points_that_were_spent_are_owed_and_taken_from_what_is_brought_next(api: Api) -> None:
    """By what the shop gives for goods that say nothing themselves; growth is set there too."""
    alice, operator = await sign_in(api), await hire(api)
    await put(api, operator, "settings", key="order_score_percent", value="200")
    await put(api, operator, "settings", key="order_growth_percent", value="0")
    made = await put_goods(api, operator, price=1000, stock=100, after_sale=[0])
    await put(api, operator, "points-deductions", kind=1, points=1, worth=1)
    await alice.give(balance=100_000)
    orders = [await place(alice, {"goodsId": made["id"], "number": number}) for number in (2, 1, 1)]
    # Whatever is set later is for those that are placed later.
    await put(api, operator, "settings", key="order_score_percent", value="0")
    for order in orders:
        await pay(alice, order)
    await receive(api, operator, alice, orders[0])
    assert await brought_to(alice) == (40, 0)
    await alice.post("/growthLog/exchange", deductionScore=35)
    assert (await act(api, operator, "orders", orders[0]["id"], "refund", reason="质量问题")).status == 200
    assert await points_of(alice) == 0
    [owing] = (await api.get(f"{OPS}/order-earnings", as_user=operator, query={"owes": "true"})).data["list"]
    assert (owing["points"], owing["owed_points"]) == (0, 35)
    await assert_clean(api)
    await receive(api, operator, alice, orders[1])
    assert await points_of(alice) == 0
    await receive(api, operator, alice, orders[2])
    assert await points_of(alice) == 5
    assert (await api.get(f"{OPS}/order-earnings", as_user=operator, query={"owes": "true"})).data["list"] == []
    await assert_clean(api)
