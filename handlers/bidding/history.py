"""往期团购: groups that have ended."""
from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from handlers.bidding.inputs import PageParameters
from handlers.bidding.shapes import DocumentTime, GoodsWithBidShape, GroupStatus, GroupTimesShape, document_time
from server.domain.auctions.goods import Lot, by_category
from server.domain.auctions.groups import Group
from server.domain.paging import Page
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class EndedPageShape(Struct):
    current_page: int
    groups: list[GroupTimesShape] = field(name="list")
    total: int

    @classmethod
    def of(cls, page: Page[Group]) -> EndedPageShape:
        return cls(page.number, [GroupTimesShape.of(group) for group in page.items], page.total)


@routes.get("/group/history", access=ANYONE)
async def list_ended_groups(call: Call, query: PageParameters) -> EndedPageShape:
    """往期团购列表"""
    return EndedPageShape.of(await call.services.auctions.groups.list_ended_groups(query.to_page_query()))


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

    @classmethod
    def of(cls, group: Group, lots: list[Lot], now: datetime) -> EndedGroupShape:
        return cls(
            group.id,
            group.issue,
            document_time(group.start_at),
            document_time(group.end_at),
            [ShelfShape(name, [GoodsWithBidShape.of(lot) for lot in shelf]) for name, shelf in by_category(lots).items()],
            group.status_at(now),
        )


@routes.get("/group/history/{group_id}", access=ANYONE)
async def get_ended_group(call: Call, group_id: int) -> EndedGroupShape:
    """往期团购详情"""
    group, lots = await call.services.auctions.sale.get_group_with_lots(group_id)
    return EndedGroupShape.of(group, lots, call.services.clock.now())
