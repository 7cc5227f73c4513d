"""What members do with points beside orders: exchange vouchers for them, and them for growth; and what they are given points for."""
from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Protocol

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Cause, Ledger, NotEnoughPoints, Posting, Sums, wallet_of
from server.domain.mall.orders.order import Order
from server.domain.mall.orders.reviewing import LineReview, Rating
from server.domain.mall.promotions.points import (
    GOOD_REVIEW,
    Deduction,
    Gift,
    Voucher,
    VoucherState,
    VoucherTerms,
    Worth,
    spend_best,
)
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, Rules
from server.domain.transactions import Contended, Transaction, Transactions

NUMBER_CHARACTERS = 16
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without those that are taken for others
MOST_GROWTH = 10**12


class VoucherMissing(NotFound):
    """There is no such voucher."""


class VoucherUsed(Conflict):
    """The voucher was exchanged before, is void or over."""


class NothingForPoints(Conflict):
    """So many points are worth no growth."""


class ExchangeNumbers(Protocol):
    """Where numbers of exchanges come from."""

    async def next_exchange_id(self) -> int: ...


class VoucherStore(NounStore[Voucher], Protocol):
    """Where vouchers are kept."""

    async def find_voucher(self, number: str, within: Transaction | None = None) -> Voucher | None: ...


def voucher_key(voucher_id: int) -> str:
    """Of the entry for its points."""
    return f"voucher:{voucher_id}"


class PointsService:
    """Every change is an entry of the ledger, once for what it was made for."""

    def __init__(
        self,
        vouchers: VoucherStore,
        exchanges: ExchangeNumbers,
        deductions: Furniture[Deduction],
        gifts: Furniture[Gift],
        ledger: Ledger,
        transactions: Transactions,
        clock: Clock,
    ):
        self._vouchers = vouchers
        self._exchanges = exchanges
        self._deductions = deductions
        self._gifts = gifts
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock

    async def list_deductions(self, kind: Worth | None) -> list[Deduction]:
        return [rule for rule in await self._deductions.list_all() if kind in (None, rule.kind)]

    async def list_gifts(self, code: str | None) -> list[Gift]:
        return [gift for gift in await self._gifts.list_all() if code in (None, gift.code)]

    async def exchange_voucher(self, user_id: int, number: str) -> int:
        """Points that it brought. Raises VoucherMissing and VoucherUsed."""
        now = self._clock.now()

        async def work(within: Transaction) -> int:
            before = await self._vouchers.find_voucher(number.strip().upper(), within)
            if before is None:
                raise VoucherMissing("voucher")
            if before.state is not VoucherState.OPEN or (before.until is not None and before.until <= now):
                raise VoucherUsed()
            after = before.become(state=VoucherState.EXCHANGED, user_id=user_id, exchanged_at=now)
            if not await self._vouchers.save(before, after, None, within):
                raise Contended()
            change = Sums(points=before.points)
            posting = Posting(user_id=user_id, cause=Cause.VOUCHER, key=voucher_key(before.id), change=change, remark=before.number)
            await self._ledger.post_within(posting, within)
            return before.points

        return await self._transactions.run(work, about=[wallet_of(user_id)])

    async def exchange_for_growth(self, user_id: int, points: int) -> int:
        """Growth that so many points bring, of which only those are spent that bring any. Raises NothingForPoints and NotEnoughPoints."""
        left = (await self._ledger.get_wallet(user_id)).sums.points
        if left < points:
            raise NotEnoughPoints(points - left)
        spent, growth = spend_best(await self.list_deductions(Worth.GROWTH), points, MOST_GROWTH)
        if not growth:
            raise NothingForPoints()
        exchange_id = await self._exchanges.next_exchange_id()
        change = Sums(points=-spent, growth=growth)
        key = f"growth-exchange:{exchange_id}"
        await self._ledger.post(Posting(user_id=user_id, cause=Cause.POINTS_TO_GROWTH, key=key, change=change))
        return growth

    async def reward_reviews(self, order: Order, reviews: Sequence[LineReview], within: Transaction) -> None:
        """Implements Rewards: for each line that its buyer finds good, what the shop gives for it."""
        gifts = await self.list_gifts(GOOD_REVIEW)
        points = sum(gift.points for gift in gifts) * sum(review.rating is Rating.GOOD for review in reviews)
        if points:
            posting = Posting(
                user_id=order.user_id,
                cause=Cause.REVIEW,
                key=f"order:{order.id}:reviewed",
                change=Sums(points=points),
                order_id=order.id,
                remark=order.number,
            )
            await self._ledger.post_within(posting, within)


class VoucherRules(Rules[Voucher]):
    """Each new one has a number that nobody guesses; one that is exchanged or void stays as it is."""

    async def make(self, noun: Noun[Voucher], id: int, terms: VoucherTerms, before: Voucher | None) -> Voucher:
        made = await super().make(noun, id, terms, before)
        if before is not None:
            return made
        number = "".join(secrets.choice(LETTERS) for _ in range(NUMBER_CHARACTERS))
        return Voucher(id=made.id, revision=made.revision, points=made.points, until=made.until, remark=made.remark, number=number)

    async def check(self, after: Voucher, before: Voucher | None) -> None:
        if before is not None and before.state is not VoucherState.OPEN:
            raise VoucherUsed()


class VoucherDesk(NounService[Voucher]):
    """Vouchers that the staff gives out."""

    def __init__(self, vouchers: VoucherStore, clock: Clock):
        super().__init__(VOUCHERS, vouchers, clock, VoucherRules())

    async def void_voucher(self, voucher_id: Id, cause: Reason) -> Voucher:
        """One that nobody has exchanged. Raises NotFound, VoucherUsed and ChangedMeanwhile."""

        async def voided(before: Voucher) -> Voucher:
            if before.state is not VoucherState.OPEN:
                raise VoucherUsed()
            return before.become(state=VoucherState.VOID)

        return await self.act(voucher_id, "void", cause, voided)


VOUCHERS = Noun(
    area="mall",
    name="points-vouchers",
    zh="积分券",
    en="Vouchers for points",
    made=Voucher,
    terms=VoucherTerms,
    label="number",
    searched=("number", "remark"),
    sorted=("id", "points"),
    filtered=("state", "user_id", "number"),
    order=("-id",),
    is_kept=True,
    raises=(VoucherUsed,),
    actions=(Action("void", "作废", "Void", VoucherDesk.void_voucher, needs_reason=True),),
)
