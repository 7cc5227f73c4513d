"""What changes a price, in the order in which it counts."""
from __future__ import annotations

from enum import Enum

from msgspec import Struct


class PriceKind(str, Enum):
    """A kind of rule. They count in this order, each on what those before it have left."""

    NUMBER = "number"  # pieces cost less from so many on
    LEVEL = "level"
    FLASH_SALE = "flash_sale"
    BARGAIN = "bargain"
    GROUP = "group"
    ADDITIONAL = "additional"  # what is added to the goods, such as for wrapping
    FREIGHT = "freight"
    COUPON = "coupon"
    POINTS = "points"
    CARD = "card"
    STAFF = "staff"  # after the order was placed


OF_A_PIECE = (PriceKind.NUMBER, PriceKind.LEVEL, PriceKind.FLASH_SALE, PriceKind.BARGAIN, PriceKind.GROUP)
"""Those that change what one piece costs; all others change sums."""

BINDING = (PriceKind.BARGAIN, PriceKind.GROUP)
"""Those that an order is part of even where they take nothing off."""


class Reduction(Struct, frozen=True):
    """So many fen that a rule has taken off a piece."""

    kind: PriceKind
    amount: int
    name: str = ""


def reduce_price(base: int, offers: list[tuple[PriceKind, str, int]]) -> tuple[int, tuple[Reduction, ...]]:
    """Of one piece, where a kind, its name and its price are offered, each if it is lower than what the others before it have left; and
    who took how much."""
    price, reductions = base, []
    for kind, name, offered in sorted(offers, key=lambda offer: OF_A_PIECE.index(offer[0])):
        if offered < price:
            reductions.append(Reduction(kind, price - offered, name))
            price = offered
    return price, tuple(reductions)
