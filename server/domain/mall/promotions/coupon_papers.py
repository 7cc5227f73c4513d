"""Printed coupons, and merges: what becomes a coupon, and what coupons become."""
from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.errors import InvalidInput
from server.domain.mall.categories import Name
from server.domain.mall.promotions.coupon_rules import CouponRule
from server.domain.nouns import Noun, NounStore, NumberId, Revision, Rules, about
from server.domain.transactions import Transaction

MOST_OF_A_KIND = 100


class CodeState(int, Enum):
    """What became of it."""

    OPEN = 0
    EXCHANGED = 1
    VOID = 2


CODE_LABELS = {
    CodeState.OPEN: ("未兑换", "Open"),
    CodeState.EXCHANGED: ("已兑换", "Exchanged"),
    CodeState.VOID: ("已作废", "Void"),
}


class CouponCode(Struct, frozen=True, kw_only=True):
    """A printed number with its password, which whoever has it exchanges for a coupon, once."""

    id: NumberId
    revision: Revision = 1
    number: Annotated[str, about("券号", "Number")]
    password: Annotated[str, about("密码", "Password")]
    rule_id: Annotated[int, about("规则", "Rule", refers_to="mall.coupon-rules")]
    state: Annotated[CodeState, about("状态", "State", labels=CODE_LABELS)] = CodeState.OPEN
    printed_at: Annotated[datetime, about("生成时间", "Printed at")]
    coupon_id: Annotated[int | None, about("优惠券", "Coupon", refers_to="mall.coupons")] = None
    exchanged_at: Annotated[datetime | None, about("兑换时间", "Exchanged at")] = None

    def become(self, **changes: object) -> CouponCode:
        return replace(self, revision=self.revision + 1, **changes)


class CouponCodeStore(NounStore[CouponCode], Protocol):
    """Where printed numbers are kept."""

    async def find_code(self, number: str, within: Transaction | None = None) -> CouponCode | None: ...

    async def add_many(self, made: list[CouponCode], changes: None = None, within: Transaction | None = None) -> None: ...

    async def next_ids(self, count: int) -> list[int]: ...


class MergePart(Struct, frozen=True, kw_only=True):
    """So many coupons of a rule."""

    rule_id: Annotated[Annotated[int, Meta(ge=1, le=2**53 - 1)], about("优惠券规则", "Rule", refers_to="mall.coupon-rules")]
    number: Annotated[Annotated[int, Meta(ge=1, le=MOST_OF_A_KIND)], about("数量", "Number")] = 1


Parts = Annotated[tuple[MergePart, ...], Meta(min_length=1, max_length=20)]


class MergeTerms(Struct, frozen=True, kw_only=True):
    """Who gives all that is `taken` gets all that is `made` of it."""

    name: Annotated[Name, about("名称", "Name")]
    taken: Annotated[Parts, about("消耗", "Takes", "list")]
    made: Annotated[Parts, about("合成", "Makes", "list")]
    is_open: Annotated[bool, about("开放", "Open")] = True


class CouponMerge(MergeTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


class CouponRuleStore(Protocol):
    """Rules by their ids."""

    async def find(self, id: int) -> CouponRule | None: ...


class MergeRules(Rules[CouponMerge]):
    """Names rules that there are, each once a side."""

    def __init__(self, rules: CouponRuleStore, inner: Rules[CouponMerge]):
        self._rules = rules
        self._inner = inner

    async def check(self, after: CouponMerge, before: CouponMerge | None) -> None:
        for name, parts in (("taken", after.taken), ("made", after.made)):
            ids = [part.rule_id for part in parts]
            if len(set(ids)) < len(ids):
                raise InvalidInput({name: ["repeated"]})
            if any([await self._rules.find(id) is None for id in ids]):
                raise InvalidInput({name: ["unknown"]})

    async def note_changed(self) -> None:
        await self._inner.note_changed()


MERGES = Noun(
    area="mall",
    name="coupon-merges",
    zh="优惠券合成",
    en="Merges of coupons",
    made=CouponMerge,
    terms=MergeTerms,
    filtered=("is_open",),
)
