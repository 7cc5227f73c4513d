"""The rules of a bid: each rule by example, all invariants for any sequence of offers."""
from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain.auctions.admission import Admission
from server.domain.auctions.chain import genesis_hash, settlement_hash
from server.domain.auctions.goods import ExtendedBy, Lot, LotStatus, Terms
from server.domain.auctions.offers import (
    AboveTopPrice,
    BelowLowPrice,
    BidTooLow,
    Ended,
    GroupMismatch,
    LotClosed,
    NotStarted,
    Offer,
)
from server.domain.auctions.prices import StepFrom, find_step_problem, step_at
from server.domain.auctions.record import Bid
from server.domain.auctions.rules import SETTLE_AFTER, Decision, decide, settle
from tests.domain.auctions.offers import END, START, TOP_PRICE, offer, open_lot, sequences, tables


def take(lot: Lot, one: Offer) -> Decision:
    return decide(lot, one, one.user_id * 100, now=one.arrived_at, worker="w")


def take_all(lot: Lot, some: list[Offer]) -> tuple[Lot, list[Decision]]:
    decisions = []
    for one in some:
        decision = take(lot, one)
        decisions.append(decision)
        lot = decision.lot
    return lot, decisions


def prices(decision: Decision) -> list[tuple[int, int]]:
    return [(bid.user_id, bid.price) for bid in decision.bids]


def test_the_first_bid_may_be_the_low_price() -> None:
    decision = take(open_lot(), offer(1, 100))
    assert decision.refusal is None
    assert (decision.lot.price, decision.lot.leader_id, decision.lot.seq) == (100, 1, 1)


def test_a_first_bid_below_the_low_price_is_refused() -> None:
    decision = take(open_lot(), offer(1, 99))
    assert isinstance(decision.refusal, BelowLowPrice)
    assert (decision.refusal.current, decision.refusal.minimum) == (100, 100)


def test_a_bid_must_beat_the_price_by_the_step() -> None:
    lot = take(open_lot(step=10), offer(1, 100)).lot
    decision = take(lot, offer(2, 109))
    assert isinstance(decision.refusal, BidTooLow)
    assert (decision.refusal.current, decision.refusal.minimum) == (100, 110)
    assert decision.lot is lot
    assert take(lot, offer(2, 110)).refusal is None


def test_the_first_of_two_equal_bids_wins() -> None:
    lot = take(open_lot(), offer(1, 120)).lot
    assert isinstance(take(lot, offer(2, 120)).refusal, BidTooLow)
    assert lot.leader_id == 1


def test_a_leader_may_raise_their_own_bid_and_outbids_nobody() -> None:
    lot = take(open_lot(), offer(1, 100)).lot
    decision = take(lot, offer(1, 105))
    assert prices(decision) == [(1, 105)]
    assert decision.bids[0].outbid_user_id is None


def test_the_top_price_wins_at_once() -> None:
    decision = take(open_lot(), offer(1, TOP_PRICE))
    assert decision.lot.status is LotStatus.WON
    assert decision.lot.settled_at == START
    assert isinstance(take(decision.lot, offer(2, TOP_PRICE)).refusal, LotClosed)


def test_the_top_price_may_be_offered_even_when_it_is_less_than_a_step_away() -> None:
    lot = take(open_lot(step=50), offer(1, 150)).lot
    assert lot.minimum_offer == TOP_PRICE
    assert take(lot, offer(2, TOP_PRICE)).lot.leader_id == 2


@pytest.mark.parametrize(("price", "max_price"), [(TOP_PRICE + 1, None), (120, TOP_PRICE + 1)])
def test_nothing_above_the_top_price_is_taken(price: int, max_price: int | None) -> None:
    assert isinstance(take(open_lot(), offer(1, price, max_price)).refusal, AboveTopPrice)


def test_an_offer_before_the_start_is_refused() -> None:
    early = offer(1, 100, at=START - timedelta(milliseconds=1))
    assert isinstance(take(open_lot(), early).refusal, NotStarted)


def test_an_offer_counts_until_the_last_millisecond_and_not_at_the_end() -> None:
    lot = open_lot(extend_window_seconds=0)
    assert take(lot, offer(1, 100, at=END - timedelta(milliseconds=1))).refusal is None
    assert isinstance(take(lot, offer(1, 100, at=END)).refusal, Ended)


def test_goods_of_another_group_are_refused() -> None:
    assert isinstance(take(open_lot(), offer(1, 100, group_id=8)).refusal, GroupMismatch)


def test_a_late_bid_moves_the_end_to_a_window_after_it() -> None:
    lot = take(open_lot(), offer(1, 100, at=END - timedelta(seconds=10))).lot
    assert (lot.end_at, lot.extended_by) == (END + timedelta(seconds=50), ExtendedBy.LATE_BID)


def test_an_early_bid_leaves_the_end_alone() -> None:
    lot = take(open_lot(), offer(1, 100, at=END - timedelta(seconds=61))).lot
    assert (lot.end_at, lot.extended_by) == (END, None)


def test_the_end_never_moves_beyond_the_limit() -> None:
    lot = open_lot()
    at = END
    for step in range(60):
        at = lot.end_at - timedelta(seconds=1)
        lot = take(lot, offer(step % 2 + 1, 100 + step, at=at)).lot
    assert lot.end_at == END + timedelta(minutes=10)


def test_a_proxy_bids_one_step_above_the_rival() -> None:
    lot = take(open_lot(step=2), offer(1, 100, 150)).lot
    assert lot.price == 100
    decision = take(lot, offer(2, 110, 120))
    assert prices(decision) == [(2, 110), (2, 120), (1, 122)]
    assert (decision.bids[-1].outbid_user_id, decision.bids[-1].outbid_price) == (2, 120)
    assert decision.refusal is None


def test_a_higher_maximum_takes_the_lead_one_step_above_the_other() -> None:
    lot = take(open_lot(step=2), offer(1, 100, 120)).lot
    decision = take(lot, offer(2, 110, 150))
    assert prices(decision) == [(2, 110), (1, 120), (2, 122)]
    assert (decision.bids[-1].outbid_user_id, decision.bids[-1].outbid_price) == (1, 120)
    assert decision.lot.ceiling == 150


def test_an_offer_above_the_leaders_maximum_is_taken_as_it_is() -> None:
    lot = take(open_lot(), offer(1, 100, 120)).lot
    decision = take(lot, offer(2, 130))
    assert prices(decision) == [(2, 130)]
    assert (decision.bids[0].outbid_user_id, decision.bids[0].outbid_price) == (1, 100)


def test_of_two_equal_maxima_the_earlier_leads() -> None:
    lot = take(open_lot(), offer(1, 100, 120)).lot
    decision = take(lot, offer(2, 110, 120))
    assert prices(decision) == [(2, 110), (1, 120)]
    assert decision.lot.leader_id == 1


def test_an_offer_that_meets_the_maximum_is_refused_but_raises_the_price_to_it() -> None:
    lot = take(open_lot(), offer(1, 100, 120)).lot
    decision = take(lot, offer(2, 120))
    assert isinstance(decision.refusal, BidTooLow)
    assert (decision.refusal.current, decision.refusal.minimum) == (120, 121)
    assert prices(decision) == [(1, 120)]


def test_a_maximum_at_the_top_price_wins_when_someone_offers_the_top_price() -> None:
    lot = take(open_lot(), offer(1, 100, TOP_PRICE)).lot
    decision = take(lot, offer(2, TOP_PRICE))
    assert isinstance(decision.refusal, LotClosed)
    assert (decision.lot.status, decision.lot.leader_id, decision.lot.price) == (LotStatus.WON, 1, TOP_PRICE)


def test_a_leader_may_set_a_maximum_later() -> None:
    lot = take(open_lot(), offer(1, 100)).lot
    lot = take(lot, offer(1, 101, 150)).lot
    assert take(lot, offer(2, 120)).lot.leader_id == 1


def test_a_lot_is_settled_a_second_after_its_end_and_not_before() -> None:
    lot = take(open_lot(), offer(1, 100)).lot
    assert settle(lot, END + SETTLE_AFTER - timedelta(milliseconds=1)) is None
    settled = settle(lot, END + SETTLE_AFTER)
    assert settled is not None
    assert (settled.status, settled.leader_id) == (LotStatus.WON, 1)
    assert settled.head == settlement_hash(settled, lot.head)
    assert settle(settled, END + timedelta(hours=1)) is None


def test_a_lot_without_bids_is_unsold() -> None:
    settled = settle(open_lot(), END + SETTLE_AFTER)
    assert settled is not None and settled.status is LotStatus.UNSOLD


TABLE = (StepFrom(0, 5), StepFrom(120, 10), StepFrom(140, 3))


@pytest.mark.parametrize(("price", "step"), [(0, 5), (119, 5), (120, 10), (139, 10), (140, 3), (10**12, 3)])
def test_a_table_tells_the_step_of_every_price(price: int, step: int) -> None:
    assert step_at(price, 7, TABLE) == step
    assert step_at(price, 7, ()) == 7


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ((), None),
        (TABLE, None),
        ((StepFrom(1, 5),), "begins_at_zero"),
        ((StepFrom(0, 5), StepFrom(9, 1), StepFrom(9, 2)), "not_rising"),
        ((StepFrom(0, 5), StepFrom(9, 1), StepFrom(8, 2)), "not_rising"),
    ],
)
def test_a_table_has_a_step_for_every_price_and_one_alone(steps: tuple[StepFrom, ...], problem: str | None) -> None:
    assert find_step_problem(steps) == problem


def test_a_bid_must_beat_the_price_by_the_step_of_that_price() -> None:
    lot = take(open_lot(step=1, steps=TABLE), offer(1, 119)).lot
    assert lot.minimum_offer == 124
    lot = take(lot, offer(2, 124)).lot
    assert isinstance(take(lot, offer(1, 133)).refusal, BidTooLow)
    assert take(lot, offer(1, 134)).refusal is None


def test_a_proxy_goes_by_the_step_of_the_price_that_it_answers() -> None:
    lot = take(open_lot(steps=TABLE), offer(1, 100, 150)).lot
    assert prices(take(lot, offer(2, 110))) == [(2, 110), (1, 115)]
    assert prices(take(lot, offer(2, 110, 121))) == [(2, 110), (2, 121), (1, 131)]
    lot = take(open_lot(steps=TABLE), offer(1, 100, 119)).lot
    assert prices(take(lot, offer(2, 110, 150))) == [(2, 110), (1, 119), (2, 124)]


@settings(max_examples=200)
@given(sequences(), st.integers(1, 7), tables())
def test_a_table_of_equal_steps_is_exactly_the_plain_step(some: list[Offer], step: int, table: tuple[StepFrom, ...]) -> None:
    equal = tuple(StepFrom(row.from_price, step) for row in table)
    plain, told = (take_all(lot, some)[1] for lot in (open_lot(step=step), open_lot(step=9 if equal else step, steps=equal)))
    for one, other in zip(plain, told, strict=True):
        assert (prices(one), type(one.refusal), one.lot.ceiling) == (prices(other), type(other.refusal), other.lot.ceiling)
        assert (one.lot.minimum_offer, one.lot.end_at, one.lot.status) == (other.lot.minimum_offer, other.lot.end_at, other.lot.status)


@settings(max_examples=300)
@given(sequences(), tables())
def test_by_any_table_an_offer_is_taken_if_and_only_if_it_beats_the_price_by_its_step(
    some: list[Offer], table: tuple[StepFrom, ...]
) -> None:
    lot = open_lot(steps=table)
    for one in some:
        decision = take(lot, one)
        if decision.refusal is None:
            assert one.price >= min(lot.price + step_at(lot.price, 1, table), TOP_PRICE) or not lot.has_bid
        elif lot.has_bid and type(decision.refusal) is BidTooLow:
            assert one.price < min(lot.price + step_at(lot.price, 1, table), TOP_PRICE) or one.price == lot.ceiling
        lot = decision.lot


@settings(max_examples=300)
@given(sequences(), st.integers(1, 7), st.sampled_from([0, 30, 60]), tables())
def test_any_sequence_of_offers_keeps_every_invariant(
    some: list[Offer], step: int, window: int, table: tuple[StepFrom, ...]
) -> None:
    start = open_lot(step=step, extend_window_seconds=window, steps=table)
    lot, decisions = take_all(start, some)
    bids: list[Bid] = [bid for decision in decisions for bid in decision.bids]

    assert [bid.seq for bid in bids] == list(range(1, len(bids) + 1))
    assert all(later.price > earlier.price for earlier, later in zip(bids, bids[1:]))
    assert all(start.low_price <= bid.price <= start.top_price for bid in bids)
    assert lot.seq == len(bids)
    if bids:
        assert (lot.price, lot.leader_id, lot.end_at) == (bids[-1].price, bids[-1].user_id, bids[-1].end_at)
        assert lot.ceiling >= lot.price

    head = genesis_hash(start)
    for bid in bids:
        assert bid.previous_hash == head
        assert bid.sealed().hash == bid.hash
        head = bid.hash
    if lot.status is LotStatus.OPEN:
        assert lot.head == head
    else:
        assert lot.is_bought_out and lot.head == settlement_hash(lot, head)
    assert (lot.status is LotStatus.WON) == (lot.has_bid and lot.price == lot.top_price)

    ends = [start.end_at, *(decision.lot.end_at for decision in decisions)]
    assert ends == sorted(ends) and ends[-1] <= start.latest_end_at


@settings(max_examples=300)
@given(sequences())
def test_an_accepted_offer_stands_in_the_record_at_its_price(some: list[Offer]) -> None:
    lot = open_lot()
    for one in some:
        decision = take(lot, one)
        own = [bid for bid in decision.bids if bid.user_id == one.user_id and not bid.is_proxy]
        if decision.refusal is None:
            assert [bid.price for bid in own] == [one.price]
            assert one.price >= lot.minimum_offer and lot.start_at <= one.arrived_at < lot.end_at
        else:
            assert own == []
        lot = decision.lot


@settings(max_examples=300)
@given(sequences())
def test_who_loses_the_lead_or_the_duel_is_named_as_outbid(some: list[Offer]) -> None:
    lot = open_lot()
    last_price: dict[int, int] = {}
    for one in some:
        leader_before = lot.leader_id
        decision = take(lot, one)
        for bid in decision.bids:
            last_price[bid.user_id] = bid.price
        named = [(bid.outbid_user_id, bid.outbid_price) for bid in decision.bids if bid.outbid_user_id is not None]
        expected: set[int | None] = set()
        if decision.bids:
            expected = {leader_before, *(bid.user_id for bid in decision.bids)} - {decision.lot.leader_id, None}
        assert {user_id for user_id, _ in named} == expected
        assert len(named) <= 1
        for user_id, price in named:
            assert price == last_price[user_id]
        lot = decision.lot


@settings(max_examples=200)
@given(sequences(), st.integers(1, 4))
def test_nobody_pays_more_than_they_allowed(some: list[Offer], user_id: int) -> None:
    lot = open_lot()
    allowed = 0
    for one in some:
        decision = take(lot, one)
        if one.user_id == user_id and decision.refusal is None:
            allowed = max(allowed, one.ceiling)
        assert all(bid.price <= allowed for bid in decision.bids if bid.user_id == user_id)
        lot = decision.lot


def test_what_a_record_begins_with_names_pictures_and_the_groups_rules_too_and_without_any_is_what_it_always_was() -> None:
    terms = Terms(
        id=145, group_id=7, sn="U9T0069000", category="龙钞补号", score=" 67E", sn_no="豹子号", low_price=20000, top_price=40000
    )
    assert genesis_hash(terms) == "c8eb5fc17444ca28cf633c1923cda738428a96bcf7bdc15c333915beb9d69bf3"
    shown = [genesis_hash(replace(terms, pictures=pictures)) for pictures in (("/pictures/a.jpg",), ("/pictures/b.jpg",))]
    assert len({genesis_hash(terms), *shown}) == 3
    stepped = [genesis_hash(replace(terms, steps=(StepFrom(0, step),))) for step in (1, 2)]
    assert len({genesis_hash(terms), *stepped}) == 3
    restricted = [genesis_hash(replace(terms, admission=Admission(lead_limit=limit))) for limit in (1, 2)]
    assert len({genesis_hash(terms), *restricted}) == 3
