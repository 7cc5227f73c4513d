"""The ledger: every change of what a member owns in the mall is one entry that nothing changes again.

Four purses each: balance and frozen money in fen, points, growth. A wallet is the sum of its entries and is kept beside them; the entry
and the sums are written together. An entry's key names what it was made for, so whatever is tried again is applied once.
"""
from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from enum import Enum
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import Conflict
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions

MOST = 10**15  # fen or points in one purse: far from where numbers of JavaScript end


class NotEnough(Conflict):
    """A purse has less than is to be taken out of it."""


class NotEnoughBalance(NotEnough):
    """`missing` in fen."""

    def __init__(self, missing: int):
        super().__init__(missing)
        self.missing = missing


class NotEnoughFrozen(NotEnough):
    """Less money is frozen than is to be taken."""


class NotEnoughPoints(NotEnough):
    """`missing` in points."""

    def __init__(self, missing: int):
        super().__init__(missing)
        self.missing = missing


class NotEnoughGrowth(NotEnough):
    """There is less growth than is to be taken."""


class TooMuch(Conflict):
    """A purse would hold more than it can."""


class Cause(str, Enum):
    """What an entry was made for."""

    RECHARGE = "recharge"
    RECHARGE_GIFT = "recharge_gift"
    ORDER = "order"
    REFUND = "refund"
    REPAID = "repaid"  # refunds that went on, back by their payments
    ADJUSTMENT = "adjustment"  # by the shop's staff
    REWARD = "reward"  # points and growth for an order that is done
    REVIEW = "review"
    SIGN_IN = "sign_in"
    VOUCHER = "voucher"
    POINTS_TO_MONEY = "points_to_money"
    POINTS_TO_GROWTH = "points_to_growth"
    WITHDRAWAL_ASKED = "withdrawal_asked"
    WITHDRAWAL_FAILED = "withdrawal_failed"
    WITHDRAWN = "withdrawn"
    COMMISSION = "commission"
    SELLER = "seller"  # the right to be a distributor, or to lead a team
    BOOKING = "booking"
    PAID_CONTENT = "paid_content"
    SHARE = "share"
    LEVEL = "level"
    DEPOSIT = "deposit"
    BILL = "bill"
    COUPON = "coupon"
    GAME = "game"
    SETTLEMENT = "settlement"  # of lots that were won


class Sums(Struct, frozen=True):
    """What is in the four purses."""

    balance: int = 0
    frozen: int = 0
    points: int = 0
    growth: int = 0

    def plus(self, change: Sums) -> Sums:
        """Raises NotEnough, by its kind, and TooMuch."""
        after = Sums(
            self.balance + change.balance, self.frozen + change.frozen, self.points + change.points, self.growth + change.growth
        )
        # What only grows is never refused: an older fault elsewhere would stop money on its way in.
        if change.balance < 0 and after.balance < 0:
            raise NotEnoughBalance(-after.balance)
        if change.frozen < 0 and after.frozen < 0:
            raise NotEnoughFrozen()
        if change.points < 0 and after.points < 0:
            raise NotEnoughPoints(-after.points)
        if change.growth < 0 and after.growth < 0:
            raise NotEnoughGrowth()
        if max(after.balance, after.frozen, after.points, after.growth) > MOST:
            raise TooMuch()
        return after


class Posting(Struct, frozen=True, kw_only=True):
    """A change to be made. `key` is unique for what it is made for, such as `order:7:paid`; `order_id` if it is about one."""

    user_id: int
    cause: Cause
    key: str
    change: Sums
    order_id: int | None = None
    remark: str = ""


class Entry(Struct, frozen=True, kw_only=True):
    """One change that was made: the `seq`-th of its user, and what the purses held `after` it."""

    id: str  # user:seq
    user_id: int
    seq: int
    key: str
    cause: Cause
    change: Sums
    after: Sums
    at: datetime
    order_id: int | None = None
    remark: str = ""


class Wallet(Struct, frozen=True, kw_only=True):
    """The sums of a user's entries, by purse, and some by cause. `entries` counts them; a user without any has none."""

    id: int  # the user's
    entries: int = 0
    sums: Sums = Sums()
    consumed: int = 0  # fen paid for goods and services, refunds taken off
    consumptions: int = 0  # how often
    points_gained: int = 0
    withdrawn: int = 0  # fen

    def plus(self, posting: Posting, now: datetime) -> tuple[Wallet, Entry]:
        """After it was made. Raises NotEnough, by its kind, and TooMuch."""
        change = posting.change
        entry = Entry(
            id=f"{self.id}:{self.entries + 1}",
            user_id=self.id,
            seq=self.entries + 1,
            key=posting.key,
            cause=posting.cause,
            change=change,
            after=self.sums.plus(change),
            at=now,
            order_id=posting.order_id,
            remark=posting.remark,
        )
        return self.with_entry(entry), entry

    def with_entry(self, entry: Entry) -> Wallet:
        """With the next entry of its user, which nothing checks any more."""
        is_spent = entry.cause in SPENT
        # What cost points alone is bought too where it is an order; a coupon or a level's gift is none.
        is_purchase = is_spent and entry.cause is not Cause.REFUND and (entry.change.balance != 0 or entry.cause is Cause.ORDER)
        return replace(
            self,
            entries=entry.seq,
            sums=entry.after,
            consumed=self.consumed - (entry.change.balance if is_spent else 0),
            consumptions=self.consumptions + (1 if is_purchase else 0),
            points_gained=self.points_gained + max(0, entry.change.points if entry.cause is not Cause.REFUND else 0),
            withdrawn=self.withdrawn - (entry.change.frozen if entry.cause is Cause.WITHDRAWN else 0),
        )


SPENT = frozenset(
    (Cause.ORDER, Cause.REFUND, Cause.BILL, Cause.LEVEL, Cause.BOOKING, Cause.PAID_CONTENT, Cause.COUPON, Cause.SETTLEMENT, Cause.SELLER)
)


class Purse(str, Enum):
    """One of the four, as far as lists of entries are asked for."""

    MONEY = "money"  # balance or frozen
    POINTS = "points"
    GROWTH = "growth"


class EntryQuery(Struct, frozen=True, kw_only=True):
    """Which entries of a user, newest first: those that change that purse. None asks for any; `first_at` and `last_at` are included."""

    user_id: int
    purse: Purse
    is_income: bool | None = None
    causes: tuple[Cause, ...] | None = None
    order_id: int | None = None
    remark_part: str = ""
    first_at: datetime | None = None
    last_at: datetime | None = None


def wallet_of(user_id: int) -> str:
    """What a transaction is about that changes it."""
    return f"wallet:{user_id}"


class LedgerStore(Protocol):
    """Where entries and wallets are kept."""

    async def find_wallet(self, user_id: int, within: Transaction | None = None) -> Wallet | None: ...

    async def find_wallets(self, user_ids: list[int]) -> dict[int, Wallet]:
        """Of those that have one."""

    async def find_entry(self, key: str, within: Transaction | None = None) -> Entry | None: ...

    async def add_entry(self, entry: Entry, wallet: Wallet, within: Transaction) -> None:
        """The entry, and the wallet with it; of two that are made at once in two transactions, one is made again."""

    async def page_entries(self, query: EntryQuery, page: PageQuery) -> Page[Entry]: ...

    async def list_grown(self, growth: int, skip: int, most: int) -> list[int]:
        """Users with at least so much growth, the least first, without the first few."""

    def each_wallet(self) -> AsyncIterator[Wallet]:
        """All, by their users' numbers."""

    def each_entry(self, user_id: int) -> AsyncIterator[Entry]:
        """All of a user, the first one first."""


class Ledger:
    """Makes entries. Nothing else changes what a member owns."""

    def __init__(self, entries: LedgerStore, transactions: Transactions, clock: Clock):
        self._entries = entries
        self._transactions = transactions
        self._clock = clock

    async def get_wallet(self, user_id: int) -> Wallet:
        """An empty one of who has no entries."""
        return await self._entries.find_wallet(user_id) or Wallet(id=user_id)

    async def page_entries(self, query: EntryQuery, page: PageQuery) -> Page[Entry]:
        return await self._entries.page_entries(query, page)

    async def post(self, posting: Posting) -> Entry:
        """In a transaction of its own, exactly once for its key. Raises NotEnough, by its kind, TooMuch, Contended, Unavailable."""
        return await self._transactions.run(lambda within: self.post_within(posting, within))

    async def post_within(self, posting: Posting, within: Transaction) -> Entry:
        """As part of a transaction: with all else in it, or not at all. The entry of before, if there is one with its key.

        Raises NotEnough, by its kind, and TooMuch.
        """
        made = await self._entries.find_entry(posting.key, within)
        if made is not None:
            return made
        wallet = await self._entries.find_wallet(posting.user_id, within) or Wallet(id=posting.user_id)
        wallet, entry = wallet.plus(posting, self._clock.now())
        await self._entries.add_entry(entry, wallet, within)
        return entry
