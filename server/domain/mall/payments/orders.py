"""Orders as what is paid for."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.mall.orders.life import OrderService
from server.domain.mall.payments.payment import Payment
from server.domain.mall.payments.service import ids_in
from server.domain.transactions import Transaction

ORDERS = 0  # the type


class OrderPurpose:
    """Pays orders from the wallet, with money and points. Implements Purpose."""

    def __init__(self, orders: OrderService):
        self._orders = orders

    def check(self, wanted: Mapping[str, Any]) -> None:
        ids_in(wanted.get("id"))

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        for order_id in dict.fromkeys(ids_in(wanted.get("id"))):
            await self._orders.pay_within(payment.user_id, order_id, within, payment.number)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """Buyers look at their orders themselves."""
