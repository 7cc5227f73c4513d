"""The audit of what was given back: every refund against its order and the ledger, every repayment against its payment."""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from server.domain.mall.audit import MallAudit, compare_entry, portions
from server.domain.mall.ledger import Entry, Sums
from server.domain.mall.orders.order import Order
from server.domain.mall.orders.refunds import Refund
from server.domain.mall.payments.payment import Payment, RepaymentState
from server.domain.mall.payments.repayments import Repayment


class AuditedOrders(Protocol):
    def each_order(self) -> AsyncIterator[Order]: ...

    async def find_order(self, order_id: int) -> Order | None: ...


class AuditedRefunds(Protocol):
    def each_refund(self) -> AsyncIterator[Refund]: ...

    async def find_of_orders(self, order_ids: Iterable[int]) -> list[Refund]: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[Refund]: ...


class AuditedRepayments(Protocol):
    def each_repayment(self) -> AsyncIterator[Repayment]: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[Repayment]: ...

    async def sum_repaid(self, payment_id: int) -> int: ...


class AuditedPayments(Protocol):
    async def find_payment(self, number: str) -> Payment | None: ...


class AuditedEntries(Protocol):
    async def find_entries(self, keys: Sequence[str]) -> dict[str, Entry]: ...


class RefundAudit:
    """Implements AuditPart."""

    def __init__(
        self,
        orders: AuditedOrders,
        refunds: AuditedRefunds,
        repayments: AuditedRepayments,
        payments: AuditedPayments,
        ledger: AuditedEntries,
    ):
        self._orders = orders
        self._refunds = refunds
        self._repayments = repayments
        self._payments = payments
        self._ledger = ledger

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        return {"refund": self._refunds.find_by_ids, "repayment": self._repayments.find_by_ids}

    async def audit(self, audit: MallAudit) -> None:
        async for orders in portions(self._orders.each_order()):
            await self._audit_orders([order for order in orders if _gave_back(order)], audit)
        async for refunds in portions(self._refunds.each_refund()):
            entries = await self._ledger.find_entries([_refund_key(refund) for refund in refunds])
            for refund in refunds:
                change = Sums(balance=refund.money, points=refund.points)
                for problem in compare_entry(entries.get(_refund_key(refund)), refund.user_id, change, "refund"):
                    audit.note(f"refund {refund.id}", problem)
        async for repayments in portions(self._repayments.each_repayment()):
            for repayment in repayments:
                await self._audit_repayment(repayment, audit)

    async def _audit_orders(self, orders: list[Order], audit: MallAudit) -> None:
        found: dict[int, list[Refund]] = {}
        for refund in await self._refunds.find_of_orders(order.id for order in orders):
            found.setdefault(refund.order_id, []).append(refund)
        entries = await self._ledger.find_entries([_whole_key(order.id) for order in orders])
        for order in orders:
            if find_refund_problems(order, found.get(order.id, []), entries.get(_whole_key(order.id))):
                again, refunds = await self._orders.find_order(order.id), await self._refunds.find_of_orders([order.id])
                whole = (await self._ledger.find_entries([_whole_key(order.id)])).get(_whole_key(order.id))
                for problem in [] if again is None else find_refund_problems(again, refunds, whole):
                    audit.note(f"order {order.id}", problem)

    async def _audit_repayment(self, repayment: Repayment, audit: MallAudit) -> None:
        problems = await self._find_repayment_problems(repayment)
        if problems:
            [again] = await self._repayments.find_by_ids([repayment.id])
            problems = await self._find_repayment_problems(again)
        for problem in problems:
            audit.note(f"repayment {repayment.id}", problem)

    async def _find_repayment_problems(self, repayment: Repayment) -> list[str]:
        keys = [_repayment_key(repayment, step) for step in ("asked", "failed")]
        entries = await self._ledger.find_entries(keys)
        payment = await self._payments.find_payment(repayment.payment_number)
        repaid = await self._repayments.sum_repaid(repayment.payment_id)
        return find_repayment_problems(repayment, entries, payment, repaid)


def find_refund_problems(order: Order, refunds: Sequence[Refund], whole: Entry | None) -> list[str]:
    """What of an order contradicts what was given back for it. `whole`: the entry of before refunds were written down."""
    problems = []
    money = sum(refund.money for refund in refunds) + (0 if whole is None else whole.change.balance)
    if order.refunded != money:
        problems.append(f"says that {order.refunded} fen went back, and its refunds {money}")
    if order.refunded > order.real:
        problems.append("has back more than was paid")
    for line in order.lines if whole is None else ():
        number = sum(refund.pieces.get(str(line.id), 0) for refund in refunds)
        if line.returned != number or line.returned > line.number:
            problems.append(f"has {line.returned} pieces of line {line.id} returned, and its refunds {number} of {line.number}")
    return problems


def find_repayment_problems(repayment: Repayment, entries: Mapping[str, Entry], payment: Payment | None, repaid: int) -> list[str]:
    """What of a repayment contradicts the ledger or its payment, of which so much went back in all."""
    asked, failed = (entries.get(_repayment_key(repayment, step)) for step in ("asked", "failed"))
    back = repayment.amount if repayment.state is RepaymentState.FAILED else 0
    problems = compare_entry(asked, repayment.user_id, Sums(balance=-repayment.amount), "repayment")
    problems += compare_entry(failed, repayment.user_id, Sums(balance=back), "repayment that failed")
    if payment is None or payment.repaid != repaid or repaid > payment.paid:
        told = "nothing is known" if payment is None else f"{payment.repaid} of {payment.paid} went back"
        problems.append(f"is of a payment of which {told}, and its repayments are {repaid}")
    return problems


def _gave_back(order: Order) -> bool:
    return bool(order.refunded or order.is_refunded or any(line.returned for line in order.lines))


def _refund_key(refund: Refund) -> str:
    return f"refund:{refund.id}"


def _whole_key(order_id: int) -> str:
    return f"order:{order_id}:refunded"


def _repayment_key(repayment: Repayment, step: str) -> str:
    return f"repayment:{repayment.id}:{step}"
