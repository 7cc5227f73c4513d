"""单页、友情链接"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.content.shapes import absolute_in, told
from handlers.mall.shapes import DocumentTime, absolute, document_time, listed
from server.domain.mall.content.pages import ShopPage, ShopPageMissing
from server.domain.mall.content.partners import Partner
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)


class OfKey(Struct):
    key: Annotated[str, Meta(max_length=64, description="页面编码")]


class ShopPageShape(Struct):
    id: int
    key: str
    title: str
    content: str
    dateAdd: DocumentTime
    dateUpdate: DocumentTime

    @classmethod
    def of(cls, page: ShopPage, origin: str) -> ShopPageShape:
        times = document_time(page.added_at), document_time(page.changed_at)
        return cls(page.id, page.key, page.title, absolute_in(page.content, origin), *times)


class ShopPageDetailShape(Struct):
    info: ShopPageShape
    extJson: dict[str, str]


@routes.get("/cms/page/info", access=ANYONE, raises=(ShopPageMissing,))
async def get_page(call: Call, query: OfKey) -> ShopPageShape:
    """获取单页详情"""
    return ShopPageShape.of(await call.services.mall.content.pages.get(query.key), call.origin)


@routes.get("/cms/page/info/v2", access=ANYONE, raises=(ShopPageMissing,))
async def get_page_with_labels(call: Call, query: OfKey) -> ShopPageDetailShape:
    """获取单页详情v2"""
    page = await call.services.mall.content.pages.get(query.key)
    return ShopPageDetailShape(ShopPageShape.of(page, call.origin), told(page.labels))


class PartnersQuery(Struct):
    type: Annotated[str, Meta(max_length=64)] | None = None


class PartnerShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    name: str
    logo: str | None = None
    url: str | None = None
    type: str | None = None
    paixu: int
    dateAdd: DocumentTime

    @classmethod
    def of(cls, partner: Partner, origin: str) -> PartnerShape:
        return cls(
            id=partner.id,
            name=partner.name,
            logo=absolute(partner.logo, origin) or None,
            url=partner.link or None,
            type=partner.kind or None,
            paixu=partner.sort,
            dateAdd=document_time(partner.added_at),
        )


@routes.post("/friendly-partner/list", access=ANYONE, raises=())
async def list_partners(call: Call, body: PartnersQuery) -> list[PartnerShape]:
    """友情链接列表"""
    found = await call.services.mall.content.partners.list_all()
    shown = [one for one in found if one.is_shown and body.type in (None, one.kind)]
    return listed(shown, lambda one: PartnerShape.of(one, call.origin))
