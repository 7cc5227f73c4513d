"""虚拟物品: texts that are bought."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import PAGED, DocumentTime, PageShape, Paging, Yuan, absolute, document_time, paged, yuan
from server.domain.mall.ledger import NotEnoughBalance, NotEnoughPoints
from server.domain.mall.sidelines.virtual_goods import Purchase, VirtualGoods, VirtualGoodsMissing, VirtualGoodsOff
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)


class VirtualGoodsShape(Struct, omit_defaults=True, kw_only=True):
    """`status`: 0 on the shelf, 1 not."""

    id: int
    name: str
    pic: str | None = None
    descript: str | None = None
    money: Yuan
    score: int
    status: int
    statusStr: str
    dateAdd: DocumentTime | None = None

    @classmethod
    def of(cls, goods: VirtualGoods, origin: str) -> VirtualGoodsShape:
        return cls(
            id=goods.id,
            name=goods.name,
            pic=absolute(goods.picture, origin) or None,
            descript=goods.description or None,
            money=yuan(goods.price),
            score=goods.points,
            status=0 if goods.is_on_shelf else 1,
            statusStr="上架" if goods.is_on_shelf else "下架",
            dateAdd=None if goods.added_at is None else document_time(goods.added_at),
        )


class VirtualGoodsQuery(Paging):
    status: Annotated[int, Meta(ge=0, le=1, description="状态，0 上架 1 下架")] = 0


@routes.post("/virtualTrader/list", access=ANYONE, raises=())
async def page_virtual_goods(call: Call, body: VirtualGoodsQuery) -> PageShape[VirtualGoodsShape]:
    """虚拟物品列表

    The newest first."""
    page = body.to_page_query(PAGED)
    found = await call.services.mall.sidelines.virtual_goods.page_goods(page, is_on_shelf=body.status == 0)
    return paged(found, page, lambda goods: VirtualGoodsShape.of(goods, call.origin))


class VirtualGoodsNamed(Struct):
    id: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="虚拟物品id")]


class VirtualGoodsDetailShape(Struct, omit_defaults=True, kw_only=True):
    """`contentAfterBuy` is there for who has bought it."""

    info: VirtualGoodsShape
    extJson: dict[str, str]
    isBuy: bool
    contentAfterBuy: str | None = None

    @classmethod
    def of(cls, goods: VirtualGoods, origin: str, *, is_bought: bool) -> VirtualGoodsDetailShape:
        shown = goods.content if is_bought else None
        return cls(info=VirtualGoodsShape.of(goods, origin), extJson={}, isBuy=is_bought, contentAfterBuy=shown)


@routes.get("/virtualTrader/info", access=ANYONE, raises=(VirtualGoodsMissing,))
async def get_virtual_goods(call: Call, query: VirtualGoodsNamed) -> VirtualGoodsDetailShape:
    """虚拟物品详情"""
    service, buyer = call.services.mall.sidelines.virtual_goods, call.user
    found = await service.get_goods(query.id)
    is_bought = buyer is not None and await service.has_bought(buyer.id, found.id)
    return VirtualGoodsDetailShape.of(found, call.origin, is_bought=is_bought)


@routes.post(
    "/virtualTrader/buy", access=SIGNED_IN, raises=(VirtualGoodsMissing, VirtualGoodsOff, NotEnoughBalance, NotEnoughPoints)
)
async def buy_virtual_goods(call: Call, body: VirtualGoodsNamed) -> None:
    """购买虚拟物品

    From the wallet, once: who has bought it pays nothing again."""
    await call.services.mall.sidelines.virtual_goods.buy(call.caller.id, body.id)


class PurchaseShape(Struct):
    id: int
    virtualTraderId: int
    name: str
    money: Yuan
    score: int
    dateAdd: DocumentTime

    @classmethod
    def of(cls, purchase: Purchase) -> PurchaseShape:
        paid = yuan(purchase.price), purchase.points
        return cls(purchase.id, purchase.goods_id, purchase.name, *paid, document_time(purchase.bought_at))


@routes.post("/virtualTrader/buy/logs", access=SIGNED_IN, raises=())
async def page_purchases(call: Call, body: Paging) -> PageShape[PurchaseShape]:
    """购买记录

    The newest first."""
    page = body.to_page_query(PAGED)
    return paged(await call.services.mall.sidelines.virtual_goods.page_purchases(call.caller.id, page), page, PurchaseShape.of)
