"""The showcase: what visitors ask for all day, from memory."""
from __future__ import annotations

import asyncio

from server.domain.auctions.books import Books
from server.domain.auctions.floor import Floor, FloorGroup
from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import ENDED, Group, GroupService
from server.domain.auctions.participations import Joined
from server.domain.auctions.sale import SaleService
from server.domain.auctions.storefront import Banner, StorefrontStore, WechatContact
from server.domain.clock import Clock
from server.domain.kept import Kept
from server.domain.paging import Page, PageQuery

PAGES_KEPT = 200  # of the list of ended groups
GROUPS_KEPT = 1000
LOTS_KEPT = 20_000  # of ended groups that are looked at


class Showcase:
    """Says what the database would say, or would have said less than two seconds ago; None where memory cannot tell.

    Running groups come from the floor, so nothing of them is older than the last look and the news since; while that is late,
    everything is None.
    """

    def __init__(
        self, floor: Floor, books: Books, groups: GroupService, sale: SaleService, storefront: StorefrontStore, clock: Clock
    ):
        self._floor = floor
        self._books = books
        self._clock = clock
        self._coming: asyncio.Future[bool] | None = None

        async def list_banners(_: None) -> list[Banner]:
            return await storefront.list_banners()

        async def get_contact(_: None) -> WechatContact:
            return await storefront.get_wechat_contact()

        async def list_open_groups(_: None) -> list[Group]:
            return await groups.list_open_groups()

        self._banners: Kept[None, list[Banner]] = Kept(list_banners, clock, capacity=1)
        self._contact: Kept[None, WechatContact] = Kept(get_contact, clock, capacity=1)
        self._open: Kept[None, list[Group]] = Kept(list_open_groups, clock, capacity=1)
        self._groups: Kept[int, Group] = Kept(groups.get_group, clock, capacity=GROUPS_KEPT)
        self._ended: Kept[PageQuery, Page[Group]] = Kept(groups.list_ended_groups, clock, capacity=PAGES_KEPT)
        self._histories: Kept[int, tuple[Group, list[Lot]]] = Kept(
            sale.get_group_with_lots, clock, capacity=LOTS_KEPT, weigh=lambda history: 10 + len(history[1])
        )

    def coming(self, user_id: int | None) -> asyncio.Future[bool] | None:
        """Done when memory may tell what it cannot now, and says whether it may.

        While a look is late, bids are missing, or the user's part is being read.

        None when nothing is to be waited for, as when the database does not answer.
        """
        if self._floor.is_stale:
            return None
        if self._floor.is_current and not self._floor.has_gaps:
            return self._books.opening(user_id) if user_id is not None else None
        if self._coming is None or self._coming.done():
            self._coming = coming = asyncio.get_running_loop().create_future()
            self._floor.once_looked(lambda: coming.set_result(True))
        return self._coming

    def recall_open_groups(self) -> list[Group] | None:
        """The groups in progress and those that start within the hour, the current one first."""
        if not self._floor.is_current:
            return None
        on_floor = [known.group for known in self._floor.list_open_groups(self._clock.now())]
        if on_floor:
            return on_floor
        # One that was opened a moment ago may not be on the floor.
        opened = self._open.recall(None, self._sign())
        return None if opened else opened

    def recall_group(self, group_id: int) -> Group | None:
        if not self._floor.is_current:
            return None
        known = self._floor.find_group(group_id)
        return known.group if known is not None else self._groups.recall(group_id, self._sign())

    def recall_goods(self, group_id: int | None, category: str | None, page: PageQuery) -> tuple[int | None, Page[Lot]] | None:
        """The group's id and goods of it; without an id those of the current group, or none while there is none."""
        if group_id is None:
            open_groups = self.recall_open_groups()
            if open_groups is None:
                return None
            if not open_groups:
                return None, Page(page.number, [], 0)
            group_id = open_groups[0].id
        known = self._find_running(group_id)
        if known is None:
            return None
        shelf = known.shelves.get(category, [])
        lots = [one.shown for one in shelf[page.offset : page.offset + page.size]]
        return group_id, Page(page.number, lots, len(shelf))

    def recall_joined(self, user_id: int, group_id: int) -> list[Joined] | None:
        """What the user takes part in in a running group."""
        return self._books.recall_joined(user_id, group_id)

    def recall_participations(self, user_id: int, page: PageQuery) -> Page[Joined] | None:
        """All of the user's participations, newest group first."""
        return self._books.recall_page(user_id, page)

    def recall_ended_groups(self, page: PageQuery) -> Page[Group] | None:
        """Newest first."""
        return self._ended.recall(page, self._sign()) if self._floor.is_current else None

    def recall_history(self, group_id: int) -> tuple[Group, list[Lot]] | None:
        """A group with all its lots."""
        if not self._floor.is_current:
            return None
        known = self._floor.find_group(group_id)
        if known is not None:
            return known.group, [one.shown for one in known.lots.values()]
        return self._histories.recall(group_id, self._sign())

    def recall_banners(self) -> list[Banner] | None:
        return self._banners.recall(None)

    def recall_contact(self) -> WechatContact | None:
        return self._contact.recall(None)

    def _find_running(self, group_id: int) -> FloorGroup | None:
        return self._floor.find_group(group_id) if self._floor.is_current else None

    def _sign(self) -> object:
        """Changes with whatever makes a group begin or end."""
        now = self._clock.now()
        return [(known.group, known.group.status_at(now) == ENDED) for known in self._floor.groups]
