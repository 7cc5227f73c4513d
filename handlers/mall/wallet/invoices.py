"""发票: asked for, and issued as a file."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import (
    WHOLE,
    DocumentTime,
    PageShape,
    Paging,
    Yuan,
    YuanGiven,
    absolute,
    document_time,
    fen,
    labels_in,
    paged,
    yuan,
)
from server.domain.mall.orders.order import OrderMissing
from server.domain.mall.wallet.invoices import Invoice, InvoiceAsked, InvoicedAlready, InvoiceMissing, InvoiceState
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

STATES = {
    InvoiceState.WAITING: "待处理",
    InvoiceState.HANDLED: "开票中",
    InvoiceState.REFUSED: "不通过",
    InvoiceState.ISSUED: "已开票",
}

Line = Annotated[str, Meta(max_length=1000)]


class InvoiceGiven(Struct):
    comName: Line
    amount: YuanGiven
    tfn: Line = ""
    consumption: Line = ""
    email: Line = ""
    remark: Line = ""
    orderId: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="开票的订单ID")] | None = None
    extJsonStr: Annotated[str, Meta(max_length=20_000, description="扩展属性的JSON格式数据")] | None = None

    def to_invoice(self) -> InvoiceAsked:
        """Raises InvalidInput."""
        return InvoiceAsked(
            company=self.comName,
            tax_number=self.tfn,
            amount=fen(self.amount),
            consumption=self.consumption,
            email=self.email,
            remark=self.remark,
            order_id=self.orderId or None,
            extensions=labels_in(self.extJsonStr, "extJsonStr"),
        )


@routes.post("/invoice/apply", access=SIGNED_IN, raises=(OrderMissing, InvoicedAlready))
async def apply_for_invoice(call: Call, body: InvoiceGiven) -> None:
    """申请开发票

    For an order no more than was paid for it, other invoices included."""
    await call.services.mall.wallet.invoices.apply(call.caller.id, body.to_invoice())


class InvoiceShape(Struct, omit_defaults=True, kw_only=True):
    """`status`: 0 waiting, 1 being handled, 2 refused, 3 issued, with `file`."""

    id: int
    comName: str
    tfn: str
    amount: Yuan
    consumption: str
    email: str | None = None
    remark: str | None = None
    orderId: int | None = None
    status: int
    statusStr: str
    rejectionReason: str | None = None
    file: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, invoice: Invoice, origin: str) -> InvoiceShape:
        return cls(
            id=invoice.id,
            comName=invoice.company,
            tfn=invoice.tax_number,
            amount=yuan(invoice.amount),
            consumption=invoice.consumption,
            email=invoice.email or None,
            remark=invoice.remark or None,
            orderId=invoice.order_id,
            status=invoice.state.value,
            statusStr=STATES[invoice.state],
            rejectionReason=invoice.reason or None,
            file=absolute(invoice.file, origin) or None,
            dateAdd=document_time(invoice.asked_at),
        )


class InvoiceNamed(Struct):
    id: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="记录ID")]


class InvoiceDetailShape(Struct):
    info: InvoiceShape
    extJson: dict[str, str]


@routes.get("/invoice/info", access=SIGNED_IN, raises=(InvoiceMissing,))
async def get_invoice(call: Call, query: InvoiceNamed) -> InvoiceDetailShape:
    """申请开发票详情"""
    found = await call.services.mall.wallet.invoices.get_own(call.caller.id, query.id)
    return InvoiceDetailShape(InvoiceShape.of(found, call.origin), found.extensions)


@routes.post("/invoice/list", access=SIGNED_IN, raises=())
async def page_invoices(call: Call, body: Paging) -> PageShape[InvoiceShape]:
    """我的申请开发票记录

    The newest first."""
    page = body.to_page_query(WHOLE)
    found = await call.services.mall.wallet.invoices.page_own(call.caller.id, page)
    return paged(found, page, lambda invoice: InvoiceShape.of(invoice, call.origin))
