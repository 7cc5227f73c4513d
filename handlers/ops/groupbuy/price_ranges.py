"""价格区间."""
from __future__ import annotations

from server.domain.groupbuy.price_ranges import PriceRange, PriceRangeTerms
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


@routes.get("/price-ranges", access=OPERATOR)
async def list_price_ranges(call: Call) -> list[PriceRange]:
    """价格区间列表"""
    return await call.services.groupbuy.price_ranges.list_price_ranges()


@routes.post("/price-ranges", access=OPERATOR)
async def add_price_range(call: Call, body: PriceRangeTerms) -> PriceRange:
    """新增价格区间"""
    return await call.services.groupbuy.price_ranges.add_price_range(body)


@routes.put("/price-ranges/{range_id}", access=OPERATOR)
async def change_price_range(call: Call, range_id: int, body: PriceRangeTerms) -> PriceRange:
    """修改价格区间"""
    return await call.services.groupbuy.price_ranges.change_price_range(range_id, body)


@routes.delete("/price-ranges/{range_id}", access=OPERATOR)
async def remove_price_range(call: Call, range_id: int) -> None:
    """删除价格区间"""
    await call.services.groupbuy.price_ranges.remove_price_range(range_id)
