"""用户管理: the back office."""
from __future__ import annotations

from typing import Any

import pytest

from server.domain.accounts.users import Role, User
from tests.api import Api
from tests.builders import make_goods, make_user
from tests.registering import log_in, register, registration_form, sent_as, token_of

NOT_FOUND = {"code": 40004, "message": "查询为空", "data": {}}
FORBIDDEN = {"code": 40003, "message": "权限不足", "data": {}}


def shape(user: User, **about: Any) -> dict[str, Any]:
    plain = {
        "id": user.id,
        "username": user.username,
        "name": user.own_name,
        "nickname": user.nickname,
        "email": "",
        "phone": "",
        "avatar": user.avatar,
        "roles": [role.value for role in user.roles],
        "created_at": "2036-06-01 12:00:00",
    }
    return plain | about


@pytest.fixture
def admin(io_loop, api: Api) -> User:
    return io_loop.run_sync(lambda: register(api, "boss", roles=(Role.ADMIN,)))


async def test_users_are_listed_in_pages(api: Api, admin: User) -> None:
    users = [admin, await register(api), await make_user(api.application, "Visitor")]
    answer = await api.get("/api/user_info", as_user=admin)
    assert answer.status == 200
    data = {"list": [shape(user) for user in users], "page": 1, "page_limit": 20, "total": 3}
    assert answer.json == {"code": 20001, "message": "操作成功", "data": data}
    second = await api.get("/api/user_info?page=2&page_limit=2", as_user=admin)
    assert second.data == {"list": [shape(users[2])], "page": 2, "page_limit": 2, "total": 3}


async def test_users_are_searched_by_username_and_a_pattern_is_only_a_text(api: Api, admin: User) -> None:
    alice = await register(api)
    assert (await api.get("/api/user_info?username=LIC", as_user=admin)).data["list"] == [shape(alice)]
    for pattern in (".*", "^a", "a|b", "[a-z]+", "(", "{$ne: 1}"):
        answer = await api.get("/api/user_info", query={"username": pattern}, as_user=admin)
        assert answer.data == {"list": [], "page": 1, "page_limit": 20, "total": 0}


async def test_the_document_s_own_query_is_told_what_is_wrong_with_it(api: Api, admin: User) -> None:
    answer = await api.get("/api/user_info?username=cum&page=quia&page_limit=vero", as_user=admin)
    assert answer.status == 422
    assert answer.json == {"code": 10001, "message": "参数有误", "data": {"page": ["必须是整数"], "page_limit": ["必须是整数"]}}


@pytest.mark.parametrize("form", ["query", "form", "json"])
async def test_an_admin_changes_a_user_in_all_three_input_forms(api: Api, admin: User, form: str) -> None:
    alice = await register(api)
    about = {"name": "autem", "email": "nisi@mail.example", "phone": "13800000000", "avatar": "https://pictures.example/a.png"}
    answer = await api.ask("PUT", "/api/user_info/Alice", as_user=admin, **sent_as(form, about))
    assert answer.status == 200
    assert answer.json == {"code": 20001, "message": "操作成功", "data": shape(alice, **about)}


async def test_what_is_not_given_stays_and_an_empty_text_takes_away(api: Api, admin: User) -> None:
    alice = await register(api)
    await api.ask("PUT", "/api/user_info/alice", as_user=admin, json={"email": "a@mail.example", "phone": "13800000000"})
    answer = await api.ask("PUT", "/api/user_info/alice", as_user=admin, json={"email": ""})
    assert answer.data == shape(alice, phone="13800000000")


async def test_roles_numbers_and_passwords_that_ride_along_are_not_read(api: Api, admin: User) -> None:
    alice = await register(api)
    riders = {"id": 7, "role": "admin", "roles": ["admin"], "password": "x", "password_hash": "x", "username": "eve", "is_banned": True}
    answer = await api.ask("PUT", "/api/user_info/alice", as_user=admin, json={"name": "A", **riders})
    assert answer.data == shape(alice, name="A")
    assert (await log_in(api)).status == 200


async def test_what_cannot_be_is_refused_by_name(api: Api, admin: User) -> None:
    await register(api)
    answer = await api.ask("PUT", "/api/user_info/alice?name=autem&email=nisi&phone=distinctio&avatar=commodi", as_user=admin)
    assert answer.status == 422
    problems = {name: ["格式不正确"] for name in ("email", "phone", "avatar")}
    assert answer.json == {"code": 10001, "message": "参数有误", "data": problems}


async def test_a_user_whom_nobody_knows_is_not_found(api: Api, admin: User) -> None:
    for method, path in (
        ("PUT", "/api/user_info/404"),
        ("DELETE", "/api/user_info/404"),
        ("PUT", "/api/user_info/01"),
        ("DELETE", "/api/user_info/id:404"),
        ("PUT", "/api/user_info/%2e%2e"),
        ("PUT", "/api/ops/accounts/admins/nobody"),
    ):
        answer = await api.ask(method, path, as_user=admin)
        assert (answer.status, answer.json) == (404, NOT_FOUND)


async def test_a_deleted_user_is_gone_their_bids_are_not_and_their_name_is_taken(api: Api, admin: User) -> None:
    alice = await register(api)
    token, lot = await token_of(api), await make_goods(api.application)
    await api.bid(alice, lot, 20000)
    answer = await api.ask("DELETE", "/api/user_info/alice", as_user=admin)
    assert answer.status == 200
    assert answer.json == {"code": 20001, "message": "操作成功", "data": None}
    assert (await api.get("/api/auth/me", token=token)).status == 401
    assert (await log_in(api)).status == 400
    assert (await api.get("/api/user_info", as_user=admin)).data["list"] == [shape(admin)]
    await api.application.auctions.looks.look()  # polls know of it then, within two seconds
    goods = (await api.get("/api/group")).data["list"]
    assert goods[0]["bid"] == {"user_id": alice.id, "nickname": "已注销用户", "price": 20000}
    again = await api.post("/api/auth/register", json=await registration_form(api, "alice"))
    assert (again.status, again.json["code"]) == (409, 10003)


async def test_a_user_without_a_username_is_named_by_number(api: Api, admin: User) -> None:
    visitor = await make_user(api.application, "Visitor")
    answer = await api.ask("PUT", f"/api/user_info/id:{visitor.id}", as_user=admin, json={"name": "Guest"})
    assert answer.data == shape(visitor, name="Guest")
    assert (await api.ask("DELETE", f"/api/user_info/id:{visitor.id}", as_user=admin)).status == 200


async def test_a_number_is_a_user_s_where_nobody_has_that_name_as_in_the_document_s_examples(api: Api, admin: User) -> None:
    visitor = await make_user(api.application, "Visitor", id=123)
    changed = await api.ask("PUT", "/api/user_info/123?name=Guest", as_user=admin)
    assert (changed.status, changed.data) == (200, shape(visitor, name="Guest"))
    named = await register(api, "123")
    changed = await api.ask("PUT", "/api/user_info/123?name=Named", as_user=admin)
    assert changed.data == shape(named, name="Named")
    assert (await api.ask("PUT", "/api/user_info/id:123?name=Visitor", as_user=admin)).data == shape(visitor)


async def test_a_deletion_asked_for_twice_finds_no_other_user_by_what_was_a_name(api: Api, admin: User) -> None:
    visitor = await make_user(api.application, "Visitor", id=123)
    await register(api, "123")
    assert (await api.ask("DELETE", "/api/user_info/123", as_user=admin)).status == 200
    for _ in range(2):
        answer = await api.ask("DELETE", "/api/user_info/123", as_user=admin)
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert await api.application.stores.accounts.users.get_user(123) == visitor


async def test_a_part_is_changed_by_patch(api: Api, admin: User) -> None:
    alice = await register(api)
    await api.ask("PUT", "/api/user_info/alice", as_user=admin, json={"email": "a@mail.example"})
    answer = await api.ask("PATCH", "/api/user_info/alice", as_user=admin, json={"phone": "13800000000"})
    assert (answer.status, answer.data) == (200, shape(alice, email="a@mail.example", phone="13800000000"))
    assert (await api.ask("PATCH", "/api/user_info/alice", as_user=alice, json={})).json == FORBIDDEN


async def test_an_admin_cannot_delete_or_dismiss_themselves(api: Api, admin: User) -> None:
    for path in ("/api/user_info/boss", "/api/ops/accounts/admins/boss"):
        answer = await api.ask("DELETE", path, as_user=admin)
        assert answer.status == 409
        assert answer.json == {"code": 10003, "message": "不能对自己执行此操作", "data": {}}


@pytest.mark.parametrize("roles", [(), (Role.OPERATOR,)])
async def test_who_is_no_admin_lacks_the_rights(api: Api, roles: tuple[Role, ...]) -> None:
    alice = await register(api, roles=roles)
    for method, path in (
        ("GET", "/api/user_info"),
        ("PUT", "/api/user_info/alice"),
        ("DELETE", "/api/user_info/alice"),
        ("PUT", "/api/ops/accounts/admins/alice"),
        ("DELETE", "/api/ops/accounts/admins/alice"),
    ):
        answer = await api.ask(method, path, as_user=alice)
        assert (answer.status, answer.json) == (403, FORBIDDEN)
    assert (await api.application.stores.accounts.users.get_user(alice.id)).roles == roles


async def test_an_admin_makes_admins_and_dismisses_them(api: Api, admin: User) -> None:
    alice = await register(api)
    made = await api.ask("PUT", "/api/ops/accounts/admins/alice", as_user=admin)
    assert made.status == 200
    assert made.json == {"code": 20001, "message": "操作成功", "data": shape(alice, roles=["admin"])}
    token = await token_of(api)
    assert (await api.get("/api/user_info", token=token)).status == 200
    dismissed = await api.ask("DELETE", "/api/ops/accounts/admins/alice", as_user=admin)
    assert dismissed.data == shape(alice)
    assert (await api.get("/api/user_info", token=token)).status == 401
    assert (await api.get("/api/user_info", token=await token_of(api))).status == 403
