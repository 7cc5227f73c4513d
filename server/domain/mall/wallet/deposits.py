"""Deposits: money that the shop holds for a member and gives back."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from msgspec import Struct
from msgspec.structs import replace

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.ledger import Cause, Ledger, NotEnoughBalance, Posting, Sums, wallet_of
from server.domain.mall.payments.payment import Payment
from server.domain.mall.wallet.owned import MOST_FEN, OwnedStore, fen_in, make_number, save_owned
from server.domain.nouns import Action, ChangedMeanwhile, Id, Noun, NounService, NumberId, Revision, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions

DEPOSITS_PAID = 5  # the type of payments for them


class DepositMissing(NotFound):
    """There is no such deposit."""


class DepositShort(Conflict):
    """The wallet has less; so many fen are to be paid on line. What was asked for waits, unpaid."""

    def __init__(self, missing: int):
        super().__init__(missing)
        self.missing = missing


class WrongDepositState(Conflict):
    """It is not in a state in which this can be done to it."""


class DepositState(int, Enum):
    """What became of it, in the document's numbers."""

    UNPAID = -1
    BACK_ASKED = 0
    HELD = 1
    RETURNED = 2


STATE_LABELS = {
    DepositState.UNPAID: ("待支付", "Unpaid"),
    DepositState.BACK_ASKED: ("申请退回", "Asked back"),
    DepositState.HELD: ("在押", "Held"),
    DepositState.RETURNED: ("已退还", "Returned"),
}


class DepositAsked(Struct, frozen=True, kw_only=True):
    """What a member wants to leave. `reference`: what it is for, as the client calls it."""

    amount: int
    reference: str = ""
    remark: str = ""
    extensions: dict[str, str] = {}


class Deposit(Struct, frozen=True, kw_only=True):
    """One of a member."""

    id: NumberId
    revision: Revision = 1
    number: Annotated[str, about("押金单号", "Number")]
    user_id: Annotated[int, about("用户编号", "User")]
    amount: Annotated[int, about("金额", "Amount", "money")]
    state: Annotated[DepositState, about("状态", "State", labels=STATE_LABELS)] = DepositState.UNPAID
    reference: Annotated[str, about("业务编号", "Reference")] = ""
    remark: Annotated[str, about("备注", "Remark")] = ""
    extensions: Annotated[dict[str, str], about("扩展属性", "Extensions")] = {}
    asked_at: Annotated[datetime, about("创建时间", "Asked at")]
    paid_at: Annotated[datetime | None, about("支付时间", "Paid at")] = None
    returned_at: Annotated[datetime | None, about("退还时间", "Returned at")] = None

    def become(self, *states: DepositState, **changes: Any) -> Deposit:
        """From one of these states. Raises WrongDepositState."""
        if self.state not in states:
            raise WrongDepositState()
        return replace(self, **changes, revision=self.revision + 1)


class HeldDeposits:
    """What members have left and not asked back."""

    def __init__(self, deposits: OwnedStore[Deposit]):
        self._deposits = deposits

    async def sum_held(self, user_id: int) -> int:
        """In fen."""
        return sum(one.amount for one in await self._deposits.list_all(user_id=user_id, state=DepositState.HELD))


class DepositService:
    """Takes deposits from wallets. Implements Purpose: what was paid on line for one is in the wallet when it is taken."""

    def __init__(self, deposits: OwnedStore[Deposit], ledger: Ledger, transactions: Transactions, clock: Clock):
        self._deposits = deposits
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock

    async def pay(self, user_id: int, wanted: DepositAsked) -> None:
        """A new one, or the unpaid one that was asked for just so. Raises InvalidInput and DepositShort."""
        if not 1 <= wanted.amount <= MOST_FEN:
            raise InvalidInput({"amount": ["wrong_form"]})
        id = await self._deposits.next_id()

        async def take(within: Transaction) -> None:
            known = await self._find_unpaid(user_id, wanted, within)
            await self._take(known or self._make(id, user_id, wanted), within, is_new=known is None)

        async def note(within: Transaction) -> None:
            if await self._find_unpaid(user_id, wanted, within) is None:
                await self._deposits.add(self._make(id, user_id, wanted), None, within)

        try:
            await self._transactions.run(take, about=[wallet_of(user_id)])
        except NotEnoughBalance as error:
            await self._transactions.run(note, about=[wallet_of(user_id)])
            raise DepositShort(error.missing) from None

    async def pay_unpaid(self, user_id: int, deposit_id: int) -> None:
        """Raises DepositMissing, WrongDepositState and DepositShort."""

        async def work(within: Transaction) -> None:
            await self._take(await self.get_own(user_id, deposit_id, within), within)

        try:
            await self._transactions.run(work, about=[wallet_of(user_id)])
        except NotEnoughBalance as error:
            raise DepositShort(error.missing) from None

    async def ask_back(self, user_id: int, deposit_id: int) -> None:
        """Raises DepositMissing and WrongDepositState."""

        async def work(within: Transaction) -> None:
            before = await self.get_own(user_id, deposit_id, within)
            await save_owned(self._deposits, before, before.become(DepositState.HELD, state=DepositState.BACK_ASKED), within)

        await self._transactions.run(work)

    async def get_own(self, user_id: int, deposit_id: int, within: Transaction | None = None) -> Deposit:
        """Raises DepositMissing, also for another's."""
        found = await self._deposits.find(deposit_id, within)
        if found is None or found.user_id != user_id:
            raise DepositMissing("deposit")
        return found

    async def page_own(self, user_id: int, state: DepositState | None, page: PageQuery) -> Page[Deposit]:
        values = {} if state is None else {"state": state}
        return await self._deposits.page_with(page, user_id=user_id, **values)

    async def return_within(self, deposit: Deposit, within: Transaction) -> None:
        """As part of a transaction that keeps it as returned."""
        await self._post(deposit, "returned", deposit.amount, within)

    # ---- Purpose

    def check(self, wanted: Mapping[str, Any]) -> None:
        fen_in(wanted, "amount")

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        asked = DepositAsked(amount=fen_in(wanted, "amount"), remark=payment.remark)
        known = await self._deposits.find_first(within, user_id=payment.user_id, state=DepositState.UNPAID, amount=asked.amount)
        made = known or self._make(await self._deposits.next_id(), payment.user_id, asked)
        await self._take(made, within, is_new=known is None)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """Members look at their deposits themselves."""

    # ---- inside

    async def _find_unpaid(self, user_id: int, wanted: DepositAsked, within: Transaction) -> Deposit | None:
        same = {"amount": wanted.amount, "reference": wanted.reference, "state": DepositState.UNPAID}
        return await self._deposits.find_first(within, user_id=user_id, **same)

    def _make(self, id: int, user_id: int, wanted: DepositAsked) -> Deposit:
        now = self._clock.now()
        return Deposit(
            id=id,
            number=make_number("DP", now, id),
            user_id=user_id,
            amount=wanted.amount,
            reference=wanted.reference,
            remark=wanted.remark,
            extensions=wanted.extensions,
            asked_at=now,
        )

    async def _take(self, before: Deposit, within: Transaction, *, is_new: bool = False) -> None:
        after = before.become(DepositState.UNPAID, state=DepositState.HELD, paid_at=self._clock.now())
        await self._post(after, "paid", -after.amount, within)
        if is_new:
            await self._deposits.add(after, None, within)
        else:
            await save_owned(self._deposits, before, after, within)

    async def _post(self, deposit: Deposit, what: str, balance: int, within: Transaction) -> None:
        change, key = Sums(balance=balance), f"deposit:{deposit.id}:{what}"
        posting = Posting(user_id=deposit.user_id, cause=Cause.DEPOSIT, key=key, change=change, remark=deposit.remark or deposit.number)
        await self._ledger.post_within(posting, within)


class DepositDesk(NounService[Deposit]):
    """The staff's work on deposits."""

    def __init__(self, deposits: OwnedStore[Deposit], service: DepositService, transactions: Transactions, clock: Clock):
        super().__init__(DEPOSITS, deposits, clock)
        self._deposits = deposits
        self._service = service
        self._transactions = transactions

    async def give_back(self, deposit_id: Id, cause: Reason) -> Deposit:
        """Into the wallet, asked for or not. Raises NotFound, WrongDepositState and ChangedMeanwhile."""
        before, returned = await self.get(deposit_id), {"state": DepositState.RETURNED, "returned_at": self._clock.now()}
        return await self._decide("return", before, before.become(DepositState.HELD, DepositState.BACK_ASKED, **returned), cause)

    async def refuse(self, deposit_id: Id, cause: Reason) -> Deposit:
        """It is held on. Raises NotFound, WrongDepositState and ChangedMeanwhile."""
        before = await self.get(deposit_id)
        return await self._decide("refuse", before, before.become(DepositState.BACK_ASKED, state=DepositState.HELD), cause)

    async def _decide(self, verb: str, before: Deposit, after: Deposit, cause: Reason) -> Deposit:
        entry = self.entry(verb, before, after, cause)

        async def work(within: Transaction) -> None:
            if not await self._deposits.save(before, after, entry, within):
                raise ChangedMeanwhile()
            if after.state is DepositState.RETURNED:
                await self._service.return_within(after, within)

        await self._transactions.run(work, about=[wallet_of(before.user_id)])
        return after


DEPOSITS = Noun(
    area="mall",
    name="deposits",
    zh="押金",
    en="Deposits",
    made=Deposit,
    label="number",
    searched=("number", "reference", "remark"),
    sorted=("id", "amount", "asked_at"),
    filtered=("state", "user_id", "asked_at", "amount"),
    order=("-id",),
    is_kept=True,
    raises=(WrongDepositState,),
    actions=(
        Action("return", "退还", "Give back", DepositDesk.give_back),
        Action("refuse", "拒绝退还", "Refuse to give back", DepositDesk.refuse, needs_reason=True),
    ),
)
