"""手机号登录 over HTTP: a number that a code has proven, and a password."""
from __future__ import annotations

import asyncio
from typing import Any

from tests.api import Api
from tests.clock import HandClock
from tests.mall import Shopper, data_of, sign_in

NUMBER, OTHER = "13800138000", "13900139000"
OK = {"code": 0, "msg": "success"}
NOBODY, REGISTERED = {"code": 10000, "msg": "用户不存在，请先注册"}, {"code": 10000, "msg": "您已注册，请直接登录"}
WRONG, BLOCKED = {"code": 10000, "msg": "手机号或密码不正确"}, {"code": 900, "msg": "尝试次数过多，请稍后再试"}
WRONG_CODE, SPENT = {"code": 10000, "msg": "验证码错误"}, {"code": 10001, "msg": "验证码失效，请重新获取"}


async def code_for(api: Api, clock: HandClock, number: str = NUMBER) -> str:
    """What was sent there; a minute has passed."""
    clock.advance(minutes=1)
    verification = api.application.services.mall.verification
    await verification.draw_picture("k")
    [picture] = [one.code for one in await verification.list_waiting() if one.target == "k"]
    await verification.send_sms(number, "127.0.0.1", "k", picture)
    return next(one.code for one in await verification.list_waiting() if one.target == number)


async def register(api: Api, clock: HandClock, number: str = NUMBER, **about: Any) -> dict[str, Any]:
    form = {"mobile": number, "pwd": "abc123", "code": await code_for(api, clock, number), **about}
    return await Shopper(api).post("/user/m/register", **form)


async def log_in(api: Api, password: str, number: str = NUMBER) -> dict[str, Any]:
    return await Shopper(api).post("/user/m/login", mobile=number, pwd=password, deviceId="d", deviceName="undefined")


async def test_who_registers_is_a_member_and_signs_in_by_the_password(api: Api, clock: HandClock) -> None:
    referrer = await sign_in(api, "bob")
    assert await log_in(api, "abc123") == NOBODY
    told: dict[str, Any] = {"nick": "小花", "city": "杭州", "postJsonString": '{"店": "一"}', "referrer": referrer.uid}
    assert await register(api, clock, **told) == OK
    made = data_of(await log_in(api, "abc123", "+86 138-0013-8000"))
    detail = data_of(await Shopper(api, made["token"]).get("/user/detail"))
    base = detail["base"]
    assert (base["id"], base["nick"], base["mobile"], base["city"]) == (made["uid"], "小花", NUMBER, "杭州")
    assert (base["sourceStr"], detail["ext"], detail["referrer"]["nick"]) == ("手机号", {"店": "一"}, "bob")
    assert made == {"token": made["token"], "uid": base["id"], "mobile": NUMBER}
    assert [await log_in(api, "abc124"), await log_in(api, "abc123", OTHER)] == [WRONG, NOBODY]


async def test_nobody_registers_without_the_code_and_a_password(api: Api, clock: HandClock) -> None:
    guest, code = Shopper(api), await code_for(api, clock)
    assert (await guest.post("/user/m/register", mobile=NUMBER, code=code))["code"] == 300
    for wrong in ({"pwd": "12345"}, {"nick": "藏友1"}, {"postJsonString": "no JSON"}, {"mobile": "12"}):
        answer = await guest.post("/user/m/register", **{"mobile": NUMBER, "code": code, "pwd": "abc123", **wrong})
        assert answer["code"] == 601, answer
    wrong_code = "000000" if code != "000000" else "111111"
    assert await guest.post("/user/m/register", mobile=NUMBER, code=wrong_code, pwd="abc123") == WRONG_CODE
    both = await asyncio.gather(*(guest.post("/user/m/register", mobile=NUMBER, code=code, pwd="abc123") for _ in range(3)))
    assert sorted(one["code"] for one in both) == [0, 10001, 10001]
    assert (await log_in(api, "abc123"))["code"] == 0


async def test_a_number_registers_once_and_signs_in_by_a_code_if_it_wants_that(api: Api, clock: HandClock) -> None:
    first = data_of(await register(api, clock, autoLogin="true"))
    assert await register(api, clock, pwd="other1") == REGISTERED
    again = data_of(await register(api, clock, pwd="other1", autoLogin="true"))
    assert (again["uid"], (await log_in(api, "other1"))["code"]) == (first["uid"], 10000)
    assert data_of(await log_in(api, "abc123"))["uid"] == first["uid"]


async def test_a_password_that_was_forgotten_is_set_anew_and_ends_every_login(api: Api, clock: HandClock) -> None:
    guest, code = Shopper(api), await code_for(api, clock)
    assert await guest.post("/user/m/reset-pwd", mobile=NUMBER, pwd="new456", code=code) == NOBODY
    alice = Shopper(api, data_of(await register(api, clock, autoLogin="true"))["token"])
    for _ in range(10):  # somebody guesses until it is locked
        await log_in(api, "guess")
        clock.advance(minutes=2)
    assert await log_in(api, "abc123") == BLOCKED
    code = await code_for(api, clock)
    assert (await guest.post("/user/m/reset-pwd", mobile=NUMBER, pwd="short", code=code))["code"] == 601
    assert await guest.post("/user/m/reset-pwd", mobile=NUMBER, pwd="new456", code=code) == OK
    assert await guest.post("/user/m/reset-pwd", mobile=NUMBER, pwd="new789", code=code) == SPENT
    assert (await alice.get("/user/check-token"))["code"] == 2000
    assert [(await log_in(api, pwd))["code"] for pwd in ("new456", "abc123")] == [0, 10000]


async def test_guessing_is_slowed_down_for_numbers_that_nobody_has_too(api: Api) -> None:
    assert [await log_in(api, "guess", OTHER) for _ in range(4)] == [NOBODY] * 3 + [BLOCKED]


async def test_a_number_is_bound_by_its_code(api: Api, clock: HandClock) -> None:
    alice, elsewhere, bob = [await sign_in(api, name) for name in ("alice", "alice", "bob")]
    path = "/user/m/bind-mobile"
    assert (await Shopper(api).post(path, mobile=NUMBER, code="1"))["code"] == 2000
    assert await alice.post(path, mobile=NUMBER, code="123456", pwd="abc123") == SPENT
    code = await code_for(api, clock)
    assert await alice.post(path, mobile=NUMBER, code=code, pwd="abc123") == {**OK, "data": NUMBER}
    assert (await alice.get("/user/check-token"), (await elsewhere.get("/user/check-token"))["code"]) == (OK, 2000)
    assert data_of(await log_in(api, "abc123"))["uid"] == alice.uid
    taken = await bob.post(path, mobile=NUMBER, code=await code_for(api, clock), pwd="")
    assert taken == {"code": 20003, "msg": "该手机号已被其他账号绑定"}
    code = await code_for(api, clock, OTHER)
    assert data_of(await bob.post(path, mobile=OTHER, code=code)) == OTHER
