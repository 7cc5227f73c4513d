"""Tests of server/domain/mall/price_rules.py, pricing.py and orders/returns.py: what rules take adds up, to the fen."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from server.domain.mall.orders.order import Order, OrderLine, OrderStatus
from server.domain.mall.orders.returns import Return, find_return, find_whole_return
from server.domain.mall.price_kinds import OF_A_PIECE, PriceKind, Reduction, reduce_price
from server.domain.mall.price_rules import Effect, FixedPrice, Line, Rows, spread
from server.domain.mall.pricing import Basket, Delivery, Quote, make_quote
from server.domain.mall.wares import AddedBy, AdditionalPrice, Choice, Option, Ware

NOW = datetime(2036, 6, 1, tzinfo=timezone.utc)


class Take(Struct, frozen=True, kw_only=True):
    """A rule that takes up to so much off sums, off some rows and, if it may, off the freight."""

    kind: PriceKind
    amount: int
    rows: tuple[int, ...]
    freight: int = 0
    source_id: int = 7

    def apply(self, rows: Rows) -> Effect:
        points = 13 if self.kind is PriceKind.POINTS else 0
        taken = rows.take(self.amount, [index for index in self.rows if index < len(rows.lines)])
        return Effect(kind=self.kind, source_id=self.source_id, rows=taken, freight=-self.freight, points=points if any(taken) else 0)


class Grab(Struct, frozen=True):
    """A rule that takes more than there is."""

    kind: PriceKind

    def apply(self, rows: Rows) -> Effect:
        return Effect(kind=self.kind, rows=tuple(-2 * amount - 1 for amount in rows.amounts), freight=-rows.freight - 1)


def ware(goods_id: int = 1, price: int = 1000, **about: object) -> Ware:
    known = {"choice": Choice(goods_id=goods_id), "name": "白瓷杯", "price": price, "base_price": price, "left": 10**6, "freight_id": 1}
    return Ware(**{**known, **about})  # type: ignore[arg-type]


def quote_of(*lines: Line, rules: Sequence[object] = (), freight: int = 0) -> Quote:
    return make_quote(Basket(lines=lines, delivery=Delivery.EXPRESS, freight=freight, rules=tuple(rules)))  # type: ignore[arg-type]


def order_of(quote: Quote) -> Order:
    return Order(
        id=1, revision=1, number="OD1", user_id=1, shop_id=0, status=OrderStatus.PAID,
        lines=tuple(OrderLine.of(place + 1, line) for place, line in enumerate(quote.lines)),
        goods=quote.goods, freight=quote.freight, additional=quote.additional, discount=quote.discount, real=quote.real,
        points=quote.points, effects=quote.effects, delivery=Delivery.EXPRESS, needs_delivery=True, code="1", log=(), placed_at=NOW,
        changed_at=NOW,
    )


def test_rules_count_in_their_order_whatever_order_they_come_in() -> None:
    """A bargain lowers the price that a percentage is of; a card pays what a coupon has left, the freight too."""
    cup = ware(additional_prices=(AdditionalPrice(name="包装", kind=AddedBy.PERCENT, price=10),))
    rules = (
        Take(kind=PriceKind.CARD, amount=10**6, rows=(0,), freight=10**6, source_id=3),
        Take(kind=PriceKind.COUPON, amount=50, rows=(0,)),
        FixedPrice(kind=PriceKind.BARGAIN, source_id=9, prices=(700,)),
    )
    quote = quote_of(Line(ware=cup, number=1), rules=rules, freight=600)
    assert [(one.kind, one.amount) for one in quote.effects] == [
        (PriceKind.BARGAIN, -300), (PriceKind.ADDITIONAL, 70), (PriceKind.FREIGHT, 600), (PriceKind.COUPON, -50), (PriceKind.CARD, -1320)
    ]
    assert (quote.goods, quote.freight, quote.additional, quote.discount, quote.real) == (700, 600, 70, 1370, 0)


def test_the_best_offer_of_a_piece_counts_and_each_tells_what_it_took() -> None:
    offers = [(PriceKind.FLASH_SALE, "", 700), (PriceKind.NUMBER, "", 900), (PriceKind.LEVEL, "金卡", 800)]
    price, reductions = reduce_price(1000, offers)
    assert price == 700
    assert reductions == (
        Reduction(PriceKind.NUMBER, 100), Reduction(PriceKind.LEVEL, 100, "金卡"), Reduction(PriceKind.FLASH_SALE, 100)
    )
    assert reduce_price(1000, [(PriceKind.FLASH_SALE, "", 1200)]) == (1000, ())
    quote = quote_of(Line(ware=ware(price=700, base_price=1000, reductions=reductions), number=2))
    assert [(one.kind, one.name, one.rows) for one in quote.effects] == [
        (PriceKind.NUMBER, "", (-200,)), (PriceKind.LEVEL, "金卡", (-200,)), (PriceKind.FLASH_SALE, "", (-200,))
    ]


def test_a_fixed_price_is_that_of_a_piece_without_its_options_and_never_dearer() -> None:
    pearls = (Option(group_id=1, id=2, group_name="加料", name="珍珠", price=250),)
    lines = Line(ware=ware(1, options=pearls), number=3), Line(ware=ware(2), number=1), Line(ware=ware(3), number=1)
    quote = quote_of(*lines, rules=[FixedPrice(kind=PriceKind.GROUP, prices=(800, 1500, None))])
    assert [(one.unit_price, one.amount) for one in quote.lines] == [(1050, 3150), (1000, 1000), (1000, 1000)]


def test_nothing_goes_below_zero_whatever_a_rule_takes() -> None:
    quote = quote_of(Line(ware=ware(), number=2), rules=[Grab(PriceKind.COUPON), Grab(PriceKind.GROUP)], freight=600)
    assert (quote.goods, quote.real) == (0, 0)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_what_is_spread_is_all_there_and_nobody_gets_more_than_its_weight(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    parts = spread(min(total, whole), weights)
    assert sum(parts) == min(total, whole)
    assert all(0 <= part <= weight for part, weight in zip(parts, weights))


money = st.integers(0, 10**6)
added = st.builds(AdditionalPrice, name=st.sampled_from(["包装", "刻字"]), kind=st.sampled_from(AddedBy), price=st.integers(0, 100))
wares = st.builds(
    lambda goods_id, base, took, points, shop_id, more: ware(
        goods_id, base, base_price=base + took, reductions=(Reduction(PriceKind.LEVEL, took),) if took else (), points=points,
        shop_id=shop_id, additional_prices=tuple(more),
    ),
    st.integers(1, 9), money, st.sampled_from([0, 1, 77]), st.integers(0, 9), st.integers(0, 2), st.lists(added, max_size=2),
)
lines_drawn = st.lists(st.builds(Line, ware=wares, number=st.integers(1, 12)), min_size=1, max_size=4).map(tuple)


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    lines = draw(lines_drawn)
    kinds = st.sampled_from([PriceKind.COUPON, PriceKind.POINTS, PriceKind.CARD])
    places = st.lists(st.integers(0, 3), max_size=4).map(tuple)
    takes = st.builds(Take, kind=kinds, amount=money, rows=places, freight=st.integers(0, 900))
    fixed = st.builds(
        FixedPrice,
        kind=st.sampled_from([PriceKind.BARGAIN, PriceKind.GROUP]),
        prices=st.lists(st.one_of(st.none(), money), min_size=len(lines), max_size=len(lines)).map(tuple),
    )
    rules = [*draw(st.lists(takes, max_size=3, unique_by=lambda one: one.kind)), *draw(st.lists(fixed, max_size=2))]
    return quote_of(*lines, rules=draw(st.permutations(rules)), freight=draw(st.integers(0, 2000)))


@given(quotes())
def test_the_total_is_the_rows_and_what_each_rule_did(quote: Quote) -> None:
    start = sum((one.line.ware.base_price + one.line.ware.unit_price - one.line.ware.price) * one.line.number for one in quote.lines)
    assert quote.real == start + sum(one.amount for one in quote.effects) >= 0
    assert quote.goods == start + sum(one.amount for one in quote.effects if one.kind in OF_A_PIECE)
    assert quote.real == quote.goods + quote.freight + quote.additional - quote.discount
    assert all(one.amount == one.unit_price * one.line.number for one in quote.lines)
    order = order_of(quote)
    assert min((*order.left_of_rows, order.left_of_freight)) >= 0
    assert sum(order.left_of_rows) + order.left_of_freight == order.real


@given(lines_drawn)
def test_split_by_shop_the_orders_cost_what_all_would(lines: tuple[Line, ...]) -> None:
    shops = sorted({line.ware.shop_id for line in lines})
    parts = [quote_of(*(line for line in lines if line.ware.shop_id == shop)) for shop in shops]
    whole = quote_of(*lines)
    assert sum(part.real for part in parts) == whole.real
    assert sum(part.points for part in parts) == whole.points


@given(quotes(), st.data())
def test_refunds_in_any_steps_return_what_was_paid(quote: Quote, data: st.DataObject) -> None:
    order = order_of(quote)
    whole = find_whole_return(order)
    assert (whole.money, whole.points) == (order.real, order.points + order.points_spent)
    left, returned, steps = {line.id: line.number for line in order.lines}, dict[int, int](), list[Return]()
    while any(left.values()):
        wanted = {id: data.draw(st.integers(0, number)) for id, number in left.items()} if len(steps) < 4 else dict(left)
        steps.append(find_return(order, returned, wanted))
        returned = {id: returned.get(id, 0) + wanted[id] for id in left}
        left = {id: number - wanted[id] for id, number in left.items()}
    assert all(step.money >= 0 and step.points >= 0 for step in steps)
    assert sum(step.money for step in steps) == order.real
    assert sum(step.points for step in steps) == whole.points
    assert sum(amount for step in steps for amount in step.cards.values()) == order.taken_by(PriceKind.CARD)
    assert [step.coupon_ids for step in steps if step.coupon_ids] == [whole.coupon_ids] * bool(whole.coupon_ids)
    assert [step.is_last for step in steps] == [False] * (len(steps) - 1) + [True]


@given(quotes(), money)
def test_what_the_staff_asks_instead_is_spread_over_the_rows(quote: Quote, real: int) -> None:
    order = order_of(quote).become(NOW, status=OrderStatus.UNPAID).priced(real, NOW)
    assert sum(order.left_of_rows) + order.left_of_freight == order.real == real
    assert min((*order.left_of_rows, order.left_of_freight)) >= 0
    assert find_whole_return(order).money == real


def test_more_pieces_than_were_bought_are_not_returned() -> None:
    order = order_of(quote_of(Line(ware=ware(), number=2)))
    with pytest.raises(ValueError):
        find_return(order, {1: 1}, {1: 2})
