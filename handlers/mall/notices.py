"""公告"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.failures.general import NothingThere
from handlers.mall.shapes import WHOLE, DocumentTime, Paging, document_time, listed
from server.domain.mall.notices import Notice
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

MALL = 1  # who tells it: the mall itself


class NoticeRowShape(Struct):
    id: int
    title: str
    isShow: bool
    dateAdd: DocumentTime
    userId: int

    @classmethod
    def of(cls, notice: Notice) -> NoticeRowShape:
        return cls(notice.id, notice.title, notice.is_shown, document_time(notice.added_at), MALL)


class NoticeShape(NoticeRowShape):
    content: str

    @classmethod
    def of(cls, notice: Notice) -> NoticeShape:
        return cls(notice.id, notice.title, notice.is_shown, document_time(notice.added_at), MALL, notice.content)


class NoticesShape(Struct):
    """Clients read `dataList` whatever the code is."""

    dataList: list[NoticeRowShape]
    totalRow: int
    totalPage: int


async def _shown(call: Call) -> list[Notice]:
    return [one for one in await call.services.mall.window.notices.list_all() if one.is_shown]


@routes.post("/notice/list", access=ANYONE, raises=())
async def list_notices(call: Call, body: Paging) -> NoticesShape:
    """获取公告列表"""
    found, page = await _shown(call), body.to_page_query(WHOLE)
    rows = [NoticeRowShape.of(one) for one in found[page.offset : page.offset + page.size]]
    told = NoticesShape(rows, len(found), -(-len(found) // page.size))
    if not rows:
        raise NothingThere(instead=told)
    return told


class NoticeQuery(Struct):
    id: Annotated[int, Meta(ge=1, le=LARGEST_ID)]


@routes.get("/notice/detail", access=ANYONE, raises=())
async def get_notice(call: Call, query: NoticeQuery) -> NoticeShape:
    """获取公告详情"""
    return listed([one for one in await _shown(call) if one.id == query.id], NoticeShape.of)[0]


@routes.get("/notice/last-one", access=ANYONE, raises=())
async def get_last_notice(call: Call) -> NoticeShape:
    """获取最新的公告"""
    return listed((await _shown(call))[:1], NoticeShape.of)[0]
