"""Prices: one pure function that the price query and the order share, and what stands in the way of buying."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum

from msgspec import Struct

from server.domain.mall.price_kinds import BINDING, OF_A_PIECE, PriceKind
from server.domain.mall.price_rules import AdditionalPrices, Effect, FreightRule, Line, PriceRule, Rows, change_by
from server.domain.mall.wares import BelowMinimum, OffShelf, OutOfStock, OverLimit, Ware


class Delivery(str, Enum):
    """How a buyer gets the goods, as the mini-program spells it."""

    EXPRESS = "kd"
    PICK_UP = "zq"
    COURIER = "keloop"


class Basket(Struct, frozen=True, kw_only=True):
    """Everything that a price depends on. `freight` is that of these lines to their place, if they were sent; `rules` what the buyer
    brings: coupons, points, a bargain."""

    lines: tuple[Line, ...]
    delivery: Delivery
    freight: int
    rules: tuple[PriceRule, ...] = ()

    @property
    def needs_delivery(self) -> bool:
        """Whether anything is to be sent."""
        return self.delivery is not Delivery.PICK_UP and any(line.ware.needs_delivery for line in self.lines)


class PricedLine(Struct, frozen=True, kw_only=True):
    """What one line costs: `amount` fen and `points` for all its pieces, before coupons and what else is taken off sums."""

    line: Line
    unit_price: int
    amount: int
    points: int


class Quote(Struct, frozen=True, kw_only=True):
    """What a basket costs. `real` is what is to be paid in money: goods, freight and what is `additional`, without the `discount`.

    `effects` tell which rule changed how much of it, in their order.
    """

    lines: tuple[PricedLine, ...]
    goods: int
    freight: int
    additional: int
    discount: int
    real: int
    points: int
    number: int
    needs_delivery: bool
    effects: tuple[Effect, ...]


REDUCING = (PriceKind.COUPON, PriceKind.POINTS, PriceKind.CARD)


def make_quote(basket: Basket) -> Quote:
    """The same for the same basket, whoever asks and whatever for."""
    lines = basket.lines
    rows, effects = _offered(lines)
    of_a_piece = [rule for rule in basket.rules if rule.kind in OF_A_PIECE]
    rows, effects = _apply(of_a_piece, rows, effects)
    priced = tuple(_price(line, amount) for line, amount in zip(lines, rows.amounts, strict=True))
    names = dict.fromkeys(one.name for line in lines for one in line.ware.additional_prices)
    added = [AdditionalPrices(name, rows.amounts) for name in names]
    freight = basket.freight if basket.needs_delivery else 0
    others: list[PriceRule] = [rule for rule in basket.rules if rule.kind not in OF_A_PIECE]
    rows, effects = _apply([*added, FreightRule(freight), *others], rows, effects)
    return Quote(
        lines=priced,
        goods=sum(line.amount for line in priced),
        freight=freight,
        additional=change_by(effects, PriceKind.ADDITIONAL),
        discount=-change_by(effects, *REDUCING),
        real=rows.total,
        points=sum(line.points for line in priced),
        number=sum(line.number for line in lines),
        needs_delivery=basket.needs_delivery,
        effects=tuple(effects),
    )


def _offered(lines: tuple[Line, ...]) -> tuple[Rows, list[Effect]]:
    """What the window asks, and what its own rules have taken off until then."""
    effects = []
    for kind in OF_A_PIECE:
        taken = [[one for one in line.ware.reductions if one.kind is kind] for line in lines]
        if any(taken):
            changes = tuple(-sum(one.amount for one in some) * line.number for some, line in zip(taken, lines))
            effects.append(Effect(kind=kind, name=next(one.name for some in taken for one in some), rows=changes))
    return Rows(lines, tuple(line.ware.unit_price * line.number for line in lines)), effects


def _apply(rules: Sequence[PriceRule], rows: Rows, effects: list[Effect]) -> tuple[Rows, list[Effect]]:
    order = list(PriceKind)
    for rule in sorted(rules, key=lambda one: order.index(one.kind)):
        effect = rule.apply(rows)
        if effect is not None:
            effect = rows.bound(effect)
            rows = rows.after(effect)
            if any(effect.rows) or effect.freight or effect.kind in BINDING:
                effects = [*effects, effect]
    return rows, effects


def _price(line: Line, amount: int) -> PricedLine:
    return PricedLine(line=line, unit_price=amount // line.number, amount=amount, points=line.ware.points * line.number)


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
