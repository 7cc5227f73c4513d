"""唯一编号、短链接"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.mall.tools.short_links import HostNotAllowed, ShortLinkMissing
from server.domain.mall.tools.unique_ids import TooManyKinds
from server.domain.paces import DRAWINGS
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.replies import Redirect
from server.web.routing import Routes

routes = Routes(LOOSE)
common_routes = Routes(LOOSE)
short_routes = Routes(LOOSE)


class OfKind(Struct):
    type: Annotated[str, Meta(max_length=64, description="类型，每种类型独立编号")] = ""


@routes.get("/uniqueId/get", access=ANYONE, raises=(TooManyKinds,))
async def take_unique_id(call: Call, query: OfKind) -> int:
    """获取唯一编号

    Each is given out once; of each type from 1, without gaps."""
    return await call.services.mall.tools.unique_ids.take_next(query.type)


class LongUrl(Struct):
    url: Annotated[str, Meta(max_length=2000, description="长链接地址")]


@common_routes.post("/short-url/shorten", access=ANYONE, pace=DRAWINGS, raises=(HostNotAllowed,))
async def shorten(call: Call, body: LongUrl) -> str:
    """长链接转短链接

    To hosts that the shop allows. The same address has the same link."""
    return await call.services.mall.tools.short_links.shorten(body.url, call.origin)


@short_routes.get("/{code}", access=ANYONE, raises=(ShortLinkMissing,))
async def follow(call: Call, code: str) -> Redirect:
    """打开短链接"""
    return Redirect(await call.services.mall.tools.short_links.follow(code, call.origin))
