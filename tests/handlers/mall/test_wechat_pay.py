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
from server.domain.nouns import NOBODY
from tests.api import Answer, Api
from tests.handlers.mall.ordering import place, status_of
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


async def buyer(api: Api, wechat: WechatStandIn) -> Shopper:
    return await sign_in(api, wechat.new_code(wechat.register("o-alice")))


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
