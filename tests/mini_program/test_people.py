"""People and their wallets, by the SDK's functions."""
from __future__ import annotations

from tests.api import Api
from tests.mall import Shopper
from tests.mini_program.sdk import Sdk


async def sign_in(sdk: Sdk, name: str = "alice") -> str:
    """A token."""
    return (await sdk.data_of("authorize", code=name))["token"]


async def test_a_phone_starts(sdk: Sdk) -> None:
    token = await sign_in(sdk)
    await sdk.data_of("checkToken", token)
    detail = await sdk.data_of("userDetail", token)
    assert detail["base"]["nick"] == "alice"
    assert (await sdk.data_of("userAmount", token))["balance"] == 0


async def test_who_registers_signs_in_afterwards(sdk: Sdk) -> None:
    assert (await sdk.call("login_wx", "alice"))["code"] == 10000
    await sdk.data_of("register_simple", code="alice")
    assert (await sdk.call("register_complex", code="alice"))["code"] == 10000
    signed_in = await sdk.data_of("login_wx", "alice")
    assert (await sdk.data_of("userWxinfo", signed_in["token"]))["openid"] == "alice"


async def test_a_profile_is_edited_by_single_fields(sdk: Sdk) -> None:
    token = await sign_in(sdk)
    await sdk.data_of("modifyUserInfoV2", token=token, nick="小花")
    await sdk.data_of("modifyUserInfo", token=token, gender=2)
    base = (await sdk.data_of("userDetail", token))["base"]
    assert (base["nick"], base["gender"]) == ("小花", 2)


async def test_the_cash_log_is_read(sdk: Sdk, api: Api) -> None:
    token = await sign_in(sdk)
    uid = (await sdk.data_of("userDetail", token))["base"]["id"]
    assert (await sdk.call("cashLogsV2", token=token))["code"] == 700
    await Shopper(api, token, uid).give(balance=1990, points=3)
    assert [row["amount"] for row in await sdk.data_of("cashLogs", token=token)] == [19.9]
    assert (await sdk.data_of("cashLogsV3", token=token, page=1))["totalRow"] == 1
    assert [row["score"] for row in (await sdk.data_of("scoreLogs", token=token, pageSize=50))["result"]] == [3]
    amount = await sdk.data_of("userAmountV2", token)
    assert (amount["balance"], amount["score"]) == (19.9, 3)


async def test_a_number_and_another_wechat_account_are_bound(sdk: Sdk) -> None:
    token = await sign_in(sdk)
    assert await sdk.data_of("bindMobileWxappV2", token, "13800138000") == "13800138000"
    assert await sdk.data_of("bindMobileWxapp", token, "13800138001", "e", "i") == "13800138001"
    await sdk.data_of("bindOpenid", token, "alice2")
    assert (await sdk.data_of("encryptedData", "alice", "e", "i"))["openId"] == "alice"
    signed_in = await sdk.data_of("loginWxaMobileV3", code="alice2", codeMobile="13800138001")
    assert (signed_in["openid"], signed_in["mobile"]) == ("alice2", "13800138001")


async def test_a_token_is_over_after_signing_out(sdk: Sdk) -> None:
    token = await sign_in(sdk)
    await sdk.data_of("loginout", token)
    assert (await sdk.call("checkToken", token))["code"] == 2000
