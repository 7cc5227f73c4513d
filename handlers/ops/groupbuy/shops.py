"""店铺: who sells, with what they promise."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.groupbuy.offers import Name
from server.domain.groupbuy.shops import MOST_CONTRACTS, ContractTerms, Shop
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class ShopInput(Struct):
    name: Name
    contracts: Annotated[list[ContractTerms], Meta(max_length=MOST_CONTRACTS)] = []


@routes.get("/shops", access=OPERATOR)
async def list_shops(call: Call) -> list[Shop]:
    """店铺列表"""
    return await call.services.groupbuy.shops.list_shops()


@routes.post("/shops", access=OPERATOR)
async def add_shop(call: Call, body: ShopInput) -> Shop:
    """新增店铺"""
    return await call.services.groupbuy.shops.add_shop(body.name, body.contracts)


@routes.put("/shops/{shop_id}", access=OPERATOR)
async def change_shop(call: Call, shop_id: int, body: ShopInput) -> Shop:
    """修改店铺"""
    return await call.services.groupbuy.shops.change_shop(shop_id, body.name, body.contracts)


@routes.delete("/shops/{shop_id}", access=OPERATOR)
async def remove_shop(call: Call, shop_id: int) -> None:
    """删除店铺"""
    await call.services.groupbuy.shops.remove_shop(shop_id)
