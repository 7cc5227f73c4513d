"""The staff's management of bargains and group buying."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.campaigns.desk import BARGAIN_RUNS, BARGAINS, BUYER_GROUPS, GROUP_OFFERS
from server.web.access import BOOKKEEPER, SHOP_STAFF
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("砍价", noun_routes(BARGAINS, lambda services: services.mall.campaigns.bargain_desk, changes=SHOP_STAFF)),
    Chapter("砍价记录", noun_routes(BARGAIN_RUNS, lambda services: services.mall.campaigns.run_desk, changes=SHOP_STAFF)),
    Chapter("拼团", noun_routes(GROUP_OFFERS, lambda services: services.mall.campaigns.offer_desk, changes=SHOP_STAFF)),
    Chapter("拼团记录", noun_routes(BUYER_GROUPS, lambda services: services.mall.campaigns.group_desk, changes=BOOKKEEPER)),
)
