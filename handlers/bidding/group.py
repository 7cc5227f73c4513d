"""团购: the current group, its goods, and bidding on them."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import asdict

from handlers.bidding.inputs import PageParameters
from handlers.bidding.shapes import (
    AdmissionFacts,
    Deposit,
    DocumentTime,
    GoodsWithBidShape,
    GroupStatus,
    JoinedShape,
    Limit,
    MyParticipationShape,
    ParticipationShape,
    Who,
    admission_facts,
    document_time,
)
from server.domain.auctions.drafts import Placed
from server.domain.auctions.groups import Group
from server.domain.auctions.offers import BidRefused, KeyReused, NotLeading, RateLimited
from server.domain.auctions.participations import Joined
from server.domain.auctions.proof.receipts import Receipt
from server.domain.errors import NotFound
from server.domain.paging import Page
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.routing import PositiveId, Routes

routes = Routes()

Price = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # fen; what JavaScript's numbers hold exactly


class CategoryShape(Struct):
    category: str


class GroupShape(AdmissionFacts, kw_only=True):
    id: int
    issue: int
    start_at: DocumentTime
    end_at: DocumentTime
    status: GroupStatus
    category: list[CategoryShape]

    @classmethod
    def of(cls, group: Group, now: datetime) -> GroupShape:
        return cls(
            id=group.id,
            issue=group.issue,
            start_at=document_time(group.start_at),
            end_at=document_time(group.end_at),
            status=group.status_at(now),
            category=[CategoryShape(category) for category in group.categories],
            **admission_facts(group),
        )


@routes.get("/group/category", access=ANYONE, raises=(NotFound,))
async def get_current_categories(call: Call) -> GroupShape:
    """获取当前团购及其分类"""
    return GroupShape.of(await call.services.auctions.groups.get_current_group(), call.services.clock.now())


@routes.get("/group/category/{group_id}", access=ANYONE)
async def get_categories(call: Call, group_id: int) -> GroupShape:
    """获取团购分类"""
    return GroupShape.of(await call.services.auctions.groups.get_group(group_id), call.services.clock.now())


@routes.get("/group/open", access=ANYONE)
async def list_open_groups(call: Call) -> list[GroupShape]:
    """正在进行和一小时内开始的团购"""
    groups = await call.services.auctions.groups.list_open_groups()
    return [GroupShape.of(group, call.services.clock.now()) for group in groups]


class GoodsQuery(PageParameters):
    category: Annotated[str, Meta(max_length=64, description="商品分类")] | None = None
    group_id: Annotated[PositiveId, Meta(description="团购 ID，默认为当前团购")] | None = None


class CurrentGroupShape(Struct):
    """Goods of one group; `joined` is the caller's and not paged."""

    current_page: int
    goods: list[GoodsWithBidShape] = field(name="list")
    total: int
    joined: list[JoinedShape]


@routes.get("/group", access=ANYONE, raises=(NotFound,))
async def list_current_goods(call: Call, query: GoodsQuery) -> CurrentGroupShape:
    """获取最近一个小时后开始或者正在进行中的团购"""
    sale = call.services.auctions.sale
    page, joined = await sale.page_goods(query.group_id, query.category, query.to_page_query(), call.user)
    return CurrentGroupShape(
        page.number,
        [GoodsWithBidShape.of(lot) for lot in page.items],
        page.total,
        [JoinedShape.of(one.participation, one.lot) for one in joined],
    )


class PlaceBid(Struct):
    goods_id: Annotated[PositiveId, Meta(description="商品 ID")]
    group_id: Annotated[PositiveId, Meta(description="团购 ID")]
    price: Annotated[Price, Meta(description="出价（分）")]
    max_price: Annotated[Price, Meta(description="自动代出价的上限（分），不向他人显示")] | None = None
    request_id: Annotated[str, Meta(min_length=1, max_length=128, description="同 Idempotency-Key")] | None = None


class Maximum(Struct):
    """Which lot's."""

    goods_id: Annotated[PositiveId, Meta(description="商品 ID")]
    group_id: Annotated[PositiveId, Meta(description="团购 ID")]
    request_id: Annotated[str, Meta(min_length=1, max_length=128, description="同 Idempotency-Key")] | None = None


class NewMaximum(Struct):
    goods_id: Annotated[PositiveId, Meta(description="商品 ID")]
    group_id: Annotated[PositiveId, Meta(description="团购 ID")]
    max_price: Annotated[Price, Meta(description="自动代出价的上限（分），不低于当前价，不向他人显示")]
    request_id: Annotated[str, Meta(min_length=1, max_length=128, description="同 Idempotency-Key")] | None = None


class MaximumShape(Struct):
    """The caller's maximum on a lot that they lead; null while there is none."""

    goods_id: int
    group_id: int
    max_price: int | None


class NumberedShape(ParticipationShape):
    """`seq` numbers the accepted bid within its lot."""

    seq: int


class PlacedShape(NumberedShape):
    """`receipt`: what the server signs of it, to be kept."""

    receipt: Receipt


@routes.post("/group", access=SIGNED_IN, takes_key=True, raises=(NotFound, BidRefused, KeyReused, RateLimited))
async def place_bid(call: Call, body: PlaceBid) -> PlacedShape:
    """参与竞价"""
    placed = await call.services.auctions.bids.place_bid(
        call.caller,
        body.group_id,
        body.goods_id,
        body.price,
        max_price=body.max_price,
        key=call.idempotency_key or body.request_id,
        arrived_at=call.arrived_at,
        request_id=call.request_id,
    )
    assert placed.receipt is not None
    return PlacedShape(**asdict(participation_shape(placed)), receipt=placed.receipt)


CHANGE_RAISES = (NotFound, BidRefused, NotLeading, KeyReused, RateLimited)


@routes.put("/group/maximum", access=SIGNED_IN, takes_key=True, raises=CHANGE_RAISES)
async def set_maximum(call: Call, body: NewMaximum) -> MaximumShape:
    """修改自动代出价的上限"""
    return await _change_maximum(call, body, body.max_price)


@routes.delete("/group/maximum", access=SIGNED_IN, takes_key=True, raises=CHANGE_RAISES)
async def cancel_maximum(call: Call, body: Maximum) -> MaximumShape:
    """取消自动代出价的上限"""
    return await _change_maximum(call, body, None)


async def _change_maximum(call: Call, lot: Maximum | NewMaximum, max_price: int | None) -> MaximumShape:
    now = await call.services.auctions.bids.change_maximum(
        call.caller,
        lot.group_id,
        lot.goods_id,
        max_price,
        key=call.idempotency_key or lot.request_id,
        arrived_at=call.arrived_at,
        request_id=call.request_id,
    )
    return MaximumShape(lot.goods_id, lot.group_id, now)


def participation_shape(placed: Placed) -> NumberedShape:
    """What an accepted bid is answered with, over HTTP and over the socket."""
    one, lot = placed.participation, placed.lot
    goods = GoodsWithBidShape.of(lot)
    return NumberedShape(one.id, one.user_id, one.group_id, one.goods_id, one.price, one.status_on(lot), goods, placed.seq)


class AdmissionShape(Struct):
    """What would be said to a bid of the caller. `leads`: what they lead and have won in the group, maxima included; 0 without a limit."""

    group_id: int
    who_may_bid: Who
    deposit: Deposit
    lead_limit: Limit
    may_bid: bool
    leads: int


@routes.get("/group/admission/{group_id}", access=SIGNED_IN, raises=(NotFound,))
async def get_admission(call: Call, group_id: int) -> AdmissionShape:
    """我能否出价"""
    told = await call.services.auctions.admission.tell(call.caller, group_id)
    asked = told.admission
    return AdmissionShape(group_id, asked.who_may_bid, asked.deposit, asked.lead_limit, told.may_bid, told.leads)


@routes.get("/group/current/price/{goods_id}", access=ANYONE)
async def get_current_price(call: Call, goods_id: int) -> int:
    """获取该商品当前团购价(分)"""
    return await call.services.auctions.sale.get_current_price(goods_id)


class MyPageShape(Struct):
    current_page: int
    participations: list[MyParticipationShape] = field(name="list")
    total: int

    @classmethod
    def of(cls, page: Page[Joined]) -> MyPageShape:
        return cls(page.number, [MyParticipationShape.of(one) for one in page.items], page.total)


@routes.get("/group/my", access=SIGNED_IN)
async def list_my_participations(call: Call, query: PageParameters) -> MyPageShape:
    """我参与的团购"""
    page = await call.services.auctions.participations.page_joined([call.caller.id], query.to_page_query())
    return MyPageShape.of(page)
