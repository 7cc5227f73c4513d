"""参与竞价: a maximum bids on the user's behalf, and is shown to nobody else."""
from __future__ import annotations

import pytest

from server.domain.accounts.users import User
from server.domain.auctions.goods import Lot
from tests.api import Answer, Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock

SECRET = 31337  # nothing else in an answer has these digits


async def make_bidders(api: Api) -> tuple[User, User, User]:
    return (
        await make_user(api.application, "Alice"),
        await make_user(api.application, "Bob"),
        await make_user(api.application, "Carol"),
    )


async def standing(api: Api, lot: Lot) -> tuple[int | None, int, int]:
    """Leader, price and number of bids."""
    stored = await api.application.stores.auctions.lots.get_lot(lot.id)
    return stored.leader_id, stored.price, stored.seq


async def test_a_maximum_alone_bids_no_more_than_the_price(api: Api) -> None:
    lot, (alice, _, _) = await make_goods(api.application), await make_bidders(api)
    answer = await api.bid(alice, lot, 20000, max_price=30000)
    assert (answer.data["price"], answer.data["seq"]) == (20000, 1)
    assert await standing(api, lot) == (alice.id, 20000, 1)


@pytest.mark.parametrize("step", [1, 100])
async def test_a_maximum_answers_a_rival_by_one_step(api: Api, step: int) -> None:
    lot, (alice, bob, _) = await make_goods(api.application, step=step), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    answer = await api.bid(bob, lot, 25000)
    assert answer.status == 200
    assert (answer.data["price"], answer.data["status"], answer.data["seq"]) == (25000, 2, 2)
    assert answer.data["goods"]["bid"] == {"user_id": alice.id, "nickname": "Alice", "price": 25000 + step}
    assert await standing(api, lot) == (alice.id, 25000 + step, 3)


async def test_a_price_above_the_maximum_leads(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    answer = await api.bid(bob, lot, 30001)
    assert (answer.data["price"], answer.data["status"]) == (30001, 1)
    assert (await standing(api, lot))[:2] == (bob.id, 30001)


async def test_of_two_maxima_the_higher_leads_one_step_above_the_other(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application, step=100), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    answer = await api.bid(bob, lot, 25000, max_price=35000)
    assert (answer.data["price"], answer.data["status"]) == (30100, 1)
    (joined,) = (await api.get("/api/group", as_user=alice)).data["joined"]
    assert (joined["price"], joined["status"]) == (30000, 2)


async def test_of_two_equal_maxima_the_earlier_leads(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    answer = await api.bid(bob, lot, 20001, max_price=30000)
    assert (answer.data["price"], answer.data["status"]) == (20001, 2)
    assert (await standing(api, lot))[:2] == (alice.id, 30000)


async def test_a_price_equal_to_the_maximum_is_too_low(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    answer = await api.bid(bob, lot, 30000)
    assert answer.status == 409
    assert answer.json["error"] == "bid_too_low"
    assert answer.json["data"] == {"current": 30000, "minimum": 30001}
    assert (await standing(api, lot))[:2] == (alice.id, 30000)


async def test_a_maximum_at_the_top_price_buys_out_when_it_is_reached(api: Api) -> None:
    lot, (alice, bob, carol) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=40000)
    answer = await api.bid(bob, lot, 39999)
    assert answer.data["status"] == 2
    assert await standing(api, lot) == (alice.id, 40000, 3)
    assert (await api.bid(carol, lot, 40000)).json["error"] == "lot_closed"


async def test_a_leader_may_raise_their_maximum_without_raising_the_price_much(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=25000)
    await api.bid(alice, lot, 20001, max_price=30000)
    await api.bid(bob, lot, 26000)
    assert (await standing(api, lot))[:2] == (alice.id, 26001)


async def test_a_leader_who_bids_without_a_maximum_keeps_the_one_they_gave(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    await api.bid(alice, lot, 20001)
    await api.bid(bob, lot, 26000)
    assert (await standing(api, lot))[:2] == (alice.id, 26001)


async def test_a_leader_may_lower_their_maximum(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    await api.bid(alice, lot, 20001, max_price=22000)
    await api.bid(bob, lot, 22001)
    assert (await standing(api, lot))[:2] == (bob.id, 22001)


@pytest.mark.parametrize("sent", ["form", "query"])
async def test_a_maximum_may_come_in_a_form(api: Api, sent: str) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": 20000, "max_price": 30000}
    assert (await api.post("/api/group", as_user=alice, **{sent: offer})).status == 200
    await api.bid(bob, lot, 25000)
    assert (await standing(api, lot))[0] == alice.id


async def test_a_maximum_is_in_no_answer_to_anyone_else(api: Api, clock: HandClock) -> None:
    lot, (alice, bob, carol) = await make_goods(api.application, top_price=50000), await make_bidders(api)
    seen: list[Answer] = []

    async def look_everywhere() -> None:
        for path in (
            "/api/group",
            "/api/group/category",
            f"/api/group/current/price/{lot.id}",
            "/api/group/my",
            "/api/group/history",
            f"/api/group/history/{lot.group_id}",
            f"/api/live/group/{lot.group_id}",
            f"/api/live/goods/{lot.id}",
            "/api/live/me",
        ):
            for user in (None, bob, carol):
                seen.append(await api.get(path, as_user=user))

    await api.bid(alice, lot, 20000, max_price=SECRET)
    assert (await api.get("/api/group", as_user=alice)).data["joined"][0]["max_price"] == SECRET  # her own
    await look_everywhere()
    seen.append(await api.bid(bob, lot, 20000))
    seen.append(await api.bid(bob, lot, 25000))
    seen.append(await api.bid(carol, lot, 26000, max_price=27000))
    await look_everywhere()
    clock.advance(hours=2)
    await api.wait_until_ended(lot.group_id)
    await look_everywhere()
    assert len(seen) == 3 * 9 * 3 + 3
    assert [answer for answer in seen if str(SECRET).encode() in answer.body] == []
    assert await standing(api, lot) == (alice.id, 27001, 6)


async def test_the_leader_changes_the_maximum_and_nobody_else_sees_it(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    seen = await api.get(f"/api/live/group/{lot.group_id}", as_user=bob)
    ids = {"goods_id": lot.id, "group_id": lot.group_id}
    answer = await api.put("/api/group/maximum", as_user=alice, json={**ids, "max_price": SECRET})
    assert answer.json == {"code": 1, "message": "", "data": {**ids, "max_price": SECRET}}
    assert await standing(api, lot) == (alice.id, 20000, 1)
    (joined,) = (await api.get("/api/group", as_user=alice)).data["joined"]
    assert joined["max_price"] == SECRET
    for asked in (await api.get("/api/group", as_user=bob), await api.get(f"/api/live/group/{lot.group_id}", as_user=bob)):
        assert str(SECRET).encode() not in asked.body
    again = await api.get(f"/api/live/group/{lot.group_id}?cursor={seen.data['cursor']}", as_user=bob)
    assert all(one["seq"] == 1 and one["price"] == 20000 for one in again.data["state"])
    cancelled = await api.delete("/api/group/maximum", as_user=alice, json=ids)
    assert cancelled.data == {**ids, "max_price": None}
    assert (await api.bid(bob, lot, 20001)).data["status"] == 1


async def test_who_does_not_lead_is_refused_with_the_present_state(api: Api) -> None:
    lot, (alice, bob, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    ids = {"goods_id": lot.id, "group_id": lot.group_id}
    for answer in (
        await api.put("/api/group/maximum", as_user=bob, json={**ids, "max_price": 35000}),
        await api.delete("/api/group/maximum", as_user=bob, query=ids),
    ):
        assert (answer.status, answer.json["error"], answer.json["data"]) == (409, "not_leading", {"current": 20000, "minimum": 20001})
    low = await api.put("/api/group/maximum", as_user=alice, json={**ids, "max_price": 19999})
    assert (low.status, low.json["error"], low.json["data"]) == (409, "bid_too_low", {"current": 20000, "minimum": 20000})
    assert (await api.put("/api/group/maximum", json={**ids, "max_price": 35000})).status == 401


async def test_a_key_of_a_changed_maximum_is_used_once(api: Api) -> None:
    lot, (alice, _, _) = await make_goods(api.application), await make_bidders(api)
    await api.bid(alice, lot, 20000, max_price=30000)
    wish = {"goods_id": lot.id, "group_id": lot.group_id, "max_price": 35000}
    key = {"Idempotency-Key": "k1"}
    for _ in range(2):
        assert (await api.put("/api/group/maximum", as_user=alice, json=wish, headers=key)).data["max_price"] == 35000
    reused = await api.put("/api/group/maximum", as_user=alice, json={**wish, "max_price": 36000}, headers=key)
    assert (reused.status, reused.json["error"]) == (422, "key_reused")
