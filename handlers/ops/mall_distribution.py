"""The staff's management of distribution."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.distribution.desk import COMMISSIONS, SELLER_CITIES, SELLER_TEAMS, SELLERS
from server.web.access import BOOKKEEPER, SHOP_STAFF
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("分销商", noun_routes(SELLERS, lambda services: services.mall.distribution.seller_desk, changes=SHOP_STAFF)),
    Chapter("佣金", noun_routes(COMMISSIONS, lambda services: services.mall.distribution.commission_desk, changes=BOOKKEEPER)),
    Chapter("分销团队", noun_routes(SELLER_TEAMS, lambda services: services.mall.distribution.team_desk, changes=SHOP_STAFF)),
    Chapter("城市合伙人", noun_routes(SELLER_CITIES, lambda services: services.mall.distribution.city_desk, changes=SHOP_STAFF)),
)
