"""Freight templates: what sending costs, by pieces, weight or amount, and by the region it goes to."""
from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput
from server.domain.mall.categories import Name
from server.domain.nouns import InUse, Noun, NumberId, Revision, Rules, about

MOST_FEE = 10**9  # fen
MOST_REGIONS = 4000

Fee = Annotated[int, Meta(ge=0, le=MOST_FEE)]
Measure = Annotated[int, Meta(ge=1, le=10**9)]


class FeeKind(int, Enum):
    """What the fee grows with."""

    PIECES = 0
    WEIGHT = 1  # grams
    AMOUNT = 2  # fen


KIND_LABELS = {
    FeeKind.PIECES: ("按件", "By piece"),
    FeeKind.WEIGHT: ("按重量（克）", "By weight, grams"),
    FeeKind.AMOUNT: ("按金额（分）", "By amount, fen"),
}


class Rate(Struct, frozen=True, kw_only=True):
    """So much up to `first`, and so much for each `step` begun beyond it. `regions`: any level; none: everywhere else."""

    regions: Annotated[tuple[Annotated[str, Meta(pattern=r"^[0-9]{12}$")], ...], Meta(max_length=MOST_REGIONS), about("地区", "Regions")] = ()
    first: Annotated[Measure, about("首件/首重", "First")] = 1
    first_fee: Annotated[Fee, about("首费", "Fee for the first", "money")] = 0
    step: Annotated[Measure, about("续件/续重", "Step")] = 1
    step_fee: Annotated[Fee, about("续费", "Fee for each step", "money")] = 0

    def fee(self, measure: int) -> int:
        """Fen."""
        return self.first_fee + self.step_fee * -(-max(0, measure - self.first) // self.step)


class FreightTerms(Struct, frozen=True, kw_only=True):
    """`rates`: of those that name a region on the way to the place, the one that names the narrowest; else the one without regions."""

    name: Annotated[Name, about("名称", "Name")]
    is_free: Annotated[bool, about("包邮", "Free")] = False
    kind: Annotated[FeeKind, about("计费方式", "Reckoned", labels=KIND_LABELS)] = FeeKind.PIECES
    rates: Annotated[tuple[Rate, ...], Meta(max_length=100), about("运费", "Rates")] = ()


class Freight(FreightTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    def find_rate(self, place: Sequence[str]) -> Rate | None:
        """Of a place by its regions from the province down; an unknown place has the usual one."""
        for region in reversed(place):
            for rate in self.rates:
                if region in rate.regions:
                    return rate
        return next((rate for rate in self.rates if not rate.regions), None)

    def fee(self, *, pieces: int, grams: int, amount: int, place: Sequence[str]) -> int:
        """Fen for a parcel of so many pieces, of that weight and worth."""
        rate = None if self.is_free else self.find_rate(place)
        measures = {FeeKind.PIECES: pieces, FeeKind.WEIGHT: grams, FeeKind.AMOUNT: amount}
        return 0 if rate is None else rate.fee(measures[self.kind])


FREIGHTS = Noun(area="mall", name="freights", zh="运费模板", en="Freight templates", made=Freight, terms=FreightTerms)


class FreightUses(Protocol):
    """Who names freight templates."""

    async def has_goods_sent_by(self, freight_id: int) -> bool: ...


class FreightRules(Rules[Freight]):
    """No region twice; what goods name stays."""

    def __init__(self, uses: FreightUses):
        self._uses = uses

    async def check(self, after: Freight, before: Freight | None) -> None:
        regions = [region for rate in after.rates for region in rate.regions or ("",)]
        if len(set(regions)) < len(regions):
            raise InvalidInput({"rates": ["repeated"]})

    async def check_unused(self, made: Freight) -> None:
        if await self._uses.has_goods_sent_by(made.id):
            raise InUse("goods")
