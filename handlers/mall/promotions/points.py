"""积分: signing in, what points are worth and given for, vouchers, growth."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.dialect import MallDialect
from handlers.mall.failures.general import NothingThere
from handlers.mall.failures.promotions import text_again
from handlers.mall.shapes import (
    PAGED,
    WHOLE,
    DocumentTime,
    PageShape,
    PagingBetweenDays,
    document_time,
    listed,
    paged,
    yuan,
)
from handlers.mall.wallets import OTHER_TYPE, WalletLogQuery
from server.domain.mall.ledger import Cause, Entry, EntryQuery, NotEnoughPoints, Purse
from server.domain.mall.promotions.points import GIFT_WORDS, Deduction, Gift, SignRule, Worth
from server.domain.mall.promotions.points_service import NothingForPoints, VoucherMissing, VoucherUsed
from server.domain.mall.promotions.shares import (
    GroupUnreadable,
    SessionUnknown,
    SharedBefore,
    ShareLimitReached,
    SharerMissing,
    SharingUnreadable,
)
from server.domain.mall.promotions.signs import AlreadySigned, Sign
from server.domain.paces import MALL_SIGN_INS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)
voucher_routes = Routes(LOOSE, MallDialect(tell=text_again))

GROWTH_TYPES: dict[Cause, tuple[int, str]] = {
    Cause.POINTS_TO_GROWTH: (0, "积分兑换"),
    Cause.REWARD: (1, "消费返"),
    Cause.ADJUSTMENT: (2, "管理员调整"),
    Cause.REFUND: (3, "退款"),
}

Points = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


# ---- signing in


@routes.post("/score/sign", access=SIGNED_IN, raises=(AlreadySigned,))
async def sign_in_today(call: Call) -> None:
    """签到"""
    await call.services.mall.promotions.signs.sign(call.caller.id)


class SignShape(Struct):
    id: int
    uid: int
    continuous: int
    score: int
    dateAdd: DocumentTime

    @classmethod
    def of(cls, sign: Sign) -> SignShape:
        return cls(sign.id, sign.user_id, sign.running, sign.points, document_time(sign.at))


@routes.get("/score/today-signed", access=SIGNED_IN, raises=())
async def get_sign_of_today(call: Call) -> SignShape:
    """今日签到记录"""
    sign = await call.services.mall.promotions.signs.find_today(call.caller.id)
    if sign is None:
        raise NothingThere()
    return SignShape.of(sign)


@routes.post("/score/sign/logs", access=SIGNED_IN, raises=())
async def page_signs(call: Call, body: PagingBetweenDays) -> PageShape[SignShape]:
    """签到记录"""
    page, signs = body.to_page_query(WHOLE), call.services.mall.promotions.signs
    return paged(await signs.page_signs(call.caller.id, body.first_at, body.last_at, page), page, SignShape.of)


class SignRuleShape(Struct):
    continuous: int
    score: int

    @classmethod
    def of(cls, rule: SignRule) -> SignRuleShape:
        return cls(rule.days, rule.points)


@routes.get("/score/sign/rules", access=ANYONE, raises=())
async def list_sign_rules(call: Call) -> list[SignRuleShape]:
    """获取签到赠送积分规则"""
    return listed(await call.services.mall.promotions.signs.list_rules(), SignRuleShape.of)


# ---- what points are worth


class DeductionsQuery(Struct):
    type: Worth | None = None


class DeductionShape(Struct):
    """`money` in yuan, or growth."""

    id: int
    type: int
    score: int
    money: float
    loop: bool

    @classmethod
    def of(cls, rule: Deduction) -> DeductionShape:
        worth = yuan(rule.worth) if rule.kind is Worth.MONEY else float(rule.worth)
        return cls(rule.id, rule.kind.value, rule.points, worth, rule.repeats)


@routes.get("/score/deduction/rules", access=ANYONE, raises=())
async def list_deductions(call: Call, query: DeductionsQuery) -> list[DeductionShape]:
    """获取积分抵扣规则"""
    return listed(await call.services.mall.promotions.points.list_deductions(query.type), DeductionShape.of)


class GiftsQuery(Struct):
    code: Annotated[str, Meta(max_length=64, description="编码")] | None = None


class GiftShape(Struct, omit_defaults=True):
    id: int
    code: str
    score: int
    codeStr: str | None = None

    @classmethod
    def of(cls, gift: Gift) -> GiftShape:
        return cls(gift.id, gift.code, gift.points, GIFT_WORDS.get(gift.code))


@routes.post("/score/send/rule", access=ANYONE, raises=())
async def list_gifts(call: Call, body: GiftsQuery) -> list[GiftShape]:
    """积分赠送规则"""
    return listed(await call.services.mall.promotions.points.list_gifts(body.code), GiftShape.of)


class Voucher(Struct):
    number: Annotated[str, Meta(min_length=1, max_length=64, description="券号")]


class VoucherShape(Struct):
    score: int


@voucher_routes.post("/score/exchange", access=SIGNED_IN, raises=(VoucherMissing, VoucherUsed))
async def exchange_voucher(call: Call, body: Voucher) -> VoucherShape:
    """积分券兑换积分"""
    return VoucherShape(await call.services.mall.promotions.points.exchange_voucher(call.caller.id, body.number))


SHARING = (SharerMissing, SessionUnknown, SharingUnreadable, GroupUnreadable, SharedBefore, ShareLimitReached)


class Sharing(Struct):
    """`code` of who has opened what was shared."""

    referrer: Annotated[int, Meta(ge=1, le=LARGEST_ID, description="分享人的用户id")]
    encryptedData: Annotated[str, Meta(max_length=10_000)]
    iv: Annotated[str, Meta(max_length=64)]
    code: Annotated[str, Meta(max_length=128)] | None = None


@routes.post("/score/share/wxa/group", access=ANYONE, pace=MALL_SIGN_INS, raises=SHARING)
async def note_shared(call: Call, body: Sharing) -> int:
    """小程序分享到微信群赠送积分"""
    return await call.services.mall.promotions.shares.note_opened(body.referrer, body.code or "", body.iv, body.encryptedData)


# ---- growth


class GrowthShape(Struct, omit_defaults=True, kw_only=True):
    """`growthLeft` as it was after it."""

    id: int
    typeStr: str
    behavior: int
    growth: int
    growthLeft: int
    remark: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, entry: Entry) -> GrowthShape:
        _, words = GROWTH_TYPES.get(entry.cause, OTHER_TYPE)
        return cls(
            id=entry.seq,
            typeStr=words,
            behavior=0 if entry.change.growth > 0 else 1,
            growth=abs(entry.change.growth),
            growthLeft=entry.after.growth,
            remark=entry.remark or None,
            dateAdd=document_time(entry.at),
        )


@routes.post("/growthLog/logs", access=SIGNED_IN, raises=())
async def page_growth(call: Call, body: WalletLogQuery) -> PageShape[GrowthShape]:
    """成长值明细"""
    page = body.to_page_query(PAGED)
    query = EntryQuery(
        user_id=call.caller.id,
        purse=Purse.GROWTH,
        is_income=body.is_income,
        first_at=body.first_at,
        last_at=body.last_at,
    )
    return paged(await call.services.mall.ledger.page_entries(query, page), page, GrowthShape.of)


class GrowthExchange(Struct):
    deductionScore: Points


@routes.post("/growthLog/exchange", access=SIGNED_IN, raises=(NothingForPoints, NotEnoughPoints))
async def exchange_for_growth(call: Call, body: GrowthExchange) -> int:
    """积分兑换成长值: how much growth it brought"""
    return await call.services.mall.promotions.points.exchange_for_growth(call.caller.id, body.deductionScore)
