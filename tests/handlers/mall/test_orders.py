"""订单管理, over HTTP."""
from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from server.domain.mall.orders.placing import CODE_DIGITS
from server.domain.mall.price_kinds import PriceKind, Reduction
from server.domain.mall.wares import AddedBy, AdditionalPrice, Option
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import HERE, OPS, TO_ME, act, goods, hire, place, status_of
from tests.mall import Shopper, data_of, sign_in
from tests.shelf import Shelf

NOW = "2036-06-01 12:00:00"


async def close_overdue(shopper: Shopper) -> int:
    return await shopper.application.services.mall.ordering.orders.close_overdue()


# ---- prices


async def test_the_price_query_works_without_an_address(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, freight_id=1, points=3, base_price=2990)
    await shelf.put(2, price=3000)
    alice = await sign_in(api)
    rows = goods({"goodsId": 1, "number": 2}, {"goodsId": 2})
    quote = data_of(await alice.post("/order/create", calculate="true", goodsJsonStr=rows, peisongType="kd", remark="", couponId=""))
    assert quote == {
        "amountTotle": 69.8, "amountTotleOriginal": 89.8, "amountReal": 77.8, "amountLogistics": 8.0, "isNeedLogistics": True,
        "score": 6, "goodsNumber": 3, "couponAmount": 0.0, "couponId": [], "deductionScore": 0, "deductionMoney": 0.0,
        "amountTax": 0.0, "overseas": False,
    }
    assert await shelf.count(1) == (10, 0, 0)


async def test_what_the_query_says_is_what_the_order_charges(api: Api, shelf: Shelf) -> None:
    pearls = (Option(group_id=1, id=2, group_name="加料", name="珍珠", price=133),)
    await shelf.put(1, price=1999, freight_id=1)
    await shelf.put(2, price=333, options=pearls, points=7)
    await shelf.put(3, price=10**9 + 1, left=9999)
    alice = await sign_in(api)
    for number in (1, 2, 3, 7):
        for delivery in ("kd", "zq"):
            rows = [{"goodsId": goods_id, "number": number} for goods_id in (1, 2, 3)]
            asked = data_of(
                await alice.post("/order/create", calculate="true", goodsJsonStr=goods(*rows), peisongType=delivery, **TO_ME)
            )
            order = await place(alice, *rows, peisongType=delivery, **TO_ME)
            assert (order["amountReal"], order["score"]) == (asked["amountReal"], asked["score"])
            await alice.post("/order/close", orderId=order["id"])


async def test_of_goods_of_several_shops_those_of_one_are_ordered(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=1000, shop_id=3)
    await shelf.put(2, price=2000)
    alice = await sign_in(api)
    rows = ({"goodsId": 1}, {"goodsId": 2})
    assert (await alice.post("/order/create", goodsJsonStr=goods(*rows)))["code"] == 9000
    assert (await place(alice, *rows, filterShopId=3))["amountReal"] == 10
    assert (await place(alice, *rows, filterShopId=0))["amountReal"] == 20
    assert (await alice.post("/order/create", goodsJsonStr=goods(*rows), filterShopId=4))["code"] == 90004


async def test_an_order_says_how_its_price_came(api: Api, shelf: Shelf) -> None:
    """To the staff rule by rule; to its buyer what was added."""
    wrapping = AdditionalPrice(name="包装", kind=AddedBy.PERCENT, price=5)
    taken = (Reduction(PriceKind.FLASH_SALE, 1000),)
    await shelf.put(1, price=1990, base_price=2990, reductions=taken, additional_prices=(wrapping,), freight_id=1)
    alice, operator = await sign_in(api), await hire(api)
    rows = {"goodsId": 1, "number": 2}
    asked = data_of(await alice.post("/order/create", calculate="true", goodsJsonStr=goods(rows), **TO_ME))
    assert (asked["amountTotle"], asked["goodsAdditionalPriceMap"], asked["amountReal"]) == (39.8, {"包装": 1.99}, 49.79)
    order = await place(alice, rows, **TO_ME)
    assert order["amountReal"] == 49.79
    detail = data_of(await alice.get("/order/detail", id=order["id"]))
    assert detail["orderAdditionalPrices"] == [{"id": 1, "name": "包装", "amount": 1.99}]
    await act(api, operator, "orders", order["id"], "change-price", reason="熟客", real=4000)
    shown = (await api.get(f"{OPS}/orders/{order['id']}", as_user=operator)).data
    assert [(one["kind"], one["name"], one["rows"], one["freight"]) for one in shown["effects"]] == [
        ("flash_sale", "", [-2000], 0), ("additional", "包装", [199], 0), ("freight", "", [0], 800), ("staff", "", [-822], -157)
    ]
    assert (shown["goods"], shown["additional"], shown["real"]) == (3980, 199, 4000)


# ---- placing


async def test_an_order_holds_its_goods(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, freight_id=1)
    alice = await sign_in(api)
    ext = json.dumps({"身高": "180"})
    order = await place(alice, {"goodsId": 1, "number": 2}, **TO_ME, remark="请轻放", extJsonStr=ext, code="undefined")
    assert order == {
        "id": order["id"], "uid": alice.uid, "orderNumber": order["orderNumber"], "status": 0, "statusStr": "待支付",
        "amount": 39.8, "amountLogistics": 8.0, "amountCoupons": 0.0, "amountCard": 0.0, "amountReal": 47.8,
        "amountRefundTotal": 0.0, "amountTax": 0.0, "score": 0, "scoreDeduction": 0, "goodsNumber": 2, "isNeedLogistics": True,
        "isPay": False, "isCanHx": False, "isEnd": False, "isDelUser": False, "hasRefund": False, "refundStatus": 0,
        "isSuccessPingtuan": False, "isScoreOrder": False, "type": 0, "orderType": 0, "pid": 0, "shopId": 0,
        "qudanhao": f"{order['id']:04}", "remark": "请轻放", "ip": "127.0.0.1", "differHours": 0, "nearbyCloseMillis": 1_800_000,
        "dateAdd": NOW, "dateClose": "2036-06-01 12:30:00", "dateUpdate": NOW,
    }
    assert await shelf.count() == (8, 2, 0)
    detail = data_of(await alice.get("/order/detail", id=order["id"], hxNumber="", peisongOrderId=""))
    assert detail["orderInfo"] == order
    assert detail["extJson"] == {"身高": "180"}
    assert detail["logs"] == [{"id": 1, "orderId": order["id"], "type": 0, "typeStr": "下单", "dateAdd": NOW}]
    assert detail["logistics"] == {
        "id": order["id"], "linkMan": "张三", "mobile": "13800138000", **HERE, "provinceStr": "浙江省", "cityStr": "杭州市",
        "areaStr": "西湖区", "address": "文三路 1 号", "type": 0, "status": 0,
    }
    [line] = detail["goods"]
    assert line == {
        "id": line["id"], "orderId": order["id"], "goodsId": 1, "goodsName": "白瓷杯1", "pic": "https://pictures.example/1.png",
        "number": 2, "numberNoFahuo": 2, "amount": 39.8, "amountSingle": 19.9, "amountSingleBase": 19.9, "amountCoupon": 0.0,
        "score": 0, "property": "", "propertyChildIds": "", "categoryId": 0, "shopId": 0, "unit": "", "refundStatus": 0,
        "status": 0, "type": 0, "fxType": 0, "buyRewardEnd": False, "purchase": False, "persion": 0, "dateAdd": NOW,
    }


async def test_specs_and_options_reach_the_order(api: Api, shelf: Shelf) -> None:
    pearls = (Option(group_id=1, id=2, group_name="加料", name="珍珠", price=250),)
    await shelf.put(1, price=1500, sku_id=77, spec_names=(("颜色", "红"), ("尺码", "M")), options=pearls, after_sale="0,1")
    alice = await sign_in(api)
    row = {"goodsId": 1, "number": 2, "propertyChildIds": ",5:6,3:4,", "goodsAdditionList": [{"pid": 1, "id": 2}], "inviter_id": "12"}
    order = await place(alice, row)
    [line] = data_of(await alice.get("/order/detail", id=order["id"]))["goods"]
    told = ("amount", "amountSingle", "property", "propertyChildIds", "priceId", "afterSale", "inviter_id")
    assert [line[name] for name in told] == [35.0, 17.5, "颜色:红,尺码:M,加料:珍珠", "3:4,5:6", 77, "0,1", 12]


async def test_days_are_lines_of_their_own(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice = await sign_in(api)
    order = await place(alice, {"goodsId": 1, "number": 2, "days": ["2036-07-02", "2036-07-01"]})
    lines = data_of(await alice.get("/order/detail", id=order["id"]))["goods"]
    assert [(line["day"], line["number"]) for line in lines] == [("2036-07-01", 1), ("2036-07-02", 1)]
    order = await place(alice, {"goodsId": 1, "goodsTimesDay": "2036-07-01", "goodsTimesItem": "10:00"})
    [line] = data_of(await alice.get("/order/detail", id=order["id"]))["goods"]
    assert (line["day"], line["time"]) == ("2036-07-01", "10:00")


@pytest.mark.parametrize("about", [{"linkMan": ""}, {"address": "undefined"}, {"provinceId": ""}, {"cityId": "", "districtId": ""}])
async def test_what_is_sent_needs_to_know_where_to(api: Api, shelf: Shelf, about: dict[str, str]) -> None:
    await shelf.put(1, freight_id=1)
    alice = await sign_in(api)
    answer = await alice.post("/order/create", goodsJsonStr=goods({"goodsId": 1}), **{**TO_ME, **about})
    assert answer == {"code": 20002, "msg": "请填写物流信息"}
    assert await shelf.count() == (10, 0, 0)


async def test_a_place_that_there_is_not_is_told(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, freight_id=1)
    alice = await sign_in(api)
    form = {"goodsJsonStr": goods({"goodsId": 1}), **TO_ME}
    for wrong in ({"districtId": "999999999999"}, {"streetId": "x"}):
        assert (await alice.post("/order/create", **{**form, **wrong}))["code"] == 601
    assert (await alice.post("/order/create", **{**form, "mobile": "call me"}))["code"] == 20003
    # Where it is, is told by the narrowest region.
    lies = {"provinceId": "110000000000", "cityId": "110100000000"}
    order = data_of(await alice.post("/order/create", **{**form, **lies}))
    assert data_of(await alice.get("/order/detail", id=order["id"]))["logistics"]["provinceStr"] == "浙江省"


@pytest.mark.parametrize("number", ["0", "-1", "1.5", str(2**31), '"x"', "null", "true", "[1]"])
async def test_a_number_that_is_none_is_refused(api: Api, shelf: Shelf, number: str) -> None:
    await shelf.put(1, left=2**40)
    alice = await sign_in(api)
    for calculate in ("", "true"):
        rows = f'[{{"goodsId":1,"number":{number},"propertyChildIds":""}}]'
        answer = await alice.post("/order/create", goodsJsonStr=rows, calculate=calculate)
        assert answer == {"code": 10001, "msg": "goodsJsonStr 格式错误"}


@pytest.mark.parametrize("rows", ["{}", "[[]]", "[{}]", '[{"goodsId":1}]', "[" * 9000, '[{"goodsId":1,"number":1,"propertyChildIds":"x"}]'])
async def test_rows_that_cannot_be_read_are_refused(api: Api, rows: str) -> None:
    alice = await sign_in(api)
    assert (await alice.post("/order/create", goodsJsonStr=rows))["code"] == 10001
    assert (await alice.post("/order/create", goodsJsonStr="[]"))["code"] == 90004
    assert (await alice.post("/order/create"))["code"] == 300


async def test_prices_and_points_are_the_server_s_whatever_is_sent(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, points=5)
    alice = await sign_in(api)
    row = {"goodsId": 1, "price": 0.01, "amount": 0, "score": 0, "discount": 99}
    order = await place(alice, row, amountReal=0, amountLogistics=-5, score=0, deductionScore=-5, uid=999, status=1)
    assert (order["amountReal"], order["score"], order["uid"], order["status"]) == (19.9, 5, alice.uid, 0)


async def test_what_cannot_be_bought_is_not_ordered(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, left=2, minimum=2)
    await shelf.put(2, spec_names=(("颜色", "红"),))
    await shelf.put(3, is_on_sale=False)
    alice = await sign_in(api)
    rows: tuple[tuple[dict[str, Any], int], ...] = (
        ({"goodsId": 9}, 20000),
        ({"goodsId": 2}, 20001),
        ({"goodsId": 3}, 40002),
        ({"goodsId": 1, "number": 1}, 20000),
        ({"goodsId": 1, "number": 3}, 60000),
    )
    for row, code in rows:
        for calculate in ("", "true"):
            assert (await alice.post("/order/create", goodsJsonStr=goods(row), calculate=calculate))["code"] == code
    assert (await alice.post("/order/create", goodsJsonStr=goods({"goodsId": 1, "number": 2}), remark="长" * 201))["code"] == 10005
    # Two rows of one choice are one.
    assert (await alice.post("/order/create", goodsJsonStr=goods({"goodsId": 1, "number": 2}, {"goodsId": 1})))["code"] == 60000
    assert await shelf.count() == (2, 0, 0)


async def test_of_twenty_who_order_the_last_piece_one_gets_it(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, left=1)
    buyers = [await sign_in(api, f"buyer {number}") for number in range(20)]
    answers = await asyncio.gather(*(buyer.post("/order/create", goodsJsonStr=goods({"goodsId": 1})) for buyer in buyers))
    assert sorted(answer["code"] for answer in answers) == [0] + [60000] * 19
    assert await shelf.count() == (0, 1, 0)


async def test_a_limit_holds_against_orders_at_once(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, left=50)
    shelf.limits[1] = 3
    alice = await sign_in(api)
    answers = await asyncio.gather(*(alice.post("/order/create", goodsJsonStr=goods({"goodsId": 1})) for _ in range(10)))
    assert sorted(answer["code"] for answer in answers) == [0] * 3 + [20000] * 7
    assert await shelf.count() == (47, 3, 0)


# ---- paying and closing


async def test_an_order_is_paid_from_the_wallet_once(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, points=3)
    alice = await sign_in(api)
    await alice.give(balance=5000, points=10)
    order = await place(alice)
    answers = await asyncio.gather(*(alice.post("/order/pay", orderId=order["id"]) for _ in range(8)))
    assert sorted(answer["code"] for answer in answers) == [0] + [20000] * 7
    assert await alice.post("/order/pay", orderId=order["id"]) == {"code": 20000, "msg": "当前订单无需支付"}
    detail = data_of(await alice.get("/order/detail", id=order["id"]))
    assert (detail["orderInfo"]["status"], detail["orderInfo"]["isPay"], detail["orderInfo"]["datePay"]) == (1, True, NOW)
    assert [log["type"] for log in detail["logs"]] == [0, 1]
    amount = data_of(await alice.get("/user/amount"))
    assert (amount["balance"], amount["score"], amount["totalPayAmount"]) == (30.1, 7, 19.9)
    [spent, _] = data_of(await alice.post("/user/cashLog"))
    assert (spent["type"], spent["amount"], spent["orderId"], spent["behavior"]) == (2, 19.9, order["id"], 1)
    assert await shelf.count() == (9, 0, 1)


@pytest.mark.parametrize("balance, points, code", [(1989, 3, 20002), (1990, 2, 20003)])
async def test_what_is_short_is_told_and_nothing_is_taken(api: Api, shelf: Shelf, balance: int, points: int, code: int) -> None:
    await shelf.put(1, points=3)
    alice = await sign_in(api)
    await alice.give(balance=balance, points=points)
    order = await place(alice)
    assert (await alice.post("/order/pay", orderId=order["id"]))["code"] == code
    amount = data_of(await alice.get("/user/amount"))
    assert (amount["balance"], amount["score"], await status_of(alice, order)) == (balance / 100, points, 0)


async def test_several_orders_are_paid_together_or_not_at_all(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=1000)
    alice = await sign_in(api)
    orders = [await place(alice) for _ in range(3)]
    ids = ",".join(str(order["id"]) for order in orders)
    await alice.give(balance=2999)
    assert (await alice.post("/order/pay", orderId=ids))["code"] == 20002
    assert [await status_of(alice, order) for order in orders] == [0, 0, 0]
    await alice.give(balance=1, key="more")
    assert await alice.post("/order/pay", orderId=ids) == {"code": 0, "msg": "success"}
    assert [await status_of(alice, order) for order in orders] == [1, 1, 1]


async def test_an_order_that_costs_nothing_is_paid_all_the_same(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=0)
    alice = await sign_in(api)
    order = await place(alice)
    assert await alice.post("/order/pay", orderId=order["id"]) == {"code": 0, "msg": "success"}
    assert await status_of(alice, order) == 1


@pytest.mark.parametrize("ids", ["", ",", "x", "1.5", "-1", "9" * 30, ",".join(map(str, range(1, 30)))])
async def test_numbers_of_orders_that_are_none_are_refused(api: Api, ids: str) -> None:
    alice = await sign_in(api)
    assert (await alice.post("/order/pay", orderId=ids))["code"] in (300, 601)


async def test_a_closed_order_s_goods_are_free_again(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice = await sign_in(api)
    await alice.give(balance=5000)
    order = await place(alice)
    assert await alice.post("/order/close", orderId=order["id"]) == {"code": 0, "msg": "success"}
    assert (await alice.post("/order/close", orderId=order["id"]))["code"] == 20000
    assert (await alice.post("/order/pay", orderId=order["id"]))["code"] == 20000
    detail = data_of(await alice.get("/order/detail", id=order["id"]))
    assert (detail["orderInfo"]["status"], detail["orderInfo"]["statusStr"]) == (-1, "订单关闭")
    assert [log["type"] for log in detail["logs"]] == [0, -1]
    assert await shelf.count() == (10, 0, 0)


async def test_an_order_that_nobody_pays_is_closed_when_its_time_is_over(api: Api, shelf: Shelf, clock: HandClock) -> None:
    await shelf.put(1)
    shelf.settings["order_pay_minutes"] = "5"
    alice = await sign_in(api)
    order, earlier, later = await place(alice), await place(alice, expireMinutes=2), await place(alice, expireMinutes=50)
    clock.advance(minutes=2)
    await close_overdue(alice)
    assert [await status_of(alice, one) for one in (order, earlier, later)] == [0, -1, 0]
    clock.advance(minutes=3)
    await close_overdue(alice)
    assert [await status_of(alice, one) for one in (order, earlier, later)] == [-1, -1, -1]
    assert await shelf.count() == (10, 0, 0)


async def test_what_is_paid_at_the_moment_it_is_closed_is_either(api: Api, shelf: Shelf, clock: HandClock) -> None:
    await shelf.put(1, left=100, price=100)
    alice = await sign_in(api)
    await alice.give(balance=100 * 20)
    orders = [await place(alice) for _ in range(20)]
    clock.advance(minutes=30)
    payments = asyncio.gather(*(alice.post("/order/pay", orderId=order["id"]) for order in orders))
    answers, _ = await asyncio.gather(payments, close_overdue(alice))
    await close_overdue(alice)
    statuses = [await status_of(alice, order) for order in orders]
    assert statuses == [1 if answer["code"] == 0 else -1 for answer in answers]
    paid = statuses.count(1)
    assert await shelf.count() == (100 - paid, 0, paid)
    assert data_of(await alice.get("/user/amount"))["balance"] == 20 - paid


# ---- afterwards


async def test_an_order_on_its_way(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, freight_id=1)
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(balance=5000)
    order = await place(alice, **TO_ME)
    assert (await act(api, operator, "orders", order["id"], "ship", carrier="顺丰速运", tracking="SF1")).status == 409
    await alice.post("/order/pay", orderId=order["id"])
    assert (await alice.post("/order/delivery", orderId=order["id"]))["code"] == 20000
    traces = [{"at": "2036-06-01 12:00:00", "text": "已揽收"}, {"at": "2036-06-02 12:00:00", "text": "派送中"}]
    shipment = {"carrier": "顺丰速运", "carrier_code": "SF", "tracking": "SF1", "traces": traces}
    shipped = await act(api, operator, "orders", order["id"], "ship", **shipment)
    assert (shipped.data["status"], shipped.data["parcels"]) == (2, ["顺丰速运 SF1"])
    detail = data_of(await alice.get("/order/detail", id=order["id"]))
    seen = [{"AcceptTime": trace["at"], "AcceptStation": trace["text"]} for trace in traces]
    assert detail["logisticsTraces"] == seen
    [parcel] = detail["orderLogisticsShippers"]
    assert {**parcel, "traces": json.loads(parcel["traces"])} == {
        "orderId": order["id"], "shipperName": "顺丰速运", "trackingNumber": "SF1", "traces": seen
    }
    told = ("shipperCode", "shipperName", "trackingNumber", "status", "dateUpdate")
    assert [detail["logistics"][name] for name in told] == ["SF", "顺丰速运", "SF1", 1, NOW]
    assert await alice.post("/order/delivery", orderId=order["id"]) == {"code": 0, "msg": "success"}
    assert await alice.post("/order/delivery", orderId=order["id"]) == {"code": 20000, "msg": "订单状态错误"}
    assert await status_of(alice, order) == 3


async def reviewed(api: Api, shelf: Shelf) -> tuple[Shopper, dict[str, Any], list[int]]:
    """Somebody with an order of two goods that they have received: the order, and the numbers of its goods."""
    for goods_id in (1, 2):
        await shelf.put(goods_id, price=100)
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(balance=5000)
    order = await place(alice, {"goodsId": 1}, {"goodsId": 2})
    await alice.post("/order/pay", orderId=order["id"])
    await act(api, operator, "orders", order["id"], "ship", carrier="顺丰速运", tracking="SF1")
    await alice.post("/order/delivery", orderId=order["id"])
    lines = data_of(await alice.get("/order/detail", id=order["id"]))["goods"]
    return alice, order, [line["id"] for line in lines]


async def review(shopper: Shopper, order: dict[str, Any], *rows: dict[str, Any]) -> dict[str, Any]:
    form = json.dumps({"token": shopper.token, "orderId": order["id"], "reputations": list(rows)})
    return await shopper.ask("POST", "/mall/order/reputation", form={"postJsonString": form})


async def test_a_review_with_its_token_in_the_form(api: Api, shelf: Shelf) -> None:
    alice, order, lines = await reviewed(api, shelf)
    picture = f"http://127.0.0.1:{api.port}/pictures/1.png"
    first = {"id": str(lines[0]), "reputation": 2, "reputationNumber": 5, "remark": "很好用", "pics": [picture]}
    assert await review(alice, order, first, {"id": lines[1], "reputation": "0", "remark": None}) == {"code": 0, "msg": "success"}
    assert await status_of(alice, order) == 4
    said = [(line.id, one.rating.value, one.stars, one.text, one.pictures) for _, line, one in shelf.reviews]
    assert said == [(lines[0], 2, 5, "很好用", ("/pictures/1.png",)), (lines[1], 0, 1, "", ())]
    assert (await review(alice, order, first, {"id": lines[1], "reputation": 0}))["code"] == 20000


async def test_a_review_is_of_all_goods_and_of_nothing_else(api: Api, shelf: Shelf) -> None:
    alice, order, lines = await reviewed(api, shelf)
    bob = await sign_in(api, "bob")
    good = [{"id": line, "reputation": 2} for line in lines]
    assert (await review(alice, order, good[0]))["code"] == 30000
    assert (await review(alice, order, *good, {"id": 999, "reputation": 2}))["code"] == 40000
    assert (await review(alice, order, good[0], {"id": lines[1], "reputation": 3}))["code"] == 10000
    assert (await review(alice, order, good[0], {**good[1], "remark": "长" * 201}))["code"] == 601
    assert (await review(bob, order, *good))["code"] == 404
    assert (await alice.ask("POST", "/mall/order/reputation", form={"postJsonString": "{"}))["code"] == 2000
    assert shelf.reviews == [] and await status_of(alice, order) == 3


async def test_an_order_is_handed_over_once_by_whom_the_shop_names(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, freight_id=1)
    shelf.shops[5] = "西湖店"
    alice, clerk, stranger = [await sign_in(api, name) for name in ("alice", "clerk", "stranger")]
    # The number of somebody else whose own is part of it, is not theirs.
    shelf.settings["order_hx_uids"] = f"{stranger.uid}{clerk.uid}, {clerk.uid}"
    await alice.give(balance=5000)
    order = await place(alice, peisongType="zq", isCanHx="true", shopIdZt=5, shopNameZt="假店", extJsonStr='{"联系人":"李四"}')
    assert (order["isCanHx"], order["shopIdZt"], order["shopNameZt"], order["amountReal"]) == (True, 5, "西湖店", 19.9)
    code = order["hxNumber"]
    assert len(code) == CODE_DIGITS
    assert (await clerk.post("/order/hx", hxNumber=code))["code"] == 20000
    await alice.post("/order/pay", orderId=order["id"])
    assert (await stranger.post("/order/hx", hxNumber=code))["code"] == 403
    assert (await alice.post("/order/hx", hxNumber=code))["code"] == 403
    assert (await Shopper(api).post("/order/hx", hxNumber=code))["code"] == 403
    assert (await stranger.get("/order/detail", hxNumber=code))["code"] == 404
    assert data_of(await clerk.get("/order/detail", hxNumber=code))["orderInfo"]["statusStr"] == "待自提"
    answers = await asyncio.gather(*(clerk.post("/order/hx", hxNumber=code) for _ in range(5)))
    assert sorted(answer["code"] for answer in answers) == [0] + [30000] * 4
    assert await status_of(alice, order) == 3
    closed = await place(alice, peisongType="zq")
    await alice.post("/order/close", orderId=closed["id"])
    found = await api.application.stores.mall.orders.find_order(closed["id"])
    assert found is not None and (await clerk.post("/order/hx", hxNumber=found.code))["code"] == 10000


async def test_a_shop_that_there_is_not_is_not_picked_up_at(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice = await sign_in(api)
    answer = await alice.post("/order/create", goodsJsonStr=goods({"goodsId": 1}), peisongType="zq", shopIdZt=99)
    assert answer["code"] == 601


# ---- lists


async def test_orders_are_listed_newest_first_with_their_goods(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, freight_id=1)
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    assert await alice.post("/order/list", status="") == {"code": 700, "msg": "暂无数据"}
    await alice.give(balance=50_000)
    orders = [await place(alice, **TO_ME) for _ in range(3)]
    await place(bob, **TO_ME)
    await alice.post("/order/pay", orderId=orders[0]["id"])
    listed = data_of(await alice.post("/order/list", page=1, pageSize=2, status=""))
    assert [order["id"] for order in listed["orderList"]] == [orders[2]["id"], orders[1]["id"]]
    assert (listed["totalRow"], listed["totalPage"]) == (3, 2)
    key = str(orders[2]["id"])
    assert [line["goodsId"] for line in listed["goodsMap"][key]] == [1]
    assert listed["logisticsMap"][key]["linkMan"] == "张三"
    assert listed["userMap"] == {str(alice.uid): {"id": alice.uid, "nick": "alice"}}

    async def ids(**about: Any) -> list[int]:
        return [order["id"] for order in data_of(await alice.post("/order/list", **about))["orderList"]]

    assert await ids(status=1) == [orders[0]["id"]]
    assert await ids(status="0,1") == [order["id"] for order in orders[::-1]]
    assert await ids(orderNumber=orders[1]["orderNumber"]) == [orders[1]["id"]]
    assert (await alice.post("/order/list", status=4))["code"] == 700
    assert (await alice.post("/order/list", hasRefund="true"))["code"] == 700
    assert (await alice.post("/order/list", status="x"))["code"] == 601
    counts = data_of(await alice.get("/order/statistics"))
    assert counts == {
        "count_id_no_pay": 2, "count_id_no_transfer": 1, "count_id_no_confirm": 0, "count_id_no_reputation": 0,
        "count_id_success": 0, "count_id_close": 0,
    }


async def test_a_hidden_order_is_gone_from_its_buyer_s_lists_alone(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    order = await place(alice)
    assert await alice.post("/order/delete", orderId=order["id"]) == {"code": 0, "msg": "success"}
    assert (await alice.post("/order/list"))["code"] == 700
    assert data_of(await alice.get("/order/statistics"))["count_id_no_pay"] == 0
    listed = (await api.get("/api/ops/mall/orders", as_user=operator)).data["list"]
    assert [one["id"] for one in listed] == [order["id"]]


async def test_another_user_s_order_is_out_of_reach(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    await bob.give(balance=5000)
    order = await place(alice)
    for path in ("close", "delete", "delivery", "pay"):
        assert await bob.post(f"/order/{path}", orderId=order["id"]) == {"code": 404, "msg": "订单不存在"}
    assert await bob.get("/order/detail", id=order["id"]) == {"code": 404, "msg": "订单不存在"}
    assert (await bob.post("/order/list", orderNumber=order["orderNumber"], uid=alice.uid))["code"] == 700
    assert await status_of(alice, order) == 0
    assert (await alice.get("/order/detail"))["code"] == 300
