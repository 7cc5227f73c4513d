"""What buying goods brings, on the terms of the moment when they are ordered: to who buys them, and to who recommended them."""
from __future__ import annotations

from enum import Enum

from msgspec import Struct

FEN_PER_YUAN, WHOLE = 100, 100  # percent


class GivenBy(int, Enum):
    """How the points for buying a goods are reckoned, as the document numbers it."""

    PIECE = 0
    PERCENT = 1


GIVEN_LABELS = {GivenBy.PIECE: ("每件（积分）", "Points a piece"), GivenBy.PERCENT: ("实付金额（元）的百分比", "Percent of the yuan paid")}


class CommissionKind(int, Enum):
    """What a goods itself gives to who recommended it, as the document numbers it."""

    NONE = 0
    POINTS = 1
    MONEY = 2


COMMISSION_KIND_LABELS = {
    CommissionKind.NONE: ("无", "None"),
    CommissionKind.POINTS: ("积分", "Points"),
    CommissionKind.MONEY: ("现金（分）", "Money, fen"),
}


class Earned(Struct, frozen=True):
    """Points and growth."""

    points: int = 0
    growth: int = 0

    def plus(self, other: Earned) -> Earned:
        return Earned(self.points + other.points, self.growth + other.growth)

    def minus(self, other: Earned) -> Earned:
        return Earned(self.points - other.points, self.growth - other.growth)


NOTHING = Earned()


class Earning(Struct, frozen=True, kw_only=True):
    """What pieces bring to who buys them: points as `by` says, and `growth` percent of the yuan that are paid."""

    points: int = 0
    by: GivenBy = GivenBy.PIECE
    growth: int = 0

    def reckon(self, paid: int, number: int) -> Earned:
        """For so many pieces that so many fen were paid for; rounded down."""
        points = self.points * number if self.by is GivenBy.PIECE else paid * self.points // (FEN_PER_YUAN * WHOLE)
        return Earned(points, paid * self.growth // (FEN_PER_YUAN * WHOLE))


class OwnCommission(Struct, frozen=True, kw_only=True):
    """What each piece brings to who recommended the goods: points or fen. It stands in the place of the percentage of the first level."""

    kind: CommissionKind = CommissionKind.NONE
    amount: int = 0

    def reckon(self, paid: int, number: int) -> tuple[int, int]:
        """Fen and points for so many pieces; no more fen than were paid for them."""
        whole = self.amount * number
        return min(paid, whole) if self.kind is CommissionKind.MONEY else 0, whole if self.kind is CommissionKind.POINTS else 0

    @property
    def is_any(self) -> bool:
        return self.kind is not CommissionKind.NONE and self.amount > 0
