"""往期团购."""
from __future__ import annotations

import json

import pytest

from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import HandClock
from tests.handlers.bidding.document import as_documented, as_text, shanghai

LIST_EXAMPLE = json.loads(
    """
{
    "code": 1,
    "message": "",
    "data": {
        "current_page": 1,
        "list": [
            {
                "id": 6,
                "issue": 6,
                "start_at": "2020-04-10 08:15:16",
                "end_at": "2020-04-11 08:15:18"
            },
            {
                "id": 5,
                "issue": 5,
                "start_at": "2020-04-09 11:46:03",
                "end_at": "2020-04-09 18:46:07"
            }
        ],
        "total": 2
    }
}
"""
)

GROUP_EXAMPLE = json.loads(
    """
{
    "code": 1,
    "message": "",
    "data": {
        "id": 1,
        "issue": 1,
        "start_at": "2020-04-01 10:01:26",
        "end_at": "2020-04-02 10:01:35",
        "goods": [
            {
                "category": "龙钞补号",
                "goods": [
                    {
                        "id": 1,
                        "group_id": 1,
                        "sn": "U9T0069000",
                        "category": "龙钞补号",
                        "score": " 67E",
                        "sn_no": "豹子号",
                        "low_price": 20000,
                        "top_price": 40000,
                        "bid": {
                            "user_id": 1,
                            "nickname": "赵亚博²º²º",
                            "price": 20000
                        }
                    },
                    {
                        "id": 2,
                        "group_id": 1,
                        "sn": "U9T0069001",
                        "category": "龙钞补号",
                        "score": " 68E",
                        "sn_no": "豹子号",
                        "low_price": 20100,
                        "top_price": 40100,
                        "bid": []
                    }
                ]
            }
        ],
        "status": 2
    }
}
"""
)


async def make_ended_groups(api: Api, clock: HandClock) -> None:
    """Those of the example, and one that is still in progress."""
    clock.moment = shanghai("2020-04-12 12:00:00")
    for group in reversed(LIST_EXAMPLE["data"]["list"]):
        start_at, end_at = shanghai(group["start_at"]), shanghai(group["end_at"])
        await make_group(api.application, id=group["id"], issue=group["issue"], start_at=start_at, end_at=end_at)
    await make_group(api.application, id=7)


async def test_the_document_s_ended_groups_come_newest_first(api: Api, clock: HandClock) -> None:
    await make_ended_groups(api, clock)
    answer = await api.get("/api/group/history")
    assert answer.status == 200
    assert as_text(answer.json) == as_text(LIST_EXAMPLE)


async def test_the_document_s_ended_group_shows_its_goods_by_category(api: Api, clock: HandClock) -> None:
    example = GROUP_EXAMPLE["data"]
    clock.moment = shanghai("2020-04-01 12:00:00")
    bidder = await make_user(api.application, "赵亚博²º²º", id=1)
    goods = (Goods(id=1), Goods(id=2, sn="U9T0069001", score=" 68E", low_price=20100, top_price=40100))
    await make_group(api.application, *goods, id=1, start_at=shanghai(example["start_at"]), end_at=shanghai(example["end_at"]))
    bid = await api.post("/api/group", as_user=bidder, json={"goods_id": 1, "group_id": 1, "price": 20000})
    assert bid.status == 200
    clock.moment = shanghai("2020-04-03 12:00:00")
    await api.wait_until_ended(1)
    answer = await api.get("/api/group/history/1")
    assert answer.status == 200
    assert as_documented(answer.json) == as_text(GROUP_EXAMPLE)


async def test_categories_and_their_goods_keep_the_order_of_the_group(api: Api) -> None:
    goods = (Goods(category="渣打150", sn="A"), Goods(category="航天号", sn="B"), Goods(category="渣打150", sn="C"))
    group = await make_group(api.application, *goods)
    shelves = (await api.get(f"/api/group/history/{group.id}")).data["goods"]
    assert [(shelf["category"], [one["sn"] for one in shelf["goods"]]) for shelf in shelves] == [("渣打150", ["A", "C"]), ("航天号", ["B"])]


async def test_a_page_of_ended_groups_holds_as_many_as_asked_for(api: Api, clock: HandClock) -> None:
    await make_ended_groups(api, clock)
    answer = await api.get("/api/group/history", query={"page": 2, "limit": 1})
    assert answer.data == {"current_page": 2, "list": [LIST_EXAMPLE["data"]["list"][1]], "total": 2}


async def test_a_page_beyond_the_last_is_empty(api: Api, clock: HandClock) -> None:
    await make_ended_groups(api, clock)
    answer = await api.get("/api/group/history", query={"page": 3, "limit": 1})
    assert answer.data == {"current_page": 3, "list": [], "total": 2}


async def test_a_group_in_progress_is_not_in_the_list(api: Api) -> None:
    await make_goods(api.application)
    assert (await api.get("/api/group/history")).data == {"current_page": 1, "list": [], "total": 0}


async def test_a_group_is_in_the_list_from_the_moment_its_time_is_over(api: Api, clock: HandClock) -> None:
    lot = await make_goods(api.application, closes_in=60)
    clock.advance(seconds=59.999)
    assert (await api.get("/api/group/history")).data["total"] == 0
    clock.advance(seconds=0.001)
    listed = (await api.get("/api/group/history")).data
    assert [group["id"] for group in listed["list"]] == [lot.group_id]


async def test_an_unknown_group_is_not_found(api: Api) -> None:
    answer = await api.get("/api/group/history/404")
    assert answer.status == 404
    assert answer.json == {"code": 0, "message": "内容不存在", "data": {}, "error": "not_found"}


@pytest.mark.parametrize("group_id", ["eum", "0", "-1", "1.0", "1e3", "%31", "99999999999999999"])
async def test_a_malformed_group_id_is_bad_input(api: Api, group_id: str) -> None:
    answer = await api.get(f"/api/group/history/{group_id}")
    assert answer.status == 422
    assert answer.json["error"] == "invalid_input"
    assert list(answer.json["data"]) == ["group_id"]
