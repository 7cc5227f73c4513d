"""Json数据: rows that members keep."""
from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from handlers.mall.shapes import LAST_PAGE, MOST_PAGE_SIZE, PAGED, DocumentTime, PageShape, document_time, listed, paged
from server.domain.mall.tools.json_rows import (
    JsonKindTooLong,
    JsonRow,
    JsonRowChange,
    JsonRowMissing,
    JsonRowQuestion,
    NotJson,
    TooManyJsonRows,
)
from server.domain.paging import PageQuery
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, PositiveId, Routes

routes = Routes(LOOSE)

BY_CHANGE = "updateDateDesc"

Kind = Annotated[str, Meta(max_length=200, description="自定义的数据类型，最多 32 个字")]
RefId = Annotated[int, Meta(ge=-LARGEST_ID, le=LARGEST_ID, description="外键数据id")]


class RowGiven(Struct, kw_only=True):
    """What is not given stays as it is."""

    id: Annotated[int, Meta(ge=1, le=LARGEST_ID, description="记录id，不传为添加，传了为修改")] | None = None
    type: Kind | None = None
    refId: RefId | None = None
    content: Annotated[str, Meta(max_length=65_536, description="Json格式的数据")] | None = None


class RowIdShape(Struct):
    id: int


class OfRow(Struct):
    id: PositiveId


class TopGiven(OfRow):
    isTop: bool = True


class HighlightGiven(OfRow):
    isHighlight: bool = True


class RowsQuery(Struct, kw_only=True):
    """With `page` it is answered by pages, else all at once."""

    id: PositiveId | None = None
    type: Kind | None = None
    refId: RefId | None = None
    orderBy: Annotated[str, Meta(max_length=32, description="updateDateDesc：最近修改的在前")] | None = None
    page: Annotated[int, Meta(ge=1, le=LAST_PAGE, description="获取第几页数据")] | None = None
    pageSize: Annotated[int, Meta(ge=1, le=MOST_PAGE_SIZE, description="每页显示多少数据")] | None = None

    def to_question(self) -> JsonRowQuestion:
        return JsonRowQuestion(id=self.id, kind=self.type, ref_id=self.refId, is_by_change=self.orderBy == BY_CHANGE)


class RowShape(Struct):
    id: int
    uid: int
    type: str
    refId: int
    content: str
    jsonData: Any
    isTop: bool
    isHighlight: bool
    dateAdd: DocumentTime
    dateUpdate: DocumentTime

    @classmethod
    def of(cls, row: JsonRow) -> RowShape:
        return cls(
            id=row.id,
            uid=row.user_id,
            type=row.kind,
            refId=row.ref_id,
            content=row.content,
            jsonData=msgspec.json.decode(row.content),
            isTop=row.is_top,
            isHighlight=row.is_highlighted,
            dateAdd=document_time(row.added_at),
            dateUpdate=document_time(row.changed_at),
        )


@routes.post("/json/set", access=SIGNED_IN, raises=(JsonKindTooLong, NotJson, JsonRowMissing, TooManyJsonRows))
async def set_row(call: Call, body: RowGiven) -> RowIdShape:
    """设置Json数据"""
    change = JsonRowChange(kind=body.type, ref_id=body.refId, content=body.content)
    return RowIdShape(await call.services.mall.tools.json_rows.set(call.caller.id, change, body.id))


@routes.post("/json/list", access=SIGNED_IN, raises=())
async def list_rows(call: Call, body: RowsQuery) -> PageShape[RowShape] | list[RowShape]:
    """Json数据列表

    Those on top first."""
    rows, question = call.services.mall.tools.json_rows, body.to_question()
    if body.page is None:
        found = await rows.page(call.caller.id, question, PageQuery(1, body.pageSize or MOST_PAGE_SIZE))
        return listed(found.items, RowShape.of)
    page = PageQuery(body.page, body.pageSize or PAGED)
    return paged(await rows.page(call.caller.id, question, page), page, RowShape.of)


@routes.post("/json/top", access=SIGNED_IN, raises=(JsonRowMissing,))
async def put_on_top(call: Call, body: TopGiven) -> None:
    """Json数据置顶"""
    await call.services.mall.tools.json_rows.mark(call.caller.id, body.id, is_top=body.isTop)


@routes.post("/json/highlight", access=SIGNED_IN, raises=(JsonRowMissing,))
async def highlight(call: Call, body: HighlightGiven) -> None:
    """Json数据高亮"""
    await call.services.mall.tools.json_rows.mark(call.caller.id, body.id, is_highlighted=body.isHighlight)


@routes.post("/json/delete", access=SIGNED_IN, raises=(JsonRowMissing,))
async def remove_row(call: Call, body: OfRow) -> None:
    """删除Json数据"""
    await call.services.mall.tools.json_rows.remove(call.caller.id, body.id)
