"""商品收藏"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import PAGED, DocumentTime, Paging, absolute, document_time, listed
from server.domain.errors import InvalidInput
from server.domain.mall.goods.favourites import Favourite, FavouriteMissing, NoFavourite
from server.domain.mall.goods.goods import Goods
from server.domain.mall.wares import GoodsMissing
from server.domain.paging import Page
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

OWN = 0  # the kind of goods that are the mall's

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class GoodsId(Struct):
    goodsId: Id


class FavouriteId(Struct):
    """One of both."""

    id: Id | None = None
    goodsId: Id | None = None


class FavouritesQuery(Paging):
    nameLike: Annotated[str, Meta(max_length=200)] | None = None


class FavouriteShape(Struct):
    id: int
    goodsId: int
    goodsName: str
    pic: str
    type: int
    dateAdd: DocumentTime
    dateUpdate: DocumentTime

    @classmethod
    def of(cls, pair: tuple[Favourite, Goods], origin: str) -> FavouriteShape:
        one, goods = pair
        added = document_time(one.added_at)
        return cls(one.id, goods.id, goods.name, absolute(goods.picture, origin), OWN, added, added)


@routes.post("/shop/goods/fav/add", access=SIGNED_IN, raises=(GoodsMissing,))
async def add_favourite(call: Call, body: GoodsId) -> None:
    """添加收藏"""
    await call.services.mall.window.favourites.add(call.caller.id, body.goodsId)


@routes.get("/shop/goods/fav/check", access=SIGNED_IN, raises=(NoFavourite,))
async def check_favourite(call: Call, query: GoodsId) -> str:
    """检测是否收藏: any other code than 0 is no."""
    await call.services.mall.window.favourites.check(call.caller.id, query.goodsId)
    return "已收藏"


@routes.post("/shop/goods/fav/delete", access=SIGNED_IN, raises=(FavouriteMissing,))
async def remove_favourite(call: Call, body: FavouriteId) -> None:
    """删除收藏"""
    if body.id is None and body.goodsId is None:
        raise InvalidInput({"goodsId": ["required"]})
    await call.services.mall.window.favourites.remove(call.caller.id, favourite_id=body.id, goods_id=body.goodsId)


async def _find(call: Call, body: FavouritesQuery) -> Page[tuple[Favourite, Goods]]:
    favourites = call.services.mall.window.favourites
    return await favourites.page(call.caller.id, body.nameLike or "", body.to_page_query(PAGED))


@routes.post("/shop/goods/fav/list", access=SIGNED_IN, raises=())
async def list_favourites(call: Call, body: FavouritesQuery) -> list[FavouriteShape]:
    """获取收藏的商品列表"""
    return listed((await _find(call, body)).items, lambda pair: FavouriteShape.of(pair, call.origin))
