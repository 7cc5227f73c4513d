"""Tests of server/outside/wechat_pay.py, beside a stand-in that signs, seals and checks as the real one."""
from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from server.domain.clock import SystemClock
from server.domain.errors import Unavailable
from server.domain.mall.payments.payment import (
    Channel,
    NoticeRefused,
    Paid,
    Payer,
    PayerUnknown,
    Payment,
    PaymentStatus,
)
from server.outside.wechat_pay import WechatPay
from tests.outside.wechat_pay import API_KEY, PUBLIC_KEY_ID, STRANGER_KEY, WECHAT_KEY, Weather, WechatPayStandIn

ALICE = Payer(open_id="o-alice", address="203.0.113.7")


@pytest.fixture
def stand_in(io_loop: IOLoop) -> Iterator[WechatPayStandIn]:
    server = WechatPayStandIn()

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture(params=["by its public key", "by its certificates"])
def wechat_pay(stand_in: WechatPayStandIn, request: pytest.FixtureRequest) -> Iterator[WechatPay]:
    """One that knows WeChat by either."""
    built = WechatPay(stand_in.merchant(by_certificate=request.param == "by its certificates"), SystemClock())
    yield built
    built.close()


def payment(number: str = "PA260601120000000001abcd", channel: Channel = Channel.MINI_PROGRAM, **about: Any) -> Payment:
    now = SystemClock().now()
    about = {"id": 1, "revision": 1, "user_id": 7, "amount": 1990, "asked_at": now, "changed_at": now, **about}
    return Payment(number=number, channel=channel, **about)


async def prepared(wechat_pay: WechatPay, stand_in: WechatPayStandIn) -> str:
    """The number of a payment that awaits being made."""
    await wechat_pay.prepare(payment(), ALICE)
    return payment().number


def serial_of(wechat_pay: WechatPay, stand_in: WechatPayStandIn) -> str:
    return PUBLIC_KEY_ID if wechat_pay._merchant.public_key else stand_in.serial


# ---- preparing


async def test_a_payment_is_prepared_and_what_the_client_gets_is_signed(wechat_pay: WechatPay, stand_in: WechatPayStandIn) -> None:
    found = await wechat_pay.prepare(payment(name="龙钞" * 100), ALICE)
    wanted = stand_in.transactions[payment().number].wanted
    assert wanted["amount"] == {"total": 1990, "currency": "CNY"}
    assert (wanted["payer"], len(wanted["description"])) == ({"openid": "o-alice"}, 127)
    assert found.parameters.keys() == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert found.parameters["package"] == f"prepay_id={found.prepay_id}"


@pytest.mark.parametrize("channel, address", [(Channel.MOBILE_WEB, "https://wx.tenpay.com/"), (Channel.QR_CODE, "weixin://wxpay/")])
async def test_pages_and_codes_are_addresses(wechat_pay: WechatPay, channel: Channel, address: str) -> None:
    assert (await wechat_pay.prepare(payment(channel=channel), Payer(open_id=None, address="203.0.113.7"))).address.startswith(address)


async def test_who_has_no_wechat_pays_otherwise(wechat_pay: WechatPay) -> None:
    with pytest.raises(PayerUnknown):
        await wechat_pay.prepare(payment(), Payer(open_id=None, address=""))


@pytest.mark.parametrize("weather", [Weather.BROKEN, Weather.FORGED])
async def test_what_does_not_come_from_wechat_is_no_answer(wechat_pay: WechatPay, stand_in: WechatPayStandIn, weather: Weather) -> None:
    stand_in.weather = weather
    with pytest.raises(Unavailable):
        await wechat_pay.prepare(payment(), ALICE)
    with pytest.raises(Unavailable):
        await wechat_pay.find_word(payment())


async def test_a_server_that_is_away_is_no_answer(wechat_pay: WechatPay, stand_in: WechatPayStandIn) -> None:
    await stand_in.stop()
    with pytest.raises(Unavailable):
        await wechat_pay.prepare(payment(), ALICE)
    stand_in.start()


# ---- asking


async def test_what_became_of_a_payment_is_asked(wechat_pay: WechatPay, stand_in: WechatPayStandIn) -> None:
    assert await wechat_pay.find_word(payment()) is PaymentStatus.ASKED  # nobody there has heard of it
    number = await prepared(wechat_pay, stand_in)
    assert await wechat_pay.find_word(payment()) is PaymentStatus.ASKED
    receipt = stand_in.pay(number).receipt
    word = await wechat_pay.find_word(payment())
    assert isinstance(word, Paid) and (word.number, word.amount, word.receipt) == (number, 1990, receipt)
    stand_in.close(number)
    assert await wechat_pay.find_word(payment()) is PaymentStatus.REFUSED


# ---- notices


async def test_a_notice_tells_of_a_payment(wechat_pay: WechatPay, stand_in: WechatPayStandIn) -> None:
    number = await prepared(wechat_pay, stand_in)
    stand_in.pay(number)
    body = stand_in.notice(number, id="EV-1")
    notice = await wechat_pay.read_notice(stand_in.sign(body, serial=serial_of(wechat_pay, stand_in)), body)
    assert (notice.id, notice.body) == ("EV-1", body.decode())
    assert notice.paid is not None and (notice.paid.number, notice.paid.amount) == (number, 1990)
    assert abs(notice.paid.paid_at - SystemClock().now()) < timedelta(minutes=1)


async def test_a_notice_of_something_else_tells_of_no_payment(wechat_pay: WechatPay, stand_in: WechatPayStandIn) -> None:
    number = await prepared(wechat_pay, stand_in)
    for body in (stand_in.notice(number, event="PAYSCORE.USER_PAID"), stand_in.notice(number)):  # the second is not paid yet
        notice = await wechat_pay.read_notice(stand_in.sign(body, serial=serial_of(wechat_pay, stand_in)), body)
        assert notice.paid is None


async def test_a_notice_that_wechat_did_not_sign_is_refused(wechat_pay: WechatPay, stand_in: WechatPayStandIn) -> None:
    number = await prepared(wechat_pay, stand_in)
    stand_in.pay(number)
    body, serial = stand_in.notice(number), serial_of(wechat_pay, stand_in)
    signed = stand_in.sign(body, serial=serial)
    wrongs: list[tuple[dict[str, str], bytes]] = [
        (signed, body + b" "),
        (signed, body.replace(b"SUCCESS", b"success")),
        (signed, b"\xff" + body),
        (stand_in.sign(body, serial=serial, key=STRANGER_KEY), body),
        (stand_in.sign(body, serial="7F"), body),
        (stand_in.sign(body, serial=serial, at=time.time() - 301), body),
        (stand_in.sign(body, serial=serial, at=time.time() + 360), body),
        ({**signed, "Wechatpay-Nonce": "other"}, body),
        ({**signed, "Wechatpay-Signature": "?"}, body),
        ({**signed, "Wechatpay-Timestamp": "9" * 40}, body),
        ({}, body),
    ]
    for headers, content in wrongs:
        with pytest.raises(NoticeRefused):
            await wechat_pay.read_notice(headers, content)
    assert (await wechat_pay.read_notice(signed, body)).paid is not None


@pytest.mark.parametrize("changes", [{"mchid": "1900000002"}, {"appid": "wx-another"}, {"amount": {"total": "1990"}}, {"amount": None}])
async def test_a_notice_for_somebody_else_is_refused(wechat_pay: WechatPay, stand_in: WechatPayStandIn, changes: dict[str, Any]) -> None:
    number = await prepared(wechat_pay, stand_in)
    stand_in.pay(number)
    body = stand_in.notice(number, **changes)
    with pytest.raises(NoticeRefused):
        await wechat_pay.read_notice(stand_in.sign(body, serial=serial_of(wechat_pay, stand_in)), body)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"id":"1","event_type":"TRANSACTION.SUCCESS","resource":{}}', b"[" * 5000])
async def test_a_notice_that_cannot_be_read_is_refused(wechat_pay: WechatPay, stand_in: WechatPayStandIn, body: bytes) -> None:
    with pytest.raises(NoticeRefused):
        await wechat_pay.read_notice(stand_in.sign(body, serial=serial_of(wechat_pay, stand_in)), body)


async def test_certificates_are_asked_for_once_a_minute_at_most(stand_in: WechatPayStandIn) -> None:
    wechat_pay = WechatPay(stand_in.merchant(by_certificate=True), SystemClock())
    body = b"{}"
    for _ in range(5):
        with pytest.raises(NoticeRefused):
            await wechat_pay.read_notice(stand_in.sign(body, serial="7F"), body)
    assert stand_in.certificates_asked == 1
    wechat_pay.close()


async def test_no_key_reaches_the_log(stand_in: WechatPayStandIn, caplog: pytest.LogCaptureFixture) -> None:
    merchant = stand_in.merchant()
    wechat_pay = WechatPay(merchant, SystemClock())
    with caplog.at_level(logging.DEBUG):
        stand_in.weather = Weather.BROKEN
        with pytest.raises(Unavailable):
            await wechat_pay.prepare(payment(), ALICE)
    told = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records) + repr(merchant)
    assert API_KEY not in told and "PRIVATE KEY" not in told and told
    assert json.dumps(str(WECHAT_KEY)) not in told
    wechat_pay.close()
