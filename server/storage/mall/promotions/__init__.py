"""What lowers prices and rewards members, in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.mall.promotions.activity_pages import ActivityPage
from server.domain.mall.promotions.coupon_papers import CouponMerge
from server.domain.mall.promotions.coupon_rules import CouponRule
from server.domain.mall.promotions.level_rules import Level, LevelPrice
from server.domain.mall.promotions.points import Deduction, Gift, SignRule
from server.storage.mall.promotions.cards import MongoCards
from server.storage.mall.promotions.coupons import MongoCouponCodes, MongoCoupons
from server.storage.mall.promotions.earnings import MongoEarnings
from server.storage.mall.promotions.levels import MongoLevelGifts, MongoMemberships, MongoPurchases
from server.storage.mall.promotions.points import MongoShares, MongoSigns, MongoVouchers
from server.storage.table import Table


@dataclass(frozen=True)
class PromotionStores:
    """The stores of the theme."""

    coupon_rules: Table[CouponRule]
    coupons: MongoCoupons
    coupon_codes: MongoCouponCodes
    coupon_merges: Table[CouponMerge]
    deductions: Table[Deduction]
    gifts: Table[Gift]
    sign_rules: Table[SignRule]
    signs: MongoSigns
    shares: MongoShares
    vouchers: MongoVouchers
    levels: Table[Level]
    level_prices: Table[LevelPrice]
    memberships: MongoMemberships
    level_gifts: MongoLevelGifts
    purchases: MongoPurchases
    cards: MongoCards
    activity_pages: Table[ActivityPage]
    earnings: MongoEarnings

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> PromotionStores:
        return cls(
            coupon_rules=Table(database, "mall_coupon_rules", CouponRule),
            coupons=MongoCoupons(database),
            coupon_codes=MongoCouponCodes(database),
            coupon_merges=Table(database, "mall_coupon_merges", CouponMerge),
            deductions=Table(database, "mall_points_deductions", Deduction),
            gifts=Table(database, "mall_points_gifts", Gift),
            sign_rules=Table(database, "mall_sign_rules", SignRule),
            signs=MongoSigns(database),
            shares=MongoShares(database),
            vouchers=MongoVouchers(database),
            levels=Table(database, "mall_levels", Level),
            level_prices=Table(database, "mall_level_prices", LevelPrice),
            memberships=MongoMemberships(database),
            level_gifts=MongoLevelGifts(database),
            purchases=MongoPurchases(database),
            cards=MongoCards(database),
            activity_pages=Table(database, "mall_activity_pages", ActivityPage),
            earnings=MongoEarnings(database),
        )
