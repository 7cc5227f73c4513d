"""The totals of a day in Shanghai, with which a bookkeeper closes it, and where WeChat's bill of it says something else."""
from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.mall.bookkeeping.wechat_bill import Bill, BillKind, BillRow, read_bill
from server.domain.mall.ledger import Cause, Entry, Sums, Wallet
from server.domain.mall.orders.order import Order
from server.domain.mall.payments.payment import Channel, Payment, RepaymentState
from server.domain.mall.payments.repayments import Repayment
from server.domain.moments import SHANGHAI

BY_WECHAT = frozenset(
    (Channel.MINI_PROGRAM, Channel.WEB_IN_WECHAT, Channel.MOBILE_WEB, Channel.QR_CODE, Channel.VIDEO_CHANNEL)
)
MOST_DIFFERENCES = 1000

Fen = Annotated[int, Meta(description="分")]


class Flow(Struct, frozen=True, kw_only=True):
    """What came into purses and went out of them for one cause: fen, and points."""

    cause: Cause
    entries: int = 0
    money_in: Fen = 0
    money_out: Fen = 0
    frozen_in: Fen = 0
    frozen_out: Fen = 0
    points_in: int = 0
    points_out: int = 0


class ChannelTotal(Struct, frozen=True, kw_only=True):
    """What was paid by one channel."""

    channel: Channel
    payments: int
    amount: Fen


class Difference(Struct, frozen=True, kw_only=True):
    """Where the bill and the mall say otherwise; `ours` and `theirs` in fen, null where one of them knows nothing of it."""

    kind: BillKind
    number: str
    receipt: str
    ours: Fen | None
    theirs: Fen | None


class Comparison(Struct, frozen=True, kw_only=True):
    """WeChat's bill of the day beside the mall's payments and repayments."""

    rows: int
    paid: Fen
    refunded: Fen
    fees: Fen
    differences: list[Difference]


class DayBook(Struct, frozen=True, kw_only=True):
    """A day. `opening` and `closing`: what all purses held together before and after it; the flows lead from one to the other.

    `comparison` is null until the bill of the day was imported.
    """

    day: date
    sales: int
    sales_amount: Fen
    sales_points: int
    refunds: int
    refunded: Fen
    commission: Fen
    channels: list[ChannelTotal]
    flows: list[Flow]
    opening: Sums
    closing: Sums
    comparison: Comparison | None


class DayStore(Protocol):
    """Reads what happened in a time, the end not included."""

    def each_entry_between(self, first: datetime, end: datetime | None) -> AsyncIterator[Entry]: ...

    def each_order_paid(self, first: datetime, end: datetime) -> AsyncIterator[Order]: ...

    async def list_payments_made(self, first: datetime, end: datetime) -> list[Payment]: ...

    async def find_payments(self, numbers: Iterable[str]) -> dict[str, Payment]:
        """Those that there are, by their numbers."""

    async def list_repayments_asked(self, first: datetime, end: datetime) -> list[Repayment]: ...

    async def find_repayments(self, numbers: Iterable[str]) -> dict[str, Repayment]:
        """Those that there are, by their numbers."""

    def each_wallet(self) -> AsyncIterator[Wallet]: ...

    async def keep_bill(self, bill: Bill) -> None:
        """In the place of the one of that day."""

    async def find_bill(self, day: date) -> Bill | None: ...


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """The first moment of that day in Shanghai, and the first one after it. Raises OverflowError at the calendar's end."""
    first = datetime.combine(day, time(), SHANGHAI)
    return first.astimezone(timezone.utc), (datetime.combine(day + timedelta(days=1), time(), SHANGHAI)).astimezone(timezone.utc)


class Flows:
    """Adds entries up."""

    def __init__(self) -> None:
        self._flows: dict[Cause, list[int]] = {}
        self.sums = [0, 0, 0, 0]

    def take(self, entry: Entry) -> None:
        change = entry.change
        for place, amount in enumerate((change.balance, change.frozen, change.points, change.growth)):
            self.sums[place] += amount
        found = self._flows.setdefault(entry.cause, [0] * 7)
        found[0] += 1
        for place, amount in enumerate((change.balance, change.frozen, change.points)):
            found[1 + 2 * place + (amount < 0)] += abs(amount)

    def list_flows(self) -> list[Flow]:
        names = ("entries", "money_in", "money_out", "frozen_in", "frozen_out", "points_in", "points_out")
        order = list(Cause)
        return [Flow(cause=cause, **dict(zip(names, self._flows[cause]))) for cause in sorted(self._flows, key=order.index)]

    def money_of(self, cause: Cause) -> tuple[int, int]:
        """How often, and fen in less fen out."""
        found = self._flows.get(cause, [0] * 7)
        return found[0], found[1] - found[2]


def compare(rows: Sequence[BillRow], made: Iterable[Payment], known: Mapping[str, Payment]) -> list[Difference]:
    """Row by row of the payments: `made` are the mall's by WeChat of the day, `known` all that the bill names.

    A payment that was made a moment before midnight may stand in the bill of the other day; it is known, and no difference here.
    """
    found: list[Difference] = []
    payments = [row for row in rows if row.kind is BillKind.PAYMENT]
    for row in payments:
        payment = known.get(row.number)
        ours = None if payment is None or not payment.paid or payment.receipt not in ("", row.receipt) else payment.paid
        if ours != row.amount:
            found.append(_difference(row, ours, row.amount))
    told = {row.number for row in payments}
    for payment in made:
        if payment.number not in told:
            number, receipt = payment.number, payment.receipt
            found.append(Difference(kind=BillKind.PAYMENT, number=number, receipt=receipt, ours=payment.paid, theirs=None))
    return found


def compare_refunds(
    rows: Sequence[BillRow], asked: Iterable[Repayment], known: Mapping[str, Repayment], told_later: Iterable[BillRow] = ()
) -> list[Difference]:
    """Row by row of the refunds: `asked` are the repayments of the day that WeChat was asked for, `known` all that the bill names.

    What WeChat has begun after midnight stands in the bill of the day after: `told_later`, if that was imported. What has failed moved
    no money.
    """
    found: list[Difference] = []
    refunds = [row for row in rows if row.kind is BillKind.REFUND]
    for row in refunds:
        ours, theirs = _repaid_by(known.get(row.refund_number), row), 0 if row.has_failed else row.amount
        if (ours or 0) != theirs:
            found.append(_difference(row, ours, theirs))
    told = {row.refund_number for row in (*refunds, *told_later)}
    for one in asked:
        if one.number not in told and one.state is RepaymentState.DONE:
            found.append(Difference(kind=BillKind.REFUND, number=one.payment_number, receipt=one.receipt, ours=one.amount, theirs=None))
    return found


def _repaid_by(repayment: Repayment | None, row: BillRow) -> int | None:
    """None where the row is not about it."""
    if repayment is None or repayment.payment_number != row.number or repayment.receipt not in ("", row.receipt):
        return None
    return 0 if repayment.state is RepaymentState.FAILED else repayment.amount


def _difference(row: BillRow, ours: int | None, theirs: int) -> Difference:
    return Difference(kind=row.kind, number=row.number, receipt=row.receipt, ours=ours, theirs=theirs)


class DayBookService:
    """Closes days."""

    def __init__(self, books: DayStore):
        self._books = books

    async def get_day(self, day: date) -> DayBook:
        first, end = bounds_of(day)
        flows, after = Flows(), Flows()
        async for entry in self._books.each_entry_between(first, end):
            flows.take(entry)
        async for entry in self._books.each_entry_between(end, None):
            after.take(entry)
        now = [0, 0, 0, 0]
        async for wallet in self._books.each_wallet():
            sums = wallet.sums
            now = [held + more for held, more in zip(now, (sums.balance, sums.frozen, sums.points, sums.growth))]
        closing = [held - more for held, more in zip(now, after.sums)]
        opening = [held - more for held, more in zip(closing, flows.sums)]
        sales, amount, points = 0, 0, 0
        async for order in self._books.each_order_paid(first, end):
            sales, amount, points = sales + 1, amount + order.real, points + order.points
        made = await self._books.list_payments_made(first, end)
        refunds, refunded = flows.money_of(Cause.REFUND)
        return DayBook(
            day=day,
            sales=sales,
            sales_amount=amount,
            sales_points=points,
            refunds=refunds,
            refunded=refunded,
            commission=flows.money_of(Cause.COMMISSION)[1],
            channels=_by_channel(made),
            flows=flows.list_flows(),
            opening=Sums(*opening),
            closing=Sums(*closing),
            comparison=await self._compare(day, made),
        )

    async def import_bill(self, content: bytes) -> DayBook:
        """WeChat's bill; again in the place of the one before. Raises InvalidInput."""
        bill = read_bill(content)
        await self._books.keep_bill(bill)
        return await self.get_day(bill.day)

    async def _compare(self, day: date, made: Sequence[Payment]) -> Comparison | None:
        bill = await self._books.find_bill(day)
        if bill is None:
            return None
        known = await self._books.find_payments({row.number for row in bill.rows})
        payments = [row for row in bill.rows if row.kind is BillKind.PAYMENT]
        differences = compare(bill.rows, [one for one in made if one.channel in BY_WECHAT], known)
        next_bill = await self._books.find_bill(day + timedelta(days=1))
        repaid = await self._books.find_repayments({row.refund_number for row in bill.rows if row.refund_number})
        asked = await self._books.list_repayments_asked(*bounds_of(day))
        differences += compare_refunds(bill.rows, asked, repaid, () if next_bill is None else next_bill.rows)
        return Comparison(
            rows=len(bill.rows),
            paid=sum(row.amount for row in payments),
            refunded=sum(row.amount for row in bill.rows if row.kind is BillKind.REFUND and not row.has_failed),
            fees=sum(row.fee for row in bill.rows),
            differences=differences[:MOST_DIFFERENCES],
        )


def _by_channel(made: Iterable[Payment]) -> list[ChannelTotal]:
    found: dict[Channel, list[int]] = {}
    for payment in made:
        total = found.setdefault(payment.channel, [0, 0])
        total[0] += 1
        total[1] += payment.paid
    return [ChannelTotal(channel=channel, payments=found[channel][0], amount=found[channel][1]) for channel in Channel if channel in found]
