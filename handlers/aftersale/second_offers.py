"""二次邀约: lots that their winner did not pay, offered to the caller."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.aftersale.settlements import SettlementShape
from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.aftersale.second_offers import OfferDecided, OfferState, SecondOffer
from server.domain.errors import NotFound
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

State = Annotated[
    OfferState,
    Meta(
        description="open 待答复，accepted 已接受，declined 已谢绝，expired 已过期，withdrawn 已撤回\n\nopen until it is accepted, declined, "
        "withdrawn or its time is over"
    ),
]


class SecondOfferShape(Struct):
    """`price` is the caller's own highest bid on the lot, in fen; `settlement_id` what became of an accepted one."""

    id: int
    goods_id: int
    group_id: int
    sn: str
    price: int
    status: State
    expires_at: DocumentTime
    settlement_id: int | None

    @classmethod
    def of(cls, one: SecondOffer) -> SecondOfferShape:
        return cls(one.id, one.goods_id, one.group_id, one.sn, one.price, one.state, document_time(one.expires_at), one.settlement_id)


@routes.get("/second-offers", access=SIGNED_IN, raises=())
async def list_second_offers(call: Call) -> list[SecondOfferShape]:
    """我的二次邀约

    The newest fifty."""
    return [SecondOfferShape.of(one) for one in await call.services.aftersale.second_offers.list_offers(call.caller)]


@routes.post("/second-offers/{offer_id}/accept", access=SIGNED_IN, raises=(NotFound, OfferDecided))
async def accept_second_offer(call: Call, offer_id: int) -> SettlementShape:
    """接受

    The settlement to be paid."""
    return SettlementShape.of(await call.services.aftersale.second_offers.accept(call.caller, offer_id), call)


@routes.post("/second-offers/{offer_id}/decline", access=SIGNED_IN, raises=(NotFound, OfferDecided))
async def decline_second_offer(call: Call, offer_id: int) -> SecondOfferShape:
    """谢绝"""
    return SecondOfferShape.of(await call.services.aftersale.second_offers.decline(call.caller, offer_id))
