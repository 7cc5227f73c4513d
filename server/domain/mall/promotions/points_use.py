"""Points in orders: spent when the order is placed, back when it is closed; a refund returns them with the money."""
from __future__ import annotations

from collections.abc import Sequence

from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Cause, Ledger, NotEnoughPoints, Posting, Sums
from server.domain.mall.orders.order import Order
from server.domain.mall.orders.promotions import Asked
from server.domain.mall.orders.returns import Return
from server.domain.mall.price_rules import Line, PriceRule
from server.domain.mall.pricing import Quote
from server.domain.mall.promotions.points import Deduction, PointsPrice, Worth
from server.domain.transactions import Transaction


def spent_key(order_id: int) -> str:
    """Of the entry for points that an order's price took."""
    return f"order:{order_id}:points"


def back_key(order_id: int) -> str:
    """Of the entry for those that came back when it was closed."""
    return f"order:{order_id}:points-back"


class PointsPromotion:
    """Implements Promotion."""

    def __init__(self, rules: Furniture[Deduction], ledger: Ledger):
        self._rules = rules
        self._ledger = ledger

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> Sequence[PriceRule]:
        """Raises NotEnoughPoints."""
        if not asked.points:
            return ()
        left = (await self._ledger.get_wallet(buyer_id)).sums.points
        if left < asked.points:
            raise NotEnoughPoints(asked.points - left)
        return (PointsPrice(rules=tuple(await self._money_rules()), points=asked.points),)

    async def list_usable(self, buyer_id: int, quote: Quote) -> list[Deduction]:
        """By which the buyer could pay some of what was quoted with points."""
        points = (await self._ledger.get_wallet(buyer_id)).sums.points
        amount = quote.goods + quote.additional
        return [rule for rule in await self._money_rules() if rule.points <= points and (not rule.repeats or rule.worth <= amount)]

    async def use(self, order: Order, within: Transaction) -> None:
        """Raises NotEnoughPoints."""
        await self._post(order, Cause.POINTS_TO_MONEY, spent_key(order.id), -order.points_spent, within)

    async def give_back(self, order: Order, within: Transaction) -> None:
        await self._post(order, Cause.REFUND, back_key(order.id), order.points_spent, within)

    async def settle(self, order: Order, within: Transaction) -> None:
        """They were spent when the order was placed."""

    async def receive(self, order: Order, within: Transaction) -> None:
        """They were spent when the order was placed."""

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        """They go back with the money."""

    async def _money_rules(self) -> list[Deduction]:
        return [rule for rule in await self._rules.list_all() if rule.kind is Worth.MONEY]

    async def _post(self, order: Order, cause: Cause, key: str, points: int, within: Transaction) -> None:
        if points:
            change = Sums(points=points)
            posting = Posting(user_id=order.user_id, cause=cause, key=key, change=change, order_id=order.id, remark=order.number)
            await self._ledger.post_within(posting, within)
