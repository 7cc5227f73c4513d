"""One path for everything: `ctl`, `met` and `typ` say what is called."""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from handlers.groupbuy import detail, front, lists
from handlers.groupbuy.dialect import UnknownCall
from server.domain.errors import InvalidInput
from server.web.access import ANYONE
from server.web.call import Call
from server.web.inputs import Input
from server.web.routing import Routes

CONTROLLER = "GroupBuy"
TYPE = "json"

routes = Routes()


@dataclass(frozen=True)
class Method:
    """One `met` of the document: how its parameters are read, and what answers."""

    query: Input[Any]
    answer: Callable[[Call, Any], Awaitable[Struct]]


METHODS: dict[str, Method] = {
    "index": Method(Input(front.FrontQuery, is_body=False), front.get_front_page),
    "groupBuyList": Method(Input(lists.PhysicalQuery, is_body=False), lists.list_physical_offers),
    "vrGroupBuyList": Method(Input(lists.VirtualQuery, is_body=False), lists.list_virtual_offers),
    "detail": Method(Input(detail.DetailQuery, is_body=False), detail.get_detail),
}


@routes.get("", access=ANYONE)
@routes.post("", access=ANYONE)
async def answer_call(call: Call, body: dict[str, str]) -> Any:
    """团购首页, 线上团列表, 虚拟团列表, 团购商品详情"""
    method = choose_method(body)
    refuse_lists(body, method)
    return await method.answer(call, method.query.from_texts(body))


def choose_method(texts: dict[str, str]) -> Method:
    """Raises UnknownCall, naming what no call has."""
    for name, only in (("ctl", CONTROLLER), ("typ", TYPE)):
        if texts.get(name) != only:
            raise UnknownCall(name, texts.get(name, ""))
    method = METHODS.get(texts.get("met", ""))
    if method is None:
        raise UnknownCall("met", texts.get("met", ""))
    return method


def refuse_lists(texts: dict[str, str], method: Method) -> None:
    """Raises InvalidInput for `cat_id[]=1`, PHP's way to write a list: passed over, it would show what was not asked for."""
    lists = {name.partition("[")[0] for name in texts if "[" in name}
    wrong = [name for name in method.query.kind.__struct_fields__ if name in lists]
    if wrong:
        raise InvalidInput({name: ["not_a_list"] for name in wrong})
