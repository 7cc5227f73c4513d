"""Banner 管理."""
from __future__ import annotations

from server.domain.auctions.storefront import Banner
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


@routes.get("/banners", access=ANYONE)
async def list_banners(call: Call) -> list[Banner]:
    """banner 列表"""
    return await call.services.auctions.storefront.list_banners()
