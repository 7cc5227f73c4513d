"""团购商品: what is in the catalogue, and the review of what wants to be."""
from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, convert, field
from msgspec.structs import asdict, fields

from handlers.bidding.inputs import PageParameters
from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.errors import InvalidInput
from server.domain.groupbuy.moments import find_problem, to_utc
from server.domain.groupbuy.offers import NOT_BLANK, IdOrNone, Kind, Offer, Phase, State, Terms
from server.domain.groupbuy.questions import Question
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class OfferInput(Terms, frozen=True, kw_only=True):
    """Times as `YYYY-MM-DD HH:MM:SS` in Asia/Shanghai, or with an offset (RFC 3339)."""

    def to_terms(self) -> Terms:
        """Raises InvalidInput."""
        moments = {"start_at": self.start_at, "end_at": self.end_at}
        problems = {name: [problem] for name, moment in moments.items() if (problem := find_problem(moment))}
        if problems:
            raise InvalidInput(problems)
        terms = {field.name: getattr(self, field.name) for field in fields(Terms)}
        return Terms(**{**terms, **{name: to_utc(moment) for name, moment in moments.items()}})


class NewOfferInput(OfferInput, frozen=True, kw_only=True):
    """`state` 1: a submission that awaits its review; 2: approved at once."""

    state: Literal[1, 2] = 1


class OpsOfferShape(Struct):
    """`state` and `phase` go by the clock; `phase` is null for what is not approved."""

    id: int
    name: str
    kind: Kind
    state: State
    phase: Phase | None
    goods_id: int
    common_id: int
    goods_name: str
    shop_id: int
    shop_name: str
    goods_price: int
    price: int
    start_at: DocumentTime
    end_at: DocumentTime
    category_id: int
    subcategory_id: int
    city_id: int
    area_id: int
    upper_limit: int
    virtual_quantity: int
    is_recommended: bool
    image: str
    image_rec: str
    remark: str
    intro: str
    buyer_count: int
    buy_quantity: int
    views: int
    reason: str
    changed_at: DocumentTime

    @classmethod
    def of(cls, offer: Offer, call: Call) -> OpsOfferShape:
        now = call.services.clock.now()
        times = {name: document_time(getattr(offer, name)) for name in ("start_at", "end_at", "changed_at")}
        return convert({**asdict(offer), **times, "state": offer.state_at(now), "phase": offer.phase_at(now)}, cls)


class OffersQuery(PageParameters, kw_only=True):
    """`state` as it is stored, `phase` by the clock; categories and areas of either level. 0 asks for any."""

    state: State | None = None
    phase: Phase | None = None
    kind: Kind | None = None
    shop_id: IdOrNone = 0
    category_id: IdOrNone = 0
    area_id: IdOrNone = 0

    def to_question(self) -> Question:
        return Question(
            state=self.state,
            phase=self.phase,
            kind=self.kind,
            shop_id=self.shop_id,
            category_ids=frozenset(filter(None, [self.category_id])),
            area_ids=frozenset(filter(None, [self.area_id])),
        )


class OffersPageShape(Struct):
    current_page: int
    offers: list[OpsOfferShape] = field(name="list")
    total: int


@routes.get("/offers", access=OPERATOR)
async def list_offers(call: Call, query: OffersQuery) -> OffersPageShape:
    """团购商品列表"""
    page = query.to_page_query()
    found = await call.services.groupbuy.offers.list_offers(query.to_question(), page.offset, page.size)
    return OffersPageShape(page.number, [OpsOfferShape.of(offer, call) for offer in found.items], found.total)


@routes.post("/offers", access=OPERATOR)
async def add_offer(call: Call, body: NewOfferInput) -> OpsOfferShape:
    """新增团购商品"""
    return OpsOfferShape.of(await call.services.groupbuy.offers.add_offer(body.to_terms(), State(body.state)), call)


@routes.get("/offers/{offer_id}", access=OPERATOR)
async def get_offer(call: Call, offer_id: int) -> OpsOfferShape:
    """团购商品详情"""
    return OpsOfferShape.of(await call.services.groupbuy.offers.get_offer(offer_id), call)


@routes.put("/offers/{offer_id}", access=OPERATOR)
async def change_offer(call: Call, offer_id: int, body: OfferInput) -> OpsOfferShape:
    """修改团购商品"""
    return OpsOfferShape.of(await call.services.groupbuy.offers.change_offer(offer_id, body.to_terms()), call)


@routes.delete("/offers/{offer_id}", access=OPERATOR)
async def remove_offer(call: Call, offer_id: int) -> None:
    """删除团购商品"""
    await call.services.groupbuy.offers.remove_offer(offer_id)


@routes.post("/offers/{offer_id}/approve", access=OPERATOR)
async def approve_offer(call: Call, offer_id: int) -> OpsOfferShape:
    """审核通过"""
    return OpsOfferShape.of(await call.services.groupbuy.offers.approve_offer(offer_id), call)


class ReasonInput(Struct):
    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=NOT_BLANK)]


@routes.post("/offers/{offer_id}/refuse", access=OPERATOR)
async def refuse_offer(call: Call, offer_id: int, body: ReasonInput) -> OpsOfferShape:
    """审核不通过"""
    return OpsOfferShape.of(await call.services.groupbuy.offers.refuse_offer(offer_id, body.reason), call)


@routes.post("/offers/{offer_id}/close", access=OPERATOR)
async def close_offer(call: Call, offer_id: int, body: ReasonInput) -> OpsOfferShape:
    """关闭团购商品"""
    return OpsOfferShape.of(await call.services.groupbuy.offers.close_offer(offer_id, body.reason), call)
