"""Prices: one pure function that the price query and the order share, and what stands in the way of buying."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum

from msgspec import Struct

from server.domain.mall.wares import BelowMinimum, OffShelf, OutOfStock, OverLimit, Ware


class Delivery(str, Enum):
    """How a buyer gets the goods, as the mini-program spells it."""

    EXPRESS = "kd"
    PICK_UP = "zq"
    COURIER = "keloop"


class Line(Struct, frozen=True, kw_only=True):
    """So many pieces of one ware. `inviter_id`: who recommended it."""

    ware: Ware
    number: int
    inviter_id: int | None = None


class Basket(Struct, frozen=True, kw_only=True):
    """Everything that a price depends on. `freight` is that of these lines to their place, if they were sent."""

    lines: tuple[Line, ...]
    delivery: Delivery
    freight: int

    @property
    def needs_delivery(self) -> bool:
        """Whether anything is to be sent."""
        return self.delivery is not Delivery.PICK_UP and any(line.ware.needs_delivery for line in self.lines)


class PricedLine(Struct, frozen=True, kw_only=True):
    """What one line costs: `amount` fen and `points` for all its pieces."""

    line: Line
    unit_price: int
    amount: int
    points: int


class Quote(Struct, frozen=True, kw_only=True):
    """What a basket costs. `real` is what is to be paid in money."""

    lines: tuple[PricedLine, ...]
    goods: int
    freight: int
    discount: int
    points: int
    number: int
    needs_delivery: bool

    @property
    def real(self) -> int:
        return max(0, self.goods + self.freight - self.discount)


def make_quote(basket: Basket) -> Quote:
    """The same for the same basket, whoever asks and whatever for."""
    lines = tuple(_price(line) for line in basket.lines)
    return Quote(
        lines=lines,
        goods=sum(line.amount for line in lines),
        freight=basket.freight if basket.needs_delivery else 0,
        discount=0,
        points=sum(line.points for line in lines),
        number=sum(line.number for line in basket.lines),
        needs_delivery=basket.needs_delivery,
    )


def _price(line: Line) -> PricedLine:
    unit_price = line.ware.unit_price
    return PricedLine(line=line, unit_price=unit_price, amount=unit_price * line.number, points=line.ware.points * line.number)


def check_sold(lines: Sequence[Line]) -> None:
    """Raises OffShelf, BelowMinimum, OverLimit or OutOfStock if so many cannot be bought now.

    What is sold at once, and what one person may buy, counts for a goods in all its choices; the stock where the pieces are counted.
    """
    of_goods, of_place = Counter[int](), Counter[tuple[object, ...]]()
    for line in lines:
        of_goods[line.ware.choice.goods_id] += line.number
        of_place[_place(line.ware)] += line.number
    for line in lines:
        ware, number = line.ware, of_goods[line.ware.choice.goods_id]
        if not ware.is_on_sale:
            raise OffShelf(ware.name)
        if number < ware.minimum:
            raise BelowMinimum(ware.name, ware.minimum)
        if ware.most is not None and number > ware.most:
            raise OverLimit(ware.name, ware.most)
        if of_place[_place(ware)] > ware.left:
            raise OutOfStock(ware.name, ware.left)


def _place(ware: Ware) -> tuple[object, ...]:
    """Where its pieces are counted: options make no difference there."""
    return ware.choice.goods_id, ware.sku_id, ware.choice.day, ware.choice.slot
