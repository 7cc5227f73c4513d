"""What is published for those who check the sale, in the bidding document's words."""
from __future__ import annotations

from handlers.bidding.dialect import ERRORS, BiddingDialect
from handlers.proof import published
from server.domain.auctions.proof.published import LotNotSettled
from server.web.dialect import Failure
from server.web.routing import Chapter, Document

NOT_SETTLED = Failure(409, "not_settled", "该拍品尚未结束，记录在成交后公布", "The lot is not settled yet; its record is published then")

DOCUMENT = Document(
    name="proof",
    prefix="/api",
    dialect=BiddingDialect(ERRORS | {LotNotSettled: NOT_SETTLED}),
    chapters=(Chapter("公证", published.routes),),
)
