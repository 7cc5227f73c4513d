"""操作员登录: a password and a second factor, roles beside each route, and dangerous actions that ask again."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from handlers import DOCUMENTS
from server.domain.accounts.users import OPERATORS, Role, User
from server.web.access import OPERATOR
from tests.api import Answer, Api
from tests.builders import make_user
from tests.clock import HandClock
from tests.nouns import refused
from tests.operators import PASSWORD, Phone, add_operator, sign_in_with_second_factor
from tests.realtime.listening import Listener

DOOR = "/api/ops/auth"


async def sign_in(api: Api, name: str, password: str = PASSWORD, code: str | None = None) -> Answer:
    return await api.post(f"{DOOR}/login", json={"name": name, "password": password, **({"code": code} if code else {})})


async def enter(api: Api, name: str, *roles: Role) -> tuple[str, Phone, list[str]]:
    """A new operator, who has set up the second factor: the token, the phone, the recovery codes."""
    await add_operator(api, name, *(roles or (Role.AUCTIONEER,)))
    token = (await sign_in(api, name)).data["access_token"]
    phone = Phone(api.application, (await api.post(f"{DOOR}/second-factor", token=token)).data["secret"])
    made = (await api.put(f"{DOOR}/second-factor", token=token, json={"code": phone.code()})).data
    return made["token"]["access_token"], phone, made["recovery_codes"]


# ---- signing in


async def test_the_first_sign_in_is_good_for_setting_up_the_second_factor_alone(api: Api, clock: HandClock) -> None:
    await add_operator(api, "小林", Role.AUCTIONEER)
    first = (await sign_in(api, "小林")).data
    assert first["must_set_up"] is True
    me = await api.get(f"{DOOR}/me", token=first["access_token"])
    assert me.data | {"id": 0} == {"id": 0, "nickname": "小林", "roles": ["auctioneer"], "has_two_steps": True}
    for path in ("/api/ops/log", "/api/ops/groupbuy/shops", f"{DOOR}/sessions"):
        assert refused(await api.get(path, token=first["access_token"])) == (403, "second_factor_needed")
    begun = (await api.post(f"{DOOR}/second-factor", token=first["access_token"])).data
    assert begun["uri"].startswith("otpauth://totp/") and begun["secret"] in begun["uri"]
    assert begun["qr"].startswith("data:image/svg+xml")
    wrong = await api.put(f"{DOOR}/second-factor", token=first["access_token"], json={"code": "000000"})
    assert wrong.json["data"] == {"code": ["动态验证码不正确"]}
    code = Phone(api.application, begun["secret"]).code()
    made = (await api.put(f"{DOOR}/second-factor", token=first["access_token"], json={"code": code})).data
    assert len(set(made["recovery_codes"])) == 10
    assert (await api.get("/api/ops/log", token=made["token"]["access_token"])).status == 200
    assert refused(await api.get(f"{DOOR}/me", token=first["access_token"])) == (401, "token_invalid")


async def test_password_and_code_are_asked_for_and_a_code_is_good_once(api: Api, clock: HandClock) -> None:
    _, phone, _ = await enter(api, "小林")
    assert refused(await sign_in(api, "小林")) == (401, "code_needed")
    assert refused(await sign_in(api, "小林", code=phone.code())) == (401, "code_wrong")  # it has set the factor up
    clock.advance(seconds=30)
    answers = await asyncio.gather(*(sign_in(api, "小林", code=phone.code()) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 401]
    clock.advance(seconds=30)
    assert (await sign_in(api, "小林", code=phone.code())).data["must_set_up"] is False


async def test_who_guesses_codes_with_the_right_password_is_stopped_as_who_guesses_passwords(api: Api, clock: HandClock) -> None:
    _, phone, _ = await enter(api, "小林")
    clock.advance(minutes=1)
    for number in range(3):
        assert refused(await sign_in(api, "小林", code=f"{number:06}")) == (401, "code_wrong")
    blocked = await sign_in(api, "小林", code=phone.code())
    assert refused(blocked) == (429, "login_blocked") and int(blocked.headers["Retry-After"]) >= 1


async def test_nothing_tells_a_wrong_name_from_a_wrong_password(api: Api) -> None:
    await add_operator(api, "小林", Role.AUCTIONEER)
    unknown, wrong = await sign_in(api, "nobody"), await sign_in(api, "小林", "wrong horse")
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)
    assert refused(wrong) == (401, "wrong_credentials")


async def test_a_recovery_code_is_taken_once_instead(api: Api) -> None:
    _, _, codes = await enter(api, "小林")
    typed = codes[0].lower().replace("-", " ")
    answers = await asyncio.gather(*(sign_in(api, "小林", code=typed) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [200, 401, 401]
    assert (await sign_in(api, "小林", code=codes[1])).status == 200
    kept = await api.application.mongo.database.users.find_one({"nickname": "小林"})
    assert kept is not None and len(kept["second_factor"]["codes"]) == 8
    assert not any(code.replace("-", "") in str(kept) for code in codes)


async def test_a_login_by_the_mini_programs_way_gives_no_rights_to_who_has_two_steps(api: Api) -> None:
    user = await make_user(api.application, "Olive", roles=[Role.OPERATOR])
    assert (await api.get("/api/ops/log", as_user=user)).status == 200  # nothing is set up: as ever
    await sign_in_with_second_factor(api, user)
    weak = (await api.post("/api/auth/login", json={"code": "Olive"})).data["access_token"]
    assert refused(await api.get("/api/ops/log", token=weak)) == (403, "second_factor_needed")
    assert refused(await api.post(f"{DOOR}/second-factor", token=weak)) == (403, "second_factor_needed")
    listener = await Listener.open(api.url)
    await listener.ask("auth", token=weak)
    assert (await listener.ask("subscribe", channel="ops"))["error"] == "forbidden"
    await listener.close()


async def test_a_refreshed_token_is_as_good_as_the_one_before(api: Api) -> None:
    token, _, _ = await enter(api, "小林")
    refreshed = (await api.post("/api/auth/refresh", token=token)).data["access_token"]
    assert (await api.get("/api/ops/log", token=refreshed)).status == 200


# ---- passwords and sessions


async def test_a_changed_password_is_asked_for_and_other_logins_are_over(api: Api, clock: HandClock) -> None:
    token, phone, codes = await enter(api, "小林")
    other = (await sign_in(api, "小林", code=codes[0])).data["access_token"]
    new = {"password": "a quite different sentence", "password_confirmation": "a quite different sentence"}
    assert refused(await api.put(f"{DOOR}/password", token=token, json={"old": "wrong", **new})) == (403, "wrong_password")
    easy = {"old": PASSWORD, "password": "password1", "password_confirmation": "password1"}
    assert refused(await api.put(f"{DOOR}/password", token=token, json=easy)) == (422, "invalid_input")
    assert (await api.put(f"{DOOR}/password", token=token, json={"old": PASSWORD, **new})).status == 200
    assert (await api.get(f"{DOOR}/me", token=token)).status == 200
    assert (await api.get(f"{DOOR}/me", token=other)).status == 401
    assert refused(await sign_in(api, "小林", code=codes[1])) == (401, "wrong_credentials")
    assert (await sign_in(api, "小林", new["password"], codes[1])).status == 200


async def test_sessions_are_listed_and_each_can_be_ended(api: Api, clock: HandClock) -> None:
    token, _, codes = await enter(api, "小林")
    clock.advance(minutes=1)
    other = (await sign_in(api, "小林", code=codes[0])).data["access_token"]
    newest, oldest = (await api.get(f"{DOOR}/sessions", token=token)).data
    assert (newest["is_current"], oldest["is_current"]) == (False, True)
    assert newest["login_at"] == "2036-06-01 12:01:00" and newest["address"] == "127.0.0.1" and newest["agent"]
    stranger, _, _ = await enter(api, "大林")
    assert refused(await api.delete(f"{DOOR}/sessions/{newest['id']}", token=stranger)) == (404, "not_found")
    assert (await api.delete(f"{DOOR}/sessions/{newest['id']}", token=token)).status == 200
    assert refused(await api.get(f"{DOOR}/me", token=other)) == (401, "token_invalid")
    assert [one["id"] for one in (await api.get(f"{DOOR}/sessions", token=token)).data] == [oldest["id"]]


# ---- dangerous actions


async def dismiss(api: Api, admin: User | None, victim: int, code: str | None = None, token: str | None = None) -> Answer:
    headers = {"X-Second-Factor": code} if code else {}
    return await api.delete(f"/api/ops/accounts/operators/{victim}", as_user=admin, token=token, headers=headers)


async def test_a_dangerous_action_asks_for_the_second_factor_again_after_a_while(api: Api, clock: HandClock) -> None:
    token, phone, codes = await enter(api, "大林", Role.ADMIN)
    victims = [(await add_operator(api, f"小林{number}", Role.AUCTIONEER)).data["id"] for number in range(4)]
    assert (await dismiss(api, None, victims[0], token=token)).status == 200  # it was given a moment ago
    clock.advance(minutes=5)
    assert refused(await dismiss(api, None, victims[1], token=token)) == (403, "second_factor_needed")
    assert refused(await dismiss(api, None, victims[1], "000000", token=token)) == (403, "second_factor_wrong")
    assert (await dismiss(api, None, victims[1], phone.code(), token=token)).status == 200
    assert (await dismiss(api, None, victims[2], token=token)).status == 200
    clock.advance(minutes=5)
    assert (await api.post(f"{DOOR}/confirm", token=token, headers={"X-Second-Factor": codes[0]})).status == 200
    assert (await dismiss(api, None, victims[3], token=token)).status == 200
    assert (await api.get(f"/api/ops/accounts/operators/{victims[3]}", token=token)).status == 404


async def test_who_has_no_second_factor_does_nothing_dangerous(api: Api) -> None:
    admin = await make_user(api.application, "admin", roles=[Role.ADMIN])
    victim = (await add_operator(api, "小林", Role.AUCTIONEER)).data["id"]
    for code in (None, "000000"):
        assert refused(await dismiss(api, admin, victim, code)) == (403, "second_factor_not_set")
    assert (await api.get(f"/api/ops/accounts/operators/{victim}", as_user=admin)).status == 200


# ---- roles


@pytest.mark.parametrize("role", OPERATORS)
async def test_each_role_may_do_what_is_declared_beside_each_route_and_nothing_else(api: Api, role: Role) -> None:
    user = await make_user(api.application, "op", roles=[role])
    await sign_in_with_second_factor(api, user)
    tried = 0
    for document in (one for one in DOCUMENTS if "ops" in one.name):
        for path, route in document.routes():
            if not route.access.roles or path.startswith(DOOR):
                continue
            asked = path.replace("{id}", "999999").replace("{code}", "NOBODY").replace("{username}", "nobody")
            answer = await api.ask(route.method, asked, as_user=user, json={"": ""} if route.method != "GET" else {})
            assert (answer.status == 403) is not user.is_any_of(route.access.roles), (route.method, path)
            tried += 1
    assert tried > 30


@pytest.mark.parametrize(
    "role, may",
    [
        (Role.AUCTIONEER, {Role.AUCTIONEER}),
        (Role.SHOP_STAFF, {Role.SHOP_STAFF}),
        (Role.BOOKKEEPER, {Role.BOOKKEEPER}),
        (Role.OPERATOR, set(OPERATORS) - {Role.ADMIN}),
        (Role.ADMIN, set(OPERATORS)),
    ],
)
async def test_a_role_includes_what_is_below_it(api: Api, role: Role, may: set[Role]) -> None:
    user = await make_user(api.application, "op", roles=[role])
    assert {one for one in Role if user.is_any_of([one])} == may
    assert user.is_any_of(OPERATOR.roles)


async def test_the_description_says_who_may(api: Api) -> None:
    described = (await api.get("/openapi.json")).json["paths"]
    add = described["/api/ops/groupbuy/shops"]["post"]
    assert (add["x-access"], add["x-roles"]) == ("shop_staff", ["shop_staff", "operator", "admin"])
    remove = described["/api/ops/accounts/operators/{id}"]["delete"]
    assert [one["name"] for one in remove["parameters"] if one["in"] == "header"] == ["X-Second-Factor"]
    assert remove["x-roles"] == ["admin"]


# ---- operators, as admins keep them


async def test_roles_that_are_taken_away_end_what_could_be_done_with_them(api: Api) -> None:
    token, _, _ = await enter(api, "小林", Role.SHOP_STAFF)
    admin = await make_user(api.application, "admin", roles=[Role.ADMIN])
    me: dict[str, Any] = (await api.get(f"{DOOR}/me", token=token)).data
    path = f"/api/ops/accounts/operators/{me['id']}"
    assert (await api.ask("PATCH", path, as_user=admin, json={"roles": ["bookkeeper"]})).data["roles"] == ["bookkeeper"]
    assert refused(await api.get(f"{DOOR}/me", token=token)) == (401, "token_invalid")


async def test_who_lost_everything_is_given_a_first_password_and_sets_up_again(api: Api) -> None:
    token, phone, _ = await enter(api, "小林")
    admin = await make_user(api.application, "admin", roles=[Role.ADMIN])
    await sign_in_with_second_factor(api, admin)
    me: dict[str, Any] = (await api.get(f"{DOOR}/me", token=token)).data
    path, given = f"/api/ops/accounts/operators/{me['id']}/reset", {"password": "another first sentence", "reason": "手机丢失"}
    assert (await api.post(path, as_user=admin, json=given)).status == 200
    assert (await api.get(f"{DOOR}/me", token=token)).status == 401
    assert (await sign_in(api, "小林", "another first sentence", phone.code())).data["must_set_up"] is True
    (entry,) = (await api.get("/api/ops/log", as_user=admin, query={"noun": "accounts.operators", "limit": 1})).data["list"]
    assert (entry["verb"], entry["reason"]) == ("reset", "手机丢失") and "sentence" not in str(entry)


async def test_two_operators_of_one_name_are_not_added(api: Api) -> None:
    answers = await asyncio.gather(*(add_operator(api, "小林", Role.AUCTIONEER) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [200, 422, 422]


async def test_the_last_admin_stays(api: Api) -> None:
    admin = await make_user(api.application, "admin", roles=[Role.ADMIN])
    await sign_in_with_second_factor(api, admin)
    path = f"/api/ops/accounts/operators/{admin.id}"
    assert refused(await api.delete(path, as_user=admin)) == (409, "in_use")
    assert refused(await api.ask("PATCH", path, as_user=admin, json={"roles": ["auctioneer"]})) == (409, "in_use")
