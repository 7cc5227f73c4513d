"""购买记录: what a member bought, what everybody buys, and what they would buy if it were there."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.goods.goods import Id, Ids, Words, find_level, ids_in
from handlers.mall.shapes import (
    PAGED,
    DayGiven,
    DocumentTime,
    PageShape,
    Paging,
    Yuan,
    absolute,
    document_time,
    first_moment,
    last_moment,
    paged,
    yuan,
)
from server.domain.accounts.names import shortened
from server.domain.accounts.users import User
from server.domain.mall.goods.history import Bought, BoughtQuery, Sale
from server.domain.mall.goods.window import Offered
from server.domain.mall.wares import GoodsMissing
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)


class BoughtListQuery(Paging):
    nameLike: Words | None = None
    categoryId: Ids | None = None
    dateBuyBegin: DayGiven | None = None
    dateBuyEnd: DayGiven | None = None

    def to_bought_query(self) -> BoughtQuery:
        """Raises InvalidInput."""
        return BoughtQuery(
            name_part=self.nameLike or "",
            category_ids=ids_in(self.categoryId, "categoryId") - {0},
            first_at=first_moment("dateBuyBegin", self.dateBuyBegin),
            last_at=last_moment("dateBuyEnd", self.dateBuyEnd),
        )


class BoughtShape(Struct):
    """`dateAdd` is when it was bought last."""

    goodsId: int
    goodsName: str
    pic: str
    minPrice: Yuan
    numberSells: int
    dateAdd: DocumentTime


@routes.post("/shop/goods/his/list", access=SIGNED_IN, raises=())
async def page_bought(call: Call, body: BoughtListQuery) -> PageShape[BoughtShape]:
    """我买过的商品

    Each goods once, the last bought first."""
    page, window = body.to_page_query(PAGED), call.services.mall.window
    level = await find_level(call)

    def shape(pair: tuple[Bought, Offered]) -> BoughtShape:
        one, offered = pair
        goods = offered.goods
        price = yuan(window.window.price_now(goods, level))
        return BoughtShape(
            goods.id, goods.name, absolute(goods.picture, call.origin), price, offered.tally.sold, document_time(one.bought_at)
        )

    return paged(await window.history.page_bought(call.caller.id, body.to_bought_query(), page), page, shape)


class SaleShape(Struct, omit_defaults=True, kw_only=True):
    goodsId: int
    goodsName: str
    nick: str
    avatarUrl: str | None = None

    @classmethod
    def of(cls, pair: tuple[Sale, User], origin: str) -> SaleShape:
        sale, buyer = pair
        avatar = absolute(buyer.avatar, origin) or None
        return cls(goodsId=sale.goods_id, goodsName=sale.goods_name, nick=shortened(buyer.nickname), avatarUrl=avatar)


@routes.get("/site/goods/dynamic/v2", access=ANYONE, raises=())
async def page_latest_sales(call: Call, query: Paging) -> PageShape[SaleShape]:
    """商品动态

    What was bought of late, with the buyers' names shortened."""
    page = query.to_page_query(PAGED)
    return paged(await call.services.mall.window.history.page_latest(page), page, lambda pair: SaleShape.of(pair, call.origin))


class Wish(Struct):
    goodsId: Id
    wxaSubscribeMessage: Annotated[bool, Meta(description="已订阅小程序到货消息")] = False


@routes.post("/shop/goods/outofstockRegistration", access=SIGNED_IN, raises=(GoodsMissing,))
async def ask_for_restock(call: Call, body: Wish) -> None:
    """商品缺货登记"""
    await call.services.mall.window.wishes.ask(call.caller.id, body.goodsId, takes_message=body.wxaSubscribeMessage)
