"""公证: what is published, and receipts of bids over the API, held against each other by the checks that everyone has."""
from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tornado.ioloop import IOLoop

from server.config import Config
from server.domain.auctions.proof.checks import check
from server.domain.auctions.proof.forms import GroupHeads, Kept, Key
from server.domain.auctions.proof.published import PublishedLot
from server.domain.auctions.proof.receipts import Receipt
from server.outside.ed25519 import is_signed
from tests.api import Answer, Api, serving
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import HandClock


def receipt_of(answer: Answer) -> Receipt:
    body = answer.json
    return msgspec.convert((body["data"] if answer.status == 200 else body)["receipt"], Receipt)


def stated(answer: Answer) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(receipt_of(answer).statement)
    return facts


async def read_keys(api: Api) -> tuple[Key, ...]:
    return msgspec.convert((await api.get("/api/keys")).data["keys"], tuple[Key, ...])


async def read_record(api: Api, goods_id: int, *, limit: int = 1000) -> PublishedLot:
    """However many answers it takes."""
    record = msgspec.convert((await api.get(f"/api/proof/lots/{goods_id}", query={"limit": limit})).data, PublishedLot)
    entries, after = [*record.entries], record.next
    while after is not None:
        part = msgspec.convert((await api.get(f"/api/proof/lots/{goods_id}", query={"after": after, "limit": limit})).data, PublishedLot)
        entries, after = [*entries, *part.entries], part.next
    return msgspec.structs.replace(record, entries=entries, next=None)


async def test_a_whole_sale_is_checked_from_what_bidders_were_given(api: Api, clock: HandClock) -> None:
    group = await make_group(api.application, Goods(id=145, step=100), Goods(id=146), closes_in=60)
    alice, bob = await make_user(api.application, "Alice"), await make_user(api.application, "Bob")
    lot = await api.application.stores.auctions.lots.get_lot(145)
    answers = [
        await api.bid(alice, lot, 20000, max_price=25000, request_id="a secret key"),
        await api.bid(bob, lot, 20000),
        await api.bid(bob, lot, 25000),
        await api.bid(bob, lot, 26000),
        await api.bid(alice, lot, 50000),
        await api.bid(alice, lot, 30000, max_price=29000),
        await api.post("/api/group", as_user=bob, json={"goods_id": 145, "group_id": 404, "price": 40000}),
    ]
    outcomes = ["accepted", "bid_too_low", "bid_too_low", "accepted", "above_top_price", "max_below_price", "group_mismatch"]
    assert [stated(answer)["outcome"] for answer in answers] == outcomes
    first = stated(answers[0])
    told = [first[name] for name in ("price_before", "minimum", "seq", "max_price", "user_id")]
    assert told == [20000, 20000, 1, 25000, alice.id]
    early = await api.get("/api/proof/lots/145")
    assert (early.status, early.json["error"]) == (409, "not_settled")
    assert (await api.get(f"/api/proof/groups/{group.id}")).status == 404

    clock.advance(seconds=62)
    await api.wait_until_ended(group.id)
    late = await api.bid(alice, lot, 30000)
    assert (late.json["error"], stated(late)["outcome"]) == ("ended", "ended")
    heads = msgspec.convert((await api.get(f"/api/proof/groups/{group.id}")).data, GroupHeads)
    records = (await read_record(api, 145), await read_record(api, 146))
    assert await read_record(api, 145, limit=1) == records[0]
    assert "a secret key" not in repr(records) and '"max_price"' not in repr(records)
    receipts = tuple(receipt_of(answer) for answer in (*answers, late))
    kept = Kept(keys=await read_keys(api), receipts=receipts, heads=(), groups=(heads,), lots=records)
    done = check(kept, is_signed)
    assert (done.problems, done.receipts, done.unmatched, done.sealed) == ([], 8, 0, 0)
    assert (await api.get("/api/proof/lots/404")).status == 404


async def test_one_signature_stands_for_all_that_are_answered_at_once_and_a_repeated_bid_is_told_the_same(api: Api) -> None:
    lot, alice = await make_goods(api.application), await make_user(api.application)
    bids = api.application.services.auctions.bids
    keys = await read_keys(api)
    others = [await make_user(api.application, f"user {number}") for number in range(8)]
    first = await api.bid(alice, lot, 20000, request_id="one")
    for number, user in enumerate(others):
        await api.bid(user, lot, 20001 + number)
    again = await api.bid(alice, lot, 20000, request_id="one")
    assert again.json["data"]["receipt"]["statement"] == first.json["data"]["receipt"]["statement"]

    async def try_to_bid(number: int) -> Receipt:
        try:
            await bids.place_bid(others[number], lot.group_id, lot.id, 1)
        except Exception as error:
            return error.receipt  # type: ignore[attr-defined]
        raise AssertionError

    receipts = await asyncio.gather(*(try_to_bid(number) for number in range(8)))
    assert len({receipt.signature for receipt in receipts}) < len(receipts)
    assert check(Kept(keys=keys, receipts=tuple(receipts)), is_signed).problems == []


@pytest.fixture
def keys_folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_a_new_key_is_vouched_for_by_the_one_before_and_that_stays_published(io_loop: IOLoop, config: Config, keys_folder: Path) -> None:
    config = replace(config, data_dir=keys_folder)
    with serving(io_loop, config) as api:
        (first,) = io_loop.run_sync(partial(read_keys, api))
    config.add_receipt_key()
    with serving(io_loop, config) as api, serving(io_loop, config) as other:
        old, new = io_loop.run_sync(partial(read_keys, api))
        assert old == first and new.endorsement is not None and new.endorsement.key == old.id
        assert check(Kept(keys=(old, new)), is_signed).problems == []
        assert io_loop.run_sync(partial(read_keys, other)) == (old, new)
        current = {io_loop.run_sync(partial(one.get, "/api/keys")).data["current"] for one in (api, other)}
        assert current == {new.id}
