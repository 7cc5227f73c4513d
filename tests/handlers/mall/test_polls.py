"""投票模块 over HTTP: one vote for each member, within the limits of the poll."""
from __future__ import annotations

import asyncio
from typing import Any

from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.community import find_problems, look_at, put_up
from tests.handlers.mall.ordering import OPS, hire
from tests.mall import Shopper, data_of, sign_in
from tests.nouns import refused

OPTIONS = [{"title": "甲"}, {"title": "乙"}, {"title": "丙"}]
OK, VOTED, CLOSED = {"code": 0, "msg": "success"}, {"code": 10000, "msg": "您已投票"}, {"code": 20000, "msg": "投票未开始、已结束或已关闭"}


async def vote(shopper: Shopper, poll: dict[str, Any], items: str, **about: Any) -> dict[str, Any]:
    return await shopper.post("/vote/vote", voteId=poll["id"], items=items, **about)


async def test_a_member_votes_once_and_everybody_sees_the_count(api: Api) -> None:
    operator, alice, bob, guest = await hire(api), await sign_in(api), await sign_in(api, "bob"), Shopper(api)
    assert (await guest.post("/vote/items"))["code"] == 700
    made = await put_up(api, operator, "polls", title="最美", options=OPTIONS, most=2)
    [plain] = data_of(await guest.post("/vote/items"))["result"]
    [whole] = data_of(await guest.post("/vote/items", showItems="true"))["result"]
    assert "items" not in plain and [one["title"] for one in whole["items"]] == ["甲", "乙", "丙"]
    assert (await vote(guest, made, "1"))["code"] == 2000
    assert await alice.get("/vote/vote/info", voteId=made["id"]) == {"code": 700, "msg": "您尚未投票"}
    for wrong, code in (("", 300), ("x", 601), ("9", 20002), ("1,2,3", 20003)):
        assert (await vote(alice, made, wrong))["code"] == code
    assert await vote(alice, made, "1,3", remark="好看") == OK
    answers = await asyncio.gather(*(vote(alice, made, "2") for _ in range(3)), *(vote(bob, made, "3,3") for _ in range(3)))
    assert [one["code"] for one in answers].count(0) == 1 and VOTED in answers
    detail = data_of(await guest.get("/vote/info", id=made["id"]))
    assert [(one["number"], one["isBest"]) for one in detail["items"]] == [(1, False), (0, False), (2, True)]
    assert detail["info"]["numberPerson"] == 2
    mine = data_of(await alice.get("/vote/vote/info", voteId=made["id"]))
    assert (mine["items"], mine["remark"]) == ("1,3", "好看")
    rows = data_of(await guest.post("/vote/vote/list", voteId=made["id"]))["result"]
    assert [(row["nick"], row["items"]) for row in rows] == [("bob", "3"), ("alice", "1,3")]
    assert await find_problems(api) == []


async def test_limits_and_times_are_kept(api: Api, clock: HandClock) -> None:
    operator = await hire(api)
    people = [await sign_in(api, f"p{n}") for n in range(6)]
    made = await put_up(
        api, operator, "polls", title="限时", options=OPTIONS, most_voters=2, shows_voters=False,
        starts_at="2036-06-01 12:10:00", ends_at="2036-06-01 12:20:00",
    )
    assert await vote(people[0], made, "1") == CLOSED
    clock.advance(minutes=10)
    answers = await asyncio.gather(*(vote(one, made, "2") for one in people))
    assert sorted(one["code"] for one in answers) == [0, 0, 20001, 20001, 20001, 20001]
    assert (await people[0].post("/vote/vote/list", voteId=made["id"]))["code"] == 700
    clock.advance(minutes=10)
    assert await vote(await sign_in(api, "late"), made, "1") == CLOSED
    assert (await vote(people[0], {"id": 99}, "1"))["code"] == 700
    assert await find_problems(api) == []


async def test_options_keep_their_numbers(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api)
    made = await put_up(api, operator, "polls", title="改", options=OPTIONS)
    assert [one["id"] for one in made["options"]] == [1, 2, 3]
    await vote(alice, made, "2")
    path = f"{OPS}/polls/{made['id']}"
    kept = [{"id": 2, "title": "乙"}, {"title": "丁"}]
    changed = (await api.ask("PATCH", path, as_user=operator, json={"options": kept})).data
    assert [one["id"] for one in changed["options"]] == [2, 4]
    for wrong in ([{"id": 1, "title": "甲"}], [{"id": 4, "title": "丁"}], [{"id": 2, "title": "乙"}] * 2, []):
        assert refused(await api.ask("PATCH", path, as_user=operator, json={"options": wrong})) == (422, "invalid_input")
    for terms in ({"least": 2, "most": 1}, {"least": 4, "most": 4}):
        assert refused(await api.ask("PATCH", path, as_user=operator, json=terms)) == (422, "invalid_input")
    assert (await look_at(api, operator, "polls", made["id"]))["counts"] == {"2": 1}
