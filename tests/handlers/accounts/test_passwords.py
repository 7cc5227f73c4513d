"""密码."""
from __future__ import annotations

import pytest

from server.domain.accounts.users import Role
from tests.api import Answer, Api
from tests.registering import PASSWORD, log_in, register, sent_as, token_of

NEW = "Copper-Meadow-81"


async def change(api: Api, token: str, username: str = "alice", *, old: str = PASSWORD, form: str = "json", **about: str) -> Answer:
    fields = {"oldPassword": old, "newPassword": NEW, "newPassword_confirmation": NEW} | about
    return await api.ask("PUT", f"/api/user/password/{username}", token=token, **sent_as(form, fields))


@pytest.mark.parametrize("form", ["query", "form", "json"])
async def test_a_user_changes_their_password_in_all_three_input_forms(api: Api, form: str) -> None:
    await register(api)
    token, other = await token_of(api), await token_of(api)
    answer = await change(api, token, form=form)
    assert answer.status == 200
    assert answer.json == {"code": 20001, "message": "操作成功", "data": None}
    assert (await api.get("/api/auth/me", token=other)).status == 401
    assert (await api.get("/api/auth/me", token=token)).status == 200
    assert (await log_in(api)).status == 400
    assert (await log_in(api, password=NEW)).status == 200


async def test_a_wrong_old_password_is_a_problem_of_its_field(api: Api) -> None:
    await register(api)
    answer = await change(api, await token_of(api), old="wrong")
    assert answer.status == 422
    assert answer.json == {"code": 10001, "message": "参数有误", "data": {"oldPassword": ["密码不正确"]}}


async def test_what_is_wrong_with_the_new_password_is_named(api: Api) -> None:
    await register(api)
    token = await token_of(api)
    short = await change(api, token, newPassword="hic", newPassword_confirmation="id")
    problems = {"newPassword": ["至少 8 个字符"], "newPassword_confirmation": ["两次输入不一致"]}
    assert short.json == {"code": 10001, "message": "参数有误", "data": problems}
    common = await change(api, token, newPassword="password1", newPassword_confirmation="password1")
    assert common.json["data"] == {"newPassword": ["过于常见或容易被猜到，请换一个"]}
    nothing = await api.ask("PUT", "/api/user/password/alice", token=token)
    assert nothing.json["data"] == {name: ["必填"] for name in ("oldPassword", "newPassword", "newPassword_confirmation")}


async def test_another_user_s_password_is_not_found(api: Api) -> None:
    await register(api)
    await register(api, "bob")
    answer = await change(api, await token_of(api, "bob"), "alice")
    assert answer.status == 404
    assert answer.json == {"code": 40004, "message": "查询为空", "data": {}}


async def test_an_admin_changes_a_user_s_password_and_every_token_of_theirs_ends(api: Api) -> None:
    await register(api)
    await register(api, "boss", roles=(Role.ADMIN,))
    token, admin = await token_of(api), await token_of(api, "boss")
    assert (await change(api, admin, "alice")).status == 200
    assert (await api.get("/api/auth/me", token=token)).status == 401
    assert (await api.get("/api/auth/me", token=admin)).status == 200
    assert (await log_in(api, password=NEW)).status == 200


async def test_who_guesses_the_old_password_is_held_up(api: Api) -> None:
    await register(api)
    token = await token_of(api)
    for _ in range(3):
        await change(api, token, old="wrong")
    answer = await change(api, token)
    assert answer.status == 403
    assert answer.json["data"] == {"captcha": True, "until": "2036-06-01 12:00:01", "retry_after": 1}
