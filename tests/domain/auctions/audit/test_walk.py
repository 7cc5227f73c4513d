"""The walk over the whole record, on the real database: silent while everything moves, and sees what one lot cannot show."""
from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from msgspec.structs import replace

from server.bootstrap import Application
from server.domain.auctions.audit import portions, walk
from server.domain.auctions.audit.portions import Unreadable
from server.domain.auctions.audit.walk import Audit, AuditService
from server.domain.auctions.drafts import Placed
from server.domain.auctions.goods import Lot
from server.domain.auctions.offers import BidTooLow
from server.domain.errors import NotFound
from server.storage.auctions.audit import MongoAudit
from server.storage.auctions.record import bid_id
from tests.api import Api
from tests.builders import Goods, make_goods, make_group, make_user
from tests.clock import NOON, HandClock
from tests.domain.auctions.offers import offer


def service_of(application: Application) -> AuditService:
    stores = application.stores.auctions
    return AuditService(stores.groups, MongoAudit(application.mongo.database), application.clock)


def claims(database: AsyncIOMotorDatabase) -> AsyncIOMotorCollection:
    """Of the month in which everything here happens."""
    return database[f"bid_keys_{NOON:%Y_%m}"]


async def bid(application: Application, lot: Lot, user: Any, price: int, **more: Any) -> None:
    await application.services.auctions.bids.place_bid(user, lot.group_id, lot.id, price, **more)


async def hold_two_auctions(application: Application) -> tuple[Lot, Lot]:
    """Two lots of one group with five bids each, all with keys."""
    alice, bob = await make_user(application, "Alice"), await make_user(application, "Bob")
    group = await make_group(application, Goods(), Goods())
    lots = await application.stores.auctions.lots.list_lots(group.id)
    for index in range(5):
        for lot in lots:
            await bid(application, lot, (alice, bob)[index % 2], 20000 + index, key=f"{lot.id}-{index}")
    await application.auctions.desks.drain()
    return lots[0], lots[1]


async def problems(application: Application, group_id: int | None = None) -> list[str]:
    audit = await service_of(application).audit(group_id)
    assert audit.finding_count == len(audit.findings)
    return [f"{finding.goods_id}/{finding.seq} {finding.problem}" for finding in audit.findings]


async def test_everything_is_counted_and_nothing_found(application: Application) -> None:
    await hold_two_auctions(application)
    seen: list[int] = []
    audit = await service_of(application).audit(report=lambda audit: seen.append(audit.lots))
    assert audit == Audit(lots_in_all=2, lots=2, bids=10, participations=4, keys=10)
    assert seen == [1, 2]


async def test_an_empty_database_is_clean(application: Application) -> None:
    assert await service_of(application).audit() == Audit()


async def test_a_settled_group_is_clean(application: Application, api: Api, clock: HandClock) -> None:
    lots = await hold_two_auctions(application)
    clock.advance(hours=2)
    await api.wait_until_ended(lots[0].group_id)
    assert await problems(application) == []


async def test_one_group_can_be_audited_alone(application: Application) -> None:
    lots = await hold_two_auctions(application)
    other = await make_goods(application)
    await application.mongo.database.lots.update_one({"_id": other.id}, {"$set": {"low_price": 1}})
    assert await problems(application, lots[0].group_id) == []
    assert len(await problems(application)) == 1
    with pytest.raises(NotFound):
        await service_of(application).audit(999)


async def test_a_record_longer_than_a_batch_is_read_whole(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "BIDS_AT_ONCE", 2)
    monkeypatch.setattr(portions, "PARTICIPATIONS_AT_ONCE", 1)
    monkeypatch.setattr(walk, "LOTS_AT_ONCE", 1)
    lots = await hold_two_auctions(application)
    audit = await service_of(application).audit()
    assert (audit.lots, audit.bids, audit.participations, audit.keys, audit.findings) == (2, 10, 4, 10, [])
    await application.mongo.database.bids.delete_one({"_id": bid_id(lots[0].id, 4)})
    assert (await problems(application))[0] == f"{lots[0].id}/4 is missing"


Database = AsyncIOMotorDatabase
Tampering = Callable[[Database, Lot, Lot], Awaitable[Any]]


async def _double_key(database: Database, one: Lot, other: Lot) -> None:
    await database.bids.update_one({"_id": bid_id(other.id, 1)}, {"$set": {"key": f"{one.id}-0"}})


async def _renumber(database: Database, one: Lot, other: Lot) -> None:
    await database.bids.update_one({"_id": bid_id(one.id, 5)}, {"$set": {"seq": 1}})


TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "a bid deleted": (lambda db, one, other: db.bids.delete_one({"_id": bid_id(one.id, 5)}), "1/5 is missing"),
    "a price changed": (
        lambda db, one, other: db.bids.update_one({"_id": bid_id(one.id, 2)}, {"$set": {"price": 21000}}),
        "1/2 does not fit its hash",
    ),
    "a bid renumbered": (_renumber, "1/5 says that it is bid 1"),
    "a bid unreadable": (
        lambda db, one, other: db.bids.update_one({"_id": bid_id(one.id, 2)}, {"$set": {"price": "much"}}),
        "1/2 cannot be read",
    ),
    "a key doubled over two lots": (_double_key, "2/1 has the same key of user 1 as bid 1 of lot 1"),
    "a claim deleted": (lambda db, one, other: claims(db).delete_one({"key": "1-3"}), "1/4 has a key that is not claimed"),
    "a claim changed": (
        lambda db, one, other: claims(db).update_one({"key": "1-3"}, {"$set": {"goods_id": 2}}),
        "1/4 has a key that is claimed for another request",
    ),
    "a participation deleted": (
        lambda db, one, other: db.participations.delete_one({"goods_id": 1, "user_id": 2}),
        "1/4 of user 2 has no participation",
    ),
    "a participation of nobody": (
        lambda db, one, other: db.participations.update_one({"goods_id": 1, "user_id": 2}, {"$set": {"user_id": 9}}),
        "of user 9, who has not bid",
    ),
    "a participation unreadable": (
        lambda db, one, other: db.participations.update_one({"goods_id": 1, "user_id": 2}, {"$unset": {"price": ""}}),
        "1/None cannot be read",
    ),
    "a lot unreadable": (lambda db, one, other: db.lots.update_one({"_id": 1}, {"$unset": {"head": "", "step": ""}}), "1/None"),
    "a lot deleted": (lambda db, one, other: db.lots.delete_one({"_id": 1}), "None/None 5 bids belong to no lot"),
    "participations of no lot": (
        lambda db, one, other: db.participations.update_many({"goods_id": 2}, {"$set": {"goods_id": 77}}),
        "None/None 2 participations belong to no lot",
    ),
    "a bid far beyond the last": (
        lambda db, one, other: db.bids.insert_one({"_id": bid_id(one.id, 5000)}),
        "None/None 1 bids belong to no lot, or lie beyond the last bid",
    ),
    "a group deleted": (lambda db, one, other: db.groups.delete_one({}), "1/None has bids, but its group 1 does not exist"),
    "a group ended early": (
        lambda db, one, other: db.groups.update_one({}, {"$set": {"ended_at": one.end_at}}),
        "1/None is open, but its group has ended",
    ),
    "a lot set back": (
        lambda db, one, other: db.lots.update_one({"_id": 1}, {"$set": {"seq": 4, "price": 20003}}),
        "1/5 is in the record, but the lot has only 4 bids",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_tampering_with_the_database_is_found(application: Application, tampering: str) -> None:
    one, other = await hold_two_auctions(application)
    assert (one.id, other.id) == (1, 2)
    change, expected = TAMPERINGS[tampering]
    await change(application.mongo.database, one, other)
    assert expected in " · ".join(await problems(application))


async def hold_small_auctions(application: Application, count: int) -> list[Lot]:
    """So many lots of one group, each with two bids of two users."""
    alice, bob = await make_user(application, "Alice"), await make_user(application, "Bob")
    group = await make_group(application, *[Goods()] * count)
    lots = await application.stores.auctions.lots.list_lots(group.id)
    for lot in lots:
        await bid(application, lot, alice, 20000, key=f"{lot.id}-1")
        await bid(application, lot, bob, 20001, key=f"{lot.id}-2")
    await application.auctions.desks.drain()
    return lots


class CountingStore(MongoAudit):
    """Counts what it is asked."""

    def __init__(self, database: Database):
        super().__init__(database)
        self.asked: Counter[str] = Counter()

    def __getattribute__(self, name: str) -> Any:
        if name.startswith(("list_", "find_", "read_", "count_")):
            self.asked[name] += 1
        return super().__getattribute__(name)


async def test_lots_with_few_bids_are_read_together(application: Application) -> None:
    await hold_small_auctions(application, 8)
    stored = CountingStore(application.mongo.database)
    audit = await AuditService(application.stores.auctions.groups, stored, application.clock).audit()
    assert (audit.lots, audit.bids, audit.participations, audit.keys, audit.findings) == (8, 16, 16, 16, [])
    once = {"list_lot_places": 1, "count_bids": 1, "count_participations": 1}
    assert stored.asked == once | {"read_lots": 2, "list_entries": 1, "find_claims": 1, "list_participations": 1}


@pytest.mark.parametrize("at_once", [1, 2, 3, 4, 5, 100])
async def test_participations_are_read_whole_wherever_a_batch_ends(
    application: Application, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(portions, "PARTICIPATIONS_AT_ONCE", at_once)
    await hold_small_auctions(application, 3)
    audit = await service_of(application).audit()
    assert (audit.participations, audit.findings) == (6, [])


async def test_what_cannot_be_read_of_one_lot_says_nothing_of_those_read_with_it(application: Application) -> None:
    lots = await hold_small_auctions(application, 4)
    database = application.mongo.database
    await database.participations.update_one({"goods_id": lots[1].id, "user_id": 2}, {"$unset": {"price": ""}})
    await database.lots.update_one({"_id": lots[2].id}, {"$unset": {"low_price": ""}})
    await database.bids.delete_one({"_id": bid_id(lots[3].id, 2)})
    found = await problems(application)
    assert found[0].startswith(f"{lots[1].id}/None cannot be read, or a participation or key of it")
    assert found[1].startswith(f"{lots[2].id}/None cannot be read")
    assert found[2] == f"{lots[3].id}/2 is missing"
    assert not [problem for problem in found if problem.startswith(f"{lots[0].id}/")]


class ForgettingStore(MongoAudit):
    """Has one lot no more when it is read again."""

    def __init__(self, database: Database, goods_id: int):
        super().__init__(database)
        self._goods_id = goods_id
        self._times = 0

    async def read_lots(self, goods_ids: Collection[int]) -> dict[int, Lot | Unreadable]:
        self._times += 1
        found = await super().read_lots(goods_ids)
        return {goods_id: lot for goods_id, lot in found.items() if goods_id != self._goods_id or self._times == 1}


async def test_a_lot_that_goes_while_it_is_read_is_a_finding_only_if_it_had_bids(application: Application) -> None:
    sold, *_ = await hold_small_auctions(application, 2)
    unsold = await make_goods(application)
    for goods_id, expected in ((sold.id, ["has gone while it was read"]), (unsold.id, [])):
        stored = ForgettingStore(application.mongo.database, goods_id)
        audit = await AuditService(application.stores.auctions.groups, stored, application.clock).audit()
        assert [finding.problem for finding in audit.findings if finding.goods_id == goods_id] == expected
        assert audit.lots == 3


class MovingStore(MongoAudit):
    """Lets someone bid between any two questions of the audit."""

    def __init__(self, database: Database, moves: AsyncGenerator[None, None]):
        super().__init__(database)
        self._moves = moves

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if not name.startswith(("list_", "find_", "read_")):
            return method

        async def ask(*args: Any, **kwargs: Any) -> Any:
            await anext(self._moves, None)
            answer = await method(*args, **kwargs)
            await anext(self._moves, None)
            return answer

        return ask


async def test_bids_that_are_placed_while_the_audit_reads_cause_no_finding(application: Application) -> None:
    lots = await hold_two_auctions(application)
    placed = 0

    async def bidding() -> AsyncGenerator[None, None]:
        nonlocal placed
        for number in range(300):
            offers = [
                replace(
                    offer(10 + (number + step) % 6, 20010 + number * 3 + step, 20012 + number * 3 + step),
                    goods_id=lot.id,
                    group_id=lot.group_id,
                    arrived_at=application.clock.now(),
                    key=f"{lot.id}-{number}-{step}",
                )
                for lot in lots
                for step in range(3)
            ]
            # Past the service, which limits how fast one user may bid.
            taken = [application.auctions.desks.desk(one.goods_id).take(one) for one in offers]
            for answer in await asyncio.gather(*taken, return_exceptions=True):
                assert isinstance(answer, (Placed, BidTooLow)), answer
                placed += isinstance(answer, Placed)
            yield

    moves = bidding()
    stores = application.stores.auctions
    service = AuditService(stores.groups, MovingStore(application.mongo.database, moves), application.clock)
    for _ in range(3):
        audit = await service.audit()
        assert audit.findings == []
    await moves.aclose()
    assert placed > 100 and audit.bids > 100
    await application.auctions.desks.drain()
    assert await problems(application) == []
