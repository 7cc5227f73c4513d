"""Favourites: goods that a member wants to find again."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.goods.counts import CountStore
from server.domain.mall.goods.goods import Goods
from server.domain.mall.goods.shelf import folded
from server.domain.mall.goods.window import GoodsShelf, WindowService
from server.domain.paging import Page, PageQuery

MOST = 10_000


class FavouriteMissing(NotFound):
    """The member has no such favourite."""


class NoFavourite(Conflict):
    """The goods is none of the member's favourites."""


class Favourite(Struct, frozen=True, kw_only=True):
    """One goods of one member."""

    id: int
    user_id: int
    goods_id: int
    added_at: datetime


class FavouriteStore(Protocol):
    """Where favourites are kept; one for a member and goods."""

    async def add_favourite(self, user_id: int, goods_id: int, now: datetime) -> bool:
        """False if it is there already."""

    async def find_favourite(self, user_id: int, goods_id: int) -> Favourite | None: ...

    async def remove_favourite(self, user_id: int, *, favourite_id: int | None = None, goods_id: int | None = None) -> Favourite | None:
        """What was removed."""

    async def list_favourites(self, user_id: int) -> list[Favourite]:
        """The newest first."""


class FavouriteService:
    """A member's favourites."""

    def __init__(self, favourites: FavouriteStore, window: WindowService, goods: GoodsShelf, counts: CountStore, clock: Clock):
        self._favourites = favourites
        self._window = window
        self._goods = goods
        self._counts = counts
        self._clock = clock

    async def add(self, user_id: int, goods_id: int) -> None:
        """Again changes nothing. Raises GoodsMissing."""
        await self._window.get_offered(goods_id)
        if await self._favourites.add_favourite(user_id, goods_id, self._clock.now()):
            await self._counts.tell(goods_id, favourites=1)

    async def check(self, user_id: int, goods_id: int) -> None:
        """Raises NoFavourite."""
        if await self._favourites.find_favourite(user_id, goods_id) is None:
            raise NoFavourite()

    async def remove(self, user_id: int, *, favourite_id: int | None = None, goods_id: int | None = None) -> None:
        """Raises FavouriteMissing."""
        found = await self._favourites.remove_favourite(user_id, favourite_id=favourite_id, goods_id=goods_id)
        if found is None:
            raise FavouriteMissing("favourite")
        await self._counts.tell(found.goods_id, favourites=-1)

    async def page(self, user_id: int, name_part: str, page: PageQuery) -> Page[tuple[Favourite, Goods]]:
        """Without goods that are gone."""
        found = await self._favourites.list_favourites(user_id)
        goods = {one.id: one for one in await self._goods.find_by_ids([one.goods_id for one in found]) if one.removed_at is None}
        pairs: Sequence[tuple[Favourite, Goods]] = [
            (one, goods[one.goods_id])
            for one in found
            if one.goods_id in goods and folded(name_part) in folded(goods[one.goods_id].name)
        ]
        return Page(page.number, list(pairs[page.offset : page.offset + page.size]), len(pairs))
