"""The audit that never ends: green while all is well, red when a record was changed, by one process of all."""
from __future__ import annotations

from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.accounts.users import Role
from server.domain.auctions.audit import watch as watch_module
from server.domain.auctions.audit.portions import LotPlace, LotResult, PortionReader
from server.domain.auctions.audit.walk import read_some
from server.domain.auctions.audit.watch import LEASE, SHARE, AuditWatch
from server.domain.auditing.slices import STEP_SECONDS
from server.storage.auctions.audit import MongoAudit
from server.storage.auctions.record import bid_id
from tests.api import Api
from tests.builders import make_goods, make_user
from tests.clock import HandClock
from tests.domain.auctions.floors import Sale, many_lots
from tests.domain.auctions.offers import offer
from tests.realtime.listening import Listener


def open_watch(sale: Sale, clock: HandClock, worker: str = "w1") -> AuditWatch:
    audit = MongoAudit(sale.database)
    return AuditWatch(sale.groups, audit, audit, audit, clock, worker=worker)


async def walk(watch: AuditWatch, rounds: int = 1) -> None:
    """So many looks without the rest between."""
    for _ in range(rounds):
        watch._rest_until = 0.0
        await watch.look()


async def test_it_walks_over_all_lots_again_and_again(mongo: AsyncIOMotorDatabase) -> None:
    sale, clock = Sale(mongo), HandClock()
    await sale.open(many_lots(45))
    watch = open_watch(sale, clock)
    seen = []
    for _ in range(8):
        await walk(watch)
        assert watch.standing is not None
        seen.append((watch.standing.passes, watch.standing.lots))
    assert seen == [(0, 20), (0, 40), (0, 45), (1, 0), (1, 20), (1, 40), (1, 45), (2, 0)]
    assert watch.standing is not None and watch.standing.is_clean


async def test_a_record_that_was_changed_turns_it_red_for_every_process_until_it_is_put_right(mongo: AsyncIOMotorDatabase) -> None:
    sale, clock = Sale(mongo), HandClock()
    await sale.open()
    desks = sale.process()
    for one in (offer(1, 105), offer(2, 120)):
        await desks.desk(145).take(one)
    await sale.drain()
    walker, other = open_watch(sale, clock, "w1"), open_watch(sale, clock, "w2")
    await walk(walker)
    await other.look()
    assert other.standing is not None and other.standing.is_clean
    await mongo.bids.update_one({"_id": bid_id(145, 1)}, {"$set": {"price": 104}})
    await walk(walker, 2)
    await other.look()
    for watch in (walker, other):
        assert watch.standing is not None and not watch.standing.is_clean
        assert any((one.goods_id, one.seq) == (145, 1) and "changed" in one.problem for one in watch.standing.findings)
    await mongo.bids.update_one({"_id": bid_id(145, 1)}, {"$set": {"price": 105}})
    await walk(walker, 2)
    assert walker.standing is not None and walker.standing.is_clean


async def test_one_process_walks_and_another_goes_on_where_it_died(mongo: AsyncIOMotorDatabase) -> None:
    sale, clock = Sale(mongo), HandClock()
    await sale.open(many_lots(45))
    first, second = open_watch(sale, clock, "w1"), open_watch(sale, clock, "w2")
    await walk(first)
    await walk(second)
    assert second.standing is not None and (second.standing.walker, second.standing.lots) == ("w1", 20)
    clock.advance(seconds=LEASE.total_seconds() + 60)
    await walk(second)
    assert (second.standing.walker, second.standing.lots) == ("w2", 40)


async def test_it_rests_many_times_as_long_as_it_works(mongo: AsyncIOMotorDatabase) -> None:
    sale, clock = Sale(mongo), HandClock()
    await sale.open(many_lots(45))
    watch = open_watch(sale, clock)
    await watch.look()
    for _ in range(3):
        clock.advance(seconds=1)
        await watch.look()
    assert watch.standing is not None and watch.standing.lots == 20
    assert watch.standing.until >= clock.now() + LEASE - timedelta(seconds=1)


class TimeByHand:
    """In place of the module `time`."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.mark.parametrize(("taken", "counted"), [(0.1, 0.1), (3.0, STEP_SECONDS)])
async def test_waiting_for_a_database_that_was_away_is_no_work_to_rest_from(
    mongo: AsyncIOMotorDatabase, monkeypatch: pytest.MonkeyPatch, taken: float, counted: float
) -> None:
    time = TimeByHand()

    async def read_late(reader: PortionReader, places: list[LotPlace]) -> list[LotResult]:
        time.seconds += taken
        return await read_some(reader, places)

    monkeypatch.setattr(watch_module, "time", time)
    monkeypatch.setattr(watch_module, "read_some", read_late)
    sale = Sale(mongo)
    await sale.open(many_lots(45))
    watch = open_watch(sale, HandClock())
    seen = []
    for passed in (0.0, counted * (1 / SHARE - 1) - 0.01, 0.02):
        time.seconds += passed
        await watch.look()
        assert watch.standing is not None
        seen.append(watch.standing.lots)
    assert seen == [20, 20, 40]


async def test_numbers_and_operators_are_told(api: Api) -> None:
    application = api.application
    goods, alice = await make_goods(application), await make_user(application)
    await api.bid(alice, goods, 20000)
    await application.auctions.finish_bids()
    await application.mongo.database.bids.update_one({"_id": bid_id(goods.id, 1)}, {"$set": {"price": 1}})
    await application.auctions.watch.stop()
    await walk(application.auctions.watch, 2)
    metrics = application.metrics.render().decode()
    line = next(line for line in metrics.splitlines() if line.startswith('auction_audit_findings{part="lots",worker="0"}'))
    assert float(line.rpartition(" ")[2]) > 0
    operator = await make_user(application, "op", roles=[Role.OPERATOR])
    listener = await Listener.open(api.url)
    assert (await listener.ask("auth", token=api.token_of(operator)))["ok"]
    await listener.ask("subscribe", channel="ops")
    assert (await listener.until(lambda event: event["type"] == "stats"))["audit"] == "red"
    await listener.close()
