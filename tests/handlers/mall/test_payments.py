"""微信支付 in the sandbox, over HTTP."""
from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from server.domain.accounts.users import User
from server.domain.mall.payments.payment import Paid
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import act, hire, place, status_of
from tests.mall import Shopper, data_of, sign_in
from tests.shelf import Shelf

NOW = "2036-06-01 12:00:00"


def for_order(order: dict[str, Any]) -> str:
    """nextAction."""
    return json.dumps({"type": 0, "id": order["id"]})


async def ask(shopper: Shopper, money: float, **about: Any) -> dict[str, Any]:
    return data_of(await shopper.post("/pay/wx/wxapp", money=money, **about))


async def payment_of(api: Api, operator: User, asked: dict[str, Any]) -> dict[str, Any]:
    """As the staff sees it."""
    [found] = (await api.get("/api/ops/mall/payments", as_user=operator, query={"number": asked["outTradeId"]})).data["list"]
    return found


async def pay(api: Api, operator: User, asked: dict[str, Any]) -> dict[str, Any]:
    """Somebody says it is paid; what became of it."""
    payment = await payment_of(api, operator, asked)
    return (await act(api, operator, "payments", payment["id"], "pay")).data


async def balance_of(shopper: Shopper) -> float:
    return data_of(await shopper.get("/user/amount"))["balance"]


async def test_what_a_client_hands_to_wechat(api: Api) -> None:
    alice = await sign_in(api)
    asked = await ask(alice, 12.3, payName="支付订单", remark="备注")
    assert asked["package"] == f"prepay_id={asked['prepayId']}" and asked["sign"] == asked["paySign"]
    assert asked.keys() == {"timeStamp", "nonceStr", "package", "signType", "paySign", "prepayId", "sign", "outTradeId"}
    web = data_of(await alice.post("/pay/wx/h5", money=1))
    code = data_of(await alice.post("/pay/wx/qrcode", money=1))
    assert (web.keys(), code.keys()) == ({"mwebUrl", "outTradeId"}, {"codeUrl", "outTradeId"})
    assert data_of(await alice.post("/pay/wx/jsapi", money=1, code="x")).keys() == asked.keys()


async def test_a_payment_fills_the_wallet(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    asked = await ask(alice, 12.3, remark="充值")
    [row] = data_of(await alice.post("/user/payLogs"))
    assert (row["orderNo"], row["money"], row["status"], "nextAction" in row) == (asked["outTradeId"], 12.3, 0, False)
    paid = await pay(api, operator, asked)
    assert (paid["status"], paid["purpose_state"], paid["paid"]) == (1, 0, 1230)
    assert await balance_of(alice) == 12.3
    [row] = data_of(await alice.post("/user/cashLog"))
    assert (row["type"], row["behavior"], row["amount"]) == (0, 0, 12.3)
    [row] = data_of(await alice.post("/user/payLogs", orderNo=asked["outTradeId"]))
    assert (row["status"], row["statusStr"], row["dateAdd"]) == (1, "已支付", NOW)


async def test_the_difference_is_paid_on_line_and_the_order_from_the_wallet(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, points=3)
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(balance=500, points=3)
    order = await place(alice)
    # As the client reckons it, in binary.
    asked = await ask(alice, 19.9 - 5.0, nextAction=for_order(order))
    assert (await pay(api, operator, asked))["purpose_state"] == 2
    assert await status_of(alice, order) == 1
    amount = data_of(await alice.get("/user/amount"))
    assert (amount["balance"], amount["score"]) == (0, 0)
    assert await shelf.count() == (9, 0, 1)
    [row] = data_of(await alice.post("/user/payLogs", orderNo=asked["outTradeId"]))
    assert json.loads(row["nextAction"]) == {"type": 0, "id": order["id"]}


async def test_a_notice_fifty_times_at_once_is_taken_once(api: Api, shelf: Shelf, clock: HandClock) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    order = await place(alice)
    asked = await ask(alice, 19.9, nextAction=for_order(order))
    word = Paid(number=asked["outTradeId"], amount=1990, receipt="4200001", paid_at=clock.now())
    payments = api.application.services.mall.ordering.payments
    await asyncio.gather(*(payments.settle(word) for _ in range(50)))
    assert await status_of(alice, order) == 1
    assert [row["amount"] for row in data_of(await alice.post("/user/cashLog"))] == [19.9, 19.9]
    assert await balance_of(alice) == 0
    assert (await payment_of(api, operator, asked))["purpose_state"] == 2
    assert await shelf.count() == (9, 0, 1)


async def test_what_is_paid_for_a_closed_order_is_in_the_wallet(api: Api, shelf: Shelf, clock: HandClock) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    order = await place(alice)
    asked = await ask(alice, 19.9, nextAction=for_order(order))
    await alice.post("/order/close", orderId=order["id"])
    clock.advance(days=1)
    paid = await pay(api, operator, asked)
    assert (paid["status"], paid["purpose_state"], paid["purpose_problem"]) == (1, 3, "NothingToPay")
    assert (await balance_of(alice), await status_of(alice, order)) == (19.9, -1)
    assert await shelf.count() == (10, 0, 0)


async def test_another_amount_than_was_asked_for_buys_nothing_and_is_in_the_wallet(api: Api, shelf: Shelf, clock: HandClock) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(balance=5000)
    order = await place(alice)
    asked = await ask(alice, 19.9, nextAction=for_order(order))
    word = Paid(number=asked["outTradeId"], amount=1, receipt="4200001", paid_at=clock.now())
    await api.application.services.mall.ordering.payments.settle(word)
    payment = await payment_of(api, operator, asked)
    assert (payment["paid"], payment["purpose_state"], payment["purpose_problem"]) == (1, 3, "OtherAmount")
    assert (await balance_of(alice), await status_of(alice, order)) == (50.01, 0)


async def test_an_order_paid_twice_is_paid_once_and_the_rest_is_in_the_wallet(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    order = await place(alice)
    asked = [await ask(alice, 19.9, nextAction=for_order(order)) for _ in range(2)]
    paid = await asyncio.gather(*(pay(api, operator, one) for one in asked))
    assert sorted(one["purpose_state"] for one in paid) == [2, 3]
    assert (await balance_of(alice), await status_of(alice, order)) == (19.9, 1)


async def test_nobody_pays_another_s_order_with_their_money_unawares(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, bob, operator = await sign_in(api, "alice"), await sign_in(api, "bob"), await hire(api)
    order = await place(alice)
    paid = await pay(api, operator, await ask(bob, 19.9, nextAction=for_order(order)))
    assert (paid["purpose_state"], paid["purpose_problem"]) == (3, "OrderMissing")
    assert (await balance_of(bob), await status_of(alice, order)) == (19.9, 0)
    assert (await bob.post("/user/payLogs"))["data"][0]["money"] == 19.9
    assert (await alice.post("/user/payLogs"))["code"] == 700


async def test_a_refused_payment_gives_nothing_but_is_taken_if_it_comes_all_the_same(api: Api, clock: HandClock) -> None:
    alice, operator = await sign_in(api), await hire(api)
    asked = await ask(alice, 5)
    payment = await payment_of(api, operator, asked)
    assert (await act(api, operator, "payments", payment["id"], "refuse")).data["status"] == 2
    assert await balance_of(alice) == 0
    assert (await pay(api, operator, asked))["status"] == 1
    assert (await act(api, operator, "payments", payment["id"], "refuse")).data["status"] == 1
    assert await balance_of(alice) == 5


async def test_a_purpose_that_was_left_waiting_is_served_later(api: Api, shelf: Shelf, clock: HandClock) -> None:
    """As a process leaves it that dies between the two."""
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    order = await place(alice)
    asked = await ask(alice, 19.9, nextAction=for_order(order))
    payments = api.application.services.mall.ordering.payments
    payments.serve_purpose, serve = _leave, payments.serve_purpose  # type: ignore[method-assign]
    await payments.settle(Paid(number=asked["outTradeId"], amount=1990, receipt="4200001", paid_at=clock.now()))
    assert (await payment_of(api, operator, asked))["purpose_state"] == 1
    assert (await balance_of(alice), await status_of(alice, order)) == (19.9, 0)
    payments.serve_purpose = serve  # type: ignore[method-assign]
    await payments.look_after()
    assert (await payment_of(api, operator, asked))["purpose_state"] == 2
    assert (await balance_of(alice), await status_of(alice, order)) == (0, 1)


async def _leave(payment: Any) -> Any:
    return payment


@pytest.mark.parametrize("money, code", [("0", 20000), ("-1", 601), ("0.004", 20000), ("1e400", 601), ("NaN", 601), ("x", 601), ("", 300)])
async def test_an_amount_that_cannot_be_paid_is_refused(api: Api, money: str, code: int) -> None:
    alice = await sign_in(api)
    assert (await alice.post("/pay/wx/wxapp", money=money))["code"] == code
    assert (await alice.post("/user/payLogs"))["code"] == 700


@pytest.mark.parametrize("purpose", ["{", "[]", "7", '{"type":99}', '{"type":"x"}', '{"type":0}', '{"type":0,"id":"1,x"}', "[" * 900])
async def test_a_purpose_that_nobody_knows_is_refused_before_it_is_paid(api: Api, purpose: str) -> None:
    alice = await sign_in(api)
    assert (await alice.post("/pay/wx/wxapp", money=1, nextAction=purpose))["code"] == 601
    assert (await alice.post("/user/payLogs"))["code"] == 700


async def test_a_wallet_is_filled_with_no_less_than_the_shop_says(api: Api, shelf: Shelf) -> None:
    shelf.settings["recharge_amount_min"] = "10.5"
    await shelf.put(1)
    alice = await sign_in(api)
    assert (await alice.post("/pay/wx/wxapp", money=10.49))["code"] == 20001
    await ask(alice, 10.5)
    await ask(alice, 1, nextAction=for_order(await place(alice)))


# ---- the staff


async def test_the_staff_gives_all_back_before_it_is_sent(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, points=3)
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(balance=1990, points=3)
    order = await place(alice)
    assert (await act(api, operator, "orders", order["id"], "refund", reason="缺货")).status == 409
    await alice.post("/order/pay", orderId=order["id"])
    answers = await asyncio.gather(*(act(api, operator, "orders", order["id"], "refund", reason="缺货") for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 4
    amount = data_of(await alice.get("/user/amount"))
    assert (amount["balance"], amount["score"], amount["totalPayAmount"]) == (19.9, 3, 0)
    info = data_of(await alice.get("/order/detail", id=order["id"]))["orderInfo"]
    told = ("status", "hasRefund", "refundStatus", "amountRefundTotal")
    assert [info[name] for name in told] == [-1, True, 1, 19.9]
    assert data_of(await alice.post("/order/list", hasRefund="true"))["totalRow"] == 1
    assert await shelf.count() == (10, 0, 0)
    verbs = [entry["verb"] for entry in (await api.get("/api/ops/log", as_user=operator)).data["list"]]
    assert verbs == ["refund"]


async def test_the_staff_changes_a_price_before_it_is_paid(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    await alice.give(balance=1500)
    order = await place(alice)
    assert (await act(api, operator, "orders", order["id"], "change-price", real=1500)).status == 422
    assert (await act(api, operator, "orders", order["id"], "change-price", real=1500, reason="老客户")).data["real"] == 1500
    assert await alice.post("/order/pay", orderId=order["id"]) == {"code": 0, "msg": "success"}
    assert (await act(api, operator, "orders", order["id"], "change-price", real=0, reason="再便宜")).status == 409
    detail = data_of(await alice.get("/order/detail", id=order["id"]))
    assert (detail["orderInfo"]["amountReal"], [log["type"] for log in detail["logs"]]) == (15.0, [0, 5, 1])


async def test_the_staff_closes_and_notes(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, operator = await sign_in(api), await hire(api)
    order = await place(alice)
    assert (await act(api, operator, "orders", order["id"], "note", note="会员")).data["note"] == "会员"
    assert (await act(api, operator, "orders", order["id"], "close", reason="重复下单")).data["status"] == -1
    assert (await act(api, operator, "orders", order["id"], "close", reason="重复下单")).status == 409
    assert await shelf.count() == (10, 0, 0)
