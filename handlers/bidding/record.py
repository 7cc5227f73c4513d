"""出价记录: the whole record of one lot."""
from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from handlers.bidding.inputs import PageParameters
from server.domain.auctions.bid_history import Entry
from server.domain.auctions.record import Act
from server.domain.clock import to_ms
from server.domain.errors import NotFound
from server.web.access import ANYONE
from server.web.call import Call
from server.web.replies import Download
from server.web.routing import Routes

routes = Routes()

CSV = "text/csv; charset=utf-8"


class EntryShape(Struct):
    """As in the live channel, `at` in ms. `is_proxy`: bid automatically; `is_extended`: it moved the end; `is_void`: it was taken back.

    With an `act` it is what an operator did, and who leads after it (user 0: nobody).
    """

    seq: int
    user_id: int
    nickname: str
    price: int
    at: int
    is_proxy: bool
    is_extended: bool
    is_void: bool
    act: Act | None
    reason: str | None

    @classmethod
    def of(cls, entry: Entry) -> EntryShape:
        bid = entry.bid
        about = (bid.intervention.act, bid.intervention.reason) if bid.intervention is not None else (None, None)
        marks = bid.is_proxy, entry.is_extended, entry.is_void
        return cls(bid.seq, bid.user_id, bid.nickname, bid.price, to_ms(bid.arrived_at), *marks, *about)


class RecordPageShape(Struct):
    current_page: int
    entries: list[EntryShape] = field(name="list")
    total: int


@routes.get("/group/bids/{goods_id}", access=ANYONE, raises=(NotFound,))
async def list_bids(call: Call, goods_id: int, query: PageParameters) -> RecordPageShape:
    """全部出价

    Newest first."""
    page = await call.services.auctions.bid_history.page_entries(goods_id, query.to_page_query())
    return RecordPageShape(page.number, [EntryShape.of(entry) for entry in page.items], page.total)


class LineShape(Struct):
    """Moments in ms, and the price from each on; of a long record some hundreds of them, the first and the last among them."""

    at: list[int]
    price: list[int]


@routes.get("/group/bids/{goods_id}/line", access=ANYONE, raises=(NotFound,))
async def draw_line(call: Call, goods_id: int) -> LineShape:
    """价格走势"""
    points = await call.services.auctions.bid_history.draw_line(goods_id)
    return LineShape([to_ms(point.at) for point in points], [point.price for point in points])


class SheetQuery(Struct):
    language: Annotated[Literal["zh", "en"], Meta(description="表头语言，默认随 Accept-Language")] | None = None


@routes.get("/group/bids/{goods_id}/sheet", access=ANYONE, raises=(NotFound,), media=(CSV,))
async def download_bids(call: Call, goods_id: int, query: SheetQuery) -> Download:
    """下载出价记录

    Oldest first, names shortened."""
    lot, file = await call.services.auctions.bid_history.write_sheet(goods_id, query.language or call.language)
    return Download(file, CSV, f"bids-{lot.group_id}-{lot.id}.csv")
