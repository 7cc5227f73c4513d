"""团购: what is for sale now, current prices and the caller's own participations."""
from __future__ import annotations

import json
from typing import Any

import pytest

from server.domain.accounts.users import User
from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user, skip_participations_to
from tests.clock import HandClock
from tests.handlers.bidding.document import as_documented, as_text, shanghai

CATEGORY_EXAMPLE = json.loads(
    """
{
    "code": 1,
    "message": "",
    "data": {
        "id": 7,
        "issue": 7,
        "start_at": "2020-04-12 23:14:07",
        "end_at": "2020-04-15 23:14:13",
        "status": 1,
        "category": [
            {
                "category": "龙钞补号"
            },
            {
                "category": "渣打150"
            },
            {
                "category": "航天号"
            },
            {
                "category": "荷花钞"
            }
        ]
    }
}
"""
)

LIST_EXAMPLE = json.loads(
    """
{
    "code": 1,
    "message": "",
    "data": {
        "current_page": 1,
        "list": [
            {
                "id": 145,
                "group_id": 7,
                "sn": "U9T0069000",
                "category": "龙钞补号",
                "score": " 67E",
                "sn_no": "豹子号",
                "low_price": 20000,
                "top_price": 40000,
                "bid": {
                    "user_id": 2,
                    "nickname": "zzz",
                    "price": 36002
                }
            },
            {
                "id": 146,
                "group_id": 7,
                "sn": "U9T0069001",
                "category": "龙钞补号",
                "score": " 68E",
                "sn_no": "豹子号",
                "low_price": 20100,
                "top_price": 40100,
                "bid": {
                    "user_id": 3,
                    "nickname": "yyy",
                    "price": 35102
                }
            }
        ],
        "total": 12,
        "joined": [
            {
                "id": 5,
                "user_id": 2,
                "group_id": 7,
                "goods_id": 145,
                "price": 36002,
                "status": 1,
                "goods": {
                    "id": 145,
                    "group_id": 7,
                    "sn": "U9T0069000",
                    "category": "龙钞补号",
                    "score": " 67E",
                    "sn_no": "豹子号",
                    "low_price": 20000,
                    "top_price": 40000,
                    "bid": {
                        "user_id": 2,
                        "nickname": "zzz",
                        "price": 36002
                    }
                }
            },
            {
                "id": 8,
                "user_id": 2,
                "group_id": 7,
                "goods_id": 146,
                "price": 35101,
                "status": 2,
                "goods": {
                    "id": 146,
                    "group_id": 7,
                    "sn": "U9T0069001",
                    "category": "龙钞补号",
                    "score": " 68E",
                    "sn_no": "豹子号",
                    "low_price": 20100,
                    "top_price": 40100,
                    "bid": {
                        "user_id": 3,
                        "nickname": "yyy",
                        "price": 35102
                    }
                }
            }
        ]
    }
}
"""
)

PRICE_EXAMPLE = json.loads(
    """
{
    "code": 1,
    "message": "",
    "data": 36002
}
"""
)

MY_EXAMPLE = json.loads(
    """
{
    "code": 1,
    "message": "",
    "data": {
        "current_page": 1,
        "list": [
            {
                "id": 5,
                "user_id": 2,
                "group_id": 7,
                "goods_id": 145,
                "price": 36002,
                "status": 1,
                "bid_status": 0,
                "config": {
                    "id": 7,
                    "issue": 7,
                    "start_at": "2020-04-11 23:14:07",
                    "end_at": "2020-04-14 23:14:13"
                },
                "goods": {
                    "id": 145,
                    "group_id": 7,
                    "sn": "U9T0069000",
                    "category": "龙钞补号",
                    "score": " 67E",
                    "sn_no": "豹子号",
                    "low_price": 20000,
                    "top_price": 40000
                }
            },
            {
                "id": 8,
                "user_id": 2,
                "group_id": 7,
                "goods_id": 146,
                "price": 35101,
                "status": 2,
                "bid_status": 0,
                "config": {
                    "id": 7,
                    "issue": 7,
                    "start_at": "2020-04-11 23:14:07",
                    "end_at": "2020-04-14 23:14:13"
                },
                "goods": {
                    "id": 146,
                    "group_id": 7,
                    "sn": "U9T0069001",
                    "category": "龙钞补号",
                    "score": " 68E",
                    "sn_no": "豹子号",
                    "low_price": 20100,
                    "top_price": 40100
                }
            },
            {
                "id": 4,
                "user_id": 2,
                "group_id": 5,
                "goods_id": 43,
                "price": 34000,
                "status": 1,
                "bid_status": 1,
                "config": {
                    "id": 5,
                    "issue": 5,
                    "start_at": "2020-04-09 11:46:03",
                    "end_at": "2020-04-09 18:46:07"
                },
                "goods": {
                    "id": 43,
                    "group_id": 5,
                    "sn": "U9T0069000",
                    "category": "龙钞补号",
                    "score": " 67E",
                    "sn_no": "豹子号",
                    "low_price": 20000,
                    "top_price": 40000
                }
            }
        ],
        "total": 3
    }
}
"""
)

NOT_FOUND = {"code": 0, "message": "内容不存在", "data": {}, "error": "not_found"}


async def bid(api: Api, user: User, goods_id: int, price: int, *, group_id: int = 7) -> None:
    answer = await api.post("/api/group", as_user=user, json={"goods_id": goods_id, "group_id": group_id, "price": price})
    assert answer.status == 200, answer.body


async def make_group_7(api: Api, times: dict[str, Any]) -> User:
    """The document's group 7 with the bids of its user 2, who is returned."""
    first = Goods(id=145)
    second = Goods(id=146, sn="U9T0069001", score=" 68E", low_price=20100, top_price=40100)
    others = [Goods(id=number, sn=f"U9T00690{number}", category="航天号") for number in range(147, 157)]
    start_at, end_at = shanghai(times["start_at"]), shanghai(times["end_at"])
    await make_group(api.application, first, second, *others, id=7, start_at=start_at, end_at=end_at)
    zzz = await make_user(api.application, "zzz", id=2)
    yyy = await make_user(api.application, "yyy", id=3)
    await bid(api, zzz, 145, 36002)
    await skip_participations_to(api.application, 8)
    await bid(api, zzz, 146, 35101)
    await bid(api, yyy, 146, 35102)
    return zzz


# ---- the document's examples


async def test_the_document_s_group_shows_its_categories(api: Api, clock: HandClock) -> None:
    example = CATEGORY_EXAMPLE["data"]
    clock.moment = shanghai("2020-04-13 12:00:00")
    goods = [Goods(category=one["category"]) for one in example["category"]]
    await make_group(api.application, *goods, id=7, start_at=shanghai(example["start_at"]), end_at=shanghai(example["end_at"]))
    for path in ("/api/group/category", "/api/group/category/7"):
        answer = await api.get(path)
        assert answer.status == 200
        assert as_text(answer.json) == as_text(CATEGORY_EXAMPLE)


async def test_the_document_s_current_goods_come_with_what_the_caller_joined(api: Api, clock: HandClock) -> None:
    clock.moment = shanghai("2020-04-13 12:00:00")
    await skip_participations_to(api.application, 5)
    caller = await make_group_7(api, CATEGORY_EXAMPLE["data"])
    answer = await api.get("/api/group", as_user=caller, query={"page": 1, "limit": 2, "category": ""})
    assert answer.status == 200
    assert as_documented(answer.json) == as_text(LIST_EXAMPLE)


async def test_the_document_s_current_price_is_the_leading_bid(api: Api, clock: HandClock) -> None:
    clock.moment = shanghai("2020-04-13 12:00:00")
    await make_group_7(api, CATEGORY_EXAMPLE["data"])
    answer = await api.get("/api/group/current/price/145")
    assert answer.status == 200
    assert as_text(answer.json) == as_text(PRICE_EXAMPLE)


async def test_the_document_s_caller_finds_their_participations_newest_group_first(api: Api, clock: HandClock) -> None:
    newest, _, oldest = (one["config"] for one in MY_EXAMPLE["data"]["list"])
    clock.moment = shanghai("2020-04-09 12:00:00")
    await skip_participations_to(api.application, 4)
    await make_group(api.application, Goods(id=43), id=5, start_at=shanghai(oldest["start_at"]), end_at=shanghai(oldest["end_at"]))
    caller = await make_user(api.application, "zzz", id=2)
    await bid(api, caller, 43, 34000, group_id=5)
    clock.moment = shanghai("2020-04-12 12:00:00")
    await api.wait_until_ended(5)
    await make_group_7(api, newest)
    answer = await api.get("/api/group/my", as_user=caller)
    assert answer.status == 200
    shown = answer.json
    assert [one.pop("current_price") for one in shown["data"]["list"]] == [36002, 35102, 34000]
    assert as_text(shown) == as_text(MY_EXAMPLE)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/api/group/category/at", ["group_id"]),
        ("/api/group?page=mollitia&limit=perferendis&category=sit", ["page", "limit"]),
        ("/api/group/current/price/eum", ["goods_id"]),
        ("/api/group/my?page=libero&limit=inventore", ["page", "limit"]),
        ("/api/group/history?page=nulla&limit=libero", ["page", "limit"]),
    ],
)
async def test_the_document_s_made_up_words_are_no_numbers(api: Api, path: str, fields: list[str]) -> None:
    answer = await api.get(path, as_user=await make_user(api.application))
    assert answer.status == 422
    wrong = {field: ["必须是整数"] for field in fields}
    assert answer.json == {"code": 0, "message": "提交的内容有误", "data": wrong, "error": "invalid_input"}


# ---- the current group


async def test_every_open_group_is_listed_with_the_current_one_first(api: Api) -> None:
    made = {
        "later": await make_group(api.application, starts_in=-10, closes_in=7200),
        "first": await make_group(api.application, starts_in=-10, closes_in=3600),
        "soon": await make_group(api.application, starts_in=1800, closes_in=3000),
    }
    await make_group(api.application, starts_in=3700, closes_in=9000)
    await make_group(api.application, starts_in=-60, closes_in=-30)
    shown = (await api.get("/api/group/open")).data
    assert [one["id"] for one in shown] == [made[name].id for name in ("first", "later", "soon")]
    assert [one["status"] for one in shown] == [1, 1, 0]
    assert shown[0] == (await api.get("/api/group/category")).data
    assert (await api.get("/api/group")).data["list"][0]["group_id"] == made["first"].id


async def test_the_goods_of_another_open_group_can_be_asked_for(api: Api) -> None:
    await make_group(api.application, closes_in=3600)
    other = await make_group(api.application, Goods(category="航天号"), Goods(), closes_in=7200)
    alice = await make_user(api.application)
    lots = await api.application.stores.auctions.lots.list_lots(other.id)
    await bid(api, alice, lots[1].id, 20000, group_id=other.id)
    shown = (await api.get("/api/group", as_user=alice, query={"group_id": other.id})).data
    assert [one["id"] for one in shown["list"]] == [lot.id for lot in lots]
    assert [one["goods_id"] for one in shown["joined"]] == [lots[1].id]
    some = (await api.get("/api/group", query={"group_id": other.id, "category": "航天号"})).data
    assert [one["id"] for one in some["list"]] == [lots[0].id]
    assert (await api.get("/api/group", query={"group_id": 404404})).status == 404


async def test_the_group_in_progress_comes_before_one_that_starts_soon_and_ends_earlier(api: Api) -> None:
    running = await make_group(api.application, starts_in=-10, closes_in=7200)
    await make_group(api.application, starts_in=60, closes_in=600)
    assert (await api.get("/api/group/category")).data["id"] == running.id


async def test_of_several_groups_in_progress_the_one_that_ends_first_is_current(api: Api) -> None:
    await make_group(api.application, starts_in=-7200, closes_in=3600)
    first = await make_group(api.application, starts_in=-60, closes_in=600)
    await make_group(api.application, starts_in=-3600, closes_in=1200)
    assert (await api.get("/api/group/category")).data["id"] == first.id
    assert {goods["group_id"] for goods in (await api.get("/api/group")).data["list"]} == {first.id}


async def test_a_group_is_current_from_an_hour_before_it_starts(api: Api, clock: HandClock) -> None:
    coming = await make_group(api.application, starts_in=3601, closes_in=7200)
    assert (await api.get("/api/group/category")).status == 404
    clock.advance(seconds=1)
    shown = (await api.get("/api/group/category")).data
    assert (shown["id"], shown["status"]) == (coming.id, 0)
    assert (await api.get("/api/group")).data["total"] == 1


async def test_a_group_counts_as_in_progress_from_its_start_to_before_its_end(api: Api, clock: HandClock) -> None:
    group = await make_group(api.application, starts_in=60, closes_in=120)

    async def status() -> int:
        return (await api.get(f"/api/group/category/{group.id}")).data["status"]

    clock.advance(seconds=59.999)
    assert await status() == 0
    clock.advance(seconds=0.001)
    assert await status() == 1
    clock.advance(seconds=59.999)
    assert await status() == 1
    clock.advance(seconds=0.001)
    assert await status() == 2


async def test_without_a_current_group_the_list_is_empty_and_the_categories_are_not_found(api: Api, clock: HandClock) -> None:
    caller = await make_user(api.application)
    lot = await make_goods(api.application, closes_in=60)
    await api.bid(caller, lot, 20000)
    clock.advance(seconds=400)
    await api.wait_until_ended(lot.group_id)
    answer = await api.get("/api/group", as_user=caller)
    assert answer.json == {"code": 1, "message": "", "data": {"current_page": 1, "list": [], "total": 0, "joined": []}}
    answer = await api.get("/api/group/category")
    assert (answer.status, answer.json) == (404, NOT_FOUND)


async def test_a_trailing_slash_is_the_group_without_an_id(api: Api) -> None:
    group = await make_group(api.application)
    assert (await api.get("/api/group/category/")).data["id"] == group.id


# ---- lists


async def test_a_caller_who_is_not_signed_in_has_joined_nothing(api: Api) -> None:
    lot = await make_goods(api.application)
    await api.bid(await make_user(api.application), lot, 20000)
    shown = (await api.get("/api/group")).data
    assert shown["joined"] == []
    assert shown["list"][0]["bid"] == {"user_id": 1, "nickname": "Alice", "price": 20000}


async def test_goods_nobody_has_bid_on_show_an_empty_list_as_bid(api: Api) -> None:
    await make_goods(api.application, id=145, step=100)
    goods = (await api.get("/api/group")).data["list"]
    assert goods == [
        {
            "id": 145,
            "group_id": 1,
            "sn": "U9T0069000",
            "category": "龙钞补号",
            "score": " 67E",
            "sn_no": "豹子号",
            "low_price": 20000,
            "top_price": 40000,
            "bid": [],
            "step": 100,
            "end_at": "2036-06-01 13:00:00",
            "pictures": [],
        }
    ]


async def test_goods_show_their_pictures_in_the_order_of_the_sheet(api: Api) -> None:
    pictures = tuple(f"/pictures/{digit * 32}.jpg" for digit in "0a1")
    lot = await make_goods(api.application, pictures=pictures)
    assert (await api.get("/api/group")).data["list"][0]["pictures"] == list(pictures)
    assert (await api.get(f"/api/live/goods/{lot.id}")).data["goods"]["pictures"] == list(pictures)


async def test_a_category_narrows_the_list_and_its_total(api: Api) -> None:
    caller = await make_user(api.application)
    group = await make_group(api.application, Goods(sn="A"), Goods(sn="B", category="航天号"), Goods(sn="C", category="航天号"))
    lots = await api.application.stores.auctions.lots.list_lots(group.id)
    await api.bid(caller, lots[0], 20000)
    shown = (await api.get("/api/group", as_user=caller, query={"category": "航天号", "limit": 1})).data
    assert ([goods["sn"] for goods in shown["list"]], shown["total"]) == (["B"], 2)
    assert [one["goods"]["sn"] for one in shown["joined"]] == ["A"]  # not narrowed: it is the caller's whole part in the group


async def test_a_category_without_goods_gives_an_empty_list(api: Api) -> None:
    await make_goods(api.application)
    assert (await api.get("/api/group?category=sit")).data == {"current_page": 1, "list": [], "total": 0, "joined": []}


async def test_goods_come_fifteen_a_page_unless_asked_otherwise(api: Api) -> None:
    await make_group(api.application, *[Goods(sn=str(number)) for number in range(17)])
    pages = [(await api.get("/api/group", query=query)).data for query in ({}, {"page": 2}, {"page": 3}, {"page": 2, "limit": 16})]
    assert [(page["current_page"], [int(one["sn"]) for one in page["list"]], page["total"]) for page in pages] == [
        (1, list(range(15)), 17),
        (2, [15, 16], 17),
        (3, [], 17),
        (2, [16], 17),
    ]


@pytest.mark.parametrize("path", ["/api/group", "/api/group/my", "/api/group/history"])
@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ({"page": 0}, "page", "不能小于 1"),
        ({"page": -1}, "page", "不能小于 1"),
        ({"page": 1_000_001}, "page", "不能大于 1000000"),
        ({"page": 10**30}, "page", "不能大于 1000000"),
        ({"page": "1.5"}, "page", "必须是整数"),
        ({"page": "true"}, "page", "必须是整数"),
        ({"limit": 0}, "limit", "不能小于 1"),
        ({"limit": 101}, "limit", "不能大于 100"),
        ({"limit": "inventore"}, "limit", "必须是整数"),
    ],
)
async def test_a_page_that_cannot_be_is_bad_input(api: Api, path: str, query: dict[str, Any], field: str, text: str) -> None:
    answer = await api.get(path, as_user=await make_user(api.application), query=query)
    assert answer.status == 422
    assert answer.json == {"code": 0, "message": "提交的内容有误", "data": {field: [text]}, "error": "invalid_input"}


@pytest.mark.parametrize("path", ["/api/group", "/api/group/my", "/api/group/history"])
async def test_the_largest_page_is_answered(api: Api, path: str) -> None:
    answer = await api.get(path, as_user=await make_user(api.application), query={"page": 1_000_000, "limit": 100})
    assert (answer.data["current_page"], answer.data["list"]) == (1_000_000, [])


# ---- prices and participations


async def test_the_current_price_is_the_low_price_until_somebody_bids(api: Api) -> None:
    lot = await make_goods(api.application, low_price=20100)
    assert (await api.get(f"/api/group/current/price/{lot.id}")).json == {"code": 1, "message": "", "data": 20100}


async def test_the_price_of_unknown_goods_is_not_found(api: Api) -> None:
    answer = await api.get("/api/group/current/price/404")
    assert (answer.status, answer.json) == (404, NOT_FOUND)


@pytest.mark.parametrize("path", ["/api/group/category/404", "/api/group/category/9007199254740991"])
async def test_an_unknown_group_is_not_found(api: Api, path: str) -> None:
    answer = await api.get(path)
    assert (answer.status, answer.json) == (404, NOT_FOUND)


@pytest.mark.parametrize("number", ["eum", "0", "-1", "1.5", "1e3", "0x1", "1%20", "９", "9007199254740992", "1" * 400])
async def test_a_malformed_id_is_bad_input(api: Api, number: str) -> None:
    for path, field in (("/api/group/category", "group_id"), ("/api/group/current/price", "goods_id")):
        answer = await api.get(f"{path}/{number}")
        assert (answer.status, answer.json["error"], list(answer.json["data"])) == (422, "invalid_input", [field])


async def test_participations_of_others_are_not_mine(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await api.bid(alice, lot, 20000)
    assert (await api.get("/api/group/my", as_user=bob)).data == {"current_page": 1, "list": [], "total": 0}


async def test_the_loser_of_a_lot_sees_that_it_is_lost(api: Api, clock: HandClock) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await api.bid(alice, lot, 20000)
    await api.bid(bob, lot, 20001)
    clock.advance(hours=2)
    await api.wait_until_ended(lot.group_id)
    seen = [(await api.get("/api/group/my", as_user=user)).data["list"][0] for user in (alice, bob)]
    assert [(one["price"], one["status"], one["bid_status"]) for one in seen] == [(20000, 2, 2), (20001, 1, 1)]


async def test_my_participations_come_in_pages(api: Api) -> None:
    alice = await make_user(api.application)
    group = await make_group(api.application, Goods(), Goods(), Goods())
    for lot in await api.application.stores.auctions.lots.list_lots(group.id):
        await api.bid(alice, lot, 20000)
    page = (await api.get("/api/group/my", as_user=alice, query={"page": 2, "limit": 2})).data
    assert (page["current_page"], [one["goods_id"] for one in page["list"]], page["total"]) == (2, [3], 3)


async def test_my_participations_need_a_user(api: Api) -> None:
    answer = await api.get("/api/group/my")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json == {"code": 0, "message": "请先登录", "data": {}, "error": "unauthenticated"}
