"""支付宝 with Alipay: the whole server beside its stand-in."""
from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from server.config import AlipaySettings, Config
from tests.api import Api, serving
from tests.clock import HandClock
from tests.handlers.mall.community import find_problems
from tests.handlers.mall.test_payments import balance_of
from tests.mall import Shopper, data_of, sign_in
from tests.outside.alipay import ALIPAYS, APP, OURS, STRANGERS, AlipayStandIn, Weather
from tests.outside.wechat_pay import private_pem, public_pem

NOTICES = "/api/payments/alipay"


@pytest.fixture
def alipay(io_loop: IOLoop) -> Iterator[AlipayStandIn]:
    server = AlipayStandIn()

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def api(io_loop: IOLoop, config: Config, clock: HandClock, alipay: AlipayStandIn, tmp_path: Path) -> Iterator[Api]:
    key_file, public_key_file = tmp_path / "key.pem", tmp_path / "public.pem"
    key_file.write_text(private_pem(OURS))
    public_key_file.write_text(public_pem(ALIPAYS))
    settings = AlipaySettings(APP, key_file, public_key_file, "https://mall.example/api/payments/alipay", alipay.gateway)
    with serving(io_loop, replace(config, alipay=settings), clock) as api:
        yield api


async def ask(alice: Shopper, money: float) -> str:
    """The payment's number."""
    told = data_of(await alice.post("/pay/alipay/gate/qrcode", money=money))
    code = json.loads(told["qrcode"])["alipay_trade_precreate_response"]["qr_code"]
    assert code == f"https://qr.alipay.com/{told['outTradeId']}"
    return str(told["outTradeId"])


async def test_a_code_is_paid_and_told_of(api: Api, alipay: AlipayStandIn) -> None:
    alice = await sign_in(api)
    number = await ask(alice, 12.3)
    alipay.pay(number)
    forged = (
        alipay.notice(number, key=STRANGERS), alipay.notice(number, app_id="another's"), alipay.notice(number) + b"1",
        alipay.notice(number).replace(b"12.30", b"99.99"), b"", b"\xff=1",
    )
    for body in forged:
        assert (await api.post(NOTICES, body=body)).status == 400
    assert await balance_of(alice) == 0
    body = alipay.notice(number)
    answers = await asyncio.gather(*(api.post(NOTICES, body=body) for _ in range(10)))
    assert {(answer.status, answer.body) for answer in answers} == {(200, b"success")}
    assert await balance_of(alice) == 12.3
    assert await find_problems(api) == []


async def test_a_code_that_nobody_tells_of_is_asked_about(api: Api, alipay: AlipayStandIn) -> None:
    alice = await sign_in(api)
    number, payments = await ask(alice, 0.01), api.application.services.mall.ordering.payments
    for weather in (Weather.FAIR, Weather.BROKEN, Weather.FORGED):
        alipay.change_weather(weather)
        await payments.look_at(await payments.get_payment(number))
        alipay.trades[number]["trade_status"] = "TRADE_SUCCESS" if weather is not Weather.FAIR else "WAIT_BUYER_PAY"
        assert await balance_of(alice) == 0
    assert (await alice.post("/pay/alipay/gate/qrcode", money=1))["code"] == 800
    alipay.change_weather(Weather.FAIR)
    alipay.pay(number)
    await payments.look_at(await payments.get_payment(number))
    assert await balance_of(alice) == 0.01
    other = await ask(alice, 5)
    alipay.trades[other]["trade_status"] = "TRADE_CLOSED"
    await payments.look_at(await payments.get_payment(other))
    assert data_of(await alice.post("/user/payLogs", orderNo=other))[0]["status"] == 2
