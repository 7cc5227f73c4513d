"""成交结算: what the caller won and owes, where it goes, and paying for it."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from handlers.bidding.inputs import PageParameters
from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.aftersale.settlements import (
    AlreadyPaid,
    AlreadyShipped,
    PaidBy,
    Settlement,
    SettlementOver,
    SettlementState,
)
from server.domain.aftersale.winners import LONGEST_TITLE, Asked
from server.domain.errors import NotFound
from server.domain.mall.ledger import NotEnoughBalance
from server.domain.mall.payments.payment import Channel, NoPayments, NotPayable, PayerUnknown
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.routing import PositiveId, Routes

routes = Routes()

State = Annotated[
    SettlementState,
    Meta(description="due 待付款，paid 已付款，shipped 已发货，given_up 逾期未付\n\ndue, paid, shipped, or given up because it was not paid in time"),
]


class BoughtShape(Struct):
    goods_id: int
    sn: str
    category: str
    score: str
    price: int


class PlaceShape(Struct):
    province: str
    city: str
    district: str
    address: str
    zip: str
    contact_name: str
    contact_phone: str


class InvoiceShape(Struct):
    title: str
    tax_number: str


class SettlementShape(Struct):
    """What was won together, paid once and sent together. `amount` in fen, to be paid until `pay_by`; `is_overdue`: that is over, and it
    can be paid until it is given up. `address` as it was chosen."""

    id: int
    group_id: int
    issue: int
    status: State
    amount: int
    pay_by: DocumentTime
    is_overdue: bool
    lots: list[BoughtShape]
    address: PlaceShape | None
    invoice: InvoiceShape | None
    paid_by: PaidBy | None
    paid_at: DocumentTime | None
    carrier: str
    tracking: str
    shipped_at: DocumentTime | None
    made_at: DocumentTime

    @classmethod
    def of(cls, one: Settlement, call: Call) -> SettlementShape:
        place, invoice = one.place, one.invoice
        return cls(
            id=one.id,
            group_id=one.group_id,
            issue=one.issue,
            status=one.state,
            amount=one.amount,
            pay_by=document_time(one.pay_by),
            is_overdue=one.is_overdue_at(call.services.clock.now()),
            lots=[BoughtShape(lot.goods_id, lot.sn, lot.category, lot.score, lot.price) for lot in one.lots],
            address=PlaceShape(**{name: getattr(place, name) for name in PlaceShape.__struct_fields__}) if place is not None else None,
            invoice=InvoiceShape(invoice.title, invoice.tax_number) if invoice is not None else None,
            paid_by=one.paid_by,
            paid_at=document_time(one.paid_at) if one.paid_at is not None else None,
            carrier=one.carrier,
            tracking=one.tracking,
            shipped_at=document_time(one.shipped_at) if one.shipped_at is not None else None,
            made_at=document_time(one.made_at),
        )


class SettlementsPageShape(Struct):
    current_page: int
    settlements: list[SettlementShape] = field(name="list")
    total: int


@routes.get("/settlements", access=SIGNED_IN, raises=())
async def list_settlements(call: Call, query: PageParameters) -> SettlementsPageShape:
    """我的成交结算

    Newest first."""
    page = await call.services.aftersale.winners.page_settlements(call.caller, query.to_page_query())
    return SettlementsPageShape(page.number, [SettlementShape.of(one, call) for one in page.items], page.total)


@routes.get("/settlements/{settlement_id}", access=SIGNED_IN, raises=(NotFound,))
async def get_settlement(call: Call, settlement_id: int) -> SettlementShape:
    """成交结算详情"""
    return SettlementShape.of(await call.services.aftersale.winners.get_settlement(call.caller, settlement_id), call)


class ChosenAddress(Struct):
    address_id: Annotated[PositiveId, Meta(description="地址簿中的地址\n\nof the caller's address book")]


@routes.put("/settlements/{settlement_id}/address", access=SIGNED_IN, raises=(NotFound, AlreadyShipped, SettlementOver))
async def choose_address(call: Call, settlement_id: int, body: ChosenAddress) -> SettlementShape:
    """选择收货地址

    As the address book has it now."""
    return SettlementShape.of(await call.services.aftersale.winners.choose_address(call.caller, settlement_id, body.address_id), call)


class InvoiceAsked(Struct):
    title: Annotated[str, Meta(max_length=LONGEST_TITLE, description="发票抬头")]
    tax_number: Annotated[str, Meta(max_length=40, description="税号，个人可不填\n\n15 to 20 digits and letters; people have none")] = ""


@routes.put("/settlements/{settlement_id}/invoice", access=SIGNED_IN, raises=(NotFound, AlreadyShipped, SettlementOver))
async def ask_invoice(call: Call, settlement_id: int, body: InvoiceAsked) -> SettlementShape:
    """填写发票信息"""
    changed = await call.services.aftersale.winners.ask_invoice(call.caller, settlement_id, body.title, body.tax_number)
    return SettlementShape.of(changed, call)


class PaymentAsked(Struct):
    channel: Annotated[Channel, Meta(description="wxapp 小程序，jsapi 公众号，h5 手机网页，qrcode 扫码")]


class PaymentShape(Struct):
    """What a client needs: `parameters` for WeChat in the mini-program, `url` to go to, or to be shown as the QR code `picture`."""

    number: str
    amount: int
    parameters: dict[str, str]
    url: str
    picture: Annotated[str, Meta(description="二维码图片（data URI），其他渠道为空")]

    @classmethod
    def of(cls, asked: Asked) -> PaymentShape:
        payment, prepared = asked.payment, asked.prepared
        return cls(payment.number, payment.amount, prepared.parameters, prepared.address, asked.picture)


PAYMENT_RAISES = (NotFound, AlreadyPaid, SettlementOver, NotPayable, PayerUnknown, NoPayments)


@routes.post("/settlements/{settlement_id}/payments", access=SIGNED_IN, raises=PAYMENT_RAISES)
async def ask_payment(call: Call, settlement_id: int, body: PaymentAsked) -> PaymentShape:
    """微信支付

    Of the whole amount. What is paid after it was paid otherwise, or given up, stays in the wallet."""
    winners = call.services.aftersale.winners
    return PaymentShape.of(await winners.ask_payment(call.caller, settlement_id, body.channel, call.client_address))


@routes.post("/settlements/{settlement_id}/wallet", access=SIGNED_IN, raises=(NotFound, AlreadyPaid, SettlementOver, NotEnoughBalance))
async def pay_from_wallet(call: Call, settlement_id: int) -> SettlementShape:
    """余额支付"""
    return SettlementShape.of(await call.services.aftersale.winners.pay_from_wallet(call.caller, settlement_id), call)
