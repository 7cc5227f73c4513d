"""邀请码: made and taken back by operators."""
from __future__ import annotations

import pytest

from server.domain.accounts.users import Role
from tests.api import Api
from tests.builders import make_user
from tests.registering import registration_form


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
async def test_codes_that_were_made_let_people_in_and_count_it(api: Api, role: Role) -> None:
    operator = await make_user(api.application, "Ops", roles=(role,))
    wanted = {"count": 2, "uses": 3, "days": 7, "note": "spring"}
    made = await api.post("/api/ops/accounts/invitations", as_user=operator, json=wanted)
    assert made.status == 201
    codes = [one["code"] for one in made.json["data"]]
    times = {"expires_at": "2036-06-08 12:00:00", "created_at": "2036-06-01 12:00:00"}
    usual = {"uses": 3, "uses_left": 3, "note": "spring", **times, "made_by": operator.id, "revision": 1}
    data = [{"code": code, **usual} for code in codes]
    assert made.json == {"code": 1, "message": "", "data": data}
    form = await registration_form(api, "alice", invitation_code=codes[0].lower())
    assert (await api.post("/api/auth/register", json=form)).status == 201
    listed = await api.get("/api/ops/accounts/invitations", as_user=operator)
    data[0]["uses_left"] = 2
    in_order = sorted(data, key=lambda one: str(one["code"]), reverse=True)
    assert listed.data == {"current_page": 1, "list": in_order, "total": 2}


async def test_nothing_said_is_one_code_for_one_registration_within_thirty_days(api: Api) -> None:
    operator = await make_user(api.application, "Ops", roles=(Role.OPERATOR,))
    (made,) = (await api.post("/api/ops/accounts/invitations", as_user=operator)).json["data"]
    assert (made["uses"], made["expires_at"]) == (1, "2036-07-01 12:00:00")


async def test_a_code_that_was_taken_back_lets_nobody_in(api: Api) -> None:
    operator = await make_user(api.application, "Ops", roles=(Role.OPERATOR,))
    (made,) = (await api.post("/api/ops/accounts/invitations", as_user=operator)).json["data"]
    answer = await api.ask("DELETE", f"/api/ops/accounts/invitations/{made['code']}", as_user=operator)
    assert (answer.status, answer.json) == (200, {"code": 1, "message": "", "data": None})
    again = await api.ask("DELETE", f"/api/ops/accounts/invitations/{made['code']}", as_user=operator)
    assert (again.status, again.json["error"]) == (404, "not_found")
    form = await registration_form(api, "alice", invitation_code=made["code"])
    assert (await api.post("/api/auth/register", json=form)).json["data"] == {"invitation_code": ["邀请码无效"]}


async def test_others_make_no_codes(api: Api) -> None:
    alice = await make_user(api.application)
    for method, path in (
        ("GET", "/api/ops/accounts/invitations"),
        ("POST", "/api/ops/accounts/invitations"),
        ("DELETE", "/api/ops/accounts/invitations/ABC"),
    ):
        answer = await api.ask(method, path, as_user=alice)
        assert (answer.status, answer.json["error"]) == (403, "forbidden")


async def test_too_many_are_refused_by_name(api: Api) -> None:
    operator = await make_user(api.application, "Ops", roles=(Role.OPERATOR,))
    answer = await api.post("/api/ops/accounts/invitations", as_user=operator, json={"count": 101, "uses": 0, "days": 1.5})
    assert answer.status == 422
    problems = {"count": ["不能大于 100"], "uses": ["不能小于 1"], "days": ["必须是整数"]}
    assert (answer.json["error"], answer.json["data"]) == ("invalid_input", problems)
