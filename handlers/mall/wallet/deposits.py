"""押金: money that the shop holds and gives back."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import (
    PAGED,
    DocumentTime,
    PageShape,
    Paging,
    Yuan,
    YuanGiven,
    document_time,
    fen,
    labels_in,
    paged,
    yuan,
)
from server.domain.mall.wallet.deposits import (
    Deposit,
    DepositAsked,
    DepositMissing,
    DepositShort,
    DepositState,
    WrongDepositState,
)
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

STATES = {
    DepositState.UNPAID: "待支付",
    DepositState.BACK_ASKED: "申请退回待处理",
    DepositState.HELD: "在押",
    DepositState.RETURNED: "已退还",
}


class DepositGiven(Struct):
    amount: YuanGiven
    extJsonStr: Annotated[str, Meta(max_length=20_000, description="扩展属性的JSON格式数据")] | None = None
    refCode: Annotated[str, Meta(max_length=64, description="业务编号")] = ""
    remark: Annotated[str, Meta(max_length=200, description="备注")] = ""

    def to_deposit(self) -> DepositAsked:
        """Raises InvalidInput."""
        extensions = labels_in(self.extJsonStr, "extJsonStr")
        return DepositAsked(amount=fen(self.amount), reference=self.refCode, remark=self.remark, extensions=extensions)


class DepositNamed(Struct):
    id: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="记录ID")]


class DepositShape(Struct, omit_defaults=True, kw_only=True):
    """`status`: -1 unpaid, 0 asked back, 1 held, 2 returned."""

    id: int
    number: str
    amount: Yuan
    status: int
    statusStr: str
    refCode: str | None = None
    remark: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, deposit: Deposit) -> DepositShape:
        return cls(
            id=deposit.id,
            number=deposit.number,
            amount=yuan(deposit.amount),
            status=deposit.state.value,
            statusStr=STATES[deposit.state],
            refCode=deposit.reference or None,
            remark=deposit.remark or None,
            dateAdd=document_time(deposit.asked_at),
        )


@routes.post("/deposit/pay", access=SIGNED_IN, raises=(DepositShort,))
async def pay_deposit(call: Call, body: DepositGiven) -> None:
    """支付押金

    From the wallet. 40000: so much (`data`, in yuan) is to be paid on line; the deposit waits, unpaid."""
    await call.services.mall.wallet.deposits.pay(call.caller.id, body.to_deposit())


@routes.post("/deposit/payStatus", access=SIGNED_IN, raises=(DepositMissing, DepositShort, WrongDepositState))
async def pay_unpaid_deposit(call: Call, body: DepositNamed) -> None:
    """支付待支付的押金

    As paying a new one."""
    await call.services.mall.wallet.deposits.pay_unpaid(call.caller.id, body.id)


@routes.post("/deposit/back/apply", access=SIGNED_IN, raises=(DepositMissing, WrongDepositState))
async def ask_deposit_back(call: Call, body: DepositNamed) -> None:
    """申请退回押金"""
    await call.services.mall.wallet.deposits.ask_back(call.caller.id, body.id)


class DepositDetailShape(Struct):
    info: DepositShape
    extJson: dict[str, str]

    @classmethod
    def of(cls, deposit: Deposit) -> DepositDetailShape:
        return cls(DepositShape.of(deposit), deposit.extensions)


@routes.get("/deposit/info", access=SIGNED_IN, raises=(DepositMissing,))
async def get_deposit(call: Call, query: DepositNamed) -> DepositDetailShape:
    """押金详情"""
    return DepositDetailShape.of(await call.services.mall.wallet.deposits.get_own(call.caller.id, query.id))


class DepositQuery(Paging):
    status: DepositState | None = None


@routes.post("/deposit/list", access=SIGNED_IN, raises=())
async def page_deposits(call: Call, body: DepositQuery) -> PageShape[DepositShape]:
    """我的押金记录

    The newest first."""
    page = body.to_page_query(PAGED)
    return paged(await call.services.mall.wallet.deposits.page_own(call.caller.id, body.status, page), page, DepositShape.of)
