"""What can go wrong with coupons, points, levels, cards and activities."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.domain.mall.ledger import NotEnoughPoints
from server.domain.mall.promotions.activity_pages import ActivityPageMissing
from server.domain.mall.promotions.cards import CardUnusable
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
from server.domain.mall.promotions.coupons import CouponBelowThreshold, CouponMissing, CouponUnusable
from server.domain.mall.promotions.levels import LevelPriceMissing, LowerLevel
from server.domain.mall.promotions.points_service import NothingForPoints, VoucherMissing, VoucherUsed
from server.domain.mall.promotions.shares import (
    GroupUnreadable,
    SessionUnknown,
    SharedBefore,
    ShareLimitReached,
    SharerMissing,
    SharingUnreadable,
)
from server.domain.mall.promotions.signs import AlreadySigned
from server.domain.mall.promotions.standings import LevelMissing
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    RuleMissing: Failure(200, "20004", "优惠券不存在或当前无法领取", "There is no such coupon, or it is not given now"),
    CouponsClosed: Failure(200, "20004", "当前状态无法领取", "It is not given now"),
    CouponPasswordWrong: Failure(200, "20000", "优惠券口令不正确", "This is not the coupon's password"),
    CouponsGone: Failure(200, "20001", "可领取数量不足", "All of them are given"),
    CouponLimitReached: Failure(200, "20003", "每人限领 {most} 张", "One person may have {most} of them"),
    SignDaysShort: Failure(200, "40000", "需要连续签到 {days} 天，无法领取", "It is for who has signed in on {days} days running"),
    CouponCosts: Failure(200, "30002", "该优惠券需要付费购买", "This coupon is paid for"),
    CouponCodeWrong: Failure(200, "20000", "券号或密码不正确，或已被兑换", "There is no such coupon with that password, or it was exchanged"),
    CouponMissing: Failure(200, "20000", "该优惠券不存在", "There is no such coupon"),
    ReceiverMissing: Failure(200, "30000", "用户不存在", "There is no such user"),
    MergeMissing: Failure(200, "20000", "合成规则不存在", "There is no such merge"),
    WrongCoupons: Failure(200, "20000", "所选优惠券不符合合成规则", "These are not the coupons that are merged"),
    CouponUnusable: Failure(200, "30000", "无法使用选择的优惠券", "The coupon cannot be used here"),
    CouponBelowThreshold: Failure(200, "30001", "消费金额不满足使用优惠券条件", "The goods cost less than the coupon asks"),
    CardUnusable: Failure(200, "30000", "无法使用选择的储值卡", "The card cannot be used here"),
    AlreadySigned: Failure(200, "10000", "今日已签到", "Signed in today already"),
    VoucherMissing: Failure(200, "700", "券号不正确", "There is no such voucher"),
    VoucherUsed: Failure(200, "20000", "该积分券已使用或已失效", "The voucher was used or is over"),
    NothingForPoints: Failure(200, "20000", "积分不足以兑换成长值", "So many points are worth no growth"),
    LevelMissing: Failure(200, "404", "会员等级不存在", "There is no such level"),
    LevelPriceMissing: Failure(200, "404", "该会员等级不可购买", "Nothing is sold at that price"),
    LowerLevel: Failure(200, "20000", "您当前的会员等级更高", "You are of a higher level"),
    ActivityPageMissing: Failure(200, "700", "活动不存在", "There is no such activity"),
    SharerMissing: Failure(200, "10000", "邀请人不存在", "Who is said to have shared it is nobody"),
    SessionUnknown: Failure(200, "10002", "sessionKey过期，请重新调用登录接口", "The session is over; please sign in again"),
    SharingUnreadable: Failure(200, "10010", "encryptedData 或者 iv 错误", "The sealed data cannot be read"),
    GroupUnreadable: Failure(200, "10003", "无法获取微信群 openGId", "The sealed data names no group"),
    SharedBefore: Failure(200, "10004", "同一个群，一天内重复转发不赠送积分", "It was shared to that group today"),
    ShareLimitReached: Failure(200, "10005", "当日分享赠送积分已达上限", "Nothing more is given for sharing today"),
}

# What the document numbers otherwise where coupons are taken, and where an order is placed.
TAKING: dict[type[Exception], Failure] = {NotEnoughPoints: Failure(200, "30001", "积分不足", "There are not enough points")}
PLACING: dict[type[Exception], Failure] = {NotEnoughPoints: Failure(200, "70001", "积分不足", "There are not enough points")}

# Clients ask for a payment of so many yuan.
DATA: dict[type[Exception], Callable[[Any], Any]] = {CouponCosts: lambda error: error.price / 100}


def text_again(error: Exception, text: str) -> Any:
    """For the page of vouchers, which looks for the text there."""
    return {"msg": text}
