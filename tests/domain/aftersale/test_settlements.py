"""Tests of server/domain/aftersale: what follows from a group that ended, and what each step of a settlement allows."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain.aftersale.audit import find_group_problems, find_settlement_problems
from server.domain.aftersale.second_offers import NoBidderLeft, next_bidder, rank_bidders
from server.domain.aftersale.settlements import (
    PAY_WITHIN,
    AlreadyPaid,
    AlreadyShipped,
    Fate,
    NoPlace,
    NotOverdue,
    NotPaid,
    PaidBy,
    Settlement,
    SettlementOver,
    SettlementState,
    SoldLot,
    bundles_of,
    settle,
)
from server.domain.aftersale.totals import total_up
from server.domain.aftersale.winners import posting_of, tidy_invoice
from server.domain.auctions.goods import Lot, LotStatus, Void
from server.domain.auctions.groups import Group
from server.domain.auctions.record import Bid
from server.domain.errors import DomainError, InvalidInput
from tests.aftersale import HOME
from tests.domain.auctions.offers import END, START, open_lot

GROUP = Group(id=7, issue=25, start_at=START, end_at=END, ended_at=END)


@st.composite
def ended_lots(draw: st.DrawFn) -> list[Lot]:
    """Lots of one group as a sale leaves them."""
    lots = []
    for number in range(draw(st.integers(0, 12))):
        status = draw(st.sampled_from([LotStatus.WON, LotStatus.WON, LotStatus.UNSOLD, LotStatus.WITHDRAWN]))
        # A lot that was withdrawn keeps who led it.
        led = status is LotStatus.WON or status is LotStatus.WITHDRAWN and draw(st.booleans())
        leader = draw(st.integers(1, 4)) if led else None
        price = draw(st.integers(1, 10**9)) if led else 0
        category = draw(st.sampled_from(["龙钞", "补号"]))
        lots.append(replace(open_lot(id=100 + number, category=category), status=status, leader_id=leader, price=price))
    return lots


def settle_all(lots: list[Lot]) -> tuple[list[Settlement], list[SoldLot]]:
    made = [settle(number, GROUP, bundle, END) for number, bundle in enumerate(bundles_of(lots).values(), 1)]
    return [one for one, _ in made], [row for _, rows in made for row in rows]


@given(ended_lots())
def test_every_sold_lot_is_in_one_settlement_and_the_amounts_are_what_was_hammered(lots: list[Lot]) -> None:
    settlements, rows = settle_all(lots)
    won = {lot.id: lot for lot in lots if lot.status is LotStatus.WON}
    assert sorted(row.id for row in rows) == sorted(won)
    assert sorted(lot.goods_id for one in settlements for lot in one.lots) == sorted(won)
    assert len({one.user_id for one in settlements}) == len({one.key for one in settlements}) == len(settlements)
    for one in settlements:
        assert one.amount == sum(won[lot.goods_id].price for lot in one.lots) > 0
        assert {won[lot.goods_id].leader_id for lot in one.lots} == {one.user_id}
        assert posting_of(one).change.balance == -one.amount
    assert find_group_problems(lots, rows, settlements) == []
    assert [problem for one in settlements for problem in find_settlement_problems(one, None, None)] == []
    totals = total_up(lots, rows, settlements)
    assert sum(one.hammer for one in totals) == sum(one.due for one in totals) == sum(one.amount for one in settlements)
    assert (sum(one.lots for one in totals), sum(one.sold for one in totals)) == (len(lots), len(won))


@given(ended_lots(), st.data())
def test_what_is_missing_doubled_or_altered_is_found(lots: list[Lot], data: st.DataObject) -> None:
    settlements, rows = settle_all(lots)
    if not rows:
        return
    place = data.draw(st.integers(0, len(rows) - 1))
    row = rows[place]
    others = [*rows[:place], *rows[place + 1 :]]
    wrong: list[tuple[list[SoldLot], list[Settlement]]] = [
        (others, settlements),
        ([*others, replace(row, user_id=99)], settlements),
        ([*others, replace(row, hammer_price=row.hammer_price + 1)], settlements),
        ([*others, replace(row, fate=Fate.FREE)], settlements),
        (rows, [one for one in settlements if one.id != row.settlement_id]),
        (rows, [*settlements, replace(settlements[0], id=99, key="group:7:user:99", lots=settlements[0].lots)]),
    ]
    for some_rows, some_settlements in wrong:
        assert find_group_problems(lots, some_rows, some_settlements)


def settlement(**about: Any) -> Settlement:
    made, _ = settle(1, GROUP, [replace(open_lot(), status=LotStatus.WON, leader_id=5, price=120)], END)
    return replace(made, **about)


LATE = END + PAY_WITHIN
DUE, PAID, SHIPPED, GIVEN_UP = SettlementState
STEPS: dict[str, tuple[Any, dict[SettlementState, Any]]] = {
    "pay": (lambda one: one.paid(LATE, PaidBy.WALLET), {DUE: PAID, PAID: AlreadyPaid, SHIPPED: AlreadyPaid, GIVEN_UP: SettlementOver}),
    "ship": (lambda one: one.shipped("顺丰", "SF1", LATE), {DUE: NotPaid, PAID: SHIPPED, SHIPPED: SHIPPED, GIVEN_UP: NotPaid}),
    "send to": (lambda one: one.sent_to(HOME, LATE), {DUE: DUE, PAID: PAID, SHIPPED: AlreadyShipped, GIVEN_UP: SettlementOver}),
    "postpone": (lambda one: one.postponed(LATE, LATE), {DUE: DUE, PAID: AlreadyPaid, SHIPPED: AlreadyPaid, GIVEN_UP: SettlementOver}),
    "give up": (lambda one: one.given_up(LATE), {DUE: GIVEN_UP, PAID: AlreadyPaid, SHIPPED: AlreadyPaid, GIVEN_UP: SettlementOver}),
    "restore": (lambda one: one.restored(LATE, LATE), {DUE: NotOverdue, PAID: AlreadyPaid, SHIPPED: AlreadyPaid, GIVEN_UP: DUE}),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", SettlementState)
def test_each_step_is_taken_from_where_it_may_be(step: str, state: SettlementState) -> None:
    take, outcomes = STEPS[step]
    before, expected = settlement(state=state, place=HOME), outcomes[state]
    if isinstance(expected, SettlementState):
        after = take(before)
        assert (after.state, after.revision, after.amount, after.lots) == (expected, 2, before.amount, before.lots)
        return
    with pytest.raises(DomainError) as refusal:
        take(before)
    assert refusal.type is expected


def test_nobody_is_given_up_before_their_time_and_nothing_is_sent_nowhere() -> None:
    with pytest.raises(NotOverdue):
        settlement().given_up(LATE - timedelta(milliseconds=1))
    with pytest.raises(NoPlace):
        settlement(state=PAID).shipped("顺丰", "SF1", LATE)


def bid(seq: int, user_id: int, price: int) -> Bid:
    about: dict[str, Any] = {"goods_id": 145, "group_id": 7, "offer_seq": seq, "participation_id": user_id, "nickname": f"user {user_id}"}
    about |= {"max_price": None, "is_proxy": False, "arrived_at": START, "key": None, "fingerprint": None, "end_at": END}
    return Bid(seq=seq, user_id=user_id, price=price, previous_hash="", **about)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 50)), max_size=20), st.integers(0, 10))
def test_bidders_are_asked_by_their_highest_bid_that_stands(offers: list[tuple[int, int]], back_to: int) -> None:
    bids = [bid(seq, user_id, price) for seq, (user_id, price) in enumerate(offers, 1)]
    voids = (Void(back_to=back_to, up_to=back_to + 3),)
    standing = [one for one in bids if not back_to < one.seq <= back_to + 3]
    ranked = rank_bidders(replace(open_lot(), voids=voids), bids)
    assert {one.user_id for one in ranked} == {one.user_id for one in standing}
    assert [one.price for one in ranked] == sorted((one.price for one in ranked), reverse=True)
    for one in ranked:
        assert one.price == max(other.price for other in standing if other.user_id == one.user_id)
    asked: set[int] = set()
    for one in ranked:
        assert next_bidder(ranked, asked) == one
        asked.add(one.user_id)
    with pytest.raises(NoBidderLeft):
        next_bidder(ranked, asked)


@pytest.mark.parametrize(
    ("title", "number", "problems"),
    [
        (" ", "", {"title": ["required"]}),
        ("长" * 101, "", {"title": ["too_long:100"]}),
        ("藏馆有限公司", "12", {"tax_number": ["wrong_form"]}),
    ],
)
def test_an_invoice_is_for_somebody(title: str, number: str, problems: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        tidy_invoice(title, number)
    assert refusal.value.problems == problems


def test_a_tax_number_is_read_as_people_write_it() -> None:
    made = tidy_invoice(" 藏馆有限公司 ", "91 330106 789012345x")
    assert (made.title, made.tax_number) == ("藏馆有限公司", "91330106789012345X")
