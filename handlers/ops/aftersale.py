"""What became of a group: totals by category, and the list that is printed for packing. Money in fen."""
from __future__ import annotations

from handlers.ops.winners_sheet import render_sheet
from server.domain.aftersale.totals import CategoryTotals
from server.domain.errors import NotFound
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.replies import Raw
from server.web.routing import Routes

routes = Routes()

HTML = "text/html; charset=utf-8"


@routes.get("/groups/{group_id}/totals", access=OPERATOR, raises=(NotFound,))
async def list_totals(call: Call, group_id: int) -> list[CategoryTotals]:
    """按分类合计

    In the group's order."""
    return await call.services.aftersale.books.list_totals(group_id)


@routes.get("/groups/{group_id}/winners.html", access=OPERATOR, raises=(NotFound,), media=(HTML,))
async def print_winners(call: Call, group_id: int) -> Raw:
    """成交清单（可打印）

    A page that prints on A4, one block a winner."""
    return Raw(render_sheet(await call.services.aftersale.books.get_book(group_id), call.language), HTML)
