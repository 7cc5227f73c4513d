"""提现: money out of the wallet. The older operations and the newer ones are about the same withdrawals."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import (
    PAGED,
    WHOLE,
    DocumentTime,
    PageShape,
    Paging,
    Yuan,
    YuanGiven,
    document_time,
    fen,
    listed,
    paged,
    yuan,
)
from server.domain.accounts.attempts import LoginBlocked
from server.domain.mall.ledger import NotEnoughBalance
from server.domain.mall.wallet.pay_passwords import PayPasswordMissing, PayPasswordWrong
from server.domain.mall.wallet.withdrawals import (
    BelowLeastWithdrawal,
    Confirmation,
    NothingToConfirm,
    PayeeUnknown,
    RealNameNeeded,
    Withdrawal,
    WithdrawalMissing,
    WithdrawalsClosed,
    WithdrawalState,
)
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

REFUSALS = (
    *(NotEnoughBalance, WithdrawalsClosed, BelowLeastWithdrawal, RealNameNeeded),
    *(PayPasswordMissing, PayPasswordWrong, LoginBlocked),
)
STATES = {
    WithdrawalState.ASKED: "待处理",
    WithdrawalState.PAID: "提现成功",
    WithdrawalState.REFUSED: "提现失败",
    WithdrawalState.AWAITS_USER: "待确认收款",
    WithdrawalState.SENDING: "打款中",
}


class WithdrawalAsked(Struct):
    """`pwd` where the shop asks for the pay password, `name` for more than 2000 yuan."""

    money: YuanGiven
    pwd: Annotated[str, Meta(max_length=256, description="交易密码")] = ""
    name: Annotated[str, Meta(max_length=256, description="真实姓名")] = ""


async def _apply(call: Call, asked: WithdrawalAsked) -> Withdrawal:
    return await call.services.mall.wallet.withdrawals.apply(call.caller, fen(asked.money), name=asked.name, password=asked.pwd)


class WithdrawalShape(Struct, omit_defaults=True, kw_only=True):
    """`packageInfo` is there while WeChat waits for the member to take the money (status 3)."""

    id: int
    number: str
    money: Yuan
    status: int
    statusStr: str
    rejectionReason: str | None = None
    packageInfo: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, withdrawal: Withdrawal) -> WithdrawalShape:
        is_refused = withdrawal.state is WithdrawalState.REFUSED
        return cls(
            id=withdrawal.id,
            number=withdrawal.number,
            money=yuan(withdrawal.amount),
            status=withdrawal.state.value,
            statusStr=STATES[withdrawal.state],
            rejectionReason=withdrawal.reason or None if is_refused else None,
            packageInfo=withdrawal.package or None,
            dateAdd=document_time(withdrawal.asked_at),
        )


@routes.post("/user/withDraw/apply", access=SIGNED_IN, raises=REFUSALS)
async def apply_for_withdrawal(call: Call, body: WithdrawalAsked) -> None:
    """申请发起一笔提现

    The money is frozen until it is paid or comes back."""
    await _apply(call, body)


class WithdrawalQuery(Struct):
    id: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="提现id")]


@routes.get("/user/withDraw/detail", access=SIGNED_IN, raises=(WithdrawalMissing,))
async def get_withdrawal(call: Call, query: WithdrawalQuery) -> WithdrawalShape:
    """提现详情"""
    return WithdrawalShape.of(await call.services.mall.wallet.withdrawals.get_own(call.caller.id, query.id))


@routes.post("/user/withDraw/list", access=SIGNED_IN, raises=())
async def list_withdrawals(call: Call, body: Paging) -> list[WithdrawalShape]:
    """提现列表

    The newest first."""
    found = await call.services.mall.wallet.withdrawals.page_own(call.caller.id, body.to_page_query(WHOLE))
    return listed(found.items, WithdrawalShape.of)


@routes.post("/user/withdrawal/apply", access=SIGNED_IN, raises=REFUSALS)
async def apply_for_withdrawal_v3(call: Call, body: WithdrawalAsked) -> WithdrawalShape:
    """申请提现

    The money is frozen until it is paid or comes back."""
    return WithdrawalShape.of(await _apply(call, body))


@routes.post("/user/withdrawal/list", access=SIGNED_IN, raises=())
async def page_withdrawals(call: Call, body: Paging) -> PageShape[WithdrawalShape]:
    """提现列表，分页

    The newest first."""
    page = body.to_page_query(PAGED)
    return paged(await call.services.mall.wallet.withdrawals.page_own(call.caller.id, page), page, WithdrawalShape.of)


class ConfirmationQuery(Struct):
    number: Annotated[str, Meta(max_length=64, description="提现单号")]


class ConfirmationShape(Struct):
    """What a client hands to `wx.requestMerchantTransfer`."""

    mchId: str
    appId: str
    package: str
    openId: str

    @classmethod
    def of(cls, confirmation: Confirmation) -> ConfirmationShape:
        return cls(confirmation.merchant, confirmation.app_id, confirmation.package, confirmation.open_id)


@routes.get(
    "/user/withdrawal/requestMerchantTransfer", access=SIGNED_IN, raises=(WithdrawalMissing, NothingToConfirm, PayeeUnknown)
)
async def request_merchant_transfer(call: Call, query: ConfirmationQuery) -> ConfirmationShape:
    """确认收款"""
    return ConfirmationShape.of(await call.services.mall.wallet.withdrawals.find_confirmation(call.caller, query.number))
