"""The staff's management of the mall. Money in fen."""
from __future__ import annotations

from handlers.ops.dialect import OPS_DIALECT
from handlers.ops.nouns import noun_routes
from server.domain.mall.adjustments import ADJUSTMENTS
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="mall-ops",
    prefix="/api/ops/mall",
    dialect=OPS_DIALECT,
    chapters=(Chapter("钱包调整", noun_routes(ADJUSTMENTS, lambda services: services.mall.adjustments)),),
)
