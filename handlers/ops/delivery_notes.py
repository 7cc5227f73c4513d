"""发货单: orders on paper."""
from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct
from tornado.template import Template

from server.domain.mall.orders.order import WrongOrderState
from server.web.access import SHOP_STAFF
from server.web.call import Call
from server.web.replies import Raw
from server.web.routing import Routes

routes = Routes()

TEMPLATE = Path(__file__).with_suffix(".html")
HTML = "text/html; charset=utf-8"
MOST_ORDERS = 100

Ids = Annotated[
    str,
    Meta(
        pattern=rf"^[1-9][0-9]{{0,14}}(,[1-9][0-9]{{0,14}}){{0,{MOST_ORDERS - 1}}}$",
        description="订单编号，多个用逗号分开\n\nIds of orders, with commas between",
    ),
]


class NotesWanted(Struct):
    ids: Ids


@routes.get("/orders/delivery-notes", access=SHOP_STAFF, raises=(WrongOrderState,), media=(HTML,))
async def print_delivery_notes(call: Call, query: NotesWanted) -> Raw:
    """打印发货单

    A page for A4 paper, a sheet or more for each order, in the order of the ids. Of orders that were paid; another one refuses all."""
    notes = await call.services.mall.delivery_notes.list_notes([int(id) for id in query.ids.split(",")])
    return Raw(_template().generate(notes=notes, yuan=yuan), HTML)


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


@cache
def _template() -> Template:
    return Template(TEMPLATE.read_text(encoding="utf-8"))
