"""Tests of server/domain/mall/pricing.py."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.mall.price_rules import Line
from server.domain.mall.pricing import Basket, Delivery, check_sold, make_quote
from server.domain.mall.wares import BelowMinimum, Choice, OffShelf, Option, OutOfStock, OverLimit, Ware


def ware(**about: Any) -> Ware:
    return Ware(**{"choice": Choice(goods_id=1), "name": "白瓷杯", "price": 1990, "base_price": 1990, "left": 10, **about})


def basket(*lines: Line, delivery: Delivery = Delivery.EXPRESS, freight: int = 0) -> Basket:
    return Basket(lines=lines, delivery=delivery, freight=freight)


def test_a_line_costs_its_pieces_with_their_options() -> None:
    tea = ware(price=1500, options=(Option(group_id=1, id=2, group_name="加料", name="珍珠", price=250),))
    quote = make_quote(basket(Line(ware=tea, number=2)))
    assert (quote.goods, quote.real, quote.number) == (3500, 3500, 2)


def test_freight_is_paid_for_what_is_sent() -> None:
    sent, not_sent = Line(ware=ware(freight_id=1), number=1), Line(ware=ware(), number=1)
    assert make_quote(basket(sent, not_sent, freight=800)).real == 1990 * 2 + 800
    assert make_quote(basket(not_sent, freight=800)).real == 1990
    picked_up = make_quote(basket(sent, delivery=Delivery.PICK_UP, freight=800))
    assert (picked_up.real, picked_up.needs_delivery) == (1990, False)


def test_points_are_paid_besides() -> None:
    quote = make_quote(basket(Line(ware=ware(points=5), number=3)))
    assert (quote.points, quote.real) == (15, 1990 * 3)


prices = st.integers(0, 10**9)
options = st.builds(Option, group_id=st.just(1), id=st.integers(1, 9), group_name=st.just("加料"), name=st.just("糖"), price=prices)
wares = st.builds(
    ware,
    price=prices,
    points=st.integers(0, 1000),
    freight_id=st.integers(0, 2),
    options=st.lists(options, max_size=3).map(tuple),
)
lines = st.builds(Line, ware=wares, number=st.integers(1, 9999))
baskets = st.builds(
    Basket, lines=st.lists(lines, min_size=1, max_size=5).map(tuple), delivery=st.sampled_from(Delivery), freight=st.integers(0, 10**6)
)


@given(baskets)
def test_a_quote_adds_up_to_the_fen_and_is_the_same_whoever_asks(asked: Basket) -> None:
    quote = make_quote(asked)
    assert quote == make_quote(asked)
    assert all(line.amount == line.unit_price * line.line.number for line in quote.lines)
    assert quote.goods == sum(line.amount for line in quote.lines)
    assert quote.real == quote.goods + quote.freight - quote.discount >= 0
    assert quote.freight in (0, asked.freight)
    assert (quote.freight == 0) or quote.needs_delivery


@pytest.mark.parametrize(
    "about, number, refusal",
    [
        ({"is_on_sale": False}, 1, OffShelf),
        ({"minimum": 2}, 1, BelowMinimum),
        ({"most": 2}, 3, OverLimit),
        ({"left": 2}, 3, OutOfStock),
        ({"left": 0}, 1, OutOfStock),
    ],
)
def test_what_cannot_be_bought_is_told(about: dict[str, Any], number: int, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_sold([Line(ware=ware(**about), number=number)])


def test_what_can_be_bought_is_not_refused() -> None:
    check_sold([Line(ware=ware(minimum=2, most=2, left=2), number=2)])


def chosen(value: int, **about: Any) -> Ware:
    """Of one goods, in that colour."""
    return ware(choice=Choice(goods_id=1, specs=((3, value),)), sku_id=value, **about)


def test_pieces_of_all_choices_of_a_goods_count_together() -> None:
    red, blue = Line(ware=chosen(4, minimum=2, most=2), number=1), Line(ware=chosen(5, minimum=2, most=2), number=1)
    check_sold([red, blue])
    with pytest.raises(BelowMinimum):
        check_sold([red])
    with pytest.raises(OverLimit):
        check_sold([red, blue, blue])


def test_pieces_are_counted_together_where_the_stock_counts_them() -> None:
    sweet = Choice(goods_id=1, options=((1, 2),))
    plain, sweetened = Line(ware=ware(left=3), number=2), Line(ware=ware(choice=sweet, left=3), number=2)
    with pytest.raises(OutOfStock):
        check_sold([plain, sweetened])
    check_sold([Line(ware=chosen(4, left=2), number=2), Line(ware=chosen(5, left=2), number=2)])
