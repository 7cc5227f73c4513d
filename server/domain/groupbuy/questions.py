"""Questions: which offers are wanted, and in which order."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct

from server.domain.groupbuy.offers import Kind, Phase, State


class Entry(Struct, frozen=True, kw_only=True):
    """What of an offer decides where it is listed."""

    id: int
    kind: Kind
    state: State
    shop_id: int
    category_id: int
    subcategory_id: int
    city_id: int
    area_id: int
    price: int
    goods_price: int
    buy_quantity: int
    is_recommended: bool
    start_at: datetime
    end_at: datetime
    revision: int = 0
    removed_at: datetime | None = None


class Order(Enum):
    """Offers that are equal in it stand by id, so that pages neither repeat nor leave out."""

    DEFAULT = "default"  # recommended ones first, then the newest
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"
    RATE_UP = "rate_up"
    RATE_DOWN = "rate_down"
    SALES_UP = "sales_up"
    SALES_DOWN = "sales_down"


SORT_KEYS: dict[Order, Callable[[Entry], Any]] = {
    Order.DEFAULT: lambda entry: (not entry.is_recommended, -entry.id),
    Order.PRICE_UP: lambda entry: (entry.price, entry.id),
    Order.PRICE_DOWN: lambda entry: (-entry.price, entry.id),
    # Division rounds correctly, so equal rates are equal numbers.
    Order.RATE_UP: lambda entry: (entry.price / entry.goods_price, entry.id),
    Order.RATE_DOWN: lambda entry: (-entry.price / entry.goods_price, entry.id),
    Order.SALES_UP: lambda entry: (entry.buy_quantity, entry.id),
    Order.SALES_DOWN: lambda entry: (-entry.buy_quantity, entry.id),
}


class PhaseAt(Struct, frozen=True):
    """A filter for what stands there by the clock."""

    phase: Phase
    now: datetime


class Question(Struct, frozen=True, kw_only=True):
    """Which offers are wanted; what is None, 0 or empty does not matter. `phase` asks the clock, `state` what is stored.

    Of categories and areas either level of the offer may be among them.
    """

    phase: Phase | None = None
    state: State | None = None
    kind: Kind | None = None
    shop_id: int = 0
    category_ids: frozenset[int] = frozenset()
    area_ids: frozenset[int] = frozenset()
    price_from: int = 0
    price_to: int | None = None

    def accepts(self, entry: Entry) -> bool:
        """All but the phase."""
        return (
            (self.kind is None or entry.kind is self.kind)
            and (self.state is None or entry.state is self.state)
            and self.shop_id in (0, entry.shop_id)
            and (not self.category_ids or entry.category_id in self.category_ids or entry.subcategory_id in self.category_ids)
            and (not self.area_ids or entry.city_id in self.area_ids or entry.area_id in self.area_ids)
            and self.price_from <= entry.price
            and (self.price_to is None or entry.price <= self.price_to)
        )
