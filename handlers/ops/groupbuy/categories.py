"""团购分类."""
from __future__ import annotations

from server.domain.groupbuy.categories import Category, CategoryTerms
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


@routes.get("/categories", access=OPERATOR)
async def list_categories(call: Call) -> list[Category]:
    """团购分类列表"""
    return await call.services.groupbuy.categories.list_categories()


@routes.post("/categories", access=OPERATOR)
async def add_category(call: Call, body: CategoryTerms) -> Category:
    """新增团购分类"""
    return await call.services.groupbuy.categories.add_category(body)


@routes.put("/categories/{category_id}", access=OPERATOR)
async def change_category(call: Call, category_id: int, body: CategoryTerms) -> Category:
    """修改团购分类"""
    return await call.services.groupbuy.categories.change_category(category_id, body)


@routes.delete("/categories/{category_id}", access=OPERATOR)
async def remove_category(call: Call, category_id: int) -> None:
    """删除团购分类"""
    await call.services.groupbuy.categories.remove_category(category_id)
