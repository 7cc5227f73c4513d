"""The part of the mall that lowers prices and rewards members: coupons, points, levels, cards, activity pages."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.accounts.wechat_login import Codes
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Ledger
from server.domain.mall.orders.promotions import Promotion
from server.domain.mall.payments.service import Purpose
from server.domain.mall.promotions.activity_pages import ACTIVITY_PAGES, ActivityPageRules, ActivityPageService
from server.domain.mall.promotions.audit import PromotionAudit
from server.domain.mall.promotions.cards import CardDesk, CardService
from server.domain.mall.promotions.coupon_desk import CouponCodeDesk, CouponDesk, CouponRuleDesk
from server.domain.mall.promotions.coupon_papers import MERGES, MergeRules
from server.domain.mall.promotions.coupon_rules import CouponRule, CouponRuleRules
from server.domain.mall.promotions.coupon_taking import COUPONS, CouponPurpose, CouponService, Receivers
from server.domain.mall.promotions.coupon_use import CouponPromotion
from server.domain.mall.promotions.coupons import Categories
from server.domain.mall.promotions.earnings import EARNINGS, EarningPromotion
from server.domain.mall.promotions.level_rules import LEVEL_PRICES, LEVELS, Level, LevelPriceRules, LevelRules
from server.domain.mall.promotions.levels import (
    LEVEL_GIFTS,
    LEVELS_SOLD,
    MEMBERSHIPS,
    PURCHASES,
    LevelPurpose,
    LevelService,
)
from server.domain.mall.promotions.points import DEDUCTIONS, GIFTS, SIGN_RULES
from server.domain.mall.promotions.points_service import PointsService, VoucherDesk
from server.domain.mall.promotions.points_use import PointsPromotion
from server.domain.mall.promotions.shares import ShareService
from server.domain.mall.promotions.signs import SignService
from server.domain.mall.promotions.standings import Standings
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.services import PromotionServices
from server.storage.mall import MallStores

LOOKING_SECONDS = 5.0  # between rounds of renewals and gifts of levels


@dataclass(frozen=True)
class Promoting(Area):
    """The services; what they bring to ordering; and what goes on beside requests."""

    services: PromotionServices
    kinds: tuple[Promotion, ...]
    purposes: Mapping[int, Purpose]
    looking: Rounds

    async def start(self) -> None:
        self.looking.start()

    async def stop(self) -> None:
        await self.looking.stop()


@dataclass(frozen=True)
class LevelFurniture:
    """Levels as everybody asks for them, and who is of which."""

    kept: Furniture[Level]
    standings: Standings


def build_standings(stores: MallStores, ground: Ground) -> LevelFurniture:
    """Needs nothing but the stores: the window asks for it."""
    levels = Furniture(stores.promotions.levels, "rank")
    return LevelFurniture(levels, Standings(levels, stores.promotions.memberships, stores.ledger, ground.clock))


def build_promotions(
    stores: MallStores,
    levels: LevelFurniture,
    categories: Categories,
    receivers: Receivers,
    codes: Codes,
    ledger: Ledger,
    ground: Ground,
) -> Promoting:
    """Not yet started."""
    clock, transactions, kept = ground.clock, ground.transactions, stores.promotions
    rules, merges = Furniture[CouponRule](kept.coupon_rules, "sort"), Furniture(kept.coupon_merges)
    deductions, gifts, sign_rules = Furniture(kept.deductions), Furniture(kept.gifts), Furniture(kept.sign_rules, "days")
    prices, activity_pages = Furniture(kept.level_prices, "price"), Furniture(kept.activity_pages)
    signs = SignService(kept.signs, sign_rules, ledger, transactions, clock)
    coupons = CouponService(
        kept.coupons, kept.coupon_rules, rules, merges, kept.coupon_codes, signs, receivers, ledger, transactions, clock
    )
    coupon_use, points_use = CouponPromotion(kept.coupons, categories, clock), PointsPromotion(deductions, ledger)
    cards = CardService(kept.cards, categories, clock)
    level_service = LevelService(
        levels.standings,
        prices,
        kept.memberships,
        kept.level_gifts,
        kept.purchases,
        rules,
        coupons,
        kept.coupons,
        stores.ledger,
        ledger,
        transactions,
        clock,
    )
    services = PromotionServices(
        coupons=coupons,
        coupon_use=coupon_use,
        points=PointsService(kept.vouchers, kept.vouchers, deductions, gifts, ledger, transactions, clock),
        points_use=points_use,
        signs=signs,
        shares=ShareService(kept.shares, codes, receivers, gifts, ledger, transactions, clock),
        standings=levels.standings,
        levels=level_service,
        cards=cards,
        activity_pages=ActivityPageService(activity_pages),
        coupon_rule_desk=CouponRuleDesk(
            kept.coupon_rules, CouponRuleRules(rules.rules()), kept.coupons, kept.coupon_codes, receivers, transactions, clock
        ),
        coupon_desk=CouponDesk(kept.coupons, clock),
        coupon_code_desk=CouponCodeDesk(kept.coupon_codes, clock),
        coupon_merge_desk=NounService(MERGES, kept.coupon_merges, clock, MergeRules(kept.coupon_rules, merges.rules())),
        deduction_desk=NounService(DEDUCTIONS, kept.deductions, clock, deductions.rules()),
        gift_desk=NounService(GIFTS, kept.gifts, clock, gifts.rules()),
        sign_rule_desk=NounService(SIGN_RULES, kept.sign_rules, clock, sign_rules.rules()),
        voucher_desk=VoucherDesk(kept.vouchers, clock),
        level_desk=NounService(LEVELS, kept.levels, clock, LevelRules(kept.levels, levels.kept.rules())),
        level_price_desk=NounService(LEVEL_PRICES, kept.level_prices, clock, LevelPriceRules(kept.levels, prices.rules())),
        membership_desk=NounService(MEMBERSHIPS, kept.memberships, clock),
        level_gift_desk=NounService(LEVEL_GIFTS, kept.level_gifts, clock),
        purchase_desk=NounService(PURCHASES, kept.purchases, clock),
        card_desk=CardDesk(kept.cards, receivers, transactions, clock),
        earning_desk=NounService(EARNINGS, kept.earnings, clock),
        activity_page_desk=NounService(ACTIVITY_PAGES, kept.activity_pages, clock, ActivityPageRules(activity_pages.rules())),
    )
    purposes: dict[int, Purpose] = {COUPONS: CouponPurpose(coupons), LEVELS_SOLD: LevelPurpose(level_service)}
    looking = Rounds("looking after levels", level_service.look_after, LOOKING_SECONDS)
    earnings = EarningPromotion(kept.earnings, stores.orders, stores.ledger, ledger, clock)
    return Promoting(services, (coupon_use, points_use, cards, earnings), purposes, looking)


def build_promotion_audit(stores: MallStores) -> PromotionAudit:
    """Needs nothing but the stores."""
    kept = stores.promotions
    return PromotionAudit(
        kept.coupon_rules,
        kept.coupons,
        kept.signs,
        kept.shares,
        kept.vouchers,
        kept.purchases,
        kept.level_gifts,
        kept.cards,
        kept.earnings,
        stores.orders,
        stores.ledger,
    )
