"""Watch lists: the lots that a user wants to keep an eye on. Kept with the account, and nobody else's business."""
from __future__ import annotations

from typing import Protocol

from server.domain.accounts.users import User
from server.domain.auctions.goods import LotStore
from server.domain.errors import Conflict
from server.domain.events import Publisher, WatchlistChanged

MOST_WATCHED = 500


class WatchlistFull(Conflict):
    """There is no room for another lot."""


class WatchlistStore(Protocol):
    """Where watch lists are kept."""

    async def list_watched(self, user_id: int) -> list[int]:
        """The ids of the lots, that which came last at the end."""

    async def add_watched(self, user_id: int, goods_id: int, most: int) -> bool:
        """Puts it at the end, unless it is there; False if there are so many already."""

    async def remove_watched(self, user_id: int, goods_id: int) -> None: ...


class WatchlistService:
    """Changes watch lists, and tells the user's other screens."""

    def __init__(self, watchlists: WatchlistStore, lots: LotStore, publisher: Publisher):
        self._watchlists = watchlists
        self._lots = lots
        self._publisher = publisher

    async def watch(self, user: User, goods_id: int) -> None:
        """Safe to repeat. Raises NotFound and WatchlistFull."""
        await self._lots.get_lot(goods_id)
        if not await self._watchlists.add_watched(user.id, goods_id, MOST_WATCHED):
            raise WatchlistFull()
        self._publisher.publish(WatchlistChanged(user_id=user.id, goods_id=goods_id, is_watched=True))

    async def stop_watching(self, user: User, goods_id: int) -> None:
        """Safe to repeat, also for a lot that is gone."""
        await self._watchlists.remove_watched(user.id, goods_id)
        self._publisher.publish(WatchlistChanged(user_id=user.id, goods_id=goods_id, is_watched=False))
