"""拼团: opening a group, and looking at groups."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.campaigns.shapes import FaceShape
from handlers.mall.goods.goods import Ids, ids_in
from handlers.mall.shapes import PAGED, DocumentTime, PageShape, Paging, absolute, document_time, listed, paged
from server.domain.accounts.users import User
from server.domain.mall.campaigns.groups import (
    BuyerGroup,
    Counts,
    GroupOffer,
    GroupQuery,
    GroupState,
    OfferMissing,
    Seat,
)
from server.domain.mall.goods.window import Offered
from server.domain.mall.orders.refunds import WAY_LABELS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

OPEN = (0, "进行中")
# what clients number 0 runs, and what is on its way back has failed for them
STATES = {
    GroupState.UNPAID: (0, "待支付"),
    GroupState.RUNNING: (0, "进行中"),
    GroupState.COMPLETE: (1, "拼团成功"),
    GroupState.ENDING: (2, "拼团失败"),
    GroupState.FAILED: (2, "拼团失败"),
}

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class OfferShape(Struct, kw_only=True):
    """`numberSucccess` is spelled as clients read it; `numberOrder` is what one of them calls the people."""

    id: int
    goodsId: int
    numberPersion: int
    numberOrder: int
    numberDoing: int
    numberSucccess: int
    timeoutHours: int
    refundType: int
    refundTypeStr: str
    status: int
    statusStr: str
    dateAdd: DocumentTime
    dateEnd: DocumentTime

    @classmethod
    def of(cls, offer: GroupOffer, counts: Mapping[int, Counts]) -> OfferShape:
        status, words = OPEN
        counted = counts.get(offer.id, Counts())
        return cls(
            id=offer.id,
            goodsId=offer.goods_id,
            numberPersion=offer.people,
            numberOrder=offer.people,
            numberDoing=counted.running,
            numberSucccess=counted.complete,
            timeoutHours=offer.hours,
            refundType=offer.way_back.value,
            refundTypeStr=WAY_LABELS[offer.way_back][0],
            status=status,
            statusStr=words,
            dateAdd=document_time(offer.added_at),
            dateEnd=document_time(offer.ends_at),
        )


async def _offers(call: Call, goods_ids: list[int]) -> list[OfferShape]:
    groups = call.services.mall.campaigns.groups
    found = await groups.list_open(goods_ids)
    counts = await groups.count_groups(found)
    return listed(found, lambda offer: OfferShape.of(offer, counts))


class OfGoods(Struct):
    goodsId: Annotated[Id, Meta(description="商品id")]


@routes.get("/shop/goods/pingtuan/set", access=ANYONE, raises=())
async def get_group_offer(call: Call, query: OfGoods) -> OfferShape:
    """获取拼团设置"""
    return (await _offers(call, [query.goodsId]))[0]


class OfSeveralGoods(Struct):
    goodsId: Ids


@routes.get("/shop/goods/pingtuan/sets", access=ANYONE, raises=())
async def list_group_offers(call: Call, query: OfSeveralGoods) -> list[OfferShape]:
    """获取拼团设置（批量接口）"""
    return await _offers(call, sorted(ids_in(query.goodsId, "goodsId")))


class OpenedShape(Struct, kw_only=True):
    id: int
    pingtuanId: int
    goodsId: int
    dateEnd: DocumentTime

    @classmethod
    def of(cls, group: BuyerGroup) -> OpenedShape:
        return cls(id=group.id, pingtuanId=group.offer_id, goodsId=group.goods_id, dateEnd=document_time(group.expires_at))


@routes.post("/shop/goods/pingtuan/open", access=SIGNED_IN, raises=(OfferMissing,))
async def open_group(call: Call, body: OfGoods) -> OpenedShape:
    """开团接口

    The group is seen, and its time runs, once its leader has paid."""
    return OpenedShape.of(await call.services.mall.campaigns.groups.open(call.caller.id, body.goodsId))


class GroupShape(Struct, kw_only=True):
    """`id` is the group's number, `helpNumber` how many have paid."""

    id: int
    pingtuanId: int
    goodsId: int
    uid: int
    helpNumber: int
    status: int
    statusStr: str
    dateAdd: DocumentTime
    dateEnd: DocumentTime
    apiExtUser: FaceShape

    @classmethod
    def of(cls, group: BuyerGroup, leader: User | None, origin: str) -> GroupShape:
        status, words = STATES[group.state]
        return cls(
            id=group.id,
            pingtuanId=group.offer_id,
            goodsId=group.goods_id,
            uid=group.leader_id,
            helpNumber=len(group.paid),
            status=status,
            statusStr=words,
            dateAdd=document_time(group.opened_at),
            dateEnd=document_time(group.expires_at),
            apiExtUser=FaceShape.of(leader, origin),
        )


class GroupsQuery(Paging):
    goodsId: Id | None = None
    status: Annotated[int, Meta(ge=0, le=2, description="0 进行中 1 成功 2 失败")] | None = None

    def to_group_query(self) -> GroupQuery:
        return GroupQuery(goods_id=self.goodsId, state=None if self.status is None else GroupState(self.status))


@routes.post("/shop/goods/pingtuan/list/v2", access=ANYONE, raises=())
async def list_groups(call: Call, body: GroupsQuery) -> PageShape[GroupShape]:
    """获取所有进行中的团购

    Those whose leader has paid."""
    page = body.to_page_query(PAGED)
    found = await call.services.mall.campaigns.groups.page_groups(body.to_group_query(), page)
    leaders = await call.services.mall.campaigns.groups.find_leaders(found.items)
    return paged(found, page, lambda group: GroupShape.of(group, leaders.get(group.leader_id), call.origin))


class SeatShape(Struct, kw_only=True):
    apiExtUserHelp: FaceShape
    uidHelp: int
    dateAdd: DocumentTime


class GroupSought(Struct):
    tuanId: Annotated[Id, Meta(description="团号,请注意不是拼团id，是每个人开团后的团号")]


@routes.get("/shop/goods/pingtuan/joiner", access=ANYONE, raises=())
async def list_members(call: Call, query: GroupSought) -> list[SeatShape]:
    """查看某团的所有参与用户"""

    def shape(member: tuple[Seat, User | None]) -> SeatShape:
        seat, user = member
        return SeatShape(apiExtUserHelp=FaceShape.of(user, call.origin), uidHelp=seat.user_id, dateAdd=document_time(seat.at))

    return listed(await call.services.mall.campaigns.groups.list_members(query.tuanId), shape)


class JoinedQuery(Paging):
    goodsId: Id | None = None
    orderId: Id | None = None
    pingtuanId: Id | None = None
    tuanId: Id | None = None

    def to_group_query(self, user_id: int) -> GroupQuery:
        return GroupQuery(
            member_id=user_id, goods_id=self.goodsId, order_id=self.orderId, offer_id=self.pingtuanId, group_id=self.tuanId
        )


class JoinedShape(Struct, kw_only=True):
    tuanId: int
    pingtuanId: int
    goodsId: int
    goodsName: str
    pic: str
    orderId: int
    status: int
    statusStr: str
    dateAdd: DocumentTime


@routes.post("/shop/goods/pingtuan/my-join-list", access=SIGNED_IN, raises=())
async def list_joined(call: Call, body: JoinedQuery) -> PageShape[JoinedShape]:
    """我的拼团记录

    Groups in which the caller has paid for a place."""
    page = body.to_page_query(PAGED)
    found = await call.services.mall.campaigns.groups.page_groups(body.to_group_query(call.caller.id), page)
    offered = await call.services.mall.window.window.find_offered([group.goods_id for group in found.items])
    goods = {one.goods.id: one for one in offered}
    return paged(found, page, lambda group: _joined(group, goods, call))


def _joined(group: BuyerGroup, offered: Mapping[int, Offered], call: Call) -> JoinedShape:
    goods, status = offered.get(group.goods_id), STATES[group.state]
    seat = next(seat for seat in group.paid if seat.user_id == call.caller.id)
    return JoinedShape(
        tuanId=group.id,
        pingtuanId=group.offer_id,
        goodsId=group.goods_id,
        goodsName="" if goods is None else goods.goods.name,
        pic="" if goods is None else absolute(goods.goods.picture, call.origin),
        orderId=seat.order_id,
        status=status[0],
        statusStr=status[1],
        dateAdd=document_time(seat.at),
    )
