"""优惠券: which there are to be taken, and what members do with theirs."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.dialect import MallDialect
from handlers.mall.failures.promotions import TAKING
from handlers.mall.goods.goods import Ids, ids_in
from handlers.mall.shapes import DocumentTime, Yuan, document_time, listed, optional_time, yuan
from server.domain.mall.ledger import NotEnoughPoints
from server.domain.mall.promotions.coupon_papers import CouponMerge, MergePart
from server.domain.mall.promotions.coupon_rules import CouponRule, CouponTally, CutKind
from server.domain.mall.promotions.coupon_taking import (
    CouponCodeWrong,
    CouponCosts,
    CouponLimitReached,
    CouponPasswordWrong,
    CouponsClosed,
    CouponsGone,
    MergeMissing,
    ReceiverMissing,
    RuleMissing,
    SignDaysShort,
    WrongCoupons,
)
from server.domain.mall.promotions.coupons import OVER, SOURCE_LABELS, STATE_LABELS, Coupon, CouponMissing
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE, MallDialect(TAKING))

TAKEN, MADE = (0, "消耗"), (1, "产生")
AT_ONCE, FROM_A_DAY = 1, 0
UNTIL_A_DAY, FOR_DAYS = 0, 1
CATEGORY, GOODS = 0, 1
STATUSES = {**{state.value: zh for state, (zh, _) in STATE_LABELS.items()}, OVER: "已过期"}

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Word = Annotated[str, Meta(max_length=64)]


class CouponRuleShape(Struct, omit_defaults=True, kw_only=True):
    """Some names are spelled as clients read them. `pwd` stands where a password is asked for, `money` is in yuan or percent."""

    id: int
    name: str
    type: str
    moneyType: int
    moneyMin: Yuan
    moneyMax: Yuan
    moneyHreshold: Yuan
    numberTotle: int
    numberLeft: int
    numberGit: int
    numberGitNumber: int
    numberUsed: int
    numberPersonMax: int
    needScore: int
    needAmount: Yuan
    needSignedContinuous: int
    pwd: str | None = None
    dateStartType: int
    dateStart: DocumentTime | None = None
    dateEndType: int
    dateEndDays: int | None = None
    dateEnd: DocumentTime | None = None
    endTime: DocumentTime | None = None
    onlyFreight: bool
    shopId: int
    refId: str | None = None
    showInFront: bool
    status: int
    statusStr: str

    @classmethod
    def of(cls, pair: tuple[CouponRule, CouponTally]) -> CouponRuleShape:
        rule, tally = pair
        until = optional_time(rule.valid_until)
        return cls(
            id=rule.id,
            name=rule.name,
            type=rule.kind,
            moneyType=rule.cut.value,
            moneyMin=worth(rule.cut, rule.least),
            moneyMax=worth(rule.cut, rule.most),
            moneyHreshold=yuan(rule.threshold),
            numberTotle=rule.total,
            numberLeft=max(0, rule.total - tally.given),
            numberGit=tally.given,
            numberGitNumber=tally.given,
            numberUsed=tally.used,
            numberPersonMax=rule.per_person,
            needScore=rule.points,
            needAmount=yuan(rule.price),
            needSignedContinuous=rule.sign_days,
            pwd="Y" if rule.password else None,
            dateStartType=AT_ONCE if rule.valid_from is None else FROM_A_DAY,
            dateStart=optional_time(rule.valid_from),
            dateEndType=FOR_DAYS if rule.valid_days else UNTIL_A_DAY,
            dateEndDays=rule.valid_days or None,
            dateEnd=until,
            endTime=until,
            onlyFreight=rule.only_freight,
            shopId=rule.shop_id,
            refId=rule.reference or None,
            showInFront=rule.is_shown,
            status=0 if rule.is_open else 1,
            statusStr="正常" if rule.is_open else "停止发放",
        )


def worth(cut: CutKind, money: int) -> float:
    """Yuan, or percent."""
    return yuan(money) if cut is CutKind.AMOUNT else float(money)


class CouponShape(Struct, omit_defaults=True, kw_only=True):
    """`pid` is its rule."""

    id: int
    pid: int
    name: str
    type: str
    money: float
    moneyType: int
    moneyHreshold: Yuan
    dateStart: DocumentTime
    dateEnd: DocumentTime
    source: str
    shopId: int
    onlyFreight: bool
    status: int
    statusStr: str

    @classmethod
    def of(cls, coupon: Coupon, status: int) -> CouponShape:
        zh, _ = SOURCE_LABELS[coupon.source]
        return cls(
            id=coupon.id,
            pid=coupon.rule_id,
            name=coupon.name,
            type=coupon.kind,
            money=worth(coupon.cut, coupon.money),
            moneyType=coupon.cut.value,
            moneyHreshold=yuan(coupon.threshold),
            dateStart=document_time(coupon.starts_at),
            dateEnd=document_time(coupon.ends_at),
            source=zh,
            shopId=coupon.shop_id,
            onlyFreight=coupon.only_freight,
            status=status,
            statusStr=STATUSES[status],
        )


def shown(call: Call, coupon: Coupon) -> CouponShape:
    """As it is at this moment."""
    return CouponShape.of(coupon, OVER if coupon.is_over_at(call.services.clock.now()) else coupon.state.value)


# ---- to be taken


class RulesQuery(Struct):
    """`ids`: those, listed or not."""

    type: Word | None = None
    refId: Word | None = None
    shopId: Annotated[int, Meta(ge=0, le=LARGEST_ID)] | None = None
    ids: Ids | None = None


@routes.get("/discounts/coupons", access=ANYONE, raises=())
async def list_coupon_rules(call: Call, query: RulesQuery) -> list[CouponRuleShape]:
    """获取可领取优惠券列表"""
    ids = None if query.ids is None else sorted(ids_in(query.ids, "ids"))
    rules = await call.services.mall.promotions.coupons.list_rules(ids)
    wanted = [pair for pair in rules if query.type in (None, pair[0].kind) and query.refId in (None, pair[0].reference)]
    return listed([pair for pair in wanted if query.shopId in (None, pair[0].shop_id)], CouponRuleShape.of)


class OneRule(Struct):
    id: Id


class RefShape(Struct):
    type: int
    refId: int


class RuleDetailShape(Struct, omit_defaults=True):
    """Without `couponRefs` it is for all goods."""

    info: CouponRuleShape
    couponRefs: list[RefShape] | None = None


@routes.get("/discounts/detail", access=ANYONE, raises=(RuleMissing,))
async def get_coupon_rule(call: Call, query: OneRule) -> RuleDetailShape:
    """优惠券规格详情"""
    rule, tally = await call.services.mall.promotions.coupons.get_rule(query.id)
    refs = [*(RefShape(CATEGORY, one) for one in rule.category_ids), *(RefShape(GOODS, one) for one in rule.goods_ids)]
    return RuleDetailShape(CouponRuleShape.of((rule, tally)), refs or None)


class Taking(Struct):
    """`detect`: only whether it could be taken."""

    id: Id
    pwd: Annotated[str, Meta(max_length=256, description="优惠券口令")] | None = None
    detect: bool = False


TAKING_RAISES = (
    RuleMissing, CouponsClosed, CouponPasswordWrong, CouponsGone, CouponLimitReached, SignDaysShort, NotEnoughPoints, CouponCosts
)


@routes.post("/discounts/fetch", access=SIGNED_IN, raises=TAKING_RAISES)
async def take_coupon(call: Call, body: Taking) -> CouponShape | None:
    """领取优惠券

    With 30002 `data` is what has to be paid for it, in yuan."""
    coupons = call.services.mall.promotions.coupons
    coupon = await coupons.take(call.caller.id, body.id, body.pwd or "", is_trial=body.detect)
    return None if coupon is None else shown(call, coupon)


class Exchange(Struct):
    number: Word
    pwd: Annotated[str, Meta(max_length=256)] | None = None


@routes.post("/discounts/exchange", access=SIGNED_IN, raises=(CouponCodeWrong, CouponsClosed))
async def exchange_coupon(call: Call, body: Exchange) -> CouponShape:
    """使用优惠券的券号密码兑换优惠券"""
    return shown(call, await call.services.mall.promotions.coupons.exchange(call.caller.id, body.number.strip(), (body.pwd or "").strip()))


# ---- one's own


class CouponsQuery(Struct):
    status: Annotated[str, Meta(max_length=20, description="0 正常 1 失效 2 过期 3 已使用；多个用英文逗号分割")] | None = None


@routes.get("/discounts/my", access=SIGNED_IN, raises=())
async def list_coupons(call: Call, query: CouponsQuery) -> list[CouponShape]:
    """我的优惠券"""
    wanted = ids_in(query.status, "status")
    coupons = [shown(call, one) for one in await call.services.mall.promotions.coupons.list_coupons(call.caller.id)]
    return listed([one for one in coupons if not wanted or one.status in wanted], lambda one: one)


class Sending(Struct):
    id: Id
    uid: Id | None = None
    mobile: Annotated[str, Meta(max_length=20)] | None = None


@routes.post("/discounts/send", access=SIGNED_IN, raises=(CouponMissing, ReceiverMissing))
async def send_coupon(call: Call, body: Sending) -> None:
    """赠送优惠券"""
    await call.services.mall.promotions.coupons.send(call.caller.id, body.id, body.uid, body.mobile or "")


class MergePartShape(Struct):
    type: int
    typeStr: str
    couponId: int
    couponName: str
    number: int

    @classmethod
    def of(cls, part: MergePart, kind: tuple[int, str], rules: Mapping[int, CouponRule]) -> MergePartShape:
        rule = rules.get(part.rule_id)
        return cls(*kind, part.rule_id, rule.name if rule else "", part.number)


class MergeShape(Struct):
    id: int
    name: str
    rules: list[MergePartShape]

    @classmethod
    def of(cls, pair: tuple[CouponMerge, Mapping[int, CouponRule]]) -> MergeShape:
        merge, rules = pair
        taken = [MergePartShape.of(part, TAKEN, rules) for part in merge.taken]
        return cls(merge.id, merge.name, [*taken, *(MergePartShape.of(part, MADE, rules) for part in merge.made)])


@routes.get("/discounts/merge/list", access=ANYONE, raises=())
async def list_coupon_merges(call: Call) -> list[MergeShape]:
    """优惠券合成规则"""
    return listed(await call.services.mall.promotions.coupons.list_merges(), MergeShape.of)


class Merging(Struct):
    """`couponIds`: of one's own coupons, all that are taken."""

    mergeId: Id
    couponIds: Ids


@routes.post("/discounts/merge", access=SIGNED_IN, raises=(MergeMissing, CouponMissing, WrongCoupons, CouponsGone))
async def merge_coupons(call: Call, body: Merging) -> None:
    """合成优惠券"""
    ids = sorted(ids_in(body.couponIds, "couponIds"))
    await call.services.mall.promotions.coupons.merge(call.caller.id, body.mergeId, ids)
