"""参与竞价: an idempotency key makes a repeated request the same bid."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.domain.accounts.users import User
from server.domain.auctions.goods import Lot
from tests.api import Answer, Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock


async def bid(api: Api, user: User, lot: Lot, price: int, *, key: str | None = None, **more: Any) -> Answer:
    offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": price, **more}
    return await api.post("/api/group", as_user=user, json=offer, headers={} if key is None else {"Idempotency-Key": key})


async def count_bids(api: Api, lot: Lot) -> int:
    return (await api.application.stores.auctions.lots.get_lot(lot.id)).seq


async def test_the_same_key_gives_the_first_answer_again(api: Api) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    first = await bid(api, alice, lot, 20000, key="a")
    again = await bid(api, alice, lot, 20000, key="a")
    assert (first.status, again.status) == (200, 200)
    assert again.json == first.json
    assert await count_bids(api, lot) == 1


async def test_the_first_answer_comes_again_after_others_have_bid(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    first = await bid(api, alice, lot, 20000, key="a")
    await bid(api, bob, lot, 30000, key="a")  # another user's key
    again = await bid(api, alice, lot, 20000, key="a")
    assert again.json == first.json
    assert await count_bids(api, lot) == 2


async def test_the_first_answer_comes_again_after_the_lot_has_ended(api: Api, clock: HandClock) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    first = await bid(api, alice, lot, 20000, key="a")
    clock.advance(hours=2)
    await api.wait_until_ended(lot.group_id)
    again = await bid(api, alice, lot, 20000, key="a")
    assert again.json == first.json


async def test_requests_with_one_key_at_the_same_time_make_one_bid(api: Api) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    answers = await asyncio.gather(*[bid(api, alice, lot, 20000, key="a") for _ in range(8)])
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert await count_bids(api, lot) == 1


async def test_a_field_of_the_request_is_a_key_too(api: Api) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    first = await bid(api, alice, lot, 20000, request_id="a")
    for again in (await bid(api, alice, lot, 20000, request_id="a"), await bid(api, alice, lot, 20000, key="a")):
        assert again.json == first.json
    assert await count_bids(api, lot) == 1


async def test_the_header_comes_before_the_field(api: Api) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    first = await bid(api, alice, lot, 20000, key="a", request_id="b")
    assert (await bid(api, alice, lot, 20000, key="a", request_id="c")).json == first.json
    assert (await bid(api, alice, lot, 30000, request_id="b")).data["seq"] == 2  # "b" was not used up


@pytest.mark.parametrize("change", [{"price": 20001}, {"max_price": 30000}, {"group_id": 404}])
async def test_a_key_with_another_request_is_refused(api: Api, change: dict[str, Any]) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    await bid(api, alice, lot, 20000, key="a")
    answer = await bid(api, alice, lot, **{"price": 20000, "key": "a", **change})
    assert answer.status == 422
    assert (answer.json["error"], answer.json["message"]) == ("key_reused", "该请求编号已用于其他请求")
    assert list(answer.json["data"]) == ["request_id"]
    assert await count_bids(api, lot) == 1


async def test_a_key_with_other_goods_is_refused(api: Api) -> None:
    lot, other = await make_goods(api.application), await make_goods(api.application)
    alice = await make_user(api.application)
    await bid(api, alice, lot, 20000, key="a")
    answer = await bid(api, alice, other, 20000, key="a")
    assert (answer.status, answer.json["error"]) == (422, "key_reused")
    assert await count_bids(api, other) == 0


async def test_keys_of_two_users_have_nothing_to_do_with_each_other(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    assert (await bid(api, alice, lot, 20000, key="a")).data["seq"] == 1
    assert (await bid(api, bob, lot, 20001, key="a")).data["seq"] == 2


async def test_a_proxy_bid_comes_again_with_what_it_made(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    await bid(api, alice, lot, 20000, max_price=25000)
    first = await bid(api, bob, lot, 21000, max_price=30000, key="a")
    again = await bid(api, bob, lot, 21000, max_price=30000, key="a")
    assert again.json == first.json
    assert await count_bids(api, lot) == 4


@pytest.mark.parametrize(("key", "text"), [("", "至少 1 个字符"), ("x" * 129, "最多 128 个字符")])
async def test_a_key_of_the_wrong_length_is_bad_input(api: Api, key: str, text: str) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    answer = await bid(api, alice, lot, 20000, key=key)
    assert (answer.status, answer.json["data"]) == (422, {"Idempotency-Key": [text]})
    assert await count_bids(api, lot) == 0


async def test_the_longest_key_is_taken(api: Api) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    first = await bid(api, alice, lot, 20000, key="x" * 128)
    assert (await bid(api, alice, lot, 20000, key="x" * 128)).json == first.json
