"""预约报名 over HTTP: places, teams, money, and the staff's desk."""
from __future__ import annotations

import asyncio
import json
from typing import Any

from server.domain.accounts.users import User
from server.domain.mall.ledger import Sums
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.community import find_problems, look_at, put_up
from tests.handlers.mall.ordering import act, hire
from tests.mall import Shopper, data_of, sign_in
from tests.nouns import refused

OK = {"code": 0, "msg": "success"}
MISSING = {"code": 700, "msg": "报名记录不存在"}
FULL, CLOSED = {"code": 20001, "msg": "名额已满"}, {"code": 20000, "msg": "预约项目未开始、已结束或已关闭"}
OVER = {"code": 20000, "msg": "报名已取消或已结束"}


async def put_activity(api: Api, operator: User, **terms: Any) -> dict[str, Any]:
    return await put_up(api, operator, "activities", title="体检", **terms)


async def book(shopper: Shopper, activity: dict[str, Any], **about: Any) -> dict[str, Any]:
    return await shopper.post("/yuyue/join", yuyueId=activity["id"], **about)


async def sums_of(shopper: Shopper) -> Sums:
    return (await shopper.application.services.mall.ledger.get_wallet(shopper.uid)).sums


async def test_a_member_books_pays_and_reads_it_back(api: Api, clock: HandClock) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    guest = Shopper(api)
    assert (await guest.post("/yuyue/items"))["code"] == 700
    made = await put_activity(api, operator, fee=2000, places=2, picture="/pictures/1.jpg", content="<p onclick=x>空腹</p><script>x</script>")
    [row] = data_of(await guest.post("/yuyue/items", status=0))["result"]
    assert (row["id"], row["amount"], row["numberPersonMax"], row["statusStr"]) == (made["id"], 20.0, 2, "正常")
    assert (await guest.post("/yuyue/items", status=1))["code"] == 700
    assert data_of(await guest.get("/yuyue/info", id=made["id"]))["info"]["content"] == "<p>空腹</p>"
    assert (await guest.post("/yuyue/join", yuyueId=made["id"]))["code"] == 2000
    assert (await alice.post("/yuyue/join/list"))["code"] == 700

    booked = data_of(await book(alice, made, extJsonStr=json.dumps({"姓名": "严", "年龄": 30}), remark="上午"))
    assert (booked["status"], booked["statusStr"], booked["datePayEnd"]) == (0, "待支付", "2036-06-01 12:30:00")
    assert (await book(alice, made))["code"] == 10000
    for ask in (alice.get, alice.post):
        detail = data_of(await ask("/yuyue/join/info", joinId=booked["id"]))
        assert (detail["info"], detail["extJson"]) == (booked, {"姓名": "严", "年龄": "30"})
    assert await alice.post("/yuyue/join/update", joinId=booked["id"], extJsonStr='{"姓名": "颜"}') == OK
    assert data_of(await alice.post("/yuyue/join/info", joinId=booked["id"]))["extJson"] == {"姓名": "颜"}
    bookings = api.application.services.mall.community.bookings
    caller = (await api.application.services.accounts.users.get_user(alice.uid))
    await alice.give(balance=2000)
    await asyncio.gather(*(bookings.pay(caller, booked["id"]) for _ in range(3)), return_exceptions=True)
    assert await sums_of(alice) == Sums()
    [row] = data_of(await alice.post("/yuyue/join/list"))["result"]
    assert (row["status"], row["statusStr"], "datePay" in row, "datePayEnd" in row) == (1, "已报名", True, False)
    (entry,) = data_of(await alice.post("/user/cashLog", behavior=1))
    assert (entry["type"], entry["amount"]) == (4, 20.0)
    for path in ("/yuyue/join/info", "/yuyue/join/update"):
        assert await bob.post(path, joinId=booked["id"]) == MISSING
    assert (await look_at(api, operator, "activities", made["id"]))["taken"] == 1
    assert await find_problems(api) == []


async def test_the_last_place_goes_to_one(api: Api) -> None:
    operator = await hire(api)
    made = await put_activity(api, operator, places=3)
    people = [await sign_in(api, f"p{n}") for n in range(8)]
    answers = await asyncio.gather(*(book(one, made) for one in people for _ in range(2)))
    assert sorted({one["code"] for one in answers}) == [0, 10000, 20001]
    assert [one["code"] for one in answers].count(0) == 3
    assert FULL in answers
    assert (await look_at(api, operator, "activities", made["id"]))["taken"] == 3
    assert await find_problems(api) == []


async def test_nothing_is_booked_before_after_or_while_it_is_closed(api: Api, clock: HandClock) -> None:
    operator, alice = await hire(api), await sign_in(api)
    times = {"starts_at": "2036-06-01 12:10:00", "ends_at": "2036-06-01 12:20:00"}
    made = await put_activity(api, operator, **times)
    assert await book(alice, made) == CLOSED
    clock.advance(minutes=10)
    assert (await book(alice, made))["code"] == 0
    clock.advance(minutes=10)
    assert await book(await sign_in(api, "bob"), made) == CLOSED
    shut = await put_activity(api, operator, is_open=False)
    assert [await book(alice, shut), (await book(alice, {"id": 99}))["code"]] == [CLOSED, 700]
    wrong = await api.post("/api/ops/mall/activities", as_user=operator, json={"title": "x", **times, "ends_at": times["starts_at"]})
    assert refused(wrong) == (422, "invalid_input")


async def test_a_place_that_nobody_pays_for_is_free_again(api: Api, clock: HandClock) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    made = await put_activity(api, operator, fee=100, places=1)
    late = data_of(await book(alice, made))
    assert await book(bob, made) == FULL
    clock.advance(minutes=30)
    bookings = api.application.services.mall.community.bookings
    await asyncio.gather(*(bookings.close_overdue() for _ in range(3)))
    assert data_of(await alice.get("/yuyue/join/info", joinId=late["id"]))["info"]["status"] == 3
    assert (await book(bob, made))["code"] == 0
    assert await alice.post("/yuyue/join/update", joinId=late["id"], extJsonStr="{}") == OVER
    assert await find_problems(api) == []


async def test_teams_are_led_joined_and_left(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api)
    bob, carol, dave = [await sign_in(api, name) for name in ("bob", "carol", "dave")]
    plain = await put_activity(api, operator)
    assert (await book(alice, plain, teamName="一队"))["msg"] == "该项目不支持组队"
    made = await put_activity(api, operator, takes_teams=True, most_in_team=2, fee=500, minutes_unpaid=0)
    assert (await alice.post("/yuyue/info/teams", yuyueId=made["id"]))["code"] == 700
    own = data_of(await book(alice, made, teamName=" 一队 "))
    [team] = data_of(await alice.post("/yuyue/info/teams", yuyueId=made["id"]))["result"]
    assert (team["name"], team["uid"], team["number"]) == ("一队", alice.uid, 1)
    answers = await asyncio.gather(*(book(one, made, teamId=team["id"]) for one in (bob, carol, dave)))
    assert sorted(one["code"] for one in answers) == [0, 20001, 20001]
    assert (await book(bob, plain, teamId=team["id"]))["code"] == 20000
    assert data_of(await alice.get("/yuyue/info/team", teamId=team["id"]))["number"] == 2
    members = data_of(await Shopper(api).post("/yuyue/info/team/members", teamId=team["id"]))["result"]
    assert members[0]["nick"] == "alice" and members[0]["id"] == own["id"]
    joined = members[1]["id"]
    member = next(one for one in (bob, carol, dave) if one.uid == members[1]["uid"])
    await member.give(balance=500)
    users, bookings = api.application.services.accounts.users, api.application.services.mall.community.bookings
    await bookings.pay(await users.get_user(member.uid), joined)
    for one, id in ((member, joined), (alice, own["id"]), (dave, joined)):
        assert (await one.post("/yuyue/info/team/members/del", joinId=id))["code"] == 1000
    assert await alice.post("/yuyue/info/team/members/del", joinId=joined) == OK
    assert await alice.post("/yuyue/info/team/members/del", joinId=joined) == OVER
    assert (await sums_of(member), data_of(await alice.get("/yuyue/info/team", teamId=team["id"]))["number"]) == (Sums(balance=500), 1)
    assert (await look_at(api, operator, "activities", made["id"]))["taken"] == 1
    assert await find_problems(api) == []


async def test_the_staff_finishes_and_cancels(api: Api) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    made = await put_activity(api, operator, fee=700)
    users, service = api.application.services.accounts.users, api.application.services.mall.community.bookings
    ids = []
    for one in (alice, bob):
        await one.give(balance=700)
        ids.append(data_of(await book(one, made))["id"])
    assert refused(await act(api, operator, "bookings", ids[0], "finish")) == (409, "booking_over")
    for one, id in zip((alice, bob), ids):
        await service.pay(await users.get_user(one.uid), id)
    assert (await act(api, operator, "bookings", ids[0], "finish")).data["state"] == 2
    assert refused(await act(api, operator, "bookings", ids[1], "cancel")) == (422, "invalid_input")
    answers = await asyncio.gather(*(act(api, operator, "bookings", ids[1], "cancel", reason="天气") for _ in range(4)))
    assert sorted(one.status for one in answers) == [200, 409, 409, 409]
    assert [await sums_of(alice), await sums_of(bob)] == [Sums(), Sums(balance=700)]
    rows = (await api.get("/api/ops/mall/bookings", as_user=operator, query={"activity_id": made["id"], "state": 3})).data["list"]
    assert [row["id"] for row in rows] == [ids[1]]
    assert await find_problems(api) == []
