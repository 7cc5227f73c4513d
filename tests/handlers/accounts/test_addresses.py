"""用户地址."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import asdict

from tests import belongings
from tests.api import Api
from tests.builders import make_user
from tests.registering import sent_as

HOME = asdict(belongings.HOME)
NOT_FOUND = {"code": 40004, "message": "查询为空", "data": {}}


def shape(number: int = 1, **about: Any) -> dict[str, Any]:
    return {"id": number, **HOME, "created_at": "2036-06-01 12:00:00", "updated_at": "2036-06-01 12:00:00"} | about


@pytest.mark.parametrize("form", ["query", "form", "json"])
async def test_an_address_is_kept_in_all_three_input_forms_and_listed(api: Api, form: str) -> None:
    alice = await make_user(api.application)
    made = await api.post("/api/user_addresses", as_user=alice, **sent_as(form, HOME))
    assert made.status == 201
    assert made.json == {"code": 20001, "message": "操作成功", "data": shape()}
    listed = await api.get("/api/user_addresses", as_user=alice)
    assert listed.json == {"code": 20001, "message": "操作成功", "data": [shape()]}


async def test_an_address_is_changed_and_the_path_names_it(api: Api, clock: Any) -> None:
    alice = await make_user(api.application)
    await api.post("/api/user_addresses", as_user=alice, json=HOME)
    clock.advance(minutes=5)
    answer = await api.ask("PUT", "/api/user_addresses/1?address_id=possimus", as_user=alice, json={**HOME, "city": "宁波市"})
    assert answer.status == 200
    assert answer.json == {"code": 20001, "message": "操作成功", "data": shape(city="宁波市", updated_at="2036-06-01 12:05:00")}


@pytest.mark.parametrize("form", ["query", "form", "json"])
async def test_a_patch_changes_what_is_sent_and_nothing_else(api: Api, clock: Any, form: str) -> None:
    alice = await make_user(api.application)
    await api.post("/api/user_addresses", as_user=alice, json=HOME)
    clock.advance(minutes=5)
    changed = await api.ask("PATCH", "/api/user_addresses/1", as_user=alice, **sent_as(form, {"city": "宁波市", "zip": "315000"}))
    expected = shape(city="宁波市", zip="315000", updated_at="2036-06-01 12:05:00")
    assert (changed.status, changed.json) == (200, {"code": 20001, "message": "操作成功", "data": expected})
    clock.advance(minutes=5)
    assert (await api.ask("PATCH", "/api/user_addresses/1", as_user=alice, **sent_as(form, {}))).data == expected
    assert (await api.get("/api/user_addresses", as_user=alice)).data == [expected]


async def test_two_patches_at_once_are_both_kept(api: Api) -> None:
    alice = await make_user(api.application)
    await api.post("/api/user_addresses", as_user=alice, json=HOME)
    parts = [{"city": "宁波市"}, {"zip": "315000"}, {"contact_name": "刘"}]
    await asyncio.gather(*(api.ask("PATCH", "/api/user_addresses/1", as_user=alice, json=part) for part in parts))
    assert (await api.get("/api/user_addresses", as_user=alice)).data == [shape(city="宁波市", zip="315000", contact_name="刘")]


async def test_a_patch_is_refused_where_what_is_sent_cannot_be(api: Api) -> None:
    alice, bob = await make_user(api.application), await make_user(api.application, "Bob")
    await api.post("/api/user_addresses", as_user=alice, json=HOME)
    answer = await api.ask("PATCH", "/api/user_addresses/1", as_user=alice, json={"zip": "et", "city": ""})
    assert (answer.status, answer.json["data"]) == (422, {"zip": ["格式不正确"], "city": ["必填"]})
    assert (await api.ask("PATCH", "/api/user_addresses/1", as_user=bob, json={"city": "宁波市"})).json == NOT_FOUND
    assert (await api.get("/api/user_addresses", as_user=alice)).data == [shape()]


async def test_an_address_is_removed_once(api: Api) -> None:
    alice = await make_user(api.application)
    await api.post("/api/user_addresses", as_user=alice, json=HOME)
    answer = await api.ask("DELETE", "/api/user_addresses/1?address_id=explicabo", as_user=alice)
    assert (answer.status, answer.json) == (200, {"code": 20001, "message": "操作成功", "data": None})
    again = await api.ask("DELETE", "/api/user_addresses/1", as_user=alice)
    assert (again.status, again.json) == (404, NOT_FOUND)


async def test_another_user_s_address_is_not_found_like_one_that_nobody_has(api: Api) -> None:
    alice, bob = await make_user(api.application), await make_user(api.application, "Bob")
    await api.post("/api/user_addresses", as_user=alice, json=HOME)
    for number in (1, 404):
        for method in ("PUT", "DELETE"):
            answer = await api.ask(method, f"/api/user_addresses/{number}", as_user=bob, json=HOME)
            assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert (await api.get("/api/user_addresses", as_user=bob)).data == []
    assert (await api.get("/api/user_addresses", as_user=alice)).data == [shape()]


async def test_every_part_is_required(api: Api) -> None:
    alice = await make_user(api.application)
    answer = await api.post("/api/user_addresses", as_user=alice)
    assert answer.status == 422
    assert answer.json == {"code": 10001, "message": "参数有误", "data": {name: ["必填"] for name in HOME}}


async def test_another_owner_or_number_that_rides_along_is_not_read(api: Api) -> None:
    alice, bob = await make_user(api.application), await make_user(api.application, "Bob")
    answer = await api.post("/api/user_addresses", as_user=alice, json={**HOME, "id": 9, "user_id": bob.id})
    assert answer.json["data"] == shape()
    assert (await api.get("/api/user_addresses", as_user=bob)).data == []


@pytest.mark.parametrize("number", ["x", "0", "-1", "1.5"])
async def test_a_number_that_is_none_is_refused_by_name(api: Api, number: str) -> None:
    answer = await api.ask("DELETE", f"/api/user_addresses/{number}", as_user=await make_user(api.application))
    assert (answer.status, answer.json["code"], list(answer.json["data"])) == (422, 10001, ["address_id"])
