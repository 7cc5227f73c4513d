"""Codes, and numbers with passwords, by the SDK's functions."""
from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.clock import HandClock
from tests.mini_program.sdk import Sdk

NUMBER, MAIL = "13800138000", "a@example.com"


async def read(api: Api, target: str) -> str:
    """What waits there, as the staff sees it in the sandbox."""
    waiting = await api.application.services.mall.verification.list_waiting()
    return next(one.code for one in waiting if one.target == target)


async def ask_for_picture(sdk: Sdk, api: Api) -> str:
    """What it shows. The SDK gives its address only, for an <image>."""
    answer = await api.get("/mall/verification/pic/get", query={"key": "k"})
    assert answer.headers["Content-Type"] == "image/png"
    return await read(api, "k")


async def send_code(sdk: Sdk, api: Api, clock: HandClock) -> str:
    clock.advance(minutes=1)
    await sdk.data_of("smsValidateCode", NUMBER, "k", await ask_for_picture(sdk, api))
    return await read(api, NUMBER)


async def test_codes_by_picture_sms_and_mail(sdk: Sdk, api: Api, clock: HandClock) -> None:
    await sdk.data_of("graphValidateCodeCheck", "k", await ask_for_picture(sdk, api))
    assert (await sdk.call("smsValidateCode", NUMBER))["code"] == 500
    code = await send_code(sdk, api, clock)
    await sdk.data_of("smsValidateCodeCheck", NUMBER, code)
    assert (await sdk.call("smsValidateCodeCheck", NUMBER, "x"))["code"] == 10000
    await sdk.data_of("mailValidateCode", MAIL)
    await sdk.data_of("mailValidateCodeCheck", MAIL, await read(api, MAIL))


async def test_a_number_and_a_password(sdk: Sdk, api: Api, clock: HandClock) -> None:
    form: dict[str, Any] = {"mobile": NUMBER, "pwd": "abc123", "code": await send_code(sdk, api, clock), "autoLogin": True}
    made = await sdk.data_of("register_mobile", **form)
    assert (await sdk.call("register_mobile", **form))["code"] == 10001
    assert (await sdk.data_of("login_mobile", NUMBER, "abc123", "d", "n"))["uid"] == made["uid"]
    assert (await sdk.data_of("loginMobileV2", mobile=NUMBER, pwd="abc123"))["uid"] == made["uid"]
    await sdk.data_of("resetPwdUseMobileCode", NUMBER, "new456", await send_code(sdk, api, clock))
    assert (await sdk.call("login_mobile", NUMBER, "abc123"))["code"] == 10000
    token = (await sdk.data_of("login_mobile", NUMBER, "new456"))["token"]
    clock.advance(minutes=1)
    await sdk.data_of("smsValidateCodeByToken", token)
    assert await sdk.data_of("bindMobileSms", token, NUMBER, await read(api, NUMBER)) == NUMBER


async def test_wechat_s_ways_without_a_code_ask_for_it(sdk: Sdk) -> None:
    token = (await sdk.data_of("authorize", code="alice"))["token"]
    # Sealed with the key of a login that nobody keeps: the mini-program of today sends the code with it.
    assert (await sdk.call("bindMobileWxa", token, "e", "i"))["code"] == 300
    await sdk.data_of("bindOpenidV11", token=token, code="alice2")
    assert (await sdk.data_of("login_wx", "alice2"))["openid"] == "alice2"
