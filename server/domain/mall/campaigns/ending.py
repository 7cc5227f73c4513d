"""Groups that run out: nobody joins them any more, and everybody has their money back whole."""
from __future__ import annotations

import contextlib
from typing import Protocol

from server.domain.clock import Clock
from server.domain.mall.campaigns.groups import BuyerGroup, GroupState, GroupStore, Seat
from server.domain.mall.orders.order import Order, OrderStatus, WrongOrderState
from server.domain.mall.orders.refunds import RefundBook, all_pieces
from server.domain.transactions import Transaction, Transactions

AT_ONCE = 20
REMARK = "拼团未成功"


class EndedOrders(Protocol):
    """Orders, as they are read."""

    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None: ...


class Closing(Protocol):
    """What closes orders that are not paid."""

    async def close(self, buyer_id: int, order_id: int) -> None: ...


class GroupEnding:
    """Ends groups on time. A process that dies in between leaves a group that is ending, and the next round goes on with it."""

    def __init__(
        self, groups: GroupStore, orders: EndedOrders, closing: Closing, book: RefundBook, transactions: Transactions, clock: Clock
    ):
        self._groups = groups
        self._orders = orders
        self._closing = closing
        self._book = book
        self._transactions = transactions
        self._clock = clock

    async def end_overdue(self) -> None:
        """One round. Who pays for the last place at the same moment completes the group, or keeps the money in the wallet."""
        for group_id in await self._groups.list_expired(self._clock.now(), AT_ONCE):
            group = await self._groups.find_group(group_id)
            if group is not None and group.state is GroupState.RUNNING:
                await self._groups.save_group(group, group.run_out(self._clock.now()))
        for group_id in await self._groups.list_ending(AT_ONCE):
            await self._pay_back(group_id)

    async def _pay_back(self, group_id: int) -> None:
        group = await self._groups.find_group(group_id)
        assert group is not None
        for seat in group.seats:
            await self._end(group, seat)
        group = await self._groups.find_group(group_id)
        if group is not None and group.state is GroupState.ENDING and all(seat.is_paid for seat in group.seats):
            await self._groups.save_group(group, group.failed(self._clock.now()))

    async def _end(self, group: BuyerGroup, seat: Seat) -> None:
        known = await self._orders.find_order(seat.order_id)
        if known is None or _is_settled(known):
            return
        if known.status is OrderStatus.UNPAID:
            with contextlib.suppress(WrongOrderState):  # its buyer closed it meanwhile
                await self._closing.close(known.user_id, known.id)
            return
        numbers = await self._book.take_numbers(known)

        async def work(within: Transaction) -> None:
            order = await self._orders.find_order(seat.order_id, within)
            if order is not None and not _is_settled(order):
                await self._book.give_back_within(numbers, order, all_pieces(order), within, way=group.way_back, remark=REMARK)

        await self._transactions.run(work)


def _is_settled(order: Order) -> bool:
    """Nothing is to be given back: it was, or nobody has paid, and another process closed it first."""
    return order.is_refunded or order.status is OrderStatus.CLOSED
