"""Coupon rules: what coupons take off, who gets how many of them, and for what. Money in fen."""
from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput
from server.domain.mall.categories import IdOrNone, Name, Sort
from server.domain.nouns import NumberId, Revision, Rules, about

MOST_CUT = 10**9
MOST_COUPONS = 10**7
MOST_DAYS = 3660
PERCENT = 100

Cut = Annotated[int, Meta(ge=0, le=MOST_CUT)]
Days = Annotated[int, Meta(ge=0, le=MOST_DAYS)]
Ids = Annotated[tuple[Annotated[int, Meta(ge=1, le=2**53 - 1)], ...], Meta(max_length=500)]


class CutKind(int, Enum):
    """What the number on a coupon is, as the document numbers it."""

    AMOUNT = 0
    PERCENT = 1  # that is taken off


CUT_LABELS = {CutKind.AMOUNT: ("金额（分）", "An amount, fen"), CutKind.PERCENT: ("减免百分比", "Percent taken off")}


class Scope(Struct, frozen=True, kw_only=True):
    """What a coupon or a card is good for: these goods and what is in these categories; all goods if neither is named. `shop_id` 0: any."""

    goods_ids: Annotated[Ids, about("适用商品", "For goods", "list")] = ()
    category_ids: Annotated[Ids, about("适用分类", "For categories", "list")] = ()
    shop_id: Annotated[IdOrNone, about("适用门店", "For the shop", refers_to="mall.shops")] = 0

    @property
    def is_for_all(self) -> bool:
        return not (self.goods_ids or self.category_ids)


class CouponTerms(Scope, frozen=True, kw_only=True):
    """Each coupon takes off between `least` and `most`, drawn when it is given. `total` are given in all, `per_person` to one (0: any).

    Who takes one gives `points` and pays `price` for it, and has signed in on so many days running. It is good from the moment it is
    taken, not before `valid_from`, until `valid_until` or for `valid_days`.
    """

    name: Annotated[Name, about("名称", "Name")]
    kind: Annotated[Annotated[str, Meta(max_length=64)], about("类型", "Kind")] = ""
    cut: Annotated[CutKind, about("面值类型", "Takes off", labels=CUT_LABELS)] = CutKind.AMOUNT
    least: Annotated[Cut, about("最小面值", "At least")]
    most: Annotated[Cut, about("最大面值", "At most")]
    threshold: Annotated[Cut, about("满多少可用", "From what amount", "money")] = 0
    total: Annotated[Annotated[int, Meta(ge=1, le=MOST_COUPONS)], about("总数量", "In all")]
    per_person: Annotated[Annotated[int, Meta(ge=0, le=MOST_COUPONS)], about("每人限领", "Per person")] = 1
    points: Annotated[Cut, about("所需积分", "Points for it")] = 0
    price: Annotated[Cut, about("售价", "Price", "money")] = 0
    sign_days: Annotated[Days, about("所需连续签到天数", "Days signed in running")] = 0
    password: Annotated[Annotated[str, Meta(max_length=64)], about("口令", "Password")] = ""
    only_freight: Annotated[bool, about("仅抵运费", "For freight only")] = False
    valid_from: Annotated[datetime | None, about("生效时间", "Valid from")] = None
    valid_until: Annotated[datetime | None, about("失效时间", "Valid until")] = None
    valid_days: Annotated[Days, about("有效天数", "Valid for days")] = 0
    reference: Annotated[Annotated[str, Meta(max_length=64)], about("关联对象", "Refers to")] = ""
    is_shown: Annotated[bool, about("前台显示", "Listed")] = True
    is_open: Annotated[bool, about("可领取", "May be taken")] = True
    sort: Annotated[Sort, about("排序", "Order")] = 0


class CouponRule(CouponTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    def is_given_at(self, now: datetime) -> bool:
        """Whether anybody may take one, as far as its own terms go."""
        return self.is_open and (self.valid_until is None or now < self.valid_until)

    def validity_at(self, now: datetime) -> tuple[datetime, datetime]:
        """From when until when a coupon is good that is given now."""
        begins = now if self.valid_from is None else max(now, self.valid_from)
        return begins, self.valid_until or begins + timedelta(days=self.valid_days)


class CouponTally(Struct, frozen=True, kw_only=True):
    """How many coupons of a rule are given, printed ones too, and how many of them orders have used."""

    id: int  # the rule's
    given: int = 0
    used: int = 0


class CouponRuleRules(Rules[CouponRule]):
    """A coupon takes something off, for a time."""

    def __init__(self, inner: Rules[CouponRule]):
        self._inner = inner

    async def note_changed(self) -> None:
        await self._inner.note_changed()

    async def check(self, after: CouponRule, before: CouponRule | None) -> None:
        problems: dict[str, list[str]] = {}
        if not 1 <= after.least <= after.most:
            problems["most"] = [f"at_least:{max(1, after.least)}"]
        if after.cut is CutKind.PERCENT and after.most > PERCENT:
            problems["most"] = [f"at_most:{PERCENT}"]
        if (after.valid_until is None) == (after.valid_days == 0):
            problems["valid_until"] = ["required" if after.valid_until is None else "not_a_choice"]
        if after.valid_until is not None and after.valid_from is not None and after.valid_until <= after.valid_from:
            problems["valid_until"] = ["not_after_start"]
        if problems:
            raise InvalidInput(problems)
