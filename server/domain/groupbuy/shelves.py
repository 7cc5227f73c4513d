"""The shelves: every offer in memory, in every order that was asked for.

A list takes as long with 10,000 offers as with 100: what matches is sorted once and kept until an offer changes or the
clock moves one from phase to phase.
"""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from msgspec import Struct

from server.domain.groupbuy.offers import Kind, Phase, State, phase_of

MOST_LISTS = 200  # kept sorted; of 10,000 numbers each, about 16 MB
BEFORE_ALL = datetime.min.replace(tzinfo=timezone.utc)
AFTER_ALL = datetime.max.replace(tzinfo=timezone.utc)


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


class Shelves:
    """Lists offers by memory alone; as true as what was last put there."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._moments: list[datetime] | None = None  # of starts and ends, sorted; None until somebody asks
        self._since, self._until = AFTER_ALL, BEFORE_ALL  # while now is between them, phases are as they are
        self._phases: dict[Phase | None, list[Entry]] = {}
        self._lists: dict[tuple[Question, Order], list[int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, offer_id: int) -> Entry | None:
        return self._entries.get(offer_id)

    def fill(self, entries: Iterable[Entry]) -> None:
        """These and no others."""
        self._entries = {entry.id: entry for entry in entries}
        self._forget()

    def put(self, entries: Iterable[Entry]) -> None:
        """Takes the newer state of some; one that is removed goes. An older one than known changes nothing."""
        for entry in entries:
            known = self._entries.get(entry.id)
            if known is not None and known.revision > entry.revision:
                continue
            if entry.removed_at is None:
                self._entries[entry.id] = entry
            else:
                self._entries.pop(entry.id, None)
        self._forget()

    def any(self, accepts: Callable[[Entry], bool]) -> bool:
        return any(map(accepts, self._entries.values()))

    def list_ids(self, question: Question, order: Order, now: datetime) -> list[int]:
        """Of all that match, in that order; not to be changed by the caller."""
        self._turn_to(now)
        found = self._lists.get((question, order))
        if found is None:
            if len(self._lists) >= MOST_LISTS:
                self._lists.clear()
            found = self._lists[question, order] = self._sort(question, order)
        return found

    def _sort(self, question: Question, order: Order) -> list[int]:
        shelf = self._entries.values() if question.phase is None else self._phases.get(question.phase, [])
        return [entry.id for entry in sorted(filter(question.accepts, shelf), key=SORT_KEYS[order])]

    def _forget(self) -> None:
        self._moments = None
        self._since, self._until = AFTER_ALL, BEFORE_ALL
        self._lists.clear()

    def _turn_to(self, now: datetime) -> None:
        """Sorts offers into their phases, unless they are where the clock has them."""
        if self._since <= now < self._until:
            return
        if self._moments is None:
            self._moments = sorted(set(self._turns()))
        place = bisect_right(self._moments, now)
        self._since = self._moments[place - 1] if place > 0 else BEFORE_ALL
        self._until = self._moments[place] if place < len(self._moments) else AFTER_ALL
        self._lists.clear()
        self._phases = {}
        for entry in self._entries.values():
            phase = phase_of(entry.state, entry.start_at, entry.end_at, now)
            self._phases.setdefault(phase, []).append(entry)

    def _turns(self) -> Iterator[datetime]:
        for entry in self._entries.values():
            if entry.state is State.APPROVED:
                yield entry.start_at
                yield entry.end_at
