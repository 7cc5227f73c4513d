"""What promotions have to do with an order, from the price query to the refund. Each kind of them is one Promotion."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.mall.orders.order import Order
from server.domain.mall.orders.returns import Return
from server.domain.mall.price_rules import Line, PriceRule
from server.domain.transactions import Transaction


class Asked(Struct, frozen=True, kw_only=True):
    """What a buyer names that may change the price; None and 0: nothing.

    `is_part`: the order is one of several of a checkout, each of another shop, and all of them name the same. What is spent on sums is
    named by the first of them alone, the others are asked without; what belongs to a goods counts where that goods is.
    """

    coupon_id: int | None = None
    points: int = 0
    card_id: int | None = None
    bargain_id: int | None = None
    group_id: int | None = None
    is_part: bool = False

    def in_part(self, *, is_first: bool) -> Asked:
        """For one of several orders of a checkout."""
        return replace(self, is_part=True, points=self.points if is_first else 0, card_id=self.card_id if is_first else None)


class Promotion(Protocol):
    """Something that changes what an order costs. What it changed stands among the order's effects, by its kind and its source."""

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> Sequence[PriceRule]:
        """The rules for these lines; none where nothing of its kind is named. Raises why what is named cannot be used."""

    async def use(self, order: Order, within: Transaction) -> None:
        """As part of the transaction in which the order is placed: what the effects took is used up, as it may be by one order alone.
        Raises why it cannot be any more."""

    async def give_back(self, order: Order, within: Transaction) -> None:
        """As part of the transaction in which the order is closed before it was paid."""

    async def settle(self, order: Order, within: Transaction) -> None:
        """As part of the transaction in which the order is paid."""

    async def receive(self, order: Order, within: Transaction) -> None:
        """As part of the transaction in which its buyer has it."""

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        """As part of the transaction in which some of it is refunded, once for its key, which names the refund. Points go back with the
        money and are not meant here."""


class Promotions:
    """All kinds, as one."""

    def __init__(self, kinds: Sequence[Promotion] = ()):
        self._kinds = kinds

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> tuple[PriceRule, ...]:
        """Raises why what is named cannot be used."""
        return tuple([rule for kind in self._kinds for rule in await kind.find_rules(buyer_id, asked, lines)])

    async def use(self, order: Order, within: Transaction) -> None:
        """Raises why what is named cannot be used any more."""
        for kind in self._kinds:
            await kind.use(order, within)

    async def give_back(self, order: Order, within: Transaction) -> None:
        for kind in self._kinds:
            await kind.give_back(order, within)

    async def settle(self, order: Order, within: Transaction) -> None:
        for kind in self._kinds:
            await kind.settle(order, within)

    async def receive(self, order: Order, within: Transaction) -> None:
        for kind in self._kinds:
            await kind.receive(order, within)

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        """`key` names the refund, such as `order:7:refunded`."""
        for kind in self._kinds:
            await kind.refund(order, back, key, within)
