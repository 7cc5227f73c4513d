"""Payments: each is credited to the wallet once, whatever is told how often, and then spent on what it was made for, or left there."""
from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.members import open_id_of
from server.domain.mall.payments.payment import (
    FIRST_LOOK,
    BelowRecharge,
    Channel,
    Notice,
    NotPayable,
    Paid,
    Payer,
    Payment,
    PaymentMissing,
    PaymentStatus,
    Prepared,
    Provider,
    PurposeState,
    Repaid,
)
from server.domain.mall.payments.payouts import Transfers
from server.domain.mall.settings import Settings
from server.domain.moments import SHANGHAI
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Contended, Transaction, Transactions

log = logging.getLogger(__name__)

MOST = 10_000_000_00  # fen at once
MOST_PURPOSE_CHARACTERS = 2000
AT_ONCE = 20
GIFT_REMARK = "充值赠送"
NO_PURPOSE = -1  # the type of a payment that says none


class Purpose(Protocol):
    """What money is paid for, of one type."""

    def check(self, wanted: Mapping[str, Any]) -> None:
        """Before anybody pays for it. Raises InvalidInput if it does not say what."""

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        """As part of a transaction, from the wallet that the payment is in by now. Raises DomainErrors if it cannot be, whatever they are:
        the money stays in the wallet then."""

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """Called once that transaction lasts, for those who wait to hear of it; again where it was not certain."""


class Gifts(Protocol):
    """What the shop gives on top of a recharge."""

    async def gift_of(self, amount: int) -> int:
        """In fen, for so many."""


class PaymentStore(Protocol):
    """Where payments and notices are kept."""

    async def next_payment_id(self) -> int: ...

    async def add_payment(self, payment: Payment) -> None: ...

    async def find_payment(self, number: str, within: Transaction | None = None) -> Payment | None: ...

    async def save_payment(self, before: Payment, after: Payment, within: Transaction | None = None) -> bool:
        """False if it was changed since `before` was read."""

    async def page_payments(self, user_id: int, number: str | None, page: PageQuery) -> Page[Payment]:
        """The newest first."""

    async def list_looked_for(self, now: datetime, most: int) -> list[Payment]:
        """Those that the provider is to be asked about."""

    async def list_waiting(self, most: int) -> list[Payment]:
        """Those whose purpose waits: whoever was to see to it may have died."""

    async def keep_notice(self, notice: Notice) -> None:
        """Once, however often it is sent. Raises NoticeRefused if somebody sends again what was sent before, to the letter."""


class Repayments(Protocol):
    """Who hears of money that was paid back."""

    async def take_word(self, word: Repaid) -> object: ...


class PaymentService:
    """Asks for payments and takes them."""

    def __init__(
        self,
        payments: PaymentStore,
        provider: Provider,
        purposes: Mapping[int, Purpose],
        repayments: Repayments,
        transfers: Transfers,
        gifts: Gifts,
        ledger: Ledger,
        settings: Settings,
        transactions: Transactions,
        clock: Clock,
    ):
        self._payments = payments
        self._provider = provider
        self._purposes = purposes
        self._repayments = repayments
        self._transfers = transfers
        self._gifts = gifts
        self._ledger = ledger
        self._settings = settings
        self._transactions = transactions
        self._clock = clock

    # ---- asking

    async def ask(
        self, user: User, amount: int, channel: Channel, address: str, *, purpose: str = "", name: str = "", remark: str = ""
    ) -> tuple[Payment, Prepared]:
        """A payment to be made. Raises NotPayable, BelowRecharge, InvalidInput, PayerUnknown and Unavailable."""
        if not 1 <= amount <= MOST:
            raise NotPayable()
        kind, wanted = read_purpose(purpose)
        if kind == NO_PURPOSE:
            await self._check_recharge(amount)
        elif kind not in self._purposes:
            raise InvalidInput({"nextAction": ["not_a_choice"]})
        else:
            self._purposes[kind].check(wanted)
        now = self._clock.now()
        number = await self._payments.next_payment_id()
        payment = Payment(
            id=number,
            revision=1,
            number=f"PA{now.astimezone(SHANGHAI):%y%m%d%H%M%S}{number:06}{secrets.token_hex(2)}",
            user_id=user.id,
            channel=channel,
            amount=amount,
            name=name,
            remark=remark,
            purpose="" if kind == NO_PURPOSE else purpose,
            asked_at=now,
            look_at=now + FIRST_LOOK,
            changed_at=now,
        )
        # Before it is sent outside: a notice may come at once.
        await self._payments.add_payment(payment)
        open_id = next(filter(None, (open_id_of(identity) for identity in user.identities)), None)
        prepared = await self._provider.prepare(payment, Payer(open_id=open_id, address=address))
        if prepared.prepay_id:
            # Paid meanwhile? Then nobody asks for this number any more.
            await self._payments.save_payment(payment, payment.become(now, prepay_id=prepared.prepay_id))
        return payment, prepared

    async def page_payments(self, user_id: int, number: str | None, page: PageQuery) -> Page[Payment]:
        return await self._payments.page_payments(user_id, number, page)

    # ---- taking

    async def take_notice(self, headers: Mapping[str, str], body: bytes) -> None:
        """What a provider tells. It is written down first, then taken, once. Raises NoticeRefused and Unavailable."""
        await self.accept_notice(await self._provider.read_notice(headers, body))

    async def accept_notice(self, notice: Notice) -> None:
        """One that was read, and so is a provider's. Raises NoticeRefused and Unavailable."""
        await self._payments.keep_notice(notice)
        if notice.paid is not None:
            await self.settle(notice.paid)
        if notice.repaid is not None:
            await self._repayments.take_word(notice.repaid)
        if notice.transferred is not None:
            await self._transfers.take_notice(notice.transferred)

    async def settle(self, word: Paid) -> Payment:
        """The money is in the wallet when this returns, and was spent on its purpose if that was possible. Raises PaymentMissing."""
        known, gift = await self._payments.find_payment(word.number), await self._gifts.gift_of(word.amount)
        # One after the other in this process: each writes the wallet.
        about = [] if known is None else [wallet_of(known.user_id)]
        return await self.serve_purpose(await self._transactions.run(lambda within: self.take_within(word, gift, within), about=about))

    async def take_within(self, word: Paid, gift: int, within: Transaction) -> Payment:
        """The money into the wallet, once; its purpose waits then. As part of a transaction. Raises PaymentMissing."""
        before = await self._payments.find_payment(word.number, within)
        if before is None:
            log.error("a payment was made that nobody asked for", extra={"number": word.number, "receipt": word.receipt})
            raise PaymentMissing("payment")
        if before.status is PaymentStatus.PAID:
            return before
        after = before.settled(word, gift, self._clock.now())
        await self._save(before, after, within)
        remark = before.name or before.remark
        await self._credit(after, Cause.RECHARGE, f"payment:{before.id}", word.amount, remark, within)
        if after.gift:
            await self._credit(after, Cause.RECHARGE_GIFT, f"payment:{before.id}:gift", after.gift, GIFT_REMARK, within)
        return after

    async def _credit(self, payment: Payment, cause: Cause, key: str, amount: int, remark: str, within: Transaction) -> None:
        posting = Posting(user_id=payment.user_id, cause=cause, key=key, change=Sums(balance=amount), remark=remark)
        await self._ledger.post_within(posting, within)

    async def refuse(self, number: str) -> Payment:
        """It was not made, and will not be. What is paid all the same is taken. Raises PaymentMissing."""
        before = await self.get_payment(number)
        if before.status is not PaymentStatus.ASKED:
            return before
        after = before.refused(self._clock.now())
        return after if await self._payments.save_payment(before, after) else await self.get_payment(number)

    async def get_payment(self, number: str) -> Payment:
        """Raises PaymentMissing."""
        found = await self._payments.find_payment(number)
        if found is None:
            raise PaymentMissing("payment")
        return found

    async def serve_purpose(self, payment: Payment) -> Payment:
        """Spends what was paid on what it was paid for, once; what cannot be done leaves the money in the wallet."""
        if payment.purpose_state is not PurposeState.WAITING:
            return payment
        kind, wanted = read_purpose(payment.purpose)

        async def work(within: Transaction) -> Payment:
            before = await self._payments.find_payment(payment.number, within)
            assert before is not None
            if before.purpose_state is not PurposeState.WAITING:
                return before
            await self._purposes[kind].fulfil(before, wanted, within)
            after = before.become(self._clock.now(), purpose_state=PurposeState.DONE)
            await self._save(before, after, within)
            return after

        try:
            served = await self._transactions.run(work, about=[wallet_of(payment.user_id)])
        except Contended:
            raise
        except (Conflict, NotFound, InvalidInput, KeyError) as error:
            return await self._note_failure(payment, type(error).__name__)
        if served.purpose_state is PurposeState.DONE:
            await self._purposes[kind].tell_fulfilled(served, wanted)
        return served

    async def _note_failure(self, payment: Payment, problem: str) -> Payment:
        log.warning("a payment could not be spent; it stays in the wallet", extra={"number": payment.number, "problem": problem})

        async def work(within: Transaction) -> Payment:
            before = await self._payments.find_payment(payment.number, within)
            assert before is not None
            if before.purpose_state is not PurposeState.WAITING:
                return before
            after = before.become(self._clock.now(), purpose_state=PurposeState.FAILED, purpose_problem=problem)
            await self._save(before, after, within)
            return after

        return await self._transactions.run(work)

    # ---- what nobody told of

    async def look_after(self) -> None:
        """One round: purposes that wait are served, and the provider is asked about what was not heard of."""
        for payment in await self._payments.list_waiting(AT_ONCE):
            await self.serve_purpose(payment)
        for payment in await self._payments.list_looked_for(self._clock.now(), AT_ONCE):
            await self.look_at(payment)

    async def look_at(self, payment: Payment) -> None:
        """Asks the provider about it, and takes its word."""
        if payment.status is PaymentStatus.PAID:
            return
        try:
            word = await self._provider.find_word(payment)
        except Unavailable:
            word = PaymentStatus.ASKED
        if isinstance(word, Paid):
            await self.settle(word)
            return
        now = self._clock.now()
        after = payment.refused(now) if word is PaymentStatus.REFUSED else payment.looked_at(now)
        await self._payments.save_payment(payment, after)

    async def _save(self, before: Payment, after: Payment, within: Transaction) -> None:
        if not await self._payments.save_payment(before, after, within):
            raise Contended()  # it was read in the same transaction: nobody can have changed it

    async def _check_recharge(self, amount: int) -> None:
        text = (await self._settings.get_value("recharge_amount_min")).strip()
        try:
            least = round(float(text) * 100) if text else 0
        except (ValueError, OverflowError):
            least = 0
        if amount < least:
            raise BelowRecharge(least)


def read_purpose(text: str) -> tuple[int, dict[str, Any]]:
    """Its type and what it says; NO_PURPOSE if there is none. Raises InvalidInput."""
    if not text:
        return NO_PURPOSE, {}
    try:
        found = json.loads(text) if len(text) <= MOST_PURPOSE_CHARACTERS else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput({"nextAction": ["not_json"]})
    kind = found.get("type")
    if kind is None and not found:
        return NO_PURPOSE, {}
    if isinstance(kind, str) and kind.isascii() and kind.isdigit() and len(kind) <= 6:
        kind = int(kind)
    if type(kind) is not int or kind < 0:
        raise InvalidInput({"nextAction": ["not_a_choice"]})
    return kind, found


def ids_in(value: Any) -> Sequence[int]:
    """Numbers of orders as clients write them: one, or several with commas between. Raises InvalidInput."""
    words = [word.strip() for word in str(value).split(",")]
    if not all(word.isascii() and word.isdigit() and len(word) <= 15 for word in words):
        raise InvalidInput({"nextAction": ["wrong_form"]})
    return [int(word) for word in words]
