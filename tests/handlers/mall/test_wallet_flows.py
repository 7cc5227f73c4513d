"""Withdrawals, deposits, bills, pay passwords, identities and invoices, over HTTP: what is refused, what meets, what is another's."""
from __future__ import annotations

import asyncio
import json
from typing import Any

from server.domain.mall.payments.payment import Paid
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.community import find_problems
from tests.handlers.mall.ordering import OPS, act, hire, place
from tests.handlers.mall.test_payments import ask, balance_of, pay, payment_of
from tests.mall import Shopper, data_of, sign_in
from tests.shelf import Shelf

PASSWORD = "123456"


async def put(api: Api, noun: str, **terms: Any) -> dict[str, Any]:
    return dict((await api.post(f"{OPS}/{noun}", as_user=await hire(api), json=terms)).data)


async def codes(*answers: Any) -> list[int]:
    return sorted(one["code"] for one in await asyncio.gather(*answers))


async def owns(shopper: Shopper) -> tuple[float, float]:
    amount = data_of(await shopper.get("/user/amount"))
    return amount["balance"], amount["freeze"]


async def test_a_recharge_is_given_its_gift_once_and_a_purpose_none(api: Api, clock: HandClock) -> None:
    alice, operator = await sign_in(api), await hire(api)
    await put(api, "recharge-rules", threshold=10_000, gift=1000)
    await put(api, "recharge-rules", threshold=5000, gift=600, is_repeated=True)
    asked = await ask(alice, 120)
    word = Paid(number=asked["outTradeId"], amount=12_000, receipt="42", paid_at=clock.now())
    payments = api.application.services.mall.ordering.payments
    await asyncio.gather(*(payments.settle(word) for _ in range(10)))
    assert (await payment_of(api, operator, asked))["gift"] == 1200
    assert await balance_of(alice) == 132
    paid = await pay(api, operator, await ask(alice, 100, nextAction=json.dumps({"type": 0, "id": 99})))
    assert (paid["purpose_problem"], paid["gift"], await balance_of(alice)) == ("OrderMissing", 0, 232)
    assert await find_problems(api) == []
    await api.application.mongo.database.mall_payments.update_one({"_id": 1}, {"$set": {"gift": 0}})
    assert [one for one in await find_problems(api) if "gift" in one]


async def test_money_is_frozen_once_and_then_paid_or_returned_once(api: Api) -> None:
    alice, bob, operator = await sign_in(api), await sign_in(api, "bob"), await hire(api)
    await put(api, "settings", key="WITHDRAW_MIN", value="10")
    await alice.give(balance=10_000)
    asked = [("9.99", 20001), ("100.01", 20002), ("0", 601), ("2000.01", 20004), ("1e9", 601), ("NaN", 601)]
    for money, code in asked:
        assert (await alice.post("/user/withdrawal/apply", money=money))["code"] == code, money
    # Of four at once that are more than there is, as many as there is money for.
    assert await codes(*(alice.post("/user/withDraw/apply", money=40) for _ in range(4))) == [0, 0, 20002, 20002]
    assert await owns(alice) == (20, 80)
    second, first = [row["id"] for row in data_of(await alice.post("/user/withDraw/list"))]
    assert (await bob.get("/user/withDraw/detail", id=first))["code"] == 404
    answers = await asyncio.gather(
        *(act(api, operator, "withdrawals", first, verb, reason="不符") for verb in ("refuse", "settle") for _ in range(4))
    )
    assert [one.status for one in answers].count(200) == 1
    assert await owns(alice) in [(60, 40), (20, 40)]
    assert (await act(api, operator, "withdrawals", second, "refuse", reason="不符")).status == 200
    assert (await act(api, operator, "withdrawals", second, "settle")).status == 409
    assert await find_problems(api) == []
    await api.application.mongo.database.mall_withdrawals.update_one({"_id": second}, {"$set": {"state": 1}})
    assert [one for one in await find_problems(api) if f"withdrawal {second}" in one]


async def test_a_deposit_is_taken_once_and_given_back_once(api: Api) -> None:
    alice, bob, operator = await sign_in(api), await sign_in(api, "bob"), await hire(api)
    for _ in range(2):
        assert (await alice.post("/deposit/pay", amount=100))["data"] == 100
    assert [one["status"] for one in data_of(await alice.post("/deposit/list"))["result"]] == [-1]
    await alice.give(balance=10_000)
    assert await codes(*(alice.post("/deposit/payStatus", id=1) for _ in range(4))) == [0, 20000, 20000, 20000]
    for path in ("/deposit/payStatus", "/deposit/back/apply"):
        assert (await bob.post(path, id=1))["code"] == 404
    assert (await bob.get("/deposit/info", id=1))["code"] == 404
    assert await codes(*(alice.post("/deposit/back/apply", id=1) for _ in range(4))) == [0, 20000, 20000, 20000]
    assert (await act(api, operator, "deposits", 1, "refuse", reason="未归还")).status == 200
    answers = await asyncio.gather(*(act(api, operator, "deposits", 1, "return") for _ in range(4)))
    assert [one.status for one in answers].count(200) == 1
    assert await owns(alice) == (100, 0)
    assert await find_problems(api) == []
    # What was paid on line for one is its own, whatever else the wallet holds.
    paid = await pay(api, operator, await ask(bob, 30, nextAction=json.dumps({"type": 5, "amount": 30.0})))
    assert (paid["purpose_state"], await owns(bob)) == (2, (0, 0))
    assert (await bob.post("/pay/wx/wxapp", money=30, nextAction=json.dumps({"type": 5, "amount": "x"})))["code"] == 601
    await api.application.mongo.database.mall_entries.delete_one({"key": "deposit:1:returned"})
    assert [one for one in await find_problems(api) if "deposit 1" in one]


async def test_a_bill_on_line_takes_nothing_from_the_wallet_unasked(api: Api) -> None:
    alice, operator = await sign_in(api), await hire(api)
    await put(api, "bill-discounts", threshold=10_000, discount=1500)
    assert (await api.post(f"{OPS}/bill-discounts", as_user=operator, json={"threshold": 1, "discount": 2})).status == 422
    await alice.give(balance=20_000)
    bill = json.dumps({"type": 4, "uid": 99, "money": "120"})
    paid = await pay(api, operator, await ask(alice, 105, nextAction=bill))
    assert (paid["purpose_state"], await balance_of(alice)) == (2, 200)
    paid = await pay(api, operator, await ask(alice, 0.01, nextAction=bill))
    assert (paid["purpose_problem"], await balance_of(alice)) == ("BillUnderpaid", 200.01)
    assert await codes(*(alice.post("/payBill/pay", money=120) for _ in range(3))) == [0, 20002, 20002]
    for money, code in (("0", 601), ("-1", 601), ("", 300)):
        assert (await alice.post("/payBill/pay", money=money))["code"] == code
    assert await find_problems(api) == []


async def test_a_pay_password_is_asked_for_and_locked_after_tries(api: Api, clock: HandClock) -> None:
    alice = await sign_in(api)
    await alice.give(balance=10_000)
    await put(api, "settings", key="balance_pay_pwd", value="1")
    assert (await alice.post("/payBill/pay", money=1, pwd="undefined"))["code"] == 20005
    assert (await alice.post("/user/paypwd/set", pwd="12345"))["code"] == 601
    assert await codes(*(alice.post("/user/paypwd/set", pwd=PASSWORD) for _ in range(3))) == [0, 20000, 20000]
    kept = await api.application.mongo.database.mall_pay_passwords.find_one({"_id": alice.uid})
    assert kept is not None and kept["hash"].startswith("$argon2id$")
    wrong = [(await alice.post("/user/withdrawal/apply", money=1, pwd="000000"))["code"] for _ in range(4)]
    assert wrong == [20006, 20006, 20006, 900]
    assert (await alice.post("/payBill/pay", money=1, pwd=PASSWORD))["code"] == 900
    clock.advance(seconds=2)
    assert (await alice.post("/payBill/pay", money=1, pwd=PASSWORD))["code"] == 0
    assert await owns(alice) == (99, 0)
    assert data_of(await alice.get("/user/detail"))["base"]["pwdPay"] == "yes"
    # Who guesses at the same address keeps nobody from paying.
    for number in range(21):
        await Shopper(api).post("/user/m/login", mobile=f"138000000{number:02}", pwd="guessed", deviceId="d", deviceName="n")
    assert (await Shopper(api).post("/user/m/login", mobile="13800000099", pwd="guessed", deviceId="d", deviceName="n"))["code"] == 900
    assert (await alice.post("/payBill/pay", money=1, pwd=PASSWORD))["code"] == 0


async def test_who_orders_shows_who_they_are(api: Api, shelf: Shelf) -> None:
    await shelf.put(1, price=0)
    alice, bob = await sign_in(api), await sign_in(api, "bob")
    await put(api, "settings", key="needIdCheck", value="1")
    goods = json.dumps([{"goodsId": 1, "number": 1}])
    assert (await alice.post("/order/create", goodsJsonStr=goods))["code"] == 20004
    for number in ("110105194912310021", "11010519491331002X", "123", "'"):
        assert (await alice.post("/user/idcard", name="张三", idCardNo=number))["code"] == 30000
    assert (await alice.post("/user/idcard", name="张", idCardNo="11010519491231002X"))["code"] == 601
    assert await codes(*(alice.post("/user/idcard", name="张三", idCardNo="11010519491231002x") for _ in range(4))) == [0] * 4
    assert (await alice.post("/user/idcard", name="李四", idCardNo="11010519491231002X"))["code"] == 20000
    assert await place(alice)
    assert (await bob.post("/order/create", goodsJsonStr=goods))["code"] == 20004
    kept = await api.application.mongo.database.mall_identities.find_one({"_id": alice.uid})
    assert kept is not None and "1949" not in str(kept)


async def test_no_more_is_invoiced_than_was_paid(api: Api, shelf: Shelf) -> None:
    await shelf.put(1)
    alice, bob = await sign_in(api), await sign_in(api, "bob")
    await alice.give(balance=5000)
    order = await place(alice)
    wanted = {"comName": "公司", "tfn": "9133", "orderId": order["id"]}
    assert (await alice.post("/invoice/apply", **wanted, amount=19.9))["code"] == 20000
    await alice.post("/order/pay", orderId=order["id"])
    assert (await bob.post("/invoice/apply", **wanted, amount=1))["code"] == 404
    assert await codes(*(alice.post("/invoice/apply", **wanted, amount=10) for _ in range(4))) == [0, 20000, 20000, 20000]
    assert (await alice.post("/invoice/apply", **wanted, amount=9.9))["code"] == 0
    assert (await bob.get("/invoice/info", id=1))["code"] == 404
    assert (await alice.post("/invoice/apply", comName=" ", amount=1))["code"] == 300
    refused = await act(api, await hire(api), "invoices", 1, "issue", file="javascript:alert(1)")
    assert refused.status == 422
