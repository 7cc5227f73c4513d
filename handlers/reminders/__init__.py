"""How bidders who are away are reached, in the bidding document's words."""
from __future__ import annotations

from handlers.bidding.dialect import BiddingDialect
from handlers.reminders import reach
from server.web.routing import Chapter, Document

DOCUMENT = Document(name="reminders", prefix="/api/reminders", dialect=BiddingDialect(), chapters=(Chapter("提醒", reach.routes),))
