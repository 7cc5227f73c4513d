"""What machines ask: health, and the API's description."""
from __future__ import annotations

from handlers.bidding.dialect import BiddingDialect
from handlers.ops import description, health, metrics
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="ops",
    prefix="",
    dialect=BiddingDialect(),
    chapters=(Chapter("Health", health.routes), Chapter("Metrics", metrics.routes), Chapter("Description", description.routes)),
)
