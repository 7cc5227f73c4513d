"""What can go wrong with what buyers ask for after the sale."""
from __future__ import annotations

from handlers.mall.failures.general import NothingThere
from server.domain.mall.claims.claims import AlreadyClaimed, ClaimMissing, ClaimRefused, WrongClaimState
from server.domain.mall.orders.order import OrderMissing
from server.domain.mall.payments.repayments import RepaymentMissing
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    ClaimRefused: Failure(200, "30000", "当前订单无法发起售后", "Nothing can be asked for of this order"),
    AlreadyClaimed: Failure(200, "20000", "请勿重复申请", "Something is asked for already"),
    ClaimMissing: Failure(200, "700", "没有售后申请", "Nothing is asked for"),
    WrongClaimState: Failure(200, "30000", "当前状态不允许此操作", "Not possible in its present state"),
    RepaymentMissing: Failure(200, "404", "退款不存在", "There is no such repayment"),
}

# What the document numbers otherwise, operation by operation.
APPLYING: dict[type[Exception], Failure] = {OrderMissing: ERRORS[ClaimRefused]}
LOOKING: dict[type[Exception], Failure] = {
    OrderMissing: Failure(200, "20000", "无权查看该订单的售后信息", "This order's claims are not yours to see"),
}
REFUNDED: dict[type[Exception], Failure] = {
    OrderMissing: Failure(200, "20000", "无效订单号", "There is no such order"),
    NothingThere: Failure(200, "404", "暂无数据", "Nothing was refunded"),
}
