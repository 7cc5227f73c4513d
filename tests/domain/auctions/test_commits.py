"""Group commit on the real database: what it promises when many offer at once, when processes race and when they die."""
from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace
from tornado.ioloop import IOLoop

from server.domain.auctions.chain import genesis_hash
from server.domain.auctions.commits import LotDesks
from server.domain.auctions.drafts import Placed, Waiting
from server.domain.auctions.goods import Lot, LotStatus
from server.domain.auctions.offers import BidTooLow, KeyReused, Offer
from server.domain.auctions.record import Bid
from server.domain.auctions.rules import decide
from server.domain.errors import DomainError, NotFound, Unavailable
from server.domain.events import LotChanged
from server.storage.auctions.goods import MongoLots
from server.storage.auctions.record import MongoRecord
from server.storage.mongo import Sequences
from tests.domain.auctions.floors import Sale, many_lots
from tests.domain.auctions.offers import END, START, offer, open_lot, sequences

GOODS = 145


@pytest.fixture
def sale(io_loop: IOLoop, mongo: AsyncIOMotorDatabase) -> Iterator[Sale]:
    sale = Sale(mongo)
    yield sale
    io_loop.run_sync(sale.drain)


async def place(process: LotDesks, *offers: Offer) -> list[Placed | BaseException]:
    """Hands the offers in at once, in this order."""
    tasks = [asyncio.ensure_future(process.desk(one.goods_id).take(one)) for one in offers]
    return await asyncio.gather(*tasks, return_exceptions=True)


async def whole_record(sale: Sale, goods_id: int = GOODS) -> list[Bid]:
    """Record and outbox together, in order; fails if both have a bid and disagree."""
    lot = await sale.lots.get_lot(goods_id)
    bids = {bid.seq: bid for bid in await sale.record.list_bids(goods_id)}
    for bid in lot.outbox:
        assert bids.setdefault(bid.seq, bid) == bid
    return [bids[seq] for seq in sorted(bids)]


def assert_is_chain(lot: Lot, bids: list[Bid]) -> None:
    assert [bid.seq for bid in bids] == list(range(1, lot.seq + 1))
    head = genesis_hash(lot)
    price = 0
    for bid in bids:
        assert bid.previous_hash == head and bid.sealed().hash == bid.hash
        assert bid.price > price
        head, price = bid.hash, bid.price
    if lot.status is LotStatus.OPEN:
        assert lot.head == head


async def test_a_bid_is_durable_and_known_to_its_bidder_when_it_is_answered(sale: Sale) -> None:
    await sale.open()
    process = sale.process()
    [placed] = await place(process, offer(1, 100))
    assert isinstance(placed, Placed) and placed.seq == 1
    assert [bid.price for bid in await whole_record(sale)] == [100]
    assert await sale.participations.list_by_goods(GOODS) == [placed.participation]


async def test_offers_that_come_together_are_decided_in_the_order_they_came(sale: Sale) -> None:
    await sale.open([open_lot(top_price=10_000)])
    process = sale.process()
    answers = await place(process, *(offer(user_id, 100 + user_id) for user_id in range(1, 101)))
    assert [placed.seq for placed in answers if isinstance(placed, Placed)] == list(range(1, 101))
    await process.drain()
    lot = await sale.lots.get_lot(GOODS)
    assert lot.outbox == () and lot.projected_seq == 100
    assert lot.revision < 20  # a hundred bids, a few writes
    assert_is_chain(lot, await whole_record(sale))


async def test_of_equal_offers_that_come_together_the_first_is_taken(sale: Sale) -> None:
    await sale.open()
    first, *others = await place(sale.process(), *(offer(user_id, 120) for user_id in range(1, 21)))
    assert isinstance(first, Placed)
    assert all(isinstance(other, BidTooLow) and other.current == 120 for other in others)


async def test_processes_that_race_make_one_record(sale: Sale) -> None:
    await sale.open([open_lot(top_price=10_000)])
    processes = [sale.process(f"w{number}") for number in range(3)]
    next_price = itertools.count(100)

    async def bid_in_turns(process: LotDesks, user_id: int) -> list[Placed | BaseException]:
        return [answer for _ in range(20) for answer in await place(process, offer(user_id, next(next_price)))]

    answers = await asyncio.gather(*(bid_in_turns(process, n) for n, process in enumerate(processes * 3)))
    accepted = [placed for some in answers for placed in some if isinstance(placed, Placed)]
    await asyncio.gather(*(process.drain() for process in processes))
    lot = await sale.lots.get_lot(GOODS)
    bids = await whole_record(sale)
    assert_is_chain(lot, bids)
    assert sorted(placed.seq for placed in accepted) == [bid.seq for bid in bids]
    assert {(placed.seq, placed.participation.price) for placed in accepted} == {(bid.seq, bid.price) for bid in bids}
    assert {bid.worker for bid in bids} == {"w0", "w1", "w2"}


async def test_refusals_of_a_process_that_is_behind_tell_the_true_price(sale: Sale) -> None:
    await sale.open()
    behind, ahead = sale.process("w1"), sale.process("w2")
    await place(behind, offer(1, 100))
    await place(ahead, offer(2, 130))
    [refusal] = await place(behind, offer(1, 99))
    assert isinstance(refusal, DomainError)
    [refusal] = await place(behind, offer(1, 100))
    assert isinstance(refusal, BidTooLow) and refusal.current == 130


async def test_a_process_that_is_behind_learns_of_an_extension_before_it_refuses(sale: Sale) -> None:
    await sale.open()
    behind, ahead = sale.process("w1"), sale.process("w2")
    await place(behind, offer(1, 100))
    await place(ahead, offer(2, 110, at=END - timedelta(seconds=1)))
    [placed] = await place(behind, offer(1, 120, at=END + timedelta(seconds=30)))
    assert isinstance(placed, Placed)


async def test_the_same_key_ten_times_at_once_makes_one_bid(sale: Sale) -> None:
    await sale.open()
    processes = [sale.process("w1"), sale.process("w2")]
    answers = await asyncio.gather(*(place(process, *[offer(1, 120, key="k")] * 5) for process in processes))
    seqs = [placed.seq for some in answers for placed in some if isinstance(placed, Placed)]
    assert seqs == [1] * 10
    assert len(await whole_record(sale)) == 1


async def test_a_key_gives_the_first_answer_again_long_after(sale: Sale) -> None:
    await sale.open()
    process = sale.process()
    [first] = await place(process, offer(1, 100, 110, key="k"))
    for price in range(111, 140):
        await place(process, offer(2, price))
    await process.drain()
    for same_or_new_process in (process, sale.process("w2")):
        [again] = await place(same_or_new_process, offer(1, 100, 110, key="k"))
        assert isinstance(first, Placed) and isinstance(again, Placed)
        assert (again.seq, again.participation) == (first.seq, first.participation)
        assert (again.lot.price, again.lot.leader_id) == (100, 1)


async def test_a_key_of_a_proxy_duel_gives_the_whole_first_answer_again(sale: Sale) -> None:
    await sale.open()
    process = sale.process()
    await place(process, offer(1, 100, 150))
    [first] = await place(process, offer(2, 110, 120, key="k"))
    await process.drain()
    [again] = await place(sale.process("w2"), offer(2, 110, 120, key="k"))
    assert isinstance(first, Placed) and isinstance(again, Placed)
    assert again.participation == first.participation and again.participation.price == 120
    assert (again.lot.price, again.lot.leader_id) == (first.lot.price, first.lot.leader_id) == (121, 1)


async def test_a_key_with_another_request_is_refused_and_makes_no_bid(sale: Sale) -> None:
    await sale.open([open_lot(), open_lot(id=146)])
    process = sale.process()
    await place(process, offer(1, 100, key="k"))
    others = [offer(1, 101, key="k"), offer(1, 100, 120, key="k"), offer(1, 100, key="k", goods_id=146)]
    assert all(isinstance(answer, KeyReused) for answer in await place(process, *others))
    assert len(await whole_record(sale)) == 1 and await whole_record(sale, 146) == []


async def test_a_key_belongs_to_its_user(sale: Sale) -> None:
    await sale.open()
    answers = await place(sale.process(), offer(1, 100, key="k"), offer(2, 101, key="k"))
    assert all(isinstance(answer, Placed) for answer in answers)


async def test_a_refused_offer_may_be_tried_again_with_its_key(sale: Sale) -> None:
    await sale.open()
    process = sale.process()
    [refusal] = await place(process, offer(1, 100, key="k", at=START - timedelta(seconds=1)))
    assert isinstance(refusal, DomainError)
    [placed] = await place(process, offer(1, 100, key="k"))
    assert isinstance(placed, Placed)


async def test_unknown_goods_are_not_found(sale: Sale) -> None:
    [answer] = await place(sale.process(), offer(1, 100, goods_id=999))
    assert isinstance(answer, NotFound)


async def test_a_bidder_who_hangs_up_still_has_bid(sale: Sale) -> None:
    await sale.open()
    process = sale.process()
    bidding = asyncio.ensure_future(process.desk(GOODS).take(offer(1, 100)))
    await asyncio.sleep(0)
    bidding.cancel()
    await process.drain()
    assert [bid.user_id for bid in await whole_record(sale)] == [1]


async def test_one_user_has_one_participation_however_many_processes_they_bid_through(sale: Sale) -> None:
    await sale.open([open_lot(top_price=10_000)])
    processes = [sale.process(f"w{number}") for number in range(2)]
    await asyncio.gather(*(place(process, *(offer(1, 100 + 2 * i + n) for i in range(20))) for n, process in enumerate(processes)))
    await asyncio.gather(*(process.drain() for process in processes))
    [participation] = await sale.participations.list_by_goods(GOODS)
    bids = await whole_record(sale)
    assert {bid.participation_id for bid in bids} == {participation.id}
    assert (participation.price, participation.seq) == (bids[-1].price, bids[-1].seq)


class LosesAnswers(MongoLots):
    """A database whose answers to commits are lost, now and then, after the commit was made."""

    losses = 0

    async def commit_lot(self, before: Lot, after: Lot) -> bool:
        is_committed = await super().commit_lot(before, after)
        if self.losses:
            self.losses -= 1
            raise Unavailable("database")
        return is_committed


async def test_a_commit_whose_answer_is_lost_is_found_and_not_made_twice(sale: Sale) -> None:
    await sale.open([open_lot(top_price=10_000)])
    flaky = LosesAnswers(sale.database, Sequences(sale.database))
    process = sale.process(lots=flaky)
    for price in range(100, 110):
        flaky.losses = 1
        [placed] = await place(process, offer(price % 3, price))
        assert isinstance(placed, Placed) and placed.seq == price - 99
    assert len(await whole_record(sale)) == 10


async def test_a_commit_whose_answer_is_lost_is_found_under_later_bids_of_others(sale: Sale) -> None:
    await sale.open([open_lot(top_price=10_000)])
    other = sale.process("w2")

    class AnswersLate(LosesAnswers):
        async def commit_lot(self, before: Lot, after: Lot) -> bool:
            is_lost = self.losses > 0
            try:
                return await super().commit_lot(before, after)
            finally:
                if is_lost:
                    await place(other, offer(9, after.price + 1))
                    await other.drain()

    late = AnswersLate(sale.database, Sequences(sale.database))
    process = sale.process(lots=late)
    late.losses = 1
    [placed] = await place(process, offer(1, 100))
    assert isinstance(placed, Placed) and placed.seq == 1
    assert [(bid.user_id, bid.price) for bid in await whole_record(sale)] == [(1, 100), (9, 101)]


async def test_what_a_dead_process_left_in_the_outbox_is_delivered_by_another(sale: Sale) -> None:
    await sale.open()
    lot = await sale.lots.get_lot(GOODS)
    decision = decide(lot, offer(1, 100), 77, now=START, worker="dead")
    after = replace(decision.lot, revision=1, outbox=decision.bids)
    assert await sale.lots.commit_lot(lot, after)
    await sale.process("w2").desk(GOODS).recover()
    lot = await sale.lots.get_lot(GOODS)
    assert lot.outbox == () and lot.projected_seq == 1
    [participation] = await sale.participations.list_by_goods(GOODS)
    assert (participation.id, participation.user_id, participation.price) == (77, 1, 100)
    assert_is_chain(lot, await whole_record(sale))


async def test_bids_recorded_but_not_projected_by_a_dead_process_are_projected_by_another(sale: Sale) -> None:
    await sale.open()
    process = sale.process()
    await place(process, offer(1, 100), offer(2, 110))
    await process.drain()
    await sale.database.lots.update_one({"_id": GOODS}, {"$set": {"projected_seq": 0}})
    await sale.database.participations.delete_many({})
    await sale.process("w2").desk(GOODS).recover()
    found = await sale.participations.list_by_goods(GOODS)
    assert sorted((one.user_id, one.price) for one in found) == [(1, 100), (2, 110)]
    assert (await sale.lots.get_lot(GOODS)).projected_seq == 2


async def test_a_close_takes_the_offers_before_it_and_happens_once(sale: Sale) -> None:
    await sale.open([open_lot(extend_window_seconds=0)])
    processes = [sale.process("w1"), sale.process("w2")]
    in_time = END - timedelta(milliseconds=5)
    sale.clock.jump(timedelta(hours=1, seconds=2))
    bidding = [asyncio.ensure_future(process.desk(GOODS).take(offer(n, 100 + n, at=in_time))) for n, process in enumerate(processes)]
    await asyncio.sleep(0)
    for process in processes:
        process.desk(GOODS).close()
    answers = await asyncio.gather(*bidding, return_exceptions=True)
    await asyncio.gather(*(process.drain() for process in processes))
    lot = await sale.lots.get_lot(GOODS)
    assert lot.status is LotStatus.WON
    assert isinstance(answers[0], Placed) or isinstance(answers[1], Placed)
    settlements = [e for e in sale.heard.events if isinstance(e, LotChanged) and e.state.status is LotStatus.WON]
    assert len(settlements) == 1
    assert_is_chain(lot, await whole_record(sale))


def test_the_same_offers_through_the_rules_and_through_the_database_agree(io_loop: IOLoop, mongo: AsyncIOMotorDatabase) -> None:
    goods = iter(range(1000, 100_000))
    io_loop.run_sync(Sale(mongo).open_group)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(sequences(max_size=20))
    def agree(some: list[Offer]) -> None:
        goods_id = next(goods)
        io_loop.run_sync(lambda: _compare(Sale(mongo), open_lot(id=goods_id), some))

    agree()


async def _compare(sale: Sale, start: Lot, some: list[Offer]) -> None:
    offers = [replace(one, goods_id=start.id) for one in some]
    await sale.lots.add_lots([start])
    process = sale.process()
    answers = await place(process, *offers)
    await process.drain()
    lot, bids = start, list[Bid]()
    for one, answer in zip(offers, answers):
        decision = decide(lot, one, 1, now=START)
        lot = decision.lot
        bids += decision.bids
        assert type(answer) is (Placed if decision.refusal is None else type(decision.refusal))
    stored = await sale.lots.get_lot(start.id)
    comparable = ("seq", "price", "leader_id", "ceiling", "status", "end_at")
    assert [getattr(stored, name) for name in comparable] == [getattr(lot, name) for name in comparable]
    recorded = await whole_record(sale, start.id)
    assert [(bid.seq, bid.user_id, bid.price) for bid in recorded] == [(bid.seq, bid.user_id, bid.price) for bid in bids]
    last = Counter({bid.user_id: bid.price for bid in bids})
    assert {one.user_id: one.price for one in await sale.participations.list_by_goods(start.id)} == dict(last)


async def test_bids_of_a_dead_process_survive_that_another_goes_on_before_they_are_delivered(sale: Sale) -> None:
    await sale.open()
    process = sale.process()
    await place(process, offer(1, 100))
    await process.drain()
    # Another process commits, answers and dies before it delivers.
    lot = await sale.lots.get_lot(GOODS)
    decision = decide(lot, offer(2, 110), 77, now=START, worker="dead")
    assert await sale.lots.commit_lot(lot, replace(decision.lot, revision=lot.revision + 1, outbox=decision.bids))
    # This one hears of it only because a refusal makes it read the lot again.
    [refusal] = await place(process, offer(3, 99))
    assert isinstance(refusal, DomainError)
    [placed] = await place(process, offer(3, 120))
    assert isinstance(placed, Placed) and placed.seq == 3
    await process.drain()
    assert [bid.price for bid in await sale.record.list_bids(GOODS)] == [100, 110, 120]
    assert (await sale.lots.get_lot(GOODS)).outbox == ()


@pytest.mark.parametrize("is_recorded", [True, False])
async def test_a_request_whose_repetition_was_quicker_elsewhere_gets_the_same_answer(sale: Sale, is_recorded: bool) -> None:
    await sale.open()
    record = RecordAway(sale.database)
    record.is_away = not is_recorded
    slow, quick = sale.process("slow"), sale.process("quick", record=record)
    await place(slow, offer(2, 100))
    # The slow process claims the key first, and is still at it when the repetition is answered by the quick one.
    waiting = Waiting(offer(1, 120, key="k"), 1)
    waiting.claim = slow.desk(GOODS)._claim(waiting)
    assert waiting.claim is not None and await waiting.claim is None
    [first] = await place(quick, offer(1, 120, key="k"))
    await quick.drain()
    # Others beat it, and it leaves the outbox.
    await place(slow, offer(3, 130))
    await slow.drain()
    await place(slow, offer(4, 140))
    assert all(bid.key is None for bid in (await sale.lots.get_lot(GOODS)).outbox)
    slow.desk(GOODS)._queue.add(waiting)
    slow.desk(GOODS)._wake()
    again = await waiting.answer
    assert isinstance(first, Placed)
    assert (again.seq, again.participation) == (first.seq, first.participation) == (2, first.participation)


async def test_a_process_gets_its_turn_beside_a_busier_one(sale: Sale) -> None:
    await sale.open([open_lot(top_price=10_000_000)])
    busy, calm = sale.process("busy"), sale.process("calm")
    prices = itertools.count(100, 10)
    is_placed = asyncio.Event()

    async def bid_on() -> None:
        while not is_placed.is_set():
            await place(busy, offer(1, next(prices)))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(bid_on())
        while (before := (await sale.lots.get_lot(GOODS)).seq) < 100:
            await asyncio.sleep(0)
        [placed] = await place(calm, offer(2, 5_000_000))
        is_placed.set()
    assert isinstance(placed, Placed)
    assert placed.seq < before + 100


class RecordAway(MongoRecord):
    """Takes nothing while `is_away`, and then so many writes as are left."""

    is_away = True
    writes_left = 1_000

    async def add_bids(self, bids: list[Bid], delivered_at: datetime, *, may_be_there: bool, **more: Any) -> None:
        if self.is_away or not self.writes_left:
            raise Unavailable("database")
        self.writes_left -= 1
        await super().add_bids(bids, delivered_at, may_be_there=may_be_there, **more)


class AnswersNever(MongoRecord):
    """Takes all, and says that it has not."""

    async def add_bids(self, bids: list[Bid], delivered_at: datetime, *, may_be_there: bool, **more: Any) -> None:
        await super().add_bids(bids, delivered_at, may_be_there=may_be_there, **more)
        raise Unavailable("database")


class HeldRecord(MongoRecord):
    """Counts writes, holds them up while told to, and takes no bid of one lot."""

    writes = 0
    poison: int | None = None

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database)
        self.may_pass = asyncio.Event()

    async def add_bids(self, bids: list[Bid], delivered_at: datetime, *, may_be_there: bool, **more: Any) -> None:
        self.writes += 1
        await self.may_pass.wait()
        if self.poison in {bid.goods_id for bid in bids}:
            raise ValueError("a bid that no record takes")
        await super().add_bids(bids, delivered_at, may_be_there=may_be_there, **more)


async def bid_on_all(process: LotDesks, record: HeldRecord, lots: list[Lot]) -> None:
    """One bid on each; those of all lots but the first wait together for their way into the record, which is free then."""
    await place(process, offer(1, 100, goods_id=lots[0].id))
    while not record.writes:
        await asyncio.sleep(0)
    await place(process, *(offer(1, 100, goods_id=lot.id) for lot in lots[1:]))
    while len(process.recorder._batches._waiting) < len(lots) - 1:
        await asyncio.sleep(0)
    record.may_pass.set()
    await process.drain()


async def test_bids_of_many_lots_reach_the_record_by_one_write(sale: Sale) -> None:
    lots = many_lots(30)
    await sale.open(lots)
    record = HeldRecord(sale.database)
    await bid_on_all(sale.process(record=record), record, lots)
    assert [len(await sale.record.list_bids(lot.id)) for lot in lots] == [1] * len(lots)
    assert record.writes == 2


async def test_a_lot_whose_bids_no_record_takes_keeps_no_other_lot_waiting(sale: Sale, caplog: pytest.LogCaptureFixture) -> None:
    lots = many_lots(5)
    await sale.open(lots)
    record = HeldRecord(sale.database)
    record.poison = lots[2].id
    process = sale.process(record=record)
    await bid_on_all(process, record, lots)
    assert [len(await sale.record.list_bids(lot.id)) for lot in lots] == [1, 1, 0, 1, 1]
    assert "tried alone" in caplog.text
    record.poison = None
    await process.desk(lots[2].id).recover()
    assert len(await sale.record.list_bids(lots[2].id)) == 1


async def test_an_outbox_is_emptied_only_of_what_has_arrived(sale: Sale) -> None:
    await sale.open()
    record = RecordAway(sale.database)
    process = sale.process(record=record)
    desk = process.desk(GOODS)
    await place(process, offer(1, 100), offer(2, 110))
    await desk.drain()
    outbox = (await sale.lots.get_lot(GOODS)).outbox
    assert [bid.price for bid in outbox] == [100, 110]
    # Another process has recorded the first: it is projected, and the second stays where it is.
    await sale.record.add_bids([outbox[0]], sale.clock.now(), may_be_there=False)
    await desk.recover()
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.projected_seq, lot.outbox) == (1, outbox)
    record.is_away = False
    await desk.recover()
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.projected_seq, lot.outbox) == (2, ())
    assert_is_chain(lot, await sale.record.list_bids(GOODS))


async def test_bids_recorded_by_a_write_whose_answer_was_lost_leave_the_outbox(sale: Sale) -> None:
    """Else each commit would carry them on, for as long as nobody recorded them once more."""
    await sale.open()
    record = AnswersNever(sale.database)
    process = sale.process(record=record)
    await place(process, offer(1, 100), offer(2, 110))
    await process.drain()
    assert len((await sale.lots.get_lot(GOODS)).outbox) == 2
    await process.desk(GOODS).recover()
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.projected_seq, lot.outbox) == (2, ())
    assert_is_chain(lot, await sale.record.list_bids(GOODS))


async def test_many_bids_reach_the_record_by_several_writes_of_which_each_counts(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.domain.auctions.recorder.MOST_BIDS", 10)
    await sale.open([open_lot(top_price=10_000)])
    record = RecordAway(sale.database)
    process = sale.process(record=record)
    await place(process, *(offer(user, 100 * user) for user in range(1, 26)))
    await process.drain()
    record.is_away, record.writes_left = False, 2
    await process.desk(GOODS).recover()
    assert len(await sale.record.list_bids(GOODS)) == 20
    record.writes_left = 3
    await process.desk(GOODS).recover()
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.projected_seq, lot.outbox) == (25, ())
    assert_is_chain(lot, await sale.record.list_bids(GOODS))


async def test_a_lot_takes_no_bid_while_too_many_cannot_reach_the_record(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document has an end, and each commit writes the whole outbox."""
    monkeypatch.setattr("server.domain.auctions.commits.MOST_ON_THE_WAY", 9)
    monkeypatch.setattr("server.domain.auctions.commits.ANSWER_SECONDS", 0.2)
    await sale.open([open_lot(top_price=10_000)])
    record = RecordAway(sale.database)
    process = sale.process(record=record)
    placed = await place(process, *(offer(user, 100 * user) for user in range(1, 11)))
    assert all(isinstance(one, Placed) for one in placed)
    [refused] = await place(process, offer(11, 1_100, key="again"))
    assert isinstance(refused, Unavailable)
    assert (await sale.lots.get_lot(GOODS)).seq == 10
    record.is_away = False
    [accepted] = await place(process, offer(11, 1_100, key="again"))
    assert isinstance(accepted, Placed) and accepted.seq == 11
    await process.drain()
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.projected_seq, lot.outbox) == (11, ())
    assert_is_chain(lot, await sale.record.list_bids(GOODS))


async def test_a_lot_settled_while_its_bids_are_on_their_way_keeps_none_of_them(sale: Sale) -> None:
    await sale.open()
    record = RecordAway(sale.database)
    bidding, closing = sale.process("bidding", record=record), sale.process("closing")
    await place(bidding, offer(1, 100), offer(2, 110))
    await bidding.drain()
    sale.clock.jump(END - START + timedelta(seconds=2))
    closing.desk(GOODS).close()
    await closing.drain()
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.status, lot.projected_seq, lot.outbox) == (LotStatus.WON, 2, ())
    assert [bid.price for bid in await sale.record.list_bids(GOODS)] == [100, 110]
    record.is_away = False
    await bidding.desk(GOODS).recover()
    assert [bid.price for bid in await sale.record.list_bids(GOODS)] == [100, 110]


async def test_who_refuses_an_offer_brings_on_the_bids_it_learned_of(sale: Sale) -> None:
    await sale.open()
    dying, other = sale.process("dying", record=RecordAway(sale.database)), sale.process("other")
    await place(dying, offer(1, 100))
    await dying.drain()
    [answer] = await place(other, offer(2, 100))
    assert isinstance(answer, BidTooLow)
    await other.drain()
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.projected_seq, lot.outbox) == (1, ())
    assert [bid.price for bid in await sale.record.list_bids(GOODS)] == [100]
