"""用户: what one person does in the sale."""
from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from handlers.bidding.inputs import PageParameters
from handlers.bidding.shapes import DocumentTime, document_time
from handlers.ops.noun_endpoints import ReasonNeeded
from server.domain.auctions.participations import LEADING, Joined
from server.domain.changes import Cause
from server.domain.clock import to_ms
from server.domain.events import BidWasRefused
from server.domain.operators.personal import PersonalData
from server.web.access import ADMIN, OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

MOST_REFUSALS = 200


class PersonBidShape(Struct):
    """Their highest bid on a lot that stands; 0 where none does. Money in fen. `user_id`: theirs, or of a log-in that became theirs."""

    user_id: int
    goods_id: int
    group_id: int
    sn: str
    price: int
    seq: int
    is_leading: bool
    bid_status: Annotated[int, Meta(ge=0, le=2)]

    @classmethod
    def of(cls, joined: Joined) -> PersonBidShape:
        one, lot = joined.participation, joined.lot
        is_leading = one.status_on(lot) == LEADING
        return cls(one.user_id, lot.id, lot.group_id, lot.sn, one.price, one.seq, is_leading, one.bid_status_on(lot))


class PersonBidsShape(Struct):
    current_page: int
    bids: list[PersonBidShape] = field(name="list")
    total: int


@routes.get("/people/{user_id}/bids", access=OPERATOR)
async def list_bids_of_person(call: Call, user_id: int, query: PageParameters) -> PersonBidsShape:
    """用户的出价

    Newest group first; those of log-ins that became theirs too."""
    numbers = await call.services.operators.people.list_numbers(user_id)
    page = await call.services.auctions.participations.page_joined(numbers, query.to_page_query())
    return PersonBidsShape(page.number, [PersonBidShape.of(one) for one in page.items], page.total)


class PersonRefusalShape(Struct):
    """`at` in ms. `user_id` as for bids."""

    user_id: int
    goods_id: int
    group_id: int
    price: int
    reason: str
    at: int

    @classmethod
    def of(cls, one: BidWasRefused) -> PersonRefusalShape:
        return cls(one.user_id, one.goods_id, one.group_id, one.price, one.reason, to_ms(one.arrived_at))


@routes.get("/people/{user_id}/refusals", access=OPERATOR)
async def list_refusals_of_person(call: Call, user_id: int) -> list[PersonRefusalShape]:
    """用户被拒绝的出价

    Of the last thirty days, newest first."""
    numbers = await call.services.operators.people.list_numbers(user_id)
    found = await call.services.auctions.refusals.list_of_users(numbers, MOST_REFUSALS)
    return [PersonRefusalShape.of(one) for one in found]


class PersonalDataShape(Struct):
    """`kept`: by where it is kept, each thing with all of its fields. `merged`: the same of log-ins that became theirs, by number."""

    user_id: int
    made_at: DocumentTime
    kept: dict[str, list[dict[str, Any]]]
    merged: dict[str, dict[str, list[dict[str, Any]]]]

    @classmethod
    def of(cls, one: PersonalData) -> PersonalDataShape:
        merged = {str(number): kept for number, kept in one.merged.items()}
        return cls(one.user_id, document_time(one.made_at), one.kept, merged)


class ExportReason(Struct):
    """Who asked for it, and how it was made sure that it is they."""

    reason: ReasonNeeded


@routes.post("/people/{id}/export", access=ADMIN.dangerous)
async def export_person(call: Call, id: int, body: ExportReason) -> PersonalDataShape:
    """导出个人资料

    Everything that is kept of them, to be given to them; the log tells who took it and why."""
    cause = Cause(user_id=call.caller.id, reason=body.reason)
    return PersonalDataShape.of(await call.services.operators.personal.export(id, cause))
