"""参与竞价: accepted bids, however they are sent, and who may send them."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from server.domain.accounts.users import User
from server.domain.auctions.goods import Lot
from tests.api import Answer, Api
from tests.builders import make_goods, make_user

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def make_bidder_and_goods(api: Api, **about: Any) -> tuple[User, Lot]:
    return await make_user(api.application), await make_goods(api.application, **about)


async def test_an_accepted_bid_is_answered_with_the_participation_after_it(api: Api) -> None:
    bidder, lot = await make_bidder_and_goods(api, id=17, step=100)
    answer = await api.bid(bidder, lot, 20000)
    assert answer.status == 200
    assert answer.without_receipt == {
        "code": 1,
        "message": "",
        "data": {
            "id": 1,
            "user_id": 1,
            "group_id": 1,
            "goods_id": 17,
            "price": 20000,
            "status": 1,
            "goods": {
                "id": 17,
                "group_id": 1,
                "sn": "U9T0069000",
                "category": "龙钞补号",
                "score": " 67E",
                "sn_no": "豹子号",
                "low_price": 20000,
                "top_price": 40000,
                "bid": {"user_id": 1, "nickname": "Alice", "price": 20000},
                "step": 100,
                "end_at": "2036-06-01 13:00:00",
                "pictures": [],
            },
            "seq": 1,
        },
    }


def ways_to_send(offer: dict[str, Any]) -> list[dict[str, Any]]:
    first, *others = offer.items()
    return [
        {"json": offer},
        {"json": {**offer, "of": ["no", "interest"]}},
        {"form": offer},
        {"query": offer},
        {"json": dict(others), "query": dict([first])},
        {"form": dict(others), "query": dict([first])},
        {"json": offer, "query": {**offer, "price": 1}},  # the body counts
        {"body": urlencode(offer).encode(), "headers": {"Content-Type": FORM["Content-Type"] + "; charset=utf-8"}},
        {"body": str(offer).replace("'", '"').encode(), "headers": FORM},  # as curl -d sends JSON
        {"body": str(offer).replace("'", '"').encode()},
    ]


@pytest.mark.parametrize("way", range(len(ways_to_send({"a": 1, "b": 2}))))
async def test_a_bid_is_the_same_as_json_form_and_query(api: Api, way: int) -> None:
    bidder, lot = await make_bidder_and_goods(api)
    sent = ways_to_send({"goods_id": lot.id, "group_id": lot.group_id, "price": 20000})[way]
    answer = await api.post("/api/group", as_user=bidder, **sent)
    assert (answer.status, answer.json["data"].get("price")) == (200, 20000)
    stored = await api.application.stores.auctions.lots.get_lot(lot.id)
    assert (stored.seq, stored.price, stored.leader_id) == (1, 20000, bidder.id)


async def test_bids_are_numbered_within_their_lot_and_the_price_rises(api: Api) -> None:
    alice, lot = await make_bidder_and_goods(api)
    other = await make_goods(api.application)
    bob = await make_user(api.application, "Bob")
    answers = [
        await api.bid(alice, lot, 20000),
        await api.bid(bob, lot, 20001),
        await api.bid(bob, other, 30000),
        await api.bid(alice, lot, 25000),
    ]
    assert [answer.data["seq"] for answer in answers] == [1, 2, 1, 3]
    assert (await api.get(f"/api/group/current/price/{lot.id}")).data == 25000
    assert (await api.get(f"/api/group/current/price/{other.id}")).data == 30000


async def test_a_leader_may_raise_their_own_bid_and_keeps_their_participation(api: Api) -> None:
    bidder, lot = await make_bidder_and_goods(api)
    first, second = await api.bid(bidder, lot, 20000), await api.bid(bidder, lot, 30000)
    assert (first.data["id"], first.data["seq"]) == (1, 1)
    assert (second.data["id"], second.data["seq"], second.data["price"], second.data["status"]) == (1, 2, 30000, 1)
    assert (await api.get("/api/group/my", as_user=bidder)).data["total"] == 1


async def test_who_is_outbid_sees_it_in_what_they_joined(api: Api) -> None:
    alice, lot = await make_bidder_and_goods(api)
    bob = await make_user(api.application, "Bob")
    await api.bid(alice, lot, 20000)
    await api.bid(bob, lot, 20001)
    for user, price, status in ((alice, 20000, 2), (bob, 20001, 1)):
        (joined,) = (await api.get("/api/group", as_user=user)).data["joined"]
        assert (joined["user_id"], joined["price"], joined["status"]) == (user.id, price, status)
        assert joined["goods"]["bid"] == {"user_id": bob.id, "nickname": "Bob", "price": 20001}


async def test_a_bid_needs_a_user(api: Api) -> None:
    lot = await make_goods(api.application)
    answer = await api.post("/api/group", json={"goods_id": lot.id, "group_id": lot.group_id, "price": 20000})
    assert answer.status == 401
    assert answer.json == {"code": 0, "message": "请先登录", "data": {}, "error": "unauthenticated"}
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).seq == 0


async def test_a_banned_user_cannot_bid(api: Api) -> None:
    bidder, lot = await make_bidder_and_goods(api)
    token = api.token_of(bidder)
    await api.application.services.accounts.users.ban(bidder.id)
    answer = await api.post("/api/group", token=token, json={"goods_id": lot.id, "group_id": lot.group_id, "price": 20000})
    assert answer.status == 403
    assert answer.json == {"code": 0, "message": "账号已被停用", "data": {}, "error": "user_banned"}
    assert (await api.application.stores.auctions.lots.get_lot(lot.id)).seq == 0


async def test_who_may_not_bid_is_not_told_what_is_wrong_with_the_bid(api: Api) -> None:
    answer: Answer = await api.post("/api/group", json={"price": "much"})
    assert (answer.status, answer.json["data"]) == (401, {})
