"""What a group brought, by category, and everything of it for those who pack and post."""
from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from server.domain.aftersale.settlements import (
    Fate,
    Settlement,
    SettlementState,
    SettlementStore,
    SoldLot,
    SoldLotStore,
)
from server.domain.auctions.goods import Lot, LotStatus, LotStore, by_category
from server.domain.auctions.groups import Group, GroupStore


class CategoryTotals(Struct, frozen=True, kw_only=True):
    """Lots of one category, and their money in fen. What is paid and due is at the price of the settlement: a second offer may bring less
    than the hammer.
    """

    category: str
    lots: int = 0
    sold: int = 0
    unsold: int = 0
    withdrawn: int = 0
    hammer: int = 0
    paid: int = 0
    due: int = 0
    unpaid: int = 0  # at the hammer price: nobody pays it now


def total_up(lots: Sequence[Lot], rows: Sequence[SoldLot], settlements: Sequence[Settlement]) -> list[CategoryTotals]:
    """By category, in the group's order."""
    states = {one.id: one.state for one in settlements}
    sold = {row.id: row for row in rows}
    return [_total(category, shelf, sold, states) for category, shelf in by_category(lots).items()]


def _total(category: str, shelf: list[Lot], sold: dict[int, SoldLot], states: dict[int, SettlementState]) -> CategoryTotals:
    rows = [sold[lot.id] for lot in shelf if lot.id in sold]
    in_settlements = [row for row in rows if row.fate is Fate.SETTLED]
    due = sum(row.price for row in in_settlements if states[row.settlement_id] is SettlementState.DUE)
    return CategoryTotals(
        category=category,
        lots=len(shelf),
        sold=sum(lot.status is LotStatus.WON for lot in shelf),
        unsold=sum(lot.status is LotStatus.UNSOLD for lot in shelf),
        withdrawn=sum(lot.status is LotStatus.WITHDRAWN for lot in shelf),
        hammer=sum(lot.price for lot in shelf if lot.status is LotStatus.WON),
        paid=sum(row.price for row in in_settlements) - due,
        due=due,
        unpaid=sum(row.hammer_price for row in rows if row.fate is not Fate.SETTLED),
    )


class GroupBook(Struct, frozen=True):
    """A group with the settlements of it, in the order they were made."""

    group: Group
    settlements: list[Settlement]


class GroupBookService:
    """Reads what became of a whole group."""

    def __init__(self, groups: GroupStore, lots: LotStore, sold: SoldLotStore, settlements: SettlementStore):
        self._groups = groups
        self._lots = lots
        self._sold = sold
        self._settlements = settlements

    async def list_totals(self, group_id: int) -> list[CategoryTotals]:
        """By category, in the group's order. Raises NotFound."""
        await self._groups.get_group(group_id)
        rows, settlements = await self._sold.list_sold_of_group(group_id), await self._settlements.list_of_group(group_id)
        return total_up(await self._lots.list_lots(group_id), rows, settlements)

    async def get_book(self, group_id: int) -> GroupBook:
        """Raises NotFound."""
        return GroupBook(await self._groups.get_group(group_id), await self._settlements.list_of_group(group_id))
