"""Browser pages: each is a template in static/pages and a script of the same name in static/js."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from handlers.bidding.catalogue import CatalogueQuery, list_catalogue
from handlers.bidding.group import get_current_categories, list_open_groups
from server.web.call import Call
from server.web.pages import Missing, PageRoute, Thing

STATIC = Path(__file__).resolve().parent.parent / "static"
TEMPLATES = STATIC / "pages"

LOTS_SHOWN = 60  # at first, as the landing page's script asks

NO_PAGE = Missing(("没有这个页面", "There is no such page"), ("返回本期竞拍", "To the current auction"), "/")
NO_LOT = Missing(("没有这件拍品", "There is no such lot"), ("返回列表", "Back to the lots"), "/")
NO_GROUP = Missing(("没有这一期", "There is no such issue"), ("查看往期成交", "See past results"), "/history")
NO_OFFER = Missing(("这件团购商品不存在或已下架", "This offer does not exist or was taken down"), ("全部团购", "All offers"), "/groupbuy")

LOT = Thing(lambda call, number: call.services.auctions.sale.get_current_price(number), NO_LOT)
GROUP = Thing(lambda call, number: call.services.auctions.groups.get_group(number), NO_GROUP)
OFFER = Thing(lambda call, number: call.services.groupbuy.catalogue.get_entry(number), NO_OFFER)


async def current_lots(call: Call) -> dict[str, Any]:
    """The open groups, the current one and its first lots. Raises NotFound while there is no group."""
    group = await get_current_categories(call)
    lots = await list_catalogue(call, group.id, CatalogueQuery(limit=LOTS_SHOWN))
    return {
        "/api/group/category": group,
        "/api/group/open": await list_open_groups(call),
        f"/api/group/catalogue/{group.id}?page=1&limit={LOTS_SHOWN}": lots,
    }


PAGES = (
    PageRoute("/", "index", bring=current_lots),
    PageRoute("/goods/([0-9]+)", "goods", LOT),
    PageRoute("/my", "my"),
    PageRoute("/history", "history"),
    PageRoute("/history/([0-9]+)", "history_group", GROUP),
    PageRoute("/sign-in", "sign_in"),
    PageRoute("/register", "register"),
    PageRoute("/account", "account"),
    PageRoute("/groupbuy", "groupbuy"),
    PageRoute("/groupbuy/([0-9]+)", "groupbuy_offer", OFFER),
    PageRoute("/docs", "docs"),
    PageRoute("/console", "console"),
)
