"""用户资料."""
from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.builders import make_user
from tests.registering import log_in, register, sent_as

NOT_FOUND = {"code": 40004, "message": "查询为空", "data": {}}
FULL = {"name": "Alice L.", "email": "alice@mail.example", "phone": "13800000000", "avatar": "https://pictures.example/a.png"}


def shape(**about: Any) -> dict[str, Any]:
    plain = {"id": 1, "user_id": 1, "username": "alice", "name": "Alice Liu", "nickname": "藏友1", "email": "", "phone": "", "avatar": ""}
    return plain | about


async def test_the_own_profile_is_listed(api: Api) -> None:
    answer = await api.get("/api/user_profiles", as_user=await register(api))
    assert answer.status == 200
    assert answer.json == {"code": 20001, "message": "操作成功", "data": [shape()]}


@pytest.mark.parametrize("form", ["query", "form", "json"])
async def test_the_own_profile_is_changed_in_all_three_input_forms(api: Api, form: str) -> None:
    alice = await register(api)
    answer = await api.ask("PUT", "/api/user_profiles/1", as_user=alice, **sent_as(form, {**FULL, "profile_id": "neque"}))
    assert answer.status == 200
    assert answer.json == {"code": 20001, "message": "操作成功", "data": shape(**FULL)}
    assert (await api.get("/api/user_profiles", as_user=alice)).data == [shape(**FULL)]


@pytest.mark.parametrize("form", ["query", "form", "json"])
async def test_a_patch_changes_what_is_sent_and_nothing_else(api: Api, form: str) -> None:
    alice = await register(api)
    await api.ask("PUT", "/api/user_profiles/1", as_user=alice, json=FULL)
    answer = await api.ask("PATCH", "/api/user_profiles/1", as_user=alice, **sent_as(form, {"phone": "13900000000"}))
    assert (answer.status, answer.data) == (200, shape(**{**FULL, "phone": "13900000000"}))
    assert (await api.ask("PATCH", "/api/user_profiles/2", as_user=alice, json={"phone": ""})).status == 404
    assert (await api.ask("PATCH", "/api/user_profiles/1", as_user=alice, json={"email": "nisi"})).status == 422


async def test_roles_numbers_and_passwords_that_ride_along_are_not_read(api: Api) -> None:
    alice = await register(api)
    riders = {"id": 7, "user_id": 7, "role": "admin", "roles": ["admin"], "password": "x", "username": "eve", "identities": []}
    answer = await api.ask("PUT", "/api/user_profiles/1", as_user=alice, json={"phone": "13800000000", **riders})
    assert answer.data == shape(phone="13800000000")
    kept = await api.application.stores.accounts.users.get_user(1)
    assert (kept.roles, kept.username, kept.identities) == ((), "alice", alice.identities)
    assert (await log_in(api)).status == 200


async def test_a_profile_is_cleared(api: Api) -> None:
    alice = await register(api)
    await api.ask("PUT", "/api/user_profiles/1", as_user=alice, json=FULL)
    answer = await api.ask("DELETE", "/api/user_profiles/1?profile_id=eligendi", as_user=alice)
    assert (answer.status, answer.json) == (200, {"code": 20001, "message": "操作成功", "data": None})
    assert (await api.get("/api/user_profiles", as_user=alice)).data == [shape(name="藏友1")]


async def test_another_user_s_profile_is_not_found_like_one_that_nobody_has(api: Api) -> None:
    await register(api)
    bob = await make_user(api.application, "Bob")
    for number in (1, 404):
        for method in ("PUT", "DELETE"):
            answer = await api.ask(method, f"/api/user_profiles/{number}", as_user=bob, json=FULL)
            assert (answer.status, answer.json) == (404, NOT_FOUND)


async def test_what_cannot_be_is_refused_by_name(api: Api) -> None:
    alice = await register(api)
    wrong = {"name": "x" * 33, "email": "a", "phone": "b", "avatar": "javascript:alert(1)"}
    answer = await api.ask("PUT", "/api/user_profiles/1", as_user=alice, json=wrong)
    assert answer.status == 422
    problems = {"name": ["最多 32 个字符"], "email": ["格式不正确"], "phone": ["格式不正确"], "avatar": ["格式不正确"]}
    assert answer.json == {"code": 10001, "message": "参数有误", "data": problems}
