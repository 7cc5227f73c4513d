"""The staff's management of the mall. Money in fen."""
from __future__ import annotations

from handlers.ops import (
    delivery_notes,
    mall_campaigns,
    mall_claims,
    mall_codes,
    mall_community,
    mall_content,
    mall_day,
    mall_distribution,
    mall_imports,
    mall_messaging,
    mall_pictures,
    mall_promotions,
    mall_sidelines,
    mall_tools,
    mall_wallet,
)
from handlers.ops.dialect import OPS_DIALECT
from handlers.ops.nouns import noun_routes
from server.domain.mall.adjustments import ADJUSTMENTS
from server.domain.mall.banners import AD_POSITIONS, BANNERS
from server.domain.mall.categories import CATEGORIES
from server.domain.mall.freights import FREIGHTS
from server.domain.mall.goods.counts import COUNTS
from server.domain.mall.goods.desk import GOODS
from server.domain.mall.goods.intakes import INTAKES
from server.domain.mall.goods.reviews import REVIEWS
from server.domain.mall.goods.wishes import RESTOCK_WISHES
from server.domain.mall.member_desk import MEMBERS
from server.domain.mall.notices import NOTICES
from server.domain.mall.orders.desk import ORDERS
from server.domain.mall.payments.desk import PAYMENTS
from server.domain.mall.payments.transfers import TRANSFERS
from server.domain.mall.settings import SETTINGS
from server.domain.mall.shops import SHOPS
from server.web.access import BOOKKEEPER, SHOP_STAFF
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="mall-ops",
    prefix="/api/ops/mall",
    dialect=OPS_DIALECT,
    chapters=(
        Chapter("商品", noun_routes(GOODS, lambda services: services.mall.window.goods_desk, changes=SHOP_STAFF, has_own_import=True)),
        Chapter("商品导入", mall_imports.routes),
        Chapter("图片", mall_pictures.routes),
        Chapter("库存", noun_routes(COUNTS, lambda services: services.mall.window.stock, changes=SHOP_STAFF)),
        Chapter("入库记录", noun_routes(INTAKES, lambda services: services.mall.window.intakes, changes=SHOP_STAFF)),
        Chapter("商品分类", noun_routes(CATEGORIES, lambda services: services.mall.window.categories, changes=SHOP_STAFF)),
        Chapter("运费模板", noun_routes(FREIGHTS, lambda services: services.mall.window.freights, changes=SHOP_STAFF)),
        Chapter("门店", noun_routes(SHOPS, lambda services: services.mall.window.shop_desk, changes=SHOP_STAFF)),
        Chapter("商品评价", noun_routes(REVIEWS, lambda services: services.mall.window.reviews, changes=SHOP_STAFF)),
        Chapter("到货登记", noun_routes(RESTOCK_WISHES, lambda services: services.mall.window.wishes, changes=SHOP_STAFF)),
        Chapter("轮播图", noun_routes(BANNERS, lambda services: services.mall.window.banner_desk, changes=SHOP_STAFF)),
        Chapter("广告位", noun_routes(AD_POSITIONS, lambda services: services.mall.window.ad_position_desk, changes=SHOP_STAFF)),
        Chapter("公告", noun_routes(NOTICES, lambda services: services.mall.window.notice_desk, changes=SHOP_STAFF)),
        Chapter("系统参数", noun_routes(SETTINGS, lambda services: services.mall.window.setting_desk, changes=SHOP_STAFF)),
        Chapter("订单", noun_routes(ORDERS, lambda services: services.mall.ordering.order_desk, changes=SHOP_STAFF)),
        Chapter("发货单", delivery_notes.routes),
        Chapter("支付", noun_routes(PAYMENTS, lambda services: services.mall.ordering.payment_desk, changes=BOOKKEEPER)),
        *mall_campaigns.CHAPTERS,
        *mall_claims.CHAPTERS,
        *mall_distribution.CHAPTERS,
        Chapter("验证码", mall_codes.routes),
        Chapter("会员", noun_routes(MEMBERS, lambda services: services.mall.member_desk, changes=SHOP_STAFF)),
        Chapter("钱包调整", noun_routes(ADJUSTMENTS, lambda services: services.mall.adjustments, changes=BOOKKEEPER)),
        *mall_promotions.CHAPTERS,
        *mall_community.CHAPTERS,
        *mall_content.CHAPTERS,
        Chapter("日结", mall_day.routes),
        *mall_tools.CHAPTERS,
        *mall_messaging.CHAPTERS,
        *mall_wallet.CHAPTERS,
        *mall_sidelines.CHAPTERS,
        Chapter("支付宝转账", noun_routes(TRANSFERS, lambda services: services.mall.alipay.transfer_desk, changes=BOOKKEEPER)),
    ),
)
