"""售后: what buyers ask for after the sale, and what was refunded."""
from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from handlers.mall.dialect import MallDialect
from handlers.mall.failures.claims import APPLYING, LOOKING, REFUNDED
from handlers.mall.shapes import DocumentTime, Yuan, YuanGiven, absolute, document_time, fen, listed, yuan
from server.domain.errors import InvalidInput
from server.domain.mall.claims.claims import (
    MOST_PICTURES,
    AlreadyClaimed,
    Claim,
    ClaimKind,
    ClaimMissing,
    ClaimRefused,
    ClaimRequest,
    ClaimState,
    WrongClaimState,
)
from server.domain.mall.orders.order import OrderMissing
from server.domain.mall.orders.refunds import Refund
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE, MallDialect(LOOKING))
apply_routes = Routes(LOOSE, MallDialect(APPLYING))
refund_routes = Routes(LOOSE, MallDialect(REFUNDED))

KINDS = {ClaimKind.MONEY: "仅退款", ClaimKind.RETURN: "退货退款", ClaimKind.EXCHANGE: "换货"}
STATES = {
    ClaimState.WAITING: "待处理",
    ClaimState.CANCELLED: "已撤销",
    ClaimState.REFUSED: "已拒绝",
    ClaimState.UNDER_WAY: "处理中",
    ClaimState.DONE: "已完成",
}
RECEIVED = ("未收到货", "已收到货")
REFUND_DONE = (1, "已退款")
MOST_PIECES = 10**6

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class Application(Struct):
    """Without `orderGoodsId` of everything that is left of the order. `pic`: addresses with commas between."""

    orderId: Annotated[Id, Meta(description="订单ID")]
    type: Annotated[ClaimKind, Meta(description="0 仅退款 1 退款退货 2 换货")]
    logisticsStatus: Annotated[int, Meta(ge=0, le=1, description="0 未收到货 1 已收到货")]
    reason: Annotated[str, Meta(max_length=200, description="退换货原因")]
    amount: YuanGiven
    orderGoodsId: Id | None = None
    number: Annotated[int, Meta(ge=1, le=MOST_PIECES)] | None = None
    remark: Annotated[str, Meta(max_length=1000, description="退换货描述")] = ""
    pic: Annotated[str, Meta(max_length=8000, description="可提交多张截图的图片地址")] = ""

    def to_request(self, origin: str) -> ClaimRequest:
        """Raises InvalidInput."""
        pictures = [one.strip() for one in self.pic.split(",") if one.strip()]
        if len(pictures) > MOST_PICTURES or any(len(one) > 512 for one in pictures):
            raise InvalidInput({"pic": [f"too_long:{MOST_PICTURES}"]})
        return ClaimRequest(
            line_id=self.orderGoodsId,
            number=self.number,
            amount=fen(self.amount),
            kind=self.type,
            is_received=bool(self.logisticsStatus),
            reason=self.reason,
            remark=self.remark,
            # Pictures of this server are kept without its name, by which others may call it otherwise.
            pictures=tuple(one.removeprefix(origin) for one in pictures),
        )


@apply_routes.post("/order/refundApply/apply", access=SIGNED_IN, raises=(OrderMissing, ClaimRefused, AlreadyClaimed))
async def apply(call: Call, body: Application) -> None:
    """申请售后

    No more is given back than was paid for the pieces."""
    await call.services.mall.claims.claims.apply(call.caller.id, body.orderId, body.to_request(call.origin))


class ClaimSought(Struct):
    orderId: Annotated[Id, Meta(description="订单ID")]
    orderGoodsId: Id | None = None


@routes.post("/order/refundApply/cancel", access=SIGNED_IN, raises=(OrderMissing, ClaimMissing, WrongClaimState))
async def cancel(call: Call, body: ClaimSought) -> None:
    """撤销退换货申请"""
    await call.services.mall.claims.claims.cancel(call.caller.id, body.orderId, body.orderGoodsId)


class ClaimShape(Struct, omit_defaults=True, kw_only=True):
    """`status2` tells of goods that are to be sent back, `logisticsContent` where to and by which parcel, as JSON in a text."""

    id: int
    orderId: int
    orderGoodsId: int
    number: int
    amount: Yuan
    type: int
    typeStr: str
    status: int
    statusStr: str
    status2: int
    logisticsStatus: int
    logisticsStatusStr: str
    reason: str
    remark: str | None = None
    logisticsContent: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, claim: Claim) -> ClaimShape:
        return cls(
            id=claim.id,
            orderId=claim.order_id,
            orderGoodsId=claim.line_id,
            number=claim.number,
            amount=yuan(claim.refunded if claim.state is ClaimState.DONE else claim.amount),
            type=claim.kind.value,
            typeStr=KINDS[claim.kind],
            status=claim.state.value,
            statusStr=STATES[claim.state],
            status2=claim.step.value,
            logisticsStatus=int(claim.is_received),
            logisticsStatusStr=RECEIVED[claim.is_received],
            reason=claim.reason,
            remark=claim.answer or claim.remark or None,
            logisticsContent=_parcel_of(claim),
            dateAdd=document_time(claim.asked_at),
        )


def _parcel_of(claim: Claim) -> str | None:
    if claim.address is None:
        return None
    to = claim.address
    told = {"linkMan": to.name, "mobile": to.mobile, "address": to.address}
    told |= {"shipperName": claim.carrier, "trackingNumber": claim.tracking} if claim.tracking else {}
    return msgspec.json.encode(told).decode()


class PictureShape(Struct):
    pic: str


class ClaimInfoShape(Struct, omit_defaults=True):
    baseInfo: ClaimShape
    pics: list[PictureShape] | None = None


@routes.get("/order/refundApply/info", access=SIGNED_IN, raises=(OrderMissing,))
async def list_claims(call: Call, query: ClaimSought) -> list[ClaimInfoShape]:
    """退换货详情

    All of the order, those that were cancelled too; the newest first."""
    found = await call.services.mall.claims.claims.list_claims(call.caller.id, query.orderId, query.orderGoodsId)

    def shape(claim: Claim) -> ClaimInfoShape:
        return ClaimInfoShape(ClaimShape.of(claim), [PictureShape(absolute(one, call.origin)) for one in claim.pictures] or None)

    return listed(found, shape)


class ParcelBack(Struct):
    applyId: Id
    shipperName: Annotated[str, Meta(min_length=1, max_length=64, description="快递公司")]
    trackingNumber: Annotated[str, Meta(min_length=1, max_length=64, description="快递单号")]


@routes.post("/order/refundApply/setBackLogistics", access=SIGNED_IN, raises=(ClaimMissing, WrongClaimState))
async def tell_parcel(call: Call, body: ParcelBack) -> None:
    """填写退货物流"""
    await call.services.mall.claims.claims.tell_parcel(call.caller.id, body.applyId, body.shipperName, body.trackingNumber)


class RefundSought(Struct):
    orderId: Annotated[Id, Meta(description="订单id")]


class RefundShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    orderId: int
    amount: Yuan
    remark: str | None = None
    status: int
    statusStr: str
    dateAdd: DocumentTime

    @classmethod
    def of(cls, refund: Refund) -> RefundShape:
        return cls(
            id=refund.id,
            orderId=refund.order_id,
            amount=yuan(refund.money),
            remark=refund.remark or None,
            status=REFUND_DONE[0],
            statusStr=REFUND_DONE[1],
            dateAdd=document_time(refund.at),
        )


@refund_routes.get("/order/refund", access=SIGNED_IN, raises=(OrderMissing,))
async def list_refunds(call: Call, query: RefundSought) -> list[RefundShape]:
    """获取订单退款记录"""
    await call.services.mall.ordering.orders.get_order(call.caller.id, query.orderId)
    return listed(await call.services.mall.claims.book.list_refunds(query.orderId), RefundShape.of)
