"""Operators' management of the group-buy catalogue. Money in fen."""
from __future__ import annotations

from handlers.ops.dialect import OPS_DIALECT
from handlers.ops.nouns import noun_routes
from server.domain.groupbuy.areas import AREAS
from server.domain.groupbuy.categories import CATEGORIES
from server.domain.groupbuy.desk import OFFERS
from server.domain.groupbuy.price_ranges import PRICE_RANGES
from server.domain.groupbuy.shops import SHOPS
from server.web.access import SHOP_STAFF
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="groupbuy-ops",
    prefix="/api/ops/groupbuy",
    dialect=OPS_DIALECT,
    chapters=(
        Chapter("团购商品", noun_routes(OFFERS, lambda services: services.groupbuy.offers, changes=SHOP_STAFF)),
        Chapter("团购分类", noun_routes(CATEGORIES, lambda services: services.groupbuy.categories, changes=SHOP_STAFF)),
        Chapter("团购地区", noun_routes(AREAS, lambda services: services.groupbuy.areas, changes=SHOP_STAFF)),
        Chapter("价格区间", noun_routes(PRICE_RANGES, lambda services: services.groupbuy.price_ranges, changes=SHOP_STAFF)),
        Chapter("店铺", noun_routes(SHOPS, lambda services: services.groupbuy.shops, changes=SHOP_STAFF)),
    ),
)
