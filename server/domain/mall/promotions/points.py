"""Points: what they buy, and what is given for. Rules are the staff's."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.price_rules import Effect, Rows
from server.domain.nouns import Noun, NumberId, Revision, about

MOST = 10**9

Pieces = Annotated[int, Meta(ge=1, le=MOST)]
Remark = Annotated[str, Meta(max_length=200)]


class Worth(int, Enum):
    """What points become, as the document numbers it."""

    MONEY = 0
    GROWTH = 1


WORTH_LABELS = {Worth.MONEY: ("抵扣金额（分）", "Money off, fen"), Worth.GROWTH: ("兑换成长值", "Growth")}


class DeductionTerms(Struct, frozen=True, kw_only=True):
    """So many points are worth so many fen, or so much growth; as often as there are enough, where it `repeats`."""

    kind: Annotated[Worth, about("用途", "Become", labels=WORTH_LABELS)] = Worth.MONEY
    points: Annotated[Pieces, about("积分", "Points")]
    worth: Annotated[Pieces, about("金额（分）或成长值", "Fen or growth")]
    repeats: Annotated[bool, about("可叠加", "Repeats")] = True
    remark: Annotated[Remark, about("备注", "Remark")] = ""


class Deduction(DeductionTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    def spend(self, points: int, most: int) -> tuple[int, int]:
        """What of so many points is spent, and what it is worth, where no more than `most` is wanted."""
        if points < self.points or most <= 0:
            return 0, 0
        if not self.repeats:
            return self.points, min(self.worth, most)
        times = min(points // self.points, most // self.worth)
        return self.points * times, self.worth * times


def spend_best(rules: Sequence[Deduction], points: int, most: int) -> tuple[int, int]:
    """By the rule that brings most for so many points, for fewer points where two bring the same."""
    return max((rule.spend(points, most) for rule in rules), key=lambda found: (found[1], -found[0]), default=(0, 0))


class PointsPrice(Struct, frozen=True, kw_only=True):
    """So many points as a rule of a price: off the goods and what is added to them, not off the freight."""

    rules: tuple[Deduction, ...]
    points: int

    @property
    def kind(self) -> PriceKind:
        return PriceKind.POINTS

    def apply(self, rows: Rows) -> Effect | None:
        points, worth = spend_best(self.rules, self.points, sum(rows.amounts))
        return Effect(kind=self.kind, rows=rows.take(worth), points=points) if worth else None


class GiftTerms(Struct, frozen=True, kw_only=True):
    """What is given points for: `code` names it; no more than `daily` a day (0: any number)."""

    code: Annotated[Annotated[str, Meta(min_length=1, max_length=64)], about("编码", "Code")]
    points: Annotated[Pieces, about("积分", "Points")]
    daily: Annotated[Annotated[int, Meta(ge=0, le=1000)], about("每日上限次数", "Times a day")] = 0


class Gift(GiftTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


GOOD_REVIEW, SHARED_TO_GROUP = "goodReputation", "shareWxaGroup"
GIFT_WORDS = {GOOD_REVIEW: "好评送", SHARED_TO_GROUP: "分享到微信群送"}


class SignTerms(Struct, frozen=True, kw_only=True):
    """From so many days running on, a sign-in brings this."""

    days: Annotated[Annotated[int, Meta(ge=1, le=3660)], about("连续天数", "Days running")]
    points: Annotated[Pieces, about("积分", "Points")]
    remark: Annotated[Remark, about("备注", "Remark")] = ""


class SignRule(SignTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


def points_for(rules: Sequence[SignRule], running: int) -> int:
    """Of the rule for the most days that were reached."""
    reached = [rule for rule in rules if rule.days <= running]
    return max(reached, key=lambda rule: rule.days).points if reached else 0


class VoucherState(int, Enum):
    """What became of it."""

    OPEN = 0
    EXCHANGED = 1
    VOID = 2


VOUCHER_LABELS = {
    VoucherState.OPEN: ("未兑换", "Open"),
    VoucherState.EXCHANGED: ("已兑换", "Exchanged"),
    VoucherState.VOID: ("已作废", "Void"),
}


class VoucherTerms(Struct, frozen=True, kw_only=True):
    """`until`: how long it can be exchanged; None: always."""

    points: Annotated[Pieces, about("积分", "Points")]
    until: Annotated[datetime | None, about("截止时间", "Until")] = None
    remark: Annotated[Remark, about("备注", "Remark")] = ""


class Voucher(VoucherTerms, frozen=True, kw_only=True):
    """Whoever has the number exchanges it for points, once."""

    id: NumberId
    revision: Revision = 0
    number: Annotated[str, about("券号", "Number")] = ""
    state: Annotated[VoucherState, about("状态", "State", labels=VOUCHER_LABELS)] = VoucherState.OPEN
    user_id: Annotated[int | None, about("兑换人", "Exchanged by")] = None
    exchanged_at: Annotated[datetime | None, about("兑换时间", "Exchanged at")] = None

    def become(self, **changes: object) -> Voucher:
        return replace(self, revision=self.revision + 1, **changes)


DEDUCTIONS = Noun(
    area="mall",
    name="points-deductions",
    zh="积分抵扣规则",
    en="What points are worth",
    made=Deduction,
    terms=DeductionTerms,
    label="id",
    searched=("remark",),
    sorted=("id", "points"),
    filtered=("kind",),
)

GIFTS = Noun(
    area="mall",
    name="points-gifts",
    zh="积分赠送规则",
    en="What points are given for",
    made=Gift,
    terms=GiftTerms,
    label="code",
    searched=("code",),
    sorted=("id", "code"),
    filtered=("code",),
)

SIGN_RULES = Noun(
    area="mall",
    name="sign-rules",
    zh="签到规则",
    en="Rules of signing in",
    made=SignRule,
    terms=SignTerms,
    label="days",
    searched=("remark",),
    sorted=("id", "days"),
    order=("days", "id"),
)
