"""商品导入: goods of a sheet, looked at first and then put into the mall, all of them or none."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.ops.noun_sheets import MOST_PROBLEMS, MOST_REASON_CHARACTERS, MOST_SHEET_BYTES, CellProblemShape
from server.domain.changes import Cause
from server.domain.mall.goods.goods import Goods
from server.domain.mall.goods.imports import ReadGoods
from server.web.access import SHOP_STAFF
from server.web.call import Call
from server.web.inputs import Upload
from server.web.routing import Routes

routes = Routes()

Fen = Annotated[int, Meta(description="分")]


class ReadGoodsShape(Struct):
    """`line`: where it begins in the sheet; `specs`: how many price rows it has."""

    line: int
    name: str
    category_id: int
    price: Fen
    stock: int
    specs: int

    @classmethod
    def of(cls, read: ReadGoods) -> ReadGoodsShape:
        terms = read.terms
        stock = sum(sku.stock for sku in terms.skus) if terms.skus else terms.stock
        return cls(read.line, terms.name, terms.category_id, terms.price, stock, len(terms.skus))


class PreviewShape(Struct):
    goods: list[ReadGoodsShape]
    problems: list[CellProblemShape]
    problem_count: int


class ImportedGoodsShape(Struct):
    id: int
    name: str

    @classmethod
    def of(cls, goods: Goods) -> ImportedGoodsShape:
        return cls(goods.id, goods.name)


@routes.post("/goods/import/preview", access=SHOP_STAFF, max_body_bytes=MOST_SHEET_BYTES, raises=())
async def preview_import(call: Call, body: Upload) -> PreviewShape:
    """导入预览

    What the sheet (.csv or .xlsx, as the file of a form or as the body) would put into the mall, and every problem by row and column;
    nothing is written. Columns: 名称, 分类, 图片, 价格, and 规格, 原价, 所需积分, 入库数量, 副标题, 门店, 运费模板, 起购数量, 单位,
    重量（克）, 条码, 标签, 卖点, 购买须知, 详情, 推荐, 上架, 排序. Money in yuan. Rows of one name that follow each other, each with its
    规格 (颜色:红; 尺码:L), are one goods. What has no 运费模板 is not sent."""
    found = await call.services.mall.window.goods_imports.preview(body.content, body.name)
    problems = [CellProblemShape.of(one, call.language) for one in found.problems[:MOST_PROBLEMS]]
    return PreviewShape([ReadGoodsShape.of(one) for one in found.goods], problems, len(found.problems))


@routes.post("/goods/import", access=SHOP_STAFF, max_body_bytes=MOST_SHEET_BYTES, status=201, raises=())
async def import_goods(call: Call, body: Upload) -> list[ImportedGoodsShape]:
    """导入商品

    All of the sheet or, with 422 and each problem by `row.column`, nothing."""
    cause = Cause(call.caller.id, body.name[-MOST_REASON_CHARACTERS:])
    made = await call.services.mall.window.goods_imports.import_goods(body.content, body.name, cause)
    return [ImportedGoodsShape.of(one) for one in made]
