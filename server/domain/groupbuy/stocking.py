"""Stocking: keeps the shelves of this process true to the database, whichever process changed it."""
from __future__ import annotations

import asyncio
import time
from typing import Protocol

from msgspec import Struct

from server.domain.groupbuy.areas import Area
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.marks import Marks, MarkStore
from server.domain.groupbuy.price_ranges import PriceRange
from server.domain.groupbuy.questions import Entry
from server.domain.groupbuy.shelves import Shelves
from server.domain.groupbuy.trees import Tree
from server.domain.nouns import NounStore

# A revision is given out before its change is written. A write ends within the database's time limit or never, so a
# revision that is not found for this long belongs to no change: its process died, or a later change has covered it.
AWAITED_SECONDS = 10.0
FURNITURE_SECONDS = 60.0  # read again after this at the latest: a process may die between a change and its mark
MOST_REVISIONS = 1000  # more changes at once are read by reading everything
MOST_UNDER_WAY = 50  # changes that may be written while everything is read


class EntryStore(Protocol):
    """What the shelves are stocked from."""

    async def list_entries(self) -> list[Entry]:
        """Every offer that is in the catalogue."""

    async def list_changed_entries(self, revisions: list[int]) -> tuple[list[Entry], set[int]]:
        """Offers with one of these revisions, removed ones too, and which of the revisions were found."""


class Furniture(Struct, frozen=True):
    """What stands around the offers."""

    categories: Tree[Category]
    areas: Tree[Area]
    price_ranges: list[PriceRange]

    def find_price_range(self, range_id: int) -> PriceRange | None:
        return next((one for one in self.price_ranges if one.id == range_id), None)


class Stocking:
    """`refresh` before an answer, then `shelves` and `furniture` hold every change that was acknowledged before."""

    def __init__(
        self,
        offers: EntryStore,
        categories: NounStore[Category],
        areas: NounStore[Area],
        ranges: NounStore[PriceRange],
        marks: MarkStore,
    ):
        self.shelves = Shelves()
        self.furniture = Furniture(Tree(), Tree(), [])
        self._offers = offers
        self._categories = categories
        self._areas = areas
        self._ranges = ranges
        self._mark_store = marks
        self._marks: Marks | None = None  # of what is on the shelves; None until they were filled once
        self._awaited: dict[int, float] = {}  # revision → until when it may still appear
        self._furnished_at = 0.0
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Costs one small read while nothing has changed. Raises Unavailable."""
        marks = await self._mark_store.read_marks()
        if marks != self._marks or self._awaited or time.monotonic() - self._furnished_at > FURNITURE_SECONDS:
            async with self._lock:
                await self._take(marks)

    async def has_offers(self, *, category_id: int = 0, area_id: int = 0, shop_id: int = 0) -> bool:
        """Implements Uses."""
        await self.refresh()
        return self.shelves.any(
            lambda entry: (category_id != 0 and category_id in (entry.category_id, entry.subcategory_id))
            or (area_id != 0 and area_id in (entry.city_id, entry.area_id))
            or (shop_id != 0 and shop_id == entry.shop_id)
        )

    async def _take(self, marks: Marks) -> None:
        known = self._marks
        is_old = time.monotonic() - self._furnished_at > FURNITURE_SECONDS
        if known is None or marks.furniture != known.furniture or is_old:
            await self._furnish()
        if known is None or marks.revision - known.revision > MOST_REVISIONS:
            self.shelves.fill(await self._offers.list_entries())
            self._await_revisions(max(1, marks.revision - MOST_UNDER_WAY + 1), marks.revision)
        else:
            self._await_revisions(known.revision + 1, marks.revision)
        await self._restock()
        # Another request may have read newer marks meanwhile and been here before.
        newest = marks.revision if known is None else max(marks.revision, known.revision)
        self._marks = Marks(newest, marks.furniture)

    async def _furnish(self) -> None:
        furnished_at = time.monotonic()
        self.furniture = Furniture(
            Tree(await self._categories.list_all()),
            Tree(await self._areas.list_all()),
            await self._ranges.list_all("start"),
        )
        self._furnished_at = furnished_at

    def _await_revisions(self, first: int, last: int) -> None:
        until = time.monotonic() + AWAITED_SECONDS
        for revision in range(first, last + 1):
            self._awaited.setdefault(revision, until)

    async def _restock(self) -> None:
        now = time.monotonic()
        revisions = sorted(self._awaited)
        if not revisions:
            return
        entries, found = await self._offers.list_changed_entries(revisions)
        if entries:
            self.shelves.put(entries)
        self._awaited = {number: until for number, until in self._awaited.items() if number not in found and now < until}
