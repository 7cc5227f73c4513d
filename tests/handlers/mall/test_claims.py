"""售后 over HTTP: what buyers ask for after the sale, and what they have back."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.domain.accounts.users import User
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, TO_ME, act, hire, pay, place
from tests.handlers.mall.test_attacks import assert_clean
from tests.handlers.mall.test_payments import balance_of
from tests.handlers.mall.test_window import put, put_goods
from tests.mall import Shopper, data_of, sign_in

APPLY = "/order/refundApply/apply"


async def buy(api: Api, operator: User, buyer: Shopper, number: int = 1, **about: Any) -> dict[str, Any]:
    """A paid order of goods for 25 yuan that offer everything after the sale."""
    freight = await put(api, operator, "freights", name="快递", rates=[{"first_fee": 600, "step_fee": 200}])
    made = await put_goods(api, operator, price=2500, after_sale=[0, 1, 2], freight_id=freight["id"], **about)
    await buyer.give(balance=100_000)
    order = await place(buyer, {"goodsId": made["id"], "number": number}, **TO_ME)
    await pay(buyer, order)
    return await detail_of(buyer, order)


async def detail_of(buyer: Shopper, order: dict[str, Any]) -> dict[str, Any]:
    return data_of(await buyer.get("/order/detail", id=order.get("id") or order["orderInfo"]["id"]))


async def ship(api: Api, operator: User, order: dict[str, Any]) -> None:
    assert (await act(api, operator, "orders", order["orderInfo"]["id"], "ship", carrier="顺丰", tracking="SF1")).status == 200


async def apply(buyer: Shopper, order: dict[str, Any], **about: Any) -> dict[str, Any]:
    [line] = order["goods"]
    usual = {"orderId": order["orderInfo"]["id"], "orderGoodsId": line["id"], "number": 1, "amount": 25, "type": 0, "logisticsStatus": 0}
    return await buyer.post(APPLY, **{**usual, "reason": "不想要了", **about})


async def claims_of(buyer: Shopper, order: dict[str, Any]) -> list[dict[str, Any]]:
    rows = data_of(await buyer.get("/order/refundApply/info", orderId=order["orderInfo"]["id"], orderGoodsId=""))
    return [row["baseInfo"] for row in rows]


async def test_a_claim_from_its_application_to_the_money(api: Api) -> None:
    operator, alice, bob = await hire(api), await sign_in(api, "alice"), await sign_in(api, "bob")
    order = await buy(api, operator, alice, number=2)
    order_id = order["orderInfo"]["id"]
    before = await balance_of(alice)
    assert (await alice.get("/order/refundApply/info", orderId=order_id))["code"] == 700
    assert (await apply(bob, order))["code"] == 30000
    # Ten at once are one claim; the amount comes as JavaScript reckons it, and is no more than was paid for the pieces.
    asked = {"number": 2, "amount": "50.00000000000001", "pic": "https://pictures.example/1.png,https://pictures.example/2.png"}
    codes = [answer["code"] for answer in await asyncio.gather(*(apply(alice, order, **asked) for _ in range(10)))]
    assert sorted(codes) == [0] + [20000] * 9
    [row] = data_of(await alice.get("/order/refundApply/info", orderId=order_id))
    assert [one["pic"] for one in row["pics"]] == ["https://pictures.example/1.png", "https://pictures.example/2.png"]
    claim = row["baseInfo"]
    assert (claim["amount"], claim["number"], claim["status"], claim["statusStr"], claim["typeStr"]) == (50.0, 2, 0, "待处理", "仅退款")
    # Somebody else sees and changes nothing of it.
    for path in ("/order/refundApply/cancel", "/order/refundApply/info"):
        answer = await (bob.get(path, orderId=order_id) if path.endswith("info") else bob.post(path, orderId=order_id))
        assert answer["code"] == 20000
    sent = {"orderId": order_id, "applyId": claim["id"], "shipperName": "中通", "trackingNumber": "ZT1"}
    assert (await bob.post("/order/refundApply/setBackLogistics", **sent))["code"] == 700
    # Cancelled and asked for again both stand there.
    cancelled = await alice.post("/order/refundApply/cancel", orderId=order_id, orderGoodsId=order["goods"][0]["id"])
    assert cancelled["code"] == 0 and (await apply(alice, order, amount=25, number=1))["code"] == 0
    assert [one["status"] for one in await claims_of(alice, order)] == [0, 1]
    [first, _] = await claims_of(alice, order)
    answers = await asyncio.gather(*(act(api, operator, "claims", first["id"], "approve") for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
    assert await balance_of(alice) == before + 25
    info = (await detail_of(alice, order))["orderInfo"]
    assert (info["amountRefundTotal"], info["hasRefund"], info["status"]) == (25.0, True, 1)
    # The last piece ends the order, and brings the freight of what was never sent.
    assert (await apply(alice, order, amount=999))["code"] == 0
    [last, *_] = await claims_of(alice, order)
    assert last["amount"] == 25
    assert (await act(api, operator, "claims", last["id"], "approve")).status == 200
    assert (await detail_of(alice, order))["orderInfo"]["status"] == -1
    assert (await apply(alice, order))["code"] == 30000
    refunds = data_of(await alice.get("/order/refund", orderId=order_id))
    assert [refund["amount"] for refund in refunds] == [33.0, 25.0]
    assert (await bob.get("/order/refund", orderId=order_id))["code"] == 20000
    assert await balance_of(alice) == 1000
    listed = data_of(await alice.post("/order/list", hasRefund="true", status=""))["orderList"]
    assert [one["id"] for one in listed] == [order_id]
    [stock] = (await api.get(f"{OPS}/stock", as_user=operator)).data["list"]
    assert (stock["free"], stock["sold"]) == (10, 0)
    await assert_clean(api)


@pytest.mark.parametrize("amount, asked, is_sent, refunded", [
    (None, 25, False, 33.0), (None, 24, False, 24.0), (None, 25, True, 25.0), (10**6, 25, True, 33.0), (2000, 25, False, 20.0),
])
async def test_the_freight_comes_back_where_nothing_was_sent_or_the_staff_says_so(
    api: Api, amount: int | None, asked: int, is_sent: bool, refunded: float
) -> None:
    operator, alice = await hire(api), await sign_in(api, "alice")
    order = await buy(api, operator, alice)
    paid = order["orderInfo"]["amountReal"]
    if is_sent:
        await ship(api, operator, order)
    assert (await apply(alice, order, amount=asked))["code"] == 0
    [claim] = await claims_of(alice, order)
    assert (await act(api, operator, "claims", claim["id"], "approve", amount=amount)).status == 200
    assert (await detail_of(alice, order))["orderInfo"]["amountRefundTotal"] == min(refunded, paid)
    await assert_clean(api)


async def test_goods_are_sent_back_and_exchanged(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api, "alice")
    order = await buy(api, operator, alice)
    order_id = order["orderInfo"]["id"]
    assert (await apply(alice, order, type=1))["code"] == 30000  # it was not even sent
    await ship(api, operator, order)
    assert (await apply(alice, order, type=1, logisticsStatus=1))["code"] == 0
    [claim] = await claims_of(alice, order)
    sent = {"orderId": order_id, "applyId": claim["id"], "shipperName": "中通", "trackingNumber": "ZT1"}
    assert (await alice.post("/order/refundApply/setBackLogistics", **sent))["code"] == 30000
    address = {"name": "售后部", "mobile": "13800000000", "address": "退货中心"}
    assert (await act(api, operator, "claims", claim["id"], "ask-return", **address)).status == 200
    [claim] = await claims_of(alice, order)
    assert (claim["status"], claim["status2"], claim["logisticsStatusStr"]) == (3, 1, "已收到货")
    assert (await alice.post("/order/refundApply/cancel", orderId=order_id))["code"] == 30000
    assert (await alice.post("/order/refundApply/setBackLogistics", **sent))["code"] == 0
    [claim] = await claims_of(alice, order)
    assert claim["logisticsContent"] == (
        '{"linkMan":"售后部","mobile":"13800000000","address":"退货中心","shipperName":"中通","trackingNumber":"ZT1"}'
    )
    assert (await act(api, operator, "claims", claim["id"], "refuse", answer="不符合条件")).status == 200
    [claim] = await claims_of(alice, order)
    assert (claim["status"], claim["remark"]) == (2, "不符合条件")
    assert (await apply(alice, order, type=2, amount=0, logisticsStatus=1))["code"] == 0
    [claim, _] = await claims_of(alice, order)
    exchanged = await act(api, operator, "claims", claim["id"], "approve", carrier="顺丰", tracking="SF2")
    assert exchanged.status == 200
    after = await detail_of(alice, order)
    assert [parcel["trackingNumber"] for parcel in after["orderLogisticsShippers"]] == ["SF1", "SF2"]
    assert (after["orderInfo"]["amountRefundTotal"], after["goods"][0]["refundStatus"]) == (0.0, 1)
    await assert_clean(api)


async def test_what_is_not_offered_or_too_late_is_refused(api: Api, clock: HandClock) -> None:
    operator, alice = await hire(api), await sign_in(api, "alice")
    order = await buy(api, operator, alice)
    plain = await put_goods(api, operator, price=100)
    other = await place(alice, {"goodsId": plain["id"]})
    assert (await alice.post(APPLY, orderId=other["id"], type=0, logisticsStatus=0, reason="-", amount=1))["code"] == 30000
    await pay(alice, other)
    assert (await alice.post(APPLY, orderId=other["id"], type=0, logisticsStatus=0, reason="-", amount=1))["code"] == 30000
    await ship(api, operator, order)
    assert (await alice.post("/order/delivery", orderId=order["orderInfo"]["id"]))["code"] == 0
    clock.advance(days=7, seconds=1)
    assert (await apply(alice, order))["code"] == 30000


async def test_a_claim_of_a_whole_order_is_one_of_each_line(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api, "alice")
    goods = [await put_goods(api, operator, price=price, after_sale=[0]) for price in (1000, 333)]
    await alice.give(balance=10_000)
    order = await place(alice, *({"goodsId": one["id"]} for one in goods))
    await pay(alice, order)
    asked = {"orderId": order["id"], "type": 0, "logisticsStatus": 0, "reason": "拍错了", "amount": 13.33}
    assert (await alice.post(APPLY, **asked))["code"] == 0
    claims = await claims_of(alice, {"orderInfo": order})
    assert sorted(claim["amount"] for claim in claims) == [3.33, 10.0]
    for claim in claims:
        assert (await act(api, operator, "claims", claim["id"], "approve")).status == 200
    assert await balance_of(alice) == 100
    await assert_clean(api)


async def test_a_claim_and_the_staff_s_refund_at_once_give_back_what_was_paid(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api, "alice")
    order = await buy(api, operator, alice, number=3)
    assert (await apply(alice, order, number=2, amount=50))["code"] == 0
    [claim] = await claims_of(alice, order)
    order_id = order["orderInfo"]["id"]
    await asyncio.gather(
        *(act(api, operator, "orders", order_id, "refund", reason="缺货") for _ in range(3)),
        *(act(api, operator, "claims", claim["id"], "approve") for _ in range(3)),
    )
    # Whichever came first, the rest is given back by the other, or by hand afterwards.
    await act(api, operator, "claims", claim["id"], "approve")
    await act(api, operator, "orders", order_id, "refund", reason="缺货")
    assert await balance_of(alice) == 1000
    assert (await detail_of(alice, order))["orderInfo"]["amountRefundTotal"] == 85.0
    await assert_clean(api)


async def test_a_refund_of_before_refunds_were_written_down_is_still_right(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api, "alice")
    order = await buy(api, operator, alice)
    order_id = order["orderInfo"]["id"]
    assert (await act(api, operator, "orders", order_id, "refund", reason="缺货")).status == 200
    database = api.application.mongo.database
    await database.mall_refunds.delete_many({})
    await database.mall_entries.update_one({"key": "refund:1"}, {"$set": {"key": f"order:{order_id}:refunded"}})
    await database.mall_orders.update_one({"_id": order_id}, {"$set": {"lines.0.returned": 0}})
    await assert_clean(api)
    assert (await act(api, operator, "orders", order_id, "refund", reason="缺货")).status == 409
    assert (await apply(alice, order))["code"] == 30000
