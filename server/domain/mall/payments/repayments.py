"""Repayments: money that goes back by the payment it came by.

It is taken out of the wallet when it is asked for, together with what it is asked for; then the provider is asked, by our own number for
it, as often as it takes to hear that it was done. What the provider cannot pay back is put into the wallet again.
"""
from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import NotFound, Unavailable
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums
from server.domain.mall.payments.payment import Channel, Payment, PaymentMissing, Provider, Repaid, RepaymentState
from server.domain.transactions import Contended, Transaction, Transactions

log = logging.getLogger(__name__)

AT_ONCE = 20
NEVER_REPAID = (Channel.ALIPAY_CODE, Channel.ALIPAY_TRANSFER)  # those who took it are asked for nothing: it stays in the wallet
FIRST_LOOK, LOOKS_GROW, LONGEST_PAUSE = timedelta(seconds=10), 3, timedelta(hours=6)


class RepaymentMissing(NotFound):
    """There is no such repayment."""


class Repayment(Struct, frozen=True, kw_only=True):
    """So many fen of a payment of which `total` was paid. `number` is ours, `receipt` the provider's for it; `refund_id`: what it is for.

    `look_at`: when the provider is asked next; None once it is decided.
    """

    id: int
    revision: int
    number: str
    refund_id: int
    order_id: int
    user_id: int
    payment_id: int
    payment_number: str
    total: int
    amount: int
    state: RepaymentState = RepaymentState.WAITING
    receipt: str = ""
    asked_at: datetime
    look_at: datetime | None
    looks: int = 0
    done_at: datetime | None = None
    changed_at: datetime

    def become(self, now: datetime, **changes: Any) -> Repayment:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)

    def looked_at(self, now: datetime) -> Repayment:
        """After the provider was asked and had not decided."""
        pause = min(FIRST_LOOK * LOOKS_GROW ** min(self.looks + 1, 10), LONGEST_PAUSE)
        return self.become(now, look_at=now + pause, looks=self.looks + 1)

    def decided(self, word: Repaid, now: datetime) -> Repayment:
        return self.become(now, state=word.state, receipt=word.receipt, look_at=None, done_at=now)


class RepaymentStore(Protocol):
    """Where repayments are kept."""

    async def next_ids(self, count: int) -> list[int]: ...

    async def add_repayment(self, repayment: Repayment, within: Transaction) -> None: ...

    async def find_repayment(self, number: str, within: Transaction | None = None) -> Repayment | None: ...

    async def save_repayment(self, before: Repayment, after: Repayment, within: Transaction | None = None) -> bool:
        """False if it was changed since `before` was read."""

    async def list_due(self, now: datetime, most: int) -> list[Repayment]:
        """Those that the provider is to be asked about."""


class RepaidPayments(Protocol):
    """Payments, as far as they are paid back."""

    async def find_payment(self, number: str, within: Transaction | None = None) -> Payment | None: ...

    async def save_payment(self, before: Payment, after: Payment, within: Transaction | None = None) -> bool: ...


class Repayer(Protocol):
    """Those who took the money."""

    async def repay(self, repayment: Repayment) -> Repaid | None:
        """Pays it back, or tells what became of it if that was asked before; None: not decided yet. Raises Unavailable."""


class Taker(Provider, Repayer, Protocol):
    """Those who take money and pay it back."""


class RepaymentService:
    """Asks for repayments and hears of them."""

    def __init__(
        self,
        repayments: RepaymentStore,
        payments: RepaidPayments,
        repayer: Repayer,
        ledger: Ledger,
        transactions: Transactions,
        clock: Clock,
    ):
        self._repayments = repayments
        self._payments = payments
        self._repayer = repayer
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock

    async def next_ids(self, count: int) -> list[int]:
        """For that many, to be asked for in one transaction."""
        return await self._repayments.next_ids(count)

    async def ask_within(self, id: int, payment_number: str, most: int, *, refund_id: int, order_id: int, within: Transaction) -> int:
        """How much of it goes back by that payment: no more than is left of it. It is taken out of the wallet in this transaction."""
        payment = await self._payments.find_payment(payment_number, within)
        if payment is None:
            raise PaymentMissing("payment")
        amount, now = min(most, payment.paid - payment.repaid), self._clock.now()
        if amount <= 0 or payment.channel in NEVER_REPAID:
            return 0
        made = Repayment(
            id=id,
            revision=1,
            number=f"RF{payment.number[2:]}{id:06}",
            refund_id=refund_id,
            order_id=order_id,
            user_id=payment.user_id,
            payment_id=payment.id,
            payment_number=payment.number,
            total=payment.paid,
            amount=amount,
            asked_at=now,
            look_at=now,
            changed_at=now,
        )
        await self._repayments.add_repayment(made, within)
        await self._save_payment(payment, payment.become(now, repaid=payment.repaid + amount), within)
        await self._ledger.post_within(_posting(made, "asked", -amount), within)
        return amount

    async def take_word(self, word: Repaid) -> Repayment:
        """What the provider tells of one, once however often. Raises RepaymentMissing."""

        async def work(within: Transaction) -> Repayment:
            before = await self._repayments.find_repayment(word.number, within)
            if before is None:
                log.error("a repayment was made that nobody asked for", extra={"number": word.number, "receipt": word.receipt})
                raise RepaymentMissing("repayment")
            if before.state is not RepaymentState.WAITING:
                return before
            now = self._clock.now()
            after = before.decided(word, now)
            if not await self._repayments.save_repayment(before, after, within):
                raise Contended()  # it was read in the same transaction: nobody can have changed it
            if after.state is RepaymentState.FAILED:
                payment = await self._payments.find_payment(before.payment_number, within)
                assert payment is not None
                await self._save_payment(payment, payment.become(now, repaid=payment.repaid - before.amount), within)
                await self._ledger.post_within(_posting(before, "failed", before.amount), within)
            return after

        return await self._transactions.run(work)

    async def look_after(self) -> None:
        """One round: the provider is asked for what is not decided."""
        for repayment in await self._repayments.list_due(self._clock.now(), AT_ONCE):
            await self.look_at(repayment)

    async def look_at(self, repayment: Repayment) -> None:
        """Asks the provider about it, and takes its word."""
        if repayment.state is not RepaymentState.WAITING:
            return
        try:
            word = await self._repayer.repay(repayment)
        except Unavailable:
            word = None
        if word is not None:
            await self.take_word(word)
        else:
            await self._repayments.save_repayment(repayment, repayment.looked_at(self._clock.now()))

    async def _save_payment(self, before: Payment, after: Payment, within: Transaction) -> None:
        if not await self._payments.save_payment(before, after, within):
            raise Contended()


def _posting(repayment: Repayment, step: str, balance: int) -> Posting:
    return Posting(
        user_id=repayment.user_id,
        cause=Cause.REPAID,
        key=f"repayment:{repayment.id}:{step}",
        change=Sums(balance=balance),
        order_id=repayment.order_id,
        remark=repayment.payment_number,
    )
