"""验证码 over HTTP, with the gateway's stand-in."""
from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from tornado.ioloop import IOLoop

from server.config import Config
from server.domain.accounts.captchas import CAPTCHA_LIFE
from tests.api import Api, serving
from tests.builders import make_user
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, hire
from tests.mall import DOMAIN, Shopper, sign_in
from tests.outside.code_gateway import SECRET, CodeGatewayStandIn, Weather, standing_in

NUMBER, OTHER, MAIL = "13800138000", "13900139000", "Alice@Example.com"
OK = {"code": 0, "msg": "success"}
WRONG, EXPIRED = {"code": 10000, "msg": "验证码错误"}, {"code": 10001, "msg": "验证码失效，请重新获取"}
NOT_THE_PICTURE = {"code": 502, "msg": "图形验证码错误"}
TOO_SOON, DAY_SPENT = {"code": 5001, "msg": "发送间隔不能短于1分钟"}, {"code": 503, "msg": "今日发送验证码超过限制"}


@pytest.fixture
def gateway(io_loop: IOLoop) -> Iterator[CodeGatewayStandIn]:
    with standing_in(io_loop) as running:
        yield running


@pytest.fixture
def asking(io_loop: IOLoop, config: Config, clock: HandClock, gateway: CodeGatewayStandIn) -> Iterator[Api]:
    """A server that sends codes by the gateway."""
    with serving(io_loop, replace(config, mall_codes_url=gateway.url, mall_codes_secret=SECRET), clock) as api:
        yield api


async def read_picture(api: Api, key: str = "k") -> str:
    """What a new picture of that key shows."""
    answer = await api.get(f"/{DOMAIN}/verification/pic/get", query={"key": key})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    with Image.open(io.BytesIO(answer.body)) as picture:
        assert picture.format == "PNG"
    kept = await api.application.stores.mall.codes.take_try(f"pic:{key}", api.application.clock.now())
    assert kept is not None
    await api.application.stores.mall.codes.keep_code(kept)
    return kept.code


async def ask_sms(api: Api, number: str = NUMBER) -> dict[str, Any]:
    return await Shopper(api).get("/verification/sms/get", mobile=number, key="k", picCode=await read_picture(api))


async def check(api: Api, code: str, number: str = NUMBER) -> dict[str, Any]:
    return await Shopper(api).post("/verification/sms/check", mobile=number, code=code)


async def test_a_picture_is_answered_once(api: Api, clock: HandClock) -> None:
    guest, text = Shopper(api), await read_picture(api)
    assert await guest.post("/verification/pic/check", key="other", code=text) == NOT_THE_PICTURE
    assert await guest.post("/verification/pic/check", key="k", code=f" {text.lower()} ") == OK
    assert await guest.post("/verification/pic/check", key="k", code=text) == NOT_THE_PICTURE
    text = await read_picture(api)
    assert await guest.post("/verification/pic/check", key="k", code="?????") == NOT_THE_PICTURE
    assert await guest.post("/verification/pic/check", key="k", code=text) == NOT_THE_PICTURE  # it was guessed at
    before, text = await read_picture(api), await read_picture(api)
    assert before != text
    clock.advance(seconds=CAPTCHA_LIFE.total_seconds())
    assert await guest.post("/verification/pic/check", key="k", code=text) == NOT_THE_PICTURE


async def test_a_code_is_sent_to_who_has_read_a_picture(asking: Api, gateway: CodeGatewayStandIn) -> None:
    guest, path = Shopper(asking), "/verification/sms/get"
    assert await guest.get(path, mobile=NUMBER) == {"code": 500, "msg": "请输入图形验证码的KEY"}
    assert await guest.get(path, mobile=NUMBER, key="k") == {"code": 501, "msg": "请输入图形验证码"}
    assert await guest.get(path, mobile=NUMBER, key="k", picCode="ABCDE") == NOT_THE_PICTURE
    assert (await guest.get(path, key="k", picCode="ABCDE"))["code"] == 300
    assert (await guest.get(path, mobile="12", key="k", picCode="ABCDE"))["code"] == 601
    assert gateway.asked == 0
    assert await ask_sms(asking) == OK
    [sent] = gateway.sent
    assert (sent.channel, sent.target, sent.minutes, len(sent.code)) == ("sms", NUMBER, 10, 6)
    operator = await hire(asking)
    assert (await asking.get(f"{OPS}/codes", as_user=operator)).data == []  # it was sent: nobody else sees it


async def test_a_code_is_tried_five_times_and_for_ten_minutes(asking: Api, gateway: CodeGatewayStandIn, clock: HandClock) -> None:
    assert await check(asking, "000000") == EXPIRED  # none was sent
    await ask_sms(asking)
    code = gateway.last_code(NUMBER)
    wrong = "1" * 6 if code != "1" * 6 else "2" * 6
    assert await check(asking, code, "+86 138-0013-8000") == OK
    assert [await check(asking, wrong) for _ in range(4)] == [WRONG] * 4
    assert await check(asking, code) == EXPIRED
    clock.advance(minutes=1)
    await ask_sms(asking)
    code = gateway.last_code(NUMBER)
    assert await check(asking, code, OTHER) == EXPIRED
    clock.advance(minutes=9, seconds=59)
    assert await check(asking, code) == OK
    clock.advance(seconds=1)
    assert await check(asking, code) == EXPIRED


async def test_what_is_proven_by_a_code_is_proven_once(asking: Api, gateway: CodeGatewayStandIn) -> None:
    await ask_sms(asking)
    verification, code = asking.application.services.mall.verification, gateway.last_code(NUMBER)
    spent = await asyncio.gather(*(verification.spend_sms(NUMBER, code) for _ in range(4)), return_exceptions=True)
    assert sum(one is None for one in spent) == 1
    assert await check(asking, code) == EXPIRED


async def test_a_number_is_sent_a_code_once_a_minute_and_ten_a_day(asking: Api, gateway: CodeGatewayStandIn, clock: HandClock) -> None:
    assert [await ask_sms(asking), await ask_sms(asking), await ask_sms(asking, OTHER)] == [OK, TOO_SOON, OK]
    for _ in range(9):
        clock.advance(minutes=1)
        assert await ask_sms(asking) == OK
    clock.advance(minutes=1)
    assert await ask_sms(asking) == DAY_SPENT
    assert await ask_sms(asking, OTHER) == OK
    clock.advance(hours=12)  # midnight in Shanghai has passed
    assert await ask_sms(asking) == OK
    assert len(gateway.sent) == 13


async def test_one_address_has_so_many_a_day_sent(asking: Api, gateway: CodeGatewayStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.domain.mall.verification.MOST_A_DAY_FROM_ADDRESS", 2)
    mails = [await Shopper(asking).get("/verification/mail/get", mail=f"{name}@example.com") for name in "abc"]
    assert mails == [OK, OK, DAY_SPENT]
    assert await ask_sms(asking) == DAY_SPENT
    assert len(gateway.sent) == 2


async def test_a_code_that_could_not_be_sent_may_be_asked_for_again_at_once(asking: Api, gateway: CodeGatewayStandIn) -> None:
    gateway.change_weather(Weather.BROKEN)
    assert (await ask_sms(asking))["code"] == 800
    gateway.change_weather(Weather.FAIR)
    assert await ask_sms(asking) == OK


async def test_mail_addresses_are_proven_alike(asking: Api, gateway: CodeGatewayStandIn) -> None:
    guest = Shopper(asking)
    assert (await guest.get("/verification/mail/get", mail="no address"))["code"] == 601
    assert await guest.get("/verification/mail/get", mail=MAIL) == OK
    [sent] = gateway.sent
    assert (sent.channel, sent.target) == ("mail", MAIL.lower())
    assert await guest.post("/verification/mail/check", mail=MAIL, code="x") == WRONG
    assert await guest.post("/verification/mail/check", mail=MAIL.upper(), code=sent.code) == OK


async def test_who_is_signed_in_has_one_sent_to_the_own_number(asking: Api, gateway: CodeGatewayStandIn) -> None:
    path = "/verification/sms/get-by-token"
    assert (await Shopper(asking).get(path))["code"] == 2000
    alice = await sign_in(asking)
    assert await alice.get(path) == {"code": 20002, "msg": "请先绑定手机号"}
    await alice.post("/user/wxapp/bindMobile/v2", code=NUMBER)
    assert await alice.get(path) == OK
    assert await check(asking, gateway.last_code(NUMBER)) == OK


async def test_in_the_sandbox_the_staff_sees_codes(api: Api, clock: HandClock) -> None:
    assert await ask_sms(api) == OK
    clock.advance(seconds=1)
    await Shopper(api).get("/verification/mail/get", mail=MAIL)
    operator = await hire(api)
    listed = (await api.get(f"{OPS}/codes", as_user=operator)).data
    assert [(one["channel"], one["target"]) for one in listed] == [("mail", MAIL.lower()), ("sms", NUMBER)]
    [one] = (await api.get(f"{OPS}/codes", as_user=operator, query={"target": NUMBER})).data
    assert await check(api, one["code"]) == OK
    assert (await api.get(f"{OPS}/codes", as_user=await make_user(api.application, "bob"))).status == 403
