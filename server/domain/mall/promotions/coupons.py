"""Coupons: what members have, and what it takes off a price."""
from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.errors import Conflict, NotFound
from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.price_rules import Effect, Line, Rows
from server.domain.mall.promotions.coupon_rules import CUT_LABELS, PERCENT, CouponRule, CouponTally, CutKind, Scope
from server.domain.nouns import NounStore, NumberId, Revision, about
from server.domain.transactions import Transaction


class CouponMissing(NotFound):
    """There is no such coupon, or it is somebody else's."""


class CouponUnusable(Conflict):
    """The coupon that is named is not the buyer's, is used or over, or is not for what is ordered."""


class CouponBelowThreshold(Conflict):
    """What is ordered costs less than the coupon asks: `threshold` fen."""

    def __init__(self, threshold: int):
        super().__init__(threshold)
        self.threshold = threshold


class CouponState(int, Enum):
    """As the document numbers them, but for 2: a coupon whose time is over."""

    GOOD = 0
    VOID = 1
    USED = 3


OVER = 2
STATE_LABELS = {CouponState.GOOD: ("正常", "Good"), CouponState.VOID: ("失效", "Void"), CouponState.USED: ("已使用", "Used")}


class CouponSource(str, Enum):
    """How a member came by it."""

    TAKEN = "taken"
    BOUGHT = "bought"
    EXCHANGED = "exchanged"  # for a printed number
    GIVEN = "given"  # by the staff
    MERGED = "merged"
    GIFT = "gift"  # of a level


SOURCE_LABELS = {
    CouponSource.TAKEN: ("领取", "Taken"),
    CouponSource.BOUGHT: ("购买", "Bought"),
    CouponSource.EXCHANGED: ("兑换", "Exchanged"),
    CouponSource.GIVEN: ("发放", "Given"),
    CouponSource.MERGED: ("合成", "Merged"),
    CouponSource.GIFT: ("会员赠送", "A level's gift"),
}


class Coupon(Scope, frozen=True, kw_only=True):
    """One, on the terms that its rule had. `points` and `paid` are what `taker_id` gave for it; who has it now is `user_id`.

    `order_id` is the one that used it.
    """

    id: NumberId
    revision: Revision = 1
    rule_id: Annotated[int, about("规则", "Rule", refers_to="mall.coupon-rules")]
    user_id: Annotated[int, about("用户编号", "User")]
    taker_id: Annotated[int, about("领取人编号", "Taken by")]
    name: Annotated[str, about("名称", "Name")]
    kind: Annotated[str, about("类型", "Kind")] = ""
    cut: Annotated[CutKind, about("面值类型", "Takes off", labels=CUT_LABELS)]
    money: Annotated[int, about("面值", "Value")]
    threshold: Annotated[int, about("满多少可用", "From what amount", "money")] = 0
    only_freight: Annotated[bool, about("仅抵运费", "For freight only")] = False
    state: Annotated[CouponState, about("状态", "State", labels=STATE_LABELS)] = CouponState.GOOD
    source: Annotated[CouponSource, about("来源", "Source", labels=SOURCE_LABELS)]
    points: Annotated[int, about("所付积分", "Points for it")] = 0
    paid: Annotated[int, about("所付金额", "Paid for it", "money")] = 0
    starts_at: Annotated[datetime, about("生效时间", "Good from")]
    ends_at: Annotated[datetime, about("失效时间", "Good until")]
    taken_at: Annotated[datetime, about("领取时间", "Taken at")]
    order_id: Annotated[int | None, about("订单", "Order", refers_to="mall.orders")] = None
    used_at: Annotated[datetime | None, about("使用时间", "Used at")] = None

    @classmethod
    def of(
        cls, rule: CouponRule, id: int, user_id: int, source: CouponSource, now: datetime, *, points: int = 0, paid: int = 0
    ) -> Coupon:
        starts_at, ends_at = rule.validity_at(now)
        return cls(
            id=id,
            rule_id=rule.id,
            user_id=user_id,
            taker_id=user_id,
            name=rule.name,
            kind=rule.kind,
            cut=rule.cut,
            money=rule.least + secrets.randbelow(rule.most - rule.least + 1),
            threshold=rule.threshold,
            only_freight=rule.only_freight,
            source=source,
            points=points,
            paid=paid,
            starts_at=starts_at,
            ends_at=ends_at,
            taken_at=now,
            goods_ids=rule.goods_ids,
            category_ids=rule.category_ids,
            shop_id=rule.shop_id,
        )

    def is_good_at(self, now: datetime) -> bool:
        return self.state is CouponState.GOOD and self.starts_at <= now < self.ends_at

    def is_over_at(self, now: datetime) -> bool:
        return self.state is CouponState.GOOD and self.ends_at <= now

    def become(self, **changes: object) -> Coupon:
        return replace(self, revision=self.revision + 1, **changes)


class CouponPrice(Struct, frozen=True, kw_only=True):
    """A coupon as a rule of a price; `rows` are the lines that it is for."""

    coupon: Coupon
    rows: tuple[int, ...]

    @property
    def kind(self) -> PriceKind:
        return PriceKind.COUPON

    def check(self, goods: Sequence[int]) -> None:
        """Of what the pieces of each line cost. Raises CouponUnusable and CouponBelowThreshold."""
        if not self.rows:
            raise CouponUnusable()
        if sum(goods[index] for index in self.rows) < self.coupon.threshold:
            raise CouponBelowThreshold(self.coupon.threshold)

    def apply(self, rows: Rows) -> Effect | None:
        """Off the goods that it is for, or off the freight. Raises what `check` raises."""
        self.check(rows.goods)
        coupon = self.coupon
        whole = rows.freight if coupon.only_freight else sum(rows.amounts[index] for index in self.rows)
        amount = coupon.money if coupon.cut is CutKind.AMOUNT else (whole * coupon.money + PERCENT // 2) // PERCENT
        taken = (0,) * len(rows.lines) if coupon.only_freight else rows.take(amount, self.rows)
        freight = -min(amount, rows.freight) if coupon.only_freight else 0
        return Effect(kind=self.kind, name=coupon.name, source_id=coupon.id, rows=taken, freight=freight)


class Categories(Protocol):
    """The tree of categories."""

    async def list_under(self, category_ids: Sequence[int]) -> frozenset[int]:
        """These and all below them."""


async def rows_for(scope: Scope, lines: Sequence[Line], categories: Categories) -> tuple[int, ...]:
    """The lines that it is good for."""
    under = await categories.list_under(scope.category_ids)

    def is_meant(line: Line) -> bool:
        ware = line.ware
        is_named = scope.is_for_all or ware.choice.goods_id in scope.goods_ids or ware.category_id in under
        return is_named and scope.shop_id in (0, ware.shop_id)

    return tuple(index for index, line in enumerate(lines) if is_meant(line))


class CouponStore(NounStore[Coupon], Protocol):
    """Where coupons are kept, and how many there are of each rule."""

    async def find_coupon(self, coupon_id: int, within: Transaction | None = None) -> Coupon | None: ...

    async def next_ids(self, count: int) -> list[int]: ...

    async def list_of(self, user_id: int, most: int) -> list[Coupon]:
        """All that somebody has or had, the newest first."""

    async def count_taken(self, rule_id: int, taker_id: int, within: Transaction | None = None) -> int:
        """Taken or bought by that person, whatever became of them."""

    async def find_last_taken(self, rule_id: int, taker_id: int, within: Transaction) -> Coupon | None:
        """By that person, and not bought."""

    async def find_tallies(self, rule_ids: Sequence[int]) -> dict[int, CouponTally]:
        """One for each of them."""

    async def give(self, rule_id: int, number: int, most: int, within: Transaction) -> bool:
        """Counts so many more as given, if they are no more than that together. Who does it for one rule is one after the other."""

    async def note_used(self, rule_id: int, number: int, within: Transaction) -> None: ...
