"""往期团购: groups that have ended."""
from __future__ import annotations

from msgspec import Struct, field

from handlers.bidding.inputs import PageParameters
from handlers.bidding.shapes import DocumentTime, GoodsWithBidShape, GroupStatus, GroupTimesShape, document_time
from server.domain.auctions.goods import by_category
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class EndedPageShape(Struct):
    current_page: int
    groups: list[GroupTimesShape] = field(name="list")
    total: int


@routes.get("/group/history", access=ANYONE)
async def list_ended_groups(call: Call, query: PageParameters) -> EndedPageShape:
    """往期团购列表"""
    page = await call.services.auctions.groups.list_ended_groups(query.to_page_query())
    return EndedPageShape(page.number, [GroupTimesShape.of(group) for group in page.items], page.total)


class ShelfShape(Struct):
    category: str
    goods: list[GoodsWithBidShape]


class EndedGroupShape(Struct):
    id: int
    issue: int
    start_at: DocumentTime
    end_at: DocumentTime
    goods: list[ShelfShape]
    status: GroupStatus


@routes.get("/group/history/{group_id}", access=ANYONE)
async def get_ended_group(call: Call, group_id: int) -> EndedGroupShape:
    """往期团购详情"""
    group, lots = await call.services.auctions.sale.get_group_with_lots(group_id)
    return EndedGroupShape(
        group.id,
        group.issue,
        document_time(group.start_at),
        document_time(group.end_at),
        [ShelfShape(name, [GoodsWithBidShape.of(lot) for lot in shelf]) for name, shelf in by_category(lots).items()],
        group.status_at(call.services.clock.now()),
    )
