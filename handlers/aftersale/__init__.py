"""What winners and bidders do after the sale, in the bidding document's words."""
from __future__ import annotations

from handlers.aftersale import second_offers, settlements
from handlers.aftersale.dialect import AFTERSALE_DIALECT
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="aftersale",
    prefix="/api",
    dialect=AFTERSALE_DIALECT,
    chapters=(
        Chapter("成交结算", settlements.routes),
        Chapter("二次邀约", second_offers.routes),
    ),
)
