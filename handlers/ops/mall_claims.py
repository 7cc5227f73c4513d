"""The staff's management of what comes after the sale in the mall."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.claims.desk import CLAIMS, REFUNDS
from server.domain.mall.payments.repayment_desk import REPAYMENTS
from server.web.access import BOOKKEEPER
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("售后", noun_routes(CLAIMS, lambda services: services.mall.claims.desk, changes=BOOKKEEPER)),
    Chapter("退款记录", noun_routes(REFUNDS, lambda services: services.mall.claims.refund_desk, changes=BOOKKEEPER)),
    Chapter("原路退款", noun_routes(REPAYMENTS, lambda services: services.mall.claims.repayment_desk, changes=BOOKKEEPER)),
)
