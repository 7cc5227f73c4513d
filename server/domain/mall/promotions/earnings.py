"""Earnings: the points and the growth that an order brings its buyer once it is with them, and that go back with its pieces."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.mall.earning import NOTHING, Earned
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, Wallet
from server.domain.mall.orders.order import Order
from server.domain.mall.orders.promotions import Asked
from server.domain.mall.orders.returns import Return
from server.domain.mall.price_rules import Line, PriceRule
from server.domain.nouns import Noun, NounStore, NumberId, Revision, about
from server.domain.transactions import Contended, Transaction


class OrderEarning(Struct, frozen=True, kw_only=True):
    """What the pieces of one order that were not given back have brought.

    `owed_points` and `owed_growth`: what has to go back and its buyer did not have; `steps` counts how often something went back.
    """

    id: NumberId  # the order's
    revision: Revision = 1
    order_number: Annotated[str, about("订单号", "Order number")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    points: Annotated[int, about("积分", "Points")]
    growth: Annotated[int, about("成长值", "Growth")]
    owed_points: Annotated[int, about("待扣回积分", "Points owed")] = 0
    owed_growth: Annotated[int, about("待扣回成长值", "Growth owed")] = 0
    owes: Annotated[bool, about("有待扣回", "Owes")] = False
    steps: Annotated[int, about("扣回次数", "Taken back, times")] = 0
    at: Annotated[datetime, about("赠送时间", "Given at")]

    @property
    def brought(self) -> Earned:
        return Earned(self.points, self.growth)

    @property
    def owed(self) -> Earned:
        return Earned(self.owed_points, self.owed_growth)

    def become(self, brought: Earned, owed: Earned, *, is_step: bool) -> OrderEarning:
        return replace(
            self,
            revision=self.revision + 1,
            points=brought.points,
            growth=brought.growth,
            owed_points=owed.points,
            owed_growth=owed.growth,
            owes=owed != NOTHING,
            steps=self.steps + is_step,
        )


def earned_by(order: Order) -> Earned:
    """What its pieces that were not given back bring. A piece has its part of what its line brings."""
    earned = NOTHING
    for line, paid in zip(order.lines, order.left_of_rows):
        whole, left = line.earning.reckon(paid, line.number), line.number - line.returned
        earned = earned.plus(Earned(whole.points * left // line.number, whole.growth * left // line.number))
    return earned


def earned_key(order_id: int) -> str:
    """Of the entry for what it has brought."""
    return f"order:{order_id}:earned"


def unearned_keys(earning: OrderEarning) -> list[str]:
    """Of those for what went back."""
    return [f"{earned_key(earning.id)}:back:{step + 1}" for step in range(earning.steps)]


class EarningStore(NounStore[OrderEarning], Protocol):
    """Where earnings are kept; one an order."""

    async def find_earning(self, order_id: int, within: Transaction) -> OrderEarning | None: ...

    async def list_owing(self, user_id: int, within: Transaction) -> list[OrderEarning]:
        """Of which something has to go back, the first one first."""


class EarningOrders(Protocol):
    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None: ...


class Wallets(Protocol):
    async def find_wallet(self, user_id: int, within: Transaction | None = None) -> Wallet | None: ...


class EarningPromotion:
    """Implements Promotion. A refund is never refused for points that were spent: they are owed, and taken from what the next order
    brings."""

    def __init__(self, earnings: EarningStore, orders: EarningOrders, wallets: Wallets, ledger: Ledger, clock: Clock):
        self._earnings = earnings
        self._orders = orders
        self._wallets = wallets
        self._ledger = ledger
        self._clock = clock

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> Sequence[PriceRule]:
        """What an order brings costs nothing."""
        return ()

    async def use(self, order: Order, within: Transaction) -> None:
        """Nothing is used up."""

    async def give_back(self, order: Order, within: Transaction) -> None:
        """It has brought nothing before it was paid."""

    async def settle(self, order: Order, within: Transaction) -> None:
        """It brings something once it is with its buyer."""

    async def receive(self, order: Order, within: Transaction) -> None:
        earned = earned_by(order)
        if earned == NOTHING:
            return
        owing = await self._earnings.list_owing(order.user_id, within)
        made = OrderEarning(
            id=order.id,
            order_number=order.number,
            user_id=order.user_id,
            points=earned.points,
            growth=earned.growth,
            at=self._clock.now(),
        )
        await self._earnings.add(made, None, within)
        await self._post(made, Cause.REWARD, earned_key(order.id), earned, within)
        for before in owing:
            taken = Earned(min(before.owed_points, earned.points), min(before.owed_growth, earned.growth))
            if taken != NOTHING:
                earned = earned.minus(taken)
                await self._take(before, before.brought, taken, before.owed.minus(taken), within)

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        before = await self._earnings.find_earning(order.id, within)
        after = None if before is None else await self._orders.find_order(order.id, within)
        if before is None or after is None:
            return
        left = earned_by(after)
        lost = before.brought.minus(left)
        if lost == NOTHING:
            return
        wallet = await self._wallets.find_wallet(order.user_id, within)
        there = Sums() if wallet is None else wallet.sums
        taken = Earned(min(lost.points, max(0, there.points)), min(lost.growth, max(0, there.growth)))
        await self._take(before, left, taken, before.owed.plus(lost.minus(taken)), within)

    async def _take(self, before: OrderEarning, brought: Earned, taken: Earned, owed: Earned, within: Transaction) -> None:
        after = before.become(brought, owed, is_step=taken != NOTHING)
        if taken != NOTHING:
            await self._post(after, Cause.REFUND, unearned_keys(after)[-1], NOTHING.minus(taken), within)
        if not await self._earnings.save(before, after, None, within):
            raise Contended()  # it was read in the same transaction: nobody can have changed it

    async def _post(self, earning: OrderEarning, cause: Cause, key: str, change: Earned, within: Transaction) -> None:
        posting = Posting(
            user_id=earning.user_id,
            cause=cause,
            key=key,
            change=Sums(points=change.points, growth=change.growth),
            order_id=earning.id,
            remark=earning.order_number,
        )
        await self._ledger.post_within(posting, within)


def find_earning_problems(earning: OrderEarning, order: Order | None, changes: Sequence[Sums]) -> list[str]:
    """What of it contradicts its order, or the ledger, which has changed the purses so."""
    if order is None or order.received_at is None:
        return ["is of an order that its buyer does not have"]
    problems = []
    if earning.brought != earned_by(order):
        problems.append(f"is not what is left of the order brings: {earning.points} points and {earning.growth} growth")
    given = Earned(sum(change.points for change in changes), sum(change.growth for change in changes))
    if given != earning.brought.plus(earning.owed):
        told = f"{given.points} points and {given.growth} growth"
        problems.append(f"has brought {earning.points} points and {earning.growth} growth, and the ledger says {told}")
    return problems


def has_earned(order: Order) -> bool:
    """Whether there has to be one of it."""
    return order.received_at is not None and earned_by(order) != NOTHING


EARNINGS = Noun(
    area="mall",
    name="order-earnings",
    zh="消费返积分与成长值",
    en="Points and growth for orders",
    made=OrderEarning,
    label="order_number",
    searched=("order_number",),
    sorted=("id", "points", "growth", "at"),
    filtered=("user_id", "owes", "at"),
    order=("-id",),
    is_kept=True,
)
