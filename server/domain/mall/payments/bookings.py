"""Places at activities as what is paid for."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.errors import InvalidInput
from server.domain.mall.community.bookings import BookingService
from server.domain.mall.payments.payment import Payment
from server.domain.mall.payments.service import ids_in
from server.domain.transactions import Transaction

BOOKINGS = 1  # the type


class BookingPurpose:
    """Pays bookings from the wallet. Implements Purpose."""

    def __init__(self, bookings: BookingService):
        self._bookings = bookings

    def check(self, wanted: Mapping[str, Any]) -> None:
        if len(ids_in(wanted.get("id"))) != 1:
            raise InvalidInput({"nextAction": ["wrong_form"]})

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        [booking_id] = ids_in(wanted.get("id"))
        await self._bookings.pay_within(payment.user_id, booking_id, within)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """Members look at their bookings themselves."""
