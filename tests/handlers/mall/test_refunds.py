"""Refunds over HTTP of orders that a coupon and points were used for: in any pieces and any order they return what was paid, to the fen."""
from __future__ import annotations

import random

import pytest

from tests.api import Api
from tests.handlers.mall.ordering import TO_ME, act, hire, pay, place
from tests.handlers.mall.promotions import assert_clean, mine, put_rule, take
from tests.handlers.mall.test_distribution import bring, commissions_of, make_seller, receive, set_terms
from tests.handlers.mall.test_window import put, put_goods
from tests.mall import Shopper, data_of, sign_in

PRICES, NUMBERS = (3333, 1999, 70), (3, 2, 1)


async def held_by(shopper: Shopper) -> tuple[int, int]:
    """Fen and points."""
    amount = data_of(await shopper.get("/user/amount"))
    return round(amount["balance"] * 100), amount["score"]


@pytest.mark.parametrize("seed, is_sent", [(1, False), (2, True)])
async def test_pieces_in_any_order_return_what_was_paid(api: Api, seed: int, is_sent: bool) -> None:
    draw = random.Random(seed)
    operator, sam = await hire(api), await sign_in(api, "sam")
    await set_terms(api, operator)
    await make_seller(api, operator, sam)
    ben = await bring(api, "ben", sam)
    freight = await put(api, operator, "freights", name="快递", rates=[{"first_fee": 600, "step_fee": 200}])
    terms = {"freight_id": freight["id"], "after_sale": [0, 1], "given": 3}
    made = [await put_goods(api, operator, name=f"杯{price}", price=price, points=price % 7, **terms) for price in PRICES]
    rule = await put_rule(api, operator)
    await put(api, operator, "points-deductions", points=7, worth=5)
    await ben.give(balance=100_000, points=1000)
    coupon = await take(ben, rule)
    before = await held_by(ben)
    rows = [{"goodsId": one["id"], "number": number} for one, number in zip(made, NUMBERS)]
    order = await place(ben, *rows, couponId=coupon["id"], deductionScore=500, **TO_ME)
    await pay(ben, order)
    paid = before[0] - (await held_by(ben))[0]
    assert await mine(ben, "0") == []
    if is_sent:
        await receive(api, operator, ben, order)
        for commission in await commissions_of(api, operator, order):
            assert (await act(api, operator, "commissions", commission["id"], "settle")).status == 200
    lines = [line["id"] for line in data_of(await ben.get("/order/detail", id=order["id"]))["goods"]]
    left, refunded = dict(zip(lines, NUMBERS)), 0
    while any(left.values()):
        chosen = draw.sample([line for line in left if left[line]], k=draw.randint(1, sum(map(bool, left.values()))))
        asked = {line: draw.randint(1, left[line]) for line in chosen}
        for line, number in asked.items():
            about = {"orderId": order["id"], "orderGoodsId": line, "number": number, "type": int(is_sent), "logisticsStatus": int(is_sent)}
            assert (await ben.post("/order/refundApply/apply", **about, amount=10**6, reason="不想要了"))["code"] == 0
        claims = (await api.get("/api/ops/mall/claims", as_user=operator, query={"order_id": order["id"], "state": 0})).data["list"]
        for claim in draw.sample(claims, k=len(claims)):
            # As much as there is: of the last piece the freight too.
            done = (await act(api, operator, "claims", claim["id"], "approve", amount=10**6)).data
            left[claim["line_id"]] -= claim["number"]
            refunded += done["refunded"]
            assert 0 <= refunded <= paid
            assert await mine(ben, "0") == ([] if any(left.values()) else [(rule["id"], 0)])
    await assert_clean(api)
    assert (refunded, await held_by(ben)) == (paid, before)
    assert await held_by(sam) == (0, 0)
    assert all(one["amount"] == one["owed"] == 0 for one in await commissions_of(api, operator, order))
    [earning] = (await api.get("/api/ops/mall/order-earnings", as_user=operator)).data["list"] if is_sent else [{"points": 0, "growth": 0}]
    assert (earning["points"], earning["growth"], earning.get("owes", False)) == (0, 0, False)
