"""微信支付 with WeChat: the whole server beside its two stand-ins."""
from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config, WechatPaySettings
from server.domain.mall.payments.desk import NoSandbox
from server.domain.mall.payments.payouts import PayoutState, PayoutWord
from server.domain.nouns import NOBODY
from tests.api import Answer, Api
from tests.handlers.mall.ordering import act, hire, place, status_of
from tests.handlers.mall.test_attacks import find_problems
from tests.handlers.mall.test_window import put_goods
from tests.mall import Shopper, data_of, sign_in
from tests.outside.wechat import APP_ID, SECRET, WechatStandIn
from tests.outside.wechat_pay import (
    API_KEY,
    MERCHANT,
    MERCHANT_KEY,
    MERCHANT_SERIAL,
    PUBLIC_KEY_ID,
    STRANGER_KEY,
    WECHAT_KEY,
    Weather,
    WechatPayStandIn,
    private_pem,
    public_pem,
)
from tests.shelf import Shelf

NOTICES = "/api/payments/wechat"


@pytest.fixture
def wechat(io_loop: IOLoop) -> Iterator[WechatStandIn]:
    server = WechatStandIn()

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def pay(io_loop: IOLoop) -> Iterator[WechatPayStandIn]:
    server = WechatPayStandIn()

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def api(io_loop: IOLoop, config: Config, wechat: WechatStandIn, pay: WechatPayStandIn, tmp_path: Path) -> Iterator[Api]:
    """By the real time, which signatures tell too."""
    key_file, public_key_file = tmp_path / "key.pem", tmp_path / "public.pem"
    key_file.write_text(private_pem(MERCHANT_KEY))
    public_key_file.write_text(public_pem(WECHAT_KEY))
    settings = WechatPaySettings(
        mchid=MERCHANT,
        serial=MERCHANT_SERIAL,
        key_file=key_file,
        api_key=API_KEY,
        notify_url="https://mall.example/api/payments/wechat",
        public_key_id=PUBLIC_KEY_ID,
        public_key_file=public_key_file,
        api_base=pay.url,
    )
    signing_in = replace(config, wechat_appid=APP_ID, wechat_secret=SECRET, wechat_api_base=wechat.url)
    built = Application(replace(signing_in, wechat_pay=settings))
    io_loop.run_sync(built.start)
    asking = Api(built)
    yield asking
    io_loop.run_sync(built.drain)
    io_loop.run_sync(built.stop)
    io_loop.run_sync(asking.close)


async def buyer(api: Api, wechat: WechatStandIn, open_id: str = "o-alice") -> Shopper:
    return await sign_in(api, wechat.new_code(wechat.register(open_id)))


async def ask(shopper: Shopper, order: dict[str, Any]) -> str:
    """The number of a payment for it."""
    purpose = json.dumps({"type": 0, "id": order["id"]})
    return data_of(await shopper.post("/pay/wx/wxapp", money=order["amountReal"], nextAction=purpose))["outTradeId"]


async def tell(api: Api, body: bytes, headers: dict[str, str]) -> Answer:
    return await api.post(NOTICES, body=body, headers=headers)


async def test_an_order_is_paid_by_wechat(api: Api, wechat: WechatStandIn, pay: WechatPayStandIn, shelf: Shelf) -> None:
    await shelf.put(1)
    alice = await buyer(api, wechat)
    order = await place(alice)
    number = await ask(alice, order)
    assert pay.transactions[number].wanted["payer"] == {"openid": "o-alice"}
    pay.pay(number)
    body = pay.notice(number)
    told = await tell(api, body, pay.sign(body))
    assert (told.status, told.json) == (200, {"code": "SUCCESS", "message": "OK"})
    assert await status_of(alice, order) == 1
    assert data_of(await alice.get("/user/amount"))["balance"] == 0


async def test_a_notice_is_taken_once_however_often_it_is_sent(
    api: Api, wechat: WechatStandIn, pay: WechatPayStandIn, shelf: Shelf
) -> None:
    await shelf.put(1)
    alice = await buyer(api, wechat)
    order = await place(alice)
    number = await ask(alice, order)
    pay.pay(number)
    body = pay.notice(number, id="EV-1")
    answers = await asyncio.gather(*(tell(api, body, pay.sign(body)) for _ in range(50)))
    assert {answer.status for answer in answers} == {200}
    assert [row["amount"] for row in data_of(await alice.post("/user/cashLog"))] == [19.9, 19.9]
    assert await shelf.count() == (9, 0, 1)
    kept = await api.application.mongo.database.mall_payment_notices.find().to_list(None)
    assert [(one["_id"], one["body"]) for one in kept] == [("EV-1", body.decode())]


async def test_a_notice_that_is_not_wechat_s_or_not_of_now_does_nothing(
    api: Api, wechat: WechatStandIn, pay: WechatPayStandIn, shelf: Shelf
) -> None:
    await shelf.put(1)
    alice = await buyer(api, wechat)
    order = await place(alice)
    number = await ask(alice, order)
    pay.pay(number)
    body = pay.notice(number)
    old, forged = pay.sign(body, at=time.time() - 600), pay.sign(body, key=STRANGER_KEY)
    for content, headers in ((body, old), (body, forged), (body + b" ", pay.sign(body)), (body, {}), (b"", {})):
        assert (await tell(api, content, headers)).status == 400
    assert (await status_of(alice, order), data_of(await alice.get("/user/amount"))["balance"]) == (0, 0)
    good = pay.sign(body)
    assert (await tell(api, body, good)).status == 200
    assert (await tell(api, body, good)).status == 400  # somebody has listened


async def test_a_payment_that_nobody_tells_of_is_asked_about(
    api: Api, wechat: WechatStandIn, pay: WechatPayStandIn, shelf: Shelf
) -> None:
    await shelf.put(1)
    alice = await buyer(api, wechat)
    order = await place(alice)
    number = await ask(alice, order)
    payments = api.application.services.mall.ordering.payments
    await payments.look_at(await payments.get_payment(number))
    assert await status_of(alice, order) == 0
    pay.pay(number)
    pay.weather = Weather.BROKEN
    await payments.look_at(await payments.get_payment(number))
    assert await status_of(alice, order) == 0
    pay.weather = Weather.FAIR
    await payments.look_at(await payments.get_payment(number))
    assert await status_of(alice, order) == 1
    another = await ask(alice, await place(alice))
    pay.close(another)
    await payments.look_at(await payments.get_payment(another))
    assert data_of(await alice.post("/user/payLogs", orderNo=another))[0]["status"] == 2


async def test_while_wechat_is_away_nothing_can_be_asked_for(api: Api, wechat: WechatStandIn, pay: WechatPayStandIn) -> None:
    alice = await buyer(api, wechat)
    pay.weather = Weather.BROKEN
    assert (await alice.post("/pay/wx/wxapp", money=1))["code"] == 800


async def test_nobody_says_by_hand_what_was_paid(api: Api, wechat: WechatStandIn, pay: WechatPayStandIn) -> None:
    alice = await buyer(api, wechat)
    number = data_of(await alice.post("/pay/wx/qrcode", money=1))["outTradeId"]
    payments = api.application.services.mall.ordering
    found = await payments.payments.get_payment(number)
    with pytest.raises(NoSandbox):
        await payments.payment_desk.say_paid(found.id, NOBODY)


async def withdraw(alice: Shopper, money: float, **about: Any) -> dict[str, Any]:
    await alice.give(balance=1_000_000, key=f"gift{money}")
    return data_of(await alice.post("/user/withdrawal/apply", money=money, **about))


async def sums_of(alice: Shopper) -> tuple[float, float, float]:
    amount = data_of(await alice.get("/user/amount"))
    return amount["balance"], amount["freeze"], amount["totalWithdraw"]


async def test_a_withdrawal_is_paid_by_wechat_once_its_payee_takes_it(api: Api, wechat: WechatStandIn, pay: WechatPayStandIn) -> None:
    alice, bob = await buyer(api, wechat), await buyer(api, wechat, "o-bob")
    asked = await withdraw(alice, 3000, name="张三")
    wallet = api.application.services.mall.wallet
    sent = await wallet.withdrawal_desk.send(asked["id"], NOBODY)
    assert pay.payouts[asked["number"]]["name"] == "张三"
    [row] = data_of(await alice.post("/user/withdrawal/list"))["result"]
    assert (row["status"], row["packageInfo"]) == (3, pay.payouts[asked["number"]]["package"])
    told = data_of(await alice.get("/user/withdrawal/requestMerchantTransfer", number=asked["number"]))
    assert (told["mchId"], told["appId"], told["package"]) == (MERCHANT, APP_ID, row["packageInfo"])
    assert (await bob.get("/user/withdrawal/requestMerchantTransfer", number=asked["number"]))["code"] == 404
    assert (await wallet.withdrawals.look_at(sent)).state == 3
    pay.take(asked["number"])
    await asyncio.gather(*(wallet.withdrawals.look_at(sent) for _ in range(8)))
    assert await sums_of(alice) == (7000, 0, 3000)
    assert await find_problems(api) == []


async def test_a_payout_that_fails_brings_the_money_back(api: Api, wechat: WechatStandIn, pay: WechatPayStandIn) -> None:
    alice, wallet = await buyer(api, wechat), api.application.services.mall.wallet
    asked = await withdraw(alice, 30)
    sent = await wallet.withdrawal_desk.send(asked["id"], NOBODY)
    pay.take(asked["number"], "FAIL")
    await asyncio.gather(*(wallet.withdrawals.look_at(sent) for _ in range(8)))
    assert await sums_of(alice) == (10_000, 0, 0)
    [row] = data_of(await alice.post("/user/withdrawal/list"))["result"]
    assert (row["status"], row["rejectionReason"], "packageInfo" in row) == (2, "PAYEE_ACCOUNT_ABNORMAL", False)
    assert await find_problems(api) == []


async def test_a_payout_that_is_not_begun_is_decided_again_and_one_without_an_answer_is_asked_about(
    api: Api, wechat: WechatStandIn, pay: WechatPayStandIn
) -> None:
    alice, wallet = await buyer(api, wechat), api.application.services.mall.wallet
    asked = await withdraw(alice, 30)
    pay.has_money = False
    refused = await wallet.withdrawal_desk.send(asked["id"], NOBODY)
    assert (refused.state, refused.reason) == (0, "NOT_ENOUGH: 资金不足")
    pay.has_money, pay.weather = True, Weather.BROKEN
    lost = await wallet.withdrawal_desk.send(asked["id"], NOBODY)
    assert (lost.state, pay.payouts) == (4, {})
    pay.weather = Weather.FORGED
    assert (await wallet.withdrawals.look_at(lost)).state == 4
    pay.weather = Weather.FAIR
    found = await wallet.withdrawals.look_at(await wallet.withdrawal_desk.get(asked["id"]))
    assert (found.state, len(pay.payouts)) == (3, 1)
    pay.take(asked["number"])
    assert (await wallet.withdrawal_desk.ask_about(asked["id"], NOBODY)).state == 1
    assert await sums_of(alice) == (9970, 0, 30)
    assert await find_problems(api) == []


async def pay_partly(api: Api, alice: Shopper, pay: WechatPayStandIn) -> dict[str, Any]:
    """An order of which 5 yuan come from the wallet and the rest by WeChat."""
    made = await put_goods(api, await hire(api), price=1990)
    await alice.give(balance=500, key=f"gift-{made['id']}")
    order = await place(alice, {"goodsId": made["id"]})
    purpose = json.dumps({"type": 0, "id": order["id"]})
    number = data_of(await alice.post("/pay/wx/wxapp", money=14.9, nextAction=purpose))["outTradeId"]
    pay.pay(number)
    body = pay.notice(number)
    assert (await tell(api, body, pay.sign(body))).status == 200
    assert await status_of(alice, order) == 1
    return order


async def look_at_repayments(api: Api) -> None:
    """The provider is asked now, whenever it was to be."""
    desk, operator = api.application.services.mall.claims.repayment_desk, await hire(api)
    for found in await desk.list_all():
        assert (await act(api, operator, "repayments", found.id, "ask")).status == 200


async def test_money_goes_back_by_the_payment_it_came_by(api: Api, wechat: WechatStandIn, pay: WechatPayStandIn) -> None:
    operator, alice = await hire(api), await buyer(api, wechat)
    order = await pay_partly(api, alice, pay)
    assert (await act(api, operator, "orders", order["id"], "refund-as-paid", reason="缺货")).status == 200
    assert data_of(await alice.get("/user/amount"))["balance"] == 5
    pay.weather = Weather.BROKEN
    await look_at_repayments(api)
    assert pay.refunds == {}
    pay.weather = Weather.FAIR
    # Asked for again and again, by whichever process, it is one refund.
    for _ in range(3):
        await look_at_repayments(api)
    [(number, refund)] = pay.refunds.items()
    assert (refund.wanted["amount"], refund.asked) == ({"refund": 1490, "total": 1490, "currency": "CNY"}, 3)
    body = pay.refund_notice(number)
    forged = pay.sign(body, key=STRANGER_KEY)
    assert (await tell(api, body, forged)).status == 400
    answers = await asyncio.gather(*(tell(api, body, pay.sign(body)) for _ in range(10)))
    assert {answer.status for answer in answers} == {200}
    [told] = (await api.get("/api/ops/mall/repayments", as_user=operator)).data["list"]
    assert (told["state"], told["amount"], told["receipt"]) == (1, 1490, refund.receipt)
    assert [(row["typeStr"], row["amount"]) for row in data_of(await alice.post("/user/cashLog"))[:2]] == [
        ("原路退回", 14.9), ("退款", 19.9)
    ]
    assert await find_problems(api) == []
    database = api.application.mongo.database
    await database.mall_payments.update_one({}, {"$set": {"repaid": 1}})
    assert await find_problems(api) == ["repayment 1 is of a payment of which 1 of 1490 went back, and its repayments are 1490"]


async def test_what_wechat_cannot_pay_back_is_in_the_wallet_again(api: Api, wechat: WechatStandIn, pay: WechatPayStandIn) -> None:
    operator, alice = await hire(api), await buyer(api, wechat)
    order = await pay_partly(api, alice, pay)
    assert (await act(api, operator, "orders", order["id"], "refund-as-paid", reason="缺货")).status == 200
    await look_at_repayments(api)
    [number] = pay.refunds
    body = pay.refund_notice(number, "ABNORMAL")
    assert (await tell(api, body, pay.sign(body))).status == 200
    pay.refunds[number].state = "ABNORMAL"
    await look_at_repayments(api)
    assert data_of(await alice.get("/user/amount"))["balance"] == 19.9
    [told] = (await api.get("/api/ops/mall/repayments", as_user=operator)).data["list"]
    assert told["state"] == 2
    assert await find_problems(api) == []
    unknown = pay.refund_notice(number, out_refund_no="RF1")
    assert (await tell(api, unknown, pay.sign(unknown))).status == 404


async def test_a_finished_transfer_is_told_signed_and_decided_once(api: Api, wechat: WechatStandIn, pay: WechatPayStandIn) -> None:
    """Like a payment's; and what is asked about at the same moment says the same."""
    alice, wallet = await buyer(api, wechat), api.application.services.mall.wallet
    taken, failed = [await withdraw(alice, money) for money in (30, 50)]
    for asked in (taken, failed):
        await wallet.withdrawal_desk.send(asked["id"], NOBODY)
        assert pay.payouts[asked["number"]]["notify_url"] == "https://mall.example/api/payments/wechat"

    async def hear(body: bytes, **about: Any) -> int:
        return (await tell(api, body, pay.sign(body, **about))).status

    body = pay.transfer_notice(taken["number"])
    assert await hear(body, key=STRANGER_KEY) == await hear(body, at=time.time() - 600) == 400
    assert await hear(pay.transfer_notice(taken["number"], mch_id="1900000002")) == 400
    assert await hear(pay.transfer_notice(taken["number"], transfer_amount=1)) == 200  # kept, and not believed
    assert await sums_of(alice) == (19_920, 80, 0)
    told = [hear(pay.transfer_notice(taken["number"])) for _ in range(20)]
    looks = [wallet.withdrawals.look_at(await wallet.withdrawal_desk.get(taken["id"])) for _ in range(5)]
    statuses = (await asyncio.gather(asyncio.gather(*told), asyncio.gather(*looks)))[0]
    assert set(statuses) == {200} and await sums_of(alice) == (19_920, 50, 30)
    assert await hear(pay.transfer_notice(taken["number"], "FAIL")) == 200  # decided already
    assert await hear(pay.transfer_notice(failed["number"], "FAIL")) == 200
    assert await sums_of(alice) == (19_970, 0, 30)
    [row, _] = data_of(await alice.post("/user/withdrawal/list"))["result"]
    assert (row["status"], row["rejectionReason"]) == (2, "PAYEE_ACCOUNT_ABNORMAL")
    assert [problem.partition(" tells ")[2] for problem in await find_problems(api)] == [
        f"of payout {taken['number']} of 1 fen, which nobody asked for"
    ]


async def test_a_transfer_that_was_thought_not_to_be_begun_is_paid_when_it_is_told_so(
    api: Api, wechat: WechatStandIn, pay: WechatPayStandIn
) -> None:
    alice, wallet = await buyer(api, wechat), api.application.services.mall.wallet
    asked = await withdraw(alice, 30)
    sent = await wallet.withdrawal_desk.send(asked["id"], NOBODY)
    body = pay.transfer_notice(asked["number"])
    await wallet.withdrawals.take_word(sent.id, PayoutWord(state=PayoutState.REJECTED))
    await api.application.mongo.database.mall_withdrawals.update_one({"_id": sent.id}, {"$set": {"state": 0}})
    assert (await tell(api, body, pay.sign(body))).status == 200
    assert (await wallet.withdrawal_desk.get(sent.id)).state == 1
    assert await sums_of(alice) == (9970, 0, 30) and await find_problems(api) == []
