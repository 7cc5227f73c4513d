"""轮播图、广告位"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import absolute, listed
from server.domain.mall.banners import AdPosition, Banner
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)
position_routes = Routes(LOOSE)

Kind = Annotated[str, Meta(max_length=64)]


class BannersQuery(Struct):
    type: Kind | None = None


class BannerShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    type: str
    title: str | None = None
    picUrl: str
    linkUrl: str | None = None
    linkType: int
    appid: str | None = None
    businessId: str | None = None
    paixu: int
    remark: str | None = None
    status: int
    statusStr: str

    @classmethod
    def of(cls, banner: Banner, origin: str) -> BannerShape:
        return cls(
            id=banner.id,
            type=banner.kind,
            title=banner.title or None,
            picUrl=absolute(banner.picture, origin),
            linkUrl=banner.link or None,
            linkType=banner.link_kind,
            appid=banner.app_id or None,
            businessId=banner.business_id or None,
            paixu=banner.sort,
            remark=banner.remark or None,
            status=0,
            statusStr="显示",
        )


@routes.get("/banner/list", access=ANYONE, raises=(), version=lambda services, request: services.mall.window.banners.version)
async def list_banners(call: Call, query: BannersQuery) -> list[BannerShape]:
    """获取Banner列表"""
    found = await call.services.mall.window.banners.list_all()
    shown = [one for one in found if one.is_shown and query.type in (None, one.kind)]
    return listed(shown, lambda one: BannerShape.of(one, call.origin))


class PositionQuery(Struct):
    key: Kind


class PositionShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    key: str
    val: str
    url: str | None = None

    @classmethod
    def of(cls, position: AdPosition, origin: str) -> PositionShape:
        return cls(id=position.id, key=position.key, val=absolute(position.value, origin), url=position.link or None)


@position_routes.get("/site/adPosition/info", access=ANYONE, raises=())
async def get_ad_position(call: Call, query: PositionQuery) -> PositionShape:
    """获取广告位"""
    found = await call.services.mall.window.ad_positions.list_all()
    shown = [one for one in found if one.is_shown and one.key == query.key]
    return listed(shown, lambda one: PositionShape.of(one, call.origin))[0]
