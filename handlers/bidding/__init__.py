"""The bidding API: what the mini-program calls."""
from __future__ import annotations

from handlers.bidding import auth, banners, catalogue, group, history, live, wechat
from handlers.bidding.dialect import BiddingDialect
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="bidding",
    prefix="/api",
    dialect=BiddingDialect(),
    chapters=(
        Chapter("Banner 管理", banners.routes),
        Chapter("团购", group.routes),
        Chapter("拍品目录", catalogue.routes),
        Chapter("往期团购", history.routes),
        Chapter("微信 management", wechat.routes),
        Chapter("登录授权", auth.routes),
        Chapter("实时", live.routes),
    ),
)
