"""The audit of commissions: each against its order and the ledger; and of what was paid to be a distributor."""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from server.domain.mall.audit import MallAudit, compare_entry, portions
from server.domain.mall.distribution.commissions import Commission, CommissionState
from server.domain.mall.distribution.sellers import Seller
from server.domain.mall.ledger import Entry, Sums
from server.domain.mall.orders.order import Order


class AuditedCommissions(Protocol):
    def each_commission(self) -> AsyncIterator[Commission]: ...

    async def find_commission(self, commission_id: int) -> Commission | None: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[Commission]: ...


class AuditedSellers(Protocol):
    def each_seller(self) -> AsyncIterator[Seller]: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[Any]: ...


class AuditedLeaders(Protocol):
    async def find_by_ids(self, ids: Iterable[int]) -> list[Any]: ...


class AuditedOrders(Protocol):
    async def find_by_ids(self, ids: Iterable[int]) -> list[Order]: ...


class AuditedEntries(Protocol):
    async def find_entries(self, keys: Sequence[str]) -> dict[str, Entry]: ...


class CommissionAudit:
    """Implements AuditPart."""

    def __init__(
        self,
        commissions: AuditedCommissions,
        sellers: AuditedSellers,
        leaders: AuditedLeaders,
        orders: AuditedOrders,
        ledger: AuditedEntries,
    ):
        self._commissions = commissions
        self._sellers = sellers
        self._leaders = leaders
        self._orders = orders
        self._ledger = ledger

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        found = {"commission": self._commissions.find_by_ids}
        return {**found, "seller": self._sellers.find_by_ids, "leader": self._leaders.find_by_ids}

    async def audit(self, audit: MallAudit) -> None:
        async for some in portions(self._commissions.each_commission()):
            for commission in some:
                if await self._find_problems(commission):
                    again = await self._commissions.find_commission(commission.id)
                    for problem in [] if again is None else await self._find_problems(again):
                        audit.note(f"commission {commission.id}", problem)
        async for sellers in portions(self._sellers.each_seller()):
            entries = await self._ledger.find_entries([_bought_key(seller) for seller in sellers])
            for seller in sellers:
                for problem in compare_entry(entries.get(_bought_key(seller)), seller.id, Sums(balance=-seller.price), "purchase"):
                    audit.note(f"distributor {seller.id}", problem)

    async def _find_problems(self, commission: Commission) -> list[str]:
        keys = [f"commission:{commission.id}", *(f"commission:{commission.id}:back:{step + 1}" for step in range(commission.taken))]
        orders = await self._orders.find_by_ids([commission.order_id])
        return find_commission_problems(commission, await self._ledger.find_entries(keys), orders[0] if orders else None)


def find_commission_problems(commission: Commission, entries: Mapping[str, Entry], order: Order | None) -> list[str]:
    """What of a commission contradicts its order, or the ledger."""
    problems = []
    paid_out = sum(entry.change.balance for entry in entries.values())
    points_out = sum(entry.change.points for entry in entries.values())
    first = entries.get(f"commission:{commission.id}")
    is_settled = commission.state is CommissionState.SETTLED
    if is_settled != (first is not None):
        problems.append("was paid out, and the ledger knows nothing of it" if is_settled else "was paid out, and says otherwise")
    elif is_settled and paid_out != commission.amount + commission.owed:
        problems.append(f"has {commission.amount} fen and {commission.owed} owed, and {paid_out} were paid out")
    if is_settled and points_out != commission.points + commission.owed_points:
        problems.append(f"has {commission.points} points and {commission.owed_points} owed, and {points_out} were paid out")
    if order is None or order.paid_at is None or commission.line_id not in {line.id for line in order.lines}:
        problems.append(f"is of a row of order {commission.order_id} that was not paid")
        return problems
    line = order.get_line(commission.line_id)
    parts = commission.parts(line.number - line.returned, line.number)
    if (commission.base, commission.amount, commission.points) != parts:
        problems.append(f"is not its part of what is left of the row: {commission.amount} of {commission.base}")
    return problems


def _bought_key(seller: Seller) -> str:
    return f"seller:{seller.id}:bought"
