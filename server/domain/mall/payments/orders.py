"""Orders as what is paid for."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.domain.accounts.users import User
from server.domain.mall.orders.life import OrderService
from server.domain.mall.orders.order import NothingToPay, OrderStatus
from server.domain.mall.payments.payment import Channel, Payment, Prepared
from server.domain.mall.payments.service import PaymentService, ids_in
from server.domain.transactions import Transaction

ORDERS = 0  # the type


class OrderPaymentService:
    """Asks for payments of whole orders."""

    def __init__(self, orders: OrderService, payments: PaymentService):
        self._orders = orders
        self._payments = payments

    async def ask(self, buyer: User, order_id: int, address: str) -> tuple[Payment, Prepared]:
        """At a shop of WeChat's channels. Raises OrderMissing, NothingToPay, PayerUnknown, NoPayments and Unavailable."""
        order = await self._orders.get_order(buyer.id, order_id)
        if order.status is not OrderStatus.UNPAID or not order.real:
            raise NothingToPay(order.status)
        purpose = json.dumps({"type": ORDERS, "id": order.id})
        return await self._payments.ask(buyer, order.real, Channel.VIDEO_CHANNEL, address, purpose=purpose)


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
