"""The after-sale's audit: whether every sold lot has its one row and settlement, and every settlement that is paid its payment.

It may run beside any number of servers. What is written together is read one after the other, so what seems wrong is looked at again
before it is told.
"""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from server.domain.aftersale.settlements import Fate, PaidBy, Settlement, SettlementState, SoldLot, bundles_of
from server.domain.aftersale.winners import payment_key
from server.domain.auctions.goods import Lot
from server.domain.auditing.slices import giving_way
from server.domain.mall.ledger import Entry, Sums
from server.domain.mall.payments.payment import Payment, PaymentStatus, PurposeState

MOST_FINDINGS = 200  # that are told; all are counted


class SaleFinding(Struct, frozen=True):
    """What cannot be if the server alone wrote it. `about` names the lot or the settlement."""

    about: str
    problem: str


class SaleAudit(Struct):
    """What was read and what was found. `waiting`: groups that ended a moment ago, or while no server runs, and are not settled yet."""

    groups: int = 0
    waiting: int = 0
    sold: int = 0
    settlements: int = 0
    finding_count: int = 0
    findings: list[SaleFinding] = []

    @property
    def is_clean(self) -> bool:
        return self.finding_count == 0

    def note(self, about: str, *problems: str) -> None:
        self.finding_count += len(problems)
        self.findings += [SaleFinding(about, problem) for problem in problems[: MOST_FINDINGS - len(self.findings)]]


class AuditedGroups(Protocol):
    """Groups that ended."""

    async def list_settled_ids(self) -> list[int]: ...

    async def count_unsettled(self) -> int: ...


class AuditedLots(Protocol):
    """Lots, as they are kept."""

    async def list_lots(self, group_id: int) -> list[Lot]: ...


class AuditedSold(Protocol):
    """The rows of sold lots, as they are kept."""

    async def list_sold_of_group(self, group_id: int) -> list[SoldLot]: ...

    async def list_sold(self, goods_ids: Sequence[int]) -> list[SoldLot]: ...


class AuditedSettlements(Protocol):
    """Settlements, as they are kept."""

    def each_settlement(self) -> AsyncIterator[Settlement]: ...

    async def find_settlement(self, settlement_id: int) -> Settlement | None: ...

    async def list_of_group(self, group_id: int) -> list[Settlement]: ...


class AuditedEntries(Protocol):
    """The ledger's entries."""

    async def find_entries(self, keys: Sequence[str]) -> dict[str, Entry]: ...


class AuditedPayments(Protocol):
    """Payments, as they are kept."""

    async def find_payment(self, number: str) -> Payment | None: ...


class SaleAuditService:
    """Finds every place where the after-sale's books contradict themselves, the record or the ledger."""

    def __init__(
        self,
        groups: AuditedGroups,
        lots: AuditedLots,
        sold: AuditedSold,
        settlements: AuditedSettlements,
        ledger: AuditedEntries,
        payments: AuditedPayments,
    ):
        self._groups = groups
        self._lots = lots
        self._sold = sold
        self._settlements = settlements
        self._ledger = ledger
        self._payments = payments

    async def audit(self, audit: SaleAudit | None = None) -> SaleAudit:
        """Fills it in as it goes, and gives it. Raises Unavailable."""
        audit = audit or SaleAudit()
        audit.waiting = await self._groups.count_unsettled()
        for group_id in await self._groups.list_settled_ids():
            audit.groups += 1
            rows, problems = await self._look_at_group(group_id)
            audit.sold += len(rows)
            if problems:
                _, problems = await self._look_at_group(group_id)
            for goods_id, problem in problems:
                audit.note(f"lot {goods_id}", problem)
            await asyncio.sleep(0)
        async for settlement in giving_way(self._settlements.each_settlement()):
            audit.settlements += 1
            found = await self._look_at_settlement(settlement)
            if found:
                again = await self._settlements.find_settlement(settlement.id)
                found = [] if again is None else await self._look_at_settlement(again)
            audit.note(f"settlement {settlement.id}", *found)
        return audit

    async def _look_at_group(self, group_id: int) -> tuple[list[SoldLot], list[tuple[int, str]]]:
        rows = await self._sold.list_sold_of_group(group_id)
        settlements = await self._settlements.list_of_group(group_id)
        return rows, find_group_problems(await self._lots.list_lots(group_id), rows, settlements)

    async def _look_at_settlement(self, one: Settlement) -> list[str]:
        key = payment_key(one.id)
        entry = (await self._ledger.find_entries([key])).get(key)
        payment = await self._payments.find_payment(one.payment_number) if one.payment_number else None
        return find_settlement_problems(one, entry, payment)


def find_group_problems(lots: Sequence[Lot], rows: Sequence[SoldLot], settlements: Sequence[Settlement]) -> list[tuple[int, str]]:
    """What is wrong with the rows of a group, each with its lot."""
    sold = {lot.id: lot for bundle in bundles_of(lots).values() for lot in bundle}
    known: Mapping[int, SoldLot] = {row.id: row for row in rows}
    by_id = {one.id: one for one in settlements}
    problems = [(goods_id, "was sold and has no row") for goods_id in sold if goods_id not in known]
    problems += [(goods_id, "has a row and was not sold") for goods_id in known if goods_id not in sold]
    # Those that the sale itself made: a winner is asked for each lot once.
    firsts = [lot.goods_id for one in settlements if one.key.startswith("group:") for lot in one.lots]
    problems += [(goods_id, f"is in {count} settlements of the sale") for goods_id in sold if (count := firsts.count(goods_id)) != 1]
    for goods_id, row in known.items():
        lot = sold.get(goods_id)
        if lot is not None and (row.winner_id, row.hammer_price) != (lot.leader_id, lot.price):
            problems.append((goods_id, "has another winner or price in its row"))
        problems += [(goods_id, problem) for problem in _row_problems(row, by_id.get(row.settlement_id))]
    return problems


def _row_problems(row: SoldLot, settlement: Settlement | None) -> list[str]:
    if settlement is None:
        return ["has a row without a settlement"]
    if settlement.user_id != row.user_id or row.price not in [lot.price for lot in settlement.lots if lot.goods_id == row.id]:
        return ["is not in its settlement as its row says"]
    if (row.fate is Fate.SETTLED) == (settlement.state is SettlementState.GIVEN_UP):
        return ["was given up and is not free" if row.fate is Fate.SETTLED else "is free and its settlement stands"]
    return []


def find_settlement_problems(one: Settlement, entry: Entry | None, payment: Payment | None) -> list[str]:
    """What of a settlement contradicts itself, the ledger or its payment."""
    problems = []
    if one.amount != sum(lot.price for lot in one.lots):
        problems.append("is not the sum of its lots")
    if one.is_paid != (one.paid_by is not None):
        problems.append("is paid and does not say how" if one.is_paid else "says how it was paid and is not")
    if one.paid_by is PaidBy.HAND and one.paid_operator_id is None:
        problems.append("is paid by hand and nobody said so")
    if one.paid_by is not PaidBy.WALLET:
        return problems + ([] if entry is None else ["was paid in the ledger and does not say so"])
    if entry is None:
        problems.append("is paid and the ledger has no payment")
    elif (entry.user_id, entry.change) != (one.user_id, Sums(balance=-one.amount)):
        problems.append("is paid and the ledger has another payment")
    if one.payment_number and not _pays(payment, one):
        problems.append("is paid and its payment is not")
    return problems


def _pays(payment: Payment | None, one: Settlement) -> bool:
    if payment is None or payment.status is not PaymentStatus.PAID:
        return False
    return payment.user_id == one.user_id and payment.purpose_state is PurposeState.DONE
