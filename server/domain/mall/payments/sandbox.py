"""Payments without anybody who takes money: somebody says what became of them. For development alone."""
from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from server.domain.clock import Clock
from server.domain.errors import DomainError
from server.domain.mall.payments.payment import (
    Channel,
    NoPayments,
    Notice,
    NoticeRefused,
    Paid,
    Payer,
    Payment,
    PaymentStatus,
    Prepared,
    Repaid,
)
from server.domain.mall.payments.repayments import Repayment

log = logging.getLogger(__name__)


class PaymentSandboxRefused(DomainError):
    """The sandbox must not run in production."""


class NoProvider:
    """Where no money is taken. Implements Provider and Repayer."""

    async def prepare(self, payment: Payment, payer: Payer) -> Prepared:
        raise NoPayments()

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        raise NoticeRefused()

    async def find_word(self, payment: Payment) -> Paid | PaymentStatus:
        return PaymentStatus.ASKED

    async def repay(self, repayment: Repayment) -> Repaid | None:
        return None


class SandboxProvider:
    """Prepares payments that an operator says to be paid, refused, or nothing of. Implements Provider and Repayer."""

    def __init__(self, clock: Clock, *, is_production: bool):
        """Says in the log that it stands open. Raises PaymentSandboxRefused in production."""
        if is_production:
            raise PaymentSandboxRefused()
        log.warning("payment sandbox: without WECHAT_PAY_MCHID no money is taken; operators say what is paid, under /api/ops/mall/payments")
        self._clock = clock

    async def prepare(self, payment: Payment, payer: Payer) -> Prepared:
        if payment.channel is Channel.QR_CODE:
            return Prepared(address=f"weixin://wxpay/bizpayurl?pr=sandbox-{payment.number}")
        if payment.channel is Channel.ALIPAY_CODE:
            return Prepared(address=f"https://qr.alipay.com/sandbox-{payment.number}")
        if payment.channel is Channel.MOBILE_WEB:
            return Prepared(address=f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=sandbox-{payment.number}")
        prepay_id = f"sandbox-{payment.number}"
        parameters = {
            "timeStamp": str(int(self._clock.now().timestamp())),
            "nonceStr": secrets.token_hex(16),
            "package": f"prepay_id={prepay_id}",
            "signType": "RSA",
            "paySign": "sandbox",
        }
        return Prepared(prepay_id=prepay_id, parameters=parameters)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        raise NoticeRefused()

    async def find_word(self, payment: Payment) -> Paid | PaymentStatus:
        return PaymentStatus.ASKED

    async def repay(self, repayment: Repayment) -> Repaid | None:
        return None
