"""Commissions: what distributors get for goods that were bought by whom they brought.

One is written down for each row of an order and each level when the order is paid, by the percentage of that time; of goods that give
something themselves, the first level has that instead, in money or points, whether they are a distributor or not: so their page promises.
It is paid out once the goods are there and the time after the sale is over; pieces that go back take their part of it along, also after it
was paid out.
"""
from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.changes import Change
from server.domain.clock import Clock
from server.domain.errors import Conflict
from server.domain.mall.claims.claims import DAYS, USUAL_DAYS
from server.domain.mall.distribution.sellers import SellerStore
from server.domain.mall.distribution.terms import read_terms
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, Wallet
from server.domain.mall.members import Member
from server.domain.mall.orders.order import Order, OrderStatus
from server.domain.mall.orders.promotions import Asked
from server.domain.mall.orders.returns import Return
from server.domain.mall.price_rules import Line, PriceRule
from server.domain.mall.settings import Settings, whole_number
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Contended, Transaction, Transactions

AT_ONCE = 50
PAUSE = timedelta(minutes=10)  # between looks at an order that its buyer does not have yet
WHOLE = 100 * 100  # hundredths of a percent


class NotDue(Conflict):
    """The goods are not there, something is asked for after the sale, or nothing is left to pay."""


class CommissionState(int, Enum):
    PENDING = 0
    SETTLED = 1
    VOID = 2  # everything went back


class Commission(Struct, frozen=True, kw_only=True):
    """Money in fen: `base` is what is paid for the row's pieces that are left, `amount` its part, and `points`. `inviter_id`: who brought
    the buyer. `own` and `own_points`: what the goods itself gives for all pieces, where that stands in the place of the percentage.

    `owed` and `owed_points`: of what was paid out and has to go back, what the wallet did not have. The next ones that are paid out to the
    same seller are less by it.
    """

    id: int
    revision: int
    seller_id: int
    level: int
    buyer_id: int
    inviter_id: int
    order_id: int
    order_number: str
    line_id: int
    goods_name: str
    percent: int
    whole: int  # what was paid for the row
    base: int
    amount: int
    own: int | None = None
    own_points: int = 0
    points: int = 0
    state: CommissionState = CommissionState.PENDING
    taken: int = 0  # how often some of it was taken back
    owed: int = 0
    owed_points: int = 0
    at: datetime
    look_at: datetime | None
    settled_at: datetime | None = None
    changed_at: datetime

    def become(self, now: datetime, **changes: Any) -> Commission:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)

    def settled(self, now: datetime) -> Commission:
        return self.become(now, state=CommissionState.SETTLED, look_at=None, settled_at=now)

    def with_pieces(self, left: int, number: int, now: datetime) -> Commission:
        """Where so many of its pieces are left."""
        base, amount, points = self.parts(left, number)
        is_void = self.state is CommissionState.PENDING and not (amount or points)
        voided: dict[str, Any] = {"state": CommissionState.VOID, "look_at": None} if is_void else {}
        return self.become(now, base=base, amount=amount, points=points, **voided)

    def parts(self, left: int, number: int) -> tuple[int, int, int]:
        """Base, amount and points where so many pieces of so many are left."""
        base = self.whole * left // number
        amount = share(base, self.percent) if self.own is None else self.own * left // number
        return base, amount, self.own_points * left // number


def share(base: int, percent: int) -> int:
    """Whole fen, rounded down: together they are never more than the percentage."""
    return base * percent // WHOLE


class CommissionQuery(Struct, frozen=True, kw_only=True):
    """Which of a distributor's, newest first; None asks for any."""

    seller_id: int
    level: int | None = None
    is_settled: bool | None = None
    buyer_id: int | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None


class Sales(Struct, frozen=True):
    """What was sold, what of it is the distributor's, and by how many orders."""

    base: int = 0
    amount: int = 0
    orders: int = 0


class CommissionStore(Protocol):
    """Where commissions are kept."""

    async def next_commission_ids(self, count: int) -> list[int]: ...

    async def add_commissions(self, commissions: list[Commission], within: Transaction) -> None: ...

    async def find_commission(self, commission_id: int, within: Transaction | None = None) -> Commission | None: ...

    async def list_of_order(self, order_id: int, within: Transaction) -> list[Commission]: ...

    async def list_owing(self, seller_id: int, within: Transaction) -> list[Commission]:
        """Of which something has to go back, the first one first."""

    async def save_commission(
        self, before: Commission, after: Commission, within: Transaction | None = None, change: Change | None = None
    ) -> bool:
        """False if it was changed since `before` was read."""

    async def list_due(self, now: datetime, most: int) -> list[Commission]:
        """Those that are to be looked at."""

    async def page_commissions(self, query: CommissionQuery, page: PageQuery) -> Page[Commission]: ...

    async def sum_sales(self, query: CommissionQuery) -> Sales: ...

    async def sum_by_buyer(self, seller_id: int, buyer_ids: Sequence[int]) -> dict[int, Sales]: ...


class Members(Protocol):
    async def find_member(self, user_id: int) -> Member | None: ...


class CommissionedOrders(Protocol):
    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None: ...


class Wallets(Protocol):
    async def find_wallet(self, user_id: int, within: Transaction | None = None) -> Wallet | None: ...


class CommissionPromotion:
    """Writes commissions down when an order is paid, and takes them back with its pieces. Implements Promotion."""

    def __init__(
        self,
        commissions: CommissionStore,
        sellers: SellerStore,
        members: Members,
        orders: CommissionedOrders,
        wallets: Wallets,
        ledger: Ledger,
        settings: Settings,
        clock: Clock,
    ):
        self._commissions = commissions
        self._sellers = sellers
        self._members = members
        self._orders = orders
        self._wallets = wallets
        self._ledger = ledger
        self._settings = settings
        self._clock = clock

    async def find_rules(self, buyer_id: int, asked: Asked, lines: Sequence[Line]) -> Sequence[PriceRule]:
        """Nobody pays more or less for who brought them."""
        return ()

    async def use(self, order: Order, within: Transaction) -> None:
        """Nothing is used up."""

    async def give_back(self, order: Order, within: Transaction) -> None:
        """There is none before an order is paid."""

    async def settle(self, order: Order, within: Transaction) -> None:
        percents = (await read_terms(self._settings)).percents
        if not any(percents) and not any(line.commission.is_any for line in order.lines):
            return
        made: list[Commission] = []
        for line, paid in zip(order.lines, order.left_of_rows):
            own_to = await self._find_recommender(order.user_id, line.inviter_id) if line.commission.is_any else None
            if own_to is not None:
                own, points = line.commission.reckon(paid, line.number)
                one = _make(order, line.id, own_to, own_to, 1, 0, paid, self._clock.now())
                made += [replace(one, own=own, own_points=points, amount=own, points=points)] if own or points else []
            for level, seller_id, inviter_id in await self._find_sellers(order.user_id, line.inviter_id):
                percent = percents[level - 1]
                if share(paid, percent) and (level > 1 or own_to is None):
                    made.append(_make(order, line.id, seller_id, inviter_id, level, percent, paid, self._clock.now()))
        if made:
            ids = await self._commissions.next_commission_ids(len(made))
            await self._commissions.add_commissions([replace(one, id=id) for one, id in zip(made, ids)], within)

    async def receive(self, order: Order, within: Transaction) -> None:
        """They are paid out when the time after the sale is over."""

    async def refund(self, order: Order, back: Return, key: str, within: Transaction) -> None:
        """Pieces that went back take their part along, out of the distributor's wallet where it was paid out; what that does not have is
        owed."""
        known = await self._commissions.list_of_order(order.id, within)
        now_is = await self._orders.find_order(order.id, within) if known else None
        for before in known if now_is is not None else ():
            assert now_is is not None
            line, now = now_is.get_line(before.line_id), self._clock.now()
            after = before.with_pieces(line.number - line.returned, line.number, now)
            back_amount, back_points = before.amount - after.amount, before.points - after.points
            if not (back_amount or back_points):
                continue
            if before.state is CommissionState.SETTLED:
                after = await self._take_back(after, back_amount, back_points, within)
            if not await self._commissions.save_commission(before, after, within):
                raise Contended()  # it was read in the same transaction: nobody can have changed it

    async def _take_back(self, commission: Commission, amount: int, points: int, within: Transaction) -> Commission:
        wallet = await self._wallets.find_wallet(commission.seller_id, within)
        has = Sums() if wallet is None else wallet.sums
        taken = Sums(balance=min(amount, max(0, has.balance)), points=min(points, max(0, has.points)))
        owing = replace(commission, owed=commission.owed + amount, owed_points=commission.owed_points + points)
        return await take_within(self._ledger, owing, taken, within)

    async def _find_recommender(self, buyer_id: int, named: int | None) -> int | None:
        """Who is named with a row, if there is such a member, else who brought the buyer to the mall."""
        for one in (named, None if (buyer := await self._members.find_member(buyer_id)) is None else buyer.referrer_id):
            if one is not None and one != buyer_id and await self._members.find_member(one) is not None:
                return one
        return None

    async def _find_sellers(self, buyer_id: int, named: int | None) -> list[tuple[int, int, int]]:
        """Level, distributor, and who brought the buyer. Who is named with a row counts if they are a distributor; else who brought the
        buyer to the mall."""
        buyer = await self._members.find_member(buyer_id)
        brought_by = None if buyer is None else buyer.referrer_id
        sellers = await self._sellers.find_sellers([one for one in (named, brought_by) if one is not None])
        is_named = named is not None and named != buyer_id and named in sellers and sellers[named].is_active
        inviter_id = named if is_named else brought_by
        if inviter_id is None or inviter_id == buyer_id:
            return []
        inviter = await self._members.find_member(inviter_id)
        second = None if inviter is None else inviter.referrer_id
        found = await self._sellers.find_sellers([one for one in (inviter_id, second) if one is not None])
        levels = enumerate((inviter_id, second), start=1)
        return [(level, one, inviter_id) for level, one in levels if one in found and found[one].is_active and one != buyer_id]


def _make(order: Order, line_id: int, seller_id: int, inviter_id: int, level: int, percent: int, paid: int, now: datetime) -> Commission:
    return Commission(
        id=0,
        revision=1,
        seller_id=seller_id,
        level=level,
        buyer_id=order.user_id,
        inviter_id=inviter_id,
        order_id=order.id,
        order_number=order.number,
        line_id=line_id,
        goods_name=order.get_line(line_id).name,
        percent=percent,
        whole=paid,
        base=paid,
        amount=share(paid, percent),
        at=now,
        look_at=now + PAUSE,
        changed_at=now,
    )


async def take_within(ledger: Ledger, owing: Commission, taken: Sums, within: Transaction) -> Commission:
    """Of what it owes, so much goes back out of the seller's wallet, as part of a transaction that saves what this gives."""
    after = replace(owing, taken=owing.taken + 1, owed=owing.owed - taken.balance, owed_points=owing.owed_points - taken.points)
    if taken != Sums():
        change = Sums(balance=-taken.balance, points=-taken.points)
        await ledger.post_within(_posting(owing, f"commission:{owing.id}:back:{after.taken}", change), within)
    return after


def _posting(commission: Commission, key: str, change: Sums) -> Posting:
    return Posting(
        user_id=commission.seller_id,
        cause=Cause.COMMISSION,
        key=key,
        change=change,
        order_id=commission.order_id,
        remark=commission.goods_name,
    )


class CommissionService:
    """Pays commissions out, and tells of them."""

    def __init__(
        self,
        commissions: CommissionStore,
        orders: CommissionedOrders,
        ledger: Ledger,
        settings: Settings,
        transactions: Transactions,
        clock: Clock,
    ):
        self._commissions = commissions
        self._orders = orders
        self._ledger = ledger
        self._settings = settings
        self._transactions = transactions
        self._clock = clock

    async def page_commissions(self, query: CommissionQuery, page: PageQuery) -> Page[Commission]:
        return await self._commissions.page_commissions(query, page)

    async def sum_sales(self, query: CommissionQuery) -> Sales:
        return await self._commissions.sum_sales(query)

    async def sum_by_buyer(self, seller_id: int, buyer_ids: Sequence[int]) -> dict[int, Sales]:
        return await self._commissions.sum_by_buyer(seller_id, buyer_ids)

    async def sum_pending(self, seller_id: int) -> int:
        """Fen that are not paid out yet."""
        return (await self._commissions.sum_sales(CommissionQuery(seller_id=seller_id, is_settled=False))).amount

    async def settle_due(self) -> int:
        """One round: those whose time has come are paid out; how many were looked at."""
        due = await self._commissions.list_due(self._clock.now(), AT_ONCE)
        days = await whole_number(self._settings, DAYS, USUAL_DAYS)
        for commission in due:
            order = await self._orders.find_order(commission.order_id)
            until, now = None if order is None else due_at(order, days), self._clock.now()
            if until is None or until > now:
                later = max(until or now, now + PAUSE)
                await self._commissions.save_commission(commission, commission.become(now, look_at=later))
                continue
            with contextlib.suppress(NotDue):  # something was asked for meanwhile
                await self.settle(commission.id)
        return len(due)

    async def settle(self, commission_id: int, entry: Callable[[Commission, Commission], Change] | None = None) -> Commission:
        """Pays it out, once, and takes what its seller owes of others from it; `entry` is for the log of the staff. Raises NotDue while its
        order is not with its buyer or something is asked for of the row."""

        async def work(within: Transaction) -> Commission:
            before = await self._commissions.find_commission(commission_id, within)
            order = None if before is None else await self._orders.find_order(before.order_id, within)
            if before is None or order is None or before.state is not CommissionState.PENDING:
                raise NotDue()
            is_empty = not (before.amount or before.points)
            if order.received_at is None or order.get_line(before.line_id).claim_id is not None or is_empty:
                raise NotDue()
            after = before.settled(self._clock.now())
            if not await self._commissions.save_commission(before, after, within, None if entry is None else entry(before, after)):
                raise Contended()
            brought = Sums(balance=before.amount, points=before.points)
            await self._ledger.post_within(_posting(before, f"commission:{before.id}", brought), within)
            await self._collect(before.seller_id, brought, within)
            return after

        return await self._transactions.run(work)

    async def _collect(self, seller_id: int, brought: Sums, within: Transaction) -> None:
        """What is owed of others, as far as this brought it."""
        now = self._clock.now()
        for owing in await self._commissions.list_owing(seller_id, within):
            taken = Sums(balance=min(owing.owed, brought.balance), points=min(owing.owed_points, brought.points))
            if taken == Sums():
                continue
            brought = Sums(balance=brought.balance - taken.balance, points=brought.points - taken.points)
            after = await take_within(self._ledger, owing.become(now), taken, within)
            if not await self._commissions.save_commission(owing, after, within):
                raise Contended()


def due_at(order: Order, days: int) -> datetime | None:
    """From when on nothing can be asked for any more; None while its buyer does not have it, or asks for something."""
    received_at = order.received_at
    if received_at is None or order.status not in (OrderStatus.RECEIVED, OrderStatus.REVIEWED):
        return None
    return None if any(line.claim_id is not None for line in order.lines) else received_at + timedelta(days=days)
