"""Several who take money, each by channels of their own, as one."""
from __future__ import annotations

from collections.abc import Mapping

from server.domain.mall.payments.payment import Channel, Notice, Paid, Payer, Payment, PaymentStatus, Prepared, Provider


class ProvidersByChannel:
    """Implements Provider: WeChat's notices are `usual`'s, as are payments of channels that nobody else has."""

    def __init__(self, usual: Provider, others: Mapping[Channel, Provider]):
        self.usual = usual
        self._others = dict(others)

    async def prepare(self, payment: Payment, payer: Payer) -> Prepared:
        return await self._of(payment).prepare(payment, payer)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return await self.usual.read_notice(headers, body)

    async def find_word(self, payment: Payment) -> Paid | PaymentStatus:
        return await self._of(payment).find_word(payment)

    def _of(self, payment: Payment) -> Provider:
        return self._others.get(payment.channel, self.usual)
