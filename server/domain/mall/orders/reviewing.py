"""Reviewing orders: what buyers say of what they have received."""
from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput
from server.domain.mall.orders.life import OrderStore
from server.domain.mall.orders.order import Order, OrderLine, OrderMissing
from server.domain.transactions import Contended, Transaction, Transactions

MOST_TEXT_CHARACTERS = 200
MOST_PICTURES = 9
MOST_STARS = 5


class NotAllReviewed(Conflict):
    """Each line of the order is to be reviewed, and one is left out."""


class LineUnknown(Conflict):
    """The order has no such line."""


class Rating(int, Enum):
    """How somebody found it."""

    BAD = 0
    FAIR = 1
    GOOD = 2


class LineReview(Struct, frozen=True, kw_only=True):
    """What is said of one line of an order. `stars` from 1 to 5."""

    line_id: int
    rating: Rating
    stars: int
    text: str = ""
    pictures: tuple[str, ...] = ()


class Reviews(Protocol):
    """Where reviews of goods are kept."""

    async def add_review(self, order: Order, line: OrderLine, review: LineReview, within: Transaction) -> None:
        """As part of a transaction in which the order becomes reviewed."""


class Rewards(Protocol):
    """What is given to those who review."""

    async def reward_reviews(self, order: Order, reviews: Sequence[LineReview], within: Transaction) -> None:
        """As part of a transaction in which the order becomes reviewed."""


class ReviewingService:
    """Reviews, all of an order at once and once for each order."""

    def __init__(self, orders: OrderStore, reviews: Reviews, rewards: Rewards, transactions: Transactions, clock: Clock):
        self._orders = orders
        self._reviews = reviews
        self._rewards = rewards
        self._transactions = transactions
        self._clock = clock

    async def review(self, buyer: User, order_id: int, reviews: Sequence[LineReview]) -> None:
        """Raises OrderMissing, WrongOrderState, LineUnknown, NotAllReviewed and InvalidInput."""
        for one in reviews:
            if len(one.text) > MOST_TEXT_CHARACTERS:
                raise InvalidInput({"remark": [f"too_long:{MOST_TEXT_CHARACTERS}"]})
        said = {one.line_id: one for one in reviews}

        async def work(within: Transaction) -> None:
            before = await self._orders.find_order(order_id, within)
            if before is None or before.user_id != buyer.id:
                raise OrderMissing("order")
            after = before.reviewed(self._clock.now())
            lines = {line.id: line for line in before.lines}
            if said.keys() - lines.keys():
                raise LineUnknown()
            if lines.keys() - said.keys():
                raise NotAllReviewed()
            if not await self._orders.save_order(before, after, within):
                raise Contended()
            for line_id, line in lines.items():
                await self._reviews.add_review(before, line, said[line_id], within)
            await self._rewards.reward_reviews(before, reviews, within)

        await self._transactions.run(work)
