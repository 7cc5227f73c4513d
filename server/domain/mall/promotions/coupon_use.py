"""Coupons in orders: used when the order is placed, good again when it is closed or all of it refunded."""
from __future__ import annotations

from collections.abc import Sequence

from server.domain.clock import Clock
from server.domain.mall.orders.order import Order
from server.domain.mall.orders.promotions import Asked
from server.domain.mall.orders.returns import Return
from server.domain.mall.price_kinds import PriceKind
from server.domain.mall.price_rules import Line, PriceRule
from server.domain.mall.pricing import Quote
from server.domain.mall.promotions.coupons import (
    Categories,
    Coupon,
    CouponBelowThreshold,
    CouponPrice,
    CouponState,
    CouponStore,
    CouponUnusable,
    rows_for,
)
from server.domain.transactions import Contended, Transaction

MOST_OFFERED = 200


class CouponPromotion:
    """Implements Promotion."""

    def __init__(self, coupons: CouponStore, categories: Categories, clock: Clock):
        self._coupons = coupons
        self._categories = categories
        self._clock = clock

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> Sequence[PriceRule]:
        """Raises CouponUnusable; its rule CouponUnusable and CouponBelowThreshold."""
        if asked.coupon_id is None:
            return ()
        coupon = await self._coupons.find_coupon(asked.coupon_id)
        if coupon is None or coupon.user_id != buyer_id or not coupon.is_good_at(self._clock.now()):
            raise CouponUnusable()
        return (CouponPrice(coupon=coupon, rows=await rows_for(coupon, lines, self._categories)),)

    async def list_usable(self, buyer_id: int, quote: Quote) -> list[Coupon]:
        """Those that could be named with what was quoted; what is named already is one of them."""
        now, lines = self._clock.now(), [priced.line for priced in quote.lines]
        goods, found = [priced.amount for priced in quote.lines], []
        for coupon in await self._coupons.list_of(buyer_id, MOST_OFFERED):
            if coupon.is_good_at(now) and not (coupon.only_freight and quote.freight == 0):
                price = CouponPrice(coupon=coupon, rows=await rows_for(coupon, lines, self._categories))
                try:
                    price.check(goods)
                except (CouponUnusable, CouponBelowThreshold):
                    continue
                found.append(coupon)
        return found

    async def use(self, order: Order, within: Transaction) -> None:
        """Raises CouponUnusable."""
        for coupon_id in _coupons_of(order):
            before = await self._coupons.find_coupon(coupon_id, within)
            if before is None or before.user_id != order.user_id or not before.is_good_at(self._clock.now()):
                raise CouponUnusable()
            after = before.become(state=CouponState.USED, order_id=order.id, used_at=order.placed_at)
            await self._save(before, after, 1, within)

    async def give_back(self, order: Order, within: Transaction) -> None:
        for coupon_id in _coupons_of(order):
            await self._return(coupon_id, order, within)

    async def settle(self, order: Order, within: Transaction) -> None:
        """It was used when the order was placed."""

    async def receive(self, order: Order, within: Transaction) -> None:
        """It was used when the order was placed."""

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        for coupon_id in back.coupon_ids:
            await self._return(coupon_id, order, within)

    async def _return(self, coupon_id: int, order: Order, within: Transaction) -> None:
        before = await self._coupons.find_coupon(coupon_id, within)
        if before is not None and before.state is CouponState.USED and before.order_id == order.id:
            await self._save(before, before.become(state=CouponState.GOOD, order_id=None, used_at=None), -1, within)

    async def _save(self, before: Coupon, after: Coupon, used: int, within: Transaction) -> None:
        if not await self._coupons.save(before, after, None, within):
            raise Contended()  # it was read in the same transaction: nobody can have changed it
        await self._coupons.note_used(before.rule_id, used, within)


def _coupons_of(order: Order) -> list[int]:
    return [effect.source_id for effect in order.effects if effect.kind is PriceKind.COUPON and effect.source_id is not None]
