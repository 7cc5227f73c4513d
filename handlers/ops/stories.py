"""拍品经过: a lot's story, to look at, to keep as a sheet, and to print; and what came too late.

Money in fen, times in ms; in sheets yuan and Beijing's time.
"""
from __future__ import annotations

from datetime import datetime

from handlers.ops.story_sheet import headings, render_sheet, rows_of
from server.domain.auctions.missed import MissedBid
from server.domain.auctions.story import Story
from server.domain.errors import NotFound
from server.domain.exports import SheetFormat
from server.domain.moments import SHANGHAI
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.replies import Download, Raw
from server.web.routing import Routes

routes = Routes()

CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"


@routes.get("/lots/{goods_id}/story", access=OPERATOR, raises=(NotFound,))
async def tell_story(call: Call, goods_id: int) -> Story:
    """拍品经过

    Every bid, refusal and action with its arrival and commit, and who watched. Of a running lot as far as it has come."""
    return await call.services.auctions.story.tell(goods_id)


@routes.get("/lots/{goods_id}/story.csv", access=OPERATOR, raises=(NotFound,), media=(CSV,))
async def export_story(call: Call, goods_id: int) -> Download:
    """拍品经过（CSV）

    One line each."""
    story = await call.services.auctions.story.tell(goods_id)
    sheet = await call.services.ops.exports.write(headings(call.language), rows_of(story, call.language), SheetFormat.CSV)
    return Download(sheet, CSV, f"lot-{goods_id}-{_stamp(call.services.clock.now())}.csv")


@routes.get("/lots/{goods_id}/story.html", access=OPERATOR, raises=(NotFound,), media=(HTML,))
async def print_story(call: Call, goods_id: int) -> Raw:
    """拍品经过（可打印）

    A page that prints on A4."""
    return Raw(render_sheet(await call.services.auctions.story.tell(goods_id), call.language), HTML)


@routes.get("/groups/{group_id}/missed-bids", access=OPERATOR, raises=(NotFound,))
async def list_missed_bids(call: Call, group_id: int) -> list[MissedBid]:
    """结束后的出价

    Offers that came within three seconds after the end of their lot, newest first."""
    return await call.services.auctions.missed.list_of_group(group_id)


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
