"""The mall's audit: whether wallets are the sums of their entries, what was paid has its entry, what was taken its effect, and whether
every piece that came in is free, held or sold.

It may run beside any number of servers. What is written together is read one after the other, so what seems wrong is looked at again
before it is told.
"""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from server.domain.auditing.slices import giving_way
from server.domain.clock import Clock
from server.domain.errors import Conflict
from server.domain.mall.adjustments import Adjustment, AdjustmentState
from server.domain.mall.goods.stock_audit import AuditedStock, StockAudit
from server.domain.mall.ledger import Entry, Posting, Sums, Wallet
from server.domain.mall.orders.order import Event, Order, OrderStatus
from server.domain.mall.payments.orders import ORDERS
from server.domain.mall.payments.payment import Notice, Paid, Payment, PaymentStatus, PurposeState
from server.domain.mall.payments.service import ids_in, read_purpose
from server.domain.paging import ListQuery

AT_ONCE = 500
TAKEN_WITHIN = timedelta(minutes=10)  # a notice: it is told again, and the provider asked
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
    waiting: int = 0  # payments that are in a wallet, and whose purpose is served in the next round
    notices: int = 0
    counts: int = 0
    finding_count: int = 0
    findings: list[MallFinding] = []

    @property
    def is_clean(self) -> bool:
        return self.finding_count == 0

    def note(self, about: str, problem: str) -> None:
        self.finding_count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(MallFinding(about, problem))


class AuditPart(Protocol):
    """What a theme of the mall has of its own to audit."""

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        """What its entries are made for: the first word of their keys → how to find those that there are, by the number after it."""

    async def audit(self, audit: MallAudit) -> None:
        """Notes what contradicts the ledger, or itself. What seems wrong is looked at again first."""


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

    async def find_by_ids(self, ids: Iterable[int]) -> list[Order]: ...


class AuditedPayments(Protocol):
    """Payments, as they are kept."""

    def each_payment(self) -> AsyncIterator[Payment]: ...

    def each_notice(self) -> AsyncIterator[Notice]: ...

    async def find_payment(self, number: str) -> Payment | None: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[Payment]: ...


class AuditedAdjustments(Protocol):
    """What the staff did to wallets, as it is kept."""

    def each(self, query: ListQuery) -> AsyncIterator[Adjustment]: ...

    async def find(self, id: Any) -> Adjustment | None: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[Adjustment]: ...


class MallAuditService:
    """Finds every place where the mall's books contradict themselves."""

    def __init__(
        self,
        ledger: AuditedLedger,
        orders: AuditedOrders,
        payments: AuditedPayments,
        adjustments: AuditedAdjustments,
        stock: AuditedStock,
        clock: Clock,
        parts: Sequence[AuditPart] = (),
    ):
        self._ledger = ledger
        self._orders = orders
        self._payments = payments
        self._adjustments = adjustments
        self._stock = stock
        self._clock = clock
        self._parts = parts

    async def audit(self, audit: MallAudit | None = None) -> MallAudit:
        """Fills it in as it goes, and gives it. Raises Unavailable."""
        audit, stock = audit or MallAudit(), StockAudit(self._stock)
        await self._audit_wallets(audit)
        async for portion in portions(self._orders.each_order()):
            for order in portion:
                stock.take_order(order)
            await self._audit_orders(portion, audit)
        async for some in portions(self._payments.each_payment()):
            await self._audit_payments(some, audit)
        async for notice in giving_way(self._payments.each_notice()):
            await self._audit_notice(notice, audit)
        async for made in portions(self._adjustments.each(ListQuery())):
            await self._audit_adjustments(made, audit)
        for part in self._parts:
            await part.audit(audit)
        audit.counts, found = await stock.audit()
        for count_id, problem in found:
            audit.note(f"stock {count_id}", problem)
        return audit

    async def _audit_wallets(self, audit: MallAudit) -> None:
        before = await self._ledger.count_entries()
        async for wallet in giving_way(self._ledger.each_wallet()):
            audit.wallets += 1
            audit.entries += await self._audit_wallet(wallet, audit)
        if audit.entries < before:
            audit.note("ledger", f"{before - audit.entries} entries have no wallet")

    async def _audit_wallet(self, wallet: Wallet, audit: MallAudit) -> int:
        added_up, portion = Wallet(id=wallet.id), list[Entry]()
        async for entry in self._ledger.each_entry(wallet.id):
            if entry.seq > wallet.entries:
                break  # made since the wallet was read
            portion.append(entry)
            if len(portion) == AT_ONCE:
                await self._audit_origins(portion, audit)
                await asyncio.sleep(0)
                portion = []
            problem = find_entry_problem(added_up, entry)
            if problem is not None:
                audit.note(f"wallet {wallet.id} entry {entry.seq}", problem)
                return wallet.entries
            added_up = added_up.with_entry(entry)
        await self._audit_origins(portion, audit)
        if added_up != wallet:
            audit.note(f"wallet {wallet.id}", "is not the sum of its entries")
        return added_up.entries

    async def _audit_origins(self, entries: list[Entry], audit: MallAudit) -> None:
        """What an entry was made for is there: its key names it."""
        stores: dict[str, Callable[[Iterable[int]], Awaitable[list[Any]]]] = {
            "order": self._orders.find_by_ids,
            "payment": self._payments.find_by_ids,
            "adjustment": self._adjustments.find_by_ids,
        }
        for part in self._parts:
            stores |= part.origins
        for kind, find in stores.items():
            named = {entry.id: (entry, id) for entry in entries if (id := _origin_of(entry, kind)) is not None}
            there = {one.id for one in await find({id for _, id in named.values()})} if named else set()
            for entry, id in named.values():
                if id not in there:
                    audit.note(f"wallet {entry.user_id} entry {entry.seq}", f"was made for {kind} {id}, which there is not")

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
        for payment, problems in zip(payments, await self._find_payment_problems(payments)):
            if problems:
                again = await self._payments.find_payment(payment.number)
                [problems] = [[]] if again is None else await self._find_payment_problems([again])
            audit.waiting += payment.purpose_state is PurposeState.WAITING
            for problem in problems:
                audit.note(f"payment {payment.number}", problem)

    async def _find_payment_problems(self, payments: list[Payment]) -> list[list[str]]:
        entries = await self._ledger.find_entries([key for payment in payments for key in (_payment_key(payment), _gift_key(payment))])
        named = {id for payment in payments for id in _paid_orders(payment)}
        orders = {order.id: order for order in await self._orders.find_by_ids(named)} if named else {}
        return [find_payment_problems(payment, entries, orders) for payment in payments]

    async def _audit_notice(self, notice: Notice, audit: MallAudit) -> None:
        audit.notices += 1
        if notice.paid is None:
            return
        payment = await self._payments.find_payment(notice.paid.number)
        problem = find_notice_problem(notice.paid, payment, is_late=self._clock.now() - notice.received_at > TAKEN_WITHIN)
        if problem is not None:
            audit.note(f"notice {notice.id}", problem)

    async def _audit_adjustments(self, adjustments: list[Adjustment], audit: MallAudit) -> None:
        entries = await self._ledger.find_entries([_adjustment_key(one) for one in adjustments])
        for one in adjustments:
            problems = find_adjustment_problems(one, entries)
            if problems:
                again = await self._adjustments.find(one.id)
                found = await self._ledger.find_entries([_adjustment_key(one)])
                problems = [] if again is None else find_adjustment_problems(again, found)
            for problem in problems:
                audit.note(f"adjustment {one.id}", problem)


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
    if any(line.unit_price != line.amount // line.number for line in order.lines):
        problems.append("a line is not its price times its number")
    if order.points != sum(line.points for line in order.lines):
        problems.append("its points are not the sum of its lines")
    is_repriced = any(happened.event is Event.PRICE_CHANGED for happened in order.log)
    if not is_repriced and order.real != max(0, order.goods + order.freight + order.additional - order.discount):
        problems.append("is not charged what its goods and freight cost")
    if order.effects and order.real != sum(order.left_of_rows) + order.left_of_freight:
        problems.append("is not charged what the rules have left")
    cost = Sums(balance=-order.real, points=-order.points)
    was_paid = order.paid_at is not None
    if was_paid and order.status is OrderStatus.UNPAID:
        problems.append("is unpaid and was paid")
    if not was_paid and order.status not in (OrderStatus.UNPAID, OrderStatus.CLOSED):
        problems.append("goes on and was never paid")
    problems += compare_entry(entries.get(_paid_key(order)), order.user_id, cost if was_paid else Sums(), "payment")
    if (whole := entries.get(_refunded_key(order))) is not None:  # of before refunds were written down; others are audited with these
        back = Sums(balance=order.refunded, points=order.points + order.points_spent) if order.is_refunded else Sums()
        problems += compare_entry(whole, order.user_id, back, "refund")
    return problems


def find_payment_problems(payment: Payment, entries: Mapping[str, Entry], orders: Mapping[int, Order]) -> list[str]:
    """What of a payment contradicts itself, the ledger, or the orders that it is said to have paid."""
    is_paid = payment.status is PaymentStatus.PAID
    problems = compare_entry(entries.get(_payment_key(payment)), payment.user_id, Sums(balance=payment.paid), "credit")
    problems += compare_entry(entries.get(_gift_key(payment)), payment.user_id, Sums(balance=payment.gift), "gift")
    if payment.gift and (payment.purpose or not is_paid):
        problems.append("was given a gift, and fills no wallet")
    if is_paid != (payment.paid > 0):
        problems.append("is paid without an amount" if is_paid else "has an amount and is not paid")
    if not is_paid and payment.purpose_state is not PurposeState.NONE:
        problems.append("was spent and is not paid")
    if is_paid and (payment.purpose_state is PurposeState.NONE) != (not payment.purpose):
        problems.append("has no purpose, and something became of it" if not payment.purpose else "has a purpose, and nothing became of it")
    if payment.purpose_state is PurposeState.FAILED and not payment.purpose_problem:
        problems.append("could not be spent, and does not say why")
    for id in _paid_orders(payment):
        order = orders.get(id)
        if order is None or order.user_id != payment.user_id or order.paid_at is None:
            problems.append(f"is said to have paid order {id}, which is not paid")
    return problems


def find_notice_problem(word: Paid, payment: Payment | None, *, is_late: bool) -> str | None:
    """What was told, and nothing came of."""
    if payment is None:
        return f"tells of payment {word.number}, which nobody asked for"
    if payment.status is not PaymentStatus.PAID:
        return f"tells of payment {word.number}, which is in no wallet" if is_late else None
    return None if payment.paid == word.amount else f"tells of another amount than was taken for payment {word.number}"


def find_adjustment_problems(adjustment: Adjustment, entries: Mapping[str, Entry]) -> list[str]:
    """What of an adjustment contradicts the ledger."""
    change = adjustment.change if adjustment.state is AdjustmentState.MADE else Sums()
    return compare_entry(entries.get(_adjustment_key(adjustment)), adjustment.user_id, change, "adjustment")


def compare_entry(entry: Entry | None, user_id: int, change: Sums, what: str) -> list[str]:
    """What is wrong with the entry of something that has changed the purses so; nothing is to be there where it has not changed them."""
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


def _gift_key(payment: Payment) -> str:
    return f"{_payment_key(payment)}:gift"


def _adjustment_key(adjustment: Adjustment) -> str:
    return f"adjustment:{adjustment.id}"


def _origin_of(entry: Entry, kind: str) -> int | None:
    """The number in its key, if that names one of that kind."""
    named, _, rest = entry.key.partition(":")
    number = rest.partition(":")[0]
    return int(number) if named == kind and number.isascii() and number.isdigit() else None


def _paid_orders(payment: Payment) -> Sequence[int]:
    """Orders that it is said to have paid."""
    if payment.purpose_state is not PurposeState.DONE:
        return ()
    kind, wanted = read_purpose(payment.purpose)
    return ids_in(wanted.get("id")) if kind == ORDERS else ()


async def portions(all: AsyncIterator[Made]) -> AsyncIterator[list[Made]]:
    """So many at once that the ledger can be asked for their entries together; between them the work may rest."""
    portion: list[Made] = []
    async for one in all:
        portion.append(one)
        if len(portion) == AT_ONCE:
            yield portion
            await asyncio.sleep(0)
            portion = []
    if portion:
        yield portion
