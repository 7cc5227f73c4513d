"""Numbers and sealed data at the mall, with WeChat: the whole server beside the stand-in."""
from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from tests.api import Api
from tests.mall import Shopper, data_of, sign_in
from tests.outside.wechat import APP_ID, SECRET, Person, WechatStandIn, seal

NUMBER = "13800138000"


@pytest.fixture
def wechat(io_loop: IOLoop) -> Iterator[WechatStandIn]:
    server = WechatStandIn()

    async def start() -> None:
        server.start()

    io_loop.run_sync(start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def with_wechat(io_loop: IOLoop, config: Config, wechat: WechatStandIn) -> Iterator[Api]:
    """By the real time, which watermarks tell too."""
    built = Application(replace(config, wechat_appid=APP_ID, wechat_secret=SECRET, wechat_api_base=wechat.url))
    io_loop.run_sync(built.start)
    asking = Api(built)
    yield asking
    io_loop.run_sync(built.drain)
    io_loop.run_sync(built.stop)
    io_loop.run_sync(asking.close)


def sealed_phone(wechat: WechatStandIn, person: Person, *, app_id: str = APP_ID, country: str = "86") -> dict[str, str]:
    """What the button of before hands over."""
    told = {"phoneNumber": NUMBER, "purePhoneNumber": NUMBER, "countryCode": country}
    content = json.dumps({**told, "watermark": {"timestamp": int(time.time()), "appid": app_id}}).encode()
    iv, encrypted = seal(content, person.key)
    return {"code": wechat.new_code(person), "iv": iv, "encryptedData": encrypted}


async def test_a_sealed_number_is_bound(with_wechat: Api, wechat: WechatStandIn) -> None:
    person = wechat.register("o-alice")
    alice = await sign_in(with_wechat, wechat.new_code(person))
    assert data_of(await alice.post("/user/wxapp/bindMobile", **sealed_phone(wechat, person))) == NUMBER
    assert data_of(await alice.post("/user/wxapp/bindMobile", **sealed_phone(wechat, person, country="852"))) == f"+852 {NUMBER}"
    assert data_of(await alice.get("/user/detail"))["base"]["mobile"] == f"+852 {NUMBER}"
    assert data_of(await alice.get("/user/wxinfo"))["openid"] == "o-alice"


async def test_another_s_sealed_number_is_not_bound(with_wechat: Api, wechat: WechatStandIn) -> None:
    alice = await sign_in(with_wechat, wechat.new_code(wechat.register("o-alice")))
    mallory = wechat.register("o-mallory")
    assert (await alice.post("/user/wxapp/bindMobile", **sealed_phone(wechat, mallory)))["code"] == 20001
    for_another_app = sealed_phone(wechat, wechat.people["o-alice"], app_id="wx-another")
    assert (await alice.post("/user/wxapp/bindMobile", **for_another_app))["code"] == 20001
    assert "mobile" not in data_of(await alice.get("/user/detail"))["base"]


async def test_today_s_button_signs_in(with_wechat: Api, wechat: WechatStandIn) -> None:
    person = wechat.register("o-alice")
    form = {"code": wechat.new_code(person), "codeMobile": wechat.new_phone_code(NUMBER), "autoReg": "true"}
    guest = Shopper(with_wechat)
    signed_in = data_of(await guest.post("/user/wxapp/login/mobile/v2", **form))
    assert (signed_in["openid"], signed_in["mobile"]) == ("o-alice", NUMBER)
    used = {"code": wechat.new_code(person), "codeMobile": form["codeMobile"]}
    assert await guest.post("/user/wxapp/login/mobile/v2", **used) == {"code": 20002, "msg": "手机号授权无效，请重试"}


async def test_registration_takes_name_and_picture_as_they_are_sealed(with_wechat: Api, wechat: WechatStandIn) -> None:
    person = wechat.register("o-alice", "爱丽丝", "https://avatars/alice")
    handed = wechat.hand_over(person)
    form = {"code": handed.code, "iv": handed.iv, "encryptedData": handed.encrypted_data}
    alice = Shopper(with_wechat, data_of(await Shopper(with_wechat).post("/user/wxapp/register/complex", **form))["token"])
    base = data_of(await alice.get("/user/detail"))["base"]
    assert (base["nick"], base["avatarUrl"]) == ("爱丽丝", "https://avatars/alice")
    handed = wechat.hand_over(person)
    form = {"code": handed.code, "iv": handed.iv, "encryptedData": handed.encrypted_data}
    content = data_of(await Shopper(with_wechat).post("/user/wxapp/decode/encryptedData", **form))
    assert (content["openId"], content["nickName"]) == ("o-alice", "爱丽丝")
    assert (await Shopper(with_wechat).post("/user/wxapp/decode/encryptedData", **form))["code"] == 20000


async def test_a_code_that_wechat_does_not_know_is_told(with_wechat: Api) -> None:
    answer = await Shopper(with_wechat).post("/user/wxapp/authorize", code="nobody's")
    assert answer == {"code": 20000, "msg": "登录凭证无效，请重新登录"}
