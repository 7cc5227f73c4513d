"""Refunds: the one way in which what was paid for an order goes back, for some of its pieces or all of them."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Struct

from server.domain.changes import Change
from server.domain.clock import Clock
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums
from server.domain.mall.orders.order import Order, OrderStatus
from server.domain.mall.orders.promotions import Promotions
from server.domain.mall.orders.returns import find_return
from server.domain.mall.payments.repayments import RepaymentService
from server.domain.mall.wares import Pieces, Stock
from server.domain.nouns import NumberId, Revision, about
from server.domain.transactions import Contended, Transaction


class Way(int, Enum):
    """Where the money goes back to."""

    WALLET = 0
    AS_PAID = 1  # what came by a payment goes back by it, the rest to the wallet


WAY_LABELS = {Way.WALLET: ("退回余额", "To the wallet"), Way.AS_PAID: ("原路退回", "As it was paid")}


class Refund(Struct, frozen=True, kw_only=True):
    """What went back at once. `repaid`: fen of `money` that were sent by the payments they came by. `pieces`: by the lines' ids."""

    id: NumberId
    revision: Revision = 1
    order_id: Annotated[int, about("订单", "Order", refers_to="mall.orders")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    claim_id: Annotated[int | None, about("售后", "Claim", refers_to="mall.claims")] = None
    money: Annotated[int, about("退款金额", "Money", "money")]
    repaid: Annotated[int, about("原路退回", "Sent back", "money")] = 0
    points: Annotated[int, about("退回积分", "Points")] = 0
    way: Annotated[Way, about("退款方式", "Goes back", labels=WAY_LABELS)] = Way.WALLET
    pieces: Annotated[dict[str, int], about("件数", "Pieces", "list")] = {}
    remark: Annotated[str, about("说明", "Remark")] = ""
    at: Annotated[datetime, about("退款时间", "Refunded at")]


class RefundStore(Protocol):
    """Where refunds are kept."""

    async def next_refund_id(self) -> int: ...

    async def add_refund(self, refund: Refund, within: Transaction) -> None: ...

    async def list_refunds(self, order_id: int) -> list[Refund]:
        """Of one order, the newest first."""


class RefundedOrders(Protocol):
    """Orders, as they are saved with their entry in the log."""

    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None: ...

    async def save(self, before: Order, after: Order, change: Change | None = None, within: Transaction | None = None) -> bool: ...


class Numbers(Struct, frozen=True):
    """That a refund needs: they are taken before its transaction, and some are left out."""

    refund_id: int
    repayment_ids: tuple[int, ...]


class RefundBook:
    """Gives back what was paid: in one transaction the order, the wallet, the stock, coupons, commissions, and what is to be sent back."""

    def __init__(
        self,
        refunds: RefundStore,
        orders: RefundedOrders,
        stock: Stock,
        ledger: Ledger,
        promotions: Promotions,
        repayments: RepaymentService,
        clock: Clock,
    ):
        self._refunds = refunds
        self._orders = orders
        self._stock = stock
        self._ledger = ledger
        self._promotions = promotions
        self._repayments = repayments
        self._clock = clock

    async def list_refunds(self, order_id: int) -> list[Refund]:
        return await self._refunds.list_refunds(order_id)

    async def take_numbers(self, order: Order) -> Numbers:
        """For a refund of it."""
        ids = await self._repayments.next_ids(len(order.payments)) if order.payments else []
        return Numbers(await self._refunds.next_refund_id(), tuple(ids))

    async def give_back_within(
        self,
        numbers: Numbers,
        order: Order,
        pieces: Mapping[int, int],
        within: Transaction,
        *,
        way: Way = Way.WALLET,
        most: int | None = None,
        claim_id: int | None = None,
        remark: str = "",
        entry: Callable[[Order, Order], Change] | None = None,
    ) -> tuple[Order, Refund]:
        """Of so many pieces of each line, no more fen than `most`. Its revision guards the order, wherever it was read.

        `entry`: for the log of the staff. Raises Contended if the order was changed meanwhile, and WrongOrderState.
        """
        now = self._clock.now()
        back = find_return(order, {line.id: line.returned for line in order.lines}, pieces)
        money = back.money if most is None else min(most, back.money)
        after = order.given_back(pieces, money, now)
        if not await self._orders.save(order, after, None if entry is None else entry(order, after), within):
            raise Contended()
        if order.status is OrderStatus.PAID:
            await self._stock.take_back(_stocked(order, pieces), within)
        change = Sums(balance=money, points=back.points)
        if change != Sums():
            posting = Posting(
                user_id=order.user_id,
                cause=Cause.REFUND,
                key=f"refund:{numbers.refund_id}",
                change=change,
                order_id=order.id,
                remark=order.number,
            )
            await self._ledger.post_within(posting, within)
        repaid = 0
        if way is Way.AS_PAID:
            for id, number in zip(numbers.repayment_ids, order.payments):
                repaid += await self._repayments.ask_within(
                    id, number, money - repaid, refund_id=numbers.refund_id, order_id=order.id, within=within
                )
        refund = Refund(
            id=numbers.refund_id,
            order_id=order.id,
            user_id=order.user_id,
            claim_id=claim_id,
            money=money,
            repaid=repaid,
            points=back.points,
            way=way,
            pieces={str(line_id): number for line_id, number in pieces.items()},
            remark=remark,
            at=now,
        )
        await self._refunds.add_refund(refund, within)
        await self._promotions.refund(order, back, within)
        return after, refund


def _stocked(order: Order, pieces: Mapping[int, int]) -> list[Pieces]:
    """Where they are free again."""
    counts = {line.id: line.pieces for line in order.lines}
    return [
        Pieces(one.goods_id, one.sku_id, one.day, one.slot, one.name, pieces[line_id])
        for line_id, one in counts.items()
        if pieces.get(line_id)
    ]


def all_pieces(order: Order) -> dict[int, int]:
    """That were not given back before."""
    return {line.id: line.number - line.returned for line in order.lines if line.number > line.returned}
