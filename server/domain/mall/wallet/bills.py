"""Bills: what a member pays at the counter, with a discount by what they have consumed."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.payments.payment import Payment
from server.domain.mall.wallet.owned import MOST_FEN, OwnedStore, fen_in, make_number
from server.domain.mall.wallet.pay_passwords import PayPasswordService
from server.domain.nouns import Noun, NumberId, Revision, Rules, about
from server.domain.transactions import Transaction, Transactions

BILLS_PAID = 4  # the type of payments for them

Fen = Annotated[int, Meta(ge=1, le=MOST_FEN)]


class BillUnderpaid(Conflict):
    """What was paid on line is less than the bill costs: the wallet gives nothing to it unasked."""


class BillDiscountTerms(Struct, frozen=True, kw_only=True):
    """`is_repeated`: taken off again for each time that the bill holds the threshold."""

    threshold: Annotated[Fen, about("消费满", "Consumed", "money")]
    discount: Annotated[Fen, about("立减", "Taken off", "money")]
    is_repeated: Annotated[bool, about("循环满减", "For each time")] = False
    is_on: Annotated[bool, about("启用", "On")] = True
    remark: Annotated[Annotated[str, Meta(max_length=200)], about("备注", "Remark")] = ""


class BillDiscount(BillDiscountTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    def discount_of(self, amount: int) -> int:
        """In fen, of a bill of so many."""
        times = amount // self.threshold
        return self.discount * (times if self.is_repeated else min(1, times))


def best_discount(rules: Iterable[BillDiscount], amount: int) -> tuple[int, int | None]:
    """In fen, and which rule it is by: the one that takes off most."""
    found = max(((rule.discount_of(amount), rule.id) for rule in rules if rule.is_on), default=(0, None))
    return (0, None) if found[0] == 0 else (min(found[0], amount), found[1])


class BillDiscountRules(Rules[BillDiscount]):
    """No bill is less than nothing."""

    def __init__(self, kept: Furniture[BillDiscount]):
        self._kept = kept

    async def check(self, after: BillDiscount, before: BillDiscount | None) -> None:
        if after.discount > after.threshold:
            raise InvalidInput({"discount": [f"at_most:{after.threshold}"]})

    async def note_changed(self) -> None:
        self._kept.forget()


class Bill(Struct, frozen=True, kw_only=True):
    """One that was paid: `real` of `amount`, after the discount of that rule. `payment`: by which it was paid on line."""

    id: NumberId
    revision: Revision = 1
    number: Annotated[str, about("买单号", "Number")]
    user_id: Annotated[int, about("用户编号", "User")]
    amount: Annotated[int, about("消费金额", "Consumed", "money")]
    real: Annotated[int, about("实付", "Paid", "money")]
    discount_id: Annotated[int | None, about("优惠", "Discount", refers_to="mall.bill-discounts")] = None
    payment: Annotated[str, about("支付单号", "Payment")] = ""
    paid_at: Annotated[datetime, about("支付时间", "Paid at")]


class BillService:
    """Reckons bills and takes them from wallets. Implements Purpose."""

    def __init__(
        self,
        bills: OwnedStore[Bill],
        discounts: Furniture[BillDiscount],
        ledger: Ledger,
        passwords: PayPasswordService,
        transactions: Transactions,
        clock: Clock,
    ):
        self._bills = bills
        self._discounts = discounts
        self._ledger = ledger
        self._passwords = passwords
        self._transactions = transactions
        self._clock = clock

    async def list_discounts(self) -> list[BillDiscount]:
        """Those in force, the smallest first."""
        return [rule for rule in await self._discounts.list_all() if rule.is_on]

    async def reckon(self, amount: int) -> int:
        """What a bill of so much costs. Raises InvalidInput."""
        return (await self._reckon(amount))[0]

    async def pay(self, user_id: int, amount: int, password: str) -> None:
        """From the wallet. Raises InvalidInput, NotEnoughBalance, and as PayPasswordService.check_if_asked_for."""
        real, discount_id = await self._reckon(amount)
        await self._passwords.check_if_asked_for(user_id, password)
        bill = self._make(await self._bills.next_id(), user_id, amount, real, discount_id)
        await self._transactions.run(lambda within: self._take(bill, within), about=[wallet_of(user_id)])

    # ---- Purpose

    def check(self, wanted: Mapping[str, Any]) -> None:
        fen_in(wanted, "money")

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        amount = fen_in(wanted, "money")
        real, discount_id = await self._reckon(amount)
        if payment.paid < real:
            raise BillUnderpaid()
        id = await self._bills.next_id()
        await self._take(self._make(id, payment.user_id, amount, real, discount_id, payment.number), within)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """The member stands at the counter and looks at it themselves."""

    # ---- inside

    async def _reckon(self, amount: int) -> tuple[int, int | None]:
        if not 1 <= amount <= MOST_FEN:
            raise InvalidInput({"money": ["wrong_form"]})
        discount, discount_id = best_discount(await self._discounts.list_all(), amount)
        return amount - discount, discount_id

    def _make(self, id: int, user_id: int, amount: int, real: int, discount_id: int | None, payment: str = "") -> Bill:
        now = self._clock.now()
        return Bill(
            id=id,
            number=make_number("BL", now, id),
            user_id=user_id,
            amount=amount,
            real=real,
            discount_id=discount_id,
            payment=payment,
            paid_at=now,
        )

    async def _take(self, bill: Bill, within: Transaction) -> None:
        await self._bills.add(bill, None, within)
        if bill.real:
            key, change = f"bill:{bill.id}:paid", Sums(balance=-bill.real)
            await self._ledger.post_within(
                Posting(user_id=bill.user_id, cause=Cause.BILL, key=key, change=change, remark=bill.number), within
            )


BILL_DISCOUNTS = Noun(
    area="mall",
    name="bill-discounts",
    zh="买单优惠",
    en="Discounts of bills",
    made=BillDiscount,
    terms=BillDiscountTerms,
    label="threshold",
    searched=("remark",),
    sorted=("id", "threshold"),
    filtered=("is_on",),
    order=("threshold", "id"),
)

BILLS = Noun(
    area="mall",
    name="bills",
    zh="到店买单",
    en="Bills",
    made=Bill,
    label="number",
    searched=("number", "payment"),
    sorted=("id", "amount", "real", "paid_at"),
    filtered=("user_id", "paid_at", "real"),
    order=("-id",),
    is_kept=True,
)
