"""What can go wrong with payments."""
from __future__ import annotations

from server.domain.mall.payments.payment import BelowRecharge, NoPayments, NotPayable, PayerUnknown, PaymentMissing
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    PaymentMissing: Failure(200, "404", "支付记录不存在", "There is no such payment"),
    NotPayable: Failure(200, "20000", "支付金额有误", "This cannot be paid"),
    BelowRecharge: Failure(200, "20001", "充值金额不能低于最低充值金额", "A wallet is filled with more than that"),
    NoPayments: Failure(200, "5000", "商家未开通在线支付", "No payments are taken on line here"),
    PayerUnknown: Failure(200, "20002", "请先绑定微信", "Please sign in by WeChat first"),
}
