"""参与竞价: late bids move the end (soft close), the top price ends a lot at once (封顶)."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import HandClock

NOON_AND_A_MINUTE = "2036-06-01 12:01:00"  # where goods end that close in 60 seconds


async def end_of(api: Api, goods_id: int) -> str:
    """As the goods of the current group tell it."""
    shown = (await api.get("/api/group")).data["list"]
    return next(goods["end_at"] for goods in shown if goods["id"] == goods_id)


async def make_closing(api: Api, **about: Any) -> Any:
    return await make_goods(api.application, closes_in=60, **about)


async def test_a_bid_before_the_window_leaves_the_end(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_closing(api, extend_window_seconds=30), await make_user(api.application)
    clock.advance(seconds=30)
    answer = await api.bid(bidder, lot, 20000)
    assert answer.data["goods"]["end_at"] == NOON_AND_A_MINUTE
    assert await end_of(api, lot.id) == NOON_AND_A_MINUTE


async def test_a_bid_in_the_window_moves_the_end_to_that_many_seconds_after_it(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_closing(api, extend_window_seconds=30), await make_user(api.application)
    clock.advance(seconds=59)
    answer = await api.bid(bidder, lot, 20000)
    assert answer.data["goods"]["end_at"] == "2036-06-01 12:01:29"
    assert await end_of(api, lot.id) == "2036-06-01 12:01:29"


async def test_bidding_goes_on_until_the_moved_end_and_not_beyond(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_closing(api, extend_window_seconds=30), await make_user(api.application)
    clock.advance(seconds=59)
    await api.bid(bidder, lot, 20000)
    clock.advance(seconds=29.999)
    assert (await api.bid(bidder, lot, 20001)).data["goods"]["end_at"] == "2036-06-01 12:01:58"
    clock.advance(seconds=30)
    assert (await api.bid(bidder, lot, 20002)).json["error"] == "ended"


async def test_the_end_moves_no_further_than_the_limit(api: Api, clock: HandClock) -> None:
    about = {"extend_window_seconds": 30, "extend_limit": timedelta(seconds=40)}
    lot, bidder = await make_closing(api, **about), await make_user(api.application)
    ends = []
    for price, seconds in ((20000, 59), (20001, 20), (20002, 20)):
        clock.advance(seconds=seconds)
        ends.append((await api.bid(bidder, lot, price)).data["goods"]["end_at"])
    assert ends == ["2036-06-01 12:01:29", "2036-06-01 12:01:40", "2036-06-01 12:01:40"]
    clock.advance(seconds=1)
    assert (await api.bid(bidder, lot, 20003)).json["error"] == "ended"


async def test_a_window_of_nothing_turns_soft_close_off(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_closing(api, extend_window_seconds=0), await make_user(api.application)
    clock.advance(seconds=59.999)
    assert (await api.bid(bidder, lot, 20000)).data["goods"]["end_at"] == NOON_AND_A_MINUTE


async def test_only_the_lot_that_was_bid_on_is_moved(api: Api, clock: HandClock) -> None:
    bidder = await make_user(api.application)
    group = await make_group(api.application, Goods(id=1), Goods(id=2), closes_in=60)
    clock.advance(seconds=59)
    await api.post("/api/group", as_user=bidder, json={"goods_id": 1, "group_id": group.id, "price": 20000})
    assert (await end_of(api, 1), await end_of(api, 2)) == ("2036-06-01 12:01:59", NOON_AND_A_MINUTE)
    clock.advance(seconds=1)
    answer = await api.post("/api/group", as_user=bidder, json={"goods_id": 2, "group_id": group.id, "price": 20100})
    assert answer.json["error"] == "ended"


async def test_a_refused_bid_moves_nothing(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_closing(api), await make_user(api.application)
    clock.advance(seconds=59)
    assert (await api.bid(bidder, lot, 1)).json["error"] == "below_low_price"
    assert await end_of(api, lot.id) == NOON_AND_A_MINUTE


async def test_the_group_ends_when_its_last_lot_does(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_closing(api), await make_user(api.application)
    clock.advance(seconds=59)
    await api.bid(bidder, lot, 20000)
    clock.advance(seconds=62)
    await api.wait_until_ended(lot.group_id)
    (ended,) = (await api.get("/api/group/history")).data["list"]
    assert ended["end_at"] == "2036-06-01 12:01:59"


async def test_a_bid_of_the_top_price_wins_at_once(api: Api) -> None:
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    group = await make_group(api.application, Goods(id=1), Goods(id=2))
    offer = {"group_id": group.id, "goods_id": 1, "price": 40000}
    answer = await api.post("/api/group", as_user=alice, json=offer)
    assert (answer.data["price"], answer.data["status"]) == (40000, 1)
    mine = (await api.get("/api/group/my", as_user=alice)).data["list"]
    assert [(one["status"], one["bid_status"]) for one in mine] == [(1, 1)]
    refused = await api.post("/api/group", as_user=bob, json=offer)
    assert (refused.status, refused.json["error"]) == (409, "lot_closed")
    assert (await api.post("/api/group", as_user=bob, json={**offer, "goods_id": 2})).status == 200
    assert (await api.get(f"/api/group/category/{group.id}")).data["status"] == 1


async def test_a_buy_out_in_the_last_seconds_moves_no_end(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_closing(api), await make_user(api.application)
    clock.advance(seconds=59)
    assert (await api.bid(bidder, lot, 40000)).data["goods"]["end_at"] == NOON_AND_A_MINUTE


async def test_a_group_whose_lots_are_all_bought_out_has_ended(api: Api) -> None:
    lot, bidder = await make_goods(api.application), await make_user(api.application)
    await api.bid(bidder, lot, 40000)
    await api.wait_until_ended(lot.group_id)
    assert (await api.get("/api/group")).data["total"] == 0
    assert [group["id"] for group in (await api.get("/api/group/history")).data["list"]] == [lot.group_id]
