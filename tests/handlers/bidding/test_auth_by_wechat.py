"""登录授权, with WeChat: the whole server beside the stand-in."""
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tornado.ioloop import IOLoop

from server.config import Config
from tests.api import Api, serving
from tests.belongings import picture
from tests.outside.wechat import APP_ID, SECRET, WechatStandIn, standing_in

PNG = {"Content-Type": "image/png"}


@pytest.fixture
def wechat(io_loop: IOLoop) -> Iterator[WechatStandIn]:
    with standing_in(io_loop) as running:
        yield running


@pytest.fixture
def with_wechat(io_loop: IOLoop, config: Config, wechat: WechatStandIn) -> Iterator[Api]:
    """By the real time, which watermarks tell too."""
    with serving(io_loop, replace(config, wechat_appid=APP_ID, wechat_secret=SECRET, wechat_api_base=wechat.url)) as asking:
        yield asking


async def sign_in(api: Api, **login: str) -> str:
    return (await api.post("/api/auth/login", json=login)).data["access_token"]


async def test_who_chose_a_name_and_a_picture_keeps_them_whatever_wechat_says_later(with_wechat: Api, wechat: WechatStandIn) -> None:
    alice = wechat.register("o-alice", "微信用户", "https://avatars/grey")
    handed = wechat.hand_over(alice)
    token = await sign_in(with_wechat, code=handed.code, iv=handed.iv, encryptedData=handed.encrypted_data)
    first = (await with_wechat.post("/api/auth/me", token=token)).data
    assert (first["nickname"], first["avatar"]) == (f"藏友{first['id']}", "")
    await with_wechat.ask("PUT", "/api/auth/me", token=token, json={"nickname": "爱丽丝"})
    chosen = (await with_wechat.post("/api/auth/avatar", token=token, body=picture(), headers=PNG)).data
    for nickname in ("微信用户", "另一个名字"):
        wechat.register("o-alice", nickname, "https://avatars/another")
        handed = wechat.hand_over(alice)
        token = await sign_in(with_wechat, code=handed.code, iv=handed.iv, encryptedData=handed.encrypted_data)
        assert (await with_wechat.post("/api/auth/me", token=token)).data == chosen
    token = await sign_in(with_wechat, code=wechat.new_code(alice))
    assert (await with_wechat.post("/api/auth/me", token=token)).data == chosen
    assert (await with_wechat.get(chosen["avatar"])).status == 200


async def test_the_telephone_button_s_code_keeps_the_number(with_wechat: Api, wechat: WechatStandIn) -> None:
    token = await sign_in(with_wechat, code=wechat.new_code(wechat.register("o-alice")))
    answers = await asyncio.gather(
        *(
            with_wechat.post("/api/auth/phone", token=token, json={"code": wechat.new_phone_code(f"1380013800{number}")})
            for number in range(5)
        )
    )
    assert [answer.data for answer in answers] == [{"phone": f"1380013800{number}"} for number in range(5)]
    assert wechat.access_asked == 1
    refused = await with_wechat.post("/api/auth/phone", token=token, json={"code": wechat.new_code(wechat.register("o-alice"))})
    assert refused.status == 409
    message = "手机号授权无效或已使用，请重新授权"
    assert refused.json == {"code": 0, "message": message, "data": {}, "error": "phone_code_refused"}
    await wechat.stop()
    away = await with_wechat.post("/api/auth/phone", token=token, json={"code": "x"})
    assert (away.status, away.json["error"], away.headers["Retry-After"]) == (503, "unavailable", "5")
    wechat.start()
