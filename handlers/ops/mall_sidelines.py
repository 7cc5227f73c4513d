"""The staff's chapters about what is sold and played beside goods."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.sidelines.bombs import BOMB_GAMES
from server.domain.mall.sidelines.couriers import COURIER_DELIVERIES
from server.domain.mall.sidelines.raffles import DRAWS, RAFFLES
from server.domain.mall.sidelines.virtual_goods import PURCHASES, VIRTUAL_GOODS
from server.web.access import SHOP_STAFF
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("虚拟物品", noun_routes(VIRTUAL_GOODS, lambda services: services.mall.sidelines.virtual_goods_desk, changes=SHOP_STAFF)),
    Chapter("虚拟物品购买记录", noun_routes(PURCHASES, lambda services: services.mall.sidelines.purchases, changes=SHOP_STAFF)),
    Chapter("抽奖", noun_routes(RAFFLES, lambda services: services.mall.sidelines.raffle_desk, changes=SHOP_STAFF)),
    Chapter("抽奖记录", noun_routes(DRAWS, lambda services: services.mall.sidelines.draw_desk, changes=SHOP_STAFF)),
    Chapter("数字炸弹", noun_routes(BOMB_GAMES, lambda services: services.mall.sidelines.bomb_games, changes=SHOP_STAFF)),
    Chapter("第三方配送", noun_routes(COURIER_DELIVERIES, lambda services: services.mall.sidelines.couriers, changes=SHOP_STAFF)),
)
