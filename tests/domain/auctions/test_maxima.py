"""The leader changes the maximum without bidding: the rule by plain calls, the commit on the real database."""
from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from motor.motor_asyncio import AsyncIOMotorDatabase
from tornado.ioloop import IOLoop

from server.domain.auctions.audit.walk import AuditService
from server.domain.auctions.floor import Floor
from server.domain.auctions.goods import Lot
from server.domain.auctions.maxima import change_maximum
from server.domain.auctions.offers import (
    AboveTopPrice,
    Ended,
    GroupMismatch,
    KeyReused,
    LotClosed,
    LotRefusal,
    MaximumChange,
    MaximumTooLow,
    NotLeading,
    NotStarted,
)
from server.domain.auctions.record import MaximumSet
from server.domain.auctions.rules import decide
from server.domain.errors import Unavailable
from server.storage.auctions.audit import MongoAudit
from server.storage.auctions.goods import MongoLots
from server.storage.mongo import Sequences
from tests.domain.auctions.floors import Heard, Sale
from tests.domain.auctions.offers import END, GROUP_ID, START, TOP_PRICE, offer, open_lot
from tests.domain.auctions.test_commits import GOODS, place


def change(user_id: int, max_price: int | None, *, at: datetime = START, **facts: Any) -> MaximumChange:
    return MaximumChange(**({"goods_id": GOODS, "group_id": GROUP_ID} | facts), user_id=user_id, max_price=max_price, arrived_at=at)


def led(price: int = 110, max_price: int | None = 140) -> Lot:
    """A lot that user 1 leads."""
    return decide(open_lot(), offer(1, price, max_price), 1, now=START).lot


@pytest.mark.parametrize("max_price", [TOP_PRICE, 141, 140, 139, 110])
def test_it_is_raised_or_lowered_down_to_the_price_and_moves_nothing_else(max_price: int) -> None:
    before = led()
    after, entry = change_maximum(before, change(1, max_price))
    assert after.ceiling == max_price
    assert (entry.number, entry.after_seq, entry.max_price, entry.previous_hash) == (1, before.seq, max_price, before.head)
    assert after.head == entry.hash == entry.sealed().hash
    assert after.state == before.state


def test_cancelled_the_leader_stands_at_their_price() -> None:
    after, entry = change_maximum(led(), change(1, None))
    assert (after.ceiling, entry.max_price) == (110, None)
    assert decide(after, offer(2, 111), 2, now=START).lot.leader_id == 2


def test_a_raised_maximum_answers_who_would_have_beaten_the_old_one() -> None:
    after, _ = change_maximum(led(), change(1, 150))
    assert decide(after, offer(2, 145), 2, now=START).lot.leader_id == 1


def test_an_equal_maximum_that_comes_later_loses_to_a_lowered_one() -> None:
    after, _ = change_maximum(led(), change(1, 120))
    assert decide(after, offer(2, 115, 120), 2, now=START).lot.leader_id == 1


REFUSED: list[tuple[Lot, MaximumChange, type[LotRefusal]]] = [
    (led(), change(2, 150), NotLeading),
    (led(), change(2, None), NotLeading),
    (open_lot(), change(1, 150), NotLeading),
    (led(), change(1, 109), MaximumTooLow),
    (led(), change(1, 0), MaximumTooLow),
    (led(), change(1, TOP_PRICE + 1), AboveTopPrice),
    (led(), change(1, 150, group_id=8), GroupMismatch),
    (led(), change(1, 150, at=END), Ended),
    (led(), change(1, None, at=START.replace(year=2025)), NotStarted),
    (led(TOP_PRICE, None), change(1, None), LotClosed),
]


@pytest.mark.parametrize(("lot", "asked", "refusal"), REFUSED)
def test_what_the_rule_refuses(lot: Lot, asked: MaximumChange, refusal: type[LotRefusal]) -> None:
    with pytest.raises(LotRefusal) as refused:
        change_maximum(lot, asked)
    assert type(refused.value) is refusal
    assert refused.value.current == lot.current_price
    if refusal is MaximumTooLow:
        assert refused.value.minimum == lot.price


steps = st.lists(st.tuples(st.integers(1, 3), st.integers(100, 160), st.none() | st.integers(100, 160), st.booleans()), max_size=25)


@given(steps)
def test_whatever_happens_nobody_pays_more_than_they_allowed_last(some: list[tuple[int, int, int | None, bool]]) -> None:
    lot = open_lot()
    allowed: dict[int, int] = {}
    for user_id, price, max_price, is_change in some:
        try:
            if is_change:
                lot, entry = change_maximum(lot, change(user_id, max_price))
                allowed[user_id] = entry.max_price if entry.max_price is not None else lot.price
                continue
        except LotRefusal:
            continue
        if max_price is not None and max_price < price:
            continue
        decision = decide(lot, offer(user_id, price, max_price), user_id, now=START)
        if decision.refusal is None:
            kept = allowed.get(user_id, 0) if lot.leader_id == user_id and max_price is None else 0
            allowed[user_id] = max(price, max_price or 0, kept)
        for bid in decision.bids:
            assert bid.price <= allowed[bid.user_id]
        lot = decision.lot
        assert lot.ceiling >= lot.price


@pytest.fixture
def sale(io_loop: IOLoop, mongo: AsyncIOMotorDatabase) -> Iterator[Sale]:
    sale = Sale(mongo)
    yield sale
    io_loop.run_sync(sale.drain)


async def assert_is_clean(sale: Sale) -> None:
    audit = await AuditService(sale.groups, MongoAudit(sale.database), sale.clock).audit()
    assert audit.findings == []


async def test_it_is_durable_when_it_is_answered_and_told_to_nobody(sale: Sale) -> None:
    await sale.open()
    process = sale.process()
    await place(process, offer(1, 110, 140))
    before, told = await sale.lots.get_lot(GOODS), len(sale.heard.events)
    floor, heard = Floor(sale.clock), Heard()
    floor.add_group(await sale.groups.get_group(GROUP_ID), [before])
    floor.listen(heard.publish)
    await process.desk(GOODS).take_change(change(1, 150))
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.ceiling, lot.seq, lot.maxima_count) == (150, 1, 1)
    for event in sale.heard.events[told:]:
        floor.take(event)
    known = floor.find_lot(GOODS)
    assert heard.events == [] and known is not None and known.shown.ceiling == 150
    await process.drain()
    assert await MongoAudit(sale.database).list_maxima([GOODS]) != []
    await assert_is_clean(sale)


async def test_bids_and_changes_of_several_processes_make_one_chain(sale: Sale) -> None:
    await sale.open([open_lot(top_price=10_000)])
    processes = [sale.process(f"w{number}") for number in range(3)]
    prices = itertools.count(100)

    async def act(number: int) -> None:
        desk = processes[number].desk(GOODS)
        for turn in range(15):
            price = next(prices)
            await asyncio.gather(
                desk.take(offer(number + 1, price, price + 5 * turn)),
                desk.take_change(change(number + 1, price + 50)),
                desk.take_change(change(number + 1, None)),
                return_exceptions=True,
            )

    await asyncio.gather(*(act(number) for number in range(3)))
    await assert_is_clean(sale)
    await sale.drain()
    lot = await sale.lots.get_lot(GOODS)
    assert lot.maxima_count > 0
    await assert_is_clean(sale)


async def test_a_key_gives_the_first_answer_again_in_any_process(sale: Sale) -> None:
    await sale.open()
    first, second = sale.process("w1"), sale.process("w2")
    await place(first, offer(1, 110, 140))
    answers = [await first.desk(GOODS).take_change(change(1, 150, key="k"))]
    await place(second, offer(2, 155))  # user 1 leads no longer
    answers += [await process.desk(GOODS).take_change(change(1, 150, key="k")) for process in (first, second)]
    await sale.drain()
    answers += [await sale.process("w3").desk(GOODS).take_change(change(1, 150, key="k"))]
    assert [answer.max_price for answer in answers] == [150] * 4
    assert (await sale.lots.get_lot(GOODS)).maxima_count == 1
    for reused in (change(1, 151, key="k"), change(1, None, key="k")):
        with pytest.raises(KeyReused):
            await first.desk(GOODS).take_change(reused)
    [refused] = await place(first, offer(1, 150, key="k"))
    assert isinstance(refused, KeyReused)
    await assert_is_clean(sale)


async def test_a_change_whose_answer_was_lost_is_made_once(sale: Sale) -> None:
    class Losing(MongoLots):
        """Every other commit lands and seems to fail."""

        turn = 0

        async def commit_lot(self, before: Lot, after: Lot) -> bool:
            landed = await super().commit_lot(before, after)
            self.turn += 1
            if landed and self.turn % 2:
                raise Unavailable("database")
            return landed

    await sale.open()
    process = sale.process(lots=Losing(sale.database, Sequences(sale.database)))
    await place(process, offer(1, 110, 140))
    answers = [await process.desk(GOODS).take_change(change(1, price)) for price in (141, 142, 143, 144)]
    assert all(isinstance(answer, MaximumSet) for answer in answers)
    lot = await sale.lots.get_lot(GOODS)
    assert (lot.ceiling, lot.maxima_count) == (144, 4)
    await process.drain()
    await assert_is_clean(sale)


@pytest.mark.parametrize(
    ("tampered", "problem"),
    [
        ({"max_price": 155}, "does not fit its hash"),
        ({"user_id": 2}, "who did not lead"),
        ({"previous_hash": "0" * 64}, "not chained"),
        (None, "has no change 1 of a maximum"),
    ],
)
async def test_the_audit_names_a_change_that_was_tampered_with(sale: Sale, tampered: dict[str, Any] | None, problem: str) -> None:
    await sale.open()
    process = sale.process()
    await place(process, offer(1, 110, 140))
    await process.desk(GOODS).take_change(change(1, 150))
    await place(process, offer(2, 120))
    await process.drain()
    await assert_is_clean(sale)
    if tampered is None:
        await sale.database.maxima.delete_many({})
    else:
        await sale.database.maxima.update_many({}, {"$set": tampered})
    audit = await AuditService(sale.groups, MongoAudit(sale.database), sale.clock).audit()
    assert any(problem in finding.problem for finding in audit.findings), audit.findings
