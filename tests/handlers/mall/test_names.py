"""用户名与邮箱登录 over HTTP."""
from __future__ import annotations

import asyncio
from typing import Any

from server.domain.accounts.usernames import username_identity
from tests.api import Api
from tests.clock import HandClock
from tests.mall import Shopper, data_of, sign_in

OK, WRONG = {"code": 0, "msg": "success"}, {"code": 10000, "msg": "账号或密码不正确"}
REGISTERED, BLOCKED = {"code": 10000, "msg": "您已注册，请直接登录"}, {"code": 900, "msg": "尝试次数过多，请稍后再试"}
MAIL = "alice@example.com"


async def log_in(api: Api, name: str, password: str) -> dict[str, Any]:
    return await Shopper(api).post("/user/username/login", username=name, pwd=password, deviceId="d", deviceName="n")


async def code_for(api: Api, clock: HandClock, mail: str = MAIL) -> str:
    """What was sent there; a minute has passed."""
    clock.advance(minutes=1)
    assert (await Shopper(api).get("/verification/mail/get", mail=mail))["code"] == 0
    waiting = await api.application.services.mall.verification.list_waiting()
    return next(one.code for one in waiting if one.target == mail.lower())


async def test_a_user_name_is_one_person_s(api: Api) -> None:
    guest = Shopper(api)
    assert await log_in(api, "alice1", "abc123") == WRONG
    form = {"username": "alice1", "pwd": "abc123", "nick": "小花", "postJsonString": '{"店": "一"}'}
    for wrong in ({"username": "a"}, {"username": "爱"}, {"pwd": "12345"}, {"nick": "藏友1"}, {"postJsonString": "x"}):
        assert (await guest.post("/user/username/register", **{**form, **wrong}))["code"] == 601
    answers = await asyncio.gather(
        *(guest.post("/user/username/register", **{**form, "username": name, "pwd": pwd})
          for name, pwd in (("alice1", "abc123"), ("ALICE1", "other1"), ("Alice1", "more123")))
    )
    assert sorted(one["code"] for one in answers) == [0, 10000, 10000]
    passwords = ["abc123", "other1", "more123"]
    right = passwords[[one["code"] for one in answers].index(0)]
    made = data_of(await log_in(api, "aLiCe1", right))
    detail = data_of(await Shopper(api, made["token"]).get("/user/detail"))
    assert (detail["base"]["username"].lower(), detail["base"]["sourceStr"], detail["base"]["nick"]) == ("alice1", "用户名", "小花")
    assert await guest.post("/user/username/register", **form, autoLogin="false") == REGISTERED
    again = await guest.post("/user/username/register", **{**form, "pwd": right}, autoLogin="true")
    assert data_of(again)["uid"] == made["uid"]
    assert await guest.post("/user/username/register", **{**form, "pwd": "wrong99"}, autoLogin="true") == REGISTERED


async def test_guessing_is_slowed_down(api: Api) -> None:
    await Shopper(api).post("/user/username/register", username="alice1", pwd="abc123")
    for name in ("alice1", "nobody1"):
        assert [await log_in(api, name, "guess1") for _ in range(4)] == [WRONG] * 3 + [BLOCKED]


async def test_a_user_name_is_set_once(api: Api) -> None:
    alice, elsewhere, bob = [await sign_in(api, name) for name in ("alice", "alice", "bob")]
    path = "/user/username/bindUsername"
    assert (await Shopper(api).post(path, username="alice1"))["code"] == 2000
    assert await alice.post(path, username="alice1", pwd="abc123") == OK
    assert (await alice.get("/user/check-token"), (await elsewhere.get("/user/check-token"))["code"]) == (OK, 2000)
    assert data_of(await log_in(api, "alice1", "abc123"))["uid"] == alice.uid
    assert await alice.post(path, username="Alice1") == OK
    assert (await alice.post(path, username="alice2"))["msg"] == "用户名已设置，不能更改"
    assert (await bob.post(path, username="ALICE1"))["msg"] == "用户名已被使用"
    found = await api.application.services.accounts.users.find_by_identity(username_identity("alice1"))
    assert found is not None and found.id == alice.uid


async def test_a_mail_address_is_proven_by_its_code(api: Api, clock: HandClock) -> None:
    guest = Shopper(api)
    assert (await guest.post("/user/email/register", email=MAIL, pwd="abc123", code="123456"))["code"] == 10001
    code = await code_for(api, clock)
    form = {"email": "Alice@Example.com", "pwd": "abc123", "code": code}
    assert (await guest.post("/user/email/register", **{**form, "email": "no mail"}))["code"] == 601
    both = await asyncio.gather(*(guest.post("/user/email/register", **form) for _ in range(3)))
    assert sorted(one["code"] for one in both) == [0, 10001, 10001]
    made = data_of(await guest.post("/user/email/login", email=MAIL, pwd="abc123", deviceId="d", deviceName="n"))
    for email, pwd in ((MAIL, "wrong1"), ("bob@example.com", "abc123")):
        assert await guest.post("/user/email/login", email=email, pwd=pwd) == WRONG
    alice = Shopper(api, made["token"])
    assert data_of(await alice.get("/user/detail"))["base"]["sourceStr"] == "邮箱"
    again = await guest.post("/user/email/register", **{**form, "code": await code_for(api, clock)}, autoLogin="true")
    assert data_of(again)["uid"] == made["uid"]
    assert await guest.post("/user/email/reset-pwd", email=MAIL, pwd="new456", code=await code_for(api, clock)) == OK
    assert (await alice.get("/user/check-token"))["code"] == 2000
    assert (await guest.post("/user/email/login", email=MAIL, pwd="new456"))["code"] == 0
    code = await code_for(api, clock, "bob@example.com")
    assert (await guest.post("/user/email/reset-pwd", email="bob@example.com", pwd="new456", code=code))["code"] == 10000


async def test_a_mail_address_is_bound_to_one_member(api: Api, clock: HandClock) -> None:
    alice, bob = await sign_in(api), await sign_in(api, "bob")
    code = await code_for(api, clock)
    assert await alice.post("/user/email/bindEmail", email=MAIL, code=code, pwd="abc123") == OK
    assert data_of(await Shopper(api).post("/user/email/login", email=MAIL, pwd="abc123"))["uid"] == alice.uid
    assert (await bob.post("/user/email/bindEmail", email=MAIL, code=await code_for(api, clock)))["code"] == 20003
