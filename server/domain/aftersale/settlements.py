"""Settlements: what one winner bought in one group, paid once and sent together; and the row of each sold lot, which is in one of them."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.addresses import Place
from server.domain.auctions.goods import Lot, LotStatus
from server.domain.auctions.groups import Group
from server.domain.changes import Change
from server.domain.errors import Conflict, NotFound
from server.domain.events import SaleNews
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction

PAY_WITHIN = timedelta(days=3)  # of being asked to; operators may give more


class SettlementMissing(NotFound):
    """There is no such settlement, or it is somebody else's."""


class AlreadyPaid(Conflict):
    """It is paid: nobody pays again, and nothing that the payment rested on changes."""


class NotPaid(Conflict):
    """Nothing is sent before it is paid."""


class AlreadyShipped(Conflict):
    """It is on its way: where to is decided."""


class SettlementOver(Conflict):
    """It was not paid in time and was given up: its lots go elsewhere."""


class NotOverdue(Conflict):
    """The time to pay it is not over."""


class NoPlace(Conflict):
    """The winner has not chosen where it is sent to."""


class LotsGone(Conflict):
    """Some of its lots are offered to others, or were sold or put up again."""


class SettlementState(str, Enum):
    """How far it is."""

    DUE = "due"
    PAID = "paid"
    SHIPPED = "shipped"
    GIVEN_UP = "given_up"


class PaidBy(str, Enum):
    """How it was paid: from the wallet, which payments on line go through, or as an operator says."""

    WALLET = "wallet"
    HAND = "hand"


class Fate(str, Enum):
    """Where a sold lot is: in its settlement, free because that was given up, offered to the next bidder, in another issue."""

    SETTLED = "settled"
    FREE = "free"
    OFFERED = "offered"
    RELISTED = "relisted"


class BoughtLot(Struct, frozen=True, kw_only=True):
    """A lot on the bill, in fen."""

    goods_id: int
    sn: str
    category: str
    score: str
    price: int


class Invoice(Struct, frozen=True):
    """What the winner wants on the invoice; people have no tax number."""

    title: str
    tax_number: str = ""


class Settlement(Struct, frozen=True, kw_only=True):
    """What one winner owes for what they bought together. Amount and lots never change.

    `key` tells what it was made for, and is there once. `told` counts what its winner was told of it.
    """

    id: int
    revision: int
    key: str
    group_id: int
    issue: int
    user_id: int
    nickname: str
    lots: tuple[BoughtLot, ...]
    amount: int
    state: SettlementState = SettlementState.DUE
    pay_by: datetime
    place: Place | None = None
    invoice: Invoice | None = None
    paid_by: PaidBy | None = None
    paid_at: datetime | None = None
    paid_operator_id: int | None = None  # who said so, where it was paid by hand
    payment_number: str = ""
    carrier: str = ""
    tracking: str = ""
    shipped_at: datetime | None = None
    told: int = 0
    made_at: datetime
    changed_at: datetime

    @property
    def is_paid(self) -> bool:
        return self.state in (SettlementState.PAID, SettlementState.SHIPPED)

    @property
    def newest_news(self) -> str:
        """The id of what its winner was told last."""
        return news_id(self.id, self.told)

    def become(self, now: datetime, **changes: Any) -> Settlement:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)

    def is_overdue_at(self, now: datetime) -> bool:
        return self.state is SettlementState.DUE and now >= self.pay_by

    def paid(self, now: datetime, by: PaidBy, *, payment_number: str = "", operator_id: int | None = None) -> Settlement:
        """Also when its time is over, until it is given up. Raises AlreadyPaid and SettlementOver."""
        self.check_due()
        return self.become(
            now, state=SettlementState.PAID, paid_by=by, paid_at=now, payment_number=payment_number, paid_operator_id=operator_id
        )

    def sent_to(self, place: Place, now: datetime) -> Settlement:
        """Raises AlreadyShipped and SettlementOver."""
        self._check_open()
        return self.become(now, place=place)

    def invoiced(self, invoice: Invoice, now: datetime) -> Settlement:
        """Raises AlreadyShipped and SettlementOver."""
        self._check_open()
        return self.become(now, invoice=invoice)

    def shipped(self, carrier: str, tracking: str, now: datetime) -> Settlement:
        """Once more where the first number was wrong. Raises NotPaid and NoPlace."""
        if not self.is_paid:
            raise NotPaid()
        if self.place is None:
            raise NoPlace()
        return self.become(now, state=SettlementState.SHIPPED, carrier=carrier, tracking=tracking, shipped_at=self.shipped_at or now)

    def postponed(self, pay_by: datetime, now: datetime) -> Settlement:
        """Raises AlreadyPaid and SettlementOver."""
        self.check_due()
        return self.become(now, pay_by=pay_by)

    def given_up(self, now: datetime) -> Settlement:
        """Raises AlreadyPaid, SettlementOver and NotOverdue."""
        self.check_due()
        if not self.is_overdue_at(now):
            raise NotOverdue()
        return self.become(now, state=SettlementState.GIVEN_UP)

    def restored(self, pay_by: datetime, now: datetime) -> Settlement:
        """Raises AlreadyPaid where it is, and NotOverdue where it was never given up."""
        if self.is_paid:
            raise AlreadyPaid()
        if self.state is SettlementState.DUE:
            raise NotOverdue()
        return self.become(now, state=SettlementState.DUE, pay_by=pay_by)

    def told_of(self, step: str, now: datetime) -> tuple[Settlement, SaleNews]:
        """With one more news of it for its winner."""
        news = SaleNews(
            id=news_id(self.id, self.told + 1),
            user_id=self.user_id,
            about="settlement",
            thing_id=self.id,
            number=self.told + 1,
            step=step,
            group_id=self.group_id,
            goods_id=self.lots[0].goods_id,
            amount=self.amount,
            until=self.pay_by if self.state is SettlementState.DUE else None,
            at=now,
        )
        return replace(self, told=self.told + 1), news

    def check_due(self) -> None:
        """Raises AlreadyPaid and SettlementOver."""
        if self.is_paid:
            raise AlreadyPaid()
        if self.state is SettlementState.GIVEN_UP:
            raise SettlementOver()

    def _check_open(self) -> None:
        if self.state is SettlementState.SHIPPED:
            raise AlreadyShipped()
        if self.state is SettlementState.GIVEN_UP:
            raise SettlementOver()


class SoldLot(Struct, frozen=True, kw_only=True):
    """A lot that the sale ended with a winner for: there is one row of each, for ever. `id` is the goods'.

    `user_id` and `price` are of the settlement that it is in, or was in last; the winner of the sale and their price stay beside it.
    """

    id: int
    revision: int
    group_id: int
    sn: str
    category: str
    score: str
    winner_id: int
    hammer_price: int
    settlement_id: int
    user_id: int
    price: int
    fate: Fate = Fate.SETTLED
    offer_id: int | None = None  # the second offer that is open
    relisted_as: int | None = None  # the goods that it became in another issue
    changed_at: datetime

    def become(self, now: datetime, **changes: Any) -> SoldLot:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)


def news_id(settlement_id: int, number: int) -> str:
    return f"settlement-{settlement_id}:{number}"


def bundles_of(lots: Sequence[Lot]) -> dict[int, list[Lot]]:
    """What each winner bought, in the group's order. Withdrawn lots and those that nobody leads are nobody's."""
    bundles: dict[int, list[Lot]] = {}
    for lot in lots:
        if lot.status is LotStatus.WON and lot.leader_id is not None:
            bundles.setdefault(lot.leader_id, []).append(lot)
    return bundles


def bought(lot: Lot | SoldLot, price: int) -> BoughtLot:
    return BoughtLot(goods_id=lot.id, sn=lot.sn, category=lot.category, score=lot.score, price=price)


def winner_key(group_id: int, user_id: int) -> str:
    """Of what a winner bought in a group."""
    return f"group:{group_id}:user:{user_id}"


def settle(number: int, group: Group, bundle: Sequence[Lot], now: datetime) -> tuple[Settlement, list[SoldLot]]:
    """The settlement of one winner, with the row of each lot."""
    first = bundle[0]
    assert first.leader_id is not None
    settlement = Settlement(
        id=number,
        revision=1,
        key=winner_key(group.id, first.leader_id),
        group_id=group.id,
        issue=group.issue,
        user_id=first.leader_id,
        nickname=first.leader_nickname or "",
        lots=tuple(bought(lot, lot.price) for lot in bundle),
        amount=sum(lot.price for lot in bundle),
        pay_by=now + PAY_WITHIN,
        made_at=now,
        changed_at=now,
    )
    rows = [
        SoldLot(
            id=lot.id,
            revision=1,
            group_id=group.id,
            sn=lot.sn,
            category=lot.category,
            score=lot.score,
            winner_id=settlement.user_id,
            hammer_price=lot.price,
            settlement_id=number,
            user_id=settlement.user_id,
            price=lot.price,
            changed_at=now,
        )
        for lot in bundle
    ]
    return settlement, rows


class SettlementStore(Protocol):
    """Where settlements are kept."""

    async def next_settlement_id(self) -> int: ...

    async def add_settlement(self, settlement: Settlement, within: Transaction) -> None:
        """One a key: of two that are made at once in two transactions, one is made again."""

    async def find_settlement(self, settlement_id: int, within: Transaction | None = None) -> Settlement | None: ...

    async def find_by_key(self, key: str, within: Transaction | None = None) -> Settlement | None: ...

    async def save_settlement(self, before: Settlement, after: Settlement, change: Change | None, within: Transaction) -> bool:
        """False if it was changed since `before` was read."""

    async def page_of_user(self, user_id: int, page: PageQuery) -> Page[Settlement]:
        """Newest first."""

    async def list_of_group(self, group_id: int) -> list[Settlement]:
        """In the order they were made."""


class SoldLotStore(Protocol):
    """Where the rows of sold lots are kept."""

    async def add_sold(self, rows: list[SoldLot], within: Transaction) -> None: ...

    async def find_sold(self, goods_id: int, within: Transaction | None = None) -> SoldLot | None: ...

    async def list_sold(self, goods_ids: Sequence[int], within: Transaction | None = None) -> list[SoldLot]: ...

    async def list_sold_of_group(self, group_id: int, within: Transaction | None = None) -> list[SoldLot]: ...

    async def save_sold(self, before: SoldLot, after: SoldLot, change: Change | None, within: Transaction) -> bool:
        """False if it was changed since `before` was read."""


class FinishedGroups(Protocol):
    """Groups that ended, as far as their settlements are not made."""

    async def list_unsettled(self, most: int) -> list[Group]:
        """All their lots are announced; in the order they ended."""

    async def note_settled(self, group_id: int, at: datetime) -> None:
        """All settlements of it are made."""
