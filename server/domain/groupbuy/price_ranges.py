"""Price ranges: a filter over the group price."""
from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput, NotFound
from server.domain.groupbuy.marks import MarkStore
from server.domain.groupbuy.offers import LARGEST_PRICE, Name

Bound = Annotated[int, Meta(ge=0, le=LARGEST_PRICE)]


class PriceRangeMissing(NotFound):
    """There is no such price range."""

    def __init__(self) -> None:
        super().__init__("price_range")


class PriceRangeTerms(Struct, frozen=True, kw_only=True):
    """From `start` to `end` in fen, both included."""

    name: Name
    start: Bound
    end: Bound


class PriceRange(PriceRangeTerms, frozen=True, kw_only=True):
    id: int


class PriceRangeStore(Protocol):
    """Where price ranges are kept."""

    async def list_price_ranges(self) -> list[PriceRange]:
        """From the lowest."""

    async def save_price_range(self, price_range: PriceRange) -> None: ...

    async def remove_price_range(self, range_id: int) -> None: ...

    async def next_id(self) -> int: ...


class PriceRangeService:
    """Operators' work on price ranges."""

    def __init__(self, ranges: PriceRangeStore, marks: MarkStore):
        self._ranges = ranges
        self._marks = marks

    async def list_price_ranges(self) -> list[PriceRange]:
        return await self._ranges.list_price_ranges()

    async def add_price_range(self, terms: PriceRangeTerms) -> PriceRange:
        """Raises InvalidInput."""
        return await self._save(await self._ranges.next_id(), terms)

    async def change_price_range(self, range_id: int, terms: PriceRangeTerms) -> PriceRange:
        """Raises PriceRangeMissing and InvalidInput."""
        await self._check(range_id)
        return await self._save(range_id, terms)

    async def remove_price_range(self, range_id: int) -> None:
        """Raises PriceRangeMissing."""
        await self._check(range_id)
        await self._ranges.remove_price_range(range_id)
        await self._marks.note_furniture_changed()

    async def _check(self, range_id: int) -> None:
        if all(known.id != range_id for known in await self._ranges.list_price_ranges()):
            raise PriceRangeMissing()

    async def _save(self, range_id: int, terms: PriceRangeTerms) -> PriceRange:
        if terms.end < terms.start:
            raise InvalidInput({"end": ["below_start"]})
        saved = PriceRange(id=range_id, name=terms.name, start=terms.start, end=terms.end)
        await self._ranges.save_price_range(saved)
        await self._marks.note_furniture_changed()
        return saved
