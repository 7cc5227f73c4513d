"""参与竞价: every rule that refuses a bid, with the present state in its answer."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.config import Config
from tests.api import Answer, Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock
from tests.handlers.bidding.lots import assert_untouched

TEXTS = {
    "not_started": ("团购尚未开始", "The group has not started"),
    "ended": ("竞价已结束", "Bidding has ended"),
    "lot_closed": ("该商品已以封顶价成交", "The lot was won at its top price"),
    "below_low_price": ("出价不能低于起拍价", "The offer is below the low price"),
    "bid_too_low": ("出价低于当前最低出价", "The offer does not beat the current price"),
    "above_top_price": ("出价不能高于封顶价", "The offer is above the top price"),
    "group_mismatch": ("商品不属于该团购", "The goods do not belong to this group"),
}


def assert_refused(answer: Answer, error: str, *, current: int, minimum: int) -> None:
    assert answer.status == 409
    facts = {"current": current, "minimum": minimum}
    assert answer.without_receipt == {"code": 0, "message": TEXTS[error][0], "data": facts, "error": error}


@pytest.fixture
def config(config: Config, request: pytest.FixtureRequest) -> Config:
    """Where a test asks for it, with fewer bids a second for each user."""
    return replace(config, **getattr(request, "param", {}))


async def test_before_its_start_a_group_takes_no_bids(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_goods(api.application, starts_in=60), await make_user(api.application)
    clock.advance(seconds=59.999)
    assert_refused(await api.bid(bidder, lot, 20000), "not_started", current=20000, minimum=20000)
    await assert_untouched(api, lot)
    clock.advance(seconds=0.001)
    assert (await api.bid(bidder, lot, 20000)).status == 200


async def test_what_arrives_at_the_end_is_too_late(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_goods(api.application, closes_in=60, extend_window_seconds=0), await make_user(api.application)
    clock.advance(seconds=59.999)
    assert (await api.bid(bidder, lot, 20000)).status == 200
    clock.advance(seconds=0.001)
    assert_refused(await api.bid(bidder, lot, 30000), "ended", current=20000, minimum=20001)
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).price == 20000


async def test_a_settled_lot_takes_no_bids(api: Api, clock: HandClock) -> None:
    lot, bidder = await make_goods(api.application, closes_in=60), await make_user(api.application)
    clock.advance(seconds=61)
    await api.wait_until_ended(lot.group_id)
    assert_refused(await api.bid(bidder, lot, 20000), "ended", current=20000, minimum=20000)
    assert await api.application.stores.auctions.record.list_bids(lot.id) == []


async def test_a_lot_that_was_bought_out_takes_no_bids(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    assert (await api.bid(alice, lot, 40000)).status == 200
    assert_refused(await api.bid(bob, lot, 40000), "lot_closed", current=40000, minimum=40000)
    assert_refused(await api.bid(alice, lot, 40000), "lot_closed", current=40000, minimum=40000)


@pytest.mark.parametrize("price", [0, 1, 19999])
async def test_a_first_bid_below_the_low_price_is_refused(api: Api, price: int) -> None:
    lot, bidder = await make_goods(api.application), await make_user(api.application)
    assert_refused(await api.bid(bidder, lot, price), "below_low_price", current=20000, minimum=20000)
    await assert_untouched(api, lot)


async def test_a_later_bid_below_the_low_price_is_refused_for_that(api: Api) -> None:
    lot, bidder = await make_goods(api.application), await make_user(api.application)
    await api.bid(bidder, lot, 25000)
    assert_refused(await api.bid(bidder, lot, 19999), "below_low_price", current=25000, minimum=25001)


@pytest.mark.parametrize(("step", "price"), [(1, 20000), (1, 25000), (100, 25001), (100, 25099)])
async def test_a_bid_that_does_not_beat_the_price_by_the_step_is_refused(api: Api, step: int, price: int) -> None:
    lot = await make_goods(api.application, step=step)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await api.bid(alice, lot, 25000)
    for user in (bob, alice):
        assert_refused(await api.bid(user, lot, price), "bid_too_low", current=25000, minimum=25000 + step)
    assert (await api.bid(bob, lot, 25000 + step)).status == 200


async def test_of_two_equal_bids_the_first_wins(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    assert (await api.bid(alice, lot, 30000)).status == 200
    assert_refused(await api.bid(bob, lot, 30000), "bid_too_low", current=30000, minimum=30001)
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).leader_id == alice.id


async def test_the_top_price_may_be_offered_when_less_than_a_step_is_left(api: Api) -> None:
    lot = await make_goods(api.application, step=1000)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await api.bid(alice, lot, 39500)
    assert_refused(await api.bid(bob, lot, 39999), "bid_too_low", current=39500, minimum=40000)
    assert (await api.bid(bob, lot, 40000)).status == 200


@pytest.mark.parametrize("offer", [{"price": 40001}, {"price": 2**53 - 1}, {"price": 20000, "max_price": 40001}])
async def test_an_offer_above_the_top_price_is_refused(api: Api, offer: dict[str, Any]) -> None:
    lot, bidder = await make_goods(api.application), await make_user(api.application)
    assert_refused(await api.bid(bidder, lot, **offer), "above_top_price", current=20000, minimum=20000)
    await assert_untouched(api, lot)


async def test_goods_of_another_group_are_refused(api: Api) -> None:
    lot, other = await make_goods(api.application), await make_goods(api.application)
    bidder = await make_user(api.application)
    for group_id in (other.group_id, 404):
        offer = {"goods_id": lot.id, "group_id": group_id, "price": 20000}
        answer = await api.post("/api/group", as_user=bidder, json=offer)
        assert_refused(answer, "group_mismatch", current=20000, minimum=20000)
    await assert_untouched(api, lot)


async def test_unknown_goods_are_not_found(api: Api) -> None:
    offer = {"goods_id": 404, "group_id": 404, "price": 20000}
    answer = await api.post("/api/group", as_user=await make_user(api.application), json=offer)
    assert answer.status == 404
    assert answer.json == {"code": 0, "message": "内容不存在", "data": {}, "error": "not_found"}


@pytest.mark.parametrize("config", [{"bids_per_second_per_user": 1}], indirect=True)
async def test_who_bids_too_often_is_asked_to_wait(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    answers = [await api.bid(alice, lot, price) for price in (20000, 20001, 20002)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "1"
    too_often = {"code": 0, "message": "出价过于频繁，请稍后再试", "data": {}, "error": "rate_limited"}
    assert answers[2].without_receipt == too_often
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).price == 20001
    assert (await api.bid(bob, lot, 20002)).status == 200  # others are not held up


@pytest.mark.parametrize(("language", "index"), [("zh-CN", 0), ("en-US,en;q=0.9", 1), ("fr", 0)])
async def test_a_refusal_speaks_the_language_of_the_client(api: Api, language: str, index: int) -> None:
    lot, bidder = await make_goods(api.application), await make_user(api.application)
    offers: list[tuple[str, dict[str, Any]]] = [
        ("below_low_price", {"price": 1}),
        ("above_top_price", {"price": 40001}),
        ("group_mismatch", {"price": 20000, "group_id": 404}),
    ]
    for error, change in offers:
        offer = {"goods_id": lot.id, "group_id": lot.group_id, **change}
        answer = await api.post("/api/group", as_user=bidder, json=offer, headers={"Accept-Language": language})
        assert (answer.json["error"], answer.json["message"]) == (error, TEXTS[error][index])
