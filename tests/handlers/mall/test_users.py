"""用户 and 小程序登录, over HTTP."""
from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.builders import make_user
from tests.mall import Shopper, data_of, sign_in


async def test_a_code_makes_a_member_who_is_the_auctions_user(api: Api) -> None:
    bidder = await make_user(api.application, "Alice")
    alice = await sign_in(api, "Alice")
    assert alice.uid == bidder.id


async def test_who_signs_in_is_told_who_they_are(api: Api) -> None:
    answer = await Shopper(api).post("/user/wxapp/authorize", code="alice")
    token, uid = answer["data"]["token"], answer["data"]["uid"]
    assert answer == {"code": 0, "msg": "success", "data": {"token": token, "uid": uid, "openid": "alice"}}
    assert await Shopper(api, token).get("/user/wxinfo") == {"code": 0, "msg": "success", "data": {"uid": uid, "openid": "alice"}}


async def test_sign_in_alone_makes_nobody_a_member(api: Api) -> None:
    guest = Shopper(api)
    unknown = {"code": 10000, "msg": "用户不存在，请先注册"}
    assert await guest.post("/user/wxapp/login", code="alice", type=2) == unknown
    assert (await guest.post("/user/wxapp/register/simple", code="alice"))["code"] == 0
    assert (await guest.post("/user/wxapp/login", code="alice", type=2))["data"]["openid"] == "alice"


@pytest.mark.parametrize("way", ["simple", "complex"])
async def test_nobody_registers_twice(api: Api, way: str) -> None:
    guest, form = Shopper(api), {"code": "alice", "postJsonString": '{"爱好": "纸币"}'}
    registered = await guest.post(f"/user/wxapp/register/{way}", **form)
    assert await guest.post(f"/user/wxapp/register/{way}", **form) == {"code": 10000, "msg": "您已注册，请直接登录"}
    alice = Shopper(api, registered["data"]["token"])
    assert data_of(await alice.get("/user/detail"))["ext"] == {"爱好": "纸币"}


async def test_who_brought_a_member_is_kept_from_the_first_sign_in_on(api: Api) -> None:
    alice = await sign_in(api, "alice")
    guest = Shopper(api)
    bob = Shopper(api, (await guest.post("/user/wxapp/authorize", code="bob", referrer=alice.uid))["data"]["token"])
    assert data_of(await bob.get("/user/detail"))["referrer"] == {"nick": "alice"}
    carol = await sign_in(api, "carol")
    await guest.post("/user/wxapp/authorize", code="carol", referrer=alice.uid)
    assert "referrer" not in data_of(await carol.get("/user/detail"))
    dora = Shopper(api, (await guest.post("/user/wxapp/authorize", code="dora", referrer=987654))["data"]["token"])
    assert "referrer" not in data_of(await dora.get("/user/detail"))


async def test_the_detail_of_a_new_member(api: Api) -> None:
    alice = await sign_in(api)
    base: dict[str, Any] = data_of(await alice.get("/user/detail"))["base"]
    assert base == {
        "id": alice.uid,
        "nick": "alice",
        "gender": 0,
        "levelRenew": False,
        "isIdcardCheck": False,
        "isFaceCheck": False,
        "isSeller": False,
        "isTeamLeader": False,
        "isTeamMember": False,
        "isManager": False,
        "isShopManager": False,
        "cardNumber": f"{alice.uid:010}",
        "source": 0,
        "sourceStr": "小程序",
        "referrerType": 0,
        "status": 0,
        "statusStr": "正常",
        "dateAdd": "2036-06-01 12:00:00",
        "dateLogin": "2036-06-01 12:00:00",
        "ipAdd": "127.0.0.1",
        "ipLogin": "127.0.0.1",
    }


async def test_single_fields_are_changed_and_the_rest_stays(api: Api) -> None:
    alice = await sign_in(api)
    for change in ({"nick": "小花"}, {"gender": 2}, {"avatarUrl": "https://pictures.example/1.png"}, {"birthday": "1980-01-31"}):
        assert await alice.post("/user/modify", **change) == {"code": 0, "msg": "success"}
    base = data_of(await alice.get("/user/detail"))["base"]
    kept = {name: base[name] for name in ("nick", "gender", "avatarUrl", "birthday")}
    assert kept == {"nick": "小花", "gender": 2, "avatarUrl": "https://pictures.example/1.png", "birthday": "1980-01-31"}


@pytest.mark.parametrize("change", [{"nick": "藏友7"}, {"nick": "x" * 33}, {"birthday": "yesterday"}, {"gender": 3}, {"extJsonStr": "[1]"}])
async def test_what_nobody_may_be_called_is_refused(api: Api, change: dict[str, Any]) -> None:
    alice = await sign_in(api)
    assert (await alice.post("/user/modify", **change))["code"] == 601


async def test_a_banned_user_does_not_get_in(api: Api) -> None:
    alice = await sign_in(api)
    await api.application.services.accounts.users.ban(alice.uid)
    suspended = {"code": 4000, "msg": "账号已被停用"}
    assert await alice.get("/user/check-token") == suspended
    assert await Shopper(api).post("/user/wxapp/authorize", code="alice") == suspended
