"""The audit of campaigns: bargains against their helps and orders, groups against the orders of their members."""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from server.domain.auditing.slices import giving_way
from server.domain.mall.audit import MallAudit, portions
from server.domain.mall.campaigns.bargains import Bargain, Run, RunState
from server.domain.mall.campaigns.groups import BuyerGroup, GroupState
from server.domain.mall.orders.order import Order, OrderStatus


class AuditedBargains(Protocol):
    def each_bargain(self) -> AsyncIterator[Bargain]: ...

    async def find_bargain(self, bargain_id: int) -> Bargain | None: ...


class AuditedRuns(Protocol):
    def each_run(self) -> AsyncIterator[Run]: ...

    async def find_run_by_id(self, run_id: int) -> Run | None: ...

    async def sum_helps(self, run_id: int) -> tuple[int, int]: ...

    async def count(self, **values: Any) -> int: ...


class AuditedGroups(Protocol):
    def each_group(self) -> AsyncIterator[BuyerGroup]: ...

    async def find_group(self, group_id: int) -> BuyerGroup | None: ...


class AuditedOrders(Protocol):
    async def find_by_ids(self, ids: Iterable[int]) -> list[Order]: ...


class CampaignAudit:
    """Implements AuditPart. What seems wrong is read again: others go on meanwhile."""

    def __init__(self, bargains: AuditedBargains, runs: AuditedRuns, groups: AuditedGroups, orders: AuditedOrders):
        self._bargains = bargains
        self._runs = runs
        self._groups = groups
        self._orders = orders

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        return {}

    async def audit(self, audit: MallAudit) -> None:
        async for bargain in giving_way(self._bargains.each_bargain()):
            if await self._find_bargain_problems(bargain):
                again = await self._bargains.find_bargain(bargain.id)
                for problem in [] if again is None else await self._find_bargain_problems(again):
                    audit.note(f"bargain {bargain.id}", problem)
        async for run in giving_way(self._runs.each_run()):
            if await self._find_run_problems(run):
                read = await self._runs.find_run_by_id(run.id)
                for problem in [] if read is None else await self._find_run_problems(read):
                    audit.note(f"bargain run {run.id}", problem)
        async for some in portions(self._groups.each_group()):
            for group in some:
                if await self._find_group_problems(group):
                    known = await self._groups.find_group(group.id)
                    for problem in [] if known is None else await self._find_group_problems(known):
                        audit.note(f"group {group.id}", problem)

    async def _find_bargain_problems(self, bargain: Bargain) -> list[str]:
        states = (RunState.ORDERED, RunState.BOUGHT)
        held, sold = [await self._runs.count(bargain_id=bargain.id, state=state.value) for state in states]
        problems = []
        if (bargain.held, bargain.sold) != (held, sold):
            problems.append(f"counts {bargain.held} held and {bargain.sold} sold, and its members {held} and {sold}")
        if bargain.left < 0:
            problems.append("has sold more pieces than there were")
        return problems

    async def _find_run_problems(self, run: Run) -> list[str]:
        helps, cut = await self._runs.sum_helps(run.id)
        orders = [] if run.order_id is None else await self._orders.find_by_ids([run.order_id])
        return find_run_problems(run, helps, cut, orders[0] if orders else None)

    async def _find_group_problems(self, group: BuyerGroup) -> list[str]:
        orders = {order.id: order for order in await self._orders.find_by_ids([seat.order_id for seat in group.seats])}
        return find_group_problems(group, orders)


def find_run_problems(run: Run, helps: int, cut: int, order: Order | None) -> list[str]:
    """What of a run contradicts its helps, or the order that was made of it."""
    problems = []
    if (run.helps, run.cut) != (helps, cut):
        problems.append(f"was cut by {run.cut} in {run.helps} helps, and its helps are {helps} and cut {cut}")
    if run.price_now < run.floor:
        problems.append("was cut below its floor")
    if run.state is RunState.ORDERED and (order is None or order.status is not OrderStatus.UNPAID):
        problems.append("is held for an order that does not wait for its payment")
    if run.state is RunState.BOUGHT and (order is None or order.paid_at is None):
        problems.append("was bought by no order that was paid")
    return problems


def find_group_problems(group: BuyerGroup, orders: Mapping[int, Order]) -> list[str]:
    """What of a group contradicts the orders of its members."""
    problems = []
    if len(group.seats) > group.people:
        problems.append("has more members than places")
    if group.state is GroupState.COMPLETE and len(group.paid) != group.people:
        problems.append("is complete without all its members")
    for seat in group.seats:
        order = orders.get(seat.order_id)
        if order is None or order.user_id != seat.user_id or seat.is_paid != (order.paid_at is not None):
            problems.append(f"has a place for order {seat.order_id}, which says otherwise")
        elif group.state is GroupState.FAILED and not order.is_refunded:
            problems.append(f"has failed, and order {seat.order_id} was not paid back")
    return problems
