"""An outage is measured once and gives every open lot its time back once."""
from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.auctions import outages
from server.domain.auctions.goods import ExtendedBy, Lot, LotStatus
from server.domain.auctions.outages import Outage, OutageService
from server.domain.clock import Stamp
from server.storage.auctions.goods import MongoLots
from server.storage.auctions.outages import MongoPulses
from server.storage.mongo import Sequences
from tests.domain.auctions.floors import Sale, many_lots
from tests.domain.auctions.offers import END, START, open_lot


@pytest.fixture
def sale(mongo: AsyncIOMotorDatabase) -> Sale:
    return Sale(mongo)


def process(sale: Sale) -> OutageService:
    """A process that has just started."""
    return OutageService(MongoPulses(sale.database), sale.groups, sale.lots, sale.clock)


async def ends(sale: Sale) -> list[timedelta]:
    return [lot.end_at - END for lot in await sale.lots.list_lots(7)]


def about(found: timedelta, seconds: float) -> bool:
    return timedelta(seconds=seconds) <= found < timedelta(seconds=seconds + 5)


async def test_lots_that_were_open_end_later_by_the_length_of_the_outage(sale: Sale) -> None:
    await sale.open(many_lots(3))
    await process(sale).check()
    sale.clock.jump(timedelta(seconds=90))
    await process(sale).check()
    assert all(about(by, 90) for by in await ends(sale))
    assert {lot.extended_by for lot in await sale.lots.list_lots(7)} == {ExtendedBy.OUTAGE}


async def test_a_lot_whose_end_passed_during_the_outage_gets_what_was_left(sale: Sale) -> None:
    await sale.open()
    sale.clock.jump(timedelta(minutes=59))
    await process(sale).check()
    sale.clock.jump(timedelta(minutes=10))
    await process(sale).check()
    [lot] = await sale.lots.list_lots(7)
    assert lot.end_at - sale.clock.now() > timedelta(seconds=50)


async def test_many_processes_that_start_at_once_give_the_time_back_once(sale: Sale) -> None:
    await sale.open(many_lots(4))
    await process(sale).check()
    sale.clock.jump(timedelta(seconds=60))
    await asyncio.gather(*(process(sale).check() for _ in range(5)))
    await process(sale).check()
    assert all(about(by, 60) for by in await ends(sale))


async def test_a_short_gap_is_no_outage(sale: Sale) -> None:
    await sale.open()
    await process(sale).check()
    sale.clock.jump(timedelta(seconds=3))
    assert await process(sale).check()
    assert await ends(sale) == [timedelta(0)]


async def test_a_clock_that_jumps_under_a_living_process_is_no_outage(sale: Sale) -> None:
    await sale.open()
    alive = process(sale)
    await alive.check()
    sale.clock.jump(timedelta(hours=1))
    assert await alive.check()
    assert await ends(sale) == [timedelta(0)]


async def test_an_outage_that_a_process_died_over_is_finished_by_the_next(sale: Sale) -> None:
    await sale.open(many_lots(2))
    pulses = MongoPulses(sale.database)
    await pulses.beat(sale.clock.now())
    before = await pulses.read_pulse()
    assert before is not None
    sale.clock.jump(timedelta(seconds=30))
    outage = Outage(before.alive_at, sale.clock.now())
    assert await pulses.begin_outage(before, outage)
    first = await sale.lots.get_lot(145)
    now = sale.clock.now()
    assert await sale.lots.extend_for_outage([(first, outage.time_lost(first, now))], outage.id, Stamp(now))
    await process(sale).check()
    assert all(about(by, 30) for by in await ends(sale))


class SlowLots(MongoLots):
    """Each portion of lots takes four seconds."""

    def __init__(self, sale: Sale):
        super().__init__(sale.database, Sequences(sale.database))
        self._clock = sale.clock

    async def extend_for_outage(self, lost: Sequence[tuple[Lot, timedelta]], outage_id: int, stamp: Stamp) -> bool:
        self._clock.jump(timedelta(seconds=4))
        return await super().extend_for_outage(lost, outage_id, stamp)


async def test_giving_back_is_no_outage_however_long_it_takes(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "LOTS_AT_ONCE", 2)
    monkeypatch.setattr(outages, "GIVE_SECONDS", 0)
    await sale.open(many_lots(5))
    await process(sale).check()
    sale.clock.jump(timedelta(seconds=30))
    slow = [OutageService(MongoPulses(sale.database), sale.groups, SlowLots(sale), sale.clock) for _ in range(2)]
    calls = 0
    while not all([await one.check() for one in slow]):
        calls += 1
    await process(sale).check()
    assert calls > 1
    assert all(about(by, 30) for by in await ends(sale))


async def test_a_process_that_dies_while_it_gives_back_makes_two_outages_that_are_both_given_back(sale: Sale) -> None:
    await sale.open(many_lots(3))
    pulses = MongoPulses(sale.database)
    await pulses.beat(sale.clock.now())
    before = await pulses.read_pulse()
    assert before is not None
    sale.clock.jump(timedelta(seconds=30))
    assert await pulses.begin_outage(before, Outage(before.alive_at, sale.clock.now()))
    sale.clock.jump(timedelta(seconds=20))
    newborn = process(sale)
    while not await newborn.check():
        pass
    assert all(about(by, 50) for by in await ends(sale))


async def test_a_lot_whose_end_passes_while_others_get_their_time_is_not_cut_short(sale: Sale) -> None:
    await sale.open()
    sale.clock.jump(timedelta(minutes=59))
    pulses = MongoPulses(sale.database)
    await pulses.beat(sale.clock.now())
    before = await pulses.read_pulse()
    assert before is not None
    sale.clock.jump(timedelta(seconds=10))
    assert await pulses.begin_outage(before, Outage(before.alive_at, sale.clock.now()))
    alive = process(sale)
    for _ in range(20):  # somebody else gives back, and is at other lots
        sale.clock.jump(timedelta(seconds=4))
        await pulses.beat(sale.clock.now())
    await alive.check()
    [lot] = await sale.lots.list_lots(7)
    assert lot.end_at - sale.clock.now() >= timedelta(seconds=-5)
    assert about(lot.end_at - END, 10 + 30)


async def test_an_outage_is_noticed_although_the_clock_was_ahead_before(sale: Sale) -> None:
    await sale.open()
    sale.clock.jump(timedelta(minutes=20))
    await process(sale).check()
    sale.clock.jump(timedelta(minutes=-20))
    alive = process(sale)
    assert [(await alive.check(), alive.signs.era) for _ in range(2)] == [(True, 0), (True, 1)]
    sale.clock.jump(timedelta(seconds=90))
    await process(sale).check()
    assert all(about(by, 90) for by in await ends(sale))


async def test_one_machine_whose_clock_is_ahead_makes_no_new_era(sale: Sale) -> None:
    await sale.open()
    ahead, right = process(sale), process(sale)
    for _ in range(3):
        sale.clock.jump(timedelta(seconds=7))
        await ahead.check()
        sale.clock.jump(timedelta(seconds=-6))
        await right.check()
    assert right.signs.era == 0


@pytest.mark.parametrize("status", [LotStatus.WON, LotStatus.UNSOLD])
def test_a_closed_lot_is_never_opened_again(status: LotStatus) -> None:
    lot = open_lot()
    outage = Outage(START, START + timedelta(minutes=5))
    assert outage.time_lost(lot, START) == timedelta(minutes=5)
    closed = type(lot)(**{name: getattr(lot, name) for name in lot.__struct_fields__} | {"status": status})
    assert outage.time_lost(closed, START) == timedelta(0)


def test_a_lot_that_ended_before_or_had_not_begun_loses_nothing() -> None:
    lot = open_lot()
    assert Outage(END, END + timedelta(minutes=5)).time_lost(lot, START) == timedelta(0)
    assert Outage(START - timedelta(hours=1), START).time_lost(lot, START) == timedelta(0)
    assert Outage(START - timedelta(hours=1), START + timedelta(minutes=1)).time_lost(lot, START) == timedelta(minutes=1)
