"""What lowers prices and rewards members in the mall, as its staff manages it."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.promotions.activity_pages import ACTIVITY_PAGES
from server.domain.mall.promotions.cards import CARDS
from server.domain.mall.promotions.coupon_desk import COUPON_CODES, COUPON_RULES, COUPONS
from server.domain.mall.promotions.coupon_papers import MERGES
from server.domain.mall.promotions.earnings import EARNINGS
from server.domain.mall.promotions.level_rules import LEVEL_PRICES, LEVELS
from server.domain.mall.promotions.levels import LEVEL_GIFTS, MEMBERSHIPS, PURCHASES
from server.domain.mall.promotions.points import DEDUCTIONS, GIFTS, SIGN_RULES
from server.domain.mall.promotions.points_service import VOUCHERS
from server.web.access import BOOKKEEPER, SHOP_STAFF
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("优惠券规则", noun_routes(COUPON_RULES, lambda services: services.mall.promotions.coupon_rule_desk, changes=SHOP_STAFF)),
    Chapter("会员优惠券", noun_routes(COUPONS, lambda services: services.mall.promotions.coupon_desk, changes=SHOP_STAFF)),
    Chapter("优惠券券号", noun_routes(COUPON_CODES, lambda services: services.mall.promotions.coupon_code_desk, changes=SHOP_STAFF)),
    Chapter("优惠券合成", noun_routes(MERGES, lambda services: services.mall.promotions.coupon_merge_desk, changes=SHOP_STAFF)),
    Chapter("积分抵扣规则", noun_routes(DEDUCTIONS, lambda services: services.mall.promotions.deduction_desk, changes=SHOP_STAFF)),
    Chapter("积分赠送规则", noun_routes(GIFTS, lambda services: services.mall.promotions.gift_desk, changes=SHOP_STAFF)),
    Chapter("签到规则", noun_routes(SIGN_RULES, lambda services: services.mall.promotions.sign_rule_desk, changes=SHOP_STAFF)),
    Chapter("积分券", noun_routes(VOUCHERS, lambda services: services.mall.promotions.voucher_desk, changes=BOOKKEEPER)),
    Chapter("会员等级", noun_routes(LEVELS, lambda services: services.mall.promotions.level_desk, changes=SHOP_STAFF)),
    Chapter("会员等级价格", noun_routes(LEVEL_PRICES, lambda services: services.mall.promotions.level_price_desk, changes=SHOP_STAFF)),
    Chapter("会员资格", noun_routes(MEMBERSHIPS, lambda services: services.mall.promotions.membership_desk, changes=SHOP_STAFF)),
    Chapter("会员每月赠送", noun_routes(LEVEL_GIFTS, lambda services: services.mall.promotions.level_gift_desk, changes=SHOP_STAFF)),
    Chapter("会员购买记录", noun_routes(PURCHASES, lambda services: services.mall.promotions.purchase_desk, changes=SHOP_STAFF)),
    Chapter("储值卡", noun_routes(CARDS, lambda services: services.mall.promotions.card_desk, changes=BOOKKEEPER)),
    Chapter("消费返", noun_routes(EARNINGS, lambda services: services.mall.promotions.earning_desk, changes=SHOP_STAFF)),
    Chapter("活动页面", noun_routes(ACTIVITY_PAGES, lambda services: services.mall.promotions.activity_page_desk, changes=SHOP_STAFF)),
)
