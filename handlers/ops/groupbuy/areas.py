"""团购地区."""
from __future__ import annotations

from server.domain.groupbuy.areas import Area, AreaTerms
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


@routes.get("/areas", access=OPERATOR)
async def list_areas(call: Call) -> list[Area]:
    """团购地区列表"""
    return await call.services.groupbuy.areas.list_areas()


@routes.post("/areas", access=OPERATOR)
async def add_area(call: Call, body: AreaTerms) -> Area:
    """新增团购地区"""
    return await call.services.groupbuy.areas.add_area(body)


@routes.put("/areas/{area_id}", access=OPERATOR)
async def change_area(call: Call, area_id: int, body: AreaTerms) -> Area:
    """修改团购地区"""
    return await call.services.groupbuy.areas.change_area(area_id, body)


@routes.delete("/areas/{area_id}", access=OPERATOR)
async def remove_area(call: Call, area_id: int) -> None:
    """删除团购地区"""
    await call.services.groupbuy.areas.remove_area(area_id)
