"""Tests of server/domain/mall/audit.py, on what buyers and the staff have really done."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.domain.mall.audit import MallAudit, MallAuditService
from tests.api import Api
from tests.handlers.mall.ordering import act, hire, place
from tests.handlers.mall.test_payments import ask, for_order, pay
from tests.mall import Shopper, sign_in
from tests.shelf import Shelf


async def audit(api: Api) -> MallAudit:
    stores = api.application.stores.mall
    return await MallAuditService(stores.ledger, stores.orders, stores.payments).audit()


async def findings(api: Api) -> list[str]:
    return [f"{found.about} {found.problem}" for found in (await audit(api)).findings]


async def trade(api: Api, shelf: Shelf) -> Shopper:
    """Order 1 is paid on line, 2 from the wallet, 3 refunded, 4 closed, 5 open; payment 2 was never made."""
    await shelf.put(1, points=3)
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(balance=5000, points=100)
    orders = [await place(alice) for _ in range(5)]
    await pay(api, operator, await ask(alice, 19.9, nextAction=for_order(orders[0])))
    for order in orders[1:3]:
        await alice.post("/order/pay", orderId=order["id"])
    await act(api, operator, "orders", orders[2]["id"], "refund", reason="缺货")
    await alice.post("/order/close", orderId=orders[3]["id"])
    await ask(alice, 5)
    return alice


async def test_what_was_done_is_clean(api: Api, shelf: Shelf) -> None:
    alice = await trade(api, shelf)
    found = await audit(api)
    assert found == MallAudit(wallets=1, entries=6, orders=5, payments=2)
    assert alice.uid


TAMPERING: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("mall_wallets", {}, {"sums.points": 10**6}, "wallet 1 is not the sum of its entries"),
    ("mall_wallets", {}, {"consumed": 1}, "wallet 1 is not the sum of its entries"),
    ("mall_entries", {"seq": 2}, {"change.balance": 5}, "wallet 1 entry 2 does not say what the purses held after it"),
    ("mall_entries", {"seq": 3}, {"seq": 33}, "wallet 1 entry 4 an entry is missing before it: 3"),
    ("mall_entries", {"seq": 3}, {"change.balance": -10**6}, "wallet 1 entry 3 could not have been made: NotEnoughBalance"),
    ("mall_entries", {"key": "order:2:paid"}, {"key": "order:5:paid"}, "order 2 the ledger has no payment"),
    ("mall_entries", {"key": "order:2:paid"}, {"key": "order:5:paid"}, "order 5 the ledger has a payment that never was"),
    ("mall_entries", {"key": "order:3:refunded"}, {"key": "lost"}, "order 3 the ledger has no refund"),
    ("mall_entries", {"key": "payment:1"}, {"key": "payment:2"}, "the ledger has a credit that never was"),
    ("mall_orders", {"_id": 2}, {"real": 1}, "order 2 the ledger has another payment"),
    ("mall_orders", {"_id": 2}, {"goods": 1}, "order 2 its goods are not the sum of its lines"),
    ("mall_orders", {"_id": 2}, {"lines.0.number": 7}, "order 2 a line is not its price times its number"),
    ("mall_orders", {"_id": 5}, {"status": 2}, "order 5 goes on and was never paid"),
    ("mall_orders", {"_id": 2}, {"status": 0}, "order 2 is unpaid and was paid"),
    ("mall_payments", {"_id": 1}, {"paid": 1}, "the ledger has another credit"),
    ("mall_payments", {"_id": 2}, {"status": 1}, "is paid without an amount"),
    ("mall_payments", {"_id": 2}, {"purpose_state": 2}, "was spent and is not paid"),
]


@pytest.mark.parametrize("collection, question, change, problem", TAMPERING)
async def test_what_was_tampered_with_is_found(
    api: Api, shelf: Shelf, collection: str, question: dict[str, Any], change: dict[str, Any], problem: str
) -> None:
    await trade(api, shelf)
    await api.application.mongo.database[collection].update_one(question, {"$set": change})
    assert any(problem in found for found in await findings(api)), await findings(api)


async def test_entries_without_a_wallet_are_found(api: Api, shelf: Shelf) -> None:
    await trade(api, shelf)
    await api.application.mongo.database.mall_wallets.delete_many({})
    assert "ledger 6 entries have no wallet" in await findings(api)


async def test_nothing_is_found_while_buyers_buy(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, left=1000, price=10)
    alice = await sign_in(api)
    await alice.give(balance=5000)

    async def buy() -> None:
        for _ in range(5):
            await alice.post("/order/pay", orderId=(await place(alice))["id"])

    buying = asyncio.gather(*(buy() for _ in range(4)))
    while not buying.done():
        assert await findings(api) == []
    await buying
    assert (await audit(api)).orders == 20
