"""The staff's management of the mall. Money in fen."""
from __future__ import annotations

from handlers.ops.dialect import OPS_DIALECT
from handlers.ops.nouns import noun_routes
from server.domain.mall.adjustments import ADJUSTMENTS
from server.domain.mall.orders.desk import ORDERS
from server.domain.mall.payments.desk import PAYMENTS
from server.web.access import BOOKKEEPER, SHOP_STAFF
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="mall-ops",
    prefix="/api/ops/mall",
    dialect=OPS_DIALECT,
    chapters=(
        Chapter("订单", noun_routes(ORDERS, lambda services: services.mall.ordering.order_desk, changes=SHOP_STAFF)),
        Chapter("支付", noun_routes(PAYMENTS, lambda services: services.mall.ordering.payment_desk, changes=BOOKKEEPER)),
        Chapter("钱包调整", noun_routes(ADJUSTMENTS, lambda services: services.mall.adjustments, changes=BOOKKEEPER)),
    ),
)
