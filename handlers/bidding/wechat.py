"""微信 management: the shop's WeChat contact."""
from __future__ import annotations

from server.domain.auctions.storefront import WechatContact
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


@routes.get("/wechat", access=ANYONE)
async def get_wechat_contact(call: Call) -> WechatContact:
    """展示微信号和二维码"""
    return await call.services.auctions.storefront.get_wechat_contact()
