"""What many lots ask at the same moment goes by few questions, and each lot has its own answer."""
from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace
from tornado.ioloop import IOLoop

from server.domain.auctions.commits import LotDesks
from server.domain.auctions.drafts import Placed
from server.domain.auctions.goods import Lot, LotStatus
from server.domain.auctions.lot_batches import LotBatches, Projection
from server.domain.auctions.rules import SETTLE_AFTER, decide
from server.domain.errors import NotFound, Unavailable
from server.storage.auctions.goods import MongoLots
from server.storage.mongo import Sequences
from tests.domain.auctions.floors import Sale
from tests.domain.auctions.offers import END, START, offer, open_lot
from tests.domain.auctions.test_commits import assert_is_chain, place, whole_record

FIRST, COUNT = 145, 30
LOTS = range(FIRST, FIRST + COUNT)


@pytest.fixture
def sale(io_loop: IOLoop, mongo: AsyncIOMotorDatabase) -> Iterator[Sale]:
    sale = Sale(mongo)
    io_loop.run_sync(lambda: sale.open([open_lot(id=id, sn=f"U9T00{id}", top_price=10_000) for id in LOTS]))
    yield sale
    io_loop.run_sync(sale.drain)


class Counts(MongoLots):
    """Counts what is asked."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, Sequences(database))
        self.asked: Counter[str] = Counter()

    async def get_lot(self, goods_id: int) -> Lot:
        self.asked["read"] += 1
        return await super().get_lot(goods_id)

    async def list_whole_lots(self, goods_ids: Sequence[int]) -> list[Lot]:
        self.asked["read"] += 1
        return await super().list_whole_lots(goods_ids)

    async def commit_lot(self, before: Lot, after: Lot) -> bool:
        self.asked["commit"] += 1
        return await super().commit_lot(before, after)

    async def commit_lots(self, changes: Sequence[tuple[Lot, Lot]]) -> Sequence[bool | BaseException | None]:
        self.asked["commit"] += 1
        return await super().commit_lots(changes)


async def bid_on_all(process: LotDesks, user_id: int, price: int) -> list[Placed | BaseException]:
    return await place(process, *(replace(offer(user_id, price), goods_id=goods_id) for goods_id in LOTS))


def change(lot: Lot, price: int) -> tuple[Lot, Lot]:
    decision = decide(lot, replace(offer(1, price), goods_id=lot.id), 77, now=START, worker="w")
    return lot, replace(decision.lot, revision=lot.revision + 1, outbox=decision.bids)


async def test_bids_on_many_lots_are_read_and_committed_by_few_questions(sale: Sale) -> None:
    counting = Counts(sale.database)
    placed = await bid_on_all(sale.process(lots=counting), 1, 100)
    assert all(isinstance(one, Placed) for one in placed)
    assert counting.asked["read"] <= COUNT // 3 and counting.asked["commit"] <= COUNT // 3
    for goods_id in LOTS:
        [bid] = await whole_record(sale, goods_id)
        assert (bid.goods_id, bid.user_id, bid.price) == (goods_id, 1, 100)
        [participation] = await sale.participations.list_by_goods(goods_id)
        assert participation.id == bid.participation_id


async def test_processes_that_commit_the_same_lots_together_make_one_record_of_each(sale: Sale) -> None:
    processes = [sale.process(f"w{number}") for number in range(3)]
    answers = await asyncio.gather(
        *(bid_on_all(process, 3 * turn + n, 100 + 3 * turn + n) for turn in range(8) for n, process in enumerate(processes))
    )
    accepted = Counter(placed.lot.id for some in answers for placed in some if isinstance(placed, Placed))
    await asyncio.gather(*(process.drain() for process in processes))
    for goods_id in LOTS:
        lot, bids = await sale.lots.get_lot(goods_id), await whole_record(sale, goods_id)
        assert_is_chain(lot, bids)
        assert len(bids) == accepted[goods_id]
        assert lot.outbox == () and lot.projected_seq == lot.seq
        newest = {bid.user_id: bid.seq for bid in bids}
        assert {one.user_id: one.seq for one in await sale.participations.list_by_goods(goods_id)} == newest


async def test_each_lot_is_told_what_became_of_its_own_commit(sale: Sale) -> None:
    lots = await sale.lots.list_whole_lots(list(LOTS))
    changes = [change(lot, 100) for lot in lots[:4]]
    assert await sale.lots.commit_lot(*change(lots[1], 120))  # another process was first
    for later in (change(lots[2], 130),):
        assert await sale.lots.commit_lot(*later)
        assert await sale.lots.commit_lot(*change(later[1], 140))  # and goes on
    assert await sale.lots.commit_lots(changes) == [True, False, None, True]
    assert [lot.price for lot in await sale.lots.list_whole_lots([lot.id for lot in lots[:4]])] == [100, 120, 140, 100]


async def test_a_lot_is_not_taken_for_settled_because_another_process_has_claimed_its_turn(sale: Sale) -> None:
    process = sale.process()
    await bid_on_all(process, 1, 100)
    await process.drain()
    commit_lots = sale.lots.commit_lots

    async def after_the_other(changes: Sequence[tuple[Lot, Lot]]) -> Sequence[bool | BaseException | None]:
        sale.lots.commit_lots = commit_lots  # type: ignore[method-assign]
        await sale.lots.claim_turn(changes[0][0].id)  # a new revision, and the head as it was
        return await commit_lots(changes)

    sale.lots.commit_lots = after_the_other  # type: ignore[method-assign]
    sale.clock.jump(END - START + SETTLE_AFTER)
    for goods_id in LOTS:
        process.desk(goods_id).close()
    await process.drain()
    assert sale.lots.commit_lots == commit_lots
    assert {lot.status for lot in await sale.lots.list_whole_lots(list(LOTS))} == {LotStatus.WON}


async def test_a_state_that_cannot_be_stored_fails_for_its_lot_alone(sale: Sale) -> None:
    lots = await sale.lots.list_whole_lots(list(LOTS[:3]))
    changes = [change(lot, 100) for lot in lots]
    before, bad = changes[1]
    changes[1] = before, replace(bad, leader_nickname="\ud800")  # no text that BSON has
    batches = LotBatches(sale.lots, sale.participations)
    done = await asyncio.gather(*(batches.commit_lot(*one) for one in changes), return_exceptions=True)
    assert isinstance(done[1], UnicodeEncodeError)
    assert [done[0], done[2]] == [True, True]


async def test_commits_whose_common_answer_is_lost_are_found_and_none_is_made_twice(sale: Sale) -> None:
    class LosesAnswers(MongoLots):
        losses = 1

        async def commit_lots(self, changes: Sequence[tuple[Lot, Lot]]) -> Sequence[bool | BaseException | None]:
            done = await super().commit_lots(changes)
            if self.losses:
                self.losses -= 1
                raise Unavailable("database")
            return done

    flaky = LosesAnswers(sale.database, Sequences(sale.database))
    placed = await bid_on_all(sale.process(lots=flaky), 1, 100)
    assert not flaky.losses
    assert all(isinstance(one, Placed) and one.seq == 1 for one in placed)
    for goods_id in LOTS:
        assert len(await whole_record(sale, goods_id)) == 1


async def test_a_lot_that_is_not_there_is_missing_for_who_asked_for_it_alone(sale: Sale) -> None:
    batches = LotBatches(sale.lots, sale.participations)
    first, missing, last = await asyncio.gather(*(batches.get_lot(one) for one in (FIRST, 9, FIRST + 1)), return_exceptions=True)
    assert isinstance(missing, NotFound)
    assert isinstance(first, Lot) and isinstance(last, Lot) and (first.id, last.id) == (FIRST, FIRST + 1)


async def test_numbers_that_many_ask_for_at_once_are_fetched_once(sale: Sale) -> None:
    sequences = Sequences(sale.database)
    numbers = await asyncio.gather(*(sequences.next_number("tried", block=50) for _ in range(120)))
    assert sorted(numbers) == list(range(1, 121))
    assert await sequences.last_number("tried") == 150


async def test_bids_on_their_way_are_not_taken_for_left_behind_and_reach_the_record_while_a_projection_takes_long(sale: Sale) -> None:
    process, other = sale.process("w1"), sale.process("w2")
    may_project = asyncio.Event()
    project = process.batches.project

    async def project_late(projection: Projection) -> None:
        await may_project.wait()
        await project(projection)

    process.batches.project = project_late  # type: ignore[method-assign]
    for turn in range(3):
        await place(process, offer(1, 100 + turn))
        while len(await sale.record.list_bids(FIRST)) <= turn:
            await asyncio.sleep(0.01)
    assert process.is_delivering(FIRST, 3)
    assert not process.is_delivering(FIRST, 4) and not process.is_delivering(FIRST + 1, 1) and not other.is_delivering(FIRST, 3)
    may_project.set()
    await process.drain()
    assert not process.is_delivering(FIRST, 3)
    lot = await sale.lots.get_lot(FIRST)
    assert lot.outbox == () and lot.projected_seq == 3


async def test_a_projection_that_fails_is_taken_up_again(sale: Sale, caplog: pytest.LogCaptureFixture) -> None:
    process = sale.process()
    project, failures = process.batches.project, [Unavailable("database"), ValueError("odd")]

    async def fail_first(projection: Projection) -> None:
        if failures:
            raise failures.pop()
        await project(projection)

    process.batches.project = fail_first  # type: ignore[method-assign]
    for turn in range(2):
        await place(process, offer(1, 100 + turn))
        await process.drain()
    assert not failures and "delivery failed" in caplog.text and "delivery waits for the database" in caplog.text
    assert (await sale.lots.get_lot(FIRST)).projected_seq == 0
    await process.desk(FIRST).recover()
    lot = await sale.lots.get_lot(FIRST)
    assert lot.outbox == () and lot.projected_seq == 2
