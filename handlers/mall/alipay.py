"""支付宝: payments by a QR code, by a transfer to the shop's account, and the transfers that its telephone pushes."""
from __future__ import annotations

import json
from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.failures.general import NothingThere
from handlers.mall.payments import PaymentAsked, ask_payment
from handlers.mall.shapes import absolute
from server.domain.mall.payments.payment import BelowRecharge, Channel, NoPayments, NotPayable, Payment, Prepared
from server.domain.mall.payments.transfers import (
    AlipayNotSet,
    Pushed,
    PushRefused,
    TransferMissing,
    TransfersOff,
    TransferTaken,
    TransferVoid,
)
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)

REFUSALS = (NotPayable, BelowRecharge, NoPayments)

Text = Annotated[str, Meta(max_length=256)]


class AlipayQrShape(Struct):
    """`qrcode` is Alipay's answer as JSON: `alipay_trade_precreate_response.qr_code` is what the code tells."""

    qrcode: str
    outTradeId: str

    @classmethod
    def of(cls, payment: Payment, prepared: Prepared) -> AlipayQrShape:
        told = {"code": "10000", "msg": "Success", "out_trade_no": payment.number, "qr_code": prepared.address}
        return cls(json.dumps({"alipay_trade_precreate_response": told}), payment.number)


@routes.post("/pay/alipay/gate/qrcode", access=SIGNED_IN, raises=REFUSALS)
async def pay_by_alipay_code(call: Call, body: PaymentAsked) -> AlipayQrShape:
    """支付宝扫码支付"""
    return AlipayQrShape.of(*await ask_payment(call, body, Channel.ALIPAY_CODE))


@routes.post("/pay/alipay/semiAutomatic/payurl", access=SIGNED_IN, raises=(*REFUSALS, AlipayNotSet))
async def pay_by_transfer(call: Call, body: PaymentAsked) -> str:
    """获取支付地址

    Opens Alipay with a transfer to the shop's account that names the payment."""
    return (await ask_payment(call, body, Channel.ALIPAY_TRANSFER))[1].address


@routes.get("/pay/alipay/transfer/qrcode", access=ANYONE, raises=())
async def get_transfer_code(call: Call) -> str:
    """获取转账收钱码

    The address of its picture."""
    found = await call.services.mall.alipay.transfers.find_picture()
    if found is None:
        raise NothingThere()
    return absolute(found, call.origin)


class TransferPushed(Struct):
    trade: Annotated[str, Meta(max_length=64, description="支付宝转账订单号")]
    amount: Annotated[str, Meta(max_length=20, description="转账金额")]
    sig: Annotated[str, Meta(max_length=64, description="签名：MD5（time + title + trade + name + amount + 商户秘钥）后转大写")]
    title: Annotated[str, Meta(max_length=256, description="转账备注")] = ""
    name: Annotated[str, Meta(max_length=100, description="支付宝姓名")] = ""
    alipayAcount: Annotated[str, Meta(max_length=100, description="支付宝账号")] = ""
    time: Annotated[str, Meta(max_length=32, description="转账时间：2018.02.05 00:07")] = ""

    def to_pushed(self) -> Pushed:
        return Pushed(
            number=self.trade,
            amount=self.amount,
            title=self.title,
            name=self.name,
            account=self.alipayAcount,
            time=self.time,
            signature=self.sig,
        )


@routes.post("/pay/alipay/transfer/push", access=ANYONE, raises=(TransfersOff, PushRefused))
async def push_transfer(call: Call, body: TransferPushed) -> None:
    """推送并生成一条转账记录

    Signed with the shop's secret; sent again it is the same transfer."""
    await call.services.mall.alipay.transfers.push(body.to_pushed())


class TransferPushedPlainly(Struct):
    ddh: Annotated[str, Meta(max_length=64, description="支付宝转账订单号")]
    key: Annotated[str, Meta(max_length=256, description="商户秘钥")]
    money: Annotated[str, Meta(max_length=20, description="转账金额")]
    name: Annotated[str, Meta(max_length=256, description="转账备注信息")] = ""


@routes.post("/pay/alipay/transfer/push/yyb", access=ANYONE, raises=(TransfersOff, PushRefused))
async def push_transfer_plainly(call: Call, body: TransferPushedPlainly) -> None:
    """推送并生成一条转账记录

    With the shop's secret itself."""
    pushed = Pushed(number=body.ddh, amount=body.money, title=body.name, signature=body.key)
    await call.services.mall.alipay.transfers.push_with_secret(pushed)


class TransferNamed(Struct):
    orderNumber: Annotated[str, Meta(max_length=64, description="支付宝转账订单号")]


@routes.post("/pay/alipay/transfer/checkOrderNumber", access=SIGNED_IN, raises=(TransferMissing, TransferVoid, TransferTaken))
async def claim_transfer(call: Call, body: TransferNamed) -> None:
    """转账查账认领

    The money is in the caller's wallet from now on."""
    await call.services.mall.alipay.transfers.claim(call.caller.id, body.orderNumber)
