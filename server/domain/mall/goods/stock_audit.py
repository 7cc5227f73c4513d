"""Whether the stock adds up: what came in by entries is free, held by orders that are open, or sold by orders that are paid."""
from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.auditing.slices import giving_way
from server.domain.mall.goods.counts import Count, place_of
from server.domain.mall.goods.goods import DayPrice, Sku, Slot, counted
from server.domain.mall.goods.intakes import Intake
from server.domain.mall.orders.order import Order


class Stocked(Struct, frozen=True, kw_only=True):
    """What goods say of the pieces that came in."""

    id: int
    stock: int = 0
    skus: tuple[Sku, ...] = ()
    days: tuple[DayPrice, ...] = ()
    slots: tuple[Slot, ...] = ()
    removed_at: datetime | None = None


class Books(Struct, frozen=True):
    """All that is written of one goods' pieces, at one moment. `orders`: those that were not closed."""

    goods_id: int
    goods: Stocked | None
    counts: list[Count]
    intakes: list[Intake]
    orders: list[Order]


class AuditedStock(Protocol):
    """Counts and their entries, as they are kept."""

    def each_count(self) -> AsyncIterator[Count]: ...

    def each_intake(self) -> AsyncIterator[Intake]:
        """Those of one count after the other, in their order."""

    def each_stocked(self) -> AsyncIterator[Stocked]: ...

    async def read_books(self, goods_id: int) -> Books: ...


class Sides(Struct):
    """What everything but the counts says of them, by their ids; `came_in` by entries, `said` by goods."""

    held: Counter[str]
    sold: Counter[str]
    came_in: Counter[str]
    said: dict[str, int]

    @classmethod
    def empty(cls) -> Sides:
        return cls(Counter(), Counter(), Counter(), {})

    def take_order(self, order: Order) -> None:
        side = self.held if order.holds else self.sold if order.has_sold else None
        if side is not None:
            for one in order.pieces:
                side[place_of(one)] += one.number

    def take_intake(self, intake: Intake) -> None:
        self.came_in[intake.count_id] += intake.number

    def take_goods(self, goods: Stocked) -> None:
        self.said |= counted(goods)

    def find_problems(self, count: Count) -> list[str]:
        """What contradicts that count; it is taken off, so that what stays at the end has no count."""
        problems = []
        held, sold, came_in = (side.pop(count.id, 0) for side in (self.held, self.sold, self.came_in))
        said = self.said.pop(count.id, None)
        if min(count.free, count.held, count.sold) < 0:
            problems.append("has fewer pieces than none")
        if count.free + count.held + count.sold != count.came_in:
            problems.append(f"has {count.free + count.held + count.sold} pieces free, held and sold, and {count.came_in} came in")
        if came_in != count.came_in:
            problems.append(f"has {count.came_in} pieces that came in, and its entries tell of {came_in}")
        if held != count.held:
            problems.append(f"has {count.held} pieces held, and open orders have {held}")
        if sold != count.sold:
            problems.append(f"has {count.sold} pieces sold, and paid orders have {sold}")
        if count.is_counted and said != count.came_in:
            problems.append(f"has {count.came_in} pieces that came in, and its goods says {said}")
        return problems

    def uncounted(self) -> Iterable[str]:
        """Ids of which something says that pieces are there, and no count does."""
        return sorted({id for side in (self.held, self.sold, self.came_in, self.said) for id, number in side.items() if number})


def find_stock_problems(books: Books) -> list[tuple[str, str]]:
    """Ids of counts, and what of each cannot be."""
    sides = Sides.empty()
    if books.goods is not None:
        sides.take_goods(books.goods)
    for order in books.orders:
        sides.take_order(order)
    for intake in books.intakes:
        sides.take_intake(intake)
    found = [(count.id, problem) for count in books.counts for problem in sides.find_problems(count)]
    mine = (id for id in sides.uncounted() if goods_of(id) == books.goods_id)
    return found + [(id, "is counted nowhere, and something has pieces of it") for id in mine] + _find_gaps(books)


def goods_of(count_id: str) -> int:
    return int(count_id.partition(":")[0])


def _find_gaps(books: Books) -> list[tuple[str, str]]:
    found = []
    for count in books.counts:
        mine = sorted((one for one in books.intakes if one.count_id == count.id), key=lambda one: one.seq)
        if [one.seq for one in mine] != list(range(1, count.intakes + 1)):
            found.append((count.id, "has lost an entry, or has one too many"))
            continue
        wrong = [one.seq for one, before in zip(mine, [None, *mine]) if not _follows(one, before)]
        found += [(count.id, f"entry {seq} does not say what had come in after it") for seq in wrong[:1]]
    return found


def _follows(intake: Intake, before: Intake | None) -> bool:
    seq, came_in = (before.seq, before.came_in) if before is not None else (0, 0)
    return intake.seq == seq + 1 and intake.came_in == came_in + intake.number


class StockAudit:
    """Takes what the others read, and looks again, at one moment, at whatever seems wrong."""

    def __init__(self, stock: AuditedStock):
        self._stock = stock
        self._sides = Sides.empty()

    def take_order(self, order: Order) -> None:
        self._sides.take_order(order)

    async def audit(self) -> tuple[int, list[tuple[str, str]]]:
        """How many counts there are, and what of which is wrong. After all orders were taken."""
        number, suspects = 0, set[int]()
        last: dict[str, Intake] = {}
        async for intake in giving_way(self._stock.each_intake()):
            self._sides.take_intake(intake)
            if not _follows(intake, last.get(intake.count_id)):
                suspects.add(intake.goods_id)
            last[intake.count_id] = intake
        async for goods in giving_way(self._stock.each_stocked()):
            self._sides.take_goods(goods)
        async for count in giving_way(self._stock.each_count()):
            number += 1
            newest = last.pop(count.id, None)
            if self._sides.find_problems(count) or (newest.seq if newest else 0) != count.intakes:
                suspects.add(count.goods_id)
        suspects |= {goods_of(id) for id in self._sides.uncounted()}
        found: list[tuple[str, str]] = []
        for goods_id in sorted(suspects):
            found += find_stock_problems(await self._stock.read_books(goods_id))
            await asyncio.sleep(0)
        return number, found
