"""Orders as the document writes them."""
from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from handlers.mall.shapes import DocumentTime, Yuan, absolute, document_time, optional_time, yuan
from server.domain.mall.orders.order import Contact, Event, GroupMark, Happened, Order, OrderLine, OrderStatus, Parcel
from server.domain.mall.price_kinds import PriceKind

STATUSES = {
    OrderStatus.CLOSED: "订单关闭",
    OrderStatus.UNPAID: "待支付",
    OrderStatus.PAID: "待发货",
    OrderStatus.SHIPPED: "待收货",
    OrderStatus.RECEIVED: "待评价",
    OrderStatus.REVIEWED: "已完成",
}
TO_BE_PICKED_UP = "待自提"
WAITS_FOR_GROUP = "待成团"

EVENTS = {
    Event.CLOSED: "关闭订单",
    Event.PLACED: "下单",
    Event.PAID: "支付",
    Event.SHIPPED: "发货",
    Event.RECEIVED: "确认收货",
    Event.REVIEWED: "评价",
    Event.PRICE_CHANGED: "修改价格",
    Event.REFUNDED: "退款",
}

PICK_UP_NUMBERS = 10_000  # as people read them out


class OrderInfoShape(Struct, omit_defaults=True, kw_only=True):
    """`hxNumber` is the code for which it is handed over; `nearbyCloseMillis` how long it may stay unpaid."""

    id: int
    uid: int
    orderNumber: str
    status: int
    statusStr: str
    amount: Yuan
    amountLogistics: Yuan
    amountCoupons: Yuan
    amountCard: Yuan
    amountReal: Yuan
    amountRefundTotal: Yuan
    amountTax: Yuan
    score: int
    scoreDeduction: int
    goodsNumber: int
    isNeedLogistics: bool
    isPay: bool
    isCanHx: bool
    hxNumber: str | None = None
    isEnd: bool
    isDelUser: bool
    hasRefund: bool
    refundStatus: int
    isSuccessPingtuan: bool
    isScoreOrder: bool
    type: int
    orderType: int
    pid: int
    shopId: int
    shopIdZt: int | None = None
    shopNameZt: str | None = None
    qudanhao: str
    remark: str
    ip: str
    differHours: int
    nearbyCloseMillis: int | None = None
    dateAdd: DocumentTime
    datePay: DocumentTime | None = None
    dateClose: DocumentTime | None = None
    dateUpdate: DocumentTime

    @classmethod
    def of(cls, order: Order, now: datetime) -> OrderInfoShape:
        status = order.status
        left = None if order.closes_at is None else max(0, int((order.closes_at - now).total_seconds() * 1000))
        return cls(
            id=order.id,
            uid=order.user_id,
            orderNumber=order.number,
            status=status.value,
            statusStr=_words(order),
            amount=yuan(order.goods),
            amountLogistics=yuan(order.freight),
            amountCoupons=yuan(order.taken_by(PriceKind.COUPON)),
            amountCard=yuan(order.taken_by(PriceKind.CARD)),
            amountReal=yuan(order.real),
            amountRefundTotal=yuan(order.refunded),
            amountTax=yuan(0),
            score=order.points,
            scoreDeduction=order.points_spent,
            goodsNumber=order.piece_count,
            isNeedLogistics=order.needs_delivery,
            isPay=order.paid_at is not None,
            isCanHx=order.is_redeemable,
            hxNumber=order.code if order.is_redeemable else None,
            isEnd=status in (OrderStatus.CLOSED, OrderStatus.REVIEWED),
            isDelUser=order.is_hidden,
            hasRefund=order.was_claimed,
            refundStatus=1 if order.was_claimed else 0,
            isSuccessPingtuan=order.group is GroupMark.COMPLETE,
            isScoreOrder=order.points > 0 and order.real == 0,
            type=0,
            orderType=0,
            pid=0,
            shopId=order.shop_id,
            shopIdZt=order.pick_up_shop_id,
            shopNameZt=order.pick_up_shop_name or None,
            qudanhao=f"{order.id % PICK_UP_NUMBERS:04}",
            remark=order.remark,
            ip=order.address,
            differHours=0,
            nearbyCloseMillis=left,
            dateAdd=document_time(order.placed_at),
            datePay=optional_time(order.paid_at),
            dateClose=optional_time(order.closed_at or order.closes_at),
            dateUpdate=document_time(order.changed_at),
        )


def _words(order: Order) -> str:
    if order.status is OrderStatus.PAID and order.group is GroupMark.WAITING:
        return WAITS_FOR_GROUP
    return TO_BE_PICKED_UP if order.status is OrderStatus.PAID and order.is_pick_up else STATUSES[order.status]


class OrderGoodsShape(Struct, omit_defaults=True, kw_only=True):
    """`amount` of all pieces; `afterSale` is left out where none is offered."""

    id: int
    orderId: int
    goodsId: int
    goodsName: str
    pic: str
    number: int
    numberNoFahuo: int
    amount: Yuan
    amountSingle: Yuan
    amountSingleBase: Yuan
    amountCoupon: Yuan
    score: int
    property: str
    propertyChildIds: str
    priceId: int | None = None
    categoryId: int
    shopId: int
    unit: str
    barCode: str | None = None
    afterSale: str | None = None
    refundStatus: int
    status: int
    type: int
    fxType: int
    inviter_id: int | None = None
    buyRewardEnd: bool
    purchase: bool
    persion: int
    day: str | None = None
    time: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, order: Order, line: OrderLine, origin: str) -> OrderGoodsShape:
        place = next(place for place, one in enumerate(order.lines) if one.id == line.id)  # it may tell more by now
        coupon = -sum(effect.rows[place] for effect in order.effects if effect.kind is PriceKind.COUPON)
        names = [*line.spec_names, *((option.group_name, option.name) for option in line.options)]
        return cls(
            id=line.id,
            orderId=order.id,
            goodsId=line.choice.goods_id,
            goodsName=line.name,
            pic=absolute(line.picture, origin),
            number=line.number,
            numberNoFahuo=line.number - line.returned if order.status in (OrderStatus.UNPAID, OrderStatus.PAID) else 0,
            amount=yuan(line.amount),
            amountSingle=yuan(line.unit_price),
            amountSingleBase=yuan(line.base_price),
            amountCoupon=yuan(coupon),
            score=line.points,
            property=",".join(f"{name}:{value}" for name, value in names),
            propertyChildIds=",".join(f"{property_id}:{value_id}" for property_id, value_id in line.choice.specs),
            priceId=line.sku_id,
            categoryId=line.category_id,
            shopId=line.shop_id,
            unit=line.unit,
            barCode=line.bar_code or None,
            afterSale=line.after_sale or None,
            refundStatus=1 if order.is_refunded or line.was_claimed else 0,
            status=order.status.value,
            type=0,
            fxType=0,
            inviter_id=line.inviter_id,
            buyRewardEnd=False,
            purchase=False,
            persion=0,
            day=line.choice.day or None,
            time=line.choice.slot or None,
            dateAdd=document_time(order.placed_at),
        )


class OrderLogisticsShape(Struct, omit_defaults=True, kw_only=True):
    """To whom and where, and what was sent last."""

    id: int
    linkMan: str
    mobile: str
    provinceId: str
    cityId: str
    districtId: str | None = None
    streetId: str | None = None
    provinceStr: str
    cityStr: str
    areaStr: str | None = None
    streetStr: str | None = None
    address: str
    code: str | None = None
    type: int
    status: int
    shipperCode: str | None = None
    shipperName: str | None = None
    trackingNumber: str | None = None
    dateUpdate: DocumentTime | None = None

    @classmethod
    def of(cls, order: Order, contact: Contact) -> OrderLogisticsShape:
        parcel = order.parcels[-1] if order.parcels else None
        return cls(
            id=order.id,
            linkMan=contact.name,
            mobile=contact.mobile,
            provinceId=contact.province_id,
            cityId=contact.city_id,
            districtId=contact.district_id or None,
            streetId=contact.street_id or None,
            provinceStr=contact.province,
            cityStr=contact.city,
            areaStr=contact.district or None,
            streetStr=contact.street or None,
            address=contact.address,
            code=contact.post_code or None,
            type=0,
            status=0 if parcel is None else 1,
            shipperCode=None if parcel is None else parcel.carrier_code or None,
            shipperName=None if parcel is None else parcel.carrier,
            trackingNumber=None if parcel is None else parcel.number,
            dateUpdate=None if parcel is None else document_time(parcel.sent_at),
        )


class TraceShape(Struct):
    AcceptTime: str
    AcceptStation: str


def traces_of(parcel: Parcel) -> list[TraceShape]:
    return [TraceShape(trace.at, trace.text) for trace in parcel.traces]


class ShipperShape(Struct):
    """`traces` is JSON in a text."""

    orderId: int
    shipperName: str
    trackingNumber: str
    traces: str

    @classmethod
    def of(cls, order: Order, parcel: Parcel) -> ShipperShape:
        return cls(order.id, parcel.carrier, parcel.number, msgspec.json.encode(traces_of(parcel)).decode())


class LogShape(Struct):
    id: int
    orderId: int
    type: int
    typeStr: str
    dateAdd: DocumentTime

    @classmethod
    def of(cls, order: Order, place: int, happened: Happened) -> LogShape:
        event = happened.event
        return cls(place, order.id, event.value, EVENTS[event], document_time(happened.at))


class AdditionalPriceShape(Struct):
    id: int
    name: str
    amount: Yuan


class OrderDetailShape(Struct, omit_defaults=True, kw_only=True):
    orderInfo: OrderInfoShape
    goods: list[OrderGoodsShape]
    logistics: OrderLogisticsShape | None = None
    logisticsTraces: list[TraceShape] | None = None
    orderLogisticsShippers: list[ShipperShape] | None = None
    logs: list[LogShape]
    orderAdditionalPrices: list[AdditionalPriceShape] | None = None
    extJson: dict[str, str] | None = None

    @classmethod
    def of(cls, order: Order, now: datetime, origin: str) -> OrderDetailShape:
        added = [effect for effect in order.effects if effect.kind is PriceKind.ADDITIONAL]
        return cls(
            orderInfo=OrderInfoShape.of(order, now),
            goods=[OrderGoodsShape.of(order, line, origin) for line in order.lines],
            logistics=None if order.contact is None else OrderLogisticsShape.of(order, order.contact),
            logisticsTraces=traces_of(order.parcels[-1]) if order.parcels else None,
            orderLogisticsShippers=[ShipperShape.of(order, parcel) for parcel in order.parcels] or None,
            logs=[LogShape.of(order, place, happened) for place, happened in enumerate(order.log, start=1)],
            orderAdditionalPrices=[AdditionalPriceShape(n, one.name, yuan(one.amount)) for n, one in enumerate(added, 1)] or None,
            extJson=order.extensions or None,
        )
