"""The mall's audit: whether wallets are the sums of their entries, what was paid has its entry, and what was taken its effect.

It may run beside any number of servers. What is written together is read one after the other, so what seems wrong is looked at again
before it is told.
"""
from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from server.domain.errors import Conflict
from server.domain.mall.ledger import Entry, Posting, Sums, Wallet
from server.domain.mall.orders.order import Order, OrderStatus
from server.domain.mall.payments.payment import Payment, PaymentStatus, PurposeState

AT_ONCE = 500
MOST_FINDINGS = 200  # that are told; all are counted

Made = TypeVar("Made")


class MallFinding(Struct, frozen=True):
    """What cannot be if the server alone wrote it. `about` names the wallet, the order or the payment."""

    about: str
    problem: str


class MallAudit(Struct):
    """What was read and what was found."""

    wallets: int = 0
    entries: int = 0
    orders: int = 0
    payments: int = 0
    finding_count: int = 0
    findings: list[MallFinding] = []

    @property
    def is_clean(self) -> bool:
        return self.finding_count == 0

    def note(self, about: str, problem: str) -> None:
        self.finding_count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(MallFinding(about, problem))


class AuditedLedger(Protocol):
    """Wallets and entries, as they are kept."""

    def each_wallet(self) -> AsyncIterator[Wallet]: ...

    def each_entry(self, user_id: int) -> AsyncIterator[Entry]: ...

    async def find_entries(self, keys: Sequence[str]) -> dict[str, Entry]: ...

    async def count_entries(self) -> int: ...


class AuditedOrders(Protocol):
    """Orders, as they are kept."""

    def each_order(self) -> AsyncIterator[Order]: ...

    async def find_order(self, order_id: int) -> Order | None: ...


class AuditedPayments(Protocol):
    """Payments, as they are kept."""

    def each_payment(self) -> AsyncIterator[Payment]: ...

    async def find_payment(self, number: str) -> Payment | None: ...


class MallAuditService:
    """Finds every place where the mall's books contradict themselves."""

    def __init__(self, ledger: AuditedLedger, orders: AuditedOrders, payments: AuditedPayments):
        self._ledger = ledger
        self._orders = orders
        self._payments = payments

    async def audit(self) -> MallAudit:
        audit = MallAudit()
        await self._audit_wallets(audit)
        async for portion in _portions(self._orders.each_order()):
            await self._audit_orders(portion, audit)
        async for some in _portions(self._payments.each_payment()):
            await self._audit_payments(some, audit)
        return audit

    async def _audit_wallets(self, audit: MallAudit) -> None:
        before = await self._ledger.count_entries()
        async for wallet in self._ledger.each_wallet():
            audit.wallets += 1
            audit.entries += await self._audit_wallet(wallet, audit)
        if audit.entries < before:
            audit.note("ledger", f"{before - audit.entries} entries have no wallet")

    async def _audit_wallet(self, wallet: Wallet, audit: MallAudit) -> int:
        added_up = Wallet(id=wallet.id)
        async for entry in self._ledger.each_entry(wallet.id):
            if entry.seq > wallet.entries:
                break  # made since the wallet was read
            problem = find_entry_problem(added_up, entry)
            if problem is not None:
                audit.note(f"wallet {wallet.id} entry {entry.seq}", problem)
                return added_up.entries
            added_up = added_up.with_entry(entry)
        if added_up != wallet:
            audit.note(f"wallet {wallet.id}", "is not the sum of its entries")
        return added_up.entries

    async def _audit_orders(self, orders: list[Order], audit: MallAudit) -> None:
        audit.orders += len(orders)
        entries = await self._ledger.find_entries([key for order in orders for key in (_paid_key(order), _refunded_key(order))])
        for order in orders:
            problems = find_order_problems(order, entries)
            if problems:
                again = await self._orders.find_order(order.id)
                keys = [_paid_key(order), _refunded_key(order)]
                problems = [] if again is None else find_order_problems(again, await self._ledger.find_entries(keys))
            for problem in problems:
                audit.note(f"order {order.id}", problem)

    async def _audit_payments(self, payments: list[Payment], audit: MallAudit) -> None:
        audit.payments += len(payments)
        entries = await self._ledger.find_entries([_payment_key(payment) for payment in payments])
        for payment in payments:
            problems = find_payment_problems(payment, entries)
            if problems:
                again = await self._payments.find_payment(payment.number)
                found = await self._ledger.find_entries([_payment_key(payment)])
                problems = [] if again is None else find_payment_problems(again, found)
            for problem in problems:
                audit.note(f"payment {payment.number}", problem)


def find_entry_problem(before: Wallet, entry: Entry) -> str | None:
    """Why it cannot be the next entry of that wallet."""
    if entry.seq != before.entries + 1:
        return f"an entry is missing before it: {before.entries + 1}"
    change = entry.change
    posting = Posting(user_id=entry.user_id, cause=entry.cause, key=entry.key, change=change)
    try:
        _, made = before.plus(posting, entry.at)
    except Conflict as error:
        return f"could not have been made: {type(error).__name__}"
    return None if made.after == entry.after else "does not say what the purses held after it"


def find_order_problems(order: Order, entries: Mapping[str, Entry]) -> list[str]:
    """What of an order contradicts itself, or the ledger."""
    problems = []
    if order.goods != sum(line.amount for line in order.lines):
        problems.append("its goods are not the sum of its lines")
    if any(line.amount != line.unit_price * line.number for line in order.lines):
        problems.append("a line is not its price times its number")
    cost = Sums(balance=-order.real, points=-order.points)
    was_paid = order.paid_at is not None
    if was_paid and order.status is OrderStatus.UNPAID:
        problems.append("is unpaid and was paid")
    if not was_paid and order.status not in (OrderStatus.UNPAID, OrderStatus.CLOSED):
        problems.append("goes on and was never paid")
    problems += _compare(entries.get(_paid_key(order)), order.user_id, cost if was_paid else Sums(), "payment")
    back = Sums(balance=order.refunded, points=order.points) if order.is_refunded else Sums()
    problems += _compare(entries.get(_refunded_key(order)), order.user_id, back, "refund")
    return problems


def find_payment_problems(payment: Payment, entries: Mapping[str, Entry]) -> list[str]:
    """What of a payment contradicts itself, or the ledger."""
    is_paid = payment.status is PaymentStatus.PAID
    problems = _compare(entries.get(_payment_key(payment)), payment.user_id, Sums(balance=payment.paid), "credit")
    if is_paid != (payment.paid > 0):
        problems.append("is paid without an amount" if is_paid else "has an amount and is not paid")
    if not is_paid and payment.purpose_state is not PurposeState.NONE:
        problems.append("was spent and is not paid")
    return problems


def _compare(entry: Entry | None, user_id: int, change: Sums, what: str) -> list[str]:
    if change == Sums():
        return [] if entry is None else [f"the ledger has a {what} that never was"]
    if entry is None:
        return [f"the ledger has no {what}"]
    return [] if (entry.user_id, entry.change) == (user_id, change) else [f"the ledger has another {what}"]


def _paid_key(order: Order) -> str:
    return f"order:{order.id}:paid"


def _refunded_key(order: Order) -> str:
    return f"order:{order.id}:refunded"


def _payment_key(payment: Payment) -> str:
    return f"payment:{payment.id}"


async def _portions(all: AsyncIterator[Made]) -> AsyncIterator[list[Made]]:
    portion: list[Made] = []
    async for one in all:
        portion.append(one)
        if len(portion) == AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion
