"""What a refund of some pieces of an order returns. However often pieces are taken back, all together return what was paid."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from server.domain.mall.orders.order import Order
from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.price_rules import spread


class Return(Struct, frozen=True, kw_only=True):
    """`money` in fen, `freight` of it for sending; `points` those that were paid and those that were spent on the price.

    `cards` have so much back, by their ids; `coupon_ids` are as good as before. `is_last`: nothing of the order is left.
    """

    money: int
    freight: int = 0
    points: int
    cards: dict[int, int] = {}
    coupon_ids: tuple[int, ...] = ()
    is_last: bool


def find_return(order: Order, returned: Mapping[int, int], wanted: Mapping[int, int]) -> Return:
    """Of so many pieces of each line (`wanted`, by the line's id), where so many were `returned` before.

    A piece has its part of everything that its line had, so that parts add up to the whole. The freight and the coupon come back with
    the last piece. Raises ValueError for more pieces than there are.
    """
    before = [returned.get(line.id, 0) for line in order.lines]
    after = [number + wanted.get(line.id, 0) for line, number in zip(order.lines, before)]
    numbers = [line.number for line in order.lines]
    if any(not 0 <= old <= new <= most for old, new, most in zip(before, after, numbers)):
        raise ValueError("more pieces than were bought, or fewer than none")
    is_last = after == numbers and before != numbers

    def until(wholes: Sequence[int], pieces: Sequence[int]) -> int:
        """Of what the lines have, what so many pieces of each have."""
        return sum(whole * number // most for whole, number, most in zip(wholes, pieces, numbers))

    def part(wholes: Sequence[int]) -> int:
        return until(wholes, after) - until(wholes, before)

    money = order.real - until(order.left_of_rows, before) if is_last else part(order.left_of_rows)
    points, cards, coupons = part([line.points for line in order.lines]), dict[int, int](), []
    for effect in order.effects:
        taken = [-change for change in effect.rows]
        points += part(spread(effect.points, taken))
        if effect.kind is PriceKind.CARD and effect.source_id is not None:
            cards[effect.source_id] = part(taken) - (effect.freight if is_last else 0)
        if effect.kind is PriceKind.COUPON and effect.source_id is not None and is_last:
            coupons.append(effect.source_id)
    freight = order.left_of_freight if is_last else 0
    return Return(money=money, freight=freight, points=points, cards=cards, coupon_ids=tuple(coupons), is_last=is_last)


def find_whole_return(order: Order) -> Return:
    """Of everything that was bought."""
    return find_return(order, {}, {line.id: line.number for line in order.lines})
