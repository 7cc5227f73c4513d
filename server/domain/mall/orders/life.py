"""The life of an order after it was placed: paid, received, redeemed, closed, hidden; and what its buyer sees of it."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, NotAllowed
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.orders.order import Order, OrderMissing, OrderStatus
from server.domain.mall.orders.promotions import Promotions
from server.domain.mall.settings import Settings
from server.domain.mall.wares import Stock
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Contended, Transaction, Transactions

MOST_AT_ONCE = 20  # orders paid together
CLERKS = "order_hx_uids"


class AlreadyRedeemed(Conflict):
    """The order was handed over before."""


class RedeemedWhileClosed(Conflict):
    """The order is closed: nothing is handed over."""


class RedeemedUnpaid(Conflict):
    """The order is not paid: nothing is handed over."""


class OrderQuery(Struct, frozen=True, kw_only=True):
    """Which of a user's orders that are not hidden, newest first; None asks for any."""

    user_id: int
    statuses: tuple[OrderStatus, ...] | None = None
    number: str | None = None
    is_refunded: bool | None = None  # some of it, or asked for
    first_at: datetime | None = None
    last_at: datetime | None = None


class OrderStore(Protocol):
    """Where orders are kept."""

    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None: ...

    async def find_by_code(self, code: str) -> Order | None: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[Order]: ...

    async def save_order(self, before: Order, after: Order, within: Transaction) -> bool:
        """False if it was changed since `before` was read."""

    async def page_orders(self, query: OrderQuery, page: PageQuery) -> Page[Order]: ...

    async def count_by_status(self, user_id: int) -> dict[OrderStatus, int]: ...

    async def list_overdue(self, now: datetime, most: int) -> list[int]:
        """Of unpaid orders whose time is over."""


class OrderService:
    """What becomes of orders. Every change is one transaction with all that belongs to it."""

    def __init__(
        self,
        orders: OrderStore,
        stock: Stock,
        ledger: Ledger,
        settings: Settings,
        promotions: Promotions,
        transactions: Transactions,
        clock: Clock,
    ):
        self._orders = orders
        self._promotions = promotions
        self._stock = stock
        self._ledger = ledger
        self._settings = settings
        self._transactions = transactions
        self._clock = clock

    # ---- looking

    async def get_order(self, buyer_id: int, order_id: int) -> Order:
        """Raises OrderMissing, also for somebody else's."""
        found = await self._orders.find_order(order_id)
        if found is None or found.user_id != buyer_id:
            raise OrderMissing("order")
        return found

    async def get_order_by_code(self, caller: User, code: str) -> Order:
        """For its buyer, and for who hands orders over. Raises OrderMissing."""
        found = await self._orders.find_by_code(code)
        if found is None or not (found.user_id == caller.id or await self._is_clerk(caller)):
            raise OrderMissing("order")
        return found

    async def page_orders(self, query: OrderQuery, page: PageQuery) -> Page[Order]:
        return await self._orders.page_orders(query, page)

    async def find_orders(self, order_ids: Iterable[int]) -> list[Order]:
        """Anybody's: for who may see them."""
        return await self._orders.find_by_ids(order_ids)

    async def count_by_status(self, user_id: int) -> dict[OrderStatus, int]:
        return await self._orders.count_by_status(user_id)

    # ---- paying

    async def pay(self, buyer_id: int, order_ids: Sequence[int]) -> None:
        """All of them from the wallet, or none. Raises OrderMissing, NothingToPay, NotEnoughBalance and NotEnoughPoints."""
        ids = list(dict.fromkeys(order_ids))

        async def work(within: Transaction) -> None:
            for order_id in ids:
                await self.pay_within(buyer_id, order_id, within)

        await self._transactions.run(work, about=[wallet_of(buyer_id), *await self._goods_of(*ids)])

    async def pay_within(self, buyer_id: int, order_id: int, within: Transaction, payment_number: str | None = None) -> Order:
        """As part of a transaction. `payment_number`: of the payment that was made for it. Raises as `pay`."""
        before = await self._get_own(buyer_id, order_id, within)
        after = before.paid(self._clock.now(), payment_number)
        await self._save(before, after, within)
        cost = Sums(balance=-before.real, points=-before.points)
        if cost != Sums():
            posting = Posting(
                user_id=buyer_id, cause=Cause.ORDER, key=f"order:{order_id}:paid", change=cost, order_id=order_id, remark=before.number
            )
            await self._ledger.post_within(posting, within)
        await self._stock.sell(before.pieces, within)
        await self._promotions.settle(after, within)
        return after

    # ---- the rest of its life

    async def close(self, buyer_id: int, order_id: int) -> None:
        """Before it is paid; its pieces are free again. Raises OrderMissing and WrongOrderState."""
        await self._change_own(buyer_id, order_id, self._close_within)

    async def receive(self, buyer_id: int, order_id: int) -> None:
        """The buyer has it. Raises OrderMissing and WrongOrderState."""

        async def received(before: Order, within: Transaction) -> None:
            await self._hand_over(before, before.received(self._clock.now()), within)

        await self._change_own(buyer_id, order_id, received)

    async def hide(self, buyer_id: int, order_id: int) -> None:
        """From its buyer's lists, for good. Raises OrderMissing."""

        async def hidden(before: Order, within: Transaction) -> None:
            await self._save(before, before.become(self._clock.now(), is_hidden=True), within)

        await self._change_own(buyer_id, order_id, hidden)

    async def redeem(self, clerk: User | None, code: str) -> None:
        """Hands over what was ordered, once. Raises NotAllowed for who is no clerk, OrderMissing, and what stands in the way."""
        if clerk is None or not await self._is_clerk(clerk):
            raise NotAllowed()
        found = await self._orders.find_by_code(code)
        if found is None:
            raise OrderMissing("order")

        async def redeemed(before: Order, within: Transaction) -> None:
            _check_redeemable(before)
            await self._hand_over(before, before.redeemed(self._clock.now()), within)

        await self._change_own(found.user_id, found.id, redeemed)

    async def close_overdue(self) -> int:
        """Closes orders whose time to be paid is over; how many. What somebody pays at the same moment is paid or closed, not both."""
        ids = await self._orders.list_overdue(self._clock.now(), MOST_AT_ONCE)
        for order_id in ids:
            await self._close_if_overdue(order_id)
        return len(ids)

    async def _close_if_overdue(self, order_id: int) -> None:
        async def work(within: Transaction) -> None:
            order = await self._orders.find_order(order_id, within)
            if order is not None and order.closes_at is not None and order.closes_at <= self._clock.now():
                await self._close_within(order, within)

        await self._transactions.run(work, about=await self._goods_of(order_id))

    async def _close_within(self, before: Order, within: Transaction) -> None:
        await self._save(before, before.closed(self._clock.now()), within)
        await self._stock.give_back(before.pieces, within)
        await self._promotions.give_back(before, within)

    async def _hand_over(self, before: Order, after: Order, within: Transaction) -> None:
        await self._save(before, after, within)
        await self._promotions.receive(after, within)

    async def _change_own(self, buyer_id: int, order_id: int, change: Callable[[Order, Transaction], Awaitable[None]]) -> None:
        async def work(within: Transaction) -> None:
            await change(await self._get_own(buyer_id, order_id, within), within)

        await self._transactions.run(work, about=await self._goods_of(order_id))

    async def _goods_of(self, *order_ids: int) -> list[str]:
        """What transactions of these orders are about, besides: in one process those of one goods are one after the other."""
        orders = await asyncio.gather(*(self._orders.find_order(order_id) for order_id in order_ids))
        return sorted({f"goods:{piece.goods_id}" for order in orders if order is not None for piece in order.pieces})

    async def _get_own(self, buyer_id: int, order_id: int, within: Transaction) -> Order:
        found = await self._orders.find_order(order_id, within)
        if found is None or found.user_id != buyer_id:
            raise OrderMissing("order")
        return found

    async def _save(self, before: Order, after: Order, within: Transaction) -> None:
        if not await self._orders.save_order(before, after, within):
            raise Contended()  # it was read in the same transaction: nobody can have changed it

    async def _is_clerk(self, caller: User) -> bool:
        """Whether the shop has named them, or they run it."""
        named = {one.strip() for one in (await self._settings.get_value(CLERKS)).split(",")}
        return caller.is_operator or str(caller.id) in named


def _check_redeemable(order: Order) -> None:
    if order.status is OrderStatus.CLOSED:
        raise RedeemedWhileClosed()
    if order.status is OrderStatus.UNPAID:
        raise RedeemedUnpaid()
    if order.status in (OrderStatus.RECEIVED, OrderStatus.REVIEWED):
        raise AlreadyRedeemed()
