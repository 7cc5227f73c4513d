"""The staff's work on small things, and on who may ask at the gate."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.gate.merchants import MERCHANTS
from server.domain.mall.gate.messages import MESSAGE_TEMPLATES
from server.domain.mall.tools.bar_codes import PRODUCTS
from server.domain.mall.tools.json_rows import JSON_ROWS
from server.domain.mall.tools.short_links import LINK_HOSTS, SHORT_LINKS
from server.web.access import ADMIN, SHOP_STAFF
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("Json 数据", noun_routes(JSON_ROWS, lambda services: services.mall.tools.json_row_desk, changes=SHOP_STAFF)),
    Chapter("短链接域名", noun_routes(LINK_HOSTS, lambda services: services.mall.tools.link_host_desk, changes=SHOP_STAFF)),
    Chapter("短链接", noun_routes(SHORT_LINKS, lambda services: services.mall.tools.short_link_desk, changes=SHOP_STAFF)),
    Chapter("商品条码", noun_routes(PRODUCTS, lambda services: services.mall.tools.product_desk, changes=SHOP_STAFF)),
    Chapter("网关商户", noun_routes(MERCHANTS, lambda services: services.mall.tools.gate.merchant_desk, changes=ADMIN)),
    Chapter("短信模板", noun_routes(MESSAGE_TEMPLATES, lambda services: services.mall.tools.gate.template_desk, changes=SHOP_STAFF)),
)
