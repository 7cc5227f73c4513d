"""排队叫号 over HTTP: numbers, and the staff that calls them."""
from __future__ import annotations

import asyncio
from typing import Any

from tests.api import Api
from tests.handlers.mall.community import look_at, put_up
from tests.handlers.mall.ordering import act, hire
from tests.mall import Shopper, data_of, sign_in
from tests.nouns import refused

FULL, CLOSED = {"code": 20001, "msg": "名额已满"}, {"code": 20000, "msg": "队列已关闭"}


async def take(shopper: Shopper, queue: dict[str, Any], **about: Any) -> dict[str, Any]:
    return await shopper.post("/queuing/get", typeId=queue["id"], **about)


async def standing(shopper: Shopper, **about: Any) -> list[tuple[int, int, int]]:
    """Number, state and what was called last, the newest ticket first."""
    found = data_of(await shopper.get("/queuing/my", **about))
    return [(one["queuingLog"]["number"], one["queuingLog"]["status"], one["queuingUpType"]["curNumber"]) for one in found]


async def test_members_wait_and_are_called_one_after_the_other(api: Api) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    assert (await Shopper(api).get("/queuing/types"))["code"] == 700
    made = await put_up(api, operator, "queues", name="小桌", minutes=7)
    assert data_of(await Shopper(api).get("/queuing/types", status="0")) == [
        {"id": made["id"], "name": "小桌", "status": 0, "statusStr": "正常", "curNumber": 0, "minitus": 7, "numberGet": 0, "maxNumber": 0}
    ]
    assert (await take(Shopper(api), made))["code"] == 2000
    assert (await alice.get("/queuing/my"))["code"] == 700
    assert (await take(alice, made, mobile="12"))["code"] == 601
    first = data_of(await take(alice, made, mobile="13800138000"))
    assert (first["number"], first["statusStr"], first["mobile"]) == (1, "排队中", "13800138000")
    assert data_of(await take(alice, made)) == first
    assert data_of(await take(bob, made, mobile=""))["number"] == 2
    assert refused(await act(api, operator, "queues", made["id"], "finish")) == (409, "nobody_waits")
    assert (await act(api, operator, "queues", made["id"], "call-next")).data["current"] == 1
    assert [await standing(alice), await standing(bob, typeId=made["id"])] == [[(1, 1, 1)], [(2, 0, 1)]]
    assert (await act(api, operator, "queues", made["id"], "call-next")).data["current"] == 2
    assert [await standing(alice, status=2), await standing(bob)] == [[(1, 2, 2)], [(2, 1, 2)]]
    assert refused(await act(api, operator, "queues", made["id"], "call-next")) == (409, "nobody_waits")
    assert (await act(api, operator, "queues", made["id"], "finish")).data["current"] == 2
    assert data_of(await take(alice, made))["number"] == 3
    assert await standing(alice) == [(3, 0, 2), (1, 2, 2)]


async def test_the_last_number_goes_to_one_and_none_is_given_twice(api: Api) -> None:
    operator = await hire(api)
    made = await put_up(api, operator, "queues", name="限号", most=5)
    people = [await sign_in(api, f"p{n}") for n in range(9)]
    answers = await asyncio.gather(*(take(one, made) for one in people for _ in range(2)))
    numbers = [one["data"]["number"] for one in answers if one["code"] == 0]
    assert sorted(set(numbers)) == [1, 2, 3, 4, 5] and all(one == FULL for one in answers if one["code"])
    assert data_of(await Shopper(api).get("/queuing/types", status=2))[0]["statusStr"] == "名额已满"
    calls = await asyncio.gather(*(act(api, operator, "queues", made["id"], "call-next") for _ in range(7)))
    assert sorted(one.data["current"] for one in calls if one.status == 200) == [1, 2, 3, 4, 5]
    tickets = (await api.get("/api/ops/mall/tickets", as_user=operator, query={"queue_id": made["id"]})).data["list"]
    assert sorted((one["number"], one["state"]) for one in tickets) == [(1, 2), (2, 2), (3, 2), (4, 2), (5, 1)]


async def test_a_queue_is_closed_begun_anew_and_single_numbers_are_passed_over(api: Api) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    made = await put_up(api, operator, "queues", name="大桌")
    ids = [data_of(await take(one, made))["id"] for one in (alice, bob)]
    assert (await act(api, operator, "tickets", ids[0], "pass")).data["state"] == 3
    assert refused(await act(api, operator, "tickets", ids[0], "pass")) == (409, "nobody_waits")
    assert (await act(api, operator, "queues", made["id"], "call-next")).data["current"] == 2
    assert (await act(api, operator, "tickets", ids[0], "serve")).data["state"] == 2
    change = {"name": "大桌", "is_open": False}
    await api.ask("PUT", f"/api/ops/mall/queues/{made['id']}", as_user=operator, json=change)
    assert await take(alice, made) == CLOSED
    assert data_of(await take(bob, made))["number"] == 2  # theirs of before
    assert (await act(api, operator, "queues", made["id"], "begin-anew", reason="下午")).data["given"] == 0
    assert await standing(bob) == [(2, 3, 0)]
    await api.ask("PATCH", f"/api/ops/mall/queues/{made['id']}", as_user=operator, json={"is_open": True})
    assert data_of(await take(bob, made))["number"] == 1
    assert (await look_at(api, operator, "queues", made["id"]))["round"] == 2
    assert (await take(bob, {"id": 99}))["code"] == 700
