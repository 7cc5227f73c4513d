"""Tests of server/domain/auctions/story.py and audience.py."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.auctions.audience import LEASE, WatchSampler
from server.domain.auctions.floor import Floor
from server.domain.auctions.story import tell_entries
from server.domain.clock import to_ms
from server.domain.events import BidWasRefused
from server.storage.auctions.audience import MongoAudience
from tests.clock import HandClock
from tests.domain.auctions.floors import Sale
from tests.domain.auctions.offers import END, START, open_lot
from tests.proof import ToldSale, told_sale


@pytest.fixture
def told() -> Iterator[ToldSale]:
    yield told_sale()


def test_entries_stand_by_their_time_and_tell_what_was_done(told: ToldSale) -> None:
    at = START + timedelta(seconds=1)
    refusal = BidWasRefused(
        number=1,
        goods_id=145,
        group_id=7,
        user_id=2,
        nickname="user 2",
        price=119,
        reason="bid_too_low",
        arrived_at=at,
        worker="w",
        request_id="",
        latency_ms=3.6,
    )
    commits = {bid.seq: bid.arrived_at + timedelta(milliseconds=12) for bid in told.bids[:2]}
    told.publish()
    entries = tell_entries(told.lot, told.bids, told.maxima, [refusal], commits)
    kinds = [(one.kind, one.seq, one.is_proxy) for one in entries]
    assert kinds == [
        ("bid", 1, False),
        ("bid", 2, False),
        ("bid", 3, True),
        ("bid", 4, True),
        ("action", 5, False),
        ("action", 6, False),
        ("bid", 7, False),
        ("maximum", 4, False),
        ("refused", None, False),
        ("end", None, False),
    ]
    first, refused, pause, end = entries[0], entries[8], entries[4], entries[9]
    assert first.committed_at == first.arrived_at + 12 and entries[2].committed_at is None
    assert (refused.reason, refused.committed_at) == ("bid_too_low", to_ms(at) + 4)
    assert (pause.act, pause.reason, pause.operator_id, pause.user_id, pause.price) == ("pause", "核对", 9, 1, 120)
    assert (end.status, end.user_id, end.price, end.arrived_at) == ("won", 3, 131, to_ms(END))
    assert all(one.price is None for one in entries if one.kind == "maximum")


def test_an_end_that_was_moved_and_bids_that_were_taken_back_are_told() -> None:
    told = told_sale()
    told.bid(1, 141, at=END - timedelta(seconds=10))
    told.void(back_to=1)
    entries = tell_entries(told.lot, told.bids, told.maxima, [], {})
    moved = {one.seq: one.moved_ms for one in entries if one.moved_ms}
    assert moved == {8: 50_000}
    assert [one.seq for one in entries if one.is_void] == [2, 3, 4, 5, 6, 7, 8]
    assert (entries[-1].act, entries[-1].back_to, entries[-1].price) == ("void", 1, 100)


async def test_one_process_samples_who_watches_while_it_lives_and_writes_changes_alone(mongo: AsyncIOMotorDatabase) -> None:
    clock, floor, store = HandClock(START), Floor(HandClock(START)), MongoAudience(mongo)
    sale = Sale(mongo)
    group = await sale.open([open_lot(), open_lot(id=146, sn="U9T0069001")])
    floor.add_group(group, await sale.lots.list_lots(group.id))
    watching = {145: 3, 999: 8}
    first = WatchSampler(store, floor, lambda: watching, clock, worker="first")
    second = WatchSampler(store, floor, lambda: {145: 70}, clock, worker="second")
    for _ in range(3):
        await first.sample()
        await second.sample()
        clock.advance(seconds=5)
    watching[145] = 4
    await first.sample()
    counts = [(one.at, one.count) for one in await store.list_samples(145)]
    assert counts == [(START, 3), (START + timedelta(seconds=15), 4)]
    assert [one.count for one in await store.list_samples(146)] == [0]
    clock.advance(seconds=LEASE.total_seconds())
    await second.sample()
    await first.sample()
    assert [one.count for one in await store.list_samples(145)] == [3, 4, 70]
    assert await store.list_samples(999) == []
