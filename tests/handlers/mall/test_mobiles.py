"""Numbers and WeChat as ways in of one person, over HTTP."""
from __future__ import annotations

import pytest

from tests.api import Api
from tests.mall import Shopper, data_of, sign_in

NUMBER, OTHER = "13800138000", "13900139000"
TAKEN = {"code": 20003, "msg": "该手机号已被其他账号绑定"}


async def mobile_of(shopper: Shopper) -> str | None:
    return data_of(await shopper.get("/user/detail"))["base"].get("mobile")


async def log_in(api: Api, name: str, number: str, **about: str) -> dict[str, object]:
    return await Shopper(api).post("/user/wxapp/login/mobile/v2", code=name, codeMobile=number, **about)


async def test_today_s_button_binds_a_number(api: Api) -> None:
    alice = await sign_in(api)
    assert await alice.post("/user/wxapp/bindMobile/v2", code=NUMBER, pwd="undefined") == {"code": 0, "msg": "success", "data": NUMBER}
    assert await mobile_of(alice) == NUMBER
    assert (await alice.post("/user/wxapp/bindMobile/v2", code=OTHER))["code"] == 0
    assert await mobile_of(alice) == OTHER
    bob = await sign_in(api, "bob")
    assert (await bob.post("/user/wxapp/bindMobile/v2", code=NUMBER))["code"] == 0  # alice has given it up


async def test_the_button_of_before_binds_a_number(api: Api) -> None:
    alice = await sign_in(api)
    sealed = {"encryptedData": "e", "iv": "i"}
    assert data_of(await alice.post("/user/wxapp/bindMobile", code=NUMBER, **sealed)) == NUMBER
    assert (await alice.post("/user/wxapp/bindMobile", code="no number", **sealed))["code"] == 20002
    assert (await alice.post("/user/wxapp/bindMobile", **sealed))["code"] == 300


async def test_a_number_is_one_person_s(api: Api) -> None:
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    await alice.post("/user/wxapp/bindMobile/v2", code=NUMBER)
    for spelling in (NUMBER, "+86 138 0013 8000", "138-0013-8000"):
        assert await bob.post("/user/wxapp/bindMobile/v2", code=spelling) == TAKEN
    assert await mobile_of(bob) is None


async def test_the_login_that_sets_a_password_goes_on_and_others_end(api: Api) -> None:
    alice, elsewhere = await sign_in(api), await sign_in(api)
    assert (await alice.post("/user/wxapp/bindMobile/v2", code=NUMBER, pwd="abc12"))["code"] == 601
    assert await mobile_of(alice) is None
    assert (await alice.post("/user/wxapp/bindMobile/v2", code=NUMBER, pwd="abc123"))["code"] == 0
    assert (await alice.get("/user/check-token"))["code"] == 0
    assert (await elsewhere.get("/user/check-token"))["code"] == 2000


async def test_who_is_new_registers_by_the_button(api: Api) -> None:
    assert await log_in(api, "alice", NUMBER) == {"code": 10000, "msg": "用户不存在，请先注册"}
    made = data_of(await log_in(api, "alice", NUMBER, autoReg="true"))
    assert (made["openid"], made["mobile"]) == ("alice", NUMBER)
    again = data_of(await log_in(api, "alice", NUMBER))
    assert again["uid"] == made["uid"]
    assert (await sign_in(api, "alice")).uid == made["uid"]


async def test_a_number_brings_its_person_s_wechat(api: Api) -> None:
    """Who has a number and signs in by WeChat for the first time is the same person."""
    alice = await sign_in(api, "alice")
    await alice.post("/user/wxapp/bindMobile/v2", code=NUMBER)
    # Another WeChat account with her number is not hers: she has one.
    assert data_of(await log_in(api, "alice's second", NUMBER))["uid"] == alice.uid
    assert (await Shopper(api).post("/user/wxapp/login", code="alice's second"))["code"] == 10000


async def test_a_number_of_somebody_else_is_not_taken_over(api: Api) -> None:
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    await alice.post("/user/wxapp/bindMobile/v2", code=NUMBER)
    assert data_of(await log_in(api, "bob", NUMBER, autoReg="true"))["uid"] == bob.uid
    assert (await mobile_of(alice), await mobile_of(bob)) == (NUMBER, None)


async def test_another_wechat_account_is_bound_unless_it_is_somebody_s(api: Api) -> None:
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    assert await alice.post("/user/wxapp/bindOpenid", code="bob", type=2) == {"code": 20003, "msg": "该微信已被其他账号绑定"}
    assert await alice.post("/user/wxapp/bindOpenid", code="alice2", type=2) == {"code": 0, "msg": "success"}
    assert (await sign_in(api, "alice2")).uid == alice.uid
    assert data_of(await alice.get("/user/wxinfo"))["openid"] == "alice2"
    assert bob.uid != alice.uid


async def test_sealed_content_is_opened_for_who_has_the_code(api: Api) -> None:
    opened = await Shopper(api).post("/user/wxapp/decode/encryptedData", code="alice", encryptedData="e", iv="i")
    assert opened == {"code": 0, "msg": "success", "data": {"openId": "alice", "nickName": "alice", "openGId": "e"}}


@pytest.mark.parametrize("path", ["bindMobile", "bindMobile/v2", "bindOpenid"])
async def test_nobody_binds_anything_without_a_token(api: Api, path: str) -> None:
    answer = await Shopper(api).post(f"/user/wxapp/{path}", code=NUMBER, encryptedData="e", iv="i")
    assert answer == {"code": 2000, "msg": "请先登录"}
