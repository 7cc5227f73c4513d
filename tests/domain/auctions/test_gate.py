"""The gate: who may bid on a lot, and a limit in money that holds over all lots of a group, whoever decides them at once."""
from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace
from tornado.ioloop import IOLoop

from server.domain.auctions.admission import Admission, WhoMayBid
from server.domain.auctions.chain import genesis_hash
from server.domain.auctions.commits import LotDesks
from server.domain.auctions.desk.bidders import EVERY_GROUP, Approval
from server.domain.auctions.drafts import Placed
from server.domain.auctions.gate import CLAIM_LASTS, LeadClaim, lead_of, total_with
from server.domain.auctions.goods import Lot, LotStatus
from server.domain.auctions.offers import BidTooLow, DepositNeeded, LeadLimitReached, MaximumChange, NotApproved, Offer
from server.domain.auctions.rules import decide
from server.domain.mall.wallet.deposits import Deposit, DepositState
from server.storage.mall.wallet import WalletStores
from tests.domain.auctions.floors import Sale, many_lots
from tests.domain.auctions.offers import GROUP_ID, START, TOP_PRICE, offer, open_lot

FIRST = 145


@pytest.fixture
def sale(io_loop: IOLoop, mongo: AsyncIOMotorDatabase) -> Iterator[Sale]:
    sale = Sale(mongo)
    yield sale
    io_loop.run_sync(sale.drain)


def restricted(lots: Sequence[Lot], **rules: object) -> list[Lot]:
    made = [replace(lot, admission=Admission(**rules)) for lot in lots]  # type: ignore[arg-type]
    return [replace(lot, head=genesis_hash(lot)) for lot in made]


async def place(desks: LotDesks, *offers: Offer) -> list[Placed | BaseException]:
    return await asyncio.gather(*(desks.desk(one.goods_id).take(one) for one in offers), return_exceptions=True)


async def refusal_of(desks: LotDesks, one: Offer) -> type[BaseException] | None:
    (answer,) = await place(desks, one)
    return type(answer) if isinstance(answer, BaseException) else None


async def sum_of(sale: Sale, user_id: int) -> int:
    lots = await sale.lots.list_lots(GROUP_ID)
    return sum(lead_of(lot) for lot in lots if lot.leader_id == user_id)


# ---- pure


def test_a_lead_is_worth_its_maximum_and_once_won_its_price() -> None:
    lot = decide(open_lot(), offer(1, 100, 130), 1, now=START).lot
    assert lead_of(lot) == 130
    assert lead_of(decide(lot, offer(2, TOP_PRICE), 2, now=START).lot) == TOP_PRICE
    assert lead_of(replace(lot, status=LotStatus.WON)) == 100
    assert lead_of(replace(lot, status=LotStatus.WITHDRAWN)) == 0


def test_what_may_be_owed_is_of_each_lot_the_most_that_anything_may_come_to() -> None:
    claims = [LeadClaim(id=str(amount), goods_id=goods_id, amount=amount, at=START) for goods_id, amount in ((1, 50), (1, 70), (3, 5))]
    assert total_with({}, [], 1, 10) == 10
    assert total_with({1: 60, 2: 100}, claims, 1, 65) == 70 + 100 + 5
    assert total_with({1: 60, 2: 100}, claims, 2, 99) == 70 + 100 + 5


def test_why_a_bidder_may_not_bid_comes_after_why_nobody_may_and_before_what_was_offered() -> None:
    lot = open_lot()
    assert isinstance(decide(lot, offer(1, 1), 1, now=START, barred=NotApproved).refusal, NotApproved)
    early = offer(1, 100, at=START - timedelta(seconds=1))
    assert type(decide(lot, early, 1, now=START, barred=NotApproved).refusal).__name__ == "NotStarted"


# ---- who


async def test_approved_bidders_bid_and_others_do_not(sale: Sale) -> None:
    await sale.open(restricted(many_lots(1), who_may_bid=WhoMayBid.APPROVED))
    desks = sale.process()
    for number, (user_id, group_id) in enumerate(((1, GROUP_ID), (2, EVERY_GROUP), (3, GROUP_ID + 1)), 1):
        await sale.approvals.add(Approval(id=number, user_id=user_id, group_id=group_id, approved_at=START, revision=1))
    assert await refusal_of(desks, offer(1, 100)) is None
    assert await refusal_of(desks, offer(2, 101)) is None
    assert await refusal_of(desks, offer(3, 102)) is NotApproved
    assert await refusal_of(desks, offer(4, 102)) is NotApproved
    kept = await sale.approvals.find(1)
    assert kept is not None
    await sale.approvals.remove(kept)
    assert await refusal_of(desks, offer(1, 102)) is NotApproved


async def test_a_deposit_that_is_held_lets_bid_and_so_does_an_approval(sale: Sale) -> None:
    await sale.open(restricted(many_lots(1), who_may_bid=WhoMayBid.DEPOSIT, deposit=5000))
    desks, deposits = sale.process(), WalletStores.of(sale.database).deposits
    rows = ((1, 3000, DepositState.HELD), (1, 2000, DepositState.HELD), (2, 4999, DepositState.HELD), (3, 9000, DepositState.BACK_ASKED))
    for number, (user_id, amount, state) in enumerate(rows, 1):
        await deposits.add(Deposit(id=number, number=str(number), user_id=user_id, amount=amount, state=state, asked_at=START))
    await sale.approvals.add(Approval(id=1, user_id=4, group_id=GROUP_ID, approved_at=START, revision=1))
    refusals = [await refusal_of(desks, offer(user_id, 99 + user_id)) for user_id in (1, 2, 3, 4)]
    assert refusals == [None, DepositNeeded, DepositNeeded, None]


# ---- for how much


async def test_the_limit_counts_maxima_and_what_was_won_and_lets_go_of_what_was_lost(sale: Sale) -> None:
    await sale.open(restricted(many_lots(4), lead_limit=300))
    desks = sale.process()
    assert await refusal_of(desks, offer(1, 100, 150, goods_id=FIRST)) is None
    assert await refusal_of(desks, offer(1, 100, 151, goods_id=FIRST + 1)) is LeadLimitReached
    assert await refusal_of(desks, offer(1, 100, 150, goods_id=FIRST + 1)) is None
    assert await refusal_of(desks, offer(1, 100, goods_id=FIRST + 2)) is LeadLimitReached
    # A higher bid where one leads already counts in place of the lead.
    assert await refusal_of(desks, offer(1, 120, goods_id=FIRST)) is None
    assert await refusal_of(desks, offer(2, 151, goods_id=FIRST + 1)) is None
    assert await refusal_of(desks, offer(1, 100, goods_id=FIRST + 2)) is None
    # What is bought out is owed as well.
    assert await refusal_of(desks, offer(2, TOP_PRICE, goods_id=FIRST + 3)) is LeadLimitReached
    assert await refusal_of(desks, offer(3, TOP_PRICE, goods_id=FIRST + 3)) is None
    assert await refusal_of(desks, offer(3, 152, goods_id=FIRST)) is LeadLimitReached
    # A refused offer holds nothing.
    assert await refusal_of(desks, offer(4, 101, goods_id=FIRST)) is BidTooLow
    await desks.drain()
    assert await refusal_of(desks, offer(4, 152, 155, goods_id=FIRST)) is None


async def test_a_maximum_is_raised_within_the_limit_and_always_lowered(sale: Sale) -> None:
    await sale.open(restricted(many_lots(2), lead_limit=250))
    desks = sale.process()
    assert await place(desks, offer(1, 100, 130), offer(1, 100, 110, goods_id=FIRST + 1))

    async def change(maximum: int | None) -> BaseException | None:
        wanted = MaximumChange(goods_id=FIRST, group_id=GROUP_ID, user_id=1, max_price=maximum, arrived_at=START)
        (done,) = await asyncio.gather(desks.desk(FIRST).take_change(wanted), return_exceptions=True)
        return done if isinstance(done, BaseException) else None

    assert isinstance(await change(141), LeadLimitReached)
    assert await change(140) is None
    assert await change(120) is None
    assert await change(None) is None


async def test_offers_on_many_lots_at_once_by_several_processes_never_come_to_more_than_the_limit(sale: Sale) -> None:
    lots = restricted(many_lots(6), lead_limit=400)
    await sale.open(lots)
    processes, chance = [sale.process("w1"), sale.process("w2")], random.Random(7)
    accepted = 0
    for _ in range(12):
        wanted = []
        for lot in await sale.lots.list_lots(GROUP_ID):
            for user_id in (1, 2, 3):
                price = min(lot.minimum_offer + chance.randint(0, 3), TOP_PRICE - 1)
                maximum = chance.choice([None, min(price + chance.randint(0, 40), TOP_PRICE - 1)])
                wanted.append((chance.choice(processes), offer(user_id, price, maximum, goods_id=lot.id)))
        chance.shuffle(wanted)
        answers = await asyncio.gather(*(place(process, one) for process, one in wanted))
        accepted += sum(isinstance(answer, Placed) for (answer,) in answers)
        for user_id in (1, 2, 3):
            assert await sum_of(sale, user_id) <= 400
    assert accepted > 20
    await sale.drain()
    # Nothing is held on to: what is free can be used to the fen.
    for user_id in (1, 2, 3):
        free = 400 - await sum_of(sale, user_id)
        assert await sale.gate().sum_leads(GROUP_ID, user_id) == 400 - free
        passage = await sale.gate().ask(replace(lots[0], id=99), user_id, free)
        assert passage.refusal is None
        assert (await sale.gate().ask(replace(lots[0], id=98), user_id, 1)).refusal is LeadLimitReached


async def test_what_a_process_that_died_has_claimed_lapses(sale: Sale) -> None:
    (lot,) = restricted(many_lots(1), lead_limit=150)
    await sale.open([lot])
    assert (await sale.gate().ask(replace(lot, id=99), 1, 100)).refusal is None
    assert await refusal_of(sale.process(), offer(1, 100)) is LeadLimitReached
    sale.clock.jump(CLAIM_LASTS)
    assert await refusal_of(sale.process(), offer(1, 100)) is None
