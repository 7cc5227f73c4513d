"""The sale as a visitor sees it: the current group, its goods, their prices."""
from __future__ import annotations

from server.domain.accounts.users import User
from server.domain.auctions.floor import Floor
from server.domain.auctions.goods import Lot, LotStore
from server.domain.auctions.groups import Group, GroupService
from server.domain.auctions.participations import Joined, ParticipationService
from server.domain.paging import Page, PageQuery


class SaleService:
    """Reads goods with their prices, true to the last accepted bid."""

    def __init__(self, groups: GroupService, lots: LotStore, participations: ParticipationService, floor: Floor):
        self._groups = groups
        self._lots = lots
        self._participations = participations
        self._floor = floor

    async def page_goods(
        self, group_id: int | None, category: str | None, page: PageQuery, user: User | None
    ) -> tuple[Page[Lot], list[Joined]]:
        """Goods of that group and what the user takes part in there. Raises NotFound.

        Without an id those of the current group; both empty while there is none.
        """
        group = await (self._groups.find_current_group() if group_id is None else self._groups.get_group(group_id))
        if group is None:
            return Page(page.number, [], 0), []
        lots = await self._lots.page_lots(group.id, category, page)
        if user is None:
            return lots, []
        return lots, await self._participations.list_joined(user.id, group.id)

    async def get_group_with_lots(self, group_id: int) -> tuple[Group, list[Lot]]:
        """Raises NotFound."""
        return await self._groups.get_group(group_id), await self._lots.list_lots(group_id)

    async def get_lot_with_group(self, goods_id: int, user: User | None) -> tuple[Lot, Group, Joined | None]:
        """One lot with what its page shows, and the user's part in it. Raises NotFound."""
        lot = await self._lots.get_lot(goods_id)
        group = await self._groups.get_group(lot.group_id)
        return lot, group, await self._participations.find_joined(user.id, lot) if user is not None else None

    async def get_current_price(self, goods_id: int) -> int:
        """The leading bid in fen, or the low price. From memory while the floor is true. Raises NotFound."""
        known = self._floor.find_lot(goods_id)
        if known is not None and self._floor.is_current:
            return known.state.price
        return (await self._lots.get_lot(goods_id)).current_price
