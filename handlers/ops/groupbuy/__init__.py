"""Operators' management of the group-buy catalogue, in the bidding document's envelope. Money in fen."""
from __future__ import annotations

from handlers.bidding.dialect import ERRORS, BiddingDialect
from handlers.ops.groupbuy import areas, categories, offers, price_ranges, shops
from server.domain.groupbuy.offers import OfferChanged, WrongState
from server.domain.groupbuy.trees import InUse
from server.web.dialect import Failure
from server.web.routing import Chapter, Document

MORE_ERRORS: dict[type[Exception], Failure] = {
    WrongState: Failure(409, "wrong_state", "团购商品处于状态 {state}，不允许此操作", "Not possible while the offer is in state {state}"),
    OfferChanged: Failure(409, "changed_meanwhile", "已被他人修改，请刷新后重试", "Somebody changed it meanwhile; look again"),
    InUse: Failure(409, "in_use", "仍在使用中，不允许此操作", "Not possible while it is in use"),
}

DOCUMENT = Document(
    name="groupbuy-ops",
    prefix="/api/ops/groupbuy",
    dialect=BiddingDialect(ERRORS | MORE_ERRORS),
    chapters=(
        Chapter("团购商品", offers.routes),
        Chapter("团购分类", categories.routes),
        Chapter("团购地区", areas.routes),
        Chapter("价格区间", price_ranges.routes),
        Chapter("店铺", shops.routes),
    ),
)
