"""The audit's part about wallets: every withdrawal, deposit and bill against the ledger."""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from server.domain.mall.audit import AuditedLedger, MallAudit, compare_entry, portions
from server.domain.mall.ledger import Sums
from server.domain.mall.payments.payment import Notice
from server.domain.mall.payments.payouts import PayoutState, Transferred
from server.domain.mall.payments.transfers import Transfer, TransferState
from server.domain.mall.wallet.bills import Bill
from server.domain.mall.wallet.deposits import Deposit, DepositState
from server.domain.mall.wallet.withdrawals import Withdrawal, WithdrawalState
from server.domain.paging import ListQuery
from server.domain.transactions import Transaction

Made = TypeVar("Made", bound=Struct)
Changes = Mapping[str, Sums]  # the last word of an entry's key → how it has to have changed the purses


class Audited(Protocol[Made]):
    """Things as they are kept."""

    def each(self, query: ListQuery) -> AsyncIterator[Made]: ...

    async def find(self, id: Any) -> Made | None: ...

    async def find_by_ids(self, ids: Iterable[Any]) -> list[Made]: ...


class AuditedWithdrawals(Protocol):
    """By what they have."""

    async def find_first(self, within: Transaction | None = None, **having: Any) -> Withdrawal | None: ...


class Accounted(Protocol):
    """What has a number, and an owner."""

    @property
    def id(self) -> int: ...

    @property
    def user_id(self) -> int: ...


class Account(Struct, frozen=True):
    """Things of one kind: the first word of their entries' keys, where they are, and what the ledger has to say of each."""

    kind: str
    kept: Audited[Any]
    changes_of: Callable[[Any], Changes]


async def audit_account(account: Account, ledger: AuditedLedger, audit: MallAudit) -> None:
    """Notes every thing whose entries are others than they have to be. What seems wrong is read again first."""
    async for some in portions(account.kept.each(ListQuery())):
        for one, problems in zip(some, await _find_problems(account, some, ledger)):
            if problems:
                again = await account.kept.find(one.id)
                [problems] = [[]] if again is None else await _find_problems(account, [again], ledger)
            for problem in problems:
                audit.note(f"{account.kind} {one.id}", problem)


async def _find_problems(account: Account, things: Sequence[Accounted], ledger: AuditedLedger) -> list[list[str]]:
    wanted = [{what: (f"{account.kind}:{one.id}:{what}", change) for what, change in account.changes_of(one).items()} for one in things]
    entries = await ledger.find_entries([key for changes in wanted for key, _ in changes.values()])
    return [
        [
            problem
            for what, (key, change) in changes.items()
            for problem in compare_entry(entries.get(key), one.user_id, change, f"{account.kind} {what}")
        ]
        for one, changes in zip(things, wanted)
    ]


class TransferAudit:
    """Implements AuditPart, for what came by Alipay."""

    def __init__(self, ledger: AuditedLedger, transfers: Audited[Transfer]):
        self._ledger = ledger
        self._account = Account("transfer", transfers, changes_of_transfer)

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        return {}  # their numbers are Alipay's

    async def audit(self, audit: MallAudit) -> None:
        await audit_account(self._account, self._ledger, audit)


class AuditedNotices(Protocol):
    """What providers told, as it is kept."""

    def each_notice(self) -> AsyncIterator[Notice]: ...


class PayoutAudit:
    """Implements AuditPart, for what was told of payouts."""

    def __init__(self, notices: AuditedNotices, withdrawals: AuditedWithdrawals):
        self._notices = notices
        self._withdrawals = withdrawals

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        return {}

    async def audit(self, audit: MallAudit) -> None:
        async for notice in self._notices.each_notice():
            if notice.transferred is None:
                continue
            found = await self._withdrawals.find_first(number=notice.transferred.number)
            problem = find_payout_problem(notice.transferred, found)
            if problem is not None:
                audit.note(f"notice {notice.id}", problem)


def find_payout_problem(told: Transferred, withdrawal: Withdrawal | None) -> str | None:
    """What was told of a payout, and is not so. One that is not decided yet is asked about again and again."""
    if withdrawal is None or withdrawal.amount != told.amount:
        return f"tells of payout {told.number} of {told.amount} fen, which nobody asked for"
    if told.word.state is PayoutState.PAID and withdrawal.state is WithdrawalState.REFUSED:
        return f"tells that payout {told.number} was paid, and its money came back"
    return None


class WalletAudit:
    """Implements AuditPart."""

    def __init__(self, ledger: AuditedLedger, withdrawals: Audited[Withdrawal], deposits: Audited[Deposit], bills: Audited[Bill]):
        self._ledger = ledger
        self._accounts = (
            Account("withdrawal", withdrawals, changes_of_withdrawal),
            Account("deposit", deposits, changes_of_deposit),
            Account("bill", bills, changes_of_bill),
        )

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        return {account.kind: account.kept.find_by_ids for account in self._accounts}

    async def audit(self, audit: MallAudit) -> None:
        for account in self._accounts:
            await audit_account(account, self._ledger, audit)


def changes_of_withdrawal(one: Withdrawal) -> Changes:
    """Frozen at once, and then paid or returned, never both."""
    return {
        "asked": Sums(balance=-one.amount, frozen=one.amount),
        "paid": Sums(frozen=-one.amount) if one.state is WithdrawalState.PAID else Sums(),
        "returned": Sums(balance=one.amount, frozen=-one.amount) if one.state is WithdrawalState.REFUSED else Sums(),
    }


def changes_of_deposit(one: Deposit) -> Changes:
    """Taken once it is held, and given back once."""
    return {
        "paid": Sums(balance=-one.amount) if one.state is not DepositState.UNPAID else Sums(),
        "returned": Sums(balance=one.amount) if one.state is DepositState.RETURNED else Sums(),
    }


def changes_of_bill(one: Bill) -> Changes:
    return {"paid": Sums(balance=-one.real)}


def changes_of_transfer(one: Transfer) -> Changes:
    """Credited to who has claimed it; one that paid a payment is credited as that."""
    is_claimed = one.state is TransferState.CLAIMED
    return {
        "claimed": Sums(balance=one.amount) if is_claimed else Sums(),
        "gift": Sums(balance=one.gift) if is_claimed else Sums(),
    }
