"""What was bought: by one member, to find it again; and of late by everybody, for the ticker of the front page."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.users import User, UserStore
from server.domain.mall.categories import branch_of
from server.domain.mall.goods.shelf import Shelf, folded
from server.domain.mall.goods.window import Offered, WindowService
from server.domain.paging import Page, PageQuery

MOST_LATEST = 50


class Bought(Struct, frozen=True):
    """Goods that somebody has paid for, and when they did last."""

    goods_id: int
    bought_at: datetime


class Sale(Struct, frozen=True):
    """Goods in an order that was paid for, as they were called then."""

    buyer_id: int
    goods_id: int
    goods_name: str


class SaleStore(Protocol):
    """Orders that were paid for and not closed since."""

    async def list_bought(self, buyer_id: int, first_at: datetime | None, last_at: datetime | None) -> list[Bought]:
        """In orders that the buyer has not hidden; the last bought first."""

    async def list_sales(self, most: int) -> list[Sale]:
        """Of that many orders at most, the last paid first."""


class BoughtQuery(Struct, frozen=True, kw_only=True):
    """What a member looks for in what they bought; None and nothing ask for any."""

    name_part: str = ""
    category_ids: frozenset[int] = frozenset()  # with all below them
    first_at: datetime | None = None
    last_at: datetime | None = None


class HistoryService:
    """What was bought, as it is offered now."""

    def __init__(self, sales: SaleStore, window: WindowService, shelf: Shelf, users: UserStore):
        self._sales = sales
        self._window = window
        self._shelf = shelf
        self._users = users

    async def page_bought(self, buyer_id: int, query: BoughtQuery, page: PageQuery) -> Page[tuple[Bought, Offered]]:
        """Each goods once, without those that are gone."""
        bought = await self._sales.list_bought(buyer_id, query.first_at, query.last_at)
        offered = {one.goods.id: one for one in await self._window.find_offered([one.goods_id for one in bought])}
        await self._shelf.refresh()
        branch = branch_of(self._shelf.categories, query.category_ids) if query.category_ids else None
        pairs = [(one, offered[one.goods_id]) for one in bought if one.goods_id in offered]
        found = [
            (one, there)
            for one, there in pairs
            if folded(query.name_part) in folded(there.goods.name) and (branch is None or there.goods.category_id in branch)
        ]
        return Page(page.number, found[page.offset : page.offset + page.size], len(found))

    async def page_latest(self, page: PageQuery) -> Page[tuple[Sale, User]]:
        """What everybody has bought of late, without buyers who are gone."""
        sales = await self._sales.list_sales(MOST_LATEST)
        users = await self._users.find_users({one.buyer_id for one in sales})
        found = [(one, users[one.buyer_id]) for one in sales if one.buyer_id in users and users[one.buyer_id].deleted_at is None]
        return Page(page.number, found[page.offset : page.offset + page.size], len(found))
