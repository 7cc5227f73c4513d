"""登录授权: registration, sign-in by password, tokens; and the mini-program's sign-in at the same path."""
from __future__ import annotations

from typing import Any

import pytest

from server.domain.accounts.users import Role
from server.domain.errors import Unavailable
from tests.api import Answer, Api
from tests.builders import make_goods
from tests.clock import HandClock
from tests.registering import (
    PASSWORD,
    log_in,
    make_invitation,
    register,
    registration_form,
    sent_as,
    solve_captcha,
    token_of,
)

UNAUTHENTICATED = b'{"message":"Unauthenticated."}'  # the document's example, without its line breaks
ALICE = {
    "id": 1,
    "username": "alice",
    "name": "Alice Liu",
    "nickname": "藏友1",
    "email": "",
    "phone": "",
    "avatar": "",
    "roles": [],
    "created_at": "2036-06-01 12:00:00",
}


@pytest.mark.parametrize("form", ["query", "form", "json"])
async def test_a_newcomer_registers_in_all_three_input_forms(api: Api, form: str) -> None:
    answer = await api.post("/api/auth/register", **sent_as(form, await registration_form(api, "alice")))
    assert answer.status == 201
    assert answer.json == {"code": 20001, "message": "操作成功", "data": ALICE}


async def test_a_user_who_registered_bids_at_once_with_the_token_of_their_login(api: Api) -> None:
    await register(api)
    token, lot = await token_of(api), await make_goods(api.application)
    answer = await api.post("/api/group", token=token, json={"goods_id": lot.id, "group_id": lot.group_id, "price": 20000})
    assert answer.status == 200
    assert answer.json["data"]["goods"]["bid"] == {"user_id": 1, "nickname": "藏友1", "price": 20000}
    mine = (await api.get("/api/group/my", token=token)).data["list"]
    assert [(one["goods_id"], one["price"]) for one in mine] == [(lot.id, 20000)]
    assert (await api.post("/api/auth/me", token=token)).data == {"id": 1, "nickname": "藏友1", "avatar": "", "roles": []}


async def test_a_newcomer_chooses_what_others_see_and_nobody_is_told_their_name(api: Api) -> None:
    await register(api, nickname=" 阿\n钞 ")
    token, lot = await token_of(api), await make_goods(api.application)
    bid = await api.post("/api/group", token=token, json={"goods_id": lot.id, "group_id": lot.group_id, "price": 20000})
    told = [bid, await api.get("/api/group"), await api.get(f"/api/live/goods/{lot.id}")]
    assert all("阿 钞" in answer.body.decode() and "Liu" not in answer.body.decode() for answer in told)
    for nickname in ("微信用户", "藏友7", "x" * 33):
        refused = await api.post("/api/auth/register", json=await registration_form(api, "bob", nickname=nickname))
        assert (refused.status, list(refused.json["data"])) == (422, ["nickname"])


async def test_the_document_s_own_registration_is_told_all_that_is_wrong_with_it(api: Api) -> None:
    query = "name=quod&username=ipsa&password=aut&password_confirmation=aut&invitation_code=possimus"
    query += "&captcha_key=provident&captcha_code=recusandae"
    answer = await api.post(f"/api/auth/register?{query}")
    assert answer.status == 422
    assert answer.json == {"code": 10001, "message": "参数有误", "data": {"password": ["至少 8 个字符"]}}


async def test_every_parameter_of_a_registration_is_required(api: Api) -> None:
    answer = await api.post("/api/auth/register", json={})
    assert answer.status == 422
    names = ["name", "username", "password", "password_confirmation", "invitation_code", "captcha_key", "captcha_code"]
    assert answer.json == {"code": 10001, "message": "参数有误", "data": {name: ["必填"] for name in names}}


async def test_roles_and_numbers_that_ride_along_are_not_read(api: Api) -> None:
    form = await registration_form(api, "alice", id=7, roles=["admin"], role="admin", is_admin=True, token_generation=9)
    answer = await api.post("/api/auth/register", json=form)
    assert answer.json == {"code": 20001, "message": "操作成功", "data": ALICE}
    assert (await api.application.stores.accounts.users.get_user(1)).roles == ()


async def test_a_wrong_captcha_is_a_clear_problem_of_its_field_and_costs_the_captcha(api: Api) -> None:
    form = await registration_form(api, "alice")
    for code, text in (("XXXXX", "验证码不正确，请重新获取"), (form["captcha_code"], "验证码已过期或已使用，请重新获取")):
        answer = await api.post("/api/auth/register", json=form | {"captcha_code": code})
        assert answer.status == 422
        assert answer.json == {"code": 10001, "message": "参数有误", "data": {"captcha_code": [text]}}


async def test_a_reused_captcha_is_a_clear_problem_of_its_field(api: Api) -> None:
    code = await make_invitation(api.application, uses=2)
    form = await registration_form(api, "alice", invitation_code=code)
    assert (await api.post("/api/auth/register", json=form)).status == 201
    answer = await api.post("/api/auth/register", json=form)
    assert answer.status == 422
    assert answer.json["data"] == {"captcha_code": ["验证码已过期或已使用，请重新获取"]}


async def test_a_name_that_is_taken_is_said_so(api: Api) -> None:
    await register(api)
    answer = await api.post("/api/auth/register", json=await registration_form(api, "ALICE"))
    assert answer.status == 409
    assert answer.json == {"code": 10003, "message": "用户名已被使用", "data": {"username": ["用户名已被使用"]}}


async def test_an_invitation_that_lets_nobody_in_is_said_so(api: Api, clock: HandClock) -> None:
    used_up, expired = await make_invitation(api.application), await make_invitation(api.application)
    await register(api, invitation_code=used_up)

    async def refused(code: str) -> tuple[int, Any]:
        answer = await api.post("/api/auth/register", json=await registration_form(api, "bob", invitation_code=code))
        return answer.status, answer.json

    def told(code: int, text: str) -> dict[str, Any]:
        return {"code": code, "message": text, "data": {"invitation_code": [text]}}

    assert await refused("possimus") == (409, told(10003, "邀请码无效"))
    assert await refused(used_up) == (409, told(10003, "邀请码已用完"))
    clock.advance(days=1)
    assert await refused(expired) == (410, told(40005, "邀请码已过期"))


@pytest.mark.parametrize("form", ["query", "form", "json"])
async def test_the_right_password_gives_a_token_in_all_three_input_forms(api: Api, form: str) -> None:
    await register(api)
    answer = await api.post("/api/auth/login", **sent_as(form, {"username": "alice", "password": PASSWORD}))
    assert answer.status == 200
    token = answer.json["data"]["access_token"]
    data = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
    assert answer.json == {"code": 20001, "message": "操作成功", "data": data}
    assert (await api.get("/api/auth/me", token=token)).data == ALICE


async def test_the_mini_program_signs_in_at_the_same_path_and_is_answered_in_its_own_envelope(api: Api) -> None:
    answer = await api.post("/api/auth/login", json={"code": "bob", "iv": "", "encryptedData": ""})
    assert answer.status == 200
    assert list(answer.json) == ["code", "message", "data"] and answer.json["code"] == 1
    empty = await api.post("/api/auth/login")
    assert (empty.status, empty.json["error"], empty.json["data"]) == (422, "invalid_input", {"code": ["必填"]})


async def test_a_password_without_a_name_is_this_document_s_and_says_what_is_missing(api: Api) -> None:
    answer = await api.post("/api/auth/login", form={"password": PASSWORD})
    assert answer.status == 422
    assert answer.json == {"code": 10001, "message": "参数有误", "data": {"username": ["必填"]}}


async def test_an_unknown_name_and_a_wrong_password_are_answered_alike(api: Api) -> None:
    await register(api)
    known, unknown = await log_in(api, password="wrong"), await log_in(api, "ratione", "blanditiis")
    assert known.status == unknown.status == 400
    assert known.body == unknown.body
    data = {"captcha": False, "until": None, "retry_after": 0}
    assert known.json == {"code": 10003, "message": "用户名或密码不正确", "data": data}
    assert sorted(set(known.headers) - {"Date"}) == sorted(set(unknown.headers) - {"Date"})


async def test_an_empty_form_is_no_try(api: Api) -> None:
    await register(api)
    for _ in range(5):
        answer = await log_in(api, "", "")
        assert answer.status == 422
        assert answer.json["data"] == {"username": ["必填"], "password": ["必填"]}
    for _ in range(5):
        assert (await log_in(api, "alice", "")).json["data"] == {"password": ["必填"]}
    assert (await log_in(api)).status == 200


async def test_failures_slow_and_lock_and_the_answers_say_until_when(api: Api, clock: HandClock) -> None:
    await register(api)
    answers: list[Answer] = []
    for _ in range(10):
        answers.append(await log_in(api, password="wrong"))
        clock.advance(seconds=60)
    assert [answer.status for answer in answers] == [400] * 10
    assert answers[2].json["data"] == {"captcha": True, "until": "2036-06-01 12:02:01", "retry_after": 1}
    assert answers[9].json["data"] == {"captcha": False, "until": "2036-06-01 12:24:00", "retry_after": 900}
    locked = await log_in(api)
    assert (locked.status, locked.headers["Retry-After"]) == (403, "840")
    assert locked.json == {
        "code": 40001,
        "message": "尝试次数过多，请于 2036-06-01 12:24:00 后再试",
        "data": {"captcha": False, "until": "2036-06-01 12:24:00", "retry_after": 840},
    }
    clock.advance(seconds=840)
    assert (await log_in(api)).status == 200


async def test_at_the_moment_that_an_answer_names_the_next_try_is_taken(api: Api, clock: HandClock) -> None:
    await register(api)
    clock.advance(seconds=0.25)
    for _ in range(3):
        slowed = await log_in(api, password="wrong")
    assert slowed.json["data"]["until"] == "2036-06-01 12:00:02"
    clock.advance(seconds=1.75)
    assert (await log_in(api)).status == 200


async def test_an_address_that_registers_too_often_has_to_wait(api: Api) -> None:
    form = await registration_form(api, "alice", password="easy12345", password_confirmation="easy12345")
    answers = [await api.post("/api/auth/register", json=form) for _ in range(40)]
    assert {answer.status for answer in answers} == {422, 403}
    last = answers[-1]
    assert (last.headers["Retry-After"], last.json) == ("10", {"code": 40001, "message": "请求过于频繁，请稍后再试", "data": {}})


async def test_a_captcha_is_taken_instead_of_waiting(api: Api) -> None:
    await register(api)
    for _ in range(3):
        await log_in(api, password="wrong")
    blocked = await log_in(api)
    assert (blocked.status, blocked.json["data"]["captcha"]) == (403, True)
    solved = await solve_captcha(api, "alice")
    wrong = await log_in(api, captcha_key=solved.key, captcha_code="XXXXX")
    assert (wrong.status, wrong.json["data"]) == (422, {"captcha_code": ["验证码不正确，请重新获取"]})
    assert (await log_in(api, **(await solve_captcha(api, "alice")).form)).status == 200


async def test_a_banned_user_is_told_so(api: Api) -> None:
    alice = await register(api)
    await api.application.services.accounts.users.ban(alice.id)
    answer = await log_in(api)
    assert answer.status == 403
    assert answer.json == {"code": 40001, "message": "账号已被停用", "data": {}}


async def test_after_logout_the_token_is_refused_everywhere(api: Api) -> None:
    await register(api)
    token, other = await token_of(api), await token_of(api)
    answer = await api.ask("DELETE", "/api/auth/logout", token=token)
    assert answer.status == 200
    assert answer.json == {"code": 20001, "message": "操作成功", "data": None}
    for method, path in (("GET", "/api/auth/me"), ("POST", "/api/auth/me"), ("PUT", "/api/auth/refresh"), ("DELETE", "/api/auth/logout")):
        assert (await api.ask(method, path, token=token)).status == 401
    assert (await api.get("/api/auth/me", token=other)).status == 200


async def test_a_refreshed_token_takes_the_old_one_s_place(api: Api) -> None:
    await register(api)
    old = await token_of(api)
    answer = await api.ask("PUT", "/api/auth/refresh", token=old)
    assert answer.status == 200
    new = answer.json["data"]["access_token"]
    data = {"access_token": new, "token_type": "bearer", "expires_in": 3600}
    assert answer.json == {"code": 20001, "message": "操作成功", "data": data}
    assert (await api.get("/api/auth/me", token=old)).status == 401
    assert (await api.get("/api/auth/me", token=new)).status == 200


ROUTES = [
    ("DELETE", "/api/auth/logout"),
    ("PUT", "/api/auth/refresh"),
    ("GET", "/api/auth/me"),
    ("GET", "/api/user_info"),
    ("PUT", "/api/user_info/1"),
    ("DELETE", "/api/user_info/1"),
    ("PUT", "/api/user/password/1"),
    ("GET", "/api/user_addresses"),
    ("POST", "/api/user_addresses"),
    ("PUT", "/api/user_addresses/1"),
    ("DELETE", "/api/user_addresses/1"),
    ("GET", "/api/user_profiles"),
    ("PUT", "/api/user_profiles/1"),
    ("DELETE", "/api/user_profiles/1"),
    ("POST", "/api/avatars"),
    ("PUT", "/api/ops/accounts/admins/alice"),
    ("DELETE", "/api/ops/accounts/admins/alice"),
]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_without_a_valid_token_the_answer_is_the_document_s_and_nothing_else(api: Api, language: str) -> None:
    for method, path in ROUTES:
        for token in (None, "garbage"):
            answer = await api.ask(method, path, token=token, headers={"Accept-Language": language})
            assert (answer.status, answer.body) == (401, UNAUTHENTICATED), (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_an_expired_token_is_no_valid_one_but_can_be_refreshed(api: Api, clock: HandClock) -> None:
    await register(api)
    token = await token_of(api)
    clock.advance(hours=2)
    assert (await api.get("/api/auth/me", token=token)).body == UNAUTHENTICATED
    assert (await api.ask("PUT", "/api/auth/refresh", token=token)).status == 200
    clock.advance(days=14)
    assert (await api.ask("PUT", "/api/auth/refresh", token=token)).body == UNAUTHENTICATED


@pytest.mark.parametrize(("method", "path"), [("PATCH", "/api/user_info"), ("POST", "/api/user_profiles"), ("GET", "/api/captchas")])
async def test_a_method_that_a_path_does_not_have_wears_this_document_s_envelope(api: Api, method: str, path: str) -> None:
    answer = await api.ask(method, path)
    assert answer.status == 405
    assert answer.json == {"code": 40001, "message": "不支持该请求方法", "data": {}}
    assert answer.headers["Allow"]


async def test_an_unforeseen_exception_leaks_no_text(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_down(*_: Any) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(api.application.stores.accounts.addresses, "list_all", break_down)
    alice = await register(api, roles=(Role.ADMIN,))
    answer = await api.get("/api/user_addresses", as_user=alice)
    assert answer.status == 500
    assert answer.json == {"code": 50001, "message": "操作失败", "data": {}}


async def test_a_user_s_name_is_new_at_once_in_every_answer(api: Api) -> None:
    await register(api)
    token = await token_of(api)
    await api.ask("PUT", "/api/user_profiles/1", token=token, json={"name": "Alice the Second"})
    assert (await api.get("/api/auth/me", token=token)).data["name"] == "Alice the Second"


async def test_the_database_being_away_is_a_failure_of_this_document(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def be_away(*_: Any) -> None:
        raise Unavailable("database")

    monkeypatch.setattr(api.application.stores.accounts.passwords, "find_credentials", be_away)
    answer = await log_in(api)
    assert (answer.status, answer.headers["Retry-After"]) == (500, "1")
    assert answer.json == {"code": 50001, "message": "服务暂时不可用，请稍后重试", "data": {}}
