"""What operators do, each area in a document of its own, the log of it, and what machines ask: health, and the API's description."""
from __future__ import annotations

from handlers.bidding.dialect import BiddingDialect
from handlers.ops import audits, changes, description, door, health, metrics, notices, pictures
from handlers.ops.dialect import OPS_DIALECT
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="ops",
    prefix="",
    dialect=BiddingDialect(),
    chapters=(
        Chapter("Health", health.routes),
        Chapter("Metrics", metrics.routes),
        Chapter("Description", description.routes),
        Chapter("Payments", notices.routes),
    ),
)

DOOR = Document(name="ops-door", prefix="/api/ops/auth", dialect=OPS_DIALECT, chapters=(Chapter("操作员登录", door.routes),))

LOG = Document(
    name="ops-log",
    prefix="/api/ops",
    dialect=OPS_DIALECT,
    chapters=(Chapter("操作日志", changes.routes), Chapter("持续审计", audits.routes), Chapter("图片", pictures.routes)),
)
