"""What can go wrong with what members do with their wallets."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.domain.mall.wallet.bills import BillUnderpaid
from server.domain.mall.wallet.deposits import DepositMissing, DepositShort, WrongDepositState
from server.domain.mall.wallet.identities import (
    IdentityChecksOff,
    IdentityKnown,
    IdentityNeeded,
    IdentityNumberWrong,
    IdentityRefused,
    TooManyChecks,
)
from server.domain.mall.wallet.invoices import InvoicedAlready, InvoiceMissing, WrongInvoiceState
from server.domain.mall.wallet.pay_passwords import PayPasswordMissing, PayPasswordThere, PayPasswordWrong
from server.domain.mall.wallet.withdrawals import (
    BelowLeastWithdrawal,
    NothingToConfirm,
    PayeeUnknown,
    RealNameNeeded,
    WithdrawalMissing,
    WithdrawalsClosed,
    WrongWithdrawalState,
)
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    WithdrawalMissing: Failure(200, "404", "提现记录不存在", "There is no such withdrawal"),
    WithdrawalsClosed: Failure(200, "20000", "暂未开通提现", "Nothing is paid out at present"),
    BelowLeastWithdrawal: Failure(200, "20001", "提现金额低于最低提现金额", "More than that is paid out at once"),
    RealNameNeeded: Failure(200, "20004", "请填写真实姓名", "So much is paid only to who tells their name"),
    WrongWithdrawalState: Failure(200, "20000", "提现状态错误", "Not possible in the withdrawal's present state"),
    NothingToConfirm: Failure(200, "20000", "该提现无需确认收款", "There is nothing to take"),
    PayeeUnknown: Failure(200, "20002", "请先绑定微信", "Please sign in by WeChat first"),
    DepositMissing: Failure(200, "404", "押金记录不存在", "There is no such deposit"),
    DepositShort: Failure(200, "40000", "余额不足，请在线支付", "The balance is not enough; please pay on line"),
    WrongDepositState: Failure(200, "20000", "押金状态错误", "Not possible in the deposit's present state"),
    BillUnderpaid: Failure(200, "20000", "支付金额不足", "Less was paid than the bill costs"),
    PayPasswordMissing: Failure(200, "20005", "请输入交易密码", "The pay password is needed"),
    PayPasswordThere: Failure(200, "20000", "交易密码已设置，请使用修改功能", "A pay password is set already"),
    PayPasswordWrong: Failure(200, "20006", "交易密码错误", "The pay password is wrong"),
    IdentityNumberWrong: Failure(200, "30000", "身份证号码错误", "There is no such identity number"),
    IdentityRefused: Failure(200, "30001", "姓名与身份证号码不符", "Name and number do not belong together"),
    IdentityKnown: Failure(200, "20000", "您已实名认证", "You were checked before"),
    IdentityNeeded: Failure(200, "20004", "请先完成实名认证", "Please show who you are first"),
    IdentityChecksOff: Failure(200, "404", "暂未开通实名认证", "Nobody checks identities here yet"),
    TooManyChecks: Failure(200, "900", "今日认证次数过多，请明天再试", "Too many checks today; try again tomorrow"),
    InvoiceMissing: Failure(200, "404", "发票记录不存在", "There is no such invoice"),
    InvoicedAlready: Failure(200, "20000", "开票金额超过订单可开票金额", "No invoice for so much can be had for the order"),
    WrongInvoiceState: Failure(200, "20000", "发票状态错误", "Not possible in the invoice's present state"),
}

# What is sent as data along with the code.
DATA: dict[type[Exception], Callable[[Any], Any]] = {DepositShort: lambda error: error.missing / 100}
