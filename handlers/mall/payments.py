"""微信支付: payments that are asked for, and what they were for."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import WHOLE, DocumentTime, Paging, Yuan, YuanGiven, document_time, fen, listed, yuan
from server.domain.mall.orders.order import NothingToPay, OrderMissing
from server.domain.mall.payments.payment import (
    BelowRecharge,
    Channel,
    NoPayments,
    NotPayable,
    PayerUnknown,
    Payment,
    PaymentStatus,
    Prepared,
)
from server.domain.mall.payments.service import MOST_PURPOSE_CHARACTERS
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

REFUSALS = (NotPayable, BelowRecharge, PayerUnknown, NoPayments)

STATUSES = {PaymentStatus.ASKED: "待支付", PaymentStatus.PAID: "已支付", PaymentStatus.REFUSED: "未支付"}


class PaymentAsked(Struct):
    """`money` is put into the wallet when it is paid; then `nextAction` is done with it."""

    money: YuanGiven
    nextAction: Annotated[str, Meta(max_length=MOST_PURPOSE_CHARACTERS, description="支付成功后的后续工作，JSON")] = ""
    payName: Annotated[str, Meta(max_length=127, description="支付名目")] = ""
    remark: Annotated[str, Meta(max_length=256, description="支付备注说明")] = ""


async def ask_payment(call: Call, asked: PaymentAsked, channel: Channel) -> tuple[Payment, Prepared]:
    """Raises InvalidInput, NotPayable, BelowRecharge, PayerUnknown, NoPayments and Unavailable."""
    return await call.services.mall.ordering.payments.ask(
        call.caller,
        fen(asked.money),
        channel,
        call.client_address,
        purpose=asked.nextAction,
        name=asked.payName,
        remark=asked.remark,
    )


class WebPaymentShape(Struct):
    mwebUrl: str
    outTradeId: str


@routes.post("/pay/wx/h5", access=SIGNED_IN, raises=REFUSALS)
async def pay_on_mobile_web(call: Call, body: PaymentAsked) -> WebPaymentShape:
    """公众号网页支付"""
    payment, prepared = await ask_payment(call, body, Channel.MOBILE_WEB)
    return WebPaymentShape(prepared.address, payment.number)


class PaymentShape(Struct):
    """What a client hands to WeChat. Older ones read `prepayId` and `sign`."""

    timeStamp: str
    nonceStr: str
    package: str
    signType: str
    paySign: str
    prepayId: str
    sign: str
    outTradeId: str

    @classmethod
    def of(cls, payment: Payment, prepared: Prepared) -> PaymentShape:
        told = prepared.parameters
        return cls(**told, prepayId=prepared.prepay_id, sign=told["paySign"], outTradeId=payment.number)


@routes.post("/pay/wx/jsapi", access=SIGNED_IN, raises=REFUSALS)
async def pay_in_wechat(call: Call, body: PaymentAsked) -> PaymentShape:
    """公众号支付"""
    return PaymentShape.of(*await ask_payment(call, body, Channel.WEB_IN_WECHAT))


class QrPaymentShape(Struct):
    codeUrl: str
    outTradeId: str


@routes.post("/pay/wx/qrcode", access=SIGNED_IN, raises=REFUSALS)
async def pay_by_qr_code(call: Call, body: PaymentAsked) -> QrPaymentShape:
    """获取付款二维码"""
    payment, prepared = await ask_payment(call, body, Channel.QR_CODE)
    return QrPaymentShape(prepared.address, payment.number)


@routes.post("/pay/wx/wxapp", access=SIGNED_IN, raises=REFUSALS)
async def pay_in_mini_program(call: Call, body: PaymentAsked) -> PaymentShape:
    """小程序支付"""
    return PaymentShape.of(*await ask_payment(call, body, Channel.MINI_PROGRAM))


class OrderPaid(Struct):
    orderId: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="订单id")]


@routes.post("/pay/wxsph/getpaymentparams", access=SIGNED_IN, raises=(*REFUSALS, OrderMissing, NothingToPay))
async def pay_in_video_channel(call: Call, body: OrderPaid) -> PaymentShape:
    """视频号支付参数

    For the whole of an unpaid order."""
    return PaymentShape.of(*await call.services.mall.ordering.order_payments.ask(call.caller, body.orderId, call.client_address))


class PaymentQuery(Paging):
    orderNo: Annotated[str, Meta(max_length=64, description="支付单号")] | None = None


class PaymentRowShape(Struct, omit_defaults=True, kw_only=True):
    """`nextAction` as it was sent."""

    id: int
    orderNo: str
    money: Yuan
    remark: str | None = None
    nextAction: str | None = None
    status: int
    statusStr: str
    dateAdd: DocumentTime

    @classmethod
    def of(cls, payment: Payment) -> PaymentRowShape:
        return cls(
            id=payment.id,
            orderNo=payment.number,
            money=yuan(payment.paid or payment.amount),
            remark=payment.remark or None,
            nextAction=payment.purpose or None,
            status=payment.status.value,
            statusStr=STATUSES[payment.status],
            dateAdd=document_time(payment.asked_at),
        )


@routes.post("/user/payLogs", access=SIGNED_IN, raises=())
async def list_payments(call: Call, body: PaymentQuery) -> list[PaymentRowShape]:
    """用户充值记录

    The newest first."""
    found = await call.services.mall.ordering.payments.page_payments(call.caller.id, body.orderNo, body.to_page_query(WHOLE))
    return listed(found.items, PaymentRowShape.of)
