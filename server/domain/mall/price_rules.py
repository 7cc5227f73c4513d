"""Rules that change what a basket costs: pure, each on what those before it have left."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.wares import Ware


class Line(Struct, frozen=True, kw_only=True):
    """So many pieces of one ware. `inviter_id`: who recommended it."""

    ware: Ware
    number: int
    inviter_id: int | None = None


class Effect(Struct, frozen=True, kw_only=True):
    """What one rule has changed: so many fen of each row and of the freight, negative where it took something off.

    `source_id` is the coupon, the card, the bargain that it comes from; `points` are spent for it.
    """

    kind: PriceKind
    name: str = ""
    source_id: int | None = None
    rows: tuple[int, ...]
    freight: int = 0
    points: int = 0

    @property
    def amount(self) -> int:
        return sum(self.rows) + self.freight


def change_by(effects: Iterable[Effect], *kinds: PriceKind) -> int:
    """Fen that rules of these kinds have added together, negative where they took something off."""
    return sum(effect.amount for effect in effects if effect.kind in kinds)


class Rows(Struct, frozen=True):
    """What is left to pay for each line, and for the freight."""

    lines: tuple[Line, ...]
    amounts: tuple[int, ...]
    freight: int = 0

    @property
    def total(self) -> int:
        return sum(self.amounts) + self.freight

    def bound(self, effect: Effect) -> Effect:
        """What of it is possible: nothing goes below zero."""
        rows = tuple(max(change, -amount) for change, amount in zip(effect.rows, self.amounts, strict=True))
        return replace(effect, rows=rows, freight=max(effect.freight, -self.freight))

    def after(self, effect: Effect) -> Rows:
        amounts = tuple(amount + change for amount, change in zip(self.amounts, effect.rows, strict=True))
        return Rows(self.lines, amounts, self.freight + effect.freight)

    def take(self, amount: int, indexes: Iterable[int] | None = None) -> tuple[int, ...]:
        """So many fen off these rows (None: all), no more than they have, by what each has; as an effect has it."""
        chosen = set(range(len(self.amounts)) if indexes is None else indexes)
        weights = [have if index in chosen else 0 for index, have in enumerate(self.amounts)]
        return tuple(-part for part in spread(min(amount, sum(weights)), weights))


class PriceRule(Protocol):
    """One thing that changes what a basket costs."""

    @property
    def kind(self) -> PriceKind:
        """By which its turn comes."""

    def apply(self, rows: Rows) -> Effect | None:
        """What it changes of what is left; None: nothing. The same for the same rows."""


class FixedPrice(Struct, frozen=True, kw_only=True):
    """A piece of each line costs this, before its options, where that is less than without it; None: the line is not meant. For bargains
    and groups."""

    kind: PriceKind
    name: str = ""
    source_id: int | None = None
    prices: tuple[int | None, ...]

    def apply(self, rows: Rows) -> Effect | None:
        changes = []
        for line, amount, price in zip(rows.lines, rows.amounts, self.prices, strict=True):
            options = line.ware.unit_price - line.ware.price
            changes.append(0 if price is None else min(0, (price + options) * line.number - amount))
        return Effect(kind=self.kind, name=self.name, source_id=self.source_id, rows=tuple(changes))


class AdditionalPrices(Struct, frozen=True):
    """What goods say is added to them by one name; `goods`: what the pieces of each line cost, of which a percentage is."""

    name: str
    goods: tuple[int, ...]

    @property
    def kind(self) -> PriceKind:
        return PriceKind.ADDITIONAL

    def apply(self, rows: Rows) -> Effect | None:
        added = tuple(
            sum(one.reckon(amount, line.number) for one in line.ware.additional_prices if one.name == self.name)
            for line, amount in zip(rows.lines, self.goods, strict=True)
        )
        return Effect(kind=self.kind, name=self.name, rows=added)


class FreightRule(Struct, frozen=True):
    """What sending costs."""

    amount: int

    @property
    def kind(self) -> PriceKind:
        return PriceKind.FREIGHT

    def apply(self, rows: Rows) -> Effect | None:
        return Effect(kind=self.kind, rows=(0,) * len(rows.lines), freight=self.amount)


def spread(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """So many fen by these weights, none lost: what is left after rounding down goes by single fen to the largest remainders, the first of
    equals first. Of a total that is no more than the weights together nobody gets more than its weight."""
    whole = sum(weights)
    if whole == 0:
        return (0,) * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return tuple(parts)
