"""Price ranges: a filter over the group price."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput, NotFound
from server.domain.groupbuy.marks import FurnitureRules
from server.domain.groupbuy.offers import LARGEST_PRICE, Name
from server.domain.nouns import Noun, NumberId, Revision, about

Bound = Annotated[int, Meta(ge=0, le=LARGEST_PRICE)]


class PriceRangeMissing(NotFound):
    """There is no such price range."""

    def __init__(self) -> None:
        super().__init__("price_range")


class PriceRangeTerms(Struct, frozen=True, kw_only=True):
    """From `start` to `end` in fen, both included."""

    name: Annotated[Name, about("名称", "Name")]
    start: Annotated[Bound, about("最低价", "From", "money")]
    end: Annotated[Bound, about("最高价", "To", "money")]


class PriceRange(PriceRangeTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


PRICE_RANGES = Noun(
    area="groupbuy",
    name="price-ranges",
    zh="价格区间",
    en="Price ranges",
    made=PriceRange,
    terms=PriceRangeTerms,
    sorted=("id", "name", "start", "end"),
    order=("start",),
)


class PriceRangeRules(FurnitureRules[PriceRange]):
    """A range does not end before it begins."""

    async def check(self, after: PriceRange, before: PriceRange | None) -> None:
        if after.end < after.start:
            raise InvalidInput({"end": ["below_start"]})
