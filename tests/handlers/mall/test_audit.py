"""Tests of server/domain/mall/audit.py, on what buyers and the staff have really done."""
from __future__ import annotations

import asyncio
from typing import Any

from server.composition.mall import build_mall_audit
from server.domain.mall.audit import MallAudit
from server.domain.mall.payments.payment import Notice, Paid
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, act, hire, place
from tests.handlers.mall.test_payments import ask, for_order, pay
from tests.handlers.mall.test_window import put_goods
from tests.mall import Shopper, sign_in


async def audit(api: Api) -> MallAudit:
    return await build_mall_audit(api.application.stores.mall, api.application.clock).audit()


async def findings(api: Api) -> list[str]:
    return [f"{found.about} {found.problem}" for found in (await audit(api)).findings]


async def trade(api: Api) -> Shopper:
    """Order 1 is paid on line, 2 from the wallet, 3 refunded, 4 closed, 5 open; payment 2 was never made, 3 is for a closed order.

    Of goods 1 ten pieces came in, two more, and one was taken out; goods 2 has two price rows and nobody has bought any.
    """
    alice, operator = await sign_in(api), await hire(api)
    category = (await put_goods(api, operator, points=3))["category_id"]
    await act(api, operator, "goods", 1, "restock", number=2, reason="到货")
    await act(api, operator, "goods", 1, "restock", number=-1, reason="破损")
    await put_goods(
        api,
        operator,
        category_id=category,
        properties=[{"name": "颜色", "values": [{"name": "红"}, {"name": "蓝"}]}],
        skus=[{"values": ["红"], "price": 8800, "stock": 2}, {"values": ["蓝"], "price": 9900, "stock": 3}],
    )
    await alice.give(balance=5000, points=100)
    orders = [await place(alice) for _ in range(5)]
    await pay(api, operator, await ask(alice, 19.9, nextAction=for_order(orders[0])))
    for order in orders[1:3]:
        await alice.post("/order/pay", orderId=order["id"])
    await act(api, operator, "orders", orders[2]["id"], "refund", reason="缺货")
    await alice.post("/order/close", orderId=orders[3]["id"])
    await ask(alice, 5)
    await pay(api, operator, await ask(alice, 19.9, nextAction=for_order(orders[3])))
    adjustment = {"user_id": alice.uid, "balance": 100, "remark": "补偿"}
    await api.post(f"{OPS}/adjustments", as_user=operator, json=adjustment)
    return alice


async def test_what_was_done_is_clean(api: Api) -> None:
    await trade(api)
    assert await audit(api) == MallAudit(wallets=1, entries=8, orders=5, payments=3, counts=3)
    operator = await hire(api, "other")
    intakes = (await api.get(f"{OPS}/intakes", as_user=operator, query={"goods_id": 1, "sort": "id"})).data["list"]
    assert [(one["number"], one["came_in"], one["verb"], one["reason"]) for one in intakes] == [
        (10, 10, "add", ""), (2, 12, "restock", "到货"), (-1, 11, "restock", "破损")
    ]
    assert {one["user_id"] for one in intakes} == {(await hire(api)).id}


TAMPERING: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("mall_wallets", {}, {"sums.points": 10**6}, "wallet 1 is not the sum of its entries"),
    ("mall_wallets", {}, {"consumed": 1}, "wallet 1 is not the sum of its entries"),
    ("mall_entries", {"seq": 2}, {"change.balance": 5}, "wallet 1 entry 2 does not say what the purses held after it"),
    ("mall_entries", {"seq": 3}, {"seq": 33}, "wallet 1 entry 4 an entry is missing before it: 3"),
    ("mall_entries", {"seq": 3}, {"change.balance": -10**6}, "wallet 1 entry 3 could not have been made: NotEnoughBalance"),
    ("mall_entries", {"key": "order:2:paid"}, {"key": "order:5:paid"}, "order 2 the ledger has no payment"),
    ("mall_entries", {"key": "order:2:paid"}, {"key": "order:5:paid"}, "order 5 the ledger has a payment that never was"),
    ("mall_entries", {"key": "refund:1"}, {"key": "lost"}, "refund 1 the ledger has no refund"),
    ("mall_entries", {"key": "refund:1"}, {"key": "refund:7"}, "was made for refund 7, which there is not"),
    ("mall_refunds", {"_id": 1}, {"money": 1}, "refund 1 the ledger has another refund"),
    ("mall_refunds", {"_id": 1}, {"order_id": 1}, "order 3 says that 1990 fen went back, and its refunds 0"),
    ("mall_orders", {"_id": 3}, {"refunded": 10**6}, "order 3 has back more than was paid"),
    ("mall_orders", {"_id": 3}, {"lines.0.returned": 0}, "order 3 has 0 pieces of line"),
    ("mall_entries", {"key": "payment:1"}, {"key": "payment:2"}, "the ledger has a credit that never was"),
    ("mall_orders", {"_id": 2}, {"real": 1}, "order 2 the ledger has another payment"),
    ("mall_orders", {"_id": 2}, {"goods": 1}, "order 2 its goods are not the sum of its lines"),
    ("mall_orders", {"_id": 2}, {"lines.0.number": 7}, "order 2 a line is not its price times its number"),
    ("mall_orders", {"_id": 5}, {"status": 2}, "order 5 goes on and was never paid"),
    ("mall_orders", {"_id": 2}, {"status": 0}, "order 2 is unpaid and was paid"),
    ("mall_orders", {"_id": 2}, {"points": 1}, "order 2 its points are not the sum of its lines"),
    ("mall_orders", {"_id": 5}, {"real": 1}, "order 5 is not charged what its goods and freight cost"),
    ("mall_orders", {"_id": 5}, {"status": -1}, "stock 1::: has 1 pieces held, and open orders have 0"),
    ("mall_orders", {"_id": 1}, {"lines.0.choice.goods_id": 9}, "stock 9::: is counted nowhere, and something has pieces of it"),
    ("mall_orders", {"_id": 1}, {"paid_at": None}, "is said to have paid order 1, which is not paid"),
    ("mall_entries", {"key": "payment:1"}, {"key": "payment:77"}, "was made for payment 77, which there is not"),
    ("mall_entries", {"key": "order:2:paid"}, {"key": "order:77:paid"}, "was made for order 77, which there is not"),
    ("mall_entries", {"key": "adjustment:1"}, {"key": "lost"}, "adjustment 1 the ledger has no adjustment"),
    ("mall_adjustments", {"_id": 1}, {"balance": 1}, "adjustment 1 the ledger has another adjustment"),
    ("mall_adjustments", {"_id": 1}, {"state": 0}, "adjustment 1 the ledger has a adjustment that never was"),
    ("mall_stock", {"_id": "1:::"}, {"free": 7}, "stock 1::: has 10 pieces free, held and sold, and 11 came in"),
    ("mall_stock", {"_id": "1:::"}, {"free": 12, "held": -2}, "stock 1::: has fewer pieces than none"),
    ("mall_stock", {"_id": "1:::"}, {"free": 7, "sold": 3}, "stock 1::: has 3 pieces sold, and paid orders have 2"),
    ("mall_stock", {"_id": "1:::"}, {"free": 9, "came_in": 12}, "stock 1::: has 12 pieces that came in, and its entries tell of 11"),
    ("mall_stock", {"_id": "1:::"}, {"intakes": 2}, "stock 1::: has lost an entry, or has one too many"),
    ("mall_intakes", {"_id": "1::::2"}, {"number": 3}, "stock 1::: has 11 pieces that came in, and its entries tell of 12"),
    ("mall_intakes", {"_id": "1::::2"}, {"came_in": 13}, "stock 1::: entry 2 does not say what had come in after it"),
    ("mall_goods", {"_id": 1}, {"stock": 12}, "stock 1::: has 11 pieces that came in, and its goods says 12"),
    ("mall_payments", {"_id": 1}, {"purpose": ""}, "has no purpose, and something became of it"),
    ("mall_payments", {"_id": 1}, {"purpose_state": 0}, "has a purpose, and nothing became of it"),
    ("mall_payments", {"_id": 3}, {"purpose_state": 2}, "is said to have paid order 4, which is not paid"),
    ("mall_payments", {"_id": 3}, {"purpose_problem": ""}, "could not be spent, and does not say why"),
    ("mall_payments", {"_id": 1}, {"paid": 1}, "the ledger has another credit"),
    ("mall_payments", {"_id": 2}, {"status": 1}, "is paid without an amount"),
    ("mall_payments", {"_id": 2}, {"purpose_state": 2}, "was spent and is not paid"),
]


async def test_what_was_tampered_with_is_found(api: Api) -> None:
    """Each by itself, and all is clean again once it is put back."""
    await trade(api)
    database = api.application.mongo.database
    for collection, question, change, problem in TAMPERING:
        before = await database[collection].find_one(question)
        assert before is not None, question
        await database[collection].update_one({"_id": before["_id"]}, {"$set": change})
        assert any(problem in found for found in await findings(api)), (problem, await findings(api))
        await database[collection].replace_one({"_id": before["_id"]}, before)
    assert await findings(api) == []


async def test_what_is_gone_is_found(api: Api) -> None:
    await trade(api)
    database = api.application.mongo.database
    for collection, question, problem in (
        ("mall_orders", {"_id": 2}, "was made for order 2, which there is not"),
        ("mall_payments", {"_id": 1}, "was made for payment 1, which there is not"),
        ("mall_adjustments", {"_id": 1}, "was made for adjustment 1, which there is not"),
        ("mall_entries", {"key": "payment:1"}, "the ledger has no credit"),
        ("mall_intakes", {"_id": "1::::3"}, "stock 1::: has 11 pieces that came in, and its entries tell of 12"),
        ("mall_stock", {"_id": "1:::"}, "stock 1::: is counted nowhere, and something has pieces of it"),
        ("mall_wallets", {}, "ledger 8 entries have no wallet"),
    ):
        before = await database[collection].find_one(question)
        assert before is not None, question
        await database[collection].delete_one({"_id": before["_id"]})
        assert any(problem in found for found in await findings(api)), (problem, await findings(api))
        await database[collection].insert_one(before)
    assert await findings(api) == []


async def test_what_was_told_and_is_in_no_wallet_is_found(api: Api, clock: HandClock) -> None:
    await trade(api)
    payments = api.application.stores.mall.payments
    numbers = {payment.id: payment.number async for payment in payments.each_payment()}
    now = clock.now()

    def notice(id: str, number: str, amount: int) -> Notice:
        paid = Paid(number=number, amount=amount, receipt=id, paid_at=now)
        return Notice(id=id, nonce=id, received_at=now, body="{}", paid=paid)

    for one in (notice("good", numbers[1], 1990), notice("late", numbers[2], 500), notice("more", numbers[1], 1991), notice("odd", "?", 1)):
        await payments.keep_notice(one)
    known = [
        f"notice more tells of another amount than was taken for payment {numbers[1]}",
        "notice odd tells of payment ?, which nobody asked for",
    ]
    assert await findings(api) == known
    clock.advance(minutes=11)
    assert await findings(api) == [f"notice late tells of payment {numbers[2]}, which is in no wallet", *known]


async def test_nothing_is_found_while_buyers_buy_and_the_staff_restocks(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    await put_goods(api, operator, price=10, stock=1000)
    await alice.give(balance=5000)

    async def buy() -> None:
        for number in range(5):
            order = await place(alice)
            await alice.post("/order/close" if number == 3 else "/order/pay", orderId=order["id"])

    async def restock() -> None:
        for _ in range(3):
            await act(api, operator, "goods", 1, "restock", number=1)

    buying = asyncio.gather(*(buy() for _ in range(4)), restock())
    while not buying.done():
        assert await findings(api) == []
    await buying
    assert (await audit(api)).orders == 20
